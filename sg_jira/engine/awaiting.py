"""Lets an event wait for the counterpart of another record while that is being made.

A Note is written while the Issue of its Task is created: without waiting, it would find a Task
without an Issue, and be skipped. Nobody who waits holds anything, and nobody waits for somebody who
waits for him, so that all go on in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from sg_jira.engine.schema import State, creation, event, is_open
from sg_jira.engine.store import Store
from sg_jira.errors import CreationUnderWay
from sg_jira.events import Direction

#: Seconds after which an event looks for itself, in case nobody woke it.
LOOK_AGAIN: Final = 30.0
#: The same where it is not known yet that anything is made; the second look comes after as long
#: again, and so on.
LOOK_SOON: Final = 1.0
#: How many are followed who wait for each other.
_LONGEST_CHAIN: Final = 20


@dataclass(frozen=True)
class AtWork:
    """The pass of this thread.

    Attributes:
        key: whose events it works on.
        began: when.
        failing_since: since when its first event waits or fails; `None` for one that did not yet.
        runs: how often its first event was run, this time included.
    """

    key: str
    began: datetime
    failing_since: datetime | None
    runs: int


_present: ContextVar[AtWork | None] = ContextVar("sg_jira_at_work", default=None)


@contextmanager
def at_work(work: AtWork) -> Iterator[None]:
    """Lets it be known what this thread (this context) works on."""
    token = _present.set(work)
    try:
        yield
    finally:
        _present.reset(token)


def present_work() -> AtWork | None:
    """What this thread works on; `None` outside of a pass."""
    return _present.get()


class Awaiting:
    """See the module.

    Parameters:
        store: holds creations and events.
        clock: the present time, aware.
        is_held: whether somebody is about to make a record's counterpart at this moment.
        patience: how long an event waits at most.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        is_held: Callable[[str], bool],
        patience: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._is_held = is_held
        self._patience = patience

    def require(self, subject: str) -> None:
        """Raises `CreationUnderWay` when the event at hand has to wait for this record."""
        work = present_work()
        if work is None or subject == work.key:
            return
        waited = self._clock() - (work.failing_since or work.began)
        if waited > self._patience:
            return
        with self._store.reading() as connection:
            seconds = _seconds(connection, subject, work.began)
            is_next = seconds is None and _has_work(connection, subject)
        if seconds is None and self._is_held(subject):
            seconds = LOOK_AGAIN
        elif is_next:  # nobody wakes who waits if nothing comes of it
            seconds = min(LOOK_AGAIN, max(LOOK_SOON, waited.total_seconds()))
        if seconds is not None and not self._comes_back(subject, work.key):
            raise CreationUnderWay(subject, seconds)

    def _comes_back(self, subject: str, key: str) -> bool:
        """Whether who is waited for waits for this key, perhaps by way of others."""
        with self._store.reading() as connection:
            for _ in range(_LONGEST_CHAIN):
                found = connection.scalar(
                    sa.select(event.c.awaits)
                    .where(
                        event.c.ordering_key == subject,
                        event.c.state == State.WAITING.value,
                        event.c.awaits.is_not(None),
                    )
                    .limit(1)
                )
                if found is None:
                    return False
                if found == key:
                    return True
                subject = found
        return True

    def wake(self, subject: str) -> list[str]:
        """Lets go on who waits for a record; gives the keys."""
        waits = sa.and_(event.c.awaits == subject, event.c.state == State.WAITING.value)
        with self._store.reading() as connection:
            keys = list(connection.scalars(sa.select(event.c.ordering_key).where(waits).distinct()))
        if keys:
            with self._store.writing() as connection:
                connection.execute(sa.update(event).where(waits).values(not_before=None))
        return keys


def _seconds(connection: sa.Connection, subject: str, began: datetime) -> float | None:
    """Seconds to wait for a creation that is noted; `None` without one.

    None at all for one that has ended since the pass began: it may have missed that.
    """
    row = connection.execute(
        sa.select(creation.c.finished).where(creation.c.subject == subject)
    ).first()
    if row is None:
        return None
    if row.finished is None:
        return LOOK_AGAIN
    return 0.0 if row.finished >= began else None


def _has_work(connection: sa.Connection, subject: str) -> bool:
    """Whether an event of a record is still to be worked on, or about to be: it reads both sites
    before it notes that it creates something."""
    return connection.execute(_WORK, {"subject": subject}).first() is not None


_WORK: Final = (
    sa.select(event.c.seq)
    .where(
        event.c.ordering_key == sa.bindparam("subject"),
        event.c.direction == Direction.SHOTGUN_TO_JIRA.value,
        is_open(),
    )
    .limit(1)
)


def is_over(connection: sa.Connection, subject: str, began: datetime) -> bool:
    """Whether a creation has ended since a pass began, so that waiting for it is of no use."""
    return _seconds(connection, subject, began) == 0.0
