"""What Notes, TimeLogs, comments and worklogs cost in the generic family, handed over together."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.handlers import EntitiesGenericHandler
from sg_jira.sandbox import BridgeCalls, Sandbox
from sg_jira.sandbox.jira import JiraActor
from sg_jira.sandbox.shotgun import Entity
from tests.integration.handed_over import Changes
from tests.integration.test_generic_creation_once import Family, family, task

__all__ = ["family", "task"]
FIELDS: dict[str, dict[str, Any]] = {
    "Note": {"subject": "Fur", "content": "Shorter."},
    "TimeLog": {"description": "dug", "duration": 5, "date": "2031-02-03"},
}
LINKS = {"Note": "tasks", "TimeLog": "entity"}


@pytest.fixture
def changes(family: Family, sandbox: Sandbox) -> Changes:
    return Changes(sandbox, family.bridge, "it")


def add(family: Family, sg_type: str, task: Entity, **fields: Any) -> Entity:
    link = [task] if sg_type == "Note" else task
    return family.create(sg_type, **{**FIELDS[sg_type], LINKS[sg_type]: link, **fields})


def edit(family: Family, record: Entity, **fields: Any) -> None:
    actor = family.sandbox.shotgun.acting_as(family.mira.shotgun)
    actor.update(record["type"], record["id"], fields)


def in_jira(family: Family) -> JiraActor:
    assert family.mira.jira is not None
    return family.sandbox.jira.acting_as(family.mira.jira)


@pytest.mark.parametrize(
    ("sg_type", "writes"),
    [
        ("Note", {"POST issue/{key}/comment": 1}),
        # Jira's client gives a new worklog no text.
        ("TimeLog", {"POST issue/{key}/worklog": 1, "PUT issue/{key}/worklog/{id}": 1}),
    ],
)
def test_the_events_of_a_creation_cost_three_calls_to_fptr(
    family: Family,
    sandbox: Sandbox,
    task: Entity,
    changes: Changes,
    sg_type: str,
    writes: dict[str, int],
) -> None:
    record = add(family, sg_type, task)
    sandbox.forget_calls()

    results = changes.hand_over_together(record)
    # The Project is nothing that is synced.
    assert results[0] is False
    assert results[1:] == [True] * (len(results) - 1)
    calls = sandbox.bridge_calls()
    assert calls.shotgun == {f"find {sg_type}": 1, "find Task": 1, f"update {sg_type}": 1}
    assert calls.jira == writes
    assert str(family.key(record)).startswith(f"{family.key(task)}/")


def test_a_single_event_of_a_creation_reads_the_task_once(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    note = add(family, "Note", task)
    sandbox.forget_calls()

    assert family.to_jira(note, "content") is True
    calls = sandbox.bridge_calls()
    assert calls.shotgun == {"find Note": 1, "find Task": 1, "update Note": 1}


def test_edits_of_a_note_cost_one_write(
    family: Family, sandbox: Sandbox, task: Entity, changes: Changes
) -> None:
    note = add(family, "Note", task)
    changes.hand_over_together(note)
    edit(family, note, content="Longer.")
    edit(family, note, subject="Hair", content="Much longer.")
    sandbox.forget_calls()

    assert changes.hand_over_together(note) == [True] * 3
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Note": 1, "find Task": 1},
        jira={"GET issue/{key}/comment/{id}": 1, "PUT issue/{key}/comment/{id}": 1},
    )


@pytest.mark.parametrize("sg_type", ["Note", "TimeLog"])
def test_a_record_that_is_edited_and_moved_at_once_has_its_counterpart_on_the_other_issue(
    family: Family, sandbox: Sandbox, task: Entity, changes: Changes, sg_type: str
) -> None:
    other = family.create("Task", content="Trim", sg_sync_in_jira=True)
    family.to_jira(other, "sg_sync_in_jira")
    record = add(family, sg_type, task)
    changes.hand_over_together(record)
    word = "content" if sg_type == "Note" else "description"
    edit(family, record, **{word: "In between"})
    edit(family, record, **{LINKS[sg_type]: [other] if sg_type == "Note" else other})
    edit(family, record, **{word: "In the end"})

    assert changes.hand_over_together(record) == [True] * 3
    home, away = family.key(other), family.key(task)
    show = sandbox.jira.comments if sg_type == "Note" else sandbox.jira.worklogs
    texts = [one["body" if sg_type == "Note" else "comment"] for one in show(home)]
    assert sum("In the end" in text for text in texts) == 1
    assert not [one for one in show(away) if f"{away}/{one['id']}" == family.key(record)]
    assert str(family.key(record)).startswith(f"{home}/")


def test_a_note_that_gains_a_task_while_it_is_edited_keeps_its_comment(
    family: Family, sandbox: Sandbox, task: Entity, changes: Changes
) -> None:
    note = add(family, "Note", task)
    changes.hand_over_together(note)
    key = family.key(note)
    other = family.create("Task", content="Trim", sg_sync_in_jira=True)
    family.to_jira(other, "sg_sync_in_jira")
    edit(family, note, tasks=[task, other])
    edit(family, note, content="Longer.")

    assert changes.hand_over_together(note) == [True, True]
    assert family.key(note) == key
    (body,) = [
        one["body"] for one in sandbox.jira.comments(family.key(task)) if "Fur" in one["body"]
    ]
    assert "Longer." in body


def test_deletion_after_edits_is_a_deletion(
    family: Family, sandbox: Sandbox, task: Entity, changes: Changes
) -> None:
    note = add(family, "Note", task)
    changes.hand_over_together(note)
    edit(family, note, content="Longer.")
    sandbox.shotgun.acting_as(family.mira.shotgun).delete("Note", note["id"])

    changes.hand_over_together(note)
    assert not [one for one in sandbox.jira.comments(family.key(task)) if "Fur" in one["body"]]


# From Jira


def events_of_comment(family: Family, key: str, number: str, *actions: str) -> list[dict[str, Any]]:
    issue = family.sandbox.jira.issue(key)
    comment = {"id": number, "author": {}, "updateAuthor": {}}
    return [
        {"webhookEvent": f"comment_{action}", "issue": issue, "comment": comment}
        for action in actions
    ]


def test_a_comment_and_its_edits_make_one_note_with_the_last_text(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    key = family.key(task)
    number = in_jira(family).comment(key, "Oak?")
    in_jira(family).edit_comment(key, number, "Oak, please.")
    events = events_of_comment(family, key, number, "created", "updated", "updated")
    sandbox.forget_calls()

    assert family.bridge.sync_all_in_shotgun("it", "issue", key, events) == [True] * 3
    (note,) = sandbox.shotgun.records("Note", sg_jira_key=f"{key}/{number}")
    assert note["content"] == "Oak, please."
    calls = sandbox.bridge_calls()
    assert calls.jira == {"GET issue/{key}": 1, "GET issue/{key}/comment/{id}": 1}
    assert calls.shotgun["create Note"] == 1
    assert "update Note" not in calls.shotgun, "nobody sees it empty"


def test_a_comment_that_was_deleted_again_makes_no_note(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    key = family.key(task)
    number = in_jira(family).comment(key, "Oak?")
    in_jira(family).delete_comment(key, number)
    # Jira does not promise to tell of changes in their order.
    events = events_of_comment(family, key, number, "created", "deleted", "updated")

    assert family.bridge.sync_all_in_shotgun("it", "issue", key, events) == [True] * 3
    assert sandbox.shotgun.records("Note", sg_jira_key=f"{key}/{number}") == []


def test_comments_and_changes_of_their_issue_are_kept_apart(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    key = family.key(task)
    number = in_jira(family).comment(key, "Oak?")
    comment = events_of_comment(family, key, number, "created")
    issue = sandbox.jira.issue(key)
    changed = {
        "webhookEvent": "jira:issue_updated",
        "issue": issue,
        "changelog": {"items": [{"field": "summary", "fieldId": "summary"}]},
    }
    events = [changed, *comment]

    assert family.bridge.sync_all_in_shotgun("it", "issue", key, events) == [True]
    assert sandbox.shotgun.records("Note", sg_jira_key=f"{key}/{number}") == []


def test_a_studios_own_method_gets_each_event_of_a_comment(
    family: Family, task: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler: Any = family.bridge.get_syncer("it").handlers[0]
    way = {"process_jira_event": lambda self, kind, key, event: event["webhookEvent"]}
    monkeypatch.setattr(handler, "__class__", type("Studio", (EntitiesGenericHandler,), way))
    events = events_of_comment(family, family.key(task), "1", "created", "updated")

    results = family.bridge.sync_all_in_shotgun("it", "issue", family.key(task), events)
    assert results == ["comment_created"]


# All at once


def test_all_notes_and_time_logs_of_a_task_are_looked_at_together(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    notes = [add(family, "Note", task, subject=f"Note {number}") for number in range(3)]
    logs = [add(family, "TimeLog", task, duration=number + 1) for number in range(3)]
    family.to_jira(task, "sg_sync_in_jira")
    assert all(family.key(one) for one in (*notes, *logs))
    edit(family, notes[1], content="Longer.")
    edit(family, logs[1], description="filled")
    sandbox.forget_calls()

    assert family.to_jira(task, "sg_sync_in_jira") is True
    calls = sandbox.bridge_calls()
    assert calls.shotgun == {"find Task": 1, "find Note": 1, "find TimeLog": 1}
    remarks = {name: n for name, n in calls.jira.items() if "comment" in name or "worklog" in name}
    assert remarks == {
        "GET issue/{key}/comment": 1,
        "PUT issue/{key}/comment/{id}": 1,
        "GET issue/{key}/worklog": 1,
        "PUT issue/{key}/worklog/{id}": 1,
    }


def test_new_notes_of_a_task_cost_two_calls_each(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    for number in range(3):
        add(family, "Note", task, subject=f"Note {number}")
    sandbox.forget_calls()

    assert family.to_jira(task, "sg_sync_in_jira") is True
    calls = sandbox.bridge_calls()
    # The Task itself, and what the Notes are linked to.
    assert calls.shotgun == {"find Task": 2, "find Note": 1, "update Note": 3, "find TimeLog": 1}
    assert calls.jira["POST issue/{key}/comment"] == 3
    of_comments = {name for name in calls.jira if "comment" in name}
    assert of_comments == {"POST issue/{key}/comment"}


def test_all_comments_and_worklogs_of_an_issue_are_looked_at_together(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    key = family.key(task)
    for number in range(3):
        in_jira(family).comment(key, f"Comment {number}")
        in_jira(family).log_work(key, 60 * (number + 1))
    changelog = {"items": [{"field": "Sync In FPTR"}]}
    assert family.to_fptr(key, changelog=changelog) is True
    assert len(sandbox.shotgun.records("TimeLog", entity=task)) == 3
    sandbox.forget_calls()

    assert family.to_fptr(key, changelog=changelog) is True
    calls = sandbox.bridge_calls()
    remarks = {name: n for name, n in calls.jira.items() if "comment" in name or "worklog" in name}
    assert remarks == {"GET issue/{key}/comment": 1, "GET issue/{key}/worklog": 1}
    # The records of all of them, and those whose counterpart may have vanished.
    assert (calls.shotgun["find Note"], calls.shotgun["find TimeLog"]) == (2, 2)
