"""Comments in Jira that answer a Note, as Replies in FPTR."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.handlers.reply_comment_handler import ReplyCommentHandler
from sg_jira.sandbox import BridgeCalls, Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.conversation import GENERIC, NAME, TASKS, Conversation, with_replies

BOTH = pytest.mark.parametrize("flavour", list(Flavour), indirect=True)
FAMILIES = pytest.mark.parametrize("entry", [TASKS, GENERIC], ids=["tasks", "generic"])
ALL = {"answering_comments": "all"}


@pytest.fixture
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """What Jira is makes no difference here, unless a test says so."""
    chosen: Flavour = getattr(request, "param", Flavour.CLOUD)
    return chosen


@pytest.fixture
def entry() -> dict[str, Any]:
    return TASKS


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def talk(
    sandbox: Sandbox, bridge: Bridge, entry: dict[str, Any], settings: dict[str, Any]
) -> Conversation:
    return Conversation(sandbox, bridge, with_replies(entry, **settings))


# Which comments answer


@BOTH
@FAMILIES
def test_a_comment_that_begins_by_mentioning_the_bridge_becomes_a_reply_in_its_authors_name(
    talk: Conversation,
) -> None:
    talk.answer(f"{talk.mention}: oak, please.")

    (reply,) = talk.replies
    assert reply["content"] == "oak, please."
    assert reply["user"]["id"] == talk.sandbox.production.person("jonas").shotgun["id"]
    # The Issue's Notes, the author, the Reply; the comments above it.
    assert talk.calls == BridgeCalls(
        shotgun={"find Note": 1, "find HumanUser": 1, "create Reply": 1},
        jira={"GET issue/{key}/comment": 1},
    )


@FAMILIES
def test_on_cloud_what_is_written_under_the_comment_of_a_note_becomes_a_reply(
    talk: Conversation,
) -> None:
    talk.add_note("Nails")
    talk.sandbox.forget_calls()
    talk.answer("Oak, please.", answers=talk.comment_of(talk.note))

    assert talk.texts == ["Oak, please."]
    assert talk.calls.jira == {}


def test_on_cloud_what_is_written_under_the_comment_of_a_reply_answers_the_same_note(
    talk: Conversation,
) -> None:
    talk.reply_told("Oak?")
    above = talk.comments[1]["id"]
    talk.add_note("Nails")
    talk.answer("Oak!", answers=above)

    assert talk.texts == ["Oak?", "Oak!"]


def test_on_cloud_what_is_written_under_a_persons_comment_answers_nothing(
    talk: Conversation,
) -> None:
    number = talk.in_jira().comment(talk.key, "Lunch?")
    talk.answer("Yes.", answers=number)

    assert talk.texts == []
    assert talk.why.startswith("not_an_answer")


@FAMILIES
def test_other_comments_are_no_replies(talk: Conversation) -> None:
    number = talk.answer("Who ordered this?")

    assert talk.texts == []
    notes = talk.sandbox.shotgun.records("Note", sg_jira_key=f"{talk.key}/{number}")
    assert len(notes) == (1 if talk.bridge.get_syncer(NAME).deletion_of_notes else 0)


def test_a_comment_that_is_none_costs_nothing(talk: Conversation) -> None:
    talk.answer("Who ordered this?")

    assert talk.calls.totals == (0, 0)
    assert talk.why.startswith("not_an_answer")


def test_a_mention_of_somebody_else_is_none(talk: Conversation) -> None:
    talk.answer("[~accountid:5b10ac8d82e05b22cc7d4ef5] oak, please.")
    talk.answer(f"Dear {talk.mention}, oak, please.")

    assert talk.texts == []


def test_the_note_whose_comment_or_reply_stands_last_above_is_answered(talk: Conversation) -> None:
    second = talk.add_note("Nails")
    talk.reply_told("Really?", talk.note)
    talk.answer(f"{talk.mention} Really.")

    assert talk.texts == ["Really?", "Really."]
    assert talk.sandbox.shotgun.records("Reply", entity=second) == []


@BOTH
def test_with_all_every_comment_below_that_of_a_note_is_an_answer(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    talk = Conversation(sandbox, bridge, with_replies(GENERIC, answering_comments="all"))
    talk.answer("Oak, please.")
    talk.answer("And brass nails.", login="tomas")

    assert talk.texts == ["Oak, please.", "And brass nails."]


@pytest.mark.parametrize("settings", [ALL])
def test_with_all_a_comment_above_every_note_is_none(talk: Conversation) -> None:
    talk.in_jira("mira").delete_comment(talk.key, talk.comment_of(talk.note))
    talk.answer("Anybody?")

    assert talk.texts == []


@pytest.mark.parametrize("settings", [ALL])
@pytest.mark.parametrize(
    "shown",
    [{"visibility": {"type": "role", "value": "Developers"}}, {"jsdPublic": False}],
    ids=["for a role", "internal"],
)
def test_what_not_everybody_may_see_stays_in_jira(
    talk: Conversation, shown: dict[str, Any]
) -> None:
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Too expensive.")

    assert not talk.tell(talk.event(number, **shown))
    assert talk.texts == []


def test_an_answer_that_is_not_for_everybody_any_more_leaves_its_reply(
    talk: Conversation,
) -> None:
    number = talk.answer(f"{talk.mention} Oak.")
    shown = {"body": "Too expensive.", "visibility": {"type": "role", "value": "Developers"}}

    assert talk.tell(talk.event(number, "updated", **shown)) is False
    assert talk.why.startswith("not_an_answer")
    assert talk.texts == ["Oak."]


@BOTH
@pytest.mark.parametrize("settings", [ALL])
def test_nobody_answers_in_the_bridges_name(talk: Conversation) -> None:
    own = talk.sandbox.jira.acting_as(talk.sandbox.account)
    number = own.comment(talk.key, f"{talk.mention} Echo")

    assert not talk.tell(talk.event(number))
    assert talk.why.startswith("echo")
    assert not talk.tell(talk.event(number, author=None))
    assert talk.calls.totals == (0, 0)


@pytest.mark.parametrize("field", ["sg_sync_in_jira", "sg_jira_key"])
def test_on_an_issue_that_is_not_synced_nothing_is_answered(talk: Conversation, field: str) -> None:
    record = talk.task if field == "sg_sync_in_jira" else talk.note
    talk.in_fptr().update(record["type"], record["id"], {field: None})
    talk.answer(f"{talk.mention} oak, please.")

    assert talk.texts == []


def test_without_the_setting_nothing_is_answered(sandbox: Sandbox, bridge: Bridge) -> None:
    talk = Conversation(sandbox, bridge, TASKS)
    talk.answer(f"{talk.mention} oak, please.")

    assert talk.texts == []
    assert talk.calls.totals == (0, 0)


@pytest.mark.parametrize("settings", [{"sync_replies": "sg_to_jira"}])
def test_replies_that_travel_the_other_way_only_are_not_made(talk: Conversation) -> None:
    talk.answer(f"{talk.mention} oak, please.")

    assert talk.texts == []


# Who wrote it


@BOTH
def test_somebody_whom_fptr_does_not_know_is_named_in_the_text(talk: Conversation) -> None:
    stranger = talk.sandbox.jira.add_person("Sam Stone", "sam@elsewhere.example")
    number = talk.sandbox.jira.acting_as(stranger).comment(talk.key, f"{talk.mention} Oak?")
    talk.tell(talk.event(number))
    assert talk.texts == ["Sam Stone (Jira):\nOak?"]

    talk.sandbox.jira.acting_as(stranger).edit_comment(talk.key, number, f"{talk.mention} Oak!")
    talk.tell(talk.event(number, "updated"))
    assert talk.texts == ["Sam Stone (Jira):\nOak!"]


def test_a_mention_alone_says_nothing(talk: Conversation) -> None:
    talk.answer(talk.mention)

    assert talk.texts == []
    assert talk.why.startswith("nothing_to_write")


def test_what_an_unsigned_webhook_says_about_the_note_does_not_count(talk: Conversation) -> None:
    """The engine asks Jira before such an event is believed."""
    second = talk.add_note("Nails")
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Brass.")
    forged = talk.event(number, parentId=int(talk.comment_of(talk.note)))
    true = talk.event(number)

    talk.bridge.sync_all_in_shotgun(NAME, "issue", talk.key, [forged], lambda count: [true])
    assert talk.texts == []
    assert len(talk.sandbox.shotgun.records("Reply", entity=second)) == 1


# Edits and deletions


@BOTH
@FAMILIES
def test_an_edited_answer_rewrites_its_reply(talk: Conversation) -> None:
    number = talk.answer(f"{talk.mention} Oak.")
    talk.in_jira().edit_comment(talk.key, number, f"{talk.mention} Pine.")
    talk.sandbox.forget_calls()

    assert talk.tell(talk.event(number, "updated")) is True
    assert talk.texts == ["Pine."]
    assert talk.calls == BridgeCalls(shotgun={"find Reply": 1, "update Reply": 1}, jira={})
    assert talk.tell(talk.event(number, "updated")) is True
    assert talk.calls.shotgun["update Reply"] == 1


def test_an_answer_stays_one_when_its_mention_is_taken_away(talk: Conversation) -> None:
    number = talk.answer(f"{talk.mention} Oak.")
    talk.in_jira().edit_comment(talk.key, number, "Pine.")

    assert talk.tell(talk.event(number, "updated")) is True
    assert talk.texts == ["Pine."]


def test_a_comment_that_becomes_an_answer_by_an_edit_is_one(talk: Conversation) -> None:
    number = talk.answer("Oak.")
    talk.in_jira().edit_comment(talk.key, number, f"{talk.mention} Oak.")

    assert talk.tell(talk.event(number, "updated")) is True
    assert talk.texts == ["Oak."]


@FAMILIES
def test_several_webhooks_of_one_answer_make_one_reply_with_the_newest_text(
    talk: Conversation,
) -> None:
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Oak?")
    first = talk.event(number, updated="2031-01-01T10:00:00.000+0000")
    talk.in_jira().edit_comment(talk.key, number, f"{talk.mention} Oak!")
    second = talk.event(number, "updated", updated="2031-01-01T10:01:00.000+0000")

    assert talk.tell(second, first) == [True, True]
    assert talk.texts == ["Oak!"]
    assert talk.calls.totals == (3, 1)


def test_a_creation_that_is_told_late_brings_no_old_text(talk: Conversation) -> None:
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Oak?")
    late = talk.event(number)
    talk.in_jira().edit_comment(talk.key, number, f"{talk.mention} Oak!")

    assert talk.tell(talk.event(number, "updated")) is True
    assert talk.tell(late) is False
    assert talk.why.startswith("part_of_a_creation")
    assert talk.texts == ["Oak!"]


def test_an_edit_of_the_comment_of_a_reply_comes_back(talk: Conversation) -> None:
    talk.reply_told("Oak, please.")
    comment = talk.comments[1]
    talk.in_jira().edit_comment(
        talk.key, comment["id"], comment["body"].replace("Oak", "Pine").replace("\n", "\r\n")
    )

    assert talk.tell(talk.event(comment["id"], "updated")) is True
    assert talk.texts == ["Pine, please."]


CLOUD_EDITOR = "{panel:bgColor=#deebff}\n*Re: Planks*\n\n_%s_\nPine.\n{panel}"


@FAMILIES
def test_what_the_editor_of_jira_cloud_makes_of_it_comes_back(talk: Conversation) -> None:
    reply = talk.reply_told("Oak.")
    source = f"Reply {reply['id']} to Note {talk.note['id']} created from FPTR by Mira Halvorsen"
    number = talk.comments[1]["id"]
    talk.in_jira().edit_comment(talk.key, number, CLOUD_EDITOR % source)

    assert talk.tell(talk.event(number, "updated")) is True
    assert talk.texts == ["Pine."]


def test_a_comment_that_has_lost_the_line_naming_its_reply_leaves_it_alone(
    talk: Conversation,
) -> None:
    talk.reply_told("Oak, please.")
    number = talk.comments[1]["id"]
    talk.in_jira().edit_comment(talk.key, number, "Pine.")

    assert talk.tell(talk.event(number, "updated")) is False
    assert talk.why.startswith("value_refused")
    assert talk.texts == ["Oak, please."]


@pytest.mark.parametrize("settings", [{"sync_replies": "sg_to_jira"}])
@FAMILIES
def test_an_edit_of_the_comment_of_a_reply_that_may_not_come_back_makes_no_note_either(
    talk: Conversation,
) -> None:
    talk.reply_told("Oak, please.")
    comment = talk.comments[1]
    notes = len(talk.sandbox.shotgun.records("Note"))
    talk.in_jira().edit_comment(talk.key, comment["id"], comment["body"].replace("Oak", "Pine"))

    assert talk.tell(talk.event(comment["id"], "updated")) is False
    assert talk.why.startswith("other_direction")
    assert talk.texts == ["Oak, please."]
    assert len(talk.sandbox.shotgun.records("Note")) == notes


def test_an_edit_in_fptr_of_what_was_written_in_jira_is_not_written_there(
    talk: Conversation,
) -> None:
    number = talk.answer(f"{talk.mention} Oak.")
    (reply,) = talk.replies
    link = {"type": "Reply", "id": reply["id"]}
    talk.changes.of(link)
    talk.in_fptr("jonas").update("Reply", reply["id"], {"content": "Pine."})

    assert talk.told(link) == [False]
    assert talk.why.startswith("other_direction")
    (comment,) = [one for one in talk.comments if one["id"] == number]
    assert comment["body"].endswith("Oak.")


def test_a_deleted_answer_leaves_its_reply_as_with_notes(talk: Conversation) -> None:
    number = talk.answer(f"{talk.mention} Oak.")
    talk.in_jira().delete_comment(talk.key, number)

    assert talk.tell(talk.event(number, "deleted")) is False
    assert talk.why.startswith("deletion_not_synced")
    assert talk.texts == ["Oak."]


@pytest.mark.parametrize("entry", [GENERIC], ids=["generic"])
@pytest.mark.parametrize("written_in", ["Jira", "FPTR"])
def test_a_deleted_comment_takes_its_reply_along_where_deletions_of_notes_are_synced(
    talk: Conversation, written_in: str
) -> None:
    if written_in == "Jira":
        number = talk.answer(f"{talk.mention} Oak.")
    else:
        talk.reply_told("Oak.")
        number = talk.comments[1]["id"]
    talk.in_jira("mira").delete_comment(talk.key, number)
    event = talk.event(number, "deleted")

    assert talk.tell(event, event) == [True, True]
    assert talk.texts == []
    assert talk.tell(event) is True  # there is nothing left to delete


@pytest.mark.parametrize("entry", [GENERIC], ids=["generic"])
def test_an_answer_whose_reply_is_deleted_is_deleted_as_with_notes(talk: Conversation) -> None:
    talk.answer(f"{talk.mention} Oak.")
    (reply,) = talk.replies
    link = {"type": "Reply", "id": reply["id"]}
    talk.changes.of(link)
    talk.in_fptr().delete("Reply", reply["id"])

    assert talk.told(link) == [True]
    assert len(talk.comments) == 1


def test_a_text_that_names_the_reply_of_another_issue_changes_nothing(talk: Conversation) -> None:
    """What a comment says can be edited by anybody."""
    reply = talk.reply_told("Oak.")
    talk.bridge.links.copies.forget(f"Reply:{reply['id']}")
    comment = talk.comments[1]
    other = talk.create_task("Tear down the pier")
    away = talk.sandbox.shotgun.record("Task", other["id"])["sg_jira_key"]
    issue = talk.sandbox.jira.issue(away)
    forged = {**comment, "body": comment["body"].replace("Oak", "Pine"), "updateAuthor": {}}
    event = {"webhookEvent": "comment_updated", "issue": issue, "comment": forged}

    assert talk.bridge.sync_in_shotgun(NAME, "issue", away, event) is False
    assert talk.texts == ["Oak."]


# Exactly once


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.LOST_ANSWER])
@FAMILIES
def test_an_answer_gets_one_reply_whatever_becomes_of_the_answer_of_fptr(
    talk: Conversation, kind: FaultKind
) -> None:
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Oak.")
    talk.sandbox.shotgun.controls.faults.add(Fault(kind, endpoint="create Reply"))
    with pytest.raises(ConnectionError):
        talk.tell(talk.event(number))

    assert talk.tell(talk.event(number)) is True
    assert talk.texts == ["Oak."]
    assert talk.tell(talk.event(number)) is False


def test_a_reply_of_somebody_else_with_the_same_words_is_not_taken_for_it(
    talk: Conversation,
) -> None:
    talk.reply_told("Oak.")
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Oak.")
    talk.sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, endpoint="create Reply"))
    with pytest.raises(ConnectionError):
        talk.tell(talk.event(number))

    assert talk.tell(talk.event(number)) is True
    assert talk.texts == ["Oak.", "Oak."]


# A full sync of the generic family


def turn_flag_on(talk: Conversation) -> Any:
    event = {
        "webhookEvent": "jira:issue_updated",
        "issue": talk.sandbox.jira.issue(talk.key),
        "changelog": {"items": [{"field": "Sync In FPTR"}]},
    }
    return talk.bridge.sync_in_shotgun(NAME, "issue", talk.key, event)


@pytest.mark.parametrize("entry", [GENERIC], ids=["generic"])
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_full_sync_makes_notes_of_comments_and_replies_of_answers_once(
    talk: Conversation, forgotten: bool
) -> None:
    talk.reply_told("Oak?")
    talk.in_jira().comment(talk.key, f"{talk.mention} Oak!")
    number = talk.in_jira().comment(talk.key, "Lunch?")
    notes = len(talk.sandbox.shotgun.records("Note"))

    assert turn_flag_on(talk) is True
    assert talk.texts == ["Oak?", "Oak!"]
    assert talk.sandbox.shotgun.records("Note", sg_jira_key=f"{talk.key}/{number}")
    if forgotten:
        for source in (*(f"Reply:{one['id']}" for one in talk.replies), *all_comments(talk)):
            talk.bridge.links.copies.forget(source)
    assert turn_flag_on(talk) is True
    assert talk.texts == ["Oak?", "Oak!"]
    assert len(talk.sandbox.shotgun.records("Note")) == notes + 1


def all_comments(talk: Conversation) -> list[str]:
    return [f"Comment:{one['id']}" for one in talk.comments]


@FAMILIES
@pytest.mark.parametrize("login", ["jonas", None])
def test_an_answer_is_not_written_back_to_jira_when_the_bridge_has_forgotten_it(
    talk: Conversation, login: str | None
) -> None:
    if login is None:
        stranger = talk.sandbox.jira.add_person("Sam Stone", "sam@elsewhere.example")
        number = talk.sandbox.jira.acting_as(stranger).comment(talk.key, f"{talk.mention} Oak.")
        talk.tell(talk.event(number))
    else:
        number = talk.answer(f"{talk.mention} Oak.", login)
    talk.bridge.links.copies.forget(f"Comment:{number}")

    assert talk.tell_of_flag(talk.task)
    assert len(talk.comments) == 2
    assert talk.tell(talk.event(number, "updated")) is True
    assert len(talk.replies) == 1


@FAMILIES
def test_the_same_words_of_somebody_else_are_another_reply(talk: Conversation) -> None:
    talk.in_jira("jonas").comment(talk.key, "Oak.")
    talk.reply("Oak.")

    assert talk.tell_of_flag(talk.task)
    assert len(talk.comments) == 3


# What studios may do


def test_a_subclass_with_its_own_way_is_given_one_edit_at_a_time(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler: Any = talk.bridge.get_syncer(NAME).replies
    way = {"process_jira_event": lambda self, kind, key, event: event["webhookEvent"]}
    monkeypatch.setattr(handler, "__class__", type("Studio", (ReplyCommentHandler,), way))
    number = talk.in_jira().comment(talk.key, f"{talk.mention} Oak.")

    results = talk.tell(talk.event(number), talk.event(number, "updated"))
    assert results == ["comment_created"]
