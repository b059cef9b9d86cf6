"""When an entry of the event log can be read: at once, later or never. Knows not what it says.

On a real site ids may show up late or never, as the authors of its event daemon found
(github.com/shotgunsoftware/shotgunEvents keeps missing ids in a backlog for five minutes).
"""

from __future__ import annotations

import random
from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta

from sg_jira.sandbox.shotgun.records import EVENT_LOG, Clock, Row
from sg_jira.sandbox.shotgun.store import Store


@dataclass
class LogMishaps:
    """The trouble with reading the event log; may be changed for what happens next.

    Parameters:
        late: chance that an entry can only be read some time after those that follow it, 0 to 1.
        within: seconds of the site's clock; a late entry can be read this much later at most.
        lost: chance that an entry can never be read, though webhooks tell of it.
        gap: chance that an id is skipped, as by a change that was undone.
        seed: of the dice.
    """

    late: float = 0.0
    within: float = 60.0
    lost: float = 0.0
    gap: float = 0.0
    seed: InitVar[int] = 0

    def __post_init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def throw(self) -> tuple[bool, bool, float | None]:
        """For the next entry: is an id skipped, is it lost, and how many seconds is it late."""
        gap, lost, late = (self._dice.random() for _ in range(3))
        seconds = self._dice.uniform(0, self.within)
        return gap < self.gap, lost < self.lost, seconds if late < self.late else None


class Appearance:
    """Stores entries, and shows them when their time has come. The caller holds the store's lock.

    Parameters:
        store: of the site.
        clock: tells when a late entry can be read.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._late: list[tuple[datetime, Row]] = []
        self._shown: list[Row] = []
        #: The highest id of the entries that can be read.
        self.highest = 0
        self.mishaps = LogMishaps()

    @property
    def waiting(self) -> bool:
        """Whether there are entries that can be read later."""
        return bool(self._late)

    @property
    def shown(self) -> int:
        """How many entries can be read."""
        return len(self._shown)

    @property
    def expected(self) -> int:
        """How many entries there are, those that come later counted, those that are lost not."""
        return len(self._shown) + len(self._late)

    def add(self, values: Row) -> Row:
        """Gives an entry its id and stores it, within a transaction."""
        gap, lost, seconds = self.mishaps.throw()
        if gap:
            self._store.reserve(EVENT_LOG)
        if not lost and seconds is None:
            row = self._store.insert(EVENT_LOG, values)
            self._show(row)
            return row
        row = {"type": EVENT_LOG, **values, "id": self._store.reserve(EVENT_LOG)}
        if not lost:
            entry = (self._clock() + timedelta(seconds=seconds or 0.0), row)
            self._late.append(entry)
            self._store.on_failure(lambda: self._late.remove(entry))
        return row

    def _show(self, row: Row) -> None:
        highest = self.highest
        self._store.on_failure(lambda: self._hide(highest))
        self._shown.append(row)
        self.highest = max(highest, row["id"])

    def _hide(self, highest: int) -> None:
        self._shown.pop()
        self.highest = highest

    def since(self, count: int) -> list[Row]:
        """The entries that could be read, in the order in which that came to be, but the first."""
        self.reveal()
        return self._shown[count:]

    def reveal(self) -> None:
        """Shows the late entries whose time has come."""
        if not self._late:
            return
        now = self._clock()
        with self._store.transaction():
            for entry in sorted(self._late, key=lambda entry: entry[0]):
                if entry[0] <= now:
                    self._late.remove(entry)
                    self._store.restore(entry[1])
                    self._show(entry[1])
