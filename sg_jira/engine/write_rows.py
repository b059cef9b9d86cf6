"""Where writes to one Issue queue, so that all workers together stay below Jira's limit for it."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import sqlalchemy as sa

from sg_jira.engine.schema import pace
from sg_jira.engine.store import Store, insert_into

#: Jira Cloud takes 20 writes to one Issue in 2 s and 100 in 30 s; ours stay below, because its
#: clock sees them arrive in other intervals than ours sees them leave.
#: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
ISSUE_LIMITS: Final = ((2.0, 18), (30.0, 90))
#: Seconds that a worker waits; a longer wait gives the worker back.
LONGEST_WAIT: Final = 2.0
#: Issues whose last writes are remembered by a process that works alone.
_REMEMBERED: Final = 2048


class WriteRows(Protocol):
    """A row per Issue."""

    def take_place(self, target: str) -> float:
        """Seconds to wait until a write to an Issue; above `LONGEST_WAIT` no place was taken."""
        ...

    def close(self, target: str, seconds: float) -> None:
        """Lets nobody write to an Issue for a while, since Jira has said so."""
        ...


def next_place(moments: Sequence[float], now: float) -> float:
    """The first moment at which one more write stays within all limits. Pure.

    Parameters:
        moments: of the last writes, oldest first; in seconds, as `now`.
    """
    free = [moments[-most] + seconds for seconds, most in ISSUE_LIMITS if len(moments) >= most]
    return max([now, *free])


def _with_place(moments: Sequence[float], place: float) -> list[float]:
    longest, most = ISSUE_LIMITS[-1]
    within = [each for each in moments if each > place - longest]
    return [*within[1 - most :], place]


def _full_row(until: float) -> list[float]:
    """The row of an Issue that takes no write until a moment: as if it had just been used up."""
    seconds, most = ISSUE_LIMITS[0]
    return [until - seconds] * most


class OwnRows:
    """The rows of a process that works alone.

    Parameters:
        timer: seconds that only grow.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        self._rows: OrderedDict[str, list[float]] = OrderedDict()

    def take_place(self, target: str) -> float:
        """See `WriteRows.take_place`."""
        with self._lock:
            now, moments = self._timer(), self._rows.setdefault(target, [])
            self._rows.move_to_end(target)
            while len(self._rows) > _REMEMBERED:
                self._rows.popitem(last=False)
            place = next_place(moments, now)
            if place - now <= LONGEST_WAIT:
                self._rows[target] = _with_place(moments, place)
            return place - now

    def close(self, target: str, seconds: float) -> None:
        """See `WriteRows.close`."""
        with self._lock:
            self._rows[target] = _full_row(self._timer() + seconds)


class SharedRows:
    """The rows of several processes, in PostgreSQL, by the database's clock.

    A transaction per write to Jira, which takes a hundred times as long.

    Parameters:
        store: the database.
        clock: the present time, aware; tells only how old a row is.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        insert = insert_into(pace, "postgresql")
        # It changes a row that is there, because that locks it for the others.
        self._enter = insert.on_conflict_do_update(
            index_elements=[pace.c.target], set_={"at": insert.excluded.at}
        ).returning(pace.c.moments, sa.extract("epoch", sa.func.clock_timestamp()).label("now"))
        self._clock = clock

    def take_place(self, target: str) -> float:
        """See `WriteRows.take_place`. Raises `StoreAway`."""
        with self._store.writing() as connection:
            now, moments = self._read(connection, target)
            place = next_place(moments, now)
            if place - now <= LONGEST_WAIT:
                _keep(connection, target, _with_place(moments, place))
            return place - now

    def close(self, target: str, seconds: float) -> None:
        """See `WriteRows.close`. Raises `StoreAway`."""
        with self._store.writing() as connection:
            now, _ = self._read(connection, target)
            _keep(connection, target, _full_row(now + seconds))

    def _read(self, connection: sa.Connection, target: str) -> tuple[float, list[float]]:
        """The time and the row, which nobody else can change until the transaction ends."""
        values = {"target": target, "moments": "[]", "at": self._clock()}
        row = connection.execute(self._enter, values).one()
        return float(row.now), json.loads(row.moments)


def _keep(connection: sa.Connection, target: str, moments: list[float]) -> None:
    connection.execute(
        sa.update(pace).where(pace.c.target == target).values(moments=json.dumps(moments))
    )


def rows_for(store: Store, clock: Callable[[], datetime]) -> WriteRows:
    """The rows that fit the store."""
    return SharedRows(store, clock) if store.is_shared else OwnRows()
