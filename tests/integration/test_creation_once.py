"""A record gets one counterpart, whatever fails in between or happens at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from jira.exceptions import JIRAError

from sg_jira import Bridge
from sg_jira.errors import CreationUnclear
from sg_jira.links import InMemoryLinks
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.production_data import JIRA_KEY
from tests.integration.interference import before_call
from tests.integration.pairs import Pair, create_task

EVENT: dict[str, Any] = {
    "meta": {"type": "attribute_change", "attribute_name": "sg_sync_in_jira", "new_value": True}
}


@pytest.fixture
def task(sandbox: Sandbox) -> Pair:
    """A Task that is to be synced; nobody has told the bridge."""
    return create_task(sandbox, "Comb the fur", sg_sync_in_jira=True)


@pytest.fixture
def note_id(sandbox: Sandbox, bridge: Bridge, task: Pair) -> int:
    """A Note on a synced Task; nobody has told the bridge about it."""
    sync(bridge, sandbox, task)
    note = task.in_fptr().create(
        "Note",
        {
            "project": sandbox.production.project,
            "subject": "Fur",
            "content": "Shorter at the ears.",
            "tasks": [task.link],
        },
    )
    return int(note["id"])


def sync(bridge: Bridge, sandbox: Sandbox, task: Pair) -> Any:
    event = {**EVENT, "project": sandbox.production.project}
    return bridge.sync_in_jira("default", "Task", task.id, event)


def sync_note(bridge: Bridge, sandbox: Sandbox, task: Pair, note_id: int) -> Any:
    meta = {"type": "attribute_change", "attribute_name": "tasks", "added": [task.link]}
    event = {"meta": meta, "project": sandbox.production.project}
    return bridge.sync_in_jira("default", "Note", note_id, event)


def issue_keys(sandbox: Sandbox) -> list[str]:
    return [issue["key"] for issue in sandbox.jira.issues(JIRA_KEY)]


def test_an_issue_whose_key_could_not_be_written_is_taken_at_the_next_event(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, endpoint="update Task"))
    with pytest.raises(ConnectionError):
        sync(bridge, sandbox, task)

    assert sync(bridge, sandbox, task) is True
    assert issue_keys(sandbox) == [task.key]


def test_an_issue_whose_creation_got_no_answer_is_found_by_the_record_it_names(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="POST issue"))
    with pytest.raises(requests.ConnectionError):
        sync(bridge, sandbox, task)

    assert sync(bridge, sandbox, task) is True
    assert issue_keys(sandbox) == [task.key]


def test_a_first_sync_that_stopped_halfway_is_finished_by_another_event_of_the_creation(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    task = create_task(sandbox, "Comb the fur", sg_description="Gently.", sg_sync_in_jira=True)
    sandbox.jira.controls.faults.add(Fault(FaultKind.RESET, endpoint="PUT issue/{key}"))
    with pytest.raises(requests.ConnectionError):
        sync(bridge, sandbox, task)
    meta = {"type": "attribute_change", "attribute_name": "content", "in_create": True}
    meta["new_value"] = "Comb the fur"
    event = {"meta": meta, "project": sandbox.production.project}

    assert bridge.sync_in_jira("default", "Task", task.id, event) is True
    assert task.issue["description"] == "Gently."
    assert bridge.sync_in_jira("default", "Task", task.id, event) is False, "it is whole now"


def test_a_first_sync_that_is_repeated_spares_what_was_edited_in_between(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    task = create_task(sandbox, "Comb", due_date="2031-02-03", sg_sync_in_jira=True)
    sandbox.jira.controls.faults.add(Fault(FaultKind.RESET, endpoint="PUT issue/{key}"))
    with pytest.raises(requests.ConnectionError):
        sync(bridge, sandbox, task)
    task.in_jira().edit(task.key, summary="Brush", description="Said in Jira.")
    meta = {"type": "attribute_change", "attribute_name": "sg_description", "new_value": None}
    event = {"meta": {**meta, "in_create": True}, "project": sandbox.production.project}

    assert bridge.sync_in_jira("default", "Task", task.id, event) is True
    assert task.issue["duedate"] == "2031-02-03"
    assert (task.issue["summary"], task.issue["description"]) == ("Brush", "Said in Jira.")


def test_a_title_that_is_edited_before_the_first_sync_has_ended_stays(
    sandbox: Sandbox, bridge: Bridge, task: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit() -> None:
        task.in_jira().edit(issue_keys(sandbox)[0], summary="Brush the fur")

    before_call(monkeypatch, sandbox.shotgun, "update Task", edit)
    task.in_fptr().update("Task", task.id, {"due_date": "2031-02-03"})
    assert sync(bridge, sandbox, task)

    assert (task.issue["summary"], task.issue["duedate"]) == ("Brush the fur", "2031-02-03")


def test_an_edit_that_comes_before_the_first_sync_has_ended_is_written(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    task = create_task(sandbox, "Comb", due_date="2031-02-03", sg_sync_in_jira=True)
    sandbox.jira.controls.faults.add(Fault(FaultKind.RESET, endpoint="PUT issue/{key}"))
    with pytest.raises(requests.ConnectionError):
        sync(bridge, sandbox, task)
    task.in_fptr().update("Task", task.id, {"content": "Brush"})
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": "Brush"}

    event = {"meta": meta, "project": sandbox.production.project}
    assert bridge.sync_in_jira("default", "Task", task.id, event) is True
    assert task.issue["summary"] == "Brush"


def test_an_issue_that_the_search_does_not_show_is_not_made_again_too_early(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.RESET, endpoint="POST issue"))
    with pytest.raises(requests.ConnectionError):
        sync(bridge, sandbox, task)

    with pytest.raises(CreationUnclear, match="may not show its Issue yet"):
        sync(bridge, sandbox, task)
    assert sandbox.jira.controls.calls.count("POST issue") == 1


def test_a_creation_that_never_reached_jira_is_made_once_the_search_is_believed(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    bridge.links = InMemoryLinks(search_lag=0)
    sandbox.jira.controls.faults.add(Fault(FaultKind.RESET, endpoint="POST issue"))
    with pytest.raises(requests.ConnectionError):
        sync(bridge, sandbox, task)

    assert sync(bridge, sandbox, task) is True
    assert issue_keys(sandbox) == [task.key]


def test_a_creation_that_jira_refused_is_not_looked_for(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, endpoint="POST issue", status=400))
    with pytest.raises(JIRAError):
        sync(bridge, sandbox, task)

    assert sync(bridge, sandbox, task) is True
    assert issue_keys(sandbox) == [task.key]
    assert sandbox.jira.controls.calls.count("* search*") == 0


def test_two_events_of_one_task_at_the_same_time_make_one_issue(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.3))

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(sync, bridge, sandbox, task) for _ in range(4)]

    assert [result.result() for result in results] == [True] * 4
    assert issue_keys(sandbox) == [task.key]


def test_a_deleted_issue_is_replaced_once_the_key_is_cleared(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    sync(bridge, sandbox, task)
    first = task.key
    task.in_jira().delete_issue(first)
    assert sync(bridge, sandbox, task) is False

    task.in_fptr().update("Task", task.id, {"sg_jira_key": None})

    assert sync(bridge, sandbox, task) is True
    assert issue_keys(sandbox) == [task.key] != [first]


def test_a_comment_whose_key_could_not_be_written_is_taken_at_the_next_event(
    sandbox: Sandbox, bridge: Bridge, task: Pair, note_id: int
) -> None:
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, endpoint="update Note"))
    with pytest.raises(ConnectionError):
        sync_note(bridge, sandbox, task, note_id)

    assert sync_note(bridge, sandbox, task, note_id) is True
    assert len(task.comments) == 1


def test_a_comment_whose_creation_got_no_answer_is_found_by_its_text(
    sandbox: Sandbox, bridge: Bridge, task: Pair, note_id: int
) -> None:
    fault = Fault(FaultKind.LOST_ANSWER, endpoint="POST issue/{key}/comment")
    sandbox.jira.controls.faults.add(fault)
    with pytest.raises(requests.ConnectionError):
        sync_note(bridge, sandbox, task, note_id)

    assert sync_note(bridge, sandbox, task, note_id) is True
    (comment,) = task.comments
    key = sandbox.shotgun.record("Note", note_id)["sg_jira_key"]
    assert key == f"{task.key}/{comment['id']}"


def test_the_comment_of_another_note_with_the_same_text_is_not_taken(
    sandbox: Sandbox, bridge: Bridge, task: Pair, note_id: int
) -> None:
    sync_note(bridge, sandbox, task, note_id)
    twin = task.in_fptr().create(
        "Note",
        {
            "project": sandbox.production.project,
            "subject": "Fur",
            "content": "Shorter at the ears.",
            "tasks": [task.link],
        },
    )
    fault = Fault(FaultKind.RESET, endpoint="POST issue/{key}/comment")
    sandbox.jira.controls.faults.add(fault)
    with pytest.raises(requests.ConnectionError):
        sync_note(bridge, sandbox, task, twin["id"])

    assert sync_note(bridge, sandbox, task, twin["id"]) is True
    assert len(task.comments) == 2


def test_two_events_of_one_note_at_the_same_time_make_one_comment(
    sandbox: Sandbox, bridge: Bridge, task: Pair, note_id: int
) -> None:
    fault = Fault(FaultKind.SLOW, endpoint="POST issue/{key}/comment", seconds=0.3)
    sandbox.jira.controls.faults.add(fault)

    with ThreadPoolExecutor(3) as pool:
        results = [pool.submit(sync_note, bridge, sandbox, task, note_id) for _ in range(3)]

    assert all(isinstance(result.result(), bool) for result in results)
    assert len(task.comments) == 1


def test_a_creation_that_ended_after_the_task_was_read_is_noticed(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    """Another thread reads the Task before the Issue is made, and wants to create after it."""
    handler: Any = bridge.get_syncer("default").handlers[1]
    stale = handler._read_task("Task", task.id)
    sync(bridge, sandbox, task)

    project = handler.get_jira_project(JIRA_KEY)
    issue = handler._create_issue(stale, project)

    assert issue.key == task.key
    assert issue_keys(sandbox) == [task.key]


@pytest.mark.parametrize("error", [RuntimeError("after"), KeyError("after")])
def test_an_override_that_fails_after_the_issue_was_made_makes_no_second_one(
    sandbox: Sandbox,
    bridge: Bridge,
    task: Pair,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    handler: Any = bridge.get_syncer("default").handlers[1]
    create = type(handler)._create_jira_issue_for_entity

    def create_and_fail(*args: Any, **kwargs: Any) -> Any:
        create(*args, **kwargs)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(type(handler), "_create_jira_issue_for_entity", create_and_fail)
        with pytest.raises(type(error)):
            sync(bridge, sandbox, task)

    assert sync(bridge, sandbox, task) is True
    assert issue_keys(sandbox) == [task.key]


def test_a_time_out_of_jira_is_no_refusal(sandbox: Sandbox, bridge: Bridge, task: Pair) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, endpoint="POST issue", status=408))
    with pytest.raises(JIRAError):
        sync(bridge, sandbox, task)

    with pytest.raises(CreationUnclear):
        sync(bridge, sandbox, task)


def test_a_long_name_is_cut_at_creation(sandbox: Sandbox, bridge: Bridge) -> None:
    task = create_task(sandbox, "x" * 300, sg_sync_in_jira=True)

    assert sync(bridge, sandbox, task) is True
    assert len(task.issue["summary"]) == 255
    assert task.issue["summary"].endswith("... [see Shotgun].")
    assert task.task["content"] == "x" * 300


def test_a_comment_made_for_an_issue_that_the_note_has_left_is_not_taken(
    sandbox: Sandbox, bridge: Bridge, task: Pair, note_id: int
) -> None:
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, endpoint="update Note"))
    with pytest.raises(ConnectionError):
        sync_note(bridge, sandbox, task, note_id)
    other = create_task(sandbox, "Brush the fur", sg_sync_in_jira=True)
    sync(bridge, sandbox, other)

    assert sync_note(bridge, sandbox, other, note_id) is True
    key = sandbox.shotgun.record("Note", note_id)["sg_jira_key"]
    assert key.startswith(f"{other.key}/")
