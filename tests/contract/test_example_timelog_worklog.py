"""The TimeLog example, loaded as a studio's settings file does."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from shotgun_api3 import ShotgunError

from sg_jira import Bridge
from sg_jira.constants import TIMELOG_FIELDS_MAPPING
from sg_jira.handlers import (
    EnableSyncingHandler,
    NoteCommentHandler,
    SyncHandler,
    TaskIssueHandler,
)
from sg_jira.jira_session import JiraSession
from tests.contract.conftest import Person
from tests.contract.events import shotgun_event
from tests.contract.example_bridge import load_example
from tests.doubles.jira_activity import (
    SHOTGUN_TIMELOGS,
    activity_double,
    add_timelogs_field,
    add_worklog,
)
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite


@pytest.fixture
def jira(flavour: Any, install_jira: Callable[..., None]) -> JiraStore:
    store = JiraStore(flavour)
    store.add_project("PROJ", "Test Project")
    add_timelogs_field(store)
    install_jira(store)
    JiraSession.__bases__ = (activity_double(store),)
    return store


@pytest.fixture
def load(
    fptr: ShotgunSite, jira: JiraStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Bridge]:
    def load(**settings: Any) -> Bridge:
        name = "timelog_worklog.TimelogWorklogSyncer"
        return load_example(fptr, tmp_path, monkeypatch, name, **settings)

    return load


@pytest.fixture
def bridge(load: Callable[..., Bridge]) -> Bridge:
    return load()


@pytest.fixture
def timelog(fptr: ShotgunSite, project: Entity, synced_task: Entity, ann: Person) -> Entity:
    """Ann's TimeLog on the synced Task that Jira does not know yet."""
    return fptr.add(
        "TimeLog",
        description="Brushing",
        date="2024-11-05",
        duration=90,
        user=ann.fptr,
        entity=synced_task,
        project=project,
    )


@pytest.fixture
def worklog_id(jira: JiraStore, fptr: ShotgunSite, timelog: Entity, issue_key: str) -> str:
    """The id of the worklog that the TimeLog is linked to; the bridge has written it."""
    number = add_worklog(
        jira,
        issue_key,
        jira.myself,
        timeSpentSeconds=60,
        comment="old words",
        started="2024-11-01T00:00:00.000+0000",
    )
    fptr.change(timelog, sg_jira_key=f"{issue_key}/{number}")
    return number


@pytest.fixture
def other_task(fptr: ShotgunSite, jira: JiraStore, project: Entity) -> Entity:
    """Another synced Task."""
    task = fptr.add("Task", content="Bones", project=project, sg_sync_in_jira=True)
    fptr.change(task, sg_jira_key=jira.add_linked_issue(task))
    return task


def timelog_event(bridge: Bridge, timelog: Entity, field: str, **meta: Any) -> Any:
    event = shotgun_event(timelog, field, **meta)
    return bridge.sync_in_jira("example", "TimeLog", timelog["id"], event)


def worklog_event(bridge: Bridge, webhook: str, worklog: dict[str, Any]) -> Any:
    event = {"timestamp": 1, "webhookEvent": webhook, "worklog": copy.deepcopy(worklog)}
    return bridge.sync_in_shotgun("example", "issue", "PROJ-1", event)


def kept_users(jira: JiraStore, key: str) -> Any:
    return json.loads(jira.fields_of(key)[SHOTGUN_TIMELOGS] or "{}")


def move(fptr: ShotgunSite, timelog: Entity, task: Entity | None) -> None:
    fptr.rows["TimeLog"][timelog["id"]]["entity"] = task


def retire_event(bridge: Bridge, fptr: ShotgunSite, timelog: Entity) -> Any:
    fptr.retire(timelog)
    return timelog_event(bridge, timelog, "retirement_date", new_value="2024-11-06 10:00:00 UTC")


# ---------------------------------------------------------------- the syncer


