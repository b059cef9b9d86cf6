"""Feeds full syncs of many records into the inbox: a few at a time, behind people's own changes.

May be used beside a running service, which does the work. A run has a name; feeding it again
goes on where it was left, since what is known is ignored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.gathering import TOGETHER
from sg_jira.engine.inbox import Inbox
from sg_jira.engine.schema import OPEN, Lane, State, event
from sg_jira.engine.store import Store
from sg_jira.events import Source, SyncEvent, event_of_full_sync

#: Full syncs that wait at most: enough for all workers, of which some prepare the next ones.
MOST_WAITING: Final = 4 * TOGETHER


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    fed: int
    states: Mapping[State, int]

    @property
    def done(self) -> int:
        """Full syncs that nothing will happen to any more without a person."""
        return self.fed - sum(self.states.get(state, 0) for state in OPEN)


class BackFill:
    """One run.

    Parameters:
        inbox, store: of the bridge.
        clock: the present time, aware.
        name: of the run.
        entry: the entry of the settings whose handlers sync.
        wake: told the key of each record.
        pause: waits a moment; called while enough full syncs wait.
    """

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        clock: Callable[[], datetime],
        name: str,
        entry: str,
        wake: Callable[[str], None],
        pause: Callable[[], None],
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._clock = clock
        self._name = name
        self._entry = entry
        self._wake = wake
        self._pause = pause

    def feed(self, records: Iterable[Mapping[str, Any]]) -> Iterator[SyncEvent]:
        """Feeds a full sync of each record, and gives what is new as it goes.

        Parameters:
            records: with `type`, `id` and `project`.

        Raises:
            StoreAway: one could not be kept; those before it are.
        """
        left = iter(records)
        while page := list(islice(left, MOST_WAITING // 2)):
            while self._waiting() > MOST_WAITING - len(page):
                self._pause()
            now = self._clock()
            events = [event_of_full_sync(self._entry, one, self._name, now) for one in page]
            receipts = self._inbox.accept_all(events, Lane.BULK)
            # All of them are there before the first one is begun, so that they go together.
            for receipt in receipts:
                if not receipt.is_known:
                    self._wake(receipt.ordering_key)
            fed = zip(events, receipts, strict=True)
            yield from (one for one, receipt in fed if not receipt.is_known)

    def wait(self, tell: Callable[[Progress], None]) -> Progress:
        """Waits until all of the run is done, and tells its progress meanwhile."""
        while True:
            progress = self.progress()
            tell(progress)
            if progress.done == progress.fed:
                return progress
            self._pause()

    def progress(self) -> Progress:
        """How far the run is."""
        begin = f"fptr:sync:{self._name}:"
        with self._store.reading() as connection:
            rows = connection.execute(
                sa.select(event.c.state, sa.func.count())
                .where(
                    event.c.settings_name == self._entry,
                    event.c.source == Source.BACK_FILL.value,
                    event.c.id.startswith(begin, autoescape=True),
                )
                .group_by(event.c.state)
            )
            states = Counter({State(state): count for state, count in rows})
        return Progress(sum(states.values()), states)

    def _waiting(self) -> int:
        states = [state.value for state in OPEN]
        # As a literal, so that SQLite knows it may use the index of these rows.
        is_bulk = event.c.lane == sa.literal_column(f"'{Lane.BULK.value}'")
        is_fed = event.c.source == Source.BACK_FILL.value
        with self._store.reading() as connection:
            found = connection.scalar(
                sa.select(sa.func.count()).where(is_bulk, is_fed, event.c.state.in_(states))
            )
        return int(found or 0)
