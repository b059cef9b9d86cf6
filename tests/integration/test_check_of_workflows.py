"""What `sg-jira check` tells of mapped statuses that no transition leads to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.jira import Transition
from tests.integration.test_check_of_sites import of_state, told
from tests.integration.test_generic_check import check
from tests.integration.test_generic_family import MAPPING

#: Around from To Do, and from everywhere to Closed; nothing leads to Backlog or Open.
ONE_WAY = (
    Transition("Start", "In Progress", ("To Do", "Backlog", "Open")),
    Transition("Finish", "Done", ("In Progress",)),
    Transition("Again", "To Do", ("Done",)),
    Transition("Shelve", "Closed"),
)


@pytest.fixture
def one_way(sandbox: Sandbox) -> Sandbox:
    """Both sites, their project with a workflow that goes one way."""
    sandbox.jira.set_workflow("LAN", ONE_WAY)
    return sandbox


def moved(site: Sandbox, *path: str) -> str:
    """A new Task in Jira that somebody moves from status to status."""
    actor = site.jira.acting_as(site.production.producer.jira)
    key = actor.create_issue("LAN", "Task", summary="Sail")
    for status in path:
        actor.transition(key, status)
    return key


def ways(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in checks if "transition" in one["message"]]


def test_an_administrator_of_cloud_is_told_what_no_transition_leads_to(
    tmp_path: Path, one_way: Sandbox
) -> None:
    code, checks = told(tmp_path, one_way)

    (found,) = ways(checks)
    assert code == 0  # it may be meant
    assert (found["topic"], found["state"]) == ("Project LAN", "warning")
    if not one_way.flavour.is_cloud:
        assert "cannot be told" in found["message"]
        return
    assert found["message"] == "no transition leads a Task to Backlog, Open."
    assert "Add one to the workflow, or map the FPTR statuses to others" in found["remedy"]


def test_others_are_told_once_issues_of_each_status_were_looked_at(
    tmp_path: Path, one_way: Sandbox
) -> None:
    one_way.jira.forbid(one_way.account, "ADMINISTER")
    for path in ((), ("In Progress",), ("In Progress", "Done"), ("Closed",)):
        moved(one_way, *path)

    _, checks = told(tmp_path, one_way)
    (found,) = ways(checks)
    assert "whether a transition leads a Task to Backlog, Open cannot be told" in found["message"]
    assert "none is in Backlog, Open, so that" in found["message"]

    one_way.jira.set_workflow("LAN", ONE_WAY, initial="Backlog")
    moved(one_way)
    one_way.jira.set_workflow("LAN", ONE_WAY, initial="Open")
    moved(one_way)

    _, checks = told(tmp_path, one_way)
    (found,) = ways(checks)
    assert found["state"] == "warning"
    assert "account no transition of a Task to Backlog, Open, whatever" in found["message"]


def test_a_status_with_issues_that_were_not_among_those_looked_at_is_named(
    tmp_path: Path, one_way: Sandbox
) -> None:
    one_way.jira.forbid(one_way.account, "ADMINISTER")
    for status in ("In Progress", "Done", "Closed", "Backlog", "Open", "To Do"):
        one_way.jira.set_workflow("LAN", ONE_WAY, initial=status)
        for _ in range(20):
            moved(one_way)
    one_way.forget_calls()

    _, checks = told(tmp_path, one_way)

    (found,) = ways(checks)
    assert "none of those looked at is in In Progress, and Jira shows" in found["message"]
    searches = [one for one in one_way.bridge_calls().jira.items() if "search" in one[0]]
    assert sum(number for name, number in searches if "workflow" not in name) == 5


def test_statuses_that_issues_can_be_moved_to_cost_one_call(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    moved(sandbox)
    moved(sandbox, "In Progress")
    sandbox.forget_calls()

    _, checks = told(tmp_path, sandbox)

    (found,) = ways(checks)
    assert found["state"] == "ok"
    assert "transitions lead a Task to all" in found["message"]
    path = "GET search/jql" if sandbox.flavour.is_cloud else "GET search"
    counted = sandbox.bridge_calls().jira
    assert counted[path] == 1
    assert not [name for name in counted if "workflow" in name]


def test_a_status_that_is_not_in_the_settings_or_only_comes_from_jira_is_not_told(
    tmp_path: Path, one_way: Sandbox
) -> None:
    def said(direction: str) -> str:
        mapping = json.loads(json.dumps(MAPPING))
        status = next(one for one in mapping if one["sg_entity"] == "Task")["status_mapping"]
        status.update(sync_direction=direction, mapping={"wtg": "Open", "fin": "Done"})
        entry = {
            "syncer": "sg_jira.EntitiesGenericSyncer",
            "settings": {"entity_mapping": mapping},
        }
        return check(tmp_path, {"entities": entry}, site=one_way).output

    for direction in ("both_way", "sg_to_jira"):
        (line,) = (one for one in said(direction).splitlines() if "leads a Task to" in one)
        assert "Open" in line.partition("cannot be told")[0]
        assert "Backlog" not in line.partition("cannot be told")[0]
    assert "leads a Task to" not in said("jira_to_sg")


def test_without_the_right_to_move_issues_only_that_is_told(
    tmp_path: Path, one_way: Sandbox
) -> None:
    one_way.jira.forbid(one_way.account, "TRANSITION_ISSUES")

    _, checks = told(tmp_path, one_way)

    assert "lacks Transition Issues" in of_state(checks, "failure")
    assert not ways(checks)


def test_a_search_that_jira_refuses_ends_as_something_that_could_not_be_looked_at(
    tmp_path: Path, one_way: Sandbox
) -> None:
    one_way.jira.controls.faults.add(Fault(FaultKind.STATUS, endpoint="GET search*"))

    _, checks = told(tmp_path, one_way)

    (found,) = ways(checks)
    assert "the transitions of a Task could not be looked at" in found["message"]
