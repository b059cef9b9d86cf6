"""Deletes what nobody needs any more, and what a person wants erased."""

from __future__ import annotations

import json
import logging
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.deliveries import KEPT_BY_FPTR
from sg_jira.engine.schema import FINISHED, State, creation, delivery, event, newest, pace
from sg_jira.engine.store import Store

logger = logging.getLogger(__name__)

#: How long at most anybody asks when an Issue was last written to, or a creation ended.
OF_USE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Cleaning:
    """Deletes what nobody needs any more.

    Parameters:
        store: the store.
        clock: the present time, aware.
        batch: rows that one transaction deletes; events that come meanwhile wait for its end.
        pause: seconds until the next one begins, in which others write.
    """

    store: Store
    clock: Callable[[], datetime]
    batch: int = 100
    pause: float = 0.02

    def delete_old(self, keep: timedelta) -> int:
        """Deletes events that were done longer ago than `keep`, and gives how many.

        Dead events stay until a person decides.
        """
        before = self.clock() - keep
        # Whatever has such a time is done or dead. Asked for the states of what is done, SQLite
        # would look at all of it.
        old = (
            sa.select(event.c.seq)
            .where(event.c.done_at < before, event.c.state != State.DEAD.value)
            .limit(self.batch)
        )
        with self.store.writing() as connection:
            connection.execute(sa.delete(newest).where(newest.c.at < before))
            unknown = self.clock() - KEPT_BY_FPTR
            connection.execute(sa.delete(delivery).where(delivery.c.received_at < unknown))
            # Finished long ago, but the process was killed before it could say so.
            connection.execute(sa.delete(creation).where(creation.c.began < before))
            of_no_use = self.clock() - OF_USE
            connection.execute(sa.delete(pace).where(pace.c.at < of_no_use))
            connection.execute(sa.delete(creation).where(creation.c.finished < of_no_use))
        total = 0
        while True:
            with self.store.reading() as connection:  # nobody waits for whoever reads
                seqs = list(connection.scalars(old))
            if seqs:
                with self.store.writing() as connection:
                    # A person may have let one of them wait again meanwhile.
                    found = sa.and_(event.c.seq.in_(seqs), event.c.done_at < before)
                    connection.execute(sa.delete(event).where(found))
            total += len(seqs)
            if len(seqs) < self.batch:
                return total
            time.sleep(self.pause)

    def erase_person(self, text: str) -> int:
        """Erases the payload of every event, done or dead, in which a name or mail occurs.

        Of a SQLite file's free pages and log, too; copies of the file are others' business.
        Events that still wait need theirs; erase again when they are done.

        Returns: how many events were erased.
        """
        wanted, erased, last = _folded(text), 0, 0
        while True:
            with self.store.reading() as connection:
                rows = connection.execute(_HELD.where(event.c.seq > last).limit(self.batch)).all()
            found = [row.seq for row in rows if wanted in _words_of(row)]
            if found:
                with self.store.writing() as connection:
                    # A person may have let one of them wait again meanwhile.
                    changed = connection.execute(_ERASE.where(event.c.seq.in_(found)))
                erased += int(changed.rowcount)
            if len(rows) < self.batch:
                break
            last = rows[-1].seq
        if not self.store.shorten_log():
            logger.warning(
                "Somebody reads the store all the time: until the bridge stops, the file %s-wal "
                "may still have what was erased. Erase again later.",
                self.store.place,
            )
        return erased


_ERASABLE: Final = event.c.state.in_([state.value for state in (*FINISHED, State.DEAD)])
_HELD: Final = (
    sa.select(event.c.seq, event.c.params, event.c.payload, event.c.detail, event.c.trace)
    .where(_ERASABLE)
    .order_by(event.c.seq)
)
_ERASE: Final = (
    sa.update(event)
    .where(_ERASABLE)
    .values(params="{}", payload='{"erased": true}', detail=None, trace=None)
)


def _words_of(row: Any) -> str:
    """All that an event says, folded; values of JSON as people write them."""
    said = [*_texts_in(json.loads(row.params)), *_texts_in(json.loads(row.payload))]
    return _folded("\n".join([*said, row.detail or "", row.trace or ""]))


def _texts_in(value: Any) -> Iterator[str]:
    """Every text of a JSON value, names of its parts too."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        else:
            yield str(one)


def _folded(text: str) -> str:
    """The text however it is written: in capitals or not, with accents of their own or not.

    Databases fold less, and each of them something else.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
