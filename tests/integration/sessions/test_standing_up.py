"""A worker that waits for a site lets others compute."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sg_jira import seats
from sg_jira.bridge import Bridge
from sg_jira.sandbox import Production, Sandbox

LATENCY = 0.3


@pytest.fixture(autouse=True)
def _no_taking_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats._seat, "_longest", 1000)


def others_compute_during(call: Callable[[], object]) -> bool:
    """Whether another worker could sit down before the call was answered."""
    happened: list[str] = []

    def compute() -> None:
        with seats.computing():
            happened.append("another one sat")

    with seats.computing():
        other = threading.Thread(target=compute)
        other.start()
        call()
        happened.append("answered")
    other.join(10)
    return happened == ["another one sat", "answered"]


def test_who_calls_fptr_stands_up(bridge: Bridge, sandbox: Sandbox) -> None:
    sandbox.shotgun.controls.faults.latency = LATENCY

    assert others_compute_during(lambda: bridge.shotgun.find_one("Task", [], ["content"]))


def test_who_calls_jira_stands_up(bridge: Bridge, sandbox: Sandbox, production: Production) -> None:
    sandbox.jira.controls.faults.latency = LATENCY

    assert others_compute_during(lambda: bridge.jira.project(production.jira_key))


def test_who_computes_does_not() -> None:
    assert not others_compute_during(lambda: sum(range(1000)))
