"""How far the sites' changes were read. In the store, so that nothing is skipped by a restart."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.schema import missing_entry, reading
from sg_jira.engine.store import Store, insert_into, insert_or_ignore

#: Names of the two sources.
FPTR: Final = "fptr"
JIRA: Final = "jira"
SOURCES: Final = (FPTR, JIRA)
#: And of the look at FPTR's own webhooks, which reads no changes.
HOOKS: Final = "fptr-webhooks"
#: The most missing ids that are remembered: later ones push out earlier ones.
MOST_MISSING: Final = 1000


@dataclass(frozen=True)
class Position:
    """How far one source was read.

    Attributes:
        position: id of the newest entry of FPTR's log that was read; of Jira the first start, in
            milliseconds since 1970, before which nothing is read.
        reached: when the look began that has read everything.
        looked: when the last look ended, well or not.
        scanned: when everything was compared last.
        asked, asked_scan: when somebody asked for a look, or for everything to be compared.
        problem: why the last look failed, in words.
    """

    position: int | None = None
    reached: datetime | None = None
    looked: datetime | None = None
    scanned: datetime | None = None
    asked: datetime | None = None
    asked_scan: datetime | None = None
    problem: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether somebody has asked for a look since the last one."""
        return self.asked is not None and (self.looked is None or self.looked < self.asked)

    @property
    def is_scan_asked(self) -> bool:
        """Whether somebody has asked since everything was compared last."""
        asked = self.asked_scan
        return asked is not None and (self.scanned is None or self.scanned < asked)


class Positions:
    """The positions of all sources. Every method raises `StoreAway` when the store is away.

    Parameters:
        store: holds them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, source: str) -> Position:
        """How far a source was read; an empty position when it never was."""
        with self._store.reading() as connection:
            row = connection.execute(sa.select(reading).where(reading.c.source == source)).first()
        if row is None:
            return Position()
        values = dict(row._mapping)
        del values["source"]
        return Position(**values)

    def reached(self, sources: Collection[str]) -> dict[str, datetime]:
        """Until when these sources were read; without those that never were."""
        with self._store.reading() as connection:
            rows = connection.execute(
                sa.select(reading.c.source, reading.c.reached).where(
                    reading.c.source.in_(sources), reading.c.reached.is_not(None)
                )
            )
            return {row.source: row.reached for row in rows}

    def begin(self, source: str, **values: Any) -> None:
        """Sets a first position; one that is there stays."""
        with self._store.writing() as connection:
            insert = insert_or_ignore(reading, connection.dialect.name)
            connection.execute(insert, {"source": source, **values})

    def put(self, sources: Iterable[str], **values: Any) -> None:
        """Changes what is known of sources."""
        rows = [{"source": source, **values} for source in sources]
        if not rows:
            return
        with self._store.writing() as connection:
            insert = insert_into(reading, connection.dialect.name)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[reading.c.source],
                    set_={name: insert.excluded[name] for name in values},
                ),
                rows,
            )

    def ask(self, sources: Iterable[str], now: datetime, scan: bool = False) -> None:
        """Asks for a look; with `scan` for everything to be compared, too."""
        self.put(sources, asked=now, **({"asked_scan": now} if scan else {}))

    def missing(self, since: datetime | None = None) -> list[int]:
        """Ids that a log has skipped so far: all of them, or those skipped since then."""
        query = sa.select(missing_entry.c.id).order_by(missing_entry.c.id)
        if since is not None:
            query = query.where(missing_entry.c.since >= since)
        with self._store.reading() as connection:
            return [int(number) for number in connection.scalars(query)]

    def advance(
        self,
        source: str,
        position: int,
        found: Iterable[int],
        skipped: Iterable[int],
        now: datetime,
    ) -> None:
        """Moves a position on, and keeps book of the ids that were skipped; in one transaction."""
        here = list(found)
        gone = [{"id": number, "since": now} for number in skipped]
        with self._store.writing() as connection:
            connection.execute(
                sa.update(reading).where(reading.c.source == source).values(position=position)
            )
            if here:
                connection.execute(sa.delete(missing_entry).where(missing_entry.c.id.in_(here)))
            if gone:
                connection.execute(
                    insert_or_ignore(missing_entry, connection.dialect.name), gone[-MOST_MISSING:]
                )
                newest = sa.select(missing_entry.c.id).order_by(missing_entry.c.id.desc())
                connection.execute(
                    sa.delete(missing_entry).where(
                        missing_entry.c.id.not_in(newest.limit(MOST_MISSING))
                    )
                )

    def forget_missing(self, before: datetime) -> None:
        """Gives up the ids that were skipped before."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(missing_entry).where(missing_entry.c.since < before))
