"""Which deliveries of FPTR's own webhooks are to be acknowledged, and with what.

A delivery is noted together with its event, and told of once that is done; whatever ends the
process in between, it is still noted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from sg_jira.engine.schema import FINISHED, State, delivery, event
from sg_jira.engine.store import Store, insert_into

#: For so long FPTR keeps deliveries: https://developer.shotgridsoftware.com, the guide to webhooks
KEPT_BY_FPTR: Final = timedelta(days=7)
_DONE: Final = [state.value for state in (*FINISHED, State.DEAD)]
_FINISHED: Final = frozenset(state.value for state in FINISHED)


@dataclass(frozen=True)
class Settled:
    """A delivery whose event is done, or dead.

    Attributes:
        id: of the delivery.
        attempts: how often telling of it has failed.
        seq, state, reason, merged_into: of the event.
    """

    id: str
    attempts: int
    seq: int
    state: str
    reason: str | None
    merged_into: int | None


def note_delivery(connection: sa.Connection, number: str, seq: int, now: datetime) -> None:
    """Notes that a delivery has brought an event; one that comes again is told of again."""
    insert = insert_into(delivery, connection.dialect.name)
    fresh = {"seq": seq, "received_at": now, "told": None, "attempts": 0}
    connection.execute(
        insert.on_conflict_do_update(index_elements=[delivery.c.id], set_=fresh),
        {"id": number, **fresh},
    )


class Deliveries:
    """The deliveries that were noted. Every method raises `StoreAway` when the store is away.

    Parameters:
        store: holds them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def settled(self, limit: int) -> list[Settled]:
        """Those to be told of, oldest events first."""
        news = sa.or_(delivery.c.told.is_(None), delivery.c.told != event.c.state)
        query = (
            sa.select(
                delivery.c.id,
                delivery.c.attempts,
                event.c.seq,
                event.c.state,
                event.c.reason,
                event.c.merged_into,
            )
            .join(event, event.c.seq == delivery.c.seq)
            .where(event.c.state.in_(_DONE), news)
            .order_by(event.c.seq)
            .limit(limit)
        )
        with self._store.reading() as connection:
            return [Settled(*row) for row in connection.execute(query)]

    def told(self, one: Settled) -> None:
        """Forgets a delivery that FPTR was told of, unless its event is a dead letter, which may
        become something else."""
        if one.state in _FINISHED:
            self.forget([one.id])
            return
        with self._store.writing() as connection:
            connection.execute(
                sa.update(delivery)
                .where(delivery.c.id == one.id)
                .values(told=one.state, attempts=0)
            )

    def failed(self, one: Settled) -> None:
        """Counts that telling of it has failed."""
        with self._store.writing() as connection:
            connection.execute(
                sa.update(delivery)
                .where(delivery.c.id == one.id)
                .values(attempts=delivery.c.attempts + 1)
            )

    def forget(self, numbers: Collection[str]) -> None:
        """Forgets deliveries."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(delivery).where(delivery.c.id.in_(numbers)))