def test_the_handlers_are_asked_in_this_order(bridge: Bridge) -> None:
    from timelog_worklog import TimelogWorklogHandler

    enable, task, note, timelog = bridge.get_syncer("example").handlers

    assert [type(one) for one in (enable, task, note, timelog)] == [
        EnableSyncingHandler,
        TaskIssueHandler,
        NoteCommentHandler,
        TimelogWorklogHandler,
    ]
    assert TimelogWorklogHandler.__bases__ == (SyncHandler,)
    assert enable._primary_handler is task
    assert enable._secondary_handlers == [note, timelog]


# ---------------------------------------------------------------- acceptance, from FPTR


@pytest.mark.parametrize("field", [*TIMELOG_FIELDS_MAPPING, "retirement_date"])
def test_mapped_fields_and_deletion_are_accepted(
    bridge: Bridge, fptr: ShotgunSite, timelog: Entity, field: str
) -> None:
    if field == "retirement_date":
        fptr.retire(timelog)

    syncer = bridge.get_syncer("example")

    event = shotgun_event(timelog, field)
    assert syncer.accept_shotgun_event("TimeLog", timelog["id"], event)


def test_deletion_is_not_accepted_when_the_setting_is_off(
    load: Callable[..., Bridge],
    jira: JiraStore,
    fptr: ShotgunSite,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
) -> None:
    bridge = load(sync_jira_worklog_deletion=False)

    assert retire_event(bridge, fptr, timelog) is False

    assert worklog_id in jira.worklogs[issue_key]


@pytest.mark.parametrize(
    ("field", "meta"),
    [("billed", {}), ("duration", {"in_create": True})],
    ids=["other field", "creation that was synced"],
)
def test_other_fields_and_further_events_of_a_creation_are_not_accepted(
    bridge: Bridge, timelog: Entity, worklog_id: str, field: str, meta: dict[str, Any]
) -> None:
    syncer = bridge.get_syncer("example")

    event = shotgun_event(timelog, field, **meta)
    assert not syncer.accept_shotgun_event("TimeLog", timelog["id"], event)


def test_a_timelog_that_does_not_exist_is_not_accepted(bridge: Bridge, fptr: ShotgunSite) -> None:
    gone = {"type": "TimeLog", "id": 4711}

    assert timelog_event(bridge, gone, "duration", new_value=1) is False


def test_a_timelog_of_a_task_that_is_off_is_not_accepted(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, timelog: Entity, synced_task: Entity
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)

    assert timelog_event(bridge, timelog, "duration", new_value=90) is False

    assert not jira.worklogs


# ---------------------------------------------------------------- FPTR -> Jira


def test_a_new_timelog_is_a_worklog_of_the_tasks_issue(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    synced_task: Entity,
    issue_key: str,
    ann: Person,
) -> None:
    assert timelog_event(bridge, timelog, "entity", new_value=synced_task, in_create=True) is True

    [(number, worklog)] = jira.worklogs[issue_key].items()
    assert (worklog["timeSpentSeconds"], worklog["comment"]) == (5400, "Brushing")
    assert worklog["started"] == "2024-11-05T00:00:00.000+0000"
    assert fptr.record(timelog)["sg_jira_key"] == f"{issue_key}/{number}"
    assert kept_users(jira, issue_key) == {number: {"user": ann.fptr}}


def test_a_new_timelog_without_description_has_an_empty_comment(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, timelog: Entity, issue_key: str
) -> None:
    fptr.change(timelog, description=None)

    timelog_event(bridge, timelog, "duration", new_value=90, in_create=True)

    [worklog] = jira.worklogs[issue_key].values()
    assert worklog["comment"] == ""


def test_a_timelog_without_duration_waits_for_one(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, timelog: Entity, issue_key: str
) -> None:
    fptr.change(timelog, duration=None)
    assert timelog_event(bridge, timelog, "entity", in_create=True) is False

    fptr.change(timelog, duration=30)
    assert timelog_event(bridge, timelog, "duration", new_value=30) is True

    [worklog] = jira.worklogs[issue_key].values()
    assert worklog["timeSpentSeconds"] == 1800


def test_a_worklog_whose_key_cannot_be_written_is_taken_back(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, timelog: Entity, issue_key: str
) -> None:
    fptr.calls.fail("update", ShotgunError("FPTR is away"))

    with pytest.raises(ShotgunError, match="FPTR is away"):
        timelog_event(bridge, timelog, "duration", new_value=90)

    assert jira.worklogs[issue_key] == {}


