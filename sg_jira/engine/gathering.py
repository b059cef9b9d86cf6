"""Lets the full syncs of back-fill be prepared by the page, as that costs fewer calls.

Whoever begins one takes others along that wait. Then each of them goes its own way, in its place in
its record's row and perhaps by another worker, and finds what was prepared for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol

import sqlalchemy as sa

from sg_jira.engine.event_rows import event_of
from sg_jira.engine.failures import classify
from sg_jira.engine.schema import OPEN, Lane, State, event
from sg_jira.engine.store import Store
from sg_jira.engine.taking import Entry
from sg_jira.errors import StoreError
from sg_jira.events import Source, SyncEvent
from sg_jira.readings import Ahead
from sg_jira.seats import waiting
from sg_jira.site_calls import site_of_failure

logger = logging.getLogger(__name__)

#: Full syncs that are prepared together.
TOGETHER: Final = 100
#: Seconds for which what was prepared is used. What people edit in the meantime has an event of its
#: own, which comes later.
LIFETIME: Final = 300.0
#: Groups that are prepared at the same time; while there are more workers, the groups are large.
AT_ONCE: Final = 2
#: Seconds to leave a record alone that somebody prepares; it is woken when that is done.
PAUSE: Final = 5.0


class PreparingBridge(Protocol):
    """What is asked of a bridge."""

    def prepare_full_syncs(
        self, settings_name: str, entity_type: str, events: Mapping[int, Any]
    ) -> Iterable[Mapping[int, Ahead]]: ...

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
        self._groups = 0
        #: Full syncs that need nothing prepared any more, though they may not be recorded as done.
        self._begun: set[int] = set()
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
            entries: what waits for the record, oldest first. It is of use for a full sync of
                back-fill whose values are not to be read anew.

        Raises:
            Exception: preparing failed, and will perhaps not the next time.
        """
        first = entries[0]
        if first.event.source is not Source.BACK_FILL:
            yield
            return
        ahead = self._ahead_of(bridge, entries) if first.is_plain else None
        with self._guard:
            self._begun.add(first.seq)
        with nullcontext() if ahead is None else bridge.reading_ahead(ahead):
            yield

    def _ahead_of(self, bridge: PreparingBridge, entries: Sequence[Entry]) -> Ahead | None:
        first = entries[0]
        with self._guard:
            known = self._prepared.pop(first.seq, None)
        if known is not None and not self._is_over(known, first.event.ordering_key):
            return known.ahead
        if any(entry.lane is Lane.LIVE for entry in entries):
            return None  # somebody has edited the record, who is not to wait for others
        return (self._wait_for_group(first) or self._prepare(bridge, first)).ahead

    def _wait_for_group(self, entry: Entry) -> _Prepared | None:
        """What somebody else prepares; `None` for who is to prepare a group himself."""
        key = entry.event.ordering_key
        with waiting(), self._guard:
            self._guard.wait_for(
                lambda: (
                    entry.seq in self._prepared
                    or (key not in self._under_way and self._groups < AT_ONCE)
                )
            )
            known = self._prepared.pop(entry.seq, None)
            if known is None:
                self._groups += 1
            return known

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
        now, nothing = self._clock(), _Prepared(self._clock(), None)
        left: dict[int, SyncEvent] = {}
        try:
            left = self._gather(entry, now)
            for ahead in self._ask(bridge, list(left.values()), now):
                ready = {seq: ahead.get(int(one.subject_id)) for seq, one in left.items()}
                done = {seq: _Prepared(now, one) for seq, one in ready.items() if one is not None}
                self._let_go({seq: left.pop(seq) for seq in done}, done)
            self._let_go(left, dict.fromkeys(left, nothing))
            left = {}
        finally:
            with self._guard:
                self._groups -= 1
            self._let_go(left, {})
        with self._guard:
            return self._prepared.pop(entry.seq, nothing)

    def _let_go(self, group: Mapping[int, SyncEvent], done: Mapping[int, _Prepared]) -> None:
        """Lets records go on, with what was prepared for them."""
        keys = {one.ordering_key for one in group.values()}
        with self._guard:
            self._prepared.update(done)
            self._under_way -= keys
            self._guard.notify_all()
        for key in keys:
            self._wake(key)

    def _ask(
        self, bridge: PreparingBridge, group: Sequence[SyncEvent], now: datetime
    ) -> Iterator[Mapping[int, Ahead]]:
        """What was prepared, in parts; nothing (more) where that is not possible.

        Raises:
            Exception: it may be possible later.
        """
        first = group[0]
        payloads = {int(one.subject_id): one.payload for one in group}
        try:
            yield from bridge.prepare_full_syncs(first.settings_name, first.subject_type, payloads)
        except StoreError:
            raise
        except Exception as error:  # whatever a studio's handler or a site says
            if classify(error, site_of_failure(error), now).transient:
                raise
            logger.warning(
                "%d full syncs cannot be prepared together, and go on alone: %s", len(group), error
            )

    def _gather(self, entry: Entry, now: datetime) -> dict[int, SyncEvent]:
        """The full sync, and others that nobody prepares; nobody else will from now on."""
        first = entry.event
        oldest = now - timedelta(seconds=LIFETIME)
        with self._guard:
            self._prepared = {s: one for s, one in self._prepared.items() if one.at >= oldest}
            taken = len(self._under_way) + len(self._prepared) + len(self._begun)
            open_ones = self._open_like(first, TOGETHER + taken)
            self._begun &= open_ones.keys()
            free = (
                (seq, one)
                for seq, one in open_ones.items()
                if one.ordering_key not in self._under_way
                and seq not in self._prepared
                and seq not in self._begun
            )
            group = {entry.seq: first, **dict(islice(free, TOGETHER - 1))}
            self._under_way |= {one.ordering_key for one in group.values()}
        return group

    def _open_like(self, first: SyncEvent, most: int) -> dict[int, SyncEvent]:
        """Full syncs in their first run, or before it, by their places in the inbox."""
        # What another process works on is not known here.
        states = (State.WAITING,) if self._store.is_shared else OPEN
        found = (
            sa.select(event)
            .where(
                # As a literal, so that SQLite knows it may use the index of these rows.
                event.c.lane == sa.literal_column(f"'{Lane.BULK.value}'"),
                event.c.state.in_([state.value for state in states]),
                event.c.source == Source.BACK_FILL.value,
                event.c.settings_name == first.settings_name,
                event.c.subject_type == first.subject_type,
                event.c.runs == sa.case((event.c.state == State.RUNNING.value, 1), else_=0),
                event.c.ordering_key != first.ordering_key,
            )
            .order_by(event.c.seq)
            .limit(most)
        )
        with self._store.reading() as connection:
            return {row.seq: event_of(row) for row in connection.execute(found)}
