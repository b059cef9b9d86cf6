"""What Notes and their comments cost: several changes of one are read once and written once."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.handlers import NoteCommentHandler
from sg_jira.sandbox import BridgeCalls, Sandbox
from sg_jira.sandbox.shotgun import Entity
from tests.integration.handed_over import Changes
from tests.integration.pairs import Pair, create_task

PANEL = "\n{panel:title=%s}\n%s\n{panel}\n"
#: The Note and its Task are read, the comment is made, its key is written.
ONE_CREATION = BridgeCalls(
    shotgun={"find Note": 1, "find Task": 1, "update Note": 1},
    jira={"POST issue/{key}/comment": 1},
)


class Setting:
    """A synced Task, and what happens to its Notes while nobody listens."""

    def __init__(self, sandbox: Sandbox, bridge: Bridge) -> None:
        self.sandbox, self.bridge = sandbox, bridge
        self.task = create_task(sandbox, "Dig", sg_sync_in_jira=True)
        self.other = create_task(sandbox, "Rest")
        self.turn_on()
        sandbox.forget_calls()
        self.changes = Changes(sandbox, bridge)

    def turn_on(self) -> Any:
        """Tells the bridge that the Task's flag was turned on."""
        event = {
            "meta": {
                "type": "attribute_change",
                "attribute_name": "sg_sync_in_jira",
                "new_value": True,
            },
            "project": self.sandbox.production.project,
        }
        return self.bridge.sync_in_jira("default", "Task", self.task.id, event)

    def add_note(self, subject: str = "Planks", content: str = "Longer ones.") -> Entity:
        fields = {"subject": subject, "content": content, "tasks": [self.task.link]}
        project = self.sandbox.production.project
        made = self.task.in_fptr().create("Note", {"project": project, **fields})
        return {"type": "Note", "id": made["id"]}

    def edit(self, note: Entity, **fields: Any) -> None:
        self.task.in_fptr().update("Note", note["id"], fields)

    def key(self, note: Entity) -> Any:
        return self.sandbox.shotgun.record("Note", note["id"])["sg_jira_key"]

    @property
    def bodies(self) -> list[str]:
        return [comment["body"].strip() for comment in self.task.comments]


@pytest.fixture
def setting(sandbox: Sandbox, bridge: Bridge) -> Setting:
    return Setting(sandbox, bridge)


@pytest.fixture
def note(setting: Setting) -> Entity:
    """A Note that has its comment."""
    note = setting.add_note()
    setting.changes.hand_over_together(note)
    setting.sandbox.forget_calls()
    return note


def test_the_events_of_a_creation_make_one_comment_for_four_calls(setting: Setting) -> None:
    note = setting.add_note()

    # The Project of a Note is nothing that is synced.
    assert setting.changes.hand_over_together(note) == [False, True, True, True]
    assert setting.sandbox.bridge_calls() == ONE_CREATION
    assert setting.bodies == [(PANEL % ("Planks", "Longer ones.")).strip()]
    assert setting.key(note) == f"{setting.task.key}/{setting.task.comments[0]['id']}"


def test_a_creation_costs_no_more_when_its_events_come_one_by_one(setting: Setting) -> None:
    note = setting.add_note()

    assert setting.changes.hand_over_singly(note).count(True) == 1
    assert setting.sandbox.bridge_calls() == ONE_CREATION
    assert len(setting.bodies) == 1


def test_edits_of_a_note_cost_one_read_each_and_one_write(setting: Setting, note: Entity) -> None:
    setting.edit(note, subject="Boards")
    setting.edit(note, content="Shorter ones.", subject="Oak boards")
    setting.edit(note, content="Much shorter ones.")

    assert setting.changes.hand_over_together(note) == [True] * 4
    assert setting.sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Note": 1, "find Task": 1},
        jira={"GET issue/{key}/comment/{id}": 1, "PUT issue/{key}/comment/{id}": 1},
    )
    assert setting.bodies == [(PANEL % ("Oak boards", "Much shorter ones.")).strip()]


