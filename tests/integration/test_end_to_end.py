"""Tasks and Issues kept in step by the real service over real HTTP, field by field, both ways."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sg_jira.constants import TASK_ISSUE_STATUS_MAPPING
from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Production, Sandbox
from sg_jira.sandbox.jira import Transition
from sg_jira.sandbox.jira.catalog import IN_PROGRESS
from tests.integration.pairs import Pair, create_task, names


@pytest.fixture
def pair(sandbox: Sandbox, live_bridge: RunningBridge) -> Pair:
    """A plain Task that is synced, without assignee, tags and dates."""
    made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    return made


@pytest.fixture
def rich_pair(sandbox: Sandbox, live_bridge: RunningBridge, production: Production) -> Pair:
    """A Task of the production with a value in every field, after its flag was turned on."""
    chosen = Pair(sandbox, production.tasks["Rig Pip"]["id"])
    chosen.edit_task(sg_sync_in_jira=True)
    return chosen


TO_JIRA = [
    pytest.param({"content": "Build the long pier"}, "summary", "Build the long pier", id="title"),
    pytest.param(
        {"sg_description": "Wood,\nstone & {rope}"},
        "description",
        "Wood,\nstone & {rope}",
        id="description",
    ),
    pytest.param({"due_date": "2031-02-03"}, "duedate", "2031-02-03", id="due date"),
]


@pytest.mark.parametrize(("edit", "jira_field", "expected"), TO_JIRA)
def test_change_in_fptr_arrives_in_jira(
    pair: Pair, edit: dict[str, Any], jira_field: str, expected: str
) -> None:
    pair.edit_task(**edit)

    assert pair.issue[jira_field] == expected


def test_estimate_goes_to_jira(pair: Pair) -> None:
    pair.edit_task(est_in_mins=90)

    assert pair.issue["timetracking"]["originalEstimateSeconds"] == 90 * 60


def test_assignee_goes_to_jira(pair: Pair, production: Production) -> None:
    pair.edit_task(task_assignees=[production.person("jonas").shotgun])

    assert pair.issue["assignee"]["emailAddress"] == production.person("jonas").email


def test_assignee_taken_away_in_fptr_is_taken_away_in_jira(
    rich_pair: Pair, production: Production
) -> None:
    rich_pair.edit_task(task_assignees=[production.person("tomas").shotgun])
    rich_pair.edit_task(task_assignees=[])

    assert rich_pair.issue["assignee"] is None


def test_tags_go_to_jira_and_labels_set_there_survive(pair: Pair, production: Production) -> None:
    pair.edit_issue(labels=["set-in-jira"])

    pair.edit_task(tags=[production.tags["fur"], production.tags["night"]])
    pair.edit_task(tags=[production.tags["night"]])

    assert set(pair.issue["labels"]) == {"set-in-jira", "night"}


def test_cc_becomes_watchers(pair: Pair, production: Production) -> None:
    luca, yuki = production.person("luca"), production.person("yuki")
    pair.edit_task(addressings_cc=[luca.shotgun, yuki.shotgun])
    assert watchers(pair) == {luca.email, yuki.email}

    pair.edit_task(addressings_cc=[yuki.shotgun])

    assert watchers(pair) == {yuki.email}


def watchers(pair: Pair) -> set[str]:
    """E-mails of those who watch the Issue, as a person's client is told."""
    account = pair.sandbox.production.producer.jira
    assert account is not None
    login = pair.sandbox.jira.credentials(account)
    with requests.Session() as session:
        url = f"{pair.sandbox.jira.url}/rest/api/2/issue/{pair.key}/watchers"
        answer = session.get(url, auth=(login.user, login.secret), timeout=10).json()
    return {person["emailAddress"] for person in answer["watchers"]}


