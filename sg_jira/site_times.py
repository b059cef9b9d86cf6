"""Times as both sites write them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse_time(value: object) -> datetime | None:
    """An aware time from what FPTR or Jira writes; None for anything else.

    FPTR writes UTC with or without a zone (`2022-02-01 20:53:08.523887`), Jira an offset without
    a colon (`2019-02-15T19:11:18.321-0800`).
    """
    if not isinstance(value, str):
        return None
    text = value.strip().replace(" ", "T", 1).removesuffix("UTC").strip()
    for shape in _TIME_SHAPES:
        try:
            time = datetime.strptime(text, shape)
            return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time
        except ValueError:
            continue
    return None


_TIME_SHAPES: Final = (
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S",
)


def from_milliseconds(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=value)
    except (OverflowError, ValueError):  # beyond the year 9999, or not a number
        return None


def as_utc(time: datetime) -> str:
    try:
        return time.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    except OverflowError:  # the first or last hours that a calendar knows
        return time.isoformat()
