"""Recognises changes that have arrived by another way, so that nothing is worked on twice.

Costs no call to a site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.crossings import places_of
from sg_jira.engine.event_rows import event_of
from sg_jira.engine.schema import event
from sg_jira.engine.store import Store
from sg_jira.event_ids import shotgun_fingerprint
from sg_jira.events import Direction, SyncEvent

UNSIGNED: Final = "unsigned:"
#: How long after a change its event may come that an event daemon has posted without its id.
ADOPTION: Final = timedelta(minutes=15)
#: How far a site's clock may go ahead of ours.
SKEW: Final = timedelta(minutes=1)
#: Ids that one query asks for; databases bound the parameters of a statement.
_CHUNK: Final = 200


@dataclass(frozen=True)
class Recognition:
    """Knows what the store has of fetched events.

    Parameters:
        store: holds the inbox.
        settings_names: names of all entries under `SYNC`.
    """

    store: Store
    settings_names: Collection[str]

    def news(self, fetched: Sequence[SyncEvent]) -> list[SyncEvent]:
        """Those of the fetched events that have not arrived before, in their order.

        Known is a change with the same id, for whichever entry of the settings; one that an
        unsigned request has told of, if it told the same fields and came after the change; and,
        for FPTR, one that was told without its id and has the same fingerprint. That one takes the
        id over, so that it stands for one log entry only. Raises `StoreAway`.
        """
        return [each for chunk in _chunks(fetched) for each in self._news(chunk)]

    def _news(self, fetched: Sequence[SyncEvent]) -> list[SyncEvent]:
        direction = fetched[0].direction
        with self.store.writing() as connection:
            told = self._told(connection, direction, [each.id for each in fetched])
            new = [each for each in fetched if not any(_is_told(each, row) for row in told)]
            if direction is Direction.SHOTGUN_TO_JIRA:
                new = _without_adopted(connection, new)
            return new

    def known_entries(self, numbers: Iterable[int], settings_names: Collection[str]) -> set[int]:
        """Those entries of FPTR's log that have arrived as events. Raises `StoreAway`."""
        wanted = list(numbers)
        with self.store.reading() as connection:
            found = {
                row.id.removeprefix(UNSIGNED)
                for chunk in _chunks(wanted)
                for row in self._told(
                    connection, Direction.SHOTGUN_TO_JIRA, [f"fptr:{number}" for number in chunk]
                )
                if row.settings_name in settings_names
            }
        return {number for number in wanted if f"fptr:{number}" in found}

    def _told(
        self, connection: sa.Connection, direction: Direction, ids: Sequence[str]
    ) -> Sequence[Any]:
        """The rows with these ids, signed or not, of all entries of the settings."""
        either = [*ids, *(f"{UNSIGNED}{each}" for each in ids)]
        return connection.execute(
            sa.select(event).where(
                event.c.settings_name.in_(self.settings_names),
                event.c.direction == direction.value,
                event.c.id.in_(either),
            )
        ).all()


def _is_told(fetched: SyncEvent, row: Any) -> bool:
    """Whether a row tells of the same change. An unsigned one may have been made up: nobody could
    have told of a change before it was made, and what came later was looked up later."""
    if row.id == fetched.id:
        return True
    if row.id != f"{UNSIGNED}{fetched.id}" or row.settings_name != fetched.settings_name:
        return False
    if fetched.occurred_at is None or row.received_at < fetched.occurred_at:
        return False
    return set(places_of(event_of(row))) >= set(places_of(fetched))


def _without_adopted(connection: sa.Connection, fetched: Sequence[SyncEvent]) -> list[SyncEvent]:
    """The fetched events but for those that were told without an id."""
    anonymous = _anonymous(connection, fetched)
    new = []
    for each in fetched:
        print_ = shotgun_fingerprint(each.subject_type, int(each.subject_id), each.payload)
        rows = anonymous[each.settings_name, print_]
        adopted = next((row for row in rows if _is_in_time(each, row)), None)
        if adopted is None:
            new.append(each)
            continue
        rows.remove(adopted)
        own_id = each.id if adopted.signed else f"{UNSIGNED}{each.id}"
        connection.execute(sa.update(event).where(event.c.seq == adopted.seq).values(id=own_id))
    return new


def _is_in_time(fetched: SyncEvent, row: Any) -> bool:
    if fetched.occurred_at is None:
        return False
    since = row.received_at - fetched.occurred_at
    return bool(-SKEW <= since <= ADOPTION)


def _anonymous(
    connection: sa.Connection, fetched: Sequence[SyncEvent]
) -> dict[tuple[str, str], list[Any]]:
    """What was told without an id of the same records: settings name and fingerprint -> rows."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    times = [each.occurred_at for each in fetched if each.occurred_at is not None]
    if not times:
        return found
    rows = connection.execute(
        sa.select(
            event.c.seq, event.c.id, event.c.settings_name, event.c.received_at, event.c.signed
        )
        .where(
            event.c.ordering_key.in_({each.ordering_key for each in fetched}),
            event.c.direction == Direction.SHOTGUN_TO_JIRA.value,
            event.c.received_at >= min(times) - SKEW,
            event.c.received_at <= max(times) + ADOPTION,
            event.c.id.like("%fptr:%:%"),
        )
        .order_by(event.c.seq)
    )
    for row in rows:
        found[row.settings_name, row.id.rpartition(":")[2]].append(row)
    return found


def _chunks(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[start : start + _CHUNK] for start in range(0, len(things), _CHUNK))
