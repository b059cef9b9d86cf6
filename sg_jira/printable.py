"""Texts from outside, made fit for one line of a log, a terminal or a page."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def printable(text: str) -> str:
    """A text in one line that every terminal, log and page can show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def without_login(url: str) -> str:
    """The URL without a user name and password that may stand in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
