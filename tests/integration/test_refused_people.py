"""Who was found in Jira is remembered, until Jira refuses somebody."""

from __future__ import annotations

from contextlib import suppress

import pytest
from jira.exceptions import JIRAError

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
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
