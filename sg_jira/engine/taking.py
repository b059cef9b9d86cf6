"""What a key has to work on: which of its events may run now, and how they are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.crossings import is_crossed, marks_watched, writes_among
from sg_jira.engine.event_rows import Calls, calls_of, event_of
from sg_jira.engine.guard import changes_of, is_hint
from sg_jira.engine.pairs import Elsewhere, gather, pair_of
from sg_jira.engine.schema import Lane, State, alias, event, is_open
from sg_jira.engine.watermarks import pass_marks, read_marks
from sg_jira.events import Source, SyncEvent


@dataclass(frozen=True)
class Entry:
    """An event on its way to a handler. `runs` counts this run too, `calls` what former ones cost.

    The values of an old one may be out of date: it was run before, or a newer change of the same
    field came first. Those of a crossed one may be gone: the bridge has since written the same
    field, or what an event before it told was taken as it is now.
    """

    seq: int
    event: SyncEvent
    runs: int
    attempts: int
    failing_since: datetime | None
    is_old: bool = False
    is_crossed: bool = False
    calls: Calls = field(default_factory=Counter)
    lane: Lane = Lane.LIVE

    @property
    def is_plain(self) -> bool:
        """Whether its values can be taken as they are."""
        return not (self.is_old or self.is_crossed or is_hint(self.event))


@dataclass(frozen=True)
class Taken:
    """What a key has to work on: entries, the time to come back, or the key to go on with.

    The time is that of events which are not among the entries, because they have to wait.
    """

    entries: Sequence[Entry] = ()
    when: datetime | None = None
    moved_to: str | None = None


def begin_work(
    connection: sa.Connection,
    key: str,
    limit: int,
    now: datetime,
    bulk_after: datetime | None,
    blocks_on_dead: bool,
) -> tuple[Taken, Sequence[Any]]:
    """Marks the events of a key that may run as running; gives their rows.

    The caller is the only one who works on this key.

    Parameters:
        bulk_after: until then, nothing is taken of a key with back-fill, unless somebody has
            edited it.
        blocks_on_dead: whether a dead event stops the later ones.
    """
    # The rows first, which nobody gives another key from then on: where others write meanwhile,
    # what is asked before may be out of date.
    elsewhere = Elsewhere.MOVED
    while elsewhere is Elsewhere.MOVED:
        rows, due, when = _open_rows(connection, key, limit, now)
        moved_to = pair_of(connection, key)
        if moved_to is not None:
            return Taken(moved_to=moved_to), ()
        elsewhere = gather(connection, key)
    if elsewhere is Elsewhere.UNDER_WAY:
        return Taken(when=now + _OTHER_KEY_PAUSE), ()
    if blocks_on_dead and _has_dead(connection, key):
        return Taken(), ()
    if bulk_after and _is_filled_back(rows):
        return Taken(when=bulk_after), ()
    mark_running(connection, due)
    return Taken(when=when), due


def mark_running(connection: sa.Connection, rows: Sequence[Any]) -> None:
    """Notes that rows are worked on from now."""
    if rows:
        connection.execute(_BEGIN, [{"b_seq": row.seq} for row in rows])


#: How long a pair waits for what is under way under another key of its own.
_OTHER_KEY_PAUSE: Final = timedelta(seconds=0.2)
#: Built once, since building them costs more than running them.
_OF_KEY: Final = (
    sa.select(event)
    .where(
        event.c.ordering_key == sa.bindparam("key"),
        is_open(),
        event.c.settings_name.not_in(sa.bindparam("held", expanding=True)),
    )
    .order_by(event.c.seq)
    .limit(sa.bindparam("limit"))
    .with_for_update()  # SQLite has no other writer meanwhile
)
_BEGIN: Final = (
    sa.update(event)
    .where(event.c.seq == sa.bindparam("b_seq"))
    .values(state=State.RUNNING.value, runs=event.c.runs + 1)
)


def _open_rows(
    connection: sa.Connection, key: str, limit: int, now: datetime
) -> tuple[list[Any], list[Any], datetime | None]:
    """Open rows of a key, in order; those that may run; and when to look for others.

    An event that has to wait holds up those behind it, but not what other entries of the
    settings make of the same record: one that cannot be used must not stop the others.
    """
    held = dict[str, datetime]()
    rows: list[Any] = []
    while True:
        found = connection.execute(_OF_KEY, {"key": key, "limit": limit, "held": [*held]}).all()
        rows += found
        due = _due(found, now, held)
        if len(found) < limit:
            return rows, due, min(held.values(), default=None)
        if due:  # there may be more
            return rows, due, now


def _due(rows: Sequence[Any], now: datetime, held: dict[str, datetime]) -> list[Any]:
    """The rows that may run; notes which entries of the settings have to wait, and until when."""
    due = []
    for row in rows:
        if row.settings_name in held:
            continue
        if row.not_before is not None and row.not_before > now:
            held[row.settings_name] = row.not_before
        else:
            due.append(row)
    return due


def _is_filled_back(rows: Sequence[Any]) -> bool:
    """Whether there is back-fill among the rows, and nothing that anybody waits for."""
    return any(row.source == Source.BACK_FILL.value for row in rows) and all(
        row.lane == Lane.BULK.value for row in rows
    )


def _has_dead(connection: sa.Connection, key: str) -> bool:
    """Whether an event of a key is dead, or one that came before it was known to be of this key."""
    former = sa.select(alias.c.subject).where(alias.c.ordering_key == key)
    of_key = sa.or_(event.c.ordering_key == key, event.c.ordering_key.in_(former))
    found = connection.execute(
        sa.select(event.c.seq).where(of_key, event.c.state == State.DEAD.value).limit(1)
    )
    return found.first() is not None


def entries_of(
    connection: sa.Connection, key: str, rows: Sequence[Any], before: Sequence[SyncEvent] = ()
) -> list[Entry]:
    """The entries of rows of a key that were taken; with what was taken before them."""
    events = [event_of(row) for row in rows]
    changes = [changes_of(each) for each in events]
    wanted = chain(chain.from_iterable(changes), marks_watched(key, events))
    marks = read_marks(connection, wanted)
    writes = writes_among(marks)
    pass_marks(marks, chain.from_iterable(map(changes_of, before)))
    return [
        Entry(
            row.seq,
            each,
            row.runs + 1,
            row.attempts,
            row.failing_since,
            pass_marks(marks, changed) or row.runs > 0,
            is_crossed(key, each, writes),
            calls_of(row.calls),
            Lane(row.lane),
        )
        for row, each, changed in zip(rows, events, changes, strict=True)
    ]
