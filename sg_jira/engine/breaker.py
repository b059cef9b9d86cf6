"""Stops work while a site is in trouble, and finds out with a single key when it is over.

It decides from what all workers know, so that one of them is enough to stop all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sg_jira.engine.backoff import Backoff
from sg_jira.engine.trouble import WELL, Trouble, TroubleBook
from sg_jira.site_calls import Site

#: Failures on this many keys, without a success in between, open the breaker.
KEYS_TO_OPEN: Final = 3
#: Seconds that a probe may take before another key may try: its worker may be dead.
PROBE_SECONDS: Final = 60.0
#: Seconds until a key asks again that found another one probing. A probe that ends well wakes it.
_ASK_AGAIN: Final = 5.0


class Position(str, Enum):
    """Closed is the normal state, as with an electrical one."""

    CLOSED = "closed"
    PROBING = "probing"
    OPEN = "open"


class Breaker:
    """The breaker of one site, the same one for all workers.

    Parameters:
        site: the site.
        book: what is known of the site.
        clock: the present time, aware.
        dice: for the jitter of the waits.
        backoff: how long it stays open, by the number of times in a row.
        on_close: called when the trouble is over.

    Raises:
        StoreAway: from any method, when the book cannot be read or written.
    """

    def __init__(
        self,
        site: Site,
        book: TroubleBook,
        clock: Callable[[], datetime],
        dice: random.Random,
        backoff: Backoff,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.site = site
        self.on_close = on_close
        self._book = book
        self._clock = clock
        self._dice = dice
        self._backoff = backoff

    def blocked_until(self, key: str) -> datetime | None:
        """When this key may come back; `None` lets it start now, perhaps as the probe."""
        return self._book.change(self.site, lambda known: _let_in(known, key, self._clock()))

    def held_until(self) -> datetime | None:
        """Until when no key at all would be let in; `None` when one may ask. Costs next to nothing.

        A probe that is under way may end sooner.
        """
        known, now = self._book.known(self.site), self._clock()
        if known.until is None:
            return None
        if now < known.until:
            return known.until
        if known.probe_until is not None and now < known.probe_until:
            return now + timedelta(seconds=_ASK_AGAIN)
        return None

    def failed(self, key: str, reason: str, retry_after: float | None, whole_site: bool) -> None:
        """Tells of a transient failure of the site."""

        def step(known: Trouble) -> tuple[Trouble, None]:
            is_probe = known.probe == key
            if known.until is None:
                failing = tuple(dict.fromkeys([*known.failing, key]))
                if not whole_site and len(failing) < KEYS_TO_OPEN:
                    return replace(known, failing=failing), None
                known = replace(known, failing=failing)
            elif not (is_probe or whole_site):
                return known, None
            # Who began before it opened, and fails like the others, tells nothing new.
            is_new = known.until is None or is_probe
            times = known.times_open + is_new
            wait = self._backoff.seconds(times, retry_after, self._dice)
            until = self._clock() + timedelta(seconds=wait)
            return replace(
                known,
                until=max(until, known.until or until),
                times_open=times,
                reason=reason,
                probe=None if is_new else known.probe,
                probe_until=None if is_new else known.probe_until,
            ), None

        self._book.change(self.site, step)

    def worked(self, key: str) -> None:
        """Tells that the site answered a call well."""
        if self._book.change(self.site, lambda known: _succeed(known, key)):
            self.on_close()

    def passed(self, key: str) -> None:
        """Tells that the key needed nothing of the site: as a probe it tells nothing."""
        self._book.change(self.site, lambda known: (_without_probe(known, key), None))

    def recover(self) -> None:
        """Frees the place of the probe. To be called when no other process works."""
        self._book.change(
            self.site, lambda known: (replace(known, probe=None, probe_until=None), None)
        )

    @property
    def position(self) -> Position:
        """The present position."""
        return position_of(self._book.known(self.site), self._clock())

    def describe(self) -> dict[str, Any]:
        """What people may see of it, as JSON."""
        return describe(self._book.known(self.site), self._clock())


def _let_in(known: Trouble, key: str, now: datetime) -> tuple[Trouble, datetime | None]:
    known = known.without_past(now)
    if known.until is None:
        return known, None
    if now < known.until:
        return known, known.until
    if known.probe_until is not None and known.probe != key and now < known.probe_until:
        return known, now + timedelta(seconds=_ASK_AGAIN)
    probe_until = now + timedelta(seconds=PROBE_SECONDS)
    return replace(known, probe=key, probe_until=probe_until, probes=known.probes + 1), None


def _succeed(known: Trouble, key: str) -> tuple[Trouble, bool]:
    """What is known after a good answer, and whether it ended the trouble."""
    if known.until is None or known.probe != key:
        # While it is open, an answer from before the trouble proves nothing.
        return replace(known, failing=()), False
    return replace(WELL, spared=known.spared, near_limit_until=known.near_limit_until), True


def _without_probe(known: Trouble, key: str) -> Trouble:
    return replace(known, probe=None, probe_until=None) if known.probe == key else known


def position_of(known: Trouble, now: datetime) -> Position:
    """The position of the breaker of a site. Pure."""
    if known.until is None:
        return Position.CLOSED
    return Position.OPEN if now < known.until else Position.PROBING


def describe(known: Trouble, now: datetime) -> dict[str, Any]:
    """What people may see of a site's trouble, as JSON. Pure."""
    known = known.without_past(now)
    return {
        "position": position_of(known, now).value,
        "until": known.until and known.until.isoformat(),
        "reason": known.reason,
        "probes": known.probes,
        "spared": {endpoint: until.isoformat() for endpoint, until in known.spared.items()},
        "near_limit_until": known.near_limit_until and known.near_limit_until.isoformat(),
    }


Breakers = Mapping[Site, Breaker]


def let_in(breakers: Breakers, key: str) -> datetime | None:
    """When a key may come back; `None` lets it start now.

    Who is let in by one breaker and stopped by another one probes nothing.
    """
    for breaker in breakers.values():
        until = breaker.blocked_until(key)
        if until is not None:
            give_back(breakers, key)
            return until
    return None


def give_back(breakers: Breakers, key: str) -> None:
    """Leaves the place of a probe to others, if the key still has one."""
    for breaker in breakers.values():
        breaker.passed(key)


def held_until(breakers: Breakers) -> datetime | None:
    """Until when no key at all would be let in; `None` when one may ask."""
    times = [breaker.held_until() for breaker in breakers.values()]
    return max((until for until in times if until is not None), default=None)


def make_breakers(
    book: TroubleBook, clock: Callable[[], datetime], dice: random.Random, backoff: Backoff
) -> Breakers:
    """A breaker for each site."""
    return {site: Breaker(site, book, clock, dice, backoff) for site in Site}
