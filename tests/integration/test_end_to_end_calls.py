"""That the bridge ignores itself, what it costs over the wire, and events that collide.

What each operation costs is in `budgets`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from sg_jira.bridge import Bridge
from sg_jira.demo.service import SETTINGS_NAME, RunningBridge
from sg_jira.sandbox import BridgeCalls, Production, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task
from tests.waiting import wait_until

#: One read in FPTR, one in Jira, one write there.
ONE_FIELD_TO_JIRA = BridgeCalls(
    shotgun={"find Task": 1}, jira={"GET issue/{key}": 1, "PUT issue/{key}": 1}
)
ONE_FIELD_TO_FPTR = BridgeCalls(shotgun={"find Task": 1, "update Task": 1}, jira={})


@pytest.fixture
def pair(sandbox: Sandbox, live_bridge: RunningBridge) -> Pair:
    """A synced Task, with the bridge's caches warm and its calls counted from here on."""
    made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    made.edit_task(sg_description="Warm the caches.", sg_status_list="ip")
    made.edit_issue(duedate="2031-01-01", labels=["night"], summary="Build the pier anew")
    sandbox.forget_calls()
    return made


def test_one_field_to_jira_costs_one_read_on_each_side_and_one_write(pair: Pair) -> None:
    pair.edit_task(sg_description="Deep")

    assert pair.sandbox.bridge_calls() == ONE_FIELD_TO_JIRA


def test_change_in_jira_costs_one_read_and_one_write_in_fptr(pair: Pair) -> None:
    pair.edit_issue(summary="Dig", description="Deep", duedate="2031-02-03")

    assert pair.sandbox.bridge_calls() == ONE_FIELD_TO_FPTR


def test_own_changes_come_back_as_events_and_cost_nothing(pair: Pair) -> None:
    """Without any person's edit: the bridge's accounts change both sides by themselves."""
    sandbox = pair.sandbox
    forwarder = sandbox.forwarder
    assert forwarder is not None
    posted, sent = len(forwarder.deliveries), len(sandbox.jira.webhooks.deliveries)

    sandbox.shotgun.acting_as(sandbox.script).update("Task", pair.id, {"content": "Own change"})
    sandbox.jira.acting_as(sandbox.account).edit(pair.key, description="Own change")
    pair.settle()

    assert len(forwarder.deliveries) == posted + 1
    assert len(sandbox.jira.webhooks.deliveries) == sent + 1
    assert sandbox.bridge_calls().totals == (0, 0)
    assert pair.issue["summary"] == "Build the pier anew"
    assert pair.task["sg_description"] == "Warm the caches."


def test_own_comment_edit_comes_back_and_costs_nothing(pair: Pair) -> None:
    pair.add_note("Planks", "Longer ones, please.")
    (comment,) = pair.comments
    pair.sandbox.forget_calls()

    own = pair.sandbox.jira.acting_as(pair.sandbox.account)
    own.edit_comment(pair.key, comment["id"], "{panel:title=Planks}\nNo.\n{panel}")
    pair.settle()

    assert pair.sandbox.bridge_calls().totals == (0, 0)


def test_events_of_one_creation_at_the_same_time_make_one_issue(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    with unheard(sandbox, live_bridge):
        last = sandbox.shotgun.last_event_id
        task = create_task(sandbox, "Dig", sg_sync_in_jira=True, sg_description="Deep")
        changes = changes_of_tasks(sandbox, last)
        assert len(changes) >= 3
        # The first look at the Task must be over before any of them has made the Issue.
        sandbox.jira.controls.faults.add(
            Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.2, times=None)
        )
        statuses = at_once(changes, lambda event: post(live_bridge.url, event))
    task.settle()

    assert statuses == [200] * len(changes)
    assert len(sandbox.jira.issues(production.jira_key)) == 1
    assert task.issue["summary"] == "Dig"
    assert task.issue["description"] == "Deep"


def test_two_threads_of_a_plain_bridge_make_one_issue(
    sandbox: Sandbox, bridge: Bridge, production: Production
) -> None:
    last = sandbox.shotgun.last_event_id
    task = create_task(sandbox, "Dig", sg_sync_in_jira=True)
    changes = changes_of_tasks(sandbox, last)
    sandbox.jira.controls.faults.add(Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.2))

    with sockets_collected():
        at_once(
            changes,
            lambda event: bridge.sync_in_jira(SETTINGS_NAME, "Task", task.id, event),
        )

    assert len(changes) >= 2
    assert len(sandbox.jira.issues(production.jira_key)) == 1
    assert task.issue["summary"] == "Dig"


def test_answer_lost_after_the_issue_was_made_makes_no_second_one(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="POST issue"))
    task = create_task(sandbox, "Dig")
    task.edit_task(sg_sync_in_jira=True)

    task.edit_task(sg_description="Deep")

    assert len(sandbox.jira.issues(production.jira_key)) == 1
    assert task.issue["description"] == "Deep"


def test_what_happened_while_a_site_was_down_arrives_when_it_is_back(pair: Pair) -> None:
    calls = pair.sandbox.jira.controls.calls
    outage = pair.sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, times=None))
    pair.in_fptr().update("Task", pair.id, {"content": "Dig in the meantime"})
    wait_until(lambda: any(call.status == 503 for call in calls.list()), "a call was refused")
    pair.sandbox.jira.controls.faults.remove(outage)

    pair.settle()

    assert pair.issue["summary"] == "Dig in the meantime"


@contextmanager
def unheard(sandbox: Sandbox, live_bridge: RunningBridge) -> Iterator[None]:
    """What happens on the sites in the meantime is not sent to the bridge, nor later."""
    sandbox.stop_forwarding()
    yield
    sandbox.forward_to(live_bridge.url, SETTINGS_NAME)


def changes_of_tasks(sandbox: Sandbox, after: int) -> list[dict[str, Any]]:
    """The field changes of Tasks in the event log behind this entry."""
    events = sandbox.shotgun.events(after)
    return [event for event in events if event["event_type"] == "Shotgun_Task_Change"]


def post(url: str, event: dict[str, Any]) -> int:
    """Posts an event as the event daemon does; the status of the answer."""
    meta = event["meta"]
    body = {"meta": meta, "user": event["user"], "project": event["project"]}
    place = f"{url}/sg2jira/{SETTINGS_NAME}/{meta['entity_type']}/{meta['entity_id']}"
    return requests.post(place, json=body, timeout=20).status_code


def at_once(events: list[dict[str, Any]], act: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """Does something with each event in a thread of its own, all at the same moment."""
    together = threading.Barrier(len(events))

    def act_together(event: dict[str, Any]) -> Any:
        together.wait(10)
        return act(event)

    with ThreadPoolExecutor(len(events)) as pool:
        return list(pool.map(act_together, events))
