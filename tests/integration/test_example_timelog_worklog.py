"""The TimeLog example between both sites, with their real clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from sg_jira.sandbox import Production, Sandbox
from sg_jira.sandbox.jira import JiraActor
from sg_jira.sandbox.shotgun import Actor, Entity
from sg_jira.web.http import HTTPServer
from tests.integration.running_example import running_example
from tests.settings_files import REPOSITORY


@pytest.fixture(autouse=True)
def _running(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    with running_example(sandbox, tmp_path, "timelog_worklog.TimelogWorklogSyncer"):
        yield


@pytest.fixture
def ines(sandbox: Sandbox, production: Production) -> Actor:
    return sandbox.shotgun.acting_as(production.person("ines").shotgun)


@pytest.fixture
def priya_in_jira(sandbox: Sandbox, production: Production) -> JiraActor:
    account = production.person("priya").jira
    assert account is not None
    return sandbox.jira.acting_as(account)


@pytest.fixture
def issue_key(
    sandbox: Sandbox, production: Production, wait_until_quiet: Callable[[], None]
) -> str:
    """The key of the Issue of "Model Pip", whose two TimeLogs came along."""
    return switch_on(sandbox, production, "Model Pip", wait_until_quiet)


def switch_on(
    sandbox: Sandbox, production: Production, task: str, wait_until_quiet: Callable[[], None]
) -> str:
    producer = sandbox.shotgun.acting_as(production.producer.shotgun)
    task_id = production.tasks[task]["id"]
    producer.update("Task", task_id, {"sg_sync_in_jira": True})
    wait_until_quiet()
    key: str = sandbox.shotgun.record("Task", task_id)["sg_jira_key"]
    return key


def timelogs(sandbox: Sandbox, task: Entity) -> list[dict[str, Any]]:
    return sandbox.shotgun.records("TimeLog", entity=task)


def test_the_timelogs_of_a_task_that_is_switched_on_are_worklogs(
    sandbox: Sandbox, production: Production, issue_key: str
) -> None:
    worklogs = sandbox.jira.worklogs(issue_key)

    assert [(one["timeSpentSeconds"], one["comment"]) for one in worklogs] == [
        (480 * 60, "Blocking"),
        (420 * 60, "Paws and head"),
    ]
    assert [one["sg_jira_key"] for one in timelogs(sandbox, production.tasks["Model Pip"])] == [
        f"{issue_key}/{one['id']}" for one in worklogs
    ]


def test_a_timelog_made_in_fptr_is_one_worklog(
    sandbox: Sandbox,
    production: Production,
    ines: Actor,
    issue_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    made = ines.create(
        "TimeLog",
        {
            "project": production.project,
            "entity": production.tasks["Model Pip"],
            "date": "2024-11-05",
            "duration": 45,
            "description": "Whiskers",
        },
    )
    wait_until_quiet()

    worklogs = sandbox.jira.worklogs(issue_key)
    assert len(worklogs) == 3
    assert (worklogs[-1]["comment"], worklogs[-1]["timeSpentSeconds"]) == ("Whiskers", 45 * 60)
    key = sandbox.shotgun.record("TimeLog", made["id"])["sg_jira_key"]
    assert key == f"{issue_key}/{worklogs[-1]['id']}"


def test_edits_and_deletion_in_fptr_arrive(
    sandbox: Sandbox,
    production: Production,
    ines: Actor,
    issue_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    first, second = timelogs(sandbox, production.tasks["Model Pip"])

    ines.update("TimeLog", first["id"], {"duration": 30, "description": "Less"})
    ines.delete("TimeLog", second["id"])
    wait_until_quiet()

    [left] = sandbox.jira.worklogs(issue_key)
    assert (left["timeSpentSeconds"], left["comment"]) == (1800, "Less")


def test_a_timelog_moves_with_its_worklog_and_stays_alive(
    sandbox: Sandbox,
    production: Production,
    ines: Actor,
    issue_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    other = production.tasks["Model Old Nerys"]
    other_key = switch_on(sandbox, production, "Model Old Nerys", wait_until_quiet)
    moved, _ = timelogs(sandbox, production.tasks["Model Pip"])

    ines.update("TimeLog", moved["id"], {"entity": other})
    wait_until_quiet()

    assert len(sandbox.jira.worklogs(issue_key)) == 1
    [worklog] = sandbox.jira.worklogs(other_key)
    [timelog] = timelogs(sandbox, other)
    assert timelog["sg_jira_key"] == f"{other_key}/{worklog['id']}"

    ines.update("TimeLog", moved["id"], {"entity": production.tasks["Model Harbour"]})
    wait_until_quiet()

    assert sandbox.jira.worklogs(other_key) == []
    assert not timelogs(sandbox, production.tasks["Model Harbour"])[0]["sg_jira_key"]


def test_work_logged_in_jira_is_a_timelog_of_the_same_person(
    sandbox: Sandbox,
    production: Production,
    priya_in_jira: JiraActor,
    issue_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    started = datetime(2024, 11, 5, 9, 30, tzinfo=timezone.utc)
    number = priya_in_jira.log_work(issue_key, 3600, started=started)
    wait_until_quiet()

    made = timelogs(sandbox, production.tasks["Model Pip"])[-1]
    assert made["sg_jira_key"] == f"{issue_key}/{number}"
    assert (made["duration"], made["date"]) == (60, "2024-11-05")
    assert made["description"] == "New JIRA Timelog"
    assert made["user"]["id"] == production.person("priya").shotgun["id"]

    priya_in_jira.edit_worklog(issue_key, number, seconds=7200, comment="Fur")
    wait_until_quiet()

    made = timelogs(sandbox, production.tasks["Model Pip"])[-1]
    assert (made["duration"], made["description"]) == (120, "Fur")

    priya_in_jira.delete_worklog(issue_key, number)
    wait_until_quiet()

    assert len(timelogs(sandbox, production.tasks["Model Pip"])) == 2


def test_a_worklog_of_the_bridge_edited_in_jira_keeps_its_user(
    sandbox: Sandbox,
    production: Production,
    priya_in_jira: JiraActor,
    issue_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    before, _ = timelogs(sandbox, production.tasks["Model Pip"])
    number = before["sg_jira_key"].partition("/")[2]

    priya_in_jira.edit_worklog(issue_key, number, seconds=7200)
    wait_until_quiet()

    after, _ = timelogs(sandbox, production.tasks["Model Pip"])
    assert after["duration"] == 120
    assert (after["user"], after["date"]) == (before["user"], before["date"])
