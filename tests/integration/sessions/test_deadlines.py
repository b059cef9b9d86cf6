"""Calls that a site answers too slowly, in whatever pieces."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sg_jira import deadlines
from sg_jira.bridge import Bridge
from sg_jira.sandbox import Flavour, Production, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind

LIMIT = 0.3
DRIP = Fault(FaultKind.DRIP, seconds=20, times=None)


@pytest.fixture
def flavour() -> Flavour:
    return Flavour.CLOUD


@pytest.fixture(autouse=True)
def _short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "TOTAL", LIMIT)


def test_a_dripping_answer_of_jira_ends_at_the_deadline(
    bridge: Bridge, sandbox: Sandbox, production: Production
) -> None:
    sandbox.jira.controls.faults.add(DRIP)

    with pytest.raises(TimeoutError, match="no complete answer within"):
        bridge.jira.project(production.jira_key)

    sandbox.jira.controls.faults.clear()
    assert bridge.jira.project(production.jira_key).key == production.jira_key


def test_a_dripping_answer_of_fptr_ends_at_the_deadline(bridge: Bridge, sandbox: Sandbox) -> None:
    sandbox.shotgun.controls.faults.add(DRIP)

    with pytest.raises(TimeoutError, match="no complete answer within"):
        bridge.shotgun.find_one("Task", [], ["content"])

    sandbox.shotgun.controls.faults.clear()
    assert bridge.shotgun.find_one("Task", [], ["content"])


def test_a_site_that_says_nothing_ends_at_the_deadline_too(
    bridge: Bridge, sandbox: Sandbox, production: Production
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.SLOW, seconds=1.5))

    with pytest.raises(TimeoutError):
        bridge.jira.project(production.jira_key)


def test_deadlines_expire_each_at_its_own_time_and_need_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expired: list[str] = []
    told = {name: threading.Event() for name in ("late", "soon")}

    def shut(name: str) -> None:
        expired.append(name)
        told[name].set()

    monkeypatch.setattr(deadlines, "_shut", shut)

    def call(name: str, seconds: float) -> None:
        with deadlines.total_deadline(seconds):
            deadlines.watch_socket(name)  # type: ignore[arg-type]
            assert told[name].wait(10)

    with deadlines.total_deadline(60), ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(call, "late", 0.2), threads.submit(call, "soon", 0.05)]
        assert all(isinstance(each.exception(), TimeoutError) for each in calls)

    assert expired == ["soon", "late"]
    assert [thread.name for thread in threading.enumerate()].count("deadlines") == 1