@pytest.mark.parametrize("field", ["duration", "description", "date", "user"])
def test_a_changed_timelog_rewrites_its_worklog(
    bridge: Bridge,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
    ann: Person,
    field: str,
) -> None:
    assert timelog_event(bridge, timelog, field, new_value="whatever the event says") is True

    [worklog] = jira.worklogs[issue_key].values()
    assert worklog["id"] == worklog_id
    assert (worklog["timeSpentSeconds"], worklog["comment"]) == (5400, "Brushing")
    assert worklog["started"] == "2024-11-05T00:00:00.000+0000"
    assert kept_users(jira, issue_key) == {worklog_id: {"user": ann.fptr}}


def test_a_description_that_is_too_long_for_jira_is_cut_there_and_does_not_come_back(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
    bob: Person,
) -> None:
    whole = "Brushing. " * 4_000
    fptr.change(timelog, description=whole)
    timelog_event(bridge, timelog, "description", new_value=whole)
    [worklog] = jira.worklogs[issue_key].values()
    assert len(worklog["comment"]) == 32_767

    worklog.update(timeSpentSeconds=7200, updateAuthor=bob.jira)
    assert worklog_event(bridge, "worklog_updated", worklog) is True
    record = fptr.record(timelog)
    assert (record["duration"], record["description"]) == (120, whole)


def test_what_the_worklog_says_already_is_not_written(
    bridge: Bridge, jira: JiraStore, timelog: Entity, worklog_id: str, issue_key: str
) -> None:
    timelog_event(bridge, timelog, "duration", new_value=90)
    jira.worklogs[issue_key][worklog_id]["started"] = "2024-11-04T16:00:00.000-0800"
    jira.calls.forget()

    assert timelog_event(bridge, timelog, "duration", new_value=90) is True

    assert jira.calls.count("Worklog.update", "Issue.update") == 0


def test_a_worklog_deleted_in_jira_is_not_made_again(
    bridge: Bridge, jira: JiraStore, timelog: Entity, worklog_id: str, issue_key: str
) -> None:
    del jira.worklogs[issue_key][worklog_id]

    assert timelog_event(bridge, timelog, "duration", new_value=90) is False

    assert jira.worklogs[issue_key] == {}


def test_a_malformed_key_is_an_error_that_names_it(
    bridge: Bridge, fptr: ShotgunSite, timelog: Entity
) -> None:
    fptr.change(timelog, sg_jira_key="PROJ-1")

    with pytest.raises(ValueError, match=r"PROJ-1.*ISSUE-1/1234"):
        timelog_event(bridge, timelog, "duration", new_value=90)


def test_a_deleted_timelog_deletes_its_worklog_and_nothing_in_fptr(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
) -> None:
    timelog_event(bridge, timelog, "duration", new_value=90)
    fptr.calls.forget()

    assert retire_event(bridge, fptr, timelog) is True

    assert jira.worklogs[issue_key] == {}
    assert kept_users(jira, issue_key) == {}
    assert not fptr.writes()


def test_a_timelog_that_moves_to_a_synced_task_moves_its_worklog(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    synced_task: Entity,
    other_task: Entity,
    worklog_id: str,
    issue_key: str,
) -> None:
    other_key = fptr.record(other_task)["sg_jira_key"]
    move(fptr, timelog, other_task)
    event = {"old_value": synced_task, "new_value": other_task}

    assert timelog_event(bridge, timelog, "entity", **event) is True

    [number] = jira.worklogs[other_key]
    assert jira.worklogs[issue_key] == {}
    assert fptr.record(timelog)["sg_jira_key"] == f"{other_key}/{number}"


def test_the_event_of_a_move_may_come_twice(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    synced_task: Entity,
    other_task: Entity,
    worklog_id: str,
) -> None:
    move(fptr, timelog, other_task)
    event = {"old_value": synced_task, "new_value": other_task}

    timelog_event(bridge, timelog, "entity", **event)
    assert timelog_event(bridge, timelog, "entity", **event) is True

    assert len(jira.worklogs[fptr.record(other_task)["sg_jira_key"]]) == 1


