"""Ctrl-C and polite requests to terminate, for commands that run until they are told to stop."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Final, NoReturn

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def treat_termination_as_interrupt() -> None:
    """Makes SIGTERM the same as Ctrl-C. To be called in the main thread.

    The first one ends the command; more of them must not interrupt the cleaning up.
    """
    for each in _SIGNALS:
        signal.signal(each, _interrupt)


def wait_for_interrupt() -> NoReturn:
    """Waits for Ctrl-C, which raises `KeyboardInterrupt`."""
    while True:
        time.sleep(3600)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
