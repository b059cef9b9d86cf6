"""The port through which handlers know what on one site is the copy of what on the other.

It is for what has no field for a key. Files are named `Attachment:12` (FPTR) and `JiraFile:10001`
(an attachment of an Issue); answers are named `Reply:3` (FPTR) and `Comment:10002`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Copy:
    """A file or an answer that was copied.

    Attributes:
        source: what was copied.
        place: for which record or Issue it was copied: `Task:12`, `Note:5`, or an Issue's key.
        made: the copy on the other site.
        name: the copy's name; empty when it has none.
    """

    source: str
    place: str
    made: str
    name: str


class Copies(Protocol):
    """What handlers ask of whoever remembers the copies."""

    def of(self, source: str) -> list[Copy]:
        """The copies of something."""

    def sources(self, files: Iterable[str]) -> dict[str, str]:
        """Those of the given that are copies, with what each is a copy of."""

    def remember(self, copy: Copy) -> None:
        """Keeps a copy for good; another one for the same place is replaced."""

    def forget(self, source: str) -> None:
        """Knows no copies of it any more."""


class InMemoryCopies:
    """Copies for a Bridge that is used as a plain library: kept for the life of the process."""

    def __init__(self) -> None:
        self._copies: dict[tuple[str, str], Copy] = {}

    def of(self, source: str) -> list[Copy]:
        """See `Copies.of`."""
        return [copy for copy in list(self._copies.values()) if copy.source == source]

    def sources(self, files: Iterable[str]) -> dict[str, str]:
        """See `Copies.sources`."""
        wanted = set(files)
        return {
            copy.made: copy.source for copy in list(self._copies.values()) if copy.made in wanted
        }

    def remember(self, copy: Copy) -> None:
        """See `Copies.remember`."""
        self._copies[copy.source, copy.place] = copy

    def forget(self, source: str) -> None:
        """See `Copies.forget`."""
        for copy in self.of(source):
            self._copies.pop((copy.source, copy.place), None)
