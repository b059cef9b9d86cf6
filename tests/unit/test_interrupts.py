"""A signal interrupts a command where it looks for it, and nowhere else."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from sg_jira.cli.interrupts import Interrupts


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    former = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    listening = Interrupts()
    listening.listen()
    yield listening
    for each, handler in former.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signals_do_not_interrupt_before_the_command_looks(
    interrupts: Interrupts, sign: signal.Signals
) -> None:
    interrupts.check()
    for _ in range(3):
        signal.raise_signal(sign)  # would end here

    for looks in (interrupts.check, interrupts.wait):
        with pytest.raises(KeyboardInterrupt):
            looks()
