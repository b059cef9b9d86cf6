"""A Task beside its Issue: what counts as equal and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_jira.demo.comparison import IssueFacts, NoteFacts, TaskFacts, compare, orphans

STATUSES = {"wtg": "To Do", "ip": "In Progress"}
TASK = TaskFacts(
    id=7,
    title="Rig Pip",
    description="Spine",
    status="ip",
    assignees=frozenset({"a@x.example", "b@x.example"}),
    due="2031-02-03",
    estimate=90,
    tags=frozenset({"fur", "hero"}),
    cc=frozenset({"c@x.example"}),
    notes=(NoteFacts("Tail", "Longer {please}", "LAN-1/11"),),
    key="LAN-1",
    url="http://jira/browse/LAN-1",
)
ISSUE = IssueFacts(
    key="LAN-1",
    url="http://jira/browse/LAN-1",
    title="Rig Pip",
    description="Spine",
    status="In Progress",
    assignee="b@x.example",
    due="2031-02-03",
    estimate=90,
    labels=frozenset({"hero", "fur"}),
    watchers=frozenset({"c@x.example"}),
    comments={"11": "\n{panel:title=Tail}\nLonger {please}\n{panel}\n", "12": "Just a word."},
    task="Task 7",
)


def different(task: TaskFacts, issue: IssueFacts | None) -> list[str]:
    return [field.name for field in compare(task, issue, STATUSES) if not field.equal]


def test_counterparts_are_equal_in_every_field() -> None:
    fields = compare(TASK, ISSUE, STATUSES)

    assert [field.name for field in fields] == [
        "Link",
        "Title",
        "Description",
        "Status",
        "Assignee",
        "Due date",
        "Estimate",
        "Tags | labels",
        "Cc | watchers",
        "Note",
    ]
    assert all(field.equal for field in fields)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"title": "Rig"}, "Title"),
        ({"description": "spine"}, "Description"),
        ({"status": "To Do"}, "Status"),
        ({"assignee": "z@x.example"}, "Assignee"),
        ({"assignee": ""}, "Assignee"),
        ({"due": ""}, "Due date"),
        ({"estimate": 60}, "Estimate"),
        ({"labels": frozenset({"hero"})}, "Tags | labels"),
        ({"watchers": frozenset()}, "Cc | watchers"),
        ({"comments": {}}, "Note"),
        ({"comments": {"11": "The panel is gone."}}, "Note"),
        ({"task": "Task 8"}, "Link"),
        ({"url": "http://elsewhere/browse/LAN-1"}, "Link"),
    ],
)
def test_difference_is_named(change: dict[str, Any], name: str) -> None:
    assert different(TASK, replace(ISSUE, **change)) == [name]


def test_task_without_issue_is_a_difference() -> None:
    (field,) = compare(replace(TASK, key=""), None, STATUSES)

    assert (field.equal, field.shotgun, field.jira) == (False, "no key", "not in Jira")


def test_status_without_mapping_is_a_difference() -> None:
    assert different(replace(TASK, status="hld"), ISSUE) == ["Status"]


def test_nobody_on_either_side_is_equal() -> None:
    assert different(replace(TASK, assignees=frozenset()), replace(ISSUE, assignee="")) == []


def test_second_comment_for_one_note_is_a_difference() -> None:
    twice = {**ISSUE.comments, "13": ISSUE.comments["11"]}

    assert different(TASK, replace(ISSUE, comments=twice)) == ["Note"]


def test_note_whose_key_names_another_issue_has_no_comment_here() -> None:
    strayed = replace(TASK, notes=(NoteFacts("Tail", "Longer {please}", "LAN-2/11"),))

    assert different(strayed, ISSUE) == ["Note", "Note"]


def test_second_issue_of_a_task_is_an_orphan() -> None:
    second = replace(ISSUE, key="LAN-2")
    of_nobody = replace(ISSUE, key="LAN-3", task="")

    (field,) = orphans([TASK], {"LAN-1": ISSUE, "LAN-2": second, "LAN-3": of_nobody})

    assert not field.equal
    assert "LAN-2" in field.jira
