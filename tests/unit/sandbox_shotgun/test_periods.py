"""Spans of time relative to now."""

from datetime import date, datetime, timezone

import pytest

from sg_jira.sandbox.shotgun.periods import make_period

# A Wednesday.
NOW = datetime(2024, 5, 15, 12, 30, tzinfo=timezone.utc)


def utc(*when):
    return datetime(*when, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("relation", "values", "start", "end"),
    [
        ("in_last", [2, "HOUR"], utc(2024, 5, 15, 10, 30), NOW),
        ("in_last", [1, "DAY"], utc(2024, 5, 14, 12, 30), NOW),
        ("in_next", [1, "week"], NOW, utc(2024, 5, 22, 12, 30)),
        ("in_last", [3, "MONTH"], utc(2024, 2, 15, 12, 30), NOW),
        ("in_next", [1, "YEAR"], NOW, utc(2025, 5, 15, 12, 30)),
    ],
)
def test_a_sliding_period_reaches_from_now(relation, values, start, end):
    period = make_period(relation, values, NOW)

    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("relation", "offset", "first", "last"),
    [
        ("in_calendar_day", 0, date(2024, 5, 15), date(2024, 5, 15)),
        ("in_calendar_week", 0, date(2024, 5, 12), date(2024, 5, 18)),
        ("in_calendar_week", 1, date(2024, 5, 19), date(2024, 5, 25)),
        ("in_calendar_month", -3, date(2024, 2, 1), date(2024, 2, 29)),
        ("in_calendar_month", 8, date(2025, 1, 1), date(2025, 1, 31)),
        ("in_calendar_year", -1, date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_a_calendar_period_is_whole(relation, offset, first, last):
    period = make_period(relation, [offset], NOW)

    assert (period.start.date(), period.end.date()) == (first, last)
    assert period.holds(first)
    assert period.holds(last)


def test_a_month_back_from_its_last_day_is_the_last_day():
    period = make_period("in_last", [1, "MONTH"], utc(2024, 3, 31))

    assert period.start == utc(2024, 2, 29)


def test_nothing_is_in_no_period():
    assert not make_period("in_last", [1, "DAY"], NOW).holds(None)
    assert make_period("not_in_last", [1, "DAY"], NOW).holds(None)
