"""What the headers of an answer say of the site's limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Final

from sg_jira.site_times import parse_time

#: Jira says so itself when less than this part of a limit is left.
#: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
NEAR: Final = 0.2
#: Seconds to take it easy when nobody says until when, and at least and at most.
_USUAL: Final = 10.0
_SHORTEST: Final = 1.0
_LONGEST: Final = 3600.0


def seconds_near_limit(headers: Mapping[str, str], now: datetime) -> float | None:
    """For how long the rest of a limit is to be spared; `None` when there is enough left.

    Parameters:
        headers: of an answer of Jira, Cloud or Data Center; names in any case.
        now: aware.
    """
    if not _is_near(headers):
        return None
    reset = _moment(headers.get("X-RateLimit-Reset"))
    seconds = _USUAL if reset is None else (reset - now).total_seconds()
    return min(max(seconds, _SHORTEST), _LONGEST)


def _is_near(headers: Mapping[str, str]) -> bool:
    if str(headers.get("X-RateLimit-NearLimit")).lower() == "true":
        return True
    left, limit = (_number(headers.get(f"X-RateLimit-{name}")) for name in ("Remaining", "Limit"))
    return left is not None and limit is not None and left < limit * NEAR


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _moment(text: str | None) -> datetime | None:
    """A moment as ISO text, or in seconds since 1970: both are seen."""
    seconds = _number(text)
    if seconds is None:
        return parse_time(text)
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None
