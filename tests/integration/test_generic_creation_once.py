"""The generic family makes one counterpart of everything, whatever fails in between."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sg_jira.bridge import Bridge
from sg_jira.errors import CreationUnderWay, StoreAway
from sg_jira.hook import JiraHook
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.sandbox.shotgun import Entity
from tests.conftest import connect_bridge
from tests.integration.interference import before_call
from tests.integration.test_generic_family import MAPPING

LOST = (FaultKind.RESET, FaultKind.LOST_ANSWER)


class Family:
    """The sites, and a bridge that is told of every event by hand."""

    def __init__(self, sandbox: Sandbox, bridge: Bridge) -> None:
        self.sandbox, self.bridge = sandbox, bridge
        self.project = sandbox.production.project
        self.mira = sandbox.production.person("mira")

    def create(self, sg_type: str, **fields: Any) -> Entity:
        actor = self.sandbox.shotgun.acting_as(self.mira.shotgun)
        record = actor.create(sg_type, {"project": self.project, **fields})
        return {"type": sg_type, "id": record["id"]}

    def to_jira(self, record: Entity, field: str, **told: Any) -> Any:
        meta = {"type": "attribute_change", "attribute_name": field, **told}
        event = {"meta": meta, "project": self.project}
        return self.bridge.sync_in_jira("it", record["type"], record["id"], event)

    def to_fptr(self, key: str, name: str = "jira:issue_updated", **part: Any) -> Any:
        event = {"webhookEvent": name, "issue": self.sandbox.jira.issue(key), **part}
        return self.bridge.sync_in_shotgun("it", "issue", key, event)

    def key(self, record: Entity) -> Any:
        return self.sandbox.shotgun.record(record["type"], record["id"])["sg_jira_key"]

    def fail_jira(self, kind: FaultKind, endpoint: str) -> None:
        self.sandbox.jira.controls.faults.add(Fault(kind, endpoint=endpoint))

    def fail_fptr(self, kind: FaultKind, endpoint: str) -> None:
        self.sandbox.shotgun.controls.faults.add(Fault(kind, endpoint=endpoint))


@pytest.fixture
def family(sandbox: Sandbox) -> Iterator[Family]:
    bridge = connect_bridge(sandbox)
    bridge._sync_settings = {
        "it": {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": {"entity_mapping": MAPPING}}
    }
    yield Family(sandbox, bridge)
    bridge.close()


@pytest.fixture
def task(family: Family) -> Entity:
    """A synced Task."""
    task = family.create("Task", content="Comb the fur", sg_sync_in_jira=True)
    assert family.to_jira(task, "sg_sync_in_jira") is True
    return task


def test_an_issue_whose_creation_got_no_answer(family: Family) -> None:
    task = family.create("Task", content="Comb the fur", sg_sync_in_jira=True)
    family.fail_jira(FaultKind.LOST_ANSWER, "POST issue")
    with pytest.raises(requests.ConnectionError):
        family.to_jira(task, "content")

    assert family.to_jira(task, "content") is True
    assert [issue["key"] for issue in family.sandbox.jira.issues(JIRA_KEY)] == [family.key(task)]


@pytest.mark.parametrize("kind", LOST)
def test_an_issue_whose_key_got_lost(family: Family, kind: FaultKind) -> None:
    task = family.create("Task", content="Comb the fur", sg_sync_in_jira=True)
    family.fail_fptr(kind, "update Task")
    with pytest.raises(ConnectionError):
        family.to_jira(task, "content")

    assert family.to_jira(task, "content") is True
    assert [issue["key"] for issue in family.sandbox.jira.issues(JIRA_KEY)] == [family.key(task)]


@pytest.mark.parametrize("kind", LOST)
def test_the_values_of_a_first_sync_that_stopped_halfway(family: Family, kind: FaultKind) -> None:
    task = family.create("Task", content="Comb", sg_status_list="ip", sg_sync_in_jira=True)
    family.fail_jira(kind, "POST issue/{key}/transitions")
    with pytest.raises(requests.ConnectionError):
        family.to_jira(task, "content", in_create=True)

    assert family.to_jira(task, "content", in_create=True) is True
    assert family.sandbox.jira.issue(family.key(task))["fields"]["status"]["name"] == "In Progress"
    assert family.to_jira(task, "content", in_create=True) is False, "it is whole now"


def test_a_repeated_first_sync_spares_what_was_edited_in_between(family: Family) -> None:
    task = family.create("Task", content="Comb", sg_status_list="ip", sg_sync_in_jira=True)
    family.fail_jira(FaultKind.RESET, "POST issue/{key}/transitions")
    with pytest.raises(requests.ConnectionError):
        family.to_jira(task, "content", in_create=True)
    mira = family.mira
    assert mira.jira is not None
    key = family.key(task)
    family.sandbox.jira.acting_as(mira.jira).edit(key, summary="Brush", description="Said there.")
    family.sandbox.shotgun.acting_as(mira.shotgun).update(
        "Task", task["id"], {"due_date": "2031-02-03"}
    )

    assert family.to_jira(task, "due_date") is True
    fields = family.sandbox.jira.issue(key)["fields"]
    assert (fields["summary"], fields["description"]) == ("Brush", "Said there.")
    assert (fields["status"]["name"], fields["duedate"]) == ("In Progress", "2031-02-03")


def test_a_repeated_first_sync_of_a_record_spares_its_name(family: Family) -> None:
    mira = family.mira
    assert mira.jira is not None
    key = family.sandbox.jira.acting_as(mira.jira).create_issue(
        JIRA_KEY, "Task", summary="Feed", description="Fish.", **{"Sync In FPTR": "True"}
    )
    family.fail_fptr(FaultKind.RESET, "update Task")
    changelog = {"items": [{"field": "Sync In FPTR"}]}
    with pytest.raises(ConnectionError):
        family.to_fptr(key, changelog=changelog)
    (record,) = family.sandbox.shotgun.records("Task", sg_jira_key=key)
    actor = family.sandbox.shotgun.acting_as(mira.shotgun)
    actor.update("Task", record["id"], {"content": "Feed the otter"})

    assert family.to_fptr(key, changelog=changelog) is True
    (record,) = family.sandbox.shotgun.records("Task", sg_jira_key=key)
    assert (record["content"], record["sg_description"]) == ("Feed the otter", "Fish.")


def test_what_is_edited_in_a_new_record_before_its_values_are_written_stays(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira = family.mira
    assert mira.jira is not None
    key = family.sandbox.jira.acting_as(mira.jira).create_issue(
        JIRA_KEY, "Task", summary="Feed", **{"Sync In FPTR": "True"}
    )
    actor = family.sandbox.shotgun.acting_as(mira.shotgun)

    def edit() -> None:
        (record,) = family.sandbox.shotgun.records("Task", sg_jira_key=key)
        actor.update("Task", record["id"], {"due_date": "2031-02-03"})

    # By which the record is named in its Issue.
    before_call(monkeypatch, family.sandbox.jira, "PUT issue/{key}", edit)
    assert family.to_fptr(key, changelog={"items": [{"field": "Sync In FPTR"}]}) is True

    (record,) = family.sandbox.shotgun.records("Task", sg_jira_key=key)
    assert record["due_date"] == "2031-02-03"


def test_what_is_edited_in_a_new_issue_before_its_values_are_written_stays(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = family.create("Task", content="Comb", sg_status_list="ip", sg_sync_in_jira=True)
    mira = family.sandbox.jira.acting_as(family.mira.jira)  # type: ignore[arg-type]

    def edit() -> None:
        (issue,) = family.sandbox.jira.issues(JIRA_KEY)
        mira.edit(issue["key"], summary="Brush")

    before_call(monkeypatch, family.sandbox.shotgun, "update Task", edit)
    assert family.to_jira(task, "sg_sync_in_jira") is True

    fields = family.sandbox.jira.issue(family.key(task))["fields"]
    assert (fields["summary"], fields["status"]["name"]) == ("Brush", "In Progress")


def test_the_text_of_a_worklog_that_was_made_without(family: Family, task: Entity) -> None:
    log = family.create("TimeLog", description="dug", duration=5, entity=task)
    family.fail_jira(FaultKind.RESET, "PUT issue/{key}/worklog/{id}")
    with pytest.raises(requests.ConnectionError):
        family.to_jira(log, "duration", in_create=True)

    assert family.to_jira(log, "entity", in_create=True) is True
    (worklog,) = family.sandbox.jira.worklogs(family.key(task))
    assert "dug" in worklog["comment"]


def test_the_values_of_a_record_whose_first_sync_stopped_halfway(family: Family) -> None:
    mira = family.mira.jira
    assert mira is not None
    key = family.sandbox.jira.acting_as(mira).create_issue(
        JIRA_KEY, "Task", summary="Feed", description="Fish.", **{"Sync In FPTR": "True"}
    )
    family.fail_fptr(FaultKind.RESET, "update Task")
    changelog = {"items": [{"field": "summary", "fieldId": "summary"}]}
    with pytest.raises(ConnectionError):
        family.to_fptr(key, changelog=changelog)

    assert family.to_fptr(key, changelog=changelog) is True
    (record,) = family.sandbox.shotgun.records("Task", sg_jira_key=key)
    assert record["sg_description"] == "Fish."


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("where", ["POST issue/{key}/comment", "update Note"])
def test_a_comment(family: Family, task: Entity, kind: FaultKind, where: str) -> None:
    note = family.create("Note", subject="Fur", content="Shorter.", tasks=[task])
    (family.fail_jira if where.startswith("POST") else family.fail_fptr)(kind, where)
    with pytest.raises((requests.ConnectionError, ConnectionError)):
        family.to_jira(note, "content")

    assert family.to_jira(note, "content") is True
    issue = family.key(task)
    comments = [
        one
        for one in family.sandbox.jira.comments(issue)
        if not one["body"].startswith("Updated from Flow")
    ]
    assert [f"{issue}/{one['id']}" for one in comments] == [family.key(note)]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("where", ["POST issue/{key}/worklog", "update TimeLog"])
def test_a_worklog(family: Family, task: Entity, kind: FaultKind, where: str) -> None:
    log = family.create("TimeLog", description="dug", duration=5, date="2031-02-03", entity=task)
    (family.fail_jira if where.startswith("POST") else family.fail_fptr)(kind, where)
    with pytest.raises((requests.ConnectionError, ConnectionError)):
        family.to_jira(log, "duration")

    assert family.to_jira(log, "duration") is True
    issue = family.key(task)
    worklogs = family.sandbox.jira.worklogs(issue)
    assert [f"{issue}/{one['id']}" for one in worklogs] == [family.key(log)]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("where", ["create Task", "PUT issue/{key}"])
def test_a_record_of_an_issue(family: Family, kind: FaultKind, where: str) -> None:
    mira = family.mira.jira
    assert mira is not None
    key = family.sandbox.jira.acting_as(mira).create_issue(
        JIRA_KEY, "Task", summary="Feed the otter", **{"Sync In FPTR": "True"}
    )
    (family.fail_jira if where.startswith("PUT") else family.fail_fptr)(kind, where)
    changelog = {"items": [{"field": "Sync In FPTR"}]}
    with pytest.raises((requests.ConnectionError, ConnectionError)):
        family.to_fptr(key, changelog=changelog)

    assert family.to_fptr(key, changelog=changelog) is True
    (record,) = family.sandbox.shotgun.records("Task", sg_jira_key=key)
    field = family.sandbox.jira.field("Shotgun ID").id
    assert family.sandbox.jira.issue(key)["fields"][field] == str(record["id"])


@pytest.mark.parametrize("kind", LOST)
def test_a_note_of_a_comment(family: Family, task: Entity, kind: FaultKind) -> None:
    mira = family.mira.jira
    assert mira is not None
    key = family.key(task)
    number = family.sandbox.jira.acting_as(mira).comment(key, "Oak, please.")
    comment = next(one for one in family.sandbox.jira.comments(key) if one["id"] == number)
    family.fail_fptr(kind, "create Note")
    with pytest.raises(ConnectionError):
        family.to_fptr(key, "comment_created", comment=comment)

    assert family.to_fptr(key, "comment_created", comment=comment) is True
    (note,) = family.sandbox.shotgun.records("Note", sg_jira_key=f"{key}/{number}")
    assert note["content"] == "Oak, please."


def test_events_of_one_record_at_the_same_time(family: Family) -> None:
    task = family.create("Task", content="Comb the fur", sg_sync_in_jira=True)
    slow = Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.3)
    family.sandbox.jira.controls.faults.add(slow)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: family.to_jira(task, "content"), range(4)))
    assert results == [True] * 4
    assert [issue["key"] for issue in family.sandbox.jira.issues(JIRA_KEY)] == [family.key(task)]


@pytest.mark.parametrize("error", [CreationUnderWay("Task:1", 1.0), StoreAway("locked")], ids=repr)
def test_a_conversion_that_has_to_wait_is_no_refused_value(
    family: Family, task: Entity, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def put_off(*args: Any) -> Any:
        raise error

    for name in ("get_jira_value_from_sg_value", "get_sg_value_from_jira_value"):
        monkeypatch.setattr(JiraHook, name, put_off)
    new = family.create(
        "Task", content="Feed", sg_description="Fish.", due_date="2031-02-03", sg_sync_in_jira=True
    )
    change = {"items": [{"field": "summary", "fieldId": "summary"}]}

    with pytest.raises(type(error)):
        family.to_jira(new, "content", in_create=True)
    assert len(family.sandbox.jira.issues(JIRA_KEY)) == 1, "no Issue without its values"
    with pytest.raises(type(error)):
        family.to_jira(task, "content")
    with pytest.raises(type(error)):
        family.to_fptr(family.key(task), changelog=change)
