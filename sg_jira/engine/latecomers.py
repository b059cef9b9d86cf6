"""Lets changes that come while a pass still reads go with it, so that a burst is written at once.

FPTR tells each field of an edit by itself, one after another. The first of them is begun at once,
and by the time of its second call others are there. So that call is not made: nothing is written
yet, and the pass begins anew with all of them. It costs one call, and saves a pass. Of a creation
it is known that others follow, and they are waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sg_jira.engine.schema import State, event, is_open
from sg_jira.errors import TooEarly
from sg_jira.events import WHOLE_CREATION, Direction, Source, SyncEvent
from sg_jira.seats import waiting
from sg_jira.site_calls import Pass, SiteCall

if TYPE_CHECKING:
    from sg_jira.engine.taking import Entry


#: How often in a row a pass waits for what else may come of a burst.
_MOST_WAITS: Final = 10


class MoreCame(TooEarly):
    """More changes came while this one was looked at; all of them go together."""


class Latecomers:
    """The gate before each call of a pass that works on a single event.

    Parameters:
        gate: the one that every call has to pass.
        take: takes what came meanwhile, if it can go together with the event; tells whether
            anything did.
    """

    def __init__(self, gate: Callable[[SiteCall], None], take: Callable[[], bool]) -> None:
        self._gate = gate
        self._take = take
        self._calls = 0
        self._wrote = False
        self._came = False

    def __call__(self, call: SiteCall) -> None:
        """Lets a call pass.

        Raises:
            MoreCame: it must not be made, nor any later one: a handler may have swallowed this.
        """
        if not self._came and self._calls == 1 and not (call.writes or self._wrote):
            self._came = self._take()
        if self._came:
            raise MoreCame("More changes of the same record came; they are worked on together.")
        self._gate(call)
        self._calls += 1
        self._wrote |= call.writes


class Burst:
    """The events of one edit or one creation, which come one after another.

    Parameters:
        entries: those that were taken; what comes late is added.
        late: takes what came since and can go together with all of them.
        seconds: how long after one event the next one is waited for.
        clock: the present time, aware.
    """

    def __init__(
        self,
        entries: list[Entry],
        late: Callable[[Sequence[Entry]], list[Entry]],
        seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._entries = entries
        self._late = late
        self._seconds = seconds
        self._clock = clock

    def complete_creation(self) -> None:
        """Waits for the events that follow the first one of a creation; for any other, it does not.

        FPTR tells each field that a new record was given by an event of its own, so that there are
        always several. An edit is mostly of one field, and begins at once.
        """
        meta = self._entries[0].event.payload.get("meta")
        if not isinstance(meta, Mapping) or not meta.get("in_create") or meta.get(WHOLE_CREATION):
            return
        for _ in range(_MOST_WAITS):
            age = (self._clock() - self._entries[-1].event.received_at).total_seconds()
            if age >= self._seconds:
                break
            self._wait(min(self._seconds - age, self._seconds))
            more = self._late(self._entries)
            if not more:
                break
            self._entries.extend(more)

    def grow(self) -> bool:
        """Adds what came late, and what still follows closely; tells whether anything came."""
        before = len(self._entries)
        for _ in range(_MOST_WAITS):
            more = self._late(self._entries)
            if not more:
                break
            self._entries.extend(more)
            self._wait(self._seconds)
        return len(self._entries) > before

    def _wait(self, seconds: float) -> None:
        with waiting():
            time.sleep(seconds)


def may_have_latecomers(last: SyncEvent) -> bool:
    """Whether others of the same edit may follow: Jira tells all fields of an edit at once.

    A full sync of back-fill is told by nobody, and is prepared together with others.
    """
    return last.direction is Direction.SHOTGUN_TO_JIRA and last.source is not Source.BACK_FILL


def rows_after(connection: sa.Connection, last: SyncEvent, seq: int) -> list[Any]:
    """The rows of waiting events that can go together with one that is worked on.

    Only those that follow it with nothing else in between, for order is kept.

    Parameters:
        last: the event, the last of those that are worked on.
        seq: its number.
    """
    rows = connection.execute(_AFTER, {"key": last.ordering_key, "after": seq})
    return list(takewhile(lambda row: _goes_with(row, last), rows))


def _goes_with(row: Any, last: SyncEvent) -> bool:
    return (
        row.state == State.WAITING.value
        and row.runs == 0
        and row.direction == last.direction.value
        and row.settings_name == last.settings_name
        and (row.subject_type, row.subject_id) == (last.subject_type, str(last.subject_id))
    )


#: How many may come late at most; later ones have their own turn.
_MOST: Final = 200
_AFTER: Final = (
    sa.select(event)
    .where(
        event.c.ordering_key == sa.bindparam("key"), event.c.seq > sa.bindparam("after"), is_open()
    )
    .order_by(event.c.seq)
    .limit(_MOST)
)


def did_more_come(record: Pass) -> bool:
    """Whether a pass was ended because more came, even if a handler has hidden that."""
    return any(isinstance(error, MoreCame) for _, error in record.failures)
