"""Replies to FPTR Notes as comments of the Issue that has the comment of their Note."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sg_jira import Bridge
from sg_jira.deliveries import log_entries
from sg_jira.handlers.reply_comment_handler import ReplyCommentHandler
from sg_jira.sandbox import BridgeCalls, Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.conversation import GENERIC, NAME, TASKS, Conversation, with_replies

BOTH = pytest.mark.parametrize("flavour", list(Flavour), indirect=True)
FAMILIES = pytest.mark.parametrize("entry", [TASKS, GENERIC], ids=["tasks", "generic"])


@pytest.fixture
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """What Jira is makes no difference here, unless a test says so."""
    chosen: Flavour = getattr(request, "param", Flavour.CLOUD)
    return chosen


@pytest.fixture
def entry() -> dict[str, Any]:
    """Notes and Replies behave the same in both families, unless a test says so."""
    return TASKS


@pytest.fixture
def talk(sandbox: Sandbox, bridge: Bridge, entry: dict[str, Any]) -> Conversation:
    return Conversation(sandbox, bridge, with_replies(entry))


def body(talk: Conversation, reply: dict[str, Any], text: str) -> str:
    source = f"Reply {reply['id']} to Note {talk.note['id']} created from FPTR by Mira Halvorsen"
    return f"{{panel:title=Re: Planks}}\n_{source}_\n{text}\n{{panel}}"


@BOTH
@FAMILIES
def test_a_reply_becomes_a_comment_below_that_of_its_note_for_three_calls(
    talk: Conversation,
) -> None:
    reply = talk.reply("Oak, please.")

    assert talk.told(reply) == [True, True]
    assert talk.calls == BridgeCalls(
        shotgun={"find Reply": 1, "find Task": 1}, jira={"POST issue/{key}/comment": 1}
    )
    assert talk.bodies[1:] == [body(talk, reply, "Oak, please.")]


def test_its_events_one_by_one_cost_no_more(talk: Conversation) -> None:
    reply = talk.reply("Oak, please.")

    assert talk.changes.hand_over_singly(reply) == [True, False]
    assert talk.why.startswith("part_of_a_creation")
    assert talk.calls.totals == (2, 1)
    assert len(talk.bodies) == 2


@BOTH
@FAMILIES
def test_an_edited_reply_rewrites_its_comment_without_reading_it(talk: Conversation) -> None:
    reply = talk.reply_told("Oak, please.")
    talk.in_fptr().update("Reply", reply["id"], {"content": "Pine."})
    talk.in_fptr().update("Reply", reply["id"], {"content": "Pine, please."})

    assert talk.told(reply) == [True, True]
    assert talk.calls == BridgeCalls(
        shotgun={"find Reply": 1, "find Task": 1}, jira={"PUT issue/{key}/comment/{id}": 1}
    )
    assert talk.bodies[1:] == [body(talk, reply, "Pine, please.")]


def test_a_reply_that_is_made_and_edited_at_once_is_one_comment_with_the_last_text(
    talk: Conversation,
) -> None:
    reply = talk.reply("Oak?")
    talk.in_fptr().update("Reply", reply["id"], {"content": "Oak!"})

    assert talk.told(reply) == [True] * 3
    assert talk.bodies[1:] == [body(talk, reply, "Oak!")]


def test_without_the_setting_replies_stay_in_fptr(sandbox: Sandbox, bridge: Bridge) -> None:
    talk = Conversation(sandbox, bridge, TASKS)

    assert talk.told(talk.reply("Oak, please.")) == [False, False]
    assert talk.why.startswith("no_handler")
    assert talk.calls.totals == (0, 0)


def test_replies_that_travel_the_other_way_only_stay_in_fptr(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    talk = Conversation(sandbox, bridge, with_replies(TASKS, sync_replies="jira_to_sg"))

    assert not any(talk.told(talk.reply("Oak, please.")))
    assert talk.why.startswith("other_direction")
    assert talk.calls.totals == (0, 0)


@pytest.mark.parametrize("field", ["sg_jira_key", "sg_sync_in_jira"])
def test_replies_to_a_note_that_is_not_synced_stay_in_fptr(talk: Conversation, field: str) -> None:
    record = talk.note if field == "sg_jira_key" else talk.task
    talk.in_fptr().update(record["type"], record["id"], {field: None})

    assert not any(talk.told(talk.reply("Oak, please.")))
    assert talk.why.startswith("note_not_linked")
    assert len(talk.bodies) == 1


def test_an_edit_of_a_reply_that_never_had_a_comment_makes_none(talk: Conversation) -> None:
    reply = talk.reply("Oak, please.")
    talk.changes.of(reply)
    talk.in_fptr().update("Reply", reply["id"], {"content": "Pine."})

    assert talk.told(reply) == [False]
    assert talk.why.startswith("comment_not_found")
    assert len(talk.bodies) == 1


def test_a_comment_that_was_deleted_in_jira_is_not_made_again(talk: Conversation) -> None:
    reply = talk.reply_told("Oak, please.")
    talk.in_jira("mira").delete_comment(talk.key, talk.comments[1]["id"])
    talk.in_fptr().update("Reply", reply["id"], {"content": "Pine."})

    assert talk.told(reply) == [False]
    assert talk.why.startswith("comment_not_found")
    assert talk.tell_of_flag(talk.task)
    assert len(talk.bodies) == 1


def test_the_comment_is_found_by_its_text_when_the_bridge_has_forgotten_it(
    talk: Conversation,
) -> None:
    reply = talk.reply_told("Oak, please.")
    talk.bridge.links.copies.forget(f"Reply:{reply['id']}")
    talk.in_fptr().update("Reply", reply["id"], {"content": "Pine."})
    talk.in_fptr().update("Reply", reply["id"], {"content": "Pine, please."})

    assert talk.changes.hand_over_singly(reply) == [True, True]
    assert talk.calls.jira["GET issue/{key}/comment"] == 1
    assert talk.bodies[1:] == [body(talk, reply, "Pine, please.")]


# Exactly once


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.LOST_ANSWER])
@FAMILIES
def test_a_reply_gets_one_comment_whatever_becomes_of_the_answer(
    talk: Conversation, kind: FaultKind
) -> None:
    reply = talk.reply("Oak, please.")
    fault = Fault(kind, endpoint="POST issue/{key}/comment")
    talk.sandbox.jira.controls.faults.add(fault)
    events = talk.changes.of(reply)
    with pytest.raises(requests.ConnectionError):
        talk.bridge.sync_all_in_jira(NAME, "Reply", reply["id"], events)

    again = talk.bridge.sync_all_in_jira(NAME, "Reply", reply["id"], events)
    assert again == [True, True]
    assert talk.bodies[1:] == [body(talk, reply, "Oak, please.")]


# Deleted Replies


def test_a_deleted_reply_leaves_its_comment_as_a_deleted_note_does(talk: Conversation) -> None:
    reply = talk.reply_told("Oak, please.")
    talk.in_fptr().delete("Reply", reply["id"])

    assert talk.told(reply) == [False]
    assert talk.why.startswith("deletion_not_synced")
    assert len(talk.bodies) == 2


@pytest.mark.parametrize("entry", [GENERIC], ids=["generic"])
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_deleted_reply_takes_its_comment_along_where_deletions_of_notes_are_synced(
    talk: Conversation, forgotten: bool
) -> None:
    reply = talk.reply_told("Oak, please.")
    if forgotten:
        talk.bridge.links.copies.forget(f"Reply:{reply['id']}")
    talk.in_fptr().update("Reply", reply["id"], {"content": "Never mind."})
    talk.in_fptr().delete("Reply", reply["id"])

    assert talk.told(reply) == [True, True]
    assert len(talk.bodies) == 1
    if not forgotten:
        assert talk.calls == BridgeCalls(shotgun={}, jira={"DELETE issue/{key}/comment/{id}": 1})


@pytest.mark.parametrize("entry", [GENERIC], ids=["generic"])
def test_a_reply_that_is_brought_back_is_not_synced_by_itself(talk: Conversation) -> None:
    reply = talk.reply_told("Oak, please.")
    talk.in_fptr().delete("Reply", reply["id"])
    talk.told(reply)
    talk.in_fptr().revive("Reply", reply["id"])

    assert talk.told(reply) == [False]
    assert len(talk.bodies) == 1


@FAMILIES
def test_an_unlinked_note_takes_the_comments_of_its_replies_along(talk: Conversation) -> None:
    talk.reply_told("Oak, please.")
    other = talk.add_note("Nails")
    talk.reply_told("Brass.", other)
    talk.in_jira().comment(talk.key, "Both are fine.")
    talk.in_fptr().update("Note", talk.note["id"], {"tasks": []})

    assert talk.told(talk.note) == [True]
    assert [("Brass." in text, "Both" in text) for text in talk.bodies] == [
        (False, False),
        (True, False),
        (False, True),
    ]


@BOTH
@FAMILIES
def test_a_note_that_moves_takes_its_replies_along(talk: Conversation) -> None:
    talk.reply_told("Oak, please.")
    other = talk.create_task("Tear down the pier")
    home = talk.sandbox.shotgun.record("Task", other["id"])["sg_jira_key"]
    talk.in_fptr().update("Note", talk.note["id"], {"tasks": [other]})

    assert talk.told(talk.note) == [True]
    assert talk.bodies == []
    moved = [one["body"] for one in talk.sandbox.jira.comments(home)]
    assert sum("Oak, please." in one for one in moved) == 1


# With their Note, and all of them


@FAMILIES
def test_replies_that_were_there_before_come_with_the_comment_of_their_note(
    talk: Conversation,
) -> None:
    note = talk.add_note("Nails", tell=False)
    early = talk.reply("Brass.", note)
    assert not any(talk.told(early))  # the Note has no comment yet

    note_events = talk.in_fptr().update("Note", note["id"], {"content": "Which ones?"})
    assert note_events
    meta = {"type": "attribute_change", "attribute_name": "tasks", "added": [talk.task]}
    event = {"meta": meta, "project": talk.project}
    assert talk.bridge.sync_in_jira(NAME, "Note", note["id"], event)
    assert ["Brass." in text for text in talk.bodies] == [False, False, True]


@FAMILIES
@pytest.mark.parametrize("endpoint", ["find Reply", "update Note"])
def test_replies_that_were_cut_short_come_with_the_repeated_event(
    talk: Conversation, endpoint: str
) -> None:
    note = talk.add_note("Nails", tell=False)
    talk.reply("Brass.", note)
    events = talk.changes.of(note)[1:]  # without the Project, which is nothing that is synced
    fault = Fault(FaultKind.RESET, endpoint=endpoint)
    talk.sandbox.shotgun.controls.faults.add(fault)
    with pytest.raises(ConnectionError):
        talk.bridge.sync_all_in_jira(NAME, "Note", note["id"], events)

    assert any(talk.bridge.sync_all_in_jira(NAME, "Note", note["id"], events))
    assert ["Brass." in text for text in talk.bodies] == [False, False, True]
    assert not any(talk.bridge.sync_all_in_jira(NAME, "Note", note["id"], events))
    assert len(talk.bodies) == 3


@BOTH
@FAMILIES
def test_turning_the_flag_on_syncs_all_replies_with_two_reads(talk: Conversation) -> None:
    first = talk.reply_told("Oak, please.")
    second = talk.add_note("Nails")
    talk.reply("Brass.", second)
    talk.reply("Or iron?", second)
    talk.in_fptr().update("Reply", first["id"], {"content": "Pine, please."})
    talk.sandbox.forget_calls()

    assert talk.tell_of_flag(talk.task)
    assert talk.calls.shotgun["find Reply"] == 1
    assert talk.calls.jira["POST issue/{key}/comment"] == 2
    assert talk.calls.jira["PUT issue/{key}/comment/{id}"] == 1
    assert ["Pine," in text for text in talk.bodies] == [False, True, False, False, False]
    before = talk.bodies
    assert talk.tell_of_flag(talk.task)
    assert talk.bodies == before


def test_a_note_without_replies_costs_one_look_for_them(talk: Conversation) -> None:
    talk.add_note("Nails")

    assert talk.calls.shotgun["find Reply"] == 1
    assert talk.calls.totals == (4, 1)


# However they are told


def test_a_reply_whose_event_names_no_project_is_synced(talk: Conversation) -> None:
    reply = talk.reply("Oak, please.")
    events = [{**event, "project": None} for event in talk.changes.of(reply)]

    results = talk.bridge.sync_all_in_jira(NAME, "Reply", reply["id"], events)
    assert results == [True, True]
    assert len(talk.bodies) == 2


def test_a_reply_told_by_fptrs_own_webhook_is_synced(talk: Conversation) -> None:
    reply = talk.reply("Oak, please.")
    data = {
        "event_log_entry_id": 7,
        "event_type": "Shotgun_Reply_New",
        "operation": "create",
        "entity": {"type": "Reply", "id": reply["id"]},
        "project": None,
        "meta": {"type": "new_entity"},
    }
    (entry,) = log_entries({"data": data})

    assert talk.bridge.sync_in_jira(NAME, "Reply", reply["id"], entry) is True
    assert talk.bodies[1:] == [body(talk, reply, "Oak, please.")]


# What studios may do


def test_a_studios_own_form_of_a_reply_that_refuses_costs_this_reply_only(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sg_jira.errors import InvalidJiraValue

    def refuse(self: Any, shotgun_reply: Any) -> str:
        raise InvalidJiraValue("content", shotgun_reply["content"], "no such words")

    monkeypatch.setattr(ReplyCommentHandler, "_compose_jira_comment_body", refuse)
    assert talk.told(talk.reply("Oak, please.")) == [False, False]
    assert talk.why.startswith("value_refused")


def test_a_subclass_with_its_own_way_is_given_one_change_at_a_time(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler: Any = talk.bridge.get_syncer(NAME).replies
    seen: list[str] = []

    def its_own_way(self: Any, entity_type: str, entity_id: int, event: Any) -> bool:
        seen.append(event["meta"]["attribute_name"])
        return True

    way = {"process_shotgun_event": its_own_way}
    monkeypatch.setattr(handler, "__class__", type("Studio", (ReplyCommentHandler,), way))
    assert talk.told(talk.reply("Oak, please.")) == [True, True]
    assert seen == ["content", "entity"]
