"""Texts that are too long for Jira: shortened there, whole in FPTR."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.conversions.texts import JIRA_TEXT_LIMIT, SHORTENED_MARK
from sg_jira.sandbox import Flavour, Sandbox
from tests.integration.conversation import GENERIC, NAME, TASKS, Conversation, with_replies

WHOLE = "Fur on fur, and more. " * 1_800


@pytest.fixture
def flavour() -> Flavour:
    """What Jira is makes no difference here."""
    return Flavour.CLOUD


DESCRIBED = copy.deepcopy(GENERIC)
DESCRIBED["settings"]["entity_mapping"][0]["field_mapping"].append(
    {"sg_field": "sg_description", "jira_field": "description"}
)


@pytest.fixture(params=[TASKS, DESCRIBED], ids=["tasks", "generic"])
def talk(sandbox: Sandbox, bridge: Bridge, request: pytest.FixtureRequest) -> Conversation:
    return Conversation(sandbox, bridge, with_replies(request.param))


def is_cut(text: str) -> bool:
    return len(text) <= JIRA_TEXT_LIMIT and SHORTENED_MARK in text


def test_a_long_description_is_cut_in_jira_and_stays_whole_in_fptr(
    talk: Conversation, sandbox: Sandbox
) -> None:
    number = talk.task["id"]
    talk.in_fptr().update("Task", number, {"sg_description": WHOLE})

    assert talk.told(talk.task) == [True]
    cut = sandbox.jira.issue(talk.key)["fields"]["description"]
    assert is_cut(cut)

    edited = f"{cut[40:]}\nAnd wet."
    talk.in_jira().edit(talk.key, description=edited)
    item = {"field": "description", "fieldId": "description", "toString": edited}
    event = {
        "webhookEvent": "jira:issue_updated",
        "issue": sandbox.jira.issue(talk.key),
        "changelog": {"items": [item]},
    }
    assert talk.bridge.sync_in_shotgun(NAME, "issue", talk.key, event) is False
    assert f"Task {number} keeps its sg_description: the text in Jira was shortened" in talk.why
    assert sandbox.shotgun.record("Task", number)["sg_description"] == WHOLE


def test_a_long_note_is_cut_in_jira_and_stays_whole_in_fptr(
    talk: Conversation, sandbox: Sandbox
) -> None:
    note = talk.note
    talk.in_fptr().update("Note", note["id"], {"content": WHOLE})

    assert talk.told(note) == [True]
    assert is_cut(talk.bodies[0])

    def edit(old: str, new: str) -> Any:
        number = talk.comment_of(note)
        body = next(one["body"] for one in talk.comments if one["id"] == number)
        talk.in_jira().edit_comment(talk.key, number, body.replace(old, new, 1))
        return talk.tell(talk.event(number, "updated"))

    assert edit("Fur on fur", "Feathers") is False
    assert talk.why.startswith(f"value_refused: Note {note['id']} keeps its content")
    edit("Planks", "Boards")
    record = sandbox.shotgun.record("Note", note["id"])
    assert (record["subject"], record["content"]) == ("Boards", WHOLE)


def test_a_long_reply_is_cut_in_jira_and_stays_whole_in_fptr(talk: Conversation) -> None:
    talk.reply_told(WHOLE)
    comment = talk.comments[-1]
    assert is_cut(comment["body"])

    body = comment["body"].replace("Fur on fur", "Feathers", 1)
    talk.in_jira().edit_comment(talk.key, comment["id"], body)

    assert talk.tell(talk.event(comment["id"], "updated")) is False
    assert talk.why.startswith("value_refused: Reply")
    assert talk.texts == [WHOLE]
