"""Who drains which key when, with several workers on one database."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

import psycopg
import pytest
from psycopg.rows import dict_row

from sg_jira.engine.dispatch import Pulse, Waiting
from sg_jira.engine.postgres import connection_text
from sg_jira.engine.procrastinate_dispatcher import ProcrastinateDispatcher
from sg_jira.engine.schema import Lane
from sg_jira.engine.wakes import BULK_QUEUE, QUEUE
from tests.integration.engine.test_local import Crew

QUICK = Pulse(heartbeat=0.2, dead_after=2.0, look=0.05, sweep="* * * * * *")
#: Nobody looks around by themselves within a test.
CALM = Pulse(look=0.05, sweep="0 0 1 1 * 0")


def now():
    return datetime.now(timezone.utc)


def later(seconds):
    return now() + timedelta(seconds=seconds)


class Studio:
    """Workers on one database, what they drained, and what is in the queue."""

    def __init__(self, url):
        self.url = url
        self.open_keys: dict[str, datetime | None] = {}
        self.lane = Lane.LIVE
        self.drained: list[str] = []
        self.at_work: Counter[str] = Counter()
        self.most_at_work: Counter[str] = Counter()
        self.most_at_once = 0
        self.act = lambda key: None
        self._guard = threading.Lock()
        self._ends = ExitStack()

    def worker(self, workers=4, pulse=CALM, longest_drain=60.0, start=True):
        one = ProcrastinateDispatcher(
            self.url,
            lambda: [Waiting(key, at, self.lane) for key, at in self.open_keys.items()],
            workers=workers,
            longest_drain=longest_drain,
            clock=now,
            pulse=pulse,
        )
        self._ends.callback(one.stop, 10)
        if start:
            thread = threading.Thread(target=one.run, args=(self.drain,), daemon=True)
            thread.start()
            self._ends.callback(thread.join, 10)
            self._ends.callback(one.stop, 10)
        return one

    def drain(self, key):
        with self._guard:
            self.at_work[key] += 1
            self.most_at_work[key] = max(self.most_at_work[key], self.at_work[key])
            self.most_at_once = max(self.most_at_once, sum(self.at_work.values()))
        try:
            return self.act(key)
        finally:
            with self._guard:
                self.at_work[key] -= 1
                self.drained.append(key)

    def query(self, statement, *values):
        with psycopg.connect(
            connection_text(self.url), autocommit=True, row_factory=dict_row
        ) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def jobs(self):
        """Task, lock, queueing lock, whether scheduled, status of each job for a key."""
        rows = self.query(
            "SELECT task_name, lock, queueing_lock, scheduled_at IS NOT NULL AS scheduled, "
            "status::text FROM procrastinate_jobs WHERE args ? 'key' ORDER BY id"
        )
        return [tuple(row.values()) for row in rows]

    def die(self, key, task="sg_jira.drain"):
        """A worker began a job, and then its machine was switched off."""
        (worker,) = self.query(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - interval '1 hour') RETURNING id"
        )
        self.query(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s "
            "WHERE args ->> 'key' = %s AND task_name = %s",
            worker["id"],
            key,
            task,
        )

    def stop(self):
        self._ends.close()


@pytest.fixture
def studio(database):
    one = Studio(database)
    yield one
    one.stop()


def drain_job(key, status="todo"):
    return ("sg_jira.drain", key, key, False, status)


def timer_job(key, status="todo"):
    return ("sg_jira.timer", None, f"{key}@timer", True, status)


def test_a_key_has_one_drain_job_with_its_lock_however_often_it_is_woken(studio):
    web = studio.worker(start=False)
    for _ in range(3):
        web.wake("Task:1")
    web.wake("Task:2")

    assert studio.jobs() == [drain_job("Task:1"), drain_job("Task:2")]


def test_a_wake_for_later_is_a_timer_without_the_keys_lock(studio):
    web = studio.worker(start=False)
    web.wake("Task:1", later(60))
    web.wake("Task:1", later(70))

    assert studio.jobs() == [timer_job("Task:1")]


def test_the_earliest_of_later_wakes_wins(studio, wait_until):
    web = studio.worker()
    web.wake("Task:1", later(3600))
    web.wake("Task:1", later(0.2))

    wait_until(lambda: studio.drained == ["Task:1"], "the earlier time has come")


def test_a_wake_for_now_wins_over_one_for_later(studio, wait_until):
    web = studio.worker()
    web.wake("Task:1", later(3600))
    web.wake("Task:1")

    wait_until(lambda: studio.drained == ["Task:1"], "it is drained")
    assert studio.jobs()[0] == timer_job("Task:1")


def test_a_time_that_has_passed_is_now(studio):
    studio.worker(start=False).wake("Task:1", later(-5))

    assert studio.jobs() == [drain_job("Task:1")]


def test_finished_jobs_are_deleted(studio, wait_until):
    web = studio.worker()
    web.wake("Task:1")
    web.wake("Task:2", later(0.1))

    wait_until(lambda: len(studio.drained) == 2 and not studio.jobs(), "no job is left")


def test_a_drain_that_says_when_to_come_back_gets_a_timer_and_frees_its_key(studio, wait_until):
    studio.act = lambda key: later(3600)
    web = studio.worker()
    web.wake("Task:1")

    wait_until(lambda: studio.jobs() == [timer_job("Task:1")], "only the timer is left")
    studio.act = lambda key: None
    web.wake("Task:1")
    wait_until(lambda: len(studio.drained) == 2, "it was drained before its time")


def test_a_drain_that_breaks_is_not_retried_by_procrastinate_but_comes_back(
    studio, wait_until, caplog
):
    def act(key):
        raise RuntimeError("a mistake of ours")

    studio.act = act
    studio.worker().wake("Task:1")

    wait_until(lambda: studio.jobs() == [timer_job("Task:1")], "a timer is set")
    assert "Working on Task:1 failed unexpectedly" in caplog.text


def test_two_workers_never_drain_one_key_at_once(studio, wait_until):
    pause = threading.Event()
    left = Counter({"Task:1": 20, "Task:2": 20})

    def act(key):
        pause.wait(0.005)
        left[key] -= 1
        return later(0) if left[key] > 0 else None

    studio.act = act
    one, two = studio.worker(), studio.worker()
    for _ in range(20):
        one.wake("Task:1")
        two.wake("Task:1")
        two.wake("Task:2")

    wait_until(lambda: max(left.values()) <= 0, "both keys are done")
    assert set(studio.most_at_work.values()) == {1}


def test_a_wake_that_comes_during_a_drain_is_not_lost(studio, wait_until):
    begun, go_on = threading.Event(), threading.Event()

    def act(key):
        begun.set()
        go_on.wait(10)

    studio.act = act
    web = studio.worker()
    web.wake("Task:1")
    begun.wait(10)
    web.wake("Task:1")
    assert studio.jobs() == [drain_job("Task:1", "doing"), drain_job("Task:1")]
    go_on.set()

    wait_until(lambda: len(studio.drained) == 2, "it is drained again")


def test_as_many_keys_are_drained_at_once_as_there_are_workers(studio, wait_until):
    everybody = threading.Barrier(16)

    def act(key):
        everybody.wait(10)

    studio.act = act
    web = studio.worker(workers=16)
    for number in range(16):
        web.wake(f"Task:{number}")

    wait_until(lambda: len(studio.drained) == 16, "all have met")
    assert studio.most_at_once == 16


def test_a_dead_workers_job_is_deleted_and_its_key_goes_on(studio, wait_until, caplog):
    web = studio.worker(start=False)
    web.wake("Task:1")
    studio.die("Task:1")
    studio.worker(pulse=QUICK)

    wait_until(lambda: studio.drained == ["Task:1"] and not studio.jobs(), "its key goes on")
    assert "The worker of Task:1 is dead" in caplog.text


def test_a_dead_workers_key_goes_on_though_a_wake_is_waiting(studio, wait_until):
    web = studio.worker(start=False)
    web.wake("Task:1")
    studio.die("Task:1")
    web.wake("Task:1")
    studio.worker(pulse=QUICK)

    wait_until(lambda: "Task:1" in studio.drained and not studio.jobs(), "its key goes on")


def test_a_dead_workers_timer_goes_on(studio, wait_until):
    web = studio.worker(start=False)
    web.wake("Task:1", later(0.1))
    studio.die("Task:1", "sg_jira.timer")
    studio.worker(pulse=QUICK)

    wait_until(lambda: studio.drained == ["Task:1"] and not studio.jobs(), "its key goes on")


def test_a_sweep_wakes_keys_that_no_job_is_for(studio, wait_until):
    studio.open_keys = {"Task:1": None, "Task:2": later(3600)}
    studio.act = lambda key: studio.open_keys.pop(key, None)
    studio.worker(pulse=QUICK)

    wait_until(lambda: studio.drained == ["Task:1"], "the forgotten key is drained")
    wait_until(lambda: studio.jobs() == [timer_job("Task:2")], "the other one has its timer")


def test_only_a_sweep_in_a_hurry_wakes_keys_before_their_timers_end(studio, wait_until):
    web = studio.worker()
    web.wake("Task:1", later(3600))
    studio.open_keys = {"Task:1": None}
    web.sweep_soon()

    wait_until(lambda: studio.drained == ["Task:1"], "it did not wait for its timer")


def test_a_drain_that_takes_too_long_is_reported_and_its_worker_replaced(
    studio, wait_until, caplog
):
    go_on = threading.Event()

    def act(key):
        if key == "Task:1":
            go_on.wait(20)

    studio.act = act
    web = studio.worker(workers=1, longest_drain=0.2)
    web.wake("Task:1")
    wait_until(lambda: "Task:1" in web.active_keys, "the drain has begun")
    web.wake("Task:2")

    wait_until(lambda: "Task:2" in studio.drained, "another worker has taken over")
    assert "Work on Task:1 takes longer" in caplog.text
    web.wake("Task:1")
    assert drain_job("Task:1") in studio.jobs()  # it has to wait for the drain that hangs
    go_on.set()
    wait_until(lambda: studio.drained.count("Task:1") == 2, "the key goes on")


def test_a_stop_waits_for_what_runs_and_leaves_the_rest(studio, wait_until):
    begun, go_on = threading.Event(), threading.Event()

    def act(key):
        begun.set()
        go_on.wait(20)

    studio.act = act
    web = studio.worker(workers=1)
    web.wake("Task:1")
    begun.wait(10)
    web.wake("Task:2")

    assert not web.stop(0.1)
    go_on.set()
    assert web.stop(10)
    assert studio.drained == ["Task:1"]
    assert studio.jobs() == [drain_job("Task:2")]


def test_work_goes_on_after_the_database_was_away(studio, server, wait_until, caplog):
    caplog.set_level(logging.CRITICAL, "psycopg.pool")
    web = studio.worker()
    web.wake("Task:1")
    wait_until(lambda: studio.drained == ["Task:1"], "it works")
    name = studio.query("SELECT current_database() AS name")[0]["name"]
    server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    web.wake("Task:2")

    wait_until(lambda: "Task:2" in studio.drained, "it works again")


def test_a_wake_without_a_database_is_forgotten_and_said(caplog):
    web = ProcrastinateDispatcher(
        "postgresql://bridge:s3cret@127.0.0.1:9/events?connect_timeout=1",
        list,
        workers=1,
        longest_drain=1,
        clock=now,
    )
    web.wake("Task:1")
    web.stop(0)

    assert "Task:1 waits for the next sweep" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.fixture
def crew(studio):
    studio.act = one = Crew()
    yield one
    one.let_go(*one.begun)


def places(studio):
    """Key -> queue and priority of its jobs that wait."""
    rows = studio.query(
        "SELECT args ->> 'key' AS key, queue_name, priority FROM procrastinate_jobs "
        "WHERE status = 'todo' ORDER BY id"
    )
    return {row["key"]: (row["queue_name"], row["priority"]) for row in rows}


def test_back_fill_never_has_all_workers(studio, wait_until, crew):
    web = studio.worker(workers=3)
    for key in ("b1", "b2", "b3", "b4"):
        web.wake(key, lane=Lane.BULK)
    wait_until(lambda: len(crew.begun) == 2, "two of three workers fill back")
    web.wake("live")
    wait_until(lambda: len(crew.begun) == 3, "the third one was left for people")

    assert sorted(crew.begun[:2]) == ["b1", "b2"]
    assert crew.begun[2] == "live"
    crew.let_go("b1")
    wait_until(lambda: len(crew.begun) == 4, "the next one has its place")
    crew.let_go("live", "b2", "b3", "b4")


def test_a_single_worker_begins_live_keys_first(studio, wait_until, crew):
    web = studio.worker(workers=1, start=False)
    web.wake("b1", lane=Lane.BULK)
    web.wake("live")
    crew.let_go("b1", "live")
    studio.worker(workers=1)
    wait_until(lambda: len(crew.begun) == 2, "both are done")

    assert crew.begun == ["live", "b1"]


def test_a_key_that_waits_for_back_fill_moves_up_when_a_person_edits_it(studio):
    web = studio.worker(start=False)
    web.wake("b1", lane=Lane.BULK)
    web.wake("b2", lane=Lane.BULK)
    web.wake("b2")
    web.wake("b2", lane=Lane.BULK)

    assert places(studio) == {"b1": (BULK_QUEUE, -10), "b2": (QUEUE, 0)}


def test_a_timer_of_back_fill_becomes_one_of_live_when_a_person_edits(studio, wait_until, crew):
    web = studio.worker(workers=2)
    for key in ("b1", "b2"):
        web.wake(key, lane=Lane.BULK)
    wait_until(lambda: crew.begun == ["b1"], "one of two workers fills back")
    web.wake("edited", later(3600), Lane.BULK)
    web.wake("edited", later(0.2))
    wait_until(lambda: crew.begun == ["b1", "edited"], "it did not wait behind back-fill")

    crew.let_go("b1", "b2", "edited")


def test_back_fill_that_comes_back_later_stays_back_fill(studio, wait_until):
    studio.act = lambda key: later(0.2) if len(studio.drained) == 0 else later(3600)
    studio.worker(workers=2).wake("b1", lane=Lane.BULK)
    wait_until(lambda: len(studio.drained) == 2, "it came back")

    def timers() -> list[object]:
        rows = studio.query("SELECT args FROM procrastinate_jobs WHERE args ? 'key'")
        return [row["args"] for row in rows]

    # The job that drained it ends after its timer is set.
    wait_until(lambda: timers() == [{"key": "b1", "lane": "bulk"}], "its timer is of back-fill")


def test_forgotten_back_fill_and_that_of_dead_workers_stays_back_fill(studio, wait_until, crew):
    studio.open_keys, studio.lane = {"b1": None}, Lane.BULK
    web = studio.worker(start=False)
    web.wake("b2", lane=Lane.BULK)
    studio.die("b2")
    studio.worker(workers=2, pulse=QUICK)
    wait_until(lambda: len(crew.begun) == 1, "one of two workers fills back")
    wait_until(lambda: len(places(studio)) == 1, "the other one waits for its place")

    ((place, _),) = places(studio).values()
    assert place == BULK_QUEUE
    studio.open_keys.clear()
    crew.let_go("b1", "b2")
