"""What is known of the sites' trouble: what it costs, that it lasts, who may see it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from sg_jira.engine.breaker import Position
from sg_jira.engine.trouble import WELL, StoredTrouble
from sg_jira.site_calls import Site, jira_call, make_call
from tests.integration.engine.conftest import Bench
from tests.unit.engine.test_failures import jira_error

WRITE = jira_call("PUT", "https://j/rest/api/2/issue/CMT-1")
OTHER_WRITE = jira_call("PUT", "https://j/rest/api/2/issue/CMT-2")


@pytest.fixture
def statements(store):
    """What the database is asked."""
    asked = []

    def keep(connection, cursor, statement, *_):
        asked.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", keep)
    return asked


def test_while_all_is_well_nothing_is_written_about_it(bench, statements):
    bench.bridge.act = lambda event: make_call(WRITE, lambda: True)
    for number in range(1, 6):
        bench.fptr(number, task=number)
        bench.drain(f"Task:{number}")

    assert bench.states() == ["synced"] * 5
    about = [one for one in statements if "trouble" in one or "pace" in one]
    assert len(about) == 1
    assert about[0].startswith("SELECT")


def refuse(reason=None, **headers):
    said = {"RateLimit-Reason": reason} if reason else {}

    def send():
        raise jira_error(429, **said, **headers)

    return lambda event: make_call(WRITE, send)


def test_what_a_site_asked_for_outlives_a_restart(bench, store, clock):
    bench.bridge.act = refuse("jira-quota-tenant-based", **{"Retry-After": "1800"})
    bench.fptr(1)
    bench.drain("Task:1")

    restarted = Bench(store, clock)
    assert restarted.drain("Task:2") >= clock() + timedelta(seconds=1800)


@pytest.mark.parametrize("reason", ["jira-per-issue-on-write", "jira-burst-based"])
def test_a_limit_of_one_issue_or_endpoint_stops_nothing_else_however_often_it_is_met(bench, reason):
    bench.passes.pacing._sleep = lambda seconds: None
    bench.bridge.act = refuse(reason)
    for number in range(1, 6):
        bench.fptr(number, task=number)
        bench.drain(f"Task:{number}")

    assert bench.breakers[Site.JIRA].position is Position.CLOSED


def test_waiting_for_a_place_in_an_issues_row_is_no_failure_of_the_site(bench):
    def write_much(event):
        for _ in range(200):
            make_call(WRITE, lambda: True)

    bench.passes.pacing._sleep = lambda seconds: None
    bench.bridge.act = write_much
    for number in range(1, 6):
        bench.fptr(number, task=number)
        bench.drain(f"Task:{number}")

    assert {event["reason"] for event in bench.events()} == {"rate_limited"}
    assert bench.trouble.known(Site.JIRA) == WELL


def test_an_issue_that_asked_for_a_pause_is_left_alone_by_all_that_write_to_it(bench, clock):
    bench.bridge.act = refuse("jira-per-issue-on-write", **{"Retry-After": "20"})
    bench.fptr(1)
    bench.drain("Task:1")
    bench.bridge.act = lambda event: make_call(WRITE, lambda: True)
    bench.fptr(2, task=2)
    bench.drain("Task:2")

    waiting = bench.events()[1]
    assert (waiting["reason"], waiting["jira_calls"]) == ("rate_limited", 0)
    bench.bridge.act = lambda event: make_call(OTHER_WRITE, lambda: True)
    bench.fptr(3, task=3)
    assert bench.drain("Task:3") is None


def test_who_probed_before_a_restart_is_not_waited_for(bench, store, clock):
    bench.breakers[Site.JIRA].failed("Task:1", "rate_limited", 5.0, True)
    clock.seconds = 10
    assert bench.breakers[Site.JIRA].blocked_until("Task:1") is None

    restarted = Bench(store, clock)
    assert restarted.breakers[Site.JIRA].blocked_until("Task:2") is not None
    restarted.breakers[Site.JIRA].recover()
    assert restarted.breakers[Site.JIRA].blocked_until("Task:2") is None


def test_a_key_that_another_site_stops_leaves_the_place_of_the_probe(bench, clock):
    for site in Site:
        bench.breakers[site].failed("Task:1", "rate_limited", 5.0, True)
    clock.seconds = 10
    bench.breakers[Site.JIRA].failed("Task:1", "rate_limited", 60.0, True)
    bench.fptr(1)

    assert bench.drain("Task:1") >= clock() + timedelta(seconds=60)
    assert bench.trouble.known(Site.SHOTGUN).probe is None


def test_a_drain_under_way_stops_when_others_find_the_site_down(bench, store):
    def act(event):
        other = Bench(store, bench.clock)
        other.breakers[Site.JIRA].failed("Task:9", "rate_limited", 60.0, True)
        bench.trouble._good_until = 0.0  # as it is where processes share a store
        return True

    bench.bridge.act = act
    for number in range(1, 4):
        bench.fptr(number)

    assert bench.drain("Task:1") >= bench.clock() + timedelta(seconds=60)
    assert bench.states() == ["synced", "waiting", "waiting"]


def test_trouble_is_written_and_read_as_it_is(store, clock):
    book = StoredTrouble(store)
    bench = Bench(store, clock)
    bench.breakers[Site.JIRA].failed("Task:1", "no_answer", None, False)
    bench.passes.pacing.spare(WRITE, 60.0)
    bench.passes.pacing.ease(Site.JIRA, 30.0)

    assert book.known(Site.JIRA) == bench.trouble.known(Site.JIRA)
    assert json.loads(json.dumps(bench.breakers[Site.JIRA].describe())) == {
        "position": "closed",
        "until": None,
        "reason": None,
        "probes": 0,
        "spared": {"PUT issue/{}": "2026-03-01T12:01:00+00:00"},
        "near_limit_until": "2026-03-01T12:00:30+00:00",
    }


def test_what_is_over_by_itself_is_forgotten(bench, clock):
    bench.passes.pacing.spare(WRITE, 60.0)
    clock.seconds = 61
    bench.fptr(1)
    bench.drain("Task:1")

    assert bench.trouble.known(Site.JIRA) == WELL
