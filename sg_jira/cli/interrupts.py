"""Ctrl-C and polite requests to terminate, for commands that run until they are told to stop."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import NoReturn


def treat_termination_as_interrupt() -> None:
    """Makes SIGTERM the same as Ctrl-C. To be called in the main thread."""
    signal.signal(signal.SIGTERM, _interrupt)


def wait_for_interrupt() -> NoReturn:
    """Waits for Ctrl-C, which raises `KeyboardInterrupt`."""
    while True:
        time.sleep(3600)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
