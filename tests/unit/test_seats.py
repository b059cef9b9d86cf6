"""Who may compute, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sg_jira.seats import Seat

BOUND = 10.0
#: Seconds in which something that must not happen would have happened.
A_WHILE = 0.1


@contextmanager
def somebody(sits: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=sits)
    thread.start()
    yield
    thread.join(BOUND)
    assert not thread.is_alive()


@pytest.fixture
def seat() -> Seat:
    """A seat that nobody takes over."""
    return Seat(longest=1000, quiet=1000)


class Visitor:
    """Wants to compute once."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.has_sat = threading.Event()

    def __call__(self) -> None:
        with self._seat.computing():
            self.has_sat.set()


def test_one_computes_at_a_time(seat: Seat) -> None:
    other = Visitor(seat)
    with seat.computing():
        thread = threading.Thread(target=other)
        thread.start()
        assert not other.has_sat.wait(A_WHILE)
    assert other.has_sat.wait(BOUND)
    thread.join(BOUND)


def test_who_waits_stands_up(seat: Seat) -> None:
    other = Visitor(seat)
    with seat.computing(), somebody(other), seat.waiting():
        assert other.has_sat.wait(BOUND)


def test_who_has_waited_sits_again(seat: Seat) -> None:
    other = Visitor(seat)
    with seat.computing():
        with seat.waiting(), seat.waiting():  # as a call within a call
            pass
        thread = threading.Thread(target=other)
        thread.start()
        assert not other.has_sat.wait(A_WHILE)
    thread.join(BOUND)
    assert other.has_sat.is_set()


def test_a_thread_without_a_seat_waits_freely(seat: Seat) -> None:
    def wait() -> None:
        with seat.waiting():
            pass

    with seat.computing(), somebody(wait):
        pass


def test_who_sits_for_too_long_loses_the_seat_and_takes_none_away_afterwards() -> None:
    seat = Seat(longest=0.01)
    sits, may_leave = threading.Event(), threading.Event()

    def stay() -> None:
        with seat.computing():
            sits.set()
            assert may_leave.wait(BOUND)

    late = Visitor(seat)
    with seat.computing(), somebody(stay):
        assert sits.wait(BOUND)
        with seat.waiting():  # it does not hold it any more, so it cannot give it away
            pass
        may_leave.set()
    with somebody(late):
        assert late.has_sat.wait(BOUND)


def test_nobody_sits_down_while_a_request_is_worked_on(seat: Seat) -> None:
    other = Visitor(seat)
    with seat.hurrying(), seat.hurrying():
        thread = threading.Thread(target=other)
        thread.start()
        assert not other.has_sat.wait(A_WHILE)
    assert other.has_sat.wait(BOUND)
    thread.join(BOUND)


def test_a_request_that_waits_at_leisure_keeps_nobody(seat: Seat) -> None:
    other = Visitor(seat)
    with seat.hurrying(), somebody(other), seat.at_leisure():
        assert other.has_sat.wait(BOUND)


def test_leisure_without_hurry_is_nothing(seat: Seat) -> None:
    with seat.at_leisure():
        pass
    other = Visitor(seat)
    with somebody(other):
        assert other.has_sat.wait(BOUND)


def test_requests_keep_nobody_while_the_workers_have_little_to_do() -> None:
    seat = Seat(longest=1000, quiet=0)
    other = Visitor(seat)
    with seat.hurrying(), somebody(other):
        assert other.has_sat.wait(BOUND)


def test_requests_keep_nobody_for_long() -> None:
    seat = Seat(longest=0.01, quiet=1000)
    other = Visitor(seat)
    with seat.hurrying(), somebody(other):
        assert other.has_sat.wait(BOUND)


def test_a_mistake_leaves_the_seat_free(seat: Seat) -> None:
    with pytest.raises(LookupError), seat.computing(), seat.waiting():
        raise LookupError
    other = Visitor(seat)
    with somebody(other):
        assert other.has_sat.wait(BOUND)
