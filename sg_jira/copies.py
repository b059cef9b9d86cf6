"""The port through which handlers know which file on one site is the copy of which on the other.

Files are named `Attachment:12` (FPTR) and `JiraFile:10001` (an attachment of an Issue).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Copy:
    """A file that was copied.

    Attributes:
        source: the file that was copied.
        place: for which record or Issue it was copied: `Task:12`, `Note:5`, or an Issue's key.
        made: the copy on the other site.
        name: the copy's name.
    """

    source: str
    place: str
    made: str
    name: str


class Copies(Protocol):
    """What handlers ask of whoever remembers the copies."""

    def of(self, source: str) -> list[Copy]:
        """The copies of a file."""

    def sources(self, files: Iterable[str]) -> dict[str, str]:
        """Those of the files that are copies, with what each is a copy of."""

    def remember(self, copy: Copy) -> None:
        """Keeps a copy for good; another one for the same place is replaced."""


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