@pytest.mark.parametrize("goes_to", ["a Task that is off", "no Task"])
def test_a_timelog_that_leaves_for_where_nothing_is_synced_loses_its_worklog(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    synced_task: Entity,
    other_task: Entity,
    worklog_id: str,
    issue_key: str,
    goes_to: str,
) -> None:
    fptr.change(other_task, sg_sync_in_jira=False)
    target = other_task if goes_to == "a Task that is off" else None
    move(fptr, timelog, target)

    event = {"old_value": synced_task, "new_value": target}
    assert timelog_event(bridge, timelog, "entity", **event) is True

    assert jira.worklogs[issue_key] == {}
    assert fptr.record(timelog)["sg_jira_key"] == ""


def test_a_timelog_from_a_task_that_is_off_leaves_its_old_worklog_there(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    synced_task: Entity,
    other_task: Entity,
    worklog_id: str,
    issue_key: str,
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)
    move(fptr, timelog, other_task)

    event = {"old_value": synced_task, "new_value": other_task}
    assert timelog_event(bridge, timelog, "entity", **event) is True

    assert list(jira.worklogs[issue_key]) == [worklog_id]
    assert len(jira.worklogs[fptr.record(other_task)["sg_jira_key"]]) == 1


def test_switching_a_task_on_brings_both_sides_together(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    synced_task: Entity,
    issue_key: str,
    project: Entity,
    bob: Person,
) -> None:
    new = fptr.add(
        "TimeLog", duration=15, date="2024-11-06", entity=synced_task, project=project, user=None
    )
    from_jira = add_worklog(
        jira,
        issue_key,
        bob.jira,
        timeSpentSeconds=120,
        started="2024-11-07T09:30:00.000+0200",
    )
    event = shotgun_event(synced_task, "sg_sync_in_jira", new_value=True)

    assert bridge.sync_in_jira("example", "Task", synced_task["id"], event) is True

    assert jira.worklogs[issue_key][worklog_id]["comment"] == "Brushing"
    [added] = set(jira.worklogs[issue_key]) - {worklog_id, from_jira}
    assert fptr.record(new)["sg_jira_key"] == f"{issue_key}/{added}"
    [made] = [
        row
        for row in fptr.rows["TimeLog"].values()
        if row["sg_jira_key"] == f"{issue_key}/{from_jira}"
    ]
    assert (made["duration"], made["date"]) == (2, "2024-11-07")
    assert made["user"]["id"] == bob.fptr["id"]
    assert len(fptr.rows["TimeLog"]) == 3


# ---------------------------------------------------------------- Jira -> FPTR


@pytest.fixture
def bobs_worklog(jira: JiraStore, issue_key: str, bob: Person) -> dict[str, Any]:
    """A worklog that Bob wrote in Jira."""
    number = add_worklog(
        jira,
        issue_key,
        bob.jira,
        timeSpentSeconds=3700,
        comment="Combing",
        started="2024-11-05T23:30:00.000-0800",
    )
    return jira.worklogs[issue_key][number]


def test_a_worklog_made_in_jira_is_a_timelog(
    bridge: Bridge,
    fptr: ShotgunSite,
    synced_task: Entity,
    project: Entity,
    issue_key: str,
    bobs_worklog: dict[str, Any],
    bob: Person,
) -> None:
    assert worklog_event(bridge, "worklog_created", bobs_worklog) is True

    [made] = fptr.rows["TimeLog"].values()
    assert made["description"] == "Combing"
    assert (made["date"], made["duration"]) == ("2024-11-05", 61)
    assert made["user"] == {"type": "HumanUser", "id": bob.fptr["id"]}
    assert made["entity"] == {"type": "Task", "id": synced_task["id"]}
    assert made["project"]["id"] == project["id"]
    assert made["sg_jira_key"] == f"{issue_key}/{bobs_worklog['id']}"


def test_a_worklog_without_comment_gets_a_description(
    bridge: Bridge, fptr: ShotgunSite, bobs_worklog: dict[str, Any]
) -> None:
    del bobs_worklog["comment"]

    worklog_event(bridge, "worklog_created", bobs_worklog)
    worklog_event(bridge, "worklog_updated", bobs_worklog)

    [made] = fptr.rows["TimeLog"].values()
    assert made["description"] == "New JIRA Timelog"


