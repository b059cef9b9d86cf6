"""Half a character in JSON becomes the sign for one that cannot be shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_jira.whole_texts import with_whole_characters

#: What texts with halves are made of, close together.
PIECES = st.sampled_from(["\ud83c", "\udf88", "\U0001f388", "\\", "u", "d83c", '"', "a", "é"])


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("a \ud83c b", "a \ufffd b"),
        ("\udf88\ud83c", "\ufffd\ufffd"),
        ("\ud83c\ud83c\udf88", "\ufffd\U0001f388"),
        ("\\ud83c", "\\ud83c"),  # somebody has written a backslash
        ("\\\ud83c", "\\\ufffd"),
        ("plain", "plain"),
    ],
)
def test_only_halves_are_replaced(text: str, whole: str) -> None:
    body = json.dumps({text: [text]}).encode()

    assert json.loads(with_whole_characters(body)) == {whole: [whole]}


def test_escapes_in_capitals_are_read_alike() -> None:
    assert with_whole_characters(rb'"\uD83C \uD83C\uDF88"') == rb'"\ufffd \uD83C\uDF88"'


@given(st.lists(PIECES).map("".join))
def test_what_is_left_is_text_and_nothing_else_has_changed(text: str) -> None:
    found = json.loads(with_whole_characters(json.dumps(text).encode()))

    read = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert found == read
    found.encode("utf-8")
