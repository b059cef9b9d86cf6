"""Waits for what other threads and processes do, with a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any


def nothing() -> None:
    """Tells nothing."""


def wait_until(
    condition: Callable[[], bool],
    what: str,
    patience: float = 60.0,
    instead: Callable[[], Any] = nothing,
) -> None:
    """Waits for a condition; when it never holds, the test fails and tells what holds instead."""
    pause, deadline = threading.Event(), time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}: {instead()}"
        pause.wait(0.01)
