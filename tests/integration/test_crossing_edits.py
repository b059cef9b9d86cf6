"""The same field is edited on both sites at the same moment: both end equal, and all is quiet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.pairs import Pair, create_task


@pytest.fixture
def pair(sandbox: Sandbox, live_bridge: RunningBridge) -> Pair:
    made = create_task(sandbox, "Cross the river", sg_sync_in_jira=True)
    made.settle()
    sandbox.forget_calls()
    return made


def at_once(*edits: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=edit) for edit in edits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("slow", ["fptr", "jira", "neither"])
@pytest.mark.parametrize(
    ("in_fptr", "in_jira", "field"),
    [
        ({"due_date": "2031-02-03"}, {"duedate": "2032-03-04"}, ("due_date", "duedate")),
        ({"content": "Swim"}, {"summary": "Row"}, ("content", "summary")),
    ],
    ids=["due date", "title"],
)
def test_crossing_edits_of_a_field_end_equal(
    sandbox: Sandbox, pair: Pair, slow: str, in_fptr: Any, in_jira: Any, field: Any
) -> None:
    for site, name in ((sandbox.shotgun, "fptr"), (sandbox.jira, "jira")):
        if name == slow:
            site.controls.faults.add(Fault(FaultKind.SLOW, times=6, seconds=0.1))

    at_once(
        lambda: pair.in_fptr().update("Task", pair.id, in_fptr),
        lambda: pair.in_jira().edit(pair.key, **in_jira),
    )
    pair.settle()

    ours, theirs = field
    assert pair.task[ours] == pair.issue[theirs]
    assert pair.task[ours] in (in_fptr[ours], in_jira[theirs])


def test_a_status_that_crosses_another_ends_equal(pair: Pair) -> None:
    at_once(
        lambda: pair.in_fptr().update("Task", pair.id, {"sg_status_list": "ip"}),
        lambda: pair.in_jira().transition(pair.key, "Done"),
    )
    pair.settle()

    names = {"ip": "In Progress", "fin": "Done"}
    assert names[pair.task["sg_status_list"]] == pair.issue["status"]["name"]


def test_a_second_edit_of_the_same_field_right_after_arrives_whichever_side_it_is_made_on(
    sandbox: Sandbox, pair: Pair
) -> None:
    pair.edit_task(due_date="2031-02-03")
    pair.edit_issue(duedate="2031-02-04")
    assert pair.task["due_date"] == "2031-02-04"

    pair.edit_task(due_date="2031-02-05")
    assert pair.issue["duedate"] == "2031-02-05"


def test_what_the_bridge_writes_comes_back_without_a_call(sandbox: Sandbox, pair: Pair) -> None:
    pair.edit_task(due_date="2031-02-03")

    assert sandbox.bridge_calls().totals == (1, 2)