@pytest.mark.parametrize(("code", "name"), TASK_ISSUE_STATUS_MAPPING.items())
def test_status_goes_to_jira(pair: Pair, code: str, name: str) -> None:
    pair.edit_task(sg_status_list="rdy" if code != "rdy" else "ip")

    pair.edit_task(sg_status_list=code)

    assert pair.issue["status"]["name"] == name


TO_FPTR = [
    pytest.param({"summary": "Build two piers"}, "content", "Build two piers", id="title"),
    pytest.param(
        {"description": "Two,\n*not* one"}, "sg_description", "Two,\n*not* one", id="description"
    ),
    pytest.param({"description": ""}, "sg_description", "", id="no description"),
    pytest.param({"duedate": "2031-02-03"}, "due_date", "2031-02-03", id="due date"),
    pytest.param({"duedate": None}, "due_date", None, id="no due date"),
    pytest.param({"timetracking": "1d 2h"}, "est_in_mins", 600, id="estimate"),
]


@pytest.mark.parametrize(("edit", "sg_field", "expected"), TO_FPTR)
def test_change_in_jira_arrives_in_fptr(
    rich_pair: Pair, edit: dict[str, Any], sg_field: str, expected: Any
) -> None:
    rich_pair.edit_issue(**edit)

    assert (rich_pair.task[sg_field] or "") == (expected or "")


def test_labels_come_to_fptr(rich_pair: Pair) -> None:
    rich_pair.edit_issue(labels=["fur", "water"])

    assert names(rich_pair.task["tags"]) == {"fur", "water"}


def test_label_without_a_tag_is_left_out(rich_pair: Pair) -> None:
    rich_pair.edit_issue(labels=["hero", "no-such-tag", "water"])

    assert names(rich_pair.task["tags"]) == {"hero", "water"}


def test_assignee_comes_to_fptr_and_others_stay(rich_pair: Pair, production: Production) -> None:
    assert names(rich_pair.task["task_assignees"]) == {"Jonas Albrecht", "Tomás Quiroga"}

    rich_pair.edit_issue(assignee=production.person("yuki").jira)

    assert names(rich_pair.task["task_assignees"]) == {"Tomás Quiroga", "Yuki Tanabe"}


@pytest.mark.parametrize(("code", "name"), TASK_ISSUE_STATUS_MAPPING.items())
def test_status_comes_to_fptr(pair: Pair, code: str, name: str) -> None:
    pair.edit_task(sg_status_list="rdy" if code != "rdy" else "ip")

    pair.in_jira("tomas").transition(pair.key, name)
    pair.settle()

    assert pair.task["sg_status_list"] == code


def test_person_unknown_to_jira_is_not_assigned_there_and_stays_in_fptr(
    pair: Pair, production: Production
) -> None:
    pair.edit_task(task_assignees=[production.person("odette").shotgun])

    assert pair.issue["assignee"] is None
    assert names(pair.task["task_assignees"]) == {"Odette Vance"}


def test_person_unknown_to_fptr_is_not_assigned_there_but_the_rest_arrives(
    rich_pair: Pair, sandbox: Sandbox
) -> None:
    stranger = sandbox.jira.add_person("Kit Marlow", "kit@elsewhere.example")

    rich_pair.edit_issue(assignee=stranger, summary="Rig Pip elsewhere")

    assert rich_pair.task["content"] == "Rig Pip elsewhere"
    assert "Kit Marlow" not in names(rich_pair.task["task_assignees"])
    assert rich_pair.issue["assignee"]["displayName"] == "Kit Marlow"


