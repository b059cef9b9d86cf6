"""Durations and times in Jira's forms."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_jira.sandbox.jira.durations import format_duration, parse_duration
from sg_jira.sandbox.jira.times import (
    format_time,
    milliseconds,
    now_in_utc,
    parse_date,
    parse_time,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 1800), ("30m", 1800), ("90 m", 5400), ("1h", 3600), ("2h 30m", 9000),
        ("1d", 8 * 3600), ("1w", 40 * 3600), ("1w 2d", 56 * 3600), ("1.5h", 5400),
        ("2 hours 1 minute", 7260), ("0", 0), ("1h30m", 5400), (" 3H ", 10800),
    ],
)  # fmt: skip
def test_duration_is_read_in_working_time(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "soon", "2x", "h", "2h soon", "-1h", "1,5h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**6))
def test_written_duration_reads_back_as_itself(minutes: int) -> None:
    assert parse_duration(format_duration(60 * minutes)) == 60 * minutes


def test_time_is_written_in_utc_with_milliseconds() -> None:
    moment = datetime(2024, 2, 3, 4, 5, 6, 789123, timezone(timedelta(hours=2)))

    assert format_time(moment) == "2024-02-03T02:05:06.789+0000"
    assert parse_time("2024-02-03T04:05:06.789+0200") == moment.replace(microsecond=789000)
    assert milliseconds(moment) == 1706925906789


@pytest.mark.parametrize(
    "text", ["2024-02-03", "2024-02-03T04:05:06+0000", "2024-02-03T04:05:06.000+00:00", "now"]
)
def test_time_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_time(text)


def test_date_has_one_form() -> None:
    assert parse_date("2024-02-29") == date(2024, 2, 29)
    for text in ("2024-2-29", "20240229", "2024-02-30"):
        with pytest.raises(ValueError):  # noqa: PT011  # Python's own message for no such day
            parse_date(text)


def test_default_clock_knows_its_time_zone() -> None:
    assert now_in_utc().tzinfo is timezone.utc
