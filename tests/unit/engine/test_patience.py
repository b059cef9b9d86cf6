"""Waiting between tries, the breaker, and the pace of writes; clock and dice are the test's."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

import pytest

from sg_jira.engine.backoff import Backoff
from sg_jira.engine.breaker import KEYS_TO_OPEN, PROBE_SECONDS, Breaker, Position
from sg_jira.engine.failures import Deferred
from sg_jira.engine.pacing import Pacing
from sg_jira.engine.trouble import WELL
from sg_jira.engine.write_rows import LONGEST_WAIT, OwnRows
from sg_jira.site_calls import Site, SiteCall, jira_call

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return NOON + timedelta(seconds=self.seconds)


class Book:
    """Trouble kept in memory."""

    def __init__(self):
        self.of_sites = dict.fromkeys(Site, WELL)

    def known(self, site):
        return self.of_sites[site]

    def change(self, site, step):
        self.of_sites[site], answer = step(self.of_sites[site])
        return answer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def breaker(clock, book):
    return Breaker(Site.JIRA, book, clock, random.Random(1), Backoff(first=4.0, longest=60.0))


@pytest.mark.parametrize(("failures", "middle"), [(1, 2.0), (2, 4.0), (5, 32.0), (50, 300.0)])
def test_waits_double_up_to_a_limit_and_are_spread(failures, middle):
    waits = {Backoff().seconds(failures, None, random.Random(seed)) for seed in range(50)}

    assert all(middle * 0.7 <= wait <= middle * 1.3 for wait in waits)
    assert len(waits) > 40


def test_what_the_site_asks_for_is_never_undercut():
    waits = [Backoff().seconds(1, 40.0, random.Random(seed)) for seed in range(50)]

    assert all(40 <= wait <= 41 for wait in waits)


def fail(breaker, *keys, **told):
    for key in keys:
        breaker.failed(key, "no_answer", told.get("retry_after"), told.get("whole_site", False))


def test_failures_of_one_key_do_not_open_the_breaker(breaker):
    fail(breaker, *["Task:1"] * 10)

    assert breaker.blocked_until("Task:2") is None
    assert breaker.position is Position.CLOSED


def test_it_tells_at_once_until_when_nobody_would_be_let_in(breaker, clock):
    assert breaker.held_until() is None
    fail(breaker, "Task:1", "Task:2", "Task:3")

    until = breaker.held_until()
    assert until == breaker.blocked_until("Task:4") > clock()
    clock.seconds += (until - clock()).total_seconds()
    assert breaker.held_until() is None, "somebody may probe"

    breaker.blocked_until("Task:1")
    assert breaker.held_until() == breaker.blocked_until("Task:2") > clock()
    breaker.passed("Task:1")
    assert breaker.held_until() is None


def test_failures_of_several_keys_open_it(breaker, clock):
    fail(breaker, *[f"Task:{number}" for number in range(KEYS_TO_OPEN)])

    assert breaker.blocked_until("Task:9") > clock()
    assert breaker.position is Position.OPEN
    assert breaker.describe()["reason"] == "no_answer"


def test_a_success_in_between_keeps_it_closed(breaker):
    fail(breaker, "Task:1", "Task:2")
    breaker.worked("Task:3")
    fail(breaker, "Task:4")

    assert breaker.position is Position.CLOSED


def test_a_limit_of_the_whole_site_opens_it_at_once_for_as_long_as_told(breaker, clock):
    fail(breaker, "Task:1", retry_after=30.0, whole_site=True)

    assert breaker.blocked_until("Task:2") >= clock() + timedelta(seconds=30)


def test_one_key_probes_and_the_others_wait_for_what_it_finds(breaker, clock):
    fail(breaker, "Task:1", "Task:2", "Task:3")
    clock.seconds = 10
    closed = []
    breaker.on_close = lambda: closed.append(True)

    assert breaker.blocked_until("Task:1") is None
    assert breaker.blocked_until("Task:2") > clock()
    breaker.worked("Task:2")  # began before the trouble
    assert breaker.position is Position.PROBING
    breaker.worked("Task:1")

    assert breaker.blocked_until("Task:2") is None
    assert closed == [True]


def test_a_probe_that_fails_doubles_the_wait(breaker, clock, book):
    fail(breaker, "Task:1", "Task:2", "Task:3")
    first = book.known(Site.JIRA).until - clock()
    clock.seconds = 10
    assert breaker.blocked_until("Task:1") is None
    fail(breaker, "Task:1")

    assert book.known(Site.JIRA).until - clock() > first
    assert breaker.describe()["probes"] == 1
    assert breaker.blocked_until("Task:1") > clock()


def test_a_probe_that_never_asked_the_site_leaves_the_place_to_another(breaker, clock):
    fail(breaker, "Task:1", "Task:2", "Task:3")
    clock.seconds = 10
    assert breaker.blocked_until("Task:1") is None
    breaker.passed("Task:1")

    assert breaker.blocked_until("Task:2") is None


def test_a_probe_that_hangs_is_followed_by_another(breaker, clock):
    fail(breaker, "Task:1", "Task:2", "Task:3")
    clock.seconds = 10
    assert breaker.blocked_until("Task:1") is None
    clock.seconds += PROBE_SECONDS

    assert breaker.blocked_until("Task:2") is None


class Road:
    """Runs calls through a gate and keeps the moments at which they leave."""

    def __init__(self):
        self.now, self.left, self.book = 0.0, [], Book()
        self.gate = Pacing(
            self.book,
            OwnRows(timer=lambda: self.now),
            clock=lambda: NOON + timedelta(seconds=self.now),
            sleep=self.sleep,
        )

    def sleep(self, seconds):
        self.now += seconds

    def send(self, call):
        try:
            self.gate(call)
        except Deferred as error:
            self.now += error.seconds
            return self.send(call)
        return self.left.append(self.now)


@pytest.mark.parametrize("step", [0.0, 0.03, 0.4])
def test_writes_to_one_issue_stay_below_both_of_jiras_limits(step):
    road = Road()
    for _ in range(400):
        road.send(jira_call("PUT", "https://j/rest/api/2/issue/CMT-1"))
        road.now += step

    for seconds, most in ((2.0, 20), (30.0, 100)):
        for moment in road.left:
            within = [each for each in road.left if moment <= each < moment + seconds]
            assert len(within) <= most


def test_reads_and_other_issues_are_not_held_up():
    road = Road()
    for number in range(300):
        road.send(jira_call("GET", "https://j/rest/api/2/issue/CMT-1"))
        road.send(jira_call("PUT", f"https://j/rest/api/2/issue/CMT-{number}"))
        road.send(SiteCall(Site.SHOTGUN, "update Task", "Task:1", True))

    assert road.now == 0.0


def test_an_endpoint_that_asked_for_a_pause_is_spared_and_others_are_not():
    road = Road()
    search = jira_call("GET", "https://j/rest/api/2/user/assignable/search")
    road.gate.spare(search, LONGEST_WAIT + 8)

    with pytest.raises(Deferred) as raised:
        road.gate(search)
    road.gate(jira_call("GET", "https://j/rest/api/2/issue/CMT-1"))

    assert raised.value.seconds == LONGEST_WAIT + 8
    road.now += LONGEST_WAIT + 8
    road.gate(search)
