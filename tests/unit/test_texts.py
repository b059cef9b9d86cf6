"""Texts that are too long for Jira: how they are cut, and how a cut one is known again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_jira.conversions.attachment_texts import with_names
from sg_jira.conversions.note_texts import COMMENT_BODY_TEMPLATE, note_from_comment
from sg_jira.conversions.texts import (
    JIRA_TEXT_LIMIT,
    SHORTENED_MARK,
    is_shortened,
    length,
    shorten,
    shorten_part,
)

LONG = "Fur on fur. " * 3_000
CUT = shorten(LONG, JIRA_TEXT_LIMIT)


def compose(note: dict[str, str]) -> str:
    return COMMENT_BODY_TEMPLATE % (note["subject"], note["content"])


@given(st.text(max_size=80), st.integers(min_value=len(SHORTENED_MARK), max_value=60))
def test_a_cut_text_is_as_long_as_jira_takes_it_at_most(text: str, limit: int) -> None:
    cut = shorten(text, limit)

    assert len(cut.encode("utf-16-le", "surrogatepass")) // 2 <= limit or cut == text
    assert length(cut) <= limit
    assert cut == text or (
        cut.endswith(SHORTENED_MARK) and text.startswith(cut.removesuffix(SHORTENED_MARK))
    )


def test_an_emoji_at_the_cut_goes_as_a_whole() -> None:
    assert shorten("🎬" * 128) == "🎬" * 118 + SHORTENED_MARK
    assert shorten("🎬" * 127) == "🎬" * 127


@pytest.mark.parametrize(
    ("subject", "content"),
    [("Edge", LONG), (LONG, "Soft"), (LONG, LONG), ("Edge", "🎬" * 17_000)],
)
def test_the_form_around_a_shortened_note_stays_whole(subject: str, content: str) -> None:
    note = {"subject": subject, "content": content}

    body = shorten_part(compose, note, ["content", "subject"])

    assert JIRA_TEXT_LIMIT - 1 <= length(body) <= JIRA_TEXT_LIMIT
    read = dict(zip(note, note_from_comment(body), strict=True))
    for part, text in note.items():
        assert read[part] == text or is_shortened(read[part], text)


def test_a_note_that_fits_is_composed_as_it_is() -> None:
    note = {"subject": "Edge", "content": "Soft"}
    assert shorten_part(compose, note, ["content"]) == compose(note)


@pytest.mark.parametrize(
    "jira_text",
    [
        CUT,
        f"Edited. {CUT}",
        f"{CUT}\nAdded below.",
        CUT.replace("[see Shotgun]", r"\[see Shotgun]"),
        CUT.replace("...", "…"),
        CUT.removesuffix(SHORTENED_MARK),
        CUT.removesuffix(SHORTENED_MARK).replace("\n", "\r\n"),
        shorten(LONG),
        shorten(LONG).removesuffix(SHORTENED_MARK),
    ],
)
def test_a_shortened_text_is_known_whatever_was_done_to_it(jira_text: str) -> None:
    assert is_shortened(jira_text, LONG)


@pytest.mark.parametrize(
    ("jira_text", "original"),
    [
        ("Something else", LONG),
        (LONG[:10_000], LONG),
        ("Short... [see Shotgun].", "Short"),
        ("Short... [see Shotgun].", None),
        ("x" * 500, "x" * 1_000),
    ],
)
def test_an_edit_is_no_shortened_text(jira_text: str, original: object) -> None:
    assert not is_shortened(jira_text, original)


def test_a_link_to_a_file_for_which_there_is_no_room_is_left_out() -> None:
    body = "x" * (JIRA_TEXT_LIMIT - 10)
    assert with_names(body, ["long name.png", "b.c", "a.b"]) == f"{body}\n[^b.c]"
