"""The dispatcher of a single process, with real threads."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from sg_jira.engine import local
from sg_jira.engine.dispatch import Waiting
from sg_jira.engine.local import LocalDispatcher
from sg_jira.engine.schema import Lane


def now():
    return datetime.now(timezone.utc)


class Timer:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def start(monkeypatch):
    """Runs a dispatcher in a thread; it is stopped in the end."""
    monkeypatch.setattr(local, "LOOK_SECONDS", 0.01)
    running = []

    def _start(drain, waiting=list, changed=lambda: False, **options):
        settings = {"workers": 3, "longest_drain": 60.0, "clock": now, **options}
        dispatcher = LocalDispatcher(waiting, changed, **settings)
        thread = threading.Thread(target=dispatcher.run, args=(drain,), daemon=True)
        thread.start()
        running.append((dispatcher, thread))
        return dispatcher

    yield _start
    for dispatcher, thread in running:
        assert dispatcher.stop(10)
        thread.join(10)


def test_never_two_drains_of_one_key_at_once_and_no_wake_is_lost(start, wait_until):
    at_work, most, runs = Counter(), Counter(), Counter()
    guard = threading.Lock()

    def drain(key):
        with guard:
            at_work[key] += 1
            most[key] = max(most[key], at_work[key])
        threading.Event().wait(0.001)
        with guard:
            at_work[key] -= 1
            runs[key] += 1

    dispatcher = start(drain, workers=8)
    for _ in range(50):
        for key in "abcd":
            dispatcher.wake(key)
    wait_until(lambda: not dispatcher.active_keys and len(runs) == 4, "all is done")
    before = runs["a"]
    dispatcher.wake("a")
    wait_until(lambda: runs["a"] > before, "a late wake has run")

    assert set(most.values()) == {1}


def test_different_keys_run_at_the_same_time(start):
    together = threading.Barrier(3, timeout=10)
    done = threading.Semaphore(0)

    def drain(key):
        together.wait()
        done.release()

    dispatcher = start(drain, workers=3)
    for key in "abc":
        dispatcher.wake(key)

    assert all(done.acquire(timeout=10) for _ in range(3))


def test_a_drain_that_asks_for_it_is_run_again_and_an_earlier_wake_wins(start, wait_until):
    runs = []

    def drain(key):
        runs.append(key)
        return now() + timedelta(hours=1) if len(runs) == 1 else None

    dispatcher = start(drain)
    dispatcher.wake("a")
    wait_until(lambda: len(runs) == 1 and not dispatcher.active_keys, "the first run is done")
    dispatcher.wake("a", now() + timedelta(hours=2))
    assert len(runs) == 1
    dispatcher.wake("a", now() + timedelta(milliseconds=30))

    wait_until(lambda: len(runs) == 2, "the earlier wake came")


def test_a_wake_during_a_drain_runs_it_once_more(start, wait_until):
    begun, go_on = threading.Event(), threading.Event()
    runs = []

    def drain(key):
        runs.append(key)
        begun.set()
        assert go_on.wait(10)

    dispatcher = start(drain)
    dispatcher.wake("a")
    assert begun.wait(10)
    for _ in range(5):
        dispatcher.wake("a")
    go_on.set()

    wait_until(lambda: len(runs) == 2 and not dispatcher.active_keys, "both runs are done")


def test_keys_that_wait_in_the_store_are_found_on_start_and_after_a_write(start, wait_until):
    waiting, news, runs = [Waiting("a", None)], threading.Event(), []

    def changed():
        told = news.is_set()
        news.clear()
        return told

    start(runs.append, lambda: list(waiting), changed)
    wait_until(lambda: runs == ["a"], "the key of the start has run")
    waiting[:] = [Waiting("b", None)]
    news.set()

    wait_until(lambda: runs == ["a", "b"], "the key written by another process has run")


@pytest.mark.parametrize("mistake", [ZeroDivisionError, KeyboardInterrupt])
def test_a_mistake_in_the_drain_ends_no_worker(start, wait_until, caplog, mistake):
    runs = []

    def drain(key):
        runs.append(key)
        if key == "bad":
            raise mistake

    dispatcher = start(drain, workers=1)
    dispatcher.wake("bad")
    dispatcher.wake("good")

    wait_until(lambda: runs == ["bad", "good"], "the other key has run")
    assert "Working on bad failed" in caplog.text


def test_a_store_that_is_away_does_not_end_the_sweeps(start, wait_until, caplog):
    answers = [OSError("away")]
    runs = []

    def waiting():
        if answers:
            raise answers.pop()
        return [Waiting("a", None)]

    start(runs.append, waiting, lambda: not runs)
    wait_until(lambda: "a" in runs, "a later sweep found the key")


def test_a_drain_past_its_limit_is_reported_and_its_worker_replaced(start, wait_until, caplog):
    timer, go_on, runs = Timer(), threading.Event(), []

    def drain(key):
        runs.append(key)
        if key == "stuck":
            go_on.wait(20)

    dispatcher = start(drain, workers=1, longest_drain=5.0, timer=timer)
    dispatcher.wake("stuck")
    wait_until(lambda: runs == ["stuck"], "the only worker is stuck")
    dispatcher.wake("other")
    timer.seconds = 6.0

    wait_until(lambda: runs == ["stuck", "other"], "a new worker took over")
    assert "Work on stuck takes longer than 5 s" in caplog.text
    dispatcher.wake("stuck")
    assert "stuck" in dispatcher.active_keys
    go_on.set()
    wait_until(lambda: runs.count("stuck") == 2, "the key is free again")


def test_a_stop_waits_for_what_runs_and_begins_nothing_more(start):
    begun, go_on, runs = threading.Event(), threading.Event(), []

    def drain(key):
        runs.append(key)
        begun.set()
        go_on.wait(20)

    dispatcher = start(drain, workers=1)
    dispatcher.wake("a")
    assert begun.wait(10)
    dispatcher.wake("b")

    assert dispatcher.stop(0.05) is False
    go_on.set()
    assert dispatcher.stop(10) is True
    assert runs == ["a"]


class Crew:
    """A drain that keeps its workers until they are let go, key by key."""

    def __init__(self):
        self.begun, self.gates, self._guard = [], {}, threading.Lock()

    def gate(self, key):
        with self._guard:
            return self.gates.setdefault(key, threading.Event())

    def __call__(self, key):
        self.begun.append(key)
        assert self.gate(key).wait(20)

    def let_go(self, *keys):
        for key in keys:
            self.gate(key).set()


@pytest.fixture
def crew():
    one = Crew()
    yield one
    one.let_go(*one.begun)


def test_back_fill_never_has_all_workers(start, wait_until, crew):
    dispatcher = start(crew, workers=3)
    for key in ("b1", "b2", "b3", "b4"):
        dispatcher.wake(key, lane=Lane.BULK)
    wait_until(lambda: len(crew.begun) == 2, "two of three workers fill back")
    dispatcher.wake("live")
    wait_until(lambda: len(crew.begun) == 3, "the third one was left for people")

    assert crew.begun == ["b1", "b2", "live"]
    crew.let_go("b1")
    wait_until(lambda: len(crew.begun) == 4, "the next one has its place")
    assert crew.begun[-1] == "b3"
    crew.let_go(*["live", "b2", "b3", "b4"])


def test_a_single_worker_fills_back_when_there_is_nothing_else(start, wait_until, crew):
    dispatcher = start(crew, workers=1)
    dispatcher.wake("b1", lane=Lane.BULK)
    wait_until(lambda: crew.begun == ["b1"], "it fills back")
    dispatcher.wake("b2", lane=Lane.BULK)
    dispatcher.wake("live")
    crew.let_go("b1", "live", "b2")
    wait_until(lambda: len(crew.begun) == 3, "all is done")

    assert crew.begun == ["b1", "live", "b2"]


def test_a_key_that_waits_for_back_fill_moves_up_when_a_person_edits_it(start, wait_until, crew):
    dispatcher = start(crew, workers=2)
    for key in ("b1", "b2", "b3"):
        dispatcher.wake(key, lane=Lane.BULK)
    wait_until(lambda: crew.begun == ["b1"], "one of two workers fills back")
    dispatcher.wake("b3")
    wait_until(lambda: crew.begun == ["b1", "b3"], "the edited one goes first")

    crew.let_go("b1", "b2", "b3")
    wait_until(lambda: len(crew.begun) == 3, "each is drained once")


def test_an_edit_during_back_fill_of_the_same_key_goes_on_as_live(start, wait_until, crew):
    dispatcher = start(crew, workers=2)
    dispatcher.wake("b1", lane=Lane.BULK)
    wait_until(lambda: crew.begun == ["b1"], "it is filled back")
    dispatcher.wake("b2", lane=Lane.BULK)
    dispatcher.wake("b1")
    crew.let_go("b1", "b2")
    wait_until(lambda: len(crew.begun) == 3, "it is drained again")

    assert crew.begun == ["b1", "b1", "b2"]


def test_waiting_keys_are_found_in_their_lanes(start, wait_until, crew):
    waiting = [Waiting("live", None), *(Waiting(f"b{n}", None, Lane.BULK) for n in range(3))]
    start(crew, lambda: waiting, workers=2)
    wait_until(lambda: len(crew.begun) == 2, "two have begun")

    assert sorted(crew.begun) == ["b0", "live"]
    waiting.clear()
    crew.let_go("live", "b0", "b1", "b2")


def test_while_a_site_is_in_trouble_no_key_is_looked_at(start, wait_until):
    held, drained, asked = [now() + timedelta(hours=1)], [], threading.Event()

    def held_until():
        asked.set()
        return held[0]

    dispatcher = start(drained.append, held_until=held_until)
    for key in "abc":
        dispatcher.wake(key)
        asked.clear()
        assert asked.wait(10)
    assert drained == []

    held[0] = None
    dispatcher.sweep_soon()
    wait_until(lambda: len(drained) == 3, "the trouble is over")
    assert drained == ["a", "b", "c"]
