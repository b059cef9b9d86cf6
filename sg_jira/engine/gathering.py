"""Lets the full syncs of back-fill be prepared by the page, as that costs fewer calls.

Whoever begins one takes others along that wait. Then each of them goes its own way, in its place in
its record's row and perhaps by another worker, and finds what was prepared for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol

import sqlalchemy as sa

from sg_jira.engine.event_rows import event_of
from sg_jira.engine.failures import classify
from sg_jira.engine.inbox import Entry
from sg_jira.engine.schema import Lane, State, event
from sg_jira.engine.store import Store
from sg_jira.errors import StoreError
from sg_jira.events import Source, SyncEvent
from sg_jira.readings import Ahead
from sg_jira.site_calls import site_of_failure

logger = logging.getLogger(__name__)

#: Full syncs that are prepared together.
TOGETHER: Final = 100
#: Seconds for which what was prepared is used. What people edit in the meantime has an event of its
#: own, which comes later.
LIFETIME: Final = 60.0
#: Seconds to leave a record alone that somebody prepares; it is woken when that is done.
PAUSE: Final = 5.0


class PreparingBridge(Protocol):
    """What is asked of a bridge."""

    def prepare_full_syncs(
        self, settings_name: str, entity_type: str, events: Mapping[int, Any]
    ) -> Mapping[int, Ahead]: ...

    def reading_ahead(self, ahead: Ahead) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class _Prepared:
    """`ahead` is `None` for one for which nothing could be prepared."""

    at: datetime
    ahead: Ahead | None


class Gathering:
    """See the module. Any thread may use it.

    Parameters:
        store: where events wait.
        clock: the present time, aware.
        wake: lets a key go on that was left alone.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime], wake: Callable[[str], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._guard = threading.Condition()
        self._under_way: set[str] = set()
        self._prepared: dict[int, _Prepared] = {}

    def until(self, key: str) -> datetime | None:
        """When to look again at a record that somebody prepares at this moment."""
        with self._guard:
            is_under_way = key in self._under_way
        return self._clock() + timedelta(seconds=PAUSE) if is_under_way else None

    @contextmanager
    def prepared(self, bridge: PreparingBridge, entries: Sequence[Entry]) -> Iterator[None]:
        """Around a pass: within, what was prepared for a full sync need not be read.

        Parameters:
            entries: those of the pass; what does not begin with a full sync of back-fill, or whose
                values may be out of date, goes on as ever.

        Raises:
            Exception: preparing failed, and will perhaps not the next time.
        """
        first = entries[0]
        is_meant = first.event.source is Source.BACK_FILL and all(one.is_plain for one in entries)
        ahead = self._ahead_of(bridge, first) if is_meant else None
        with nullcontext() if ahead is None else bridge.reading_ahead(ahead):
            yield

    def _ahead_of(self, bridge: PreparingBridge, entry: Entry) -> Ahead | None:
        key = entry.event.ordering_key
        with self._guard:
            # Somebody took it along just before it was begun.
            self._guard.wait_for(lambda: key not in self._under_way)
            known = self._prepared.pop(entry.seq, None)
        if known is None or self._is_over(known, key):
            known = self._prepare(bridge, entry)
        return known.ahead

    def _is_over(self, known: _Prepared, key: str) -> bool:
        """Whether it is too old, or something was done about the record since."""
        if self._clock() - known.at > timedelta(seconds=LIFETIME):
            return True
        done_since = sa.select(event.c.seq).where(
            event.c.ordering_key == key, event.c.done_at >= known.at
        )
        with self._store.reading() as connection:
            return connection.execute(done_since.limit(1)).first() is not None

    def _prepare(self, bridge: PreparingBridge, entry: Entry) -> _Prepared:
        """Prepares a full sync, and others that wait for the same."""
        now = self._clock()
        group = self._gather(entry, now)
        first, keys = entry.event, {one.ordering_key for one in group.values()}
        payloads = {int(one.subject_id): one.payload for one in group.values()}
        ahead: Mapping[int, Ahead] = {}
        done: dict[int, _Prepared] = {}
        try:
            try:
                ahead = bridge.prepare_full_syncs(first.settings_name, first.subject_type, payloads)
            except Exception as error:
                site = site_of_failure(error)
                if isinstance(error, StoreError) or classify(error, site, now).transient:
                    raise
                logger.warning(
                    "%d full syncs could not be prepared together, and go on alone: %s",
                    len(group),
                    error,
                )
            done = {
                seq: _Prepared(now, ahead.get(int(one.subject_id))) for seq, one in group.items()
            }
            return done.pop(entry.seq)
        finally:
            with self._guard:
                self._prepared.update(done)
                self._under_way -= keys
                self._guard.notify_all()
            for key in keys - {first.ordering_key}:
                self._wake(key)

    def _gather(self, entry: Entry, now: datetime) -> dict[int, SyncEvent]:
        """The full sync, and the next ones that nobody prepares; nobody else will from now on."""
        first = entry.event
        oldest = now - timedelta(seconds=LIFETIME)
        with self._guard:
            self._prepared = {s: one for s, one in self._prepared.items() if one.at >= oldest}
            taken = len(self._under_way) + len(self._prepared)
            free = (
                (seq, one)
                for seq, one in self._waiting_like(first, TOGETHER + taken)
                if seq not in self._prepared and one.ordering_key not in self._under_way
            )
            group = {entry.seq: first, **dict(islice(free, TOGETHER - 1))}
            self._under_way |= {one.ordering_key for one in group.values()}
        return group

    def _waiting_like(self, first: SyncEvent, most: int) -> list[tuple[int, SyncEvent]]:
        """Full syncs that wait for their first run, with their places in the inbox."""
        found = (
            sa.select(event)
            .where(
                # As a literal, so that SQLite knows it may use the index of these rows.
                event.c.lane == sa.literal_column(f"'{Lane.BULK.value}'"),
                event.c.state == State.WAITING.value,
                event.c.source == Source.BACK_FILL.value,
                event.c.settings_name == first.settings_name,
                event.c.subject_type == first.subject_type,
                event.c.runs == 0,
                event.c.ordering_key != first.ordering_key,
            )
            .order_by(event.c.seq)
            .limit(most)
        )
        with self._store.reading() as connection:
            return [(row.seq, event_of(row)) for row in connection.execute(found)]
