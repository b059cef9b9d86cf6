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


def tell(steps: Iterable[Step], sandbox: Sandbox, cast: Cast) -> Iterator[Told]:
    """Plays the steps one by one.

    Raises:
        NotSynced: a step needs what an earlier one should have brought about.
    """
    for step in steps:
        began = time.perf_counter()
        step.act(cast)
        quiet = sandbox.wait_until_quiet(_PATIENCE)
        yield Told(step, time.perf_counter() - began, quiet)


def in_days(number: int) -> str:
    """The day so many days from today."""
    return (date.today() + timedelta(days=number)).isoformat()
