"""Spans of time relative to now, for filters such as `in_last 2 WEEK`. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Any, Final


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; `inside` says which side is wanted."""

    start: datetime
    end: datetime
    inside: bool

    def holds(self, value: date | datetime | None) -> bool:
        """Whether a date, or a date with time, is on the wanted side."""
        if value is None:
            return not self.inside
        if isinstance(value, datetime):
            return (self.start <= value <= self.end) == self.inside
        return (self.start.date() <= value <= self.end.date()) == self.inside


def _shift(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _STEPS:
        return moment + count * _STEPS[unit]
    months = moment.year * 12 + moment.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(year)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


_STEPS: Final = {
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "WEEK": timedelta(weeks=1),
}
_MONTHS: Final = {"MONTH": 1, "YEAR": 12}


def _sliding(values: Sequence[Any], now: datetime, direction: int) -> tuple[datetime, datetime]:
    units = [*_STEPS, *_MONTHS]
    if len(values) != 2 or type(values[0]) is not int or str(values[1]).upper() not in units:
        raise ValueError(f"takes a number and one of {', '.join(units)}, got {list(values)!r}")
    other = _shift(now, direction * values[0], str(values[1]).upper())
    return min(now, other), max(now, other)


def _calendar(values: Sequence[Any], now: datetime, unit: str) -> tuple[datetime, datetime]:
    if len(values) != 1 or type(values[0]) is not int:
        raise ValueError(f"takes one number (0 is the current one), got {list(values)!r}")
    today = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    start = _shift(_STARTS[unit](today), values[0], unit)
    return start, _shift(start, 1, unit) - timedelta(microseconds=1)


# FPTR's weeks start on Sunday.
_STARTS: Final[dict[str, Callable[[datetime], datetime]]] = {
    "DAY": lambda day: day,
    "WEEK": lambda day: day - timedelta(days=day.isoweekday() % 7),
    "MONTH": lambda day: day.replace(day=1),
    "YEAR": lambda day: day.replace(month=1, day=1),
}

_Span = Callable[[Sequence[Any], datetime], "tuple[datetime, datetime]"]


def _spans() -> dict[str, tuple[_Span, bool]]:
    spans: dict[str, tuple[_Span, bool]] = {
        "in_last": (lambda values, now: _sliding(values, now, -1), True),
        "not_in_last": (lambda values, now: _sliding(values, now, -1), False),
        "in_next": (lambda values, now: _sliding(values, now, 1), True),
        "not_in_next": (lambda values, now: _sliding(values, now, 1), False),
    }
    for unit in _STARTS:
        spans[f"in_calendar_{unit.lower()}"] = (
            lambda values, now, unit=unit: _calendar(values, now, unit),  # type: ignore[misc]
            True,
        )
    return spans


_SPANS: Final = _spans()
#: The relations that name a period.
RELATIONS: Final = tuple(_SPANS)


def make_period(relation: str, values: Sequence[Any], now: datetime) -> Period:
    """The period that a relation and its values name.

    Parameters:
        relation: one of `RELATIONS`.
        values: a number and a unit, or an offset for calendar periods.
        now: aware of its zone.

    Raises:
        ValueError: the values are not of that form.
    """
    span, inside = _SPANS[relation]
    try:
        start, end = span(values, now)
    except OverflowError:
        raise ValueError(f"{list(values)!r} lead out of the calendar") from None
    return Period(start, end, inside)
