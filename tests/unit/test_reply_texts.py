"""Replies as texts of comments, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_jira.conversions.reply_texts import (
    comment_body,
    read_reply,
    reply_content,
    without_mention,
)
from sg_jira.conversions.texts import JIRA_TEXT_LIMIT

BODY = comment_body(7, 12, "Planks", "Mira Halvorsen", "Oak, please.")


def test_the_comment_of_a_reply_says_what_it_answers_and_who_wrote_it() -> None:
    assert BODY == (
        "\n{panel:title=Re: Planks}\n"
        "_Reply 7 to Note 12 created from FPTR by Mira Halvorsen_\n"
        "Oak, please.\n{panel}\n"
    )


def test_what_is_not_known_leaves_no_word_none() -> None:
    assert "None" not in comment_body(7, 12, None, None, None)


def test_a_subject_of_several_lines_with_braces_does_not_break_the_panel() -> None:
    body = comment_body(7, 12, "{Planks}\r\nand nails", "Mira", "Oak.")

    assert "{panel:title=Re: (Planks)and nails}" in body


@given(st.text(max_size=200))
def test_the_content_comes_back(content: str) -> None:
    text = read_reply(comment_body(7, 12, "Planks", "Mira", content))

    assert text is not None
    assert (text.reply_id, text.note_id, text.content) == (7, 12, content.strip())


@pytest.mark.parametrize(
    "body",
    [
        "{panel:bgColor=#deebff}\n*Re: Planks*\n\n"
        "_Reply 7 to Note 12 created from FPTR by Mira_\nOak.\n{panel}",
        BODY.replace("Oak, please.", "Oak.").replace("\n", "\r\n"),
        "_Reply 7 to Note 12 created from FPTR by Mira_\nOak.",
        "Look:\n_Reply 7 to Note 12 created from FPTR by Mira_  \nOak.\n{panel}\nDone.",
    ],
    ids=["cloud editor", "browser", "panel lost", "text around it"],
)
def test_other_forms_of_it_are_read(body: str) -> None:
    text = read_reply(body)

    assert text is not None
    assert (text.reply_id, text.note_id, text.content) == (7, 12, "Oak.")


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "Oak.",
        "{panel:title=Planks}\n_Note created from FPTR by Mira_\nOak.\n{panel}",
        "_Reply seven to Note 12 created from FPTR by Mira_\nOak.",
        f"_Reply {'7' * 19} to Note 12 created from FPTR by Mira_\nOak.",
        BODY + "x" * JIRA_TEXT_LIMIT,
    ],
)
def test_other_texts_are_no_reply(body: str | None) -> None:
    assert read_reply(body) is None


BRIDGE = {"accountId": "557058:b9f1", "name": "fptr-bridge", "key": "JIRAUSER10100"}


def is_bridge(user: object) -> bool:
    assert isinstance(user, dict)
    return any(BRIDGE.get(name) == value for name, value in user.items())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("[~accountid:557058:b9f1] Oak.", "Oak."),
        ("[~fptr-bridge]: Oak.", "Oak."),
        ("\n [~JIRAUSER10100], Oak.\nPlease.", "Oak.\nPlease."),
        ("[~fptr-bridge]", ""),
        ("[~fptr-bridge-2] Oak.", None),
        ("[~accountid:fptr-bridge] Oak.", None),
        ("Oak, [~fptr-bridge].", None),
        ("@fptr-bridge Oak.", None),
        ("", None),
        (None, None),
    ],
)
def test_a_mention_of_the_bridge_at_the_beginning_is_told(
    body: str | None, text: str | None
) -> None:
    assert without_mention(body, is_bridge) == text


def test_an_unknown_author_is_named_in_the_content() -> None:
    assert reply_content("Oak.", "Sam\nStone") == "SamStone (Jira):\nOak."
    assert reply_content("Oak.", None) == "Oak."
