"""The tables of the store, and the words in them. How they came about is in `migrations`."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class State(str, Enum):
    """Where an event stands."""

    WAITING = "waiting"
    RUNNING = "running"
    SYNCED = "synced"
    SKIPPED = "skipped"
    MERGED = "merged"
    DEAD = "dead"
    DISCARDED = "discarded"


#: States of events that are still to be worked on.
OPEN: Final = (State.WAITING, State.RUNNING)
#: States of events that nothing will happen to any more, without a person.
FINISHED: Final = (State.SYNCED, State.SKIPPED, State.MERGED, State.DISCARDED)


class Lane(str, Enum):
    """What goes first: people's changes before what can wait.

    In the bulk lane are back-fill, and what tells of the bridge's own writes.
    """

    LIVE = "live"
    BULK = "bulk"


class Moment(TypeDecorator[datetime]):
    """An aware time, stored as seconds since 1970: the same on every database."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        """Seconds of a time."""
        return None if value is None else value.timestamp()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The time of seconds."""
        return None if value is None else datetime.fromtimestamp(value, timezone.utc)


metadata = MetaData()

#: SQLite numbers rows by itself only in a column of exactly the type INTEGER.
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


def _only(condition: str) -> dict[str, Any]:
    """Makes an index one of some rows only; the others cost nothing."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


event = Table(
    "event",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("settings_name", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("ordering_key", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("lane", Text, nullable=False),
    Column("occurred_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    # How often a handler was given the event, and how often that failed in a way that counts.
    Column("runs", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Moment),
    # The record whose counterpart has to be there first (`Task:123`).
    Column("awaits", Text),
    Column("failing_since", Moment),
    Column("reason", Text),
    Column("detail", Text),
    Column("trace", Text),
    Column("handler", Text),
    Column("shotgun_calls", Integer, nullable=False, default=0),
    Column("jira_calls", Integer, nullable=False, default=0),
    # The same in full, as JSON: site -> endpoint -> how often.
    Column("calls", Text),
    Column("milliseconds", Integer, nullable=False, default=0),
    Column("merged_into", BigInteger),
    Column("done_at", Moment),
    UniqueConstraint("settings_name", "direction", "id", name="event_identity"),
    Index("event_by_state", "state", "ordering_key", "seq"),
    Index("event_by_key", "ordering_key", "seq"),
    Index("event_by_done", "done_at"),
    Index("event_by_awaits", "awaits", **_only("awaits IS NOT NULL")),
    Index("event_of_bulk", "state", **_only("lane = 'bulk'")),
    sqlite_autoincrement=True,
)


def is_open() -> ColumnElement[bool]:
    """Whether an event is still to be worked on. As literals, which need not be bound each time."""
    return event.c.state.in_([literal_column(f"'{state.value}'") for state in OPEN])


#: A Jira subject (`Issue:10034`, `Comment:7`) -> the key of the pair it belongs to (`Task:123`).
#: So has the Issue's key (`key of DEMO-1`), by which other records know it that have copied it.
alias = Table(
    "alias",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("ordering_key", Text, nullable=False),
    Index("alias_by_key", "ordering_key"),
)

#: Deliveries of FPTR's own webhooks, to be acknowledged once their events are done.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    # The state of the event that FPTR was told of last, and how often that failed since.
    Column("told", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Index("delivery_by_time", "received_at"),
)

#: Counterparts that are being made: the intent is recorded before the call, the key after. A row
#: that is finished stays for a while, for those who looked for the key just before.
creation = Table(
    "creation",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("began", Moment, nullable=False),
    Column("made", Text),
    Column("finished", Moment),
    # What a webhook has to tell to be that of the comment or worklog: the Issue, and a digest.
    Column("place", Text),
    Column("words", Text),
)

#: What the workers know of a site that is in trouble, or close to a limit.
trouble = Table(
    "trouble",
    metadata,
    Column("site", Text, primary_key=True),
    Column("until", Moment),
    Column("reason", Text),
    Column("times_open", Integer, nullable=False),
    Column("failing", Text, nullable=False),
    Column("probe", Text),
    Column("probe_until", Moment),
    Column("probes", Integer, nullable=False),
    Column("spared", Text, nullable=False),
    Column("near_limit_until", Moment),
)

#: When an Issue was written to lately, where several processes do so.
pace = Table(
    "pace",
    metadata,
    Column("target", Text, primary_key=True),
    Column("moments", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

#: Which file is the copy of which: of a source on one site, for a place on the other.
file_copy = Table(
    "file_copy",
    metadata,
    Column("source", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("made", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("file_copy_by_made", "made"),
)

#: The newest change that was processed, per record and field.
newest = Table(
    "newest",
    metadata,
    Column("record", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("source_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Index("newest_by_time", "at"),
)

#: What is worth knowing before the sites answer, as the ids of our Jira fields.
fact = Table(
    "fact",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

#: How far a source of changes was read (`fptr`, `jira`, `jira:KEY`), and how that went.
reading = Table(
    "reading",
    metadata,
    Column("source", Text, primary_key=True),
    # Of FPTR the id of the newest log entry, of Jira the milliseconds since 1970 of the first
    # start; and when the look began that has read everything.
    Column("position", BigInteger),
    Column("reached", Moment),
    # When it was looked last, and when all was compared; when somebody asked for either.
    Column("looked", Moment),
    Column("scanned", Moment),
    Column("asked", Moment),
    Column("asked_scan", Moment),
    Column("problem", Text),
)

#: Ids of FPTR's event log that were skipped so far, and since when.
missing_entry = Table(
    "missing_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Moment, nullable=False),
)
