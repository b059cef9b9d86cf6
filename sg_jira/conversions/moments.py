"""Days and times in the forms of both sites. FPTR has no time zones for days; Jira's times do."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any, Final

SG_DATE_FORMAT: Final = "%Y-%m-%d"
#: As Jira writes times; it also reads this form (milliseconds, offset without colon).
JIRA_DATE_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%f%z"
#: FPTR's own text form of a `date_time`; its client turns it into `datetime` objects.
SG_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def parse_day(text: str) -> str | None:
    """The text when it is a day `YYYY-MM-DD` that exists, else `None`."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def parse_moment(value: Any) -> datetime | None:
    """An aware time out of what either site gives; a time without zone is one in UTC.

    `None` when the value is no time; a day alone is none.
    """
    if isinstance(value, str) and len(value) > len("YYYY-MM-DD"):
        try:
            value = datetime.strptime(value, JIRA_DATE_FORMAT)
        except ValueError:
            try:
                value = datetime.fromisoformat(value.replace("Z", "+00:00"))
            except ValueError:
                return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def jira_time(moment: datetime) -> str:
    """A time as Jira takes it, in UTC and whole seconds: `2024-11-05T09:30:00.000+0000`."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def sg_time(moment: datetime) -> str:
    """A time as FPTR takes it: `2024-11-05T07:30:00Z`."""
    return moment.astimezone(timezone.utc).strftime(SG_TIME_FORMAT)


def midnight(day: str, day_format: str = SG_DATE_FORMAT) -> str:
    """The beginning of a day as Jira takes it: `2024-11-05T00:00:00.000+0000`.

    Raises:
        ValueError: there is no such day.
    """
    return jira_time(datetime.strptime(day, day_format).replace(tzinfo=timezone.utc))


def day_of(moment: datetime, day_format: str = SG_DATE_FORMAT) -> str:
    """The day of a time at the place whose offset it carries.

    Midnight in UTC is how a day travels to Jira, which may answer with another offset: then it
    is the day in UTC, so that a day comes back as it went.
    """
    in_utc = moment.astimezone(timezone.utc)
    is_a_day = (in_utc.hour, in_utc.minute, in_utc.second, in_utc.microsecond) == (0, 0, 0, 0)
    return (in_utc if is_a_day else moment).strftime(day_format)


def wall_clock(moment: datetime) -> str:
    """The time as a clock shows it at the place whose offset it carries, labelled as UTC."""
    return jira_time(moment.replace(tzinfo=timezone.utc))
