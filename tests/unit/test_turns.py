"""One at a time per key, in order of arrival."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sg_jira.turns import Turns

BOUND = 10


def test_the_first_one_does_not_wait() -> None:
    with Turns().turn("Task:1") as waited:
        assert waited is False


def test_different_keys_do_not_wait_for_each_other() -> None:
    turns = Turns()
    with turns.turn("Task:1"), turns.turn("Task:2") as waited:
        assert waited is False


def test_who_comes_later_waits_and_is_told_so() -> None:
    turns = Turns()
    inside, release = threading.Event(), threading.Event()
    seen: list[str] = []

    def first() -> None:
        with turns.turn("Task:1"):
            inside.set()
            assert release.wait(BOUND)
            seen.append("first")

    def second() -> bool:
        with turns.turn("Task:1") as waited:
            seen.append("second")
            return waited

    with ThreadPoolExecutor(2) as pool:
        holder = pool.submit(first)
        assert inside.wait(BOUND)
        waiter = pool.submit(second)
        _until_queued(turns, "Task:1", 2)
        release.set()
        holder.result(BOUND)
        assert waiter.result(BOUND) is True
    assert seen == ["first", "second"]


def test_turns_come_in_the_order_of_arrival() -> None:
    turns = Turns()
    order: list[int] = []

    def work(number: int) -> None:
        with turns.turn("Task:1"):
            order.append(number)

    with ThreadPoolExecutor(8) as pool:
        with turns.turn("Task:1"):
            waiting = []
            for number in range(8):
                waiting.append(pool.submit(work, number))
                _until_queued(turns, "Task:1", number + 2)
        for each in waiting:
            each.result(BOUND)
    assert order == list(range(8))


def test_an_error_gives_the_turn_on() -> None:
    turns = Turns()

    def fail() -> None:
        with turns.turn("Task:1"):
            raise ValueError("a handler's bug")

    with pytest.raises(ValueError, match="bug"):
        fail()
    with turns.turn("Task:1"):
        assert len(turns._queues["Task:1"]) == 1


def test_who_comes_just_after_another_is_told_so_too() -> None:
    turns = Turns()
    with turns.turn("Task:1"):
        pass

    with turns.turn("Task:1") as others:
        assert others is True
    with turns.turn("Task:2") as others:
        assert others is False


def test_turns_that_are_free_are_taken_without_waiting_and_left_to_who_comes_next() -> None:
    turns = Turns()

    def come_next() -> bool:
        with turns.turn("Task:2") as waited:
            return waited

    with ThreadPoolExecutor(1) as pool:
        with turns.turn("Task:1"), turns.free_turns(["Task:1", "Task:2", "Task:2"]) as free:
            assert free == ["Task:2"]
            next_one = pool.submit(come_next)
            _until_queued(turns, "Task:2", 2)
        assert next_one.result(BOUND) is True


def _until_queued(turns: Turns, key: str, length: int) -> None:
    """The queue itself is the only thing that tells when a thread has taken its place."""
    paused = threading.Event()
    for _ in range(BOUND * 1000):
        if len(turns._queues.get(key, ())) >= length:
            return
        paused.wait(0.001)
    raise AssertionError(f"only {len(turns._queues.get(key, ()))} of {length} are waiting")