def test_status_without_mapping_changes_nothing_in_jira(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(TASK_ISSUE_STATUS_MAPPING, "hld")

    pair.edit_task(sg_status_list="hld", content="Build the pier later")

    assert pair.issue["status"]["name"] == "To Do"
    assert pair.issue["summary"] == "Build the pier later"
    assert pair.task["sg_status_list"] == "hld"


def test_status_without_mapping_changes_nothing_in_fptr(pair: Pair, sandbox: Sandbox) -> None:
    sandbox.jira.add_status("In Review", IN_PROGRESS)
    sandbox.jira.set_workflow(sandbox.production.jira_key, [Transition("Review", "In Review")])

    pair.in_jira("tomas").transition(pair.key, "In Review")
    pair.settle()

    assert pair.task["sg_status_list"] == "wtg"
    assert pair.issue["status"]["name"] == "In Review"


def test_label_with_a_blank_is_refused_and_the_task_keeps_it(
    pair: Pair, production: Production
) -> None:
    pair.edit_task(tags=[production.tags["client review"], production.tags["crowd"]])

    assert pair.issue["labels"] == ["crowd"]
    assert names(pair.task["tags"]) == {"client review", "crowd"}


def test_long_title_is_cut_in_jira_only(pair: Pair) -> None:
    title = "Build a pier that goes on" + " and on" * 40

    pair.edit_task(content=title)
    pair.edit_issue(description="It is long.")

    summary = pair.issue["summary"]
    assert len(summary) == 255
    assert title.startswith(summary.removesuffix("... [see Shotgun]."))
    assert pair.task["content"] == title


def test_task_created_with_the_flag_on_arrives_with_everything(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    new = create_task(
        sandbox,
        "Paint the pier",
        sg_sync_in_jira=True,
        sg_description="Blue, then grey.",
        sg_status_list="ip",
        task_assignees=[production.person("priya").shotgun],
        addressings_cc=[production.person("luca").shotgun],
        tags=[production.tags["water"], production.tags["night"]],
        due_date="2031-02-03",
        est_in_mins=240,
    )
    new.settle()

    issue = new.issue
    assert issue["summary"] == "Paint the pier"
    assert issue["description"] == "Blue, then grey."
    assert issue["status"]["name"] == "In Progress"
    assert issue["assignee"]["emailAddress"] == production.person("priya").email
    assert issue["reporter"]["emailAddress"] == production.producer.email
    assert set(issue["labels"]) == {"water", "night"}
    assert issue["duedate"] == "2031-02-03"
    assert issue["timetracking"]["originalEstimateSeconds"] == 240 * 60
    assert watchers(new) == {production.person("luca").email}
    assert len(sandbox.jira.issues(production.jira_key)) == 1


def test_pair_is_linked_both_ways(rich_pair: Pair, sandbox: Sandbox) -> None:
    field = sandbox.jira.field
    issue, task = rich_pair.issue, rich_pair.task

    assert issue[field("Shotgun Type").id] == "Task"
    assert issue[field("Shotgun ID").id] == str(rich_pair.id)
    assert issue[field("Shotgun URL").id] == f"{sandbox.shotgun.url}/detail/Task/{rich_pair.id}"
    assert task["sg_jira_url"]["url"] == f"{sandbox.jira.url}/browse/{rich_pair.key}"
    assert task["sg_jira_url"]["name"] == "View in Jira"


def test_task_whose_flag_is_off_stays_out_of_jira(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    task = create_task(sandbox, "Sharpen pencils")
    task.edit_task(sg_status_list="ip")

    assert task.task["sg_jira_key"] is None
    assert sandbox.jira.issues(production.jira_key) == []


def test_deleted_issue_is_made_anew_once_its_key_is_cleared(
    rich_pair: Pair, sandbox: Sandbox, production: Production
) -> None:
    old = rich_pair.key
    rich_pair.in_jira("jonas").delete_issue(old)
    rich_pair.settle()
    rich_pair.edit_task(sg_description="Nobody gets this.")
    assert sandbox.jira.issues(production.jira_key) == []

    rich_pair.edit_task(sg_jira_key=None)
    rich_pair.edit_task(sg_description="Once more.")

    assert rich_pair.key != old
    assert rich_pair.issue["description"] == "Once more."
    assert rich_pair.issue["summary"] == "Rig Pip"
