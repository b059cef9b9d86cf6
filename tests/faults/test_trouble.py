"""Sites that are away, overloaded, or lose their answers, while people edit on both of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Production, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.faults.people import People, check_both_sites
from tests.integration.pairs import Pair, create_task
from tests.waiting import wait_until

TOO_MANY: dict[str, Any] = {"status": 429, "headers": {"Retry-After": "1"}}


@pytest.fixture
def flavour() -> Flavour:
    """The trouble does not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.fixture(autouse=True)
def _nothing_lags(monkeypatch: pytest.MonkeyPatch, _scrubbed_environment: None) -> None:
    monkeypatch.setenv("SGJIRA_SEARCH_LAG_SECONDS", "1")


@pytest.fixture
def people(sandbox: Sandbox, live_bridge: RunningBridge) -> People:
    """People at work, with some Tasks that are synced already."""
    some = People(sandbox, random.Random(7))
    for _ in range(6):
        some.new_task()
    assert sandbox.wait_until_quiet(20)
    return some


def settle(sandbox: Sandbox) -> None:
    assert sandbox.wait_until_quiet(90), "The bridge never came to rest."


def readiness(bridge: RunningBridge) -> Any:
    return requests.get(f"{bridge.url}/readyz", timeout=20).json()


@pytest.mark.parametrize("kind", [FaultKind.STATUS, FaultKind.RESET], ids=lambda kind: kind.value)
@pytest.mark.parametrize("away", ["jira", "shotgun"])
def test_everything_arrives_after_a_site_was_away_and_few_calls_were_wasted(
    sandbox: Sandbox, live_bridge: RunningBridge, people: People, away: str, kind: FaultKind
) -> None:
    controls = getattr(sandbox, away).controls
    name = {"jira": "jira", "shotgun": "fptr"}[away]
    outage = controls.faults.add(Fault(kind, times=None))
    for _ in range(40):
        people.do_something()
    wait_until(
        lambda: readiness(live_bridge)["breakers"][name]["position"] != "closed",
        "the breaker opens",
    )
    failed = sum(call.status in (0, 503) for call in controls.calls.list(caller="?*"))
    controls.faults.remove(outage)
    settle(sandbox)

    assert failed < 20, "an open breaker lets a single key look now and then"
    assert readiness(live_bridge)["breakers"][name]["position"] == "closed"
    check_both_sites(sandbox, people)


def test_everything_arrives_though_many_calls_are_too_many(
    sandbox: Sandbox, people: People
) -> None:
    limit = sandbox.jira.controls.faults.add(
        Fault(FaultKind.STATUS, chance=0.3, times=None, **TOO_MANY)
    )
    for _ in range(30):
        people.do_something()
    wait_until(
        lambda: sum(call.status == 429 for call in sandbox.jira.controls.calls.list()) > 5,
        "calls were limited",
    )
    sandbox.jira.controls.faults.remove(limit)
    settle(sandbox)

    check_both_sites(sandbox, people)


def test_nothing_is_made_twice_though_answers_are_lost(sandbox: Sandbox, people: People) -> None:
    lost = [
        site.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint=endpoint, times=times))
        for site, endpoint, times in (
            (sandbox.jira, "POST issue", 3),
            (sandbox.jira, "POST issue/{key}/comment", 3),
            (sandbox.jira, "PUT issue/{key}", 3),
            (sandbox.shotgun, "update Task", 3),
            (sandbox.shotgun, "update Note", 2),
        )
    ]
    for _ in range(40):
        people.do_something()
    settle(sandbox)

    assert not any(fault.times for fault in lost), "all answers were lost that should be"
    check_both_sites(sandbox, people)


def test_flapping_sites_lose_nothing(sandbox: Sandbox, people: People) -> None:
    for site in (sandbox.jira, sandbox.shotgun, sandbox.jira):
        flap = site.controls.faults.add(Fault(FaultKind.STATUS, chance=0.5, times=None))
        for _ in range(8):
            people.do_something()
        wait_until(lambda: not people.sandbox.idle, "work is under way")
        site.controls.faults.remove(flap)
    settle(sandbox)

    check_both_sites(sandbox, people)


def test_an_assignee_removed_and_another_added_both_stand_after_a_refused_write(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    pair = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    pair.settle()
    pair.edit_task(task_assignees=[production.person("jonas").shotgun])
    limit = sandbox.jira.controls.faults.add(
        Fault(FaultKind.STATUS, endpoint="PUT issue/{key}", times=1, **TOO_MANY)
    )
    pair.in_fptr().update("Task", pair.id, {"task_assignees": []})
    wait_until(lambda: limit.times == 0, "the write was refused")
    pair.edit_task(task_assignees=[production.person("tomas").shotgun])

    assert pair.issue["assignee"]["emailAddress"] == production.person("tomas").email


def test_while_one_issue_is_limited_other_pairs_are_served(
    sandbox: Sandbox, live_bridge: RunningBridge
) -> None:
    limited, free = (create_task(sandbox, name, sg_sync_in_jira=True) for name in ("a", "b"))
    free.settle()
    headers = {"Retry-After": "600", "RateLimit-Reason": "jira-per-issue-on-write"}
    limit = sandbox.jira.controls.faults.add(
        Fault(FaultKind.STATUS, endpoint="PUT issue/{key}", status=429, headers=headers)
    )
    limited.in_fptr().update("Task", limited.id, {"content": "limited"})
    wait_until(lambda: limit.times == 0, "the write was refused")
    free.in_fptr().update("Task", free.id, {"content": "free"})

    wait_until(summary_is(free, "free"), "the other pair is synced")
    (blocked,) = readiness(live_bridge)["inbox"]["blocked"]
    assert (blocked["ordering_key"], blocked["reason"]) == (f"Task:{limited.id}", "rate_limited")


def summary_is(pair: Pair, text: str) -> Callable[[], bool]:
    return lambda: pair.issue["summary"] == text


def test_a_poisoned_event_stands_alone_until_its_cause_is_mended_and_it_is_replayed(
    sandbox: Sandbox, live_bridge: RunningBridge
) -> None:
    poisoned, healthy = (create_task(sandbox, name, sg_sync_in_jira=True) for name in ("a", "b"))
    healthy.settle()
    refusal = sandbox.jira.controls.faults.add(
        Fault(FaultKind.STATUS, endpoint="PUT issue/{key}", status=400, times=3)
    )
    poisoned.in_fptr().update("Task", poisoned.id, {"content": "mended"})
    wait_until(lambda: refusal.times == 0, "it was refused three times")
    healthy.edit_task(content="healthy")
    assert healthy.issue["summary"] == "healthy"

    url = f"{live_bridge.url}/admin/events"
    (dead,) = requests.get(f"{url}?state=dead", timeout=10).json()["events"]
    assert (dead["ordering_key"], dead["reason"]) == (f"Task:{poisoned.id}", "site_refused")
    assert requests.post(f"{url}/{dead['seq']}/replay", timeout=10).ok
    poisoned.settle()
    assert poisoned.issue["summary"] == "mended"
