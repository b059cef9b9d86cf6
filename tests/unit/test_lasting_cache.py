"""Values live for a while, each miss is asked for once, and nothing missing is remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sg_jira.lasting_cache import LastingCache

BOUND = 10.0


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Answers with `values` one after another, and counts; an exception is raised."""

    def __init__(self, *values: object) -> None:
        self._values = list(values)
        self.calls = 0

    def __call__(self) -> object:
        self.calls += 1
        value = self._values.pop(0)
        if isinstance(value, Exception):
            raise value
        return value


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> LastingCache[str, object]:
    return LastingCache(60, timer=clock)


def test_a_value_is_asked_for_once_while_it_lasts(
    cache: LastingCache[str, object], clock: Clock
) -> None:
    source = Source("old", "new")

    assert [cache.get("a", source) for _ in range(3)] == ["old"] * 3
    clock.now = 60
    assert cache.get("a", source) == "new"
    assert source.calls == 2


@pytest.mark.parametrize("value", [0, "", False, []])
def test_an_empty_value_is_a_value(cache: LastingCache[str, object], value: object) -> None:
    source = Source(value)

    assert [cache.get("a", source) for _ in range(2)] == [value, value]


def test_what_is_missing_is_asked_for_again(cache: LastingCache[str, object]) -> None:
    source = Source(None, "there now")

    assert cache.get("a", source) is None
    assert cache.get("a", source) == "there now"


def test_an_error_reaches_the_caller_and_is_not_remembered(
    cache: LastingCache[str, object],
) -> None:
    source = Source(OSError("down"), "up")

    with pytest.raises(OSError, match="down"):
        cache.get("a", source)
    assert cache.get("a", source) == "up"


@pytest.mark.parametrize("forget", [LastingCache.clear, lambda cache: cache.forget("a")])
def test_a_forgotten_key_is_asked_for_again(
    cache: LastingCache[str, object], forget: Callable[[LastingCache[str, object]], None]
) -> None:
    source = Source("old", "new")
    cache.get("a", source)

    forget(cache)

    assert cache.get("a", source) == "new"


def test_no_more_than_the_bound_is_kept(clock: Clock) -> None:
    cache: LastingCache[int, object] = LastingCache(60, bound=2, timer=clock)
    for key in (1, 2, 3):
        cache.get(key, lambda: "kept")

    source = Source("asked again")

    assert cache.get(3, source) == "kept"
    assert cache.get(1, source) == "asked again"


def test_without_lifetime_nothing_is_kept(clock: Clock) -> None:
    cache: LastingCache[str, object] = LastingCache(0, timer=clock)
    source = Source("first", "second")

    assert [cache.get("a", source), cache.get("a", source)] == ["first", "second"]


class SlowSource:
    """Waits to be let go, then gives a value or raises an error of a type; counts the calls."""

    def __init__(self, outcome: object) -> None:
        self._outcome = outcome
        self._counting = threading.Lock()
        self.started = threading.Event()
        self.let_go = threading.Event()
        self.calls = 0

    def __call__(self) -> object:
        with self._counting:
            self.calls += 1
        self.started.set()
        assert self.let_go.wait(BOUND)
        if isinstance(self._outcome, type):
            raise self._outcome
        return self._outcome


class CountingFlights(LastingCache[str, object]):
    """Lets a test wait until so many threads have asked."""

    def __init__(self, threads: int) -> None:
        super().__init__(60)
        self.all_asked = threading.Barrier(threads + 1)

    def get(self, key: str, load: Callable[[], object | None]) -> object | None:
        self.all_asked.wait(BOUND)
        return super().get(key, load)


def ask_at_once(source: SlowSource) -> list[object]:
    """What ten threads get that ask for the same; an error that is raised is given too."""
    cache = CountingFlights(10)

    def ask() -> object:
        try:
            return cache.get("a", source)
        except OSError as error:
            return error

    with ThreadPoolExecutor(10) as threads:
        asked = [threads.submit(ask) for _ in range(10)]
        cache.all_asked.wait(BOUND)
        assert source.started.wait(BOUND)
        wait_until_all_are_in_the_cache(cache, asked)
        source.let_go.set()
        return [one.result(BOUND) for one in asked]


@pytest.mark.parametrize("outcome", ["value", None])
def test_ten_threads_that_miss_at_once_make_one_call_and_share_its_answer(outcome: object) -> None:
    source = SlowSource(outcome)

    assert ask_at_once(source) == [outcome] * 10
    assert source.calls == 1


def test_nobody_gets_what_failed_for_another_thread() -> None:
    """Its pass would not know of the failure, and take it for a value that was refused."""
    source = SlowSource(OSError)

    errors = ask_at_once(source)

    assert len({id(error) for error in errors}) == 10
    assert source.calls == 10


def wait_until_all_are_in_the_cache(cache: LastingCache[str, object], asked: list[object]) -> None:
    """Waits until every thread but the one that calls is waiting for its outcome."""
    (flight,) = cache._flights.values()
    deadline = threading.Event()
    for _ in range(int(BOUND * 100)):
        # `Condition` keeps the waiting threads; there is no public count of them.
        if len(flight._condition._waiters) == len(asked) - 1:  # type: ignore[attr-defined]
            return
        deadline.wait(0.01)
    raise AssertionError("not all threads asked the cache in time")


@pytest.mark.parametrize("forget", [LastingCache.clear, lambda cache: cache.forget("a")])
def test_a_value_that_was_on_its_way_when_it_was_forgotten_is_not_kept(
    forget: Callable[[LastingCache[str, object]], None],
) -> None:
    cache: LastingCache[str, object] = LastingCache(60)
    source = SlowSource("old")
    with ThreadPoolExecutor(1) as threads:
        early = threads.submit(cache.get, "a", source)
        assert source.started.wait(BOUND)

        forget(cache)
        source.let_go.set()

        assert early.result(BOUND) == "old"
    assert cache.get("a", lambda: "new") == "new"


def test_keys_do_not_wait_for_each_other() -> None:
    cache: LastingCache[str, object] = LastingCache(60)
    slow = SlowSource("slow")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(cache.get, "a", slow)
        assert slow.started.wait(BOUND)

        assert cache.get("b", lambda: "fast") == "fast"

        slow.let_go.set()
        assert waiting.result(BOUND) == "slow"
