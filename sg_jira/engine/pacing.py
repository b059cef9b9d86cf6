"""Keeps calls below the sites' known limits, and away from what a site has asked to spare.

It sits before each call. A short wait is made by the worker; a longer one ends the pass, which
is then repeated later.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.site_calls import Site, SiteCall

#: Jira Cloud takes 20 writes to one Issue in 2 s and 100 in 30 s; ours stay below, because its
#: clock sees them arrive in other intervals than ours sees them leave.
#: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
ISSUE_LIMITS: Final = ((2.0, 18), (30.0, 90))
#: Seconds that a worker waits; a longer wait gives the worker back.
LONGEST_WAIT: Final = 2.0
#: Issues whose last writes are remembered.
_REMEMBERED: Final = 2048


class Pacing:
    """The gate before each call. Safe to use from several threads.

    Parameters:
        clock: seconds that only grow.
        sleep: waits this many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._writes: OrderedDict[str, deque[float]] = OrderedDict()
        self._spared: dict[tuple[Site, str], float] = {}

    def __call__(self, call: SiteCall) -> None:
        """Lets a call pass when it may.

        Raises:
            Deferred: it has to wait for longer than a worker should.
        """
        wait = self._wait(call)
        if wait <= 0:
            return
        if wait > LONGEST_WAIT:
            raise Deferred(
                Reason.RATE_LIMITED, wait, f"{call.endpoint} has to wait to keep Jira's limits"
            )
        self._sleep(wait)

    def spare(self, call: SiteCall, seconds: float) -> None:
        """Makes no calls of this kind for a while, as the site has asked."""
        with self._lock:
            until = self._clock() + seconds
            place = (call.site, call.endpoint)
            self._spared[place] = max(until, self._spared.get(place, until))

    def _wait(self, call: SiteCall) -> float:
        """Seconds to wait; takes the place in the Issue's row when the wait is short."""
        with self._lock:
            now = self._clock()
            until = self._spared.get((call.site, call.endpoint))
            if until is not None:
                if now < until:
                    return until - now
                del self._spared[call.site, call.endpoint]
            if call.site is not Site.JIRA or not call.writes or call.target is None:
                return 0.0
            writes = self._writes.setdefault(call.target, deque(maxlen=ISSUE_LIMITS[-1][1]))
            self._writes.move_to_end(call.target)
            while len(self._writes) > _REMEMBERED:
                self._writes.popitem(last=False)
            moment = max([now, *(_free_at(writes, *limit) for limit in ISSUE_LIMITS)])
            if moment - now <= LONGEST_WAIT:
                writes.append(moment)
            return moment - now


def _free_at(writes: deque[float], seconds: float, most: int) -> float:
    """The moment from which one more write stays within a limit."""
    return writes[-most] + seconds if len(writes) >= most else float("-inf")
