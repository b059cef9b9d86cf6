"""When it is looked what has changed on a site: at start, on a schedule, when somebody asks.

One thread for each site. Where several processes share a store, one of them looks at a time.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sg_jira.engine.backoff import Backoff
from sg_jira.engine.failures import Deferred, classify
from sg_jira.engine.store import Store
from sg_jira.errors import StoreAway
from sg_jira.site_calls import Pass, recording
from sg_jira.sources.positions import Position, Positions

logger = logging.getLogger(__name__)

#: Seconds between two looks at whether a look is due, or somebody has asked for one.
TICK: Final = 1.0
#: After a look that failed: seconds that grow.
PAUSES: Final = Backoff(first=2.0, longest=300.0)
#: How often everything is compared.
SCAN_EVERY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """What a look has found: how many changes were news, and what could not be read."""

    news: int = 0
    problem: str | None = None

    def __add__(self, other: Found) -> Found:
        return Found(self.news + other.news, self.problem or other.problem)


class Reader(Protocol):
    """Reads what has changed on a site."""

    def begin(self, bridge: Any) -> None: ...

    def look(self, bridge: Any) -> Found: ...

    def scan(self, bridge: Any) -> Found: ...


@dataclass(frozen=True)
class Rhythm:
    """How often it is looked: the time between two looks, and between two scans."""

    every: timedelta
    scan_every: timedelta = SCAN_EVERY


class Watch:
    """Looks what has changed on one site, again and again, and never gives up.

    Parameters:
        source: name of the source, as in the store.
        reader: reads the site.
        rhythm: how often.
        bridge: gives the connected bridge; raises `Deferred` while there is none.
        store, positions: how far it was read, and by which process.
        record: makes what keeps the calls of a look.
        tell: told how many events a look has found, or `None` when it has failed.
        word: tells an error in one line without secrets.
        clock: the present time, aware.
        dice: for the jitter of waits.
    """

    def __init__(
        self,
        source: str,
        reader: Reader,
        rhythm: Rhythm,
        *,
        bridge: Callable[[], Any],
        store: Store,
        record: Callable[[], Pass],
        tell: Callable[[str, int | None], None],
        word: Callable[[BaseException], str],
        clock: Callable[[], datetime],
        dice: random.Random | None = None,
    ) -> None:
        self.source = source
        self._reader = reader
        self._rhythm = rhythm
        self._bridge = bridge
        self._store = store
        self._positions = Positions(store)
        self._record = record
        self._tell = tell
        self._word = word
        self._clock = clock
        self._dice = dice or random.Random()
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._failures = 0
        self._not_before: datetime | None = None
        self._has_looked = False
        #: The number of the look that began last, and of the last one that ended well.
        self.begun = 0
        self.last_done = 0
        self._thread = threading.Thread(target=self._run, name=f"watch {source}", daemon=True)

    def begin(self, bridge: Any) -> None:
        """Takes the present as the position, if there never was one; tells what went wrong.

        So a first start fetches nothing old, and a later one all that was missed.
        """
        try:
            self._begin(bridge)
        except StoreAway as error:
            logger.warning("It is not known how far %s was read: %s", self.source, error)

    def _begin(self, bridge: Any) -> None:
        try:
            is_first = self._positions.get(self.source).looked is None
            with recording(self._record()):
                self._reader.begin(bridge)
            self._has_looked = is_first
        except StoreAway:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a site does: the next look tries again
            self._failed(error)

    def start(self) -> None:
        """Begins to look; returns at once."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Begins no more looks, and waits for one that was begun."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(grace)

    def wake(self) -> None:
        """Lets it be noticed at once that somebody has asked for a look."""
        self._awake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look_if_due()
            except StoreAway as error:
                logger.warning("It cannot be looked what has changed: %s", error)
            self._awake.wait(min(TICK, self._rhythm.every.total_seconds()))
            self._awake.clear()

    def look_if_due(self) -> bool:
        """Looks if it is time to, and no other process does; gives whether it was.

        Raises `StoreAway`.
        """
        if not self._is_due(self._positions.get(self.source)):
            return False
        with self._store.alone_or_not(f"watching {self.source}") as is_mine:
            position = self._positions.get(self.source)  # another process may just have looked
            if not is_mine or not self._is_due(position):
                return False
            try:
                bridge = self._bridge()
            except Deferred:
                return False
            self._look(bridge, position)
            return True

    def _is_due(self, position: Position) -> bool:
        now = self._clock()
        if position.is_asked:
            return True
        if self._not_before is not None and now < self._not_before:
            return False
        if self._failures or not self._has_looked or position.looked is None:
            return True
        return now - position.looked >= self._rhythm.every

    def _look(self, bridge: Any, position: Position) -> None:
        began = self._clock()
        self.begun += 1
        try:
            with recording(self._record()):
                found = self._reader.look(bridge)
                if self._is_scan_due(position, began):
                    found += self._reader.scan(bridge)
                    self._positions.put([self.source], scanned=self._clock())
        except StoreAway:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a site or its client does is tried again
            self._failed(error)
            return
        self._failures, self._not_before, self._has_looked = 0, None, True
        self._positions.put(
            [self.source], looked=self._clock(), reached=began, problem=found.problem
        )
        self.last_done = self.begun
        self._tell(self.source, found.news)
        if found.news:
            logger.info("%d changes of %s had not arrived by another way", found.news, self.source)

    def _is_scan_due(self, position: Position, now: datetime) -> bool:
        if position.scanned is None and not position.is_scan_asked:
            self._positions.put([self.source], scanned=now)  # the first one is a day from now
            return False
        due = position.scanned is None or now - position.scanned >= self._rhythm.scan_every
        return due or position.is_scan_asked

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        asked_for = classify(error, None, self._clock()).retry_after
        seconds = PAUSES.seconds(self._failures, asked_for, self._dice)
        self._not_before = self._clock() + timedelta(seconds=seconds)
        problem = self._word(error)
        logger.warning(
            "The look at %s has failed, next one in %.0f s: %s",
            self.source,
            seconds,
            problem,
        )
        logger.debug("The look that failed", exc_info=error)
        self._tell(self.source, None)
        # A request is answered by a look that failed, too; the next one comes by itself.
        self._positions.put([self.source], looked=self._clock(), problem=problem)
