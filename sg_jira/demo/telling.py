"""Plays a story step by step and waits after each one. It does not look at the outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sg_jira.demo.cast import Cast
from sg_jira.sandbox import Sandbox

#: Seconds that one edit and everything it brings about may take.
_PATIENCE: Final = 30.0
#: Seconds between two calls of `check`, at most.
_LOOK: Final = 2.0


@dataclass(frozen=True)
class Step:
    """One edit: who (login) does what on which site, as people would say it."""

    login: str
    site: str
    text: str
    act: Callable[[Cast], object]


@dataclass(frozen=True)
class Told:
    """A step that was played, how long it took until both sites were quiet (seconds), and
    whether they became quiet at all."""

    step: Step
    seconds: float
    quiet: bool


def tell(
    steps: Iterable[Step], sandbox: Sandbox, cast: Cast, check: Callable[[], None]
) -> Iterator[Told]:
    """Plays the steps one by one.

    Parameters:
        check: called again and again; may raise, to stop.

    Raises:
        NotSynced: a step needs what an earlier one should have brought about.
    """
    for step in steps:
        began = time.perf_counter()
        step.act(cast)
        quiet = _wait_until_quiet(sandbox, began + _PATIENCE, check)
        yield Told(step, time.perf_counter() - began, quiet)


def _wait_until_quiet(sandbox: Sandbox, deadline: float, check: Callable[[], None]) -> bool:
    while time.perf_counter() < deadline:
        check()
        if sandbox.wait_until_quiet(_LOOK):
            return True
    return False


def in_days(number: int) -> str:
    """The day so many days from today."""
    return (date.today() + timedelta(days=number)).isoformat()
