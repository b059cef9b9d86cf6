"""Texts that do not fit: Jira's fields and comments hold less than FPTR's.

A text that is too long for Jira is cut there and marked. What bears the mark never comes back over
the longer original. Lengths are what Jira counts: UTF-16 units, of which an emoji has two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sg_jira.errors import InvalidJiraValue

#: Jira refuses longer values in the summary and in one-line custom text fields.
JIRA_LINE_LIMIT: Final = 255
#: Jira refuses longer descriptions, comments and other texts of several lines.
JIRA_TEXT_LIMIT: Final = 32_767
SHORTENED_MARK: Final = "... [see Shotgun]."

#: The mark, also as Jira Cloud's editor writes it, which escapes what could be a link.
_MARK: Final = re.compile(r"(?:\.\.\.|…)\s*\\?\[see Shotgun\\?\]")
#: What may be missing at the end of a shortened text besides the mark: a heading, names of files.
_AROUND: Final = 1_000


def length(text: str) -> int:
    """The length of a text as Jira counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def shorten(text: str, limit: int = JIRA_LINE_LIMIT) -> str:
    """The text as it fits into a Jira field: cut and marked when it is too long."""
    if len(text) * 2 <= limit or length(text) <= limit:
        return text
    kept = max(limit - len(SHORTENED_MARK), 0)
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * kept]
    return units.decode("utf-16-le", "ignore") + SHORTENED_MARK


def shorten_part(
    compose: Callable[[dict[str, Any]], str],
    record: dict[str, Any],
    parts: Iterable[str],
    limit: int = JIRA_TEXT_LIMIT,
) -> str:
    """The text that is composed of a record, with parts of it shortened where it is too long.

    So the form around the parts stays whole, and the text can be read again.

    Parameters:
        compose: makes the text of the record.
        parts: fields of the record that may be shortened, the first one first.
        limit: longest text.
    """
    text = compose(record)
    for part in parts:
        excess = length(text) - limit
        present = str(record.get(part) or "")
        if excess > 0 and present:
            room = max(length(present) - excess, len(SHORTENED_MARK))
            record = {**record, part: shorten(present, room)}
            text = compose(record)
    return shorten(text, limit)


def shortened_forms(text: str) -> tuple[str, str]:
    """The text as a one-line field and as a field of several lines hold it."""
    return shorten(one_line(text)), shorten(text, JIRA_TEXT_LIMIT)


def is_shortened(jira_text: str, original: object) -> bool:
    """Whether a Jira text is, or was made from, a shortened form of this longer original.

    The mark alone decides, wherever it stands by now: somebody may have edited the text around
    it, and what was cut off is still missing. So it is when nothing but the mark was removed.
    """
    if not isinstance(original, str) or length(original) <= JIRA_LINE_LIMIT:
        return False
    return bool(_MARK.search(jira_text)) or _lacks_only_the_mark(jira_text, original)


def keeps_longer(sg_record: Mapping[str, Any], field: str, jira_text: str) -> InvalidJiraValue:
    """Says why a record does not get a text from Jira that was shortened there."""
    return InvalidJiraValue(
        field,
        jira_text,
        f"{sg_record.get('type')} {sg_record.get('id')} keeps its {field}: the text in Jira was "
        "shortened. Edit it in FPTR.",
    )


def _lacks_only_the_mark(jira_text: str, original: str) -> bool:
    text, whole = _plain(jira_text), _plain(original)
    if text == shorten(one_line(original)).removesuffix(SHORTENED_MARK).strip():
        return True
    return JIRA_TEXT_LIMIT - _AROUND < length(text) < length(whole) and whole.startswith(text)


def _plain(text: str) -> str:
    return text.replace("\r", "").strip()


def one_line(text: str) -> str:
    """The text without newlines and carriage returns, which Jira refuses in a summary."""
    return text.replace("\n", "").replace("\r", "")
