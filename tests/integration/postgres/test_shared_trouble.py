"""What one worker finds out about a site holds for all workers on the database."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from sg_jira.engine.backoff import Backoff
from sg_jira.engine.breaker import KEYS_TO_OPEN, PROBE_SECONDS, Breaker, Position
from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.failures import Deferred
from sg_jira.engine.pacing import Pacing
from sg_jira.engine.policy import Policy
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.engine.schema import pace
from sg_jira.engine.trouble import LOOK_SECONDS, StoredTrouble
from sg_jira.engine.write_rows import ISSUE_LIMITS, LONGEST_WAIT, SharedRows, rows_for
from sg_jira.events import event_from_shotgun
from sg_jira.site_calls import Site, jira_call, make_call
from sg_jira.web.reasons import Redaction
from tests.integration.engine.conftest import NOON, StudioBridge
from tests.integration.postgres.worker_process import QUICK

SEARCH = jira_call("GET", "https://j/rest/api/2/user/assignable/search")
READ = jira_call("GET", "https://j/rest/api/2/issue/CMT-1")


_SHORT = Backoff(first=0.2, longest=0.5)


class Process:
    """What a worker process has of its own."""

    def __init__(self, store, clock):
        self.seconds = 0.0
        self.book = StoredTrouble(store, timer=lambda: self.seconds)
        self.breaker = Breaker(
            Site.JIRA, self.book, clock, random.Random(1), Backoff(first=4.0, longest=60.0)
        )
        self.pacing = Pacing(self.book, rows_for(store, clock), clock, sleep=lambda seconds: None)


@pytest.fixture
def processes(store, clock):
    return [Process(store, clock) for _ in range(4)]


def test_failures_of_several_processes_open_the_breaker_of_all(processes):
    for number, process in enumerate(processes[:KEYS_TO_OPEN]):
        process.breaker.failed(f"Task:{number}", "no_answer", None, False)

    assert all(process.breaker.blocked_until("Task:9") for process in processes)
    assert {process.breaker.position for process in processes} == {Position.OPEN}


def test_who_found_all_well_a_moment_ago_looks_again_soon(processes):
    one, other = processes[:2]
    assert other.breaker.blocked_until("Task:1") is None
    one.breaker.failed("Task:2", "rate_limited", 30.0, True)

    assert other.breaker.blocked_until("Task:1") is None
    other.seconds += LOOK_SECONDS
    assert other.breaker.blocked_until("Task:1") is not None


def test_a_limit_of_the_site_holds_for_all_for_as_long_as_it_said(processes, clock):
    processes[0].breaker.failed("Task:1", "rate_limited", 600.0, True)

    until = processes[1].breaker.blocked_until("Task:2")
    assert until >= clock() + timedelta(seconds=600)


def test_one_key_of_all_processes_probes(processes, clock):
    processes[0].breaker.failed("Task:1", "rate_limited", 1.0, True)
    clock.seconds = 10
    answers, start = Counter(), threading.Barrier(12)

    def ask(number):
        start.wait(10)
        answers[processes[number % 4].breaker.blocked_until(f"Task:{number}") is None] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {True: 1, False: 11}
    assert processes[3].breaker.describe()["probes"] == 1


def test_a_probe_of_one_process_frees_all(processes, clock):
    processes[0].breaker.failed("Task:1", "rate_limited", 1.0, True)
    clock.seconds = 10
    closed = []
    processes[1].breaker.on_close = lambda: closed.append("process 1")
    assert processes[1].breaker.blocked_until("Task:2") is None
    processes[1].breaker.worked("Task:2")

    assert closed == ["process 1"]
    assert [process.breaker.blocked_until("Task:3") for process in processes] == [None] * 4


def test_the_probe_of_a_dead_process_is_followed_by_another(processes, clock):
    processes[0].breaker.failed("Task:1", "rate_limited", 1.0, True)
    clock.seconds = 10
    assert processes[0].breaker.blocked_until("Task:1") is None
    assert processes[1].breaker.blocked_until("Task:2") is not None
    clock.seconds += PROBE_SECONDS

    assert processes[1].breaker.blocked_until("Task:2") is None


def test_an_endpoint_that_asked_for_a_pause_is_spared_by_all(processes, clock):
    processes[0].pacing.spare(SEARCH, 20.0)

    with pytest.raises(Deferred) as raised:
        processes[1].pacing(SEARCH)
    assert raised.value.seconds == 20.0
    processes[1].pacing(READ)
    clock.seconds = 20
    processes[1].pacing(SEARCH)


def test_all_processes_together_keep_jiras_limits_for_one_issue(store, clock):
    rows = [SharedRows(store, clock) for _ in range(4)]
    waits = []

    def write(own):
        waits.extend(own.take_place("CMT-1") for _ in range(15))

    threads = [threading.Thread(target=write, args=(own,)) for own in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.reading() as connection:
        moments = json.loads(connection.scalar(sa.select(pace.c.moments)))
    assert len(moments) == sum(wait <= LONGEST_WAIT for wait in waits)
    for seconds, most in ISSUE_LIMITS:
        for moment in moments:
            assert sum(moment <= each < moment + seconds for each in moments) <= most
    assert len(waits) == 60
    assert max(waits) > LONGEST_WAIT
    assert rows[0].take_place("CMT-2") == 0.0, "another Issue has a row of its own"


def test_an_issue_that_asked_for_a_pause_is_left_alone_by_all(store, clock):
    one, other = SharedRows(store, clock), SharedRows(store, clock)
    one.close("CMT-1", 20.0)

    assert 19 < other.take_place("CMT-1") <= 20
    assert other.take_place("CMT-2") == 0.0


def test_rows_of_no_use_any_more_are_deleted(store, clock):
    SharedRows(store, clock).take_place("CMT-1")
    clock.seconds = 3600
    Cleaning(store, clock).delete_old(timedelta(days=1))

    with store.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(pace)) == 0


class Outage:
    """Jira as all workers see it: away until it is back."""

    def __init__(self):
        self.is_over, self.calls = threading.Event(), Counter()

    def act(self, event):
        return make_call(READ, self.answer)

    def answer(self):
        self.calls["good" if self.is_over.is_set() else "bad"] += 1
        if not self.is_over.is_set():
            raise requests.ConnectionError("refused")
        return True


@pytest.fixture
def start(database):
    """Starts a process of its own, as far as the engine is concerned."""
    engines = []

    def _start(outage, works):
        bridge = StudioBridge()
        bridge.act = outage.act
        bridge.shotgun.record = {"content": "new"}
        options = EngineOptions(
            Path("unused"),
            database_url=database,
            works=works,
            workers=2,
            pulse=QUICK,
            policy=Policy(transient=_SHORT, outage=_SHORT),
        )
        engines.append(Engine(options, lambda: bridge, Redaction([])))
        engines[-1].start()
        return engines[-1]

    yield _start
    for engine in engines:
        engine.stop(10)


def test_an_outage_wastes_few_calls_however_many_workers_there_are(start, wait_until):
    outage = Outage()
    start(outage, works=True)
    start(outage, works=True)
    web = start(outage, works=False)
    for task in range(1, 21):
        payload = {"event_log_entry_id": task, "meta": {"attribute_name": "content"}}
        web.accept(event_from_shotgun("default", "Task", task, payload, received_at=NOON))

    def jira():
        return web.status()["breakers"]["jira"]

    wait_until(lambda: jira()["position"] == "open", "it is noticed")
    wait_until(lambda: jira()["probes"] > 0, "somebody looks")
    at_work = 4  # as many may have begun before it opened
    assert outage.calls["bad"] <= KEYS_TO_OPEN + at_work + jira()["probes"]
    outage.is_over.set()
    wait_until(lambda: web.is_idle, "all is done")
    assert (outage.calls["good"], jira()["position"]) == (20, "closed")
