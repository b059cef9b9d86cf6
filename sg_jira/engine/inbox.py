"""The inbox: every accepted event, its fate and its history. What is in here is not lost.

Order within a key is `seq`. Nothing else decides what is done; `drain` works on it, `inspection`
shows it to people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.deliveries import delivery_of
from sg_jira.engine.awaiting import is_over
from sg_jira.engine.crossings import (
    Writes,
    forget_writes,
    marks_of,
)
from sg_jira.engine.deliveries import note_delivery
from sg_jira.engine.dispatch import Waiting
from sg_jira.engine.event_rows import Calls, text_of_calls, values_of
from sg_jira.engine.failures import Reason
from sg_jira.engine.guard import Change
from sg_jira.engine.identity import KeyResolver
from sg_jira.engine.latecomers import rows_after
from sg_jira.engine.schema import OPEN, Lane, State, event, is_open
from sg_jira.engine.store import Store, insert_or_ignore
from sg_jira.engine.taking import Entry, Taken, begin_work, entries_of, mark_running
from sg_jira.engine.watermarks import raise_marks
from sg_jira.events import SyncEvent
from sg_jira.places import Place


@dataclass(frozen=True)
class Receipt:
    """An event that is kept now, and in which lane. `is_known` tells that it was here before."""

    seq: int
    ordering_key: str
    is_known: bool
    lane: Lane = Lane.LIVE


@dataclass(frozen=True)
class Fate:
    """What became of a run of an event, what that has cost, and what it has written.

    `calls` are those of all runs so far, `shotgun_calls` and `jira_calls` those of this one.
    `not_before` is set when it has to wait; `awaits` is the record whose counterpart has to be
    there first, as far as that was known at `awaits_since`. With `has_read_issue` what it wrote may
    be newer than what its event tells.
    """

    seq: int
    state: State
    reason: str | None = None
    detail: str | None = None
    trace: str | None = None
    handler: str | None = None
    shotgun_calls: int = 0
    jira_calls: int = 0
    calls: Calls = field(default_factory=Counter)
    milliseconds: int = 0
    attempts: int = 0
    failing_since: datetime | None = None
    not_before: datetime | None = None
    merged_into: int | None = None
    written: frozenset[Place] = frozenset()
    has_read_issue: bool = False
    awaits: str | None = None
    awaits_since: datetime | None = None


class Inbox:
    """See the module.

    Parameters:
        store: holds the tables.
        clock: the present time, aware.
        resolve: finds the ordering key of an arriving event.
        blocks_on_dead: whether a dead event stops the later ones of its key.
        acknowledges: whether to note deliveries, for somebody to acknowledge them.
        lane_of: finds the lane of an arriving event.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        resolve: KeyResolver,
        blocks_on_dead: bool = False,
        acknowledges: bool = False,
        lane_of: Callable[[SyncEvent], Lane] = lambda arriving: Lane.LIVE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._resolve = resolve
        #: Whether a dead event stops the later ones of its key.
        self.blocks_on_dead = blocks_on_dead
        self._acknowledges = acknowledges
        self._lane_of = lane_of

    def accept(self, arriving: SyncEvent) -> Receipt:
        """Keeps an event; when this returns, it is on disk. One that is known is ignored.

        Raises:
            StoreAway: it could not be kept.
        """
        return self.accept_all([arriving])[0]

    def accept_all(self, arriving: Sequence[SyncEvent], lane: Lane | None = None) -> list[Receipt]:
        """Keeps events in one transaction; see `accept`.

        Parameters:
            arriving: the events, oldest first.
            lane: of all of them; without it each is put where it belongs.
        """

        def keep(connection: sa.Connection) -> list[Receipt]:
            return [self._keep(connection, one, lane or self._lane_of(one)) for one in arriving]

        return self._store.write(keep)

    def _keep(self, connection: sa.Connection, arriving: SyncEvent, lane: Lane) -> Receipt:
        key = self._resolve(connection, arriving)
        values = {**values_of(arriving), "lane": lane.value, "ordering_key": key}
        receipt = replace(_insert(connection, arriving, values), lane=lane)
        delivery = delivery_of(arriving) if self._acknowledges else None
        if delivery is not None:
            note_delivery(connection, delivery, receipt.seq, arriving.received_at)
        return receipt

    def take(self, key: str, limit: int, bulk_after: datetime | None = None) -> Taken:
        """Marks the waiting events of a key as running and gives them, in order.

        The caller is the only one who works on this key: what is running already was left behind
        by a process that died, or that could not record what became of it.

        Parameters:
            bulk_after: until then, nothing is taken of a key with back-fill, unless somebody has
                edited it.
        """

        def begin(connection: sa.Connection) -> tuple[Taken, Sequence[Any]]:
            return begin_work(
                connection, key, limit, self._clock(), bulk_after, self.blocks_on_dead
            )

        taken, rows = self._store.write(begin)
        if not rows:
            return taken
        # Others can write meanwhile: there may be much to read and to understand.
        with self._store.reading() as connection:
            return replace(taken, entries=entries_of(connection, key, rows))

    def take_late(self, taken: Sequence[Entry]) -> list[Entry]:
        """Takes what has come since, as far as it can go together with the last one taken."""
        last = taken[-1]
        with self._store.reading() as connection:  # hardly ever is there anything
            if not rows_after(connection, last.event, last.seq):
                return []

        def begin(connection: sa.Connection) -> list[Any]:
            found = rows_after(connection, last.event, last.seq)
            mark_running(connection, found)
            return found

        rows = self._store.write(begin)
        with self._store.reading() as connection:
            before = [entry.event for entry in taken]
            return entries_of(connection, last.event.ordering_key, rows, before)

    def settle(
        self,
        fates: Sequence[Fate],
        released: Iterable[int] = (),
        processed: Iterable[Change] = (),
        written: Writes = MappingProxyType({}),
        echoes: Iterable[SyncEvent] = (),
    ) -> bool:
        """Records what became of events, in one transaction.

        Parameters:
            fates: one per run.
            released: events that were taken but not begun; they wait again.
            processed: what the events that are done have changed.
            written: what the bridge has written for them, and when.
            echoes: events that told of the bridge's own writes.

        Returns: whether one of them may go on at once, since what it awaits is there by now.
        """
        now = self._clock()
        rows = [_row_of(fate, now) for fate in fates]
        back, changes, own = list(released), list(processed), list(echoes)

        def record(connection: sa.Connection) -> bool:
            if rows:
                connection.execute(_SETTLE, rows)
            if back:
                connection.execute(
                    sa.update(event)
                    .where(event.c.seq.in_(back))
                    .values(state=State.WAITING.value, runs=event.c.runs - 1)
                )
            forget_writes(connection, own)
            raise_marks(connection, [*changes, *marks_of(written)], now)
            return _let_go_on(connection, fates)

        return self._store.write(record)

    def recover(self) -> int:
        """Lets events wait again that a process left running; gives how many.

        To be called when no other process works on the store.
        """
        with self._store.writing() as connection:
            found = connection.execute(
                sa.update(event)
                .where(event.c.state == State.RUNNING.value)
                .values(state=State.WAITING.value, not_before=None)
            )
            connection.execute(
                sa.update(event)
                .where(
                    event.c.state == State.WAITING.value, event.c.reason == Reason.NOT_READY.value
                )
                .values(not_before=None)
            )
        return int(found.rowcount)

    def waiting_keys(self, states: Sequence[State] = (State.WAITING,)) -> list[Waiting]:
        """Every key with events in these states, and when a first one may run; live ones first.

        A key that several entries of the settings work on is given for each of them.
        """
        first = (
            sa.select(
                event.c.ordering_key,
                sa.func.min(event.c.seq).label("seq"),
                sa.func.max(event.c.lane).label("lane"),  # "live" sorts after "bulk"
            )
            .where(event.c.state.in_([state.value for state in states]))
            .group_by(event.c.ordering_key, event.c.settings_name)
            .subquery()
        )
        with self._store.reading() as connection:
            rows = connection.execute(
                sa.select(event.c.ordering_key, event.c.not_before, first.c.lane)
                .join(first, event.c.seq == first.c.seq)
                .order_by(sa.desc(first.c.lane), event.c.seq)
            ).all()
        return [Waiting(row.ordering_key, row.not_before, Lane(row.lane)) for row in rows]

    def fate(self, seq: int) -> tuple[State, str | None]:
        """Where an event stands, and why, in words. Raises `LookupError` when it is gone."""
        with self._store.reading() as connection:
            row = connection.execute(
                sa.select(event.c.state, event.c.reason, event.c.detail).where(event.c.seq == seq)
            ).first()
        if row is None:
            raise LookupError(f"The inbox has no event {seq} (any more).")
        said = ": ".join(filter(None, (row.reason, row.detail)))
        return State(row.state), said or None

    def is_idle(self) -> bool:
        """Whether no event waits or is worked on."""
        with self._store.reading() as connection:
            return connection.execute(_ANY_OPEN).first() is None