def test_a_note_that_is_edited_and_moved_at_once_is_a_comment_on_the_other_issue(
    setting: Setting, note: Entity, sandbox: Sandbox, bridge: Bridge
) -> None:
    home = setting.task
    setting.task = create_task(sandbox, "Fill", sg_sync_in_jira=True)
    setting.turn_on()
    sandbox.forget_calls()
    setting.edit(note, content="Not there.")
    setting.edit(note, tasks=[setting.task.link])
    setting.edit(note, subject="Here")

    assert setting.changes.hand_over_together(note) == [True] * 3
    assert sandbox.bridge_calls().shotgun["find Task"] == 1
    assert sandbox.bridge_calls().jira == {
        "GET issue/{key}/comment/{id}": 1,
        "DELETE issue/{key}/comment/{id}": 1,
        "POST issue/{key}/comment": 1,
    }
    assert home.comments == []
    assert setting.bodies == [(PANEL % ("Here", "Not there.")).strip()]


def test_a_task_that_was_linked_and_unlinked_meanwhile_changes_nothing(
    setting: Setting, note: Entity
) -> None:
    before = setting.key(note)
    setting.edit(note, tasks=[])
    setting.edit(note, tasks=[setting.task.link], content="Still here.")

    assert any(setting.changes.hand_over_together(note))
    assert setting.key(note) == before
    assert setting.bodies == [(PANEL % ("Planks", "Still here.")).strip()]
    assert "DELETE issue/{key}/comment/{id}" not in setting.sandbox.bridge_calls().jira


def test_a_note_that_is_gone_is_told_for_each_event(setting: Setting, note: Entity) -> None:
    setting.edit(note, subject="Boards", content="Shorter ones.")
    events = setting.changes.of(note)
    setting.sandbox.shotgun.acting_as(setting.sandbox.script).delete("Note", note["id"])

    results = setting.bridge.sync_all_in_jira("default", "Note", note["id"], events)
    assert results == [False, False]
    assert str(setting.bridge.last_skip_reason()).startswith("record_not_found")


@pytest.mark.parametrize(
    "member",
    [
        "process_shotgun_event",
        "_sync_note_content_to_jira",
        "_sync_note_tasks_change_to_jira",
    ],
)
def test_a_subclass_with_its_own_way_is_given_one_change_at_a_time(
    setting: Setting, note: Entity, monkeypatch: pytest.MonkeyPatch, member: str
) -> None:
    handler: Any = setting.bridge.get_syncer("default").handlers[2]
    called: list[Any] = []

    def its_own_way(self: Any, *args: Any) -> Any:
        called.append(args)
        return getattr(NoteCommentHandler, member)(self, *args)

    studio = type("StudioHandler", (NoteCommentHandler,), {member: its_own_way})
    monkeypatch.setattr(handler, "__class__", studio)
    setting.edit(note, subject="Boards")
    setting.edit(note, content="Shorter ones.")
    setting.edit(note, tasks=[setting.task.link, setting.other.link])

    assert setting.changes.hand_over_together(note) == [True, True, False]
    calls = {"process_shotgun_event": 3, "_sync_note_content_to_jira": 2}
    assert len(called) == calls.get(member, 1)


def test_a_subclass_hears_of_a_creations_texts_as_well(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler: Any = setting.bridge.get_syncer("default").handlers[2]
    heard: list[Any] = []

    def its_own_way(self: Any, shotgun_note: Entity) -> bool:
        heard.append(shotgun_note["id"])
        return False

    studio = type(
        "StudioHandler", (NoteCommentHandler,), {"_sync_note_content_to_jira": its_own_way}
    )
    monkeypatch.setattr(handler, "__class__", studio)
    note = setting.add_note()

    setting.changes.hand_over_singly(note)
    assert note["id"] in heard


# Comments edited in Jira


def edited(setting: Setting, text: str, updated: str) -> dict[str, Any]:
    """A webhook about the one comment, edited into this text."""
    comment = {**setting.task.comments[0], "body": PANEL % ("Planks", text), "updated": updated}
    comment["updateAuthor"] = {"displayName": "Mira"}
    issue = setting.sandbox.jira.issue(setting.task.key)
    return {"webhookEvent": "comment_updated", "issue": issue, "comment": comment}


def test_edits_of_a_comment_cost_one_read_and_one_write_of_the_newest_text(
    setting: Setting, note: Entity
) -> None:
    events = [
        edited(setting, "First", "2031-02-03T10:00:00.000+0000"),
        edited(setting, "Third", "2031-02-03T10:02:00.000+0000"),
        edited(setting, "Second", "2031-02-03T12:01:00.000+0200"),
    ]
    key = setting.task.key

    assert setting.bridge.sync_all_in_shotgun("default", "issue", key, events) == [True] * 3
    assert setting.sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Note": 1, "update Note": 1}, jira={}
    )
    assert setting.sandbox.shotgun.record("Note", note["id"])["content"] == "Third"