def test_the_same_worklog_twice_is_one_timelog(
    bridge: Bridge, fptr: ShotgunSite, bobs_worklog: dict[str, Any]
) -> None:
    worklog_event(bridge, "worklog_created", bobs_worklog)
    worklog_event(bridge, "worklog_created", bobs_worklog)

    assert len(fptr.rows["TimeLog"]) == 1


def test_a_worklog_of_somebody_unknown_has_no_user(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, bobs_worklog: dict[str, Any]
) -> None:
    bobs_worklog["author"] = jira.add_person("Guest", "guest@elsewhere.test")

    assert worklog_event(bridge, "worklog_created", bobs_worklog) is True

    [made] = fptr.rows["TimeLog"].values()
    assert made["user"] is None


@pytest.mark.parametrize("author", [None, {"displayName": "Former user"}])
def test_a_worklog_without_identities_is_no_error(
    bridge: Bridge, fptr: ShotgunSite, bobs_worklog: dict[str, Any], author: Any
) -> None:
    bobs_worklog["author"] = bobs_worklog["updateAuthor"] = author

    assert worklog_event(bridge, "worklog_created", bobs_worklog) is True


def test_a_worklog_that_somebody_edits_keeps_the_user_of_its_timelog(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
    ann: Person,
    bob: Person,
) -> None:
    timelog_event(bridge, timelog, "duration", new_value=90)
    worklog = jira.worklogs[issue_key][worklog_id]
    worklog.update(timeSpentSeconds=7200, comment="Longer", updateAuthor=bob.jira)
    # Midnight UTC of 5 November, as a site in California shows it.
    worklog["started"] = "2024-11-04T16:00:00.000-0800"

    assert worklog_event(bridge, "worklog_updated", worklog) is True

    record = fptr.record(timelog)
    assert (record["duration"], record["description"]) == (120, "Longer")
    assert record["date"] == "2024-11-05"
    assert record["user"]["id"] == ann.fptr["id"]


@pytest.mark.parametrize("text", ["no JSON", "[1, 2]", '{"%s": {"user": "Ann"}}', "null"])
def test_a_field_that_people_have_edited_breaks_nothing(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
    ann: Person,
    bob: Person,
    text: str,
) -> None:
    edited = text.replace("%s", worklog_id)
    jira.issues[issue_key]["fields"][SHOTGUN_TIMELOGS] = edited
    worklog = {**jira.worklogs[issue_key][worklog_id], "updateAuthor": bob.jira}

    assert worklog_event(bridge, "worklog_updated", worklog) is True
    assert fptr.record(timelog)["user"]["id"] == ann.fptr["id"]

    assert timelog_event(bridge, timelog, "duration", new_value=90) is True
    assert kept_users(jira, issue_key) == {worklog_id: {"user": ann.fptr}}


def test_two_worklogs_written_at_once_keep_both_users(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    project: Entity,
    synced_task: Entity,
    issue_key: str,
    ann: Person,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from timelog_worklog.worklog_users import WorklogUsers

    bridge.get_syncer("example")
    both = threading.Barrier(2, timeout=0.2)
    shipped = WorklogUsers._read

    def read(users: Any, issue: Any) -> Any:
        known = shipped(users, issue)
        with suppress(threading.BrokenBarrierError):  # only one comes here at a time
            both.wait()
        return known

    monkeypatch.setattr(WorklogUsers, "_read", read)
    common = {"duration": 5, "date": "2024-11-05", "entity": synced_task, "project": project}
    logs = [fptr.add("TimeLog", user=user.fptr, **common) for user in (ann, bob)]
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(timelog_event, bridge, log, "duration", new_value=5) for log in logs]
        assert [one.result() for one in done] == [True, True]

    users = {entry["user"]["id"] for entry in kept_users(jira, issue_key).values()}
    assert users == {ann.fptr["id"], bob.fptr["id"]}


