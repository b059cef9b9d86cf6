"""Stops work while a site is in trouble, and finds out with a single key when it is over."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from sg_jira.engine.backoff import Backoff
from sg_jira.site_calls import Site

#: Failures on this many keys, without a success in between, open the breaker.
KEYS_TO_OPEN: Final = 3
#: Seconds that a probe may take before another key may try.
PROBE_SECONDS: Final = 60.0


class Position(str, Enum):
    """Closed is the normal state, as with an electrical one."""

    CLOSED = "closed"
    PROBING = "probing"
    OPEN = "open"


@dataclass(frozen=True)
class BreakerState:
    """What people may see of a breaker."""

    site: Site
    position: Position
    until: datetime | None
    reason: str | None


class Breaker:
    """The breaker of one site, shared by all workers.

    Parameters:
        site: the site.
        clock: the present time, aware.
        dice: for the jitter of the waits.
        backoff: how long it stays open, by the number of times in a row.
        on_close: called, outside of the lock, when the trouble is over.
    """

    def __init__(
        self,
        site: Site,
        clock: Callable[[], datetime],
        dice: random.Random,
        backoff: Backoff | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.site = site
        self.on_close = on_close
        self._clock = clock
        self._dice = dice
        self._backoff = backoff or Backoff(first=2.0, longest=60.0)
        self._lock = threading.Lock()
        self._failing: set[str] = set()
        self._times_open = 0
        self._until: datetime | None = None
        self._probe: tuple[str, datetime] | None = None
        self._reason: str | None = None
        #: How often a single key was let through to look.
        self.probes = 0

    def blocked_until(self, key: str) -> datetime | None:
        """When this key may come back; `None` lets it start now, perhaps as the probe."""
        with self._lock:
            if self._until is None:
                return None
            now = self._clock()
            if now < self._until:
                return self._until
            if self._probe is not None and self._probe[0] != key and now < self._probe[1]:
                return now + timedelta(seconds=self._backoff.first)
            self._probe = (key, now + timedelta(seconds=PROBE_SECONDS))
            self.probes += 1
            return None

    def failed(self, key: str, reason: str, retry_after: float | None, whole_site: bool) -> None:
        """Tells of a transient failure of the site."""
        with self._lock:
            self._failing.add(key)
            is_probe = self._probe is not None and self._probe[0] == key
            if self._until is not None and not is_probe and not whole_site:
                return
            if not (is_probe or whole_site or len(self._failing) >= KEYS_TO_OPEN):
                return
            self._times_open += 1
            wait = self._backoff.seconds(self._times_open, retry_after, self._dice)
            until = self._clock() + timedelta(seconds=wait)
            self._until = max(until, self._until or until)
            self._probe = None
            self._reason = reason

    def worked(self, key: str) -> None:
        """Tells that the site answered a call well."""
        with self._lock:
            self._failing.clear()
            if self._until is None:
                return
            if self._probe is None or self._probe[0] != key:
                return  # an answer from before the trouble proves nothing
            self._until = self._probe = self._reason = None
            self._times_open = 0
        self.on_close()

    def passed(self, key: str) -> None:
        """Tells that the key needed nothing of the site: as a probe it tells nothing."""
        with self._lock:
            if self._probe is not None and self._probe[0] == key:
                self._probe = None

    @property
    def state(self) -> BreakerState:
        """The present state."""
        with self._lock:
            if self._until is None:
                return BreakerState(self.site, Position.CLOSED, None, None)
            position = Position.OPEN if self._clock() < self._until else Position.PROBING
            return BreakerState(self.site, position, self._until, self._reason)


Breakers = Mapping[Site, Breaker]


def make_breakers(clock: Callable[[], datetime], dice: random.Random) -> Breakers:
    """A breaker for each site."""
    return {site: Breaker(site, clock, dice) for site in Site}