def test_edits_of_different_comments_are_kept_apart(setting: Setting, note: Entity) -> None:
    events = [edited(setting, text, "2031-02-03T10:00:00.000+0000") for text in ("One", "Two")]
    events[1]["comment"]["id"] = "999999"
    key = setting.task.key

    assert setting.bridge.sync_all_in_shotgun("default", "issue", key, events) == [True]
    assert setting.sandbox.shotgun.record("Note", note["id"])["content"] == "One"


def test_a_subclass_with_its_own_way_is_given_one_edit_at_a_time(
    setting: Setting, note: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler: Any = setting.bridge.get_syncer("default").handlers[2]
    way = {"process_jira_event": lambda self, kind, key, event: "its own way"}
    monkeypatch.setattr(handler, "__class__", type("StudioHandler", (NoteCommentHandler,), way))
    events = [edited(setting, text, "2031-02-03T10:00:00.000+0000") for text in ("One", "Two")]
    key = setting.task.key

    assert setting.bridge.sync_all_in_shotgun("default", "issue", key, events) == ["its own way"]


# All Notes of a Task


def test_notes_of_a_task_are_looked_at_together(setting: Setting) -> None:
    notes = [setting.add_note(f"Note {number}", "Text.") for number in range(4)]
    setting.turn_on()
    assert [setting.key(one) is None for one in notes] == [False] * 4
    setting.edit(notes[2], content="Other text.")
    late = setting.add_note("Late", "Text.")
    setting.sandbox.forget_calls()

    assert setting.turn_on() is True
    calls = setting.sandbox.bridge_calls()
    of_notes = {name: calls.shotgun.get(name, 0) for name in ("find Note", "update Note")}
    assert of_notes == {"find Note": 1, "update Note": 1}
    assert calls.shotgun["find Task"] == 2  # the Task itself, and which Tasks are synced
    of_comments = {name: count for name, count in calls.jira.items() if "comment" in name}
    assert of_comments == {
        "GET issue/{key}/comment": 1,
        "PUT issue/{key}/comment/{id}": 1,
        "POST issue/{key}/comment": 1,
    }
    assert len(setting.bodies) == 5
    assert str(setting.key(late)).startswith(f"{setting.task.key}/")


def test_first_sync_of_a_task_with_notes_costs_two_calls_for_each_note(
    sandbox: Sandbox, bridge: Bridge, setting: Setting
) -> None:
    setting.task = Pair(sandbox, int(sandbox.production.tasks["Rig Pip"]["id"]))
    setting.task.in_fptr().update("Task", setting.task.id, {"sg_sync_in_jira": True})
    sandbox.forget_calls()

    setting.turn_on()
    calls = sandbox.bridge_calls()
    assert calls.shotgun["update Note"] == calls.jira["POST issue/{key}/comment"] == 2
    assert calls.shotgun["find Note"] == 1
    assert "GET issue/{key}/comment" not in calls.jira


def test_a_comment_that_was_deleted_in_jira_does_not_stop_the_other_notes(
    setting: Setting,
) -> None:
    notes = [setting.add_note(f"Note {number}", "Text.") for number in range(3)]
    setting.turn_on()
    gone = str(setting.key(notes[0])).rpartition("/")[2]
    setting.task.in_jira().delete_comment(setting.task.key, gone)
    setting.edit(notes[2], content="Other text.")

    assert setting.turn_on() is True
    assert len(setting.bodies) == 2
    assert any("Other text." in body for body in setting.bodies)


def test_a_key_that_is_no_key_of_jira_leads_nowhere(setting: Setting) -> None:
    """Keys are fields that people edit."""
    note = setting.add_note()
    odd = "../../project/HARBOR?x="
    setting.edit(note, content="Edited.")
    setting.task.in_fptr().update("Task", setting.task.id, {"sg_jira_key": odd})
    setting.sandbox.forget_calls()

    assert setting.changes.hand_over_together(note)[-1] is False
    assert setting.sandbox.bridge_calls().jira == {}
