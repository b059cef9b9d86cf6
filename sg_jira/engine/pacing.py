"""Keeps calls below the sites' known limits, and away from what a site has asked to spare.

It sits before each call. A short wait is made by the worker; a longer one ends the pass, which
is then repeated later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.limits import seconds_near_limit
from sg_jira.engine.trouble import Trouble, TroubleBook
from sg_jira.engine.write_rows import LONGEST_WAIT, WriteRows
from sg_jira.seats import waiting
from sg_jira.site_calls import Site, SiteCall


class Pacing:
    """The gate before each call. Safe to use from several threads.

    Parameters:
        book: what all workers know of the sites.
        rows: where writes to one Issue wait for each other.
        clock: the present time, aware.
        sleep: waits this many seconds.

    Raises:
        StoreAway: from any method, when what all workers know cannot be read or written.
    """

    def __init__(
        self,
        book: TroubleBook,
        rows: WriteRows,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._book = book
        self._rows = rows
        self._clock = clock
        self._sleep = sleep

    def __call__(self, call: SiteCall) -> None:
        """Lets a call pass when it may.

        Raises:
            Deferred: it has to wait for longer than a worker should.
        """
        wait = self._spared_seconds(call)
        if wait <= 0 and call.site is Site.JIRA and call.writes and call.target is not None:
            wait = self._rows.take_place(call.target)
        if wait <= 0:
            return
        if wait > LONGEST_WAIT:
            raise Deferred(
                Reason.RATE_LIMITED, wait, f"{call.endpoint} has to wait to keep Jira's limits"
            )
        with waiting():
            self._sleep(wait)

    def _spared_seconds(self, call: SiteCall) -> float:
        until = self._book.known(call.site).spared.get(call.endpoint)
        return 0.0 if until is None else (until - self._clock()).total_seconds()

    def spare(self, call: SiteCall, seconds: float) -> None:
        """No worker makes calls of this kind for a while, as the site has asked."""
        until = self._clock() + timedelta(seconds=seconds)

        def step(known: Trouble) -> tuple[Trouble, None]:
            later = max(until, known.spared.get(call.endpoint, until))
            return replace(known, spared={**known.spared, call.endpoint: later}), None

        self._book.change(call.site, step)

    def close(self, call: SiteCall, seconds: float) -> None:
        """No worker writes to the Issue of this call for a while, as Jira has asked."""
        if call.target is not None:
            self._rows.close(call.target, seconds)

    def hear(self, call: SiteCall, headers: Mapping[str, str]) -> None:
        """Notices what the headers of a good answer say of the rest of a limit."""
        seconds = seconds_near_limit(headers, self._clock())
        if seconds is not None:
            self.ease(call.site, seconds)

    def ease(self, site: Site, seconds: float) -> None:
        """Lets back-fill leave a site alone for a while: it is near a limit, or overloaded."""
        now = self._clock()
        until = now + timedelta(seconds=seconds)

        def step(known: Trouble) -> tuple[Trouble, None]:
            near = known.near_limit_until
            # Told with every answer; it is kept when it makes a difference.
            if near is not None and near - now > (until - now) / 2:
                return known, None
            return replace(known, near_limit_until=until), None

        self._book.change(site, step)

    def eased_until(self) -> datetime | None:
        """Until when back-fill has to wait for one of the sites; `None` when it need not."""
        now = self._clock()
        times = [
            until
            for known in map(self._book.known, Site)
            for until in (known.near_limit_until, known.until)
            if until is not None and until > now
        ]
        return max(times, default=None)
