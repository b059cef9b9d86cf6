"""Shows people what is in the inbox, and does what they decide: replay or discard.

For the command line and the admin pages; it may be used beside a running service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.event_rows import event_of
from sg_jira.engine.schema import OPEN, State, event
from sg_jira.engine.store import Store

#: What a list shows of each event; payload and trace are shown one at a time.
_LISTED: Final = (
    "seq",
    "id",
    "state",
    "reason",
    "detail",
    "ordering_key",
    "settings_name",
    "direction",
    "subject_type",
    "subject_id",
    "source",
    "lane",
    "handler",
    "runs",
    "attempts",
    "shotgun_calls",
    "jira_calls",
    "milliseconds",
    "occurred_at",
    "received_at",
    "not_before",
    "failing_since",
    "done_at",
    "merged_into",
)
_STUCK: Final = (State.DEAD.value, State.DISCARDED.value)
#: A store refuses to compare its numbers with larger ones.
_LARGEST_SEQ: Final = 2**63 - 1


@dataclass(frozen=True)
class Filter:
    """Which events to show; what is None does not matter."""

    state: State | None = None
    reason: str | None = None
    key: str | None = None
    settings_name: str | None = None
    direction: str | None = None
    since: datetime | None = None
    limit: int = 100

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The same in SQL."""
        equal = {
            event.c.state: self.state.value if self.state else None,
            event.c.reason: self.reason,
            event.c.ordering_key: self.key,
            event.c.settings_name: self.settings_name,
            event.c.direction: self.direction,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.since is not None:
            found.append(event.c.received_at >= self.since)
        return found


@dataclass(frozen=True)
class Overview:
    """The inbox in numbers. `oldest_seconds` is the age of the oldest event that waits."""

    counts: dict[str, int]
    oldest_seconds: float | None
    blocked: list[dict[str, Any]]

    @property
    def waiting(self) -> int:
        """Events that are not done yet."""
        return sum(self.counts.get(state.value, 0) for state in OPEN)

    @property
    def dead(self) -> int:
        """Events that wait for a person."""
        return self.counts.get(State.DEAD.value, 0)


class Inspection:
    """See the module.

    Parameters:
        store: the store.
        clock: the present time, aware.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def find(self, wanted: Filter) -> list[dict[str, Any]]:
        """The newest events that match, oldest of them first, as plain JSON values."""
        columns = [event.c[name] for name in _LISTED]
        with self._store.reading() as connection:
            rows = connection.execute(
                sa.select(*columns)
                .where(*wanted.conditions())
                .order_by(event.c.seq.desc())
                .limit(wanted.limit)
            ).all()
        return [_plain(row) for row in reversed(rows)]

    def show(self, seq: int) -> dict[str, Any]:
        """Everything about one event. Raises `LookupError` when there is none."""
        with self._store.reading() as connection:
            row = connection.execute(
                sa.select(event).where(event.c.seq.in_(_possible([seq])))
            ).first()
        if row is None:
            raise LookupError(f"There is no event {seq} in the inbox (any more).")
        found = event_of(row)
        return {
            **{name: _value(getattr(row, name)) for name in _LISTED},
            "signed": found.signed,
            "params": dict(found.params),
            "payload": dict(found.payload),
            "trace": row.trace,
            "calls": json.loads(row.calls or "{}"),
        }

    def replay(self, seqs: Iterable[int]) -> dict[int, str]:
        """Lets dead or discarded events wait again, in their old places.

        Their values are brought up to date before a handler sees them.

        Returns: those that wait again, with their keys.
        """
        return self._change(
            seqs,
            _STUCK,
            state=State.WAITING.value,
            attempts=0,
            failing_since=None,
            not_before=None,
            done_at=None,
            # A first run of it has been; the drain then knows its values to be old.
            runs=sa.func.coalesce(event.c.runs, 0) + sa.case((event.c.runs == 0, 1), else_=0),
        )

    def discard(self, seqs: Iterable[int]) -> dict[int, str]:
        """Gives dead events up for good; gives those that were, with their keys."""
        return self._change(
            seqs, (State.DEAD.value,), state=State.DISCARDED.value, done_at=self._clock()
        )

    def _change(self, seqs: Iterable[int], states: Sequence[str], **values: Any) -> dict[int, str]:
        wanted = sa.and_(event.c.seq.in_(_possible(seqs)), event.c.state.in_(states))
        with self._store.writing() as connection:
            rows = connection.execute(sa.select(event.c.seq, event.c.ordering_key).where(wanted))
            changed = {row.seq: row.ordering_key for row in rows}
            connection.execute(sa.update(event).where(wanted).values(**values))
        return changed

    def overview(self) -> Overview:
        """The inbox in numbers, and its blocked keys."""
        with self._store.reading() as connection:
            counted = connection.execute(
                sa.select(event.c.state, sa.func.count()).group_by(event.c.state)
            ).all()
            oldest = connection.scalar(
                sa.select(sa.func.min(event.c.received_at)).where(
                    event.c.state.in_([state.value for state in OPEN])
                )
            )
            blocked = connection.execute(
                sa.select(
                    event.c.ordering_key,
                    event.c.seq,
                    event.c.reason,
                    event.c.detail,
                    event.c.failing_since,
                    event.c.not_before,
                )
                .where(event.c.state == State.WAITING.value, event.c.failing_since.is_not(None))
                .order_by(event.c.failing_since)
                .limit(_MOST_BLOCKED)
            ).all()
        now = self._clock()
        return Overview(
            counts={row[0]: row[1] for row in counted},
            oldest_seconds=None if oldest is None else max(0.0, (now - oldest).total_seconds()),
            blocked=[
                {**_plain(row), "age_seconds": round((now - row.failing_since).total_seconds(), 1)}
                for row in blocked
            ],
        )


_MOST_BLOCKED: Final = 100


def _plain(row: Any) -> dict[str, Any]:
    return {name: _value(value) for name, value in row._mapping.items()}


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _possible(seqs: Iterable[int]) -> list[int]:
    """The numbers that an event can have."""
    return [seq for seq in seqs if 0 <= seq <= _LARGEST_SEQ]
