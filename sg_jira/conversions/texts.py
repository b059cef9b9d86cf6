"""Texts that do not fit: Jira's one-line fields hold 255 characters, FPTR's hold more."""

from __future__ import annotations

from typing import Final

#: Jira refuses longer values in the summary and in one-line custom text fields.
JIRA_LINE_LIMIT: Final = 255
SHORTENED_MARK: Final = "... [see Shotgun]."


def shorten(text: str) -> str:
    """The text as it fits into a one-line Jira field: cut and marked when it is too long."""
    if len(text) <= JIRA_LINE_LIMIT:
        return text
    return text[: JIRA_LINE_LIMIT - len(SHORTENED_MARK)] + SHORTENED_MARK


def is_shortened(jira_text: str, original: object) -> bool:
    """Whether a Jira text is, or was made from, a shortened form of this longer original.

    The mark alone decides: somebody may have edited the text before it, and what was cut off
    is still missing from it.
    """
    return (
        isinstance(original, str)
        and len(original) > JIRA_LINE_LIMIT
        and jira_text.rstrip().endswith(SHORTENED_MARK)
    )


def one_line(text: str) -> str:
    """The text without newlines and carriage returns, which Jira refuses in a summary."""
    return text.replace("\n", "").replace("\r", "")
