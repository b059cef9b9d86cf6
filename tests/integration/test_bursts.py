"""Several changes of one Task, handed to its handler together."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.constants import TASK_ISSUE_STATUS_MAPPING
from sg_jira.handlers import TaskIssueHandler
from sg_jira.sandbox import Production, Sandbox
from sg_jira.sandbox.sandbox import BridgeCalls
from tests.integration.pairs import Pair, create_task


class Burst:
    """What happens to a Task while nobody listens, and handing it over."""

    def __init__(self, sandbox: Sandbox, bridge: Bridge, task: Pair) -> None:
        self.sandbox, self.bridge, self.task = sandbox, bridge, task
        self.last = 0

    def edit(self, **fields: Any) -> None:
        self.task.in_fptr().update("Task", self.task.id, fields)

    def hand_over(self) -> list[Any]:
        events = [
            event
            for event in self.sandbox.shotgun.events(self.last)
            if event["event_type"] == "Shotgun_Task_Change"
            and event["meta"]["entity_id"] == self.task.id
        ]
        results: list[Any] = []
        while len(results) < len(events):
            results += self.bridge.sync_all_in_jira(
                "default", "Task", self.task.id, events[len(results) :]
            )
        self.last = self.sandbox.shotgun.last_event_id  # what the bridge wrote is no edit
        return results


@pytest.fixture
def new_task(sandbox: Sandbox, bridge: Bridge) -> Burst:
    last = sandbox.shotgun.last_event_id
    burst = Burst(
        sandbox,
        bridge,
        create_task(sandbox, "Dig", sg_sync_in_jira=True, sg_description="Deep"),
    )
    burst.last = last
    return burst


@pytest.fixture
def burst(new_task: Burst) -> Burst:
    """A Task that is synced already."""
    new_task.hand_over()
    new_task.sandbox.forget_calls()
    return new_task


def test_a_creation_with_its_burst_of_events_makes_one_issue_with_all_fields(
    new_task: Burst, production: Production
) -> None:
    results = new_task.hand_over()

    assert len(results) >= 3
    assert any(results)
    assert len(new_task.sandbox.jira.issues(production.jira_key)) == 1
    assert new_task.task.issue["description"] == "Deep"


def test_many_fields_cost_one_read_each_and_one_write(burst: Burst) -> None:
    burst.edit(content="Dig deeper")
    burst.edit(sg_description="Very deep", due_date="2031-02-03")
    burst.edit(content="Dig deepest", est_in_mins=90)

    assert burst.hand_over() == [True] * 5
    assert burst.sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1}, jira={"GET issue/{key}": 1, "PUT issue/{key}": 1}
    )
    issue = burst.task.issue
    assert (issue["summary"], issue["duedate"]) == ("Dig deepest", "2031-02-03")
    assert issue["timetracking"]["originalEstimateSeconds"] == 90 * 60


def test_people_added_and_removed_in_one_burst_all_count(
    burst: Burst, production: Production
) -> None:
    jonas, tomas = (production.person(name) for name in ("jonas", "tomas"))
    burst.edit(task_assignees=[jonas.shotgun])
    burst.edit(task_assignees=[])
    burst.edit(task_assignees=[tomas.shotgun], sg_status_list="ip")

    assert all(burst.hand_over())
    assert burst.task.issue["assignee"]["emailAddress"] == tomas.email
    assert burst.task.issue["status"]["name"] == "In Progress"


def test_a_change_that_jira_cannot_take_is_told_for_itself(
    burst: Burst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(TASK_ISSUE_STATUS_MAPPING, "omt")
    burst.edit(content="Dig deeper")
    burst.edit(sg_status_list="omt")
    burst.edit(sg_description="Very deep")

    assert burst.hand_over() == [True, False, True]
    assert burst.task.issue["description"] == "Very deep"


def test_a_subclass_with_its_own_way_is_given_one_change_at_a_time(
    burst: Burst, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def its_own_way(self: Any, entity_type: str, entity_id: int, event: Any) -> bool:
        seen.append(event["meta"]["attribute_name"])
        return True

    handler = burst.bridge.get_syncer("default").handlers[1]
    studio = type("StudioHandler", (TaskIssueHandler,), {"process_shotgun_event": its_own_way})
    assert isinstance(handler, TaskIssueHandler)
    monkeypatch.setattr(handler, "__class__", studio)
    burst.edit(content="Dig deeper", sg_description="Very deep")

    assert burst.hand_over() == [True, True]
    assert sorted(seen) == ["content", "sg_description"]


def changed_in_jira(burst: Burst, number: int, field: str, text: str | None) -> dict[str, Any]:
    """A webhook about one field of the Task's Issue."""
    issue = burst.sandbox.jira.issue(burst.task.key)
    item = {"field": field, "fieldId": field, "to": text, "toString": text}
    return {
        "webhookEvent": "jira:issue_updated",
        "issue": issue,
        "changelog": {"id": str(number), "items": [item]},
    }


def test_changes_of_an_issue_cost_one_read_and_one_update(burst: Burst) -> None:
    events = [
        changed_in_jira(burst, 1, "summary", "Dig deeper"),
        changed_in_jira(burst, 2, "Rank", "higher"),
        changed_in_jira(burst, 3, "duedate", "2031-02-03"),
        changed_in_jira(burst, 4, "summary", "Dig deepest"),
    ]
    results = burst.bridge.sync_all_in_shotgun("default", "issue", burst.task.key, events)

    assert results == [True, False, True, True]
    assert burst.sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1, "update Task": 1}, jira={}
    )
    task = burst.task.task
    assert (task["content"], task["due_date"]) == ("Dig deepest", "2031-02-03")


def test_issues_that_name_another_record_in_between_are_kept_apart(burst: Burst) -> None:
    events = [changed_in_jira(burst, n, "summary", f"Dig {n}") for n in (1, 2)]
    number = burst.bridge.jira.jira_shotgun_id_field
    events[1]["issue"]["fields"] = {**events[1]["issue"]["fields"], number: "999999"}

    assert burst.bridge.sync_all_in_shotgun("default", "issue", burst.task.key, events) == [True]
    assert burst.task.task["content"] == "Dig 1"


def test_a_value_that_was_replaced_is_not_written_though_what_replaced_it_is_late(
    burst: Burst,
) -> None:
    burst.edit(due_date="2031-02-03")
    first = burst.sandbox.shotgun.events(burst.last)
    burst.edit(due_date="2031-02-04")

    assert burst.bridge.sync_in_jira("default", "Task", burst.task.id, first[0]) is True
    assert burst.task.issue["duedate"] == "2031-02-04"
