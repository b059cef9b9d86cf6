"""Deletes what nobody needs any more, and what a person wants erased."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from sg_jira.engine.deliveries import KEPT_BY_FPTR
from sg_jira.engine.schema import FINISHED, State, creation, delivery, event, newest, pace
from sg_jira.engine.store import Store

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

        Events that still wait need theirs; erase again when they are done.

        Returns: how many events were erased.
        """
        pattern = "%" + "".join(f"\\{c}" if c in "\\%_" else c for c in _as_in_json(text)) + "%"
        done = [state.value for state in (*FINISHED, State.DEAD)]
        with self.store.writing() as connection:
            erased = connection.execute(
                sa.update(event)
                .where(
                    event.c.state.in_(done),
                    sa.or_(
                        *(
                            sa.func.lower(column).like(pattern.lower(), escape="\\")
                            for column in (event.c.payload, event.c.detail, event.c.trace)
                        )
                    ),
                )
                .values(payload='{"erased": true}', detail=None, trace=None)
            )
        return int(erased.rowcount)


def _as_in_json(text: str) -> str:
    """The text as payloads are stored: JSON, pure ASCII."""
    return json.dumps(text)[1:-1]
