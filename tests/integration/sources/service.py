"""A bridge between the sites of a sandbox that can be ended and started again on its own store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Sandbox
from tests.conftest import sockets_collected
from tests.integration.pairs import PATIENCE


@contextmanager
def service(sandbox: Sandbox, folder: Path, **options: Any) -> Iterator[RunningBridge]:
    """The web service, running, with the store that it left in the folder; all is forwarded."""
    bridge = RunningBridge(sandbox, folder, **options)
    try:
        with bridge:
            yield bridge
    finally:
        with sockets_collected():
            del bridge


def deaf(sandbox: Sandbox) -> None:
    """From now on nothing is sent to the bridge."""
    sandbox.stop_forwarding()


def catch_up(sandbox: Sandbox, bridge: RunningBridge, compare: bool = False) -> None:
    """Lets the bridge look what has changed, and waits until it has and all is quiet."""
    asked = requests.post(
        f"{bridge.url}/admin/catch-up", params={"compare": "1"} if compare else {}, timeout=10
    )
    assert asked.status_code == 200, asked.text
    wait_for_looks(bridge)
    assert sandbox.wait_until_quiet(PATIENCE), "The bridge never came to rest."


def wait_for_looks(bridge: RunningBridge) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if not any(told["is_asked"] for told in sources(bridge).values()):
            return
        pause.wait(0.02)
    raise AssertionError(f"Nobody has looked: {sources(bridge)}")


def sources(bridge: RunningBridge) -> dict[str, Any]:
    told: dict[str, Any] = requests.get(f"{bridge.url}/readyz", timeout=10).json()["sources"]
    return told


def events(bridge: RunningBridge, **filters: str) -> list[dict[str, Any]]:
    """The newest events that the bridge has, newest first."""
    answer = requests.get(f"{bridge.url}/admin/events", params=filters, timeout=10)
    found: list[dict[str, Any]] = answer.json()["events"]
    return found