_ANY_OPEN: Final = sa.select(event.c.seq).where(is_open()).limit(1)


@cache
def _insert_new(dialect: str) -> Any:
    """Inserts an event that is not known yet, and gives its number; nothing for one that is."""
    return insert_or_ignore(event, dialect).returning(event.c.seq)


def _insert(connection: sa.Connection, arriving: SyncEvent, row: dict[str, Any]) -> Receipt:
    seq = connection.scalar(_insert_new(connection.dialect.name), row)
    if seq is not None:
        return Receipt(int(seq), row["ordering_key"], False)
    found = connection.execute(
        sa.select(event.c.seq, event.c.ordering_key).where(_is(arriving))
    ).one()
    return Receipt(found.seq, found.ordering_key, True)


def _is(arriving: SyncEvent) -> sa.ColumnElement[bool]:
    return sa.and_(
        event.c.settings_name == arriving.settings_name,
        event.c.direction == arriving.direction.value,
        event.c.id == arriving.id,
    )


_FATE_COLUMNS: Final = (
    "reason",
    "detail",
    "trace",
    "handler",
    "attempts",
    "failing_since",
    "not_before",
    "awaits",
    "merged_into",
)
_COSTS: Final = ("shotgun_calls", "jira_calls", "milliseconds")
_SETTLE: Final = (
    sa.update(event)
    .where(event.c.seq == sa.bindparam("b_seq"))
    .values(
        state=sa.bindparam("b_state"),
        done_at=sa.bindparam("b_done_at"),
        calls=sa.bindparam("b_calls"),
        **{name: event.c[name] + sa.bindparam(f"b_{name}") for name in _COSTS},
        **{name: sa.bindparam(f"b_{name}") for name in _FATE_COLUMNS},
    )
)


def _let_go_on(connection: sa.Connection, fates: Sequence[Fate]) -> bool:
    """Whether some events need not wait, because what they await was made in the meantime."""
    over = [
        fate.seq
        for fate in fates
        if fate.awaits and fate.awaits_since and is_over(connection, fate.awaits, fate.awaits_since)
    ]
    if over:
        connection.execute(sa.update(event).where(event.c.seq.in_(over)).values(not_before=None))
    return bool(over)


def _row_of(fate: Fate, now: datetime) -> dict[str, Any]:
    row = {f"b_{name}": getattr(fate, name) for name in (*_FATE_COLUMNS, *_COSTS, "seq")}
    row["b_calls"] = text_of_calls(fate.calls)
    row["b_state"] = fate.state.value
    row["b_done_at"] = None if fate.state in OPEN else now
    return row
