"""Texts from outside, made fit for one line of a log, a terminal or a page."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text in one line that every terminal, log and page can show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
