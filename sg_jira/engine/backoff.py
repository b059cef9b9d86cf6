"""How long to wait before the next try. Pure: the dice come in."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

#: Jira's own advice for retries: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
JITTER: Final = (0.7, 1.3)


@dataclass(frozen=True)
class Backoff:
    """Waits that double, from `first` up to `longest` seconds."""

    first: float = 2.0
    longest: float = 300.0

    def total(self, failures: int) -> float:
        """All seconds that were waited for before the last of so many failures, about."""
        doubling = math.ceil(math.log2(max(self.longest / self.first, 1.0)))
        waits = max(failures - 1, 0)
        return self.first * (2.0 ** min(waits, doubling) - 1) + self.longest * max(
            waits - doubling, 0
        )

    def seconds(self, failures: int, retry_after: float | None, dice: random.Random) -> float:
        """The wait after this many failures in a row.

        Parameters:
            failures: 1 for the first.
            retry_after: what the site asked for; never undercut.
        """
        exponent = min(max(failures, 1) - 1, 32)
        own = min(self.first * 2.0**exponent, self.longest) * dice.uniform(*JITTER)
        if retry_after is None:
            return own
        # Everybody was told the same moment; arriving together would be the next overload.
        return retry_after + dice.uniform(0.0, min(1.0, self.first))
