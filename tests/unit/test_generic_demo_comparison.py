"""The demo's story of any records: what counts as equal, and what it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_jira.cli.demo import demo
from sg_jira.demo.generic_comparison import (
    CounterpartFacts,
    RecordFacts,
    compare_record,
    left_over,
)
from sg_jira.demo.generic_settings import MAPPING
from sg_jira.demo.plays import PLAYS
from sg_jira.handlers.generic.mapping_check import check_mapping

STATUSES = {"wtg": "To Do", "ip": "In Progress"}
VALUES = {"Title": "Rig Pip", "Assignee": "a@x.example, b@x.example", "Status": "ip"}
RECORD = RecordFacts(
    name="Task 7",
    key="LAN-1",
    url="http://jira/browse/LAN-1",
    values=VALUES,
    remarks={"Note LAN-1/11": "Tail: Longer (Mira)"},
)
ISSUE = CounterpartFacts(
    key="LAN-1",
    url="http://jira/browse/LAN-1",
    record="Task 7",
    wanted=True,
    values={"Title": "Rig Pip", "Assignee": "b@x.example", "Status": "In Progress"},
    remarks={"Note LAN-1/11": "Tail: Longer (Mira)"},
)


def different(record: RecordFacts, issue: CounterpartFacts | None) -> list[str]:
    return [one.name for one in compare_record(record, issue, STATUSES) if not one.equal]


def test_counterparts_are_equal_in_every_row() -> None:
    rows = compare_record(RECORD, ISSUE, STATUSES)

    assert [row.name for row in rows] == ["Link", "Sync flag", *VALUES, "Note"]
    assert all(row.equal for row in rows)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"record": "Task 8"}, "Link"),
        ({"url": "http://elsewhere/LAN-1"}, "Link"),
        ({"wanted": False}, "Sync flag"),
        ({"values": {**ISSUE.values, "Title": "Rig"}}, "Title"),
        ({"values": {**ISSUE.values, "Assignee": "z@x.example"}}, "Assignee"),
        ({"values": {**ISSUE.values, "Assignee": ""}}, "Assignee"),
        ({"values": {**ISSUE.values, "Status": "To Do"}}, "Status"),
        ({"remarks": {}}, "Note"),
        ({"remarks": {"Note LAN-1/11": "Tail: Shorter (Mira)"}}, "Note"),
        ({"remarks": {**ISSUE.remarks, "TimeLog LAN-1/5": "Spine: 1 h"}}, "TimeLog"),
    ],
)
def test_difference_is_named(change: dict[str, Any], name: str) -> None:
    assert different(RECORD, replace(ISSUE, **change)) == [name]


def test_nobody_on_either_side_is_equal() -> None:
    nobody = {"Assignee": ""}

    assert different(replace(RECORD, values=nobody), replace(ISSUE, values=nobody)) == []


def test_status_without_mapping_is_a_difference() -> None:
    unmapped = replace(RECORD, values={**VALUES, "Status": "hld"})

    assert different(unmapped, ISSUE) == ["Status"]


def test_record_without_issue_is_a_difference() -> None:
    assert different(replace(RECORD, key=""), None) == ["Issue"]


def test_note_without_key_is_a_difference() -> None:
    unlinked = replace(RECORD, remarks={"Note 5": "Tail: Longer (Mira)"})

    assert different(unlinked, ISSUE) == ["Note", "Note"]


def test_issues_that_name_a_record_or_ask_for_one_are_left_over() -> None:
    issues = {
        "LAN-1": ISSUE,
        "LAN-2": replace(ISSUE, key="LAN-2"),
        "LAN-3": replace(ISSUE, key="LAN-3", record=""),
        "LAN-4": replace(ISSUE, key="LAN-4", record="", wanted=False),
    }

    rows = left_over([RECORD], issues)

    assert [row.jira for row in rows] == ["LAN-2 Task 7", "LAN-3"]
    assert not any(row.equal for row in rows)


def test_the_command_offers_every_story() -> None:
    (option,) = (one for one in demo.params if one.name == "story")

    assert list(option.type.choices) == list(PLAYS)  # type: ignore[attr-defined]
    assert option.default == next(iter(PLAYS))


def test_the_storys_mapping_has_no_problems_and_six_types() -> None:
    assert check_mapping(MAPPING, "MAPPING", None) == []
    assert len(MAPPING) == 6
