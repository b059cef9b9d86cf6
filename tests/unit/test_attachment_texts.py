"""Files that a comment names, and the texts of Notes that stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_jira.conversions.attachment_texts import carried_over, names_in, with_names
from sg_jira.conversions.file_names import clean_name
from sg_jira.conversions.note_texts import COMMENT_BODY_TEMPLATE, note_from_comment
from sg_jira.conversions.remark_texts import read_comment

NOTE = COMMENT_BODY_TEMPLATE % ("Edge", "Too soft, see {code}x{code}")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("see [^plate v2.png]", ["plate v2.png"]),
        ("[^b.pdf|Plan] !a.png|thumbnail! [^b.pdf]", ["b.pdf", "a.png"]),
        ('!a.png|width=200,alt="a"!', ["a.png"]),
        ("wow! That is it. No!", []),
        ("!https://video.example/a.png!", []),
        ("[plain|https://x.example]", []),
        (None, []),
    ],
)
def test_the_files_of_a_comment_are_found(body: str | None, names: list[str]) -> None:
    assert names_in(body) == names


def test_files_are_named_after_the_note_and_once() -> None:
    body = with_names(NOTE, ["a.png", "b.pdf"])

    assert body == f"{NOTE}[^a.png]\n[^b.pdf]"
    assert with_names(body, ["b.pdf", "a.png"]) == body
    assert with_names(NOTE, []) == NOTE


@given(st.text(alphabet=st.characters(exclude_characters="{}"), max_size=50), st.text(max_size=50))
def test_a_note_reads_the_same_with_files_and_without(subject: str, name: str) -> None:
    body = COMMENT_BODY_TEMPLATE % (subject, "Too soft")

    assert note_from_comment(with_names(body, [clean_name(name)])) == note_from_comment(body)


@given(st.text(max_size=50))
def test_a_note_of_the_generic_family_reads_the_same_too(name: str) -> None:
    body = "{panel:bgColor=#deebff}\n*Edge*\n\n_Note created from FPTR by Ann_\nSoft\n{panel}"

    assert read_comment(with_names(body, [clean_name(name)])) == read_comment(body)


def test_a_new_text_keeps_the_files_at_the_end_of_the_old_one() -> None:
    old = with_names(NOTE, ["a.png", "b.pdf"])
    new = COMMENT_BODY_TEMPLATE % ("Edge", "Fine now")

    assert carried_over(old, new) == with_names(new, ["a.png", "b.pdf"])


def test_what_the_editor_makes_of_the_links_is_kept_too() -> None:
    old = f"{NOTE}\n!a.png|width=200,height=100! [^b.pdf]\n"

    assert carried_over(old, "x\n") == "x\n!a.png|width=200,height=100! [^b.pdf]"


def test_other_words_after_a_note_are_not_kept() -> None:
    assert carried_over(f"{NOTE}\nlooks good [^a.png]", NOTE) == NOTE
    assert carried_over(None, NOTE) == NOTE
