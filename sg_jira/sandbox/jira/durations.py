"""Reads and writes Jira's durations such as `1w 2d`, `2h 30m`, with its working days and weeks."""

from __future__ import annotations

import re
from typing import Final

#: Jira's default working time: a day has 8 hours, a week has 5 days.
SECONDS: Final = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}
_UNITS: Final = {
    "w": "w", "week": "w", "weeks": "w",
    "d": "d", "day": "d", "days": "d",
    "h": "h", "hour": "h", "hours": "h",
    "m": "m", "min": "m", "minute": "m", "minutes": "m",
}  # fmt: skip
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*")


def parse_duration(text: str) -> int:
    """Seconds of a duration; a number without unit counts minutes.

    Raises:
        ValueError: this is no duration.
    """
    rest = text.strip().lower()
    if not rest:
        raise ValueError("A duration is empty.")
    seconds = 0.0
    position = 0
    while position < len(rest):
        match = _PART.match(rest, position)
        unit = _UNITS.get(match.group(2) or "m") if match else None
        if match is None or unit is None:
            raise ValueError(f"{text!r} is no duration.")
        seconds += float(match.group(1)) * SECONDS[unit]
        position = match.end()
    return int(seconds)


def format_duration(seconds: int) -> str:
    """A duration as Jira shows it, in whole minutes: `2h 30m`; `0m` for nothing."""
    parts = []
    for unit, size in SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"
