"""Assets, Tasks, Notes and TimeLogs by settings alone, on both kinds of Jira, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.jira import JiraActor
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.sandbox.shotgun import Actor, Entity
from sg_jira.web.http import HTTPServer
from tests.integration.running_example import running_example

Wait = Callable[[], None]
MAPPING: list[dict[str, Any]] = [
    {
        "sg_entity": "Asset",
        "jira_issue_type": "Epic",
        "field_mapping": [
            {"sg_field": "code", "jira_field": "summary"},
            {"sg_field": "description", "jira_field": "description"},
            {"sg_field": "tasks", "jira_field": "{{CHILDREN}}"},
        ],
    },
    {
        "sg_entity": "Task",
        "jira_issue_type": "Task",
        "field_mapping": [
            {"sg_field": "content", "jira_field": "summary"},
            {"sg_field": "sg_description", "jira_field": "description"},
            {"sg_field": "task_assignees", "jira_field": "assignee"},
            {"sg_field": "tags", "jira_field": "labels"},
            {"sg_field": "due_date", "jira_field": "duedate"},
            {"sg_field": "est_in_mins", "jira_field": "timetracking"},
            {"sg_field": "addressings_cc", "jira_field": "watches"},
            {"sg_field": "entity", "jira_field": "parent"},
        ],
        "status_mapping": {
            "sg_field": "sg_status_list",
            "mapping": {"wtg": "To Do", "ip": "In Progress", "fin": "Done"},
        },
    },
    {"sg_entity": "Note", "sync_deletion_direction": "both_way"},
    {
        "sg_entity": "TimeLog",
        "sync_deletion_direction": "both_way",
        "field_mapping": [
            {"sg_field": "description", "jira_field": "comment"},
            {"sg_field": "duration", "jira_field": "timeSpentSeconds"},
            {"sg_field": "date", "jira_field": "started"},
        ],
    },
]


SUBTASKS: list[dict[str, Any]] = [
    {**MAPPING[0], "jira_issue_type": "Task"},
    {
        "sg_entity": "Task",
        "jira_issue_type": "Sub-task",
        "field_mapping": [
            {"sg_field": "content", "jira_field": "summary"},
            {"sg_field": "entity", "jira_field": "parent"},
        ],
    },
]


class Studio:
    """The two sites with the bridge between them, and the people who work there."""

    def __init__(self, sandbox: Sandbox, wait: Wait, bridge_url: str = "") -> None:
        self.bridge_url = bridge_url
        self.sandbox = sandbox
        self.settle = wait
        self.project = sandbox.production.project

    def in_fptr(self, login: str = "mira") -> Actor:
        return self.sandbox.shotgun.acting_as(self.sandbox.production.person(login).shotgun)

    def in_jira(self, login: str = "mira") -> JiraActor:
        person = self.sandbox.production.person(login).jira
        assert person is not None
        return self.sandbox.jira.acting_as(person)

    def create(self, sg_type: str, **fields: Any) -> Entity:
        record = self.in_fptr().create(sg_type, {"project": self.project, **fields})
        self.settle()
        return {"type": sg_type, "id": record["id"]}

    def change(self, record: Entity, **fields: Any) -> None:
        self.in_fptr().update(record["type"], record["id"], fields)
        self.settle()

    def record(self, record: Entity) -> dict[str, Any]:
        return self.sandbox.shotgun.record(record["type"], record["id"])

    def key(self, record: Entity) -> str:
        key = self.record(record)["sg_jira_key"]
        assert key, f"{record} has no counterpart."
        return str(key)

    def fields(self, record: Entity) -> dict[str, Any]:
        found: dict[str, Any] = self.sandbox.jira.issue(self.key(record))["fields"]
        return found


@pytest.fixture
def mapping() -> list[dict[str, Any]]:
    """The setting `entity_mapping`."""
    return MAPPING


@pytest.fixture
def studio(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait_until_quiet: Wait,
    mapping: list[dict[str, Any]],
) -> Iterator[Studio]:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    syncer = "sg_jira.EntitiesGenericSyncer"
    with running_example(sandbox, tmp_path, syncer, entity_mapping=mapping):
        yield Studio(sandbox, wait_until_quiet)


@pytest.fixture
def task(studio: Studio) -> Entity:
    """A synced Task."""
    return studio.create("Task", content="Build the pier", sg_sync_in_jira=True)


def only(sandbox: Sandbox, sg_type: str, key: str) -> dict[str, Any]:
    (found,) = sandbox.shotgun.records(sg_type, sg_jira_key=key)
    return found


def test_a_task_created_with_everything_arrives_whole(studio: Studio, sandbox: Sandbox) -> None:
    mira = sandbox.production.person("mira")
    task = studio.create(
        "Task",
        content="Build the pier",
        sg_description="Of planks.",
        sg_status_list="ip",
        task_assignees=[mira.shotgun],
        addressings_cc=[mira.shotgun],
        tags=list(sandbox.production.tags.values())[:1],
        due_date="2031-02-03",
        est_in_mins=90,
        sg_sync_in_jira=True,
    )

    fields = studio.fields(task)
    assert fields["summary"] == "Build the pier"
    assert fields["description"] == "Of planks."
    assert fields["status"]["name"] == "In Progress"
    assert fields["assignee"]["displayName"] == mira.name
    assert fields["watches"]["watchCount"] == 1
    assert len(fields["labels"]) == 1
    assert fields["duedate"] == "2031-02-03"
    assert fields["timetracking"]["originalEstimateSeconds"] == 5400
    assert len(sandbox.jira.issues(JIRA_KEY)) == 1


def test_every_field_comes_back(studio: Studio, sandbox: Sandbox, task: Entity) -> None:
    mira = sandbox.production.person("mira")
    assert mira.jira is not None
    key = studio.key(task)
    studio.in_jira().edit(
        key,
        summary="Build the quay",
        description="Of stone.",
        assignee=mira.jira,
        labels=[next(iter(sandbox.production.tags))],
        duedate="2031-04-05",
        timetracking="2h",
    )
    studio.in_jira().transition(key, "Done")
    studio.settle()

    record = studio.record(task)
    assert record["content"] == "Build the quay"
    assert record["sg_description"] == "Of stone."
    assert [one["id"] for one in record["task_assignees"]] == [mira.shotgun["id"]]
    assert len(record["tags"]) == 1
    assert record["due_date"] == "2031-04-05"
    assert record["est_in_mins"] == 120
    assert record["sg_status_list"] == "fin"


def test_an_issue_with_its_flag_on_becomes_a_task_of_its_own(
    studio: Studio, sandbox: Sandbox
) -> None:
    key = studio.in_jira().create_issue(
        JIRA_KEY, "Task", summary="Feed the otter", description="Fish."
    )
    studio.in_jira().edit(key, **{"Sync In FPTR": "True"})
    studio.settle()

    task = only(sandbox, "Task", key)
    assert task["content"] == "Feed the otter"
    assert task["sg_description"] == "Fish."
    assert task["sg_sync_in_jira"] is True
    fields = sandbox.jira.issue(key)["fields"]
    assert fields[sandbox.jira.field("Shotgun ID").id] == str(task["id"])
    studio.change({"type": "Task", "id": task["id"]}, content="Feed the otters")
    assert sandbox.jira.issue(key)["fields"]["summary"] == "Feed the otters"


def test_an_issue_that_is_made_with_its_flag_on_becomes_a_task(
    studio: Studio, sandbox: Sandbox
) -> None:
    texts = {"summary": "Feed the heron", "description": "Frogs."}
    key = studio.in_jira().create_issue(JIRA_KEY, "Task", **texts, **{"Sync In FPTR": "True"})
    studio.settle()

    task = only(sandbox, "Task", key)
    assert (task["content"], task["sg_description"]) == ("Feed the heron", "Frogs.")


def test_an_issue_that_is_made_without_its_flag_costs_no_call(
    studio: Studio, sandbox: Sandbox, task: Entity
) -> None:
    sandbox.forget_calls()
    studio.in_jira().create_issue(JIRA_KEY, "Task", summary="Feed the heron")
    studio.settle()

    assert sandbox.bridge_calls().totals == (0, 0)


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)  # only there any type has one
def test_tasks_stand_under_their_asset_on_both_sides(studio: Studio, sandbox: Sandbox) -> None:
    otter = studio.create("Asset", code="Otter", sg_sync_in_jira=True)
    heron = studio.create("Asset", code="Heron", sg_sync_in_jira=True)
    task = studio.create("Task", content="Fur", entity=otter, sg_sync_in_jira=True)
    assert studio.fields(task)["parent"]["key"] == studio.key(otter)

    studio.change(task, entity=heron)
    assert studio.fields(task)["parent"]["key"] == studio.key(heron)

    studio.in_jira().edit(studio.key(task), parent=studio.key(otter))
    studio.settle()
    assert studio.record(task)["entity"]["id"] == otter["id"]

    studio.change(task, entity=None)
    assert "parent" not in studio.fields(task)


@pytest.mark.parametrize("mapping", [SUBTASKS])
def test_sub_tasks_are_made_under_their_parent(studio: Studio, sandbox: Sandbox) -> None:
    otter = studio.create("Asset", code="Otter", sg_sync_in_jira=True)
    task = studio.create("Task", content="Fur", entity=otter, sg_sync_in_jira=True)

    fields = studio.fields(task)
    assert fields["issuetype"]["name"] == "Sub-task"
    assert fields["parent"]["key"] == studio.key(otter)
    studio.change(task, content="Feathers")
    assert studio.fields(task)["summary"] == "Feathers"


def test_notes_and_comments_follow_each_other(
    studio: Studio, sandbox: Sandbox, task: Entity
) -> None:
    key = studio.key(task)
    note = studio.create("Note", subject="Planks", content="Longer ones.", tasks=[task])
    (comment,) = comments(sandbox, key)
    assert "Longer ones." in comment["body"]
    assert studio.key(note) == f"{key}/{comment['id']}"

    studio.in_jira().edit_comment(key, comment["id"], comment["body"].replace("Longer", "Short"))
    studio.settle()
    assert studio.record(note)["content"] == "Short ones."
    assert studio.record(note)["subject"] == "Planks"

    number = studio.in_jira("jonas").comment(key, "Oak, please.")
    studio.settle()
    second = only(sandbox, "Note", f"{key}/{number}")
    assert second["content"] == "Oak, please."
    assert second["user"]["id"] == sandbox.production.person("jonas").shotgun["id"]

    studio.in_jira("jonas").delete_comment(key, number)
    studio.settle()
    assert sandbox.shotgun.records("Note", sg_jira_key=f"{key}/{number}") == []
    studio.in_fptr().delete("Note", note["id"])
    studio.settle()
    assert comments(sandbox, key) == []


def comments(sandbox: Sandbox, key: str) -> list[dict[str, Any]]:
    found = sandbox.jira.comments(key)
    return [one for one in found if not one["body"].startswith("Updated from Flow")]


def test_time_logs_and_worklogs_follow_each_other(
    studio: Studio, sandbox: Sandbox, task: Entity
) -> None:
    key = studio.key(task)
    mira = sandbox.production.person("mira").shotgun
    log = studio.create(
        "TimeLog", description="dug", duration=90, date="2031-02-03", entity=task, user=mira
    )
    (worklog,) = sandbox.jira.worklogs(key)
    assert worklog["timeSpentSeconds"] == 5400
    assert "dug" in worklog["comment"]
    assert worklog["started"].startswith("2031-02-03")

    studio.change(log, duration=30)
    assert sandbox.jira.worklogs(key)[0]["timeSpentSeconds"] == 1800

    started = datetime(2031, 2, 4, 9, 30, tzinfo=timezone.utc)
    number = studio.in_jira("jonas").log_work(key, 3600, "swam", started)
    studio.settle()
    second = only(sandbox, "TimeLog", f"{key}/{number}")
    assert (second["description"], second["duration"], second["date"]) == ("swam", 60, "2031-02-04")
    assert second["entity"]["id"] == task["id"]

    studio.in_jira("jonas").delete_worklog(key, number)
    studio.settle()
    assert sandbox.shotgun.records("TimeLog", sg_jira_key=f"{key}/{number}") == []
    studio.in_fptr().delete("TimeLog", log["id"])
    studio.settle()
    assert sandbox.jira.worklogs(key) == []


def test_the_flag_in_jira_brings_what_was_said_before(studio: Studio, sandbox: Sandbox) -> None:
    key = studio.in_jira().create_issue(JIRA_KEY, "Task", summary="Feed the otter")
    studio.in_jira().comment(key, "Fish.")
    studio.in_jira().log_work(key, 600, "bought fish")
    studio.in_jira().edit(key, **{"Sync In FPTR": "True"})
    studio.settle()

    task = only(sandbox, "Task", key)
    (note,) = [n for n in sandbox.shotgun.records("Note") if n["sg_jira_key"]]
    assert note["content"] == "Fish."
    assert [one["id"] for one in note["tasks"]] == [task["id"]]
    (log,) = [one for one in sandbox.shotgun.records("TimeLog") if one["sg_jira_key"]]
    assert log["duration"] == 10
