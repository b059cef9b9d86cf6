"""Names and types of files are made harmless."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_jira.conversions.file_names import (
    LONGEST,
    NAMELESS,
    clean_name,
    plain_type,
    with_suffix_of,
)

CLEANED = {
    "plate v002.png": "plate v002.png",
    "Entwurf + Größe.pdf": "Entwurf + Größe.pdf",
    "../../etc/passwd": "passwd",
    "C:\\Users\\ann\\plate.png": "plate.png",
    "gnp\u202egpj.exe": "gnpgpj.exe",
    "a\x00b\r\nc.txt": "ab c.txt",
    "a]b^c!{panel}|d.png": "a_b_c_panel_d.png",
    'a"; filename="b.png': "a_; filename=_b.png",
    "...": NAMELESS,
    "": NAMELESS,
    None: NAMELESS,
    "\ud800.png": "png",
}


@pytest.mark.parametrize(("name", "cleaned"), CLEANED.items(), ids=map(repr, CLEANED))
def test_what_a_name_could_do_besides_naming_is_taken_out(name: str | None, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(st.text(max_size=400))
def test_any_text_becomes_a_name_that_stays_as_it_is(text: str) -> None:
    name = clean_name(text)

    assert 0 < len(name.encode()) <= LONGEST
    assert not set(name) & set('/\\<>:"|?*[]{}^!\r\n\t')
    assert not any(unicodedata.category(one)[0] == "C" for one in name)
    assert clean_name(name) == name


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_name("é" * 300 + ".tar.gz")

    assert name.endswith("é.gz")
    assert len(name.encode()) <= LONGEST


@pytest.mark.parametrize(
    ("shown", "file", "name"),
    [
        ("The plate", "plate_v2.png", "The plate.png"),
        ("plate.png", "other.jpg", "plate.png"),
        ("The plate", None, "The plate"),
        ("The plate", "README", "The plate"),
    ],
)
def test_a_file_that_is_called_otherwise_keeps_its_kind(
    shown: str, file: str | None, name: str
) -> None:
    assert with_suffix_of(shown, file) == name


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("image/png", "image/png"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("image/svg+xml", "image/svg+xml"),
        ("image/png\r\nX-Evil: 1", "application/octet-stream"),
        ("png", "application/octet-stream"),
        (None, "application/octet-stream"),
    ],
)
def test_a_type_is_kept_without_what_does_not_belong_to_it(said: object, plain: str) -> None:
    assert plain_type(said) == plain