@pytest.mark.parametrize("missing", ["on the site", "on the screen"])
def test_without_the_field_worklogs_are_synced_all_the_same(
    load: Callable[..., Bridge],
    jira: JiraStore,
    timelog: Entity,
    issue_key: str,
    bobs_worklog: dict[str, Any],
    missing: str,
) -> None:
    if missing == "on the site":
        del jira.field_names[SHOTGUN_TIMELOGS]
    for screen in jira.edit_screens.values():
        del screen[SHOTGUN_TIMELOGS]
    del jira.issues[issue_key]["fields"][SHOTGUN_TIMELOGS]
    bridge = load()

    assert timelog_event(bridge, timelog, "duration", new_value=90) is True
    assert worklog_event(bridge, "worklog_created", bobs_worklog) is True
    assert worklog_event(bridge, "worklog_deleted", bobs_worklog) is True


def test_what_the_bridge_has_written_itself_is_not_accepted(
    bridge: Bridge, jira: JiraStore, bobs_worklog: dict[str, Any]
) -> None:
    bobs_worklog["updateAuthor"] = jira.myself

    for webhook in ("worklog_created", "worklog_updated"):
        assert worklog_event(bridge, webhook, bobs_worklog) is False


def test_the_bridges_worklog_that_somebody_else_edits_is_accepted(
    bridge: Bridge, jira: JiraStore, bobs_worklog: dict[str, Any], bob: Person
) -> None:
    bobs_worklog.update(author=jira.myself, updateAuthor=bob.jira)

    assert worklog_event(bridge, "worklog_updated", bobs_worklog) is True


def test_a_worklog_that_is_deleted_in_jira_deletes_its_timelog(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
) -> None:
    timelog_event(bridge, timelog, "duration", new_value=90)
    gone = {"id": worklog_id, "issueId": jira.issues[issue_key]["id"]}

    assert worklog_event(bridge, "worklog_deleted", gone) is True

    assert fptr.record(timelog)["__retired"]
    assert kept_users(jira, issue_key) == {}


def test_the_deletion_of_a_worklog_that_moved_away_deletes_nothing(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
    other_task: Entity,
) -> None:
    move(fptr, timelog, other_task)
    gone = {"id": worklog_id, "issueId": jira.issues[issue_key]["id"]}

    assert worklog_event(bridge, "worklog_deleted", gone) is False

    assert not fptr.record(timelog)["__retired"]


def test_deletion_in_jira_is_not_accepted_when_the_setting_is_off(
    load: Callable[..., Bridge], fptr: ShotgunSite, jira: JiraStore, timelog, worklog_id, issue_key
) -> None:
    bridge = load(sync_sg_timelog_deletion=False)

    gone = {"id": worklog_id, "issueId": jira.issues[issue_key]["id"]}
    assert worklog_event(bridge, "worklog_deleted", gone) is False

    assert not fptr.record(timelog)["__retired"]


def test_worklogs_of_issues_without_a_synced_task_are_left_alone(
    bridge: Bridge, fptr: ShotgunSite, synced_task: Entity, bobs_worklog: dict[str, Any]
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)
    assert worklog_event(bridge, "worklog_created", bobs_worklog) is False

    bobs_worklog["issueId"] = "47110815"
    assert worklog_event(bridge, "worklog_created", bobs_worklog) is False

    assert not fptr.rows["TimeLog"]


def test_two_timelogs_with_the_same_worklog_are_left_alone(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    timelog: Entity,
    worklog_id: str,
    issue_key: str,
    bob: Person,
) -> None:
    fptr.add("TimeLog", sg_jira_key=f"{issue_key}/{worklog_id}")
    worklog = {**jira.worklogs[issue_key][worklog_id], "updateAuthor": bob.jira}

    assert worklog_event(bridge, "worklog_updated", worklog) is False

    assert fptr.record(timelog)["description"] == "Brushing"


def test_other_webhooks_are_not_accepted(
    bridge: Bridge, jira: JiraStore, issue_key: str, bobs_worklog: dict[str, Any]
) -> None:
    syncer = bridge.get_syncer("example")

    for event in (
        {"webhookEvent": "worklog_created"},
        {"webhookEvent": "comment_created", "worklog": bobs_worklog},
    ):
        assert not syncer.accept_jira_event("issue", issue_key, event)
