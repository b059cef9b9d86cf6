"""Reads and writes Jira's dates and times. Knows no clock of its own but the default one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]
_UTC: Final = "Etc/UTC"
_TIME: Final = "%Y-%m-%dT%H:%M:%S.%f%z"
_TIME_SHAPE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}([+-]\d{4}|Z)")
_DATE_SHAPE: Final = re.compile(r"\d{4}-\d\d-\d\d")


def now_in_utc() -> datetime:
    """The present time, with its time zone."""
    return datetime.now(timezone.utc)


def format_time(moment: datetime) -> str:
    """A time as Jira writes it, in UTC: `2019-02-15T19:01:52.971+0000`."""
    moment = moment.astimezone(timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def parse_time(text: str) -> datetime:
    """A time in Jira's form, with milliseconds and an offset such as `+0100`.

    Raises:
        ValueError: the text has another form, or there is no such time.
    """
    if not _TIME_SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is no time in Jira's form.")
    return datetime.strptime(text.replace("Z", "+0000"), _TIME)


def parse_date(text: str) -> date:
    """A date `YYYY-MM-DD`.

    Raises:
        ValueError: the text has another form, or there is no such day.
    """
    if not _DATE_SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is no date in Jira's form.")
    return date.fromisoformat(text)


def find_zone(name: str) -> tzinfo:
    """The time zone with this name, such as `Europe/Paris`. Raises `ValueError`."""
    if name == _UTC:
        # Known even where the system has no list of time zones.
        return timezone.utc
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise ValueError(f"There is no time zone {name!r} on this system.") from None


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, as in webhook bodies."""
    return int(moment.timestamp() * 1000)
