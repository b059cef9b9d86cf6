"""The port through which handlers know what is being created on the other site right now.

Creating a counterpart takes two writes: one there, and its key here. Between the two a write
may fail or another event may arrive. `Links.creating` lets one creation run at a time per
record, and remembers one that stayed half done, so that the next attempt finishes it instead
of creating a second counterpart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

from sg_jira.turns import Turns


@dataclass
class Creation:
    """One record's counterpart in the making.

    Attributes:
        subject: the record, as `Task:123`.
        waited: whether another creation of this record ran just before; what was read about
            the record earlier may be out of date.
        unfinished_since: when an earlier attempt began that never finished (aware, UTC); the
            counterpart may exist. `None` when there was none.
        attempted: whether the other site was asked to create the counterpart and did not
            refuse; it may exist even if no answer came.
        made: key of the counterpart, as far as known.
        finished: whether the key has been written to the record.
    """

    subject: str
    waited: bool = False
    unfinished_since: datetime | None = None
    attempted: bool = False
    made: str | None = None
    finished: bool = False


class Links(Protocol):
    """What handlers ask of whoever keeps the links."""

    def creating(self, subject: str) -> AbstractContextManager[Creation]:
        """Holds the record for as long as its counterpart is created.

        The body sets `attempted` before it asks the other site, takes that back when the site
        refused, sets `made` when the counterpart exists, and `finished` when its key is
        written. A body that attempted and ends without `finished` leaves an open intent for
        the next one.
        """


class InMemoryLinks:
    """Links for a Bridge that is used as a plain library: kept for the life of the process."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._open: dict[str, Creation] = {}

    @contextmanager
    def creating(self, subject: str) -> Iterator[Creation]:
        """See `Links.creating`."""
        with self._turns.turn(subject) as waited:
            earlier = self._open.get(subject)
            creation = Creation(
                subject,
                waited=waited,
                unfinished_since=None if earlier is None else earlier.unfinished_since,
                attempted=earlier is not None,
                made=None if earlier is None else earlier.made,
            )
            began = datetime.now(timezone.utc)
            try:
                yield creation
            finally:
                if creation.attempted and not creation.finished:
                    creation.unfinished_since = creation.unfinished_since or began
                    self._open[subject] = creation
                else:
                    self._open.pop(subject, None)
