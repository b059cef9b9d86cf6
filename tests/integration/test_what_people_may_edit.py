"""Keys, links and values that people can edit do no harm beyond themselves."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.jira import comments, reading
from sg_jira.sandbox.production_data import JIRA_KEY
from tests.integration.pairs import Pair, create_task, names


def send(bridge: Bridge, sandbox: Sandbox, kind: str, number: int, **meta: Any) -> Any:
    event = {
        "meta": {"type": "attribute_change", **meta},
        "project": sandbox.production.project,
    }
    return bridge.sync_in_jira("default", kind, number, event)


def switch_on(bridge: Bridge, sandbox: Sandbox, task: Pair) -> Any:
    meta = {"attribute_name": "sg_sync_in_jira", "new_value": True}
    return send(bridge, sandbox, "Task", task.id, **meta)


@pytest.fixture
def task(sandbox: Sandbox, bridge: Bridge) -> Pair:
    """A synced Task."""
    task = create_task(sandbox, "Comb the fur", sg_sync_in_jira=True)
    assert switch_on(bridge, sandbox, task) is True
    return task


def note_with_key(sandbox: Sandbox, task: Pair, key: str) -> int:
    data = {"project": sandbox.production.project, "subject": "Fur", "content": "Shorter."}
    note = task.in_fptr().create("Note", {**data, "sg_jira_key": key, "tasks": [task.link]})
    return int(note["id"])


@pytest.mark.parametrize("part", ["..", ".", "%2e%2e", "1?x=1", "../comment/1"])
def test_a_key_that_leads_elsewhere_deletes_nothing(
    sandbox: Sandbox, bridge: Bridge, task: Pair, part: str
) -> None:
    note = note_with_key(sandbox, task, f"{task.key}/{part}")
    before = sandbox.jira.controls.calls.count("DELETE *")

    with suppress(ValueError):  # some of these keys are malformed, and are said to be
        send(bridge, sandbox, "Note", note, attribute_name="content", new_value="x")
    with suppress(ValueError):
        send(bridge, sandbox, "Note", note, attribute_name="tasks", removed=[task.link])

    assert task.issue["summary"] == "Comb the fur"
    assert sandbox.jira.controls.calls.count("DELETE *") == before


@pytest.mark.parametrize("key", ["../project/LAN", "LAN-1?fields=x", "LAN-1/..", "LAN-1/comment"])
def test_an_issue_key_that_leads_elsewhere_is_an_issue_that_does_not_exist(
    sandbox: Sandbox, bridge: Bridge, key: str
) -> None:
    task = create_task(sandbox, "Odd key", sg_sync_in_jira=True, sg_jira_key=key)

    assert switch_on(bridge, sandbox, task) is False
    assert "issue_not_found" in str(bridge.last_skip_reason())


def test_what_somebody_wrote_in_jira_is_neither_rewritten_nor_deleted(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    comment = task.in_jira().comment(task.key, "Mine, hands off.")
    note = note_with_key(sandbox, task, f"{task.key}/{comment}")

    assert not send(bridge, sandbox, "Note", note, attribute_name="content", new_value="x")
    send(bridge, sandbox, "Note", note, attribute_name="tasks", removed=[task.link])

    assert [one["body"] for one in task.comments] == ["Mine, hands off."]


def test_a_clone_of_an_issue_does_not_overwrite_the_task(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    linked = {
        name: task.issue[sandbox.jira.field(name).id] for name in ("Shotgun ID", "Shotgun Type")
    }
    clone = task.in_jira().create_issue(JIRA_KEY, "Task", summary="A clone", **linked)
    event = {
        "webhookEvent": "jira:issue_updated",
        "issue": sandbox.jira.issue(clone),
        "changelog": {"id": "1", "items": [{"fieldId": "summary", "toString": "A clone"}]},
    }

    assert bridge.sync_in_shotgun("default", "issue", clone, event) is False
    assert "issue_of_another_record" in str(bridge.last_skip_reason())
    assert task.task["content"] == "Comb the fur"


@pytest.fixture
def short_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator of Jira allows texts of 500 characters only."""
    for module in (reading, comments):
        monkeypatch.setattr(module, "LONG", 500)


@pytest.mark.usefixtures("short_texts")
def test_a_value_that_jira_refuses_costs_a_first_sync_only_its_field(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    production = sandbox.production
    task = create_task(
        sandbox,
        "Long story",
        sg_sync_in_jira=True,
        sg_description="x" * 600,
        due_date="2027-01-02",
        sg_status_list="ip",
        task_assignees=[production.person("yuki").shotgun],
    )

    assert switch_on(bridge, sandbox, task) is True
    assert task.issue["duedate"] == "2027-01-02"
    assert task.issue["status"]["name"] == "In Progress"
    assert names([{"name": task.issue["assignee"]["displayName"]}]) == {"Yuki Tanabe"}
    assert not task.issue["description"]


@pytest.mark.usefixtures("short_texts")
def test_a_note_that_jira_refuses_does_not_keep_the_others_back(
    sandbox: Sandbox, bridge: Bridge, task: Pair
) -> None:
    for content in ("x" * 600, "Short."):
        data = {"project": sandbox.production.project, "subject": "Fur", "content": content}
        task.in_fptr().create("Note", {**data, "tasks": [task.link]})

    assert switch_on(bridge, sandbox, task) is True
    assert ["Short." in one["body"] for one in task.comments] == [True]


def test_an_issue_names_its_task_although_only_the_edit_screen_has_the_field(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    sandbox.jira.place_field("Shotgun ID", on_create=False, on_edit=True)
    task = create_task(sandbox, "Screens", sg_sync_in_jira=True)

    assert switch_on(bridge, sandbox, task) is True
    assert task.issue[sandbox.jira.field("Shotgun ID").id] == str(task.id)
    assert send(bridge, sandbox, "Task", task.id, attribute_name="content", new_value="Screens")


def test_a_bid_below_zero_is_no_estimate_and_stops_nothing(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    task = create_task(sandbox, "Negative", sg_sync_in_jira=True, est_in_mins=-5)

    assert switch_on(bridge, sandbox, task) is True
    assert task.issue["summary"] == "Negative"
