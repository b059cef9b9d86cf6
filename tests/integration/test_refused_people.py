"""Who was found in Jira is remembered, until Jira refuses somebody; several may look at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from jira.exceptions import JIRAError

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.running_example import running_example
from tests.integration.test_generic_family import Studio, Wait
from tests.integration.upkeep import FAMILIES, Upkeep

SEARCH = "GET user/assignable/search"


@pytest.fixture
def flavour() -> Flavour:
    """It does not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.mark.parametrize("family", list(FAMILIES))
def test_an_assignee_whom_jira_refuses_is_looked_up_anew(sandbox: Sandbox, family: str) -> None:
    upkeep = Upkeep(sandbox, family)
    task = upkeep.task()
    jonas = sandbox.production.person("jonas")
    task.in_fptr().update("Task", task.id, {"task_assignees": [jonas.shotgun]})
    refusal = Fault(FaultKind.STATUS, endpoint="PUT issue/{key}", status=400)
    sandbox.jira.controls.faults.add(refusal)
    (event,) = [one for one in upkeep.events() if one["meta"]["entity_type"] == "Task"]
    with suppress(JIRAError):  # the family of Tasks leaves it to the next try
        upkeep.hear(event)
    sandbox.forget_calls()

    upkeep.hear(event)
    upkeep.bridge.close()
    assert sandbox.bridge_calls().jira[SEARCH] == 1
    assert task.issue["assignee"]["displayName"] == jonas.name


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_search_that_fails_for_one_event_fails_for_no_other(
    sandbox: Sandbox, tmp_path: Path, wait_until_quiet: Wait, family: str
) -> None:
    jonas = sandbox.production.person("jonas")
    entry = FAMILIES[family]
    with running_example(sandbox, tmp_path, entry["syncer"], **entry["settings"]) as url:
        studio = Studio(sandbox, wait_until_quiet, url)
        tasks = [
            studio.create("Task", content=content, sg_sync_in_jira=True) for content in ("a", "b")
        ]
        sandbox.jira.controls.faults.latency = 0.2  # so that the second waits for the first
        sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, endpoint=SEARCH, status=503))
        for task in tasks:
            studio.in_fptr().update("Task", task["id"], {"task_assignees": [jonas.shotgun]})
        studio.settle()

    assert [studio.fields(task)["assignee"]["displayName"] for task in tasks] == [jonas.name] * 2
