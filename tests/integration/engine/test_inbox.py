"""Accepting, taking and settling events."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.identity import JiraFacts
from sg_jira.engine.inbox import Fate
from sg_jira.engine.schema import Lane, State
from sg_jira.events import event_from_shotgun
from tests.integration.engine.conftest import NOON, timedelta

FACTS = JiraFacts("customfield_1", "customfield_2", frozenset({"bot"}))


def test_the_same_delivery_six_times_by_eight_threads_is_one_event(bench):
    begin = threading.Barrier(8)
    receipts = []

    def deliver():
        begin.wait()
        receipts.extend(bench.fptr(7) for _ in range(6))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(receipts) == 48
    assert sum(not receipt.is_known for receipt in receipts) == 1
    assert len({receipt.seq for receipt in receipts}) == 1
    assert bench.states() == ["waiting"]


def test_an_unsigned_event_with_a_guessed_id_does_not_shadow_the_real_one(bench):
    forged = event_from_shotgun("default", "Task", 1, {"event_log_entry_id": 7}, received_at=NOON)
    real = event_from_shotgun(
        "default", "Task", 1, {"event_log_entry_id": 7}, received_at=NOON, signed=True
    )

    assert not bench.inbox.accept(forged).is_known
    assert not bench.inbox.accept(real).is_known


def test_events_of_a_key_are_taken_in_order_of_arrival(bench):
    for number in (5, 3, 9):
        bench.fptr(number)
    bench.fptr(4, task=2)

    taken = bench.inbox.take("Task:1", 10)

    assert [entry.event.id for entry in taken.entries] == [f"fptr:{number}" for number in (5, 3, 9)]
    assert bench.states() == ["running", "running", "running", "waiting"]


def test_an_event_behind_a_newer_change_of_the_same_field_is_old(bench):
    for number in (5, 3, 9):
        bench.fptr(number)

    assert [entry.is_old for entry in bench.inbox.take("Task:1", 10).entries] == [
        False,
        True,
        False,
    ]


def test_an_event_older_than_what_was_processed_is_old(bench):
    bench.fptr(5)
    bench.drain("Task:1")
    bench.fptr(3)
    bench.fptr(6)
    bench.fptr(4, attribute_name="due_date")

    taken = bench.inbox.take("Task:1", 10)
    assert [entry.is_old for entry in taken.entries] == [True, False, False]


def test_what_was_left_running_waits_again_and_is_old(bench):
    bench.fptr(5)
    bench.inbox.take("Task:1", 10)

    assert bench.inbox.recover() == 1
    (entry,) = bench.inbox.take("Task:1", 10).entries
    assert (entry.is_old, entry.runs) == (True, 2)


def test_what_was_released_unbegun_is_as_new(bench):
    bench.fptr(5)
    (entry,) = bench.inbox.take("Task:1", 10).entries
    bench.inbox.settle([], [entry.seq])

    (entry,) = bench.inbox.take("Task:1", 10).entries
    assert (entry.is_old, entry.runs) == (False, 1)


def test_live_keys_come_before_bulk_ones(bench):
    def event(number):
        payload = {"event_log_entry_id": number}
        return event_from_shotgun("default", "Task", number, payload, received_at=NOON)

    bench.inbox.accept_all([event(1)], Lane.BULK)
    bench.inbox.accept(event(2))
    bench.inbox.accept_all([event(3)], Lane.BULK)

    keys = [one.key for one in bench.inbox.waiting_keys()]
    assert keys == ["Task:2", "Task:1", "Task:3"]


def issue_event(number=1, user="ada", event="jira:issue_updated", **fields):
    return {
        "webhookEvent": event,
        "user": {"name": user},
        "issue": {"id": "10034", "key": "CMT-1", "fields": fields},
        "changelog": {"id": str(number), "items": []},
    }


LINKED = {"customfield_1": "Task", "customfield_2": "12"}


def test_an_issue_that_names_its_record_has_the_records_key(bench):
    assert bench.jira(issue_event(1, **LINKED)).ordering_key == "Issue:10034"
    bench.identities.learn(FACTS)

    assert bench.jira(issue_event(2, **LINKED)).ordering_key == "Task:12"
    assert bench.jira(issue_event(3)).ordering_key == "Issue:10034"


@pytest.mark.parametrize("kind", ["comment", "worklog"])
def test_a_remark_has_its_own_key_whether_or_not_its_issue_names_the_record(bench, kind):
    """A webhook may tell less of the Issue than a search does, or the other way round."""
    bench.identities.learn(FACTS)
    remark = {kind: {"id": "7", "updated": "2026-03-01T12:00:00.000+0000"}}
    by_search = {**issue_event(1, event=f"{kind}_updated", **LINKED), **remark}
    by_webhook = {**issue_event(2, event=f"{kind}_updated"), **remark}

    told = [bench.jira(one).ordering_key for one in (by_search, by_webhook)]
    assert told == [f"{kind.capitalize()}:7"] * 2


@pytest.mark.parametrize("number", ["", "twelve", None, "inf", []])
def test_a_field_that_names_no_record_is_no_key(bench, number):
    bench.identities.learn(FACTS)
    linked = {"customfield_1": "Task", "customfield_2": number}

    assert bench.jira(issue_event(1, **linked)).ordering_key == "Issue:10034"


def test_what_jira_told_survives_a_restart(bench, store):
    bench.identities.learn(FACTS)

    assert type(bench)(store, bench.clock).jira(issue_event(2, **LINKED)).ordering_key == "Task:12"


def test_what_waits_moves_to_the_pair_that_was_learned_and_keeps_its_order(bench):
    bench.jira(issue_event(1))
    bench.fptr(5, task=12)
    bench.jira(issue_event(2))
    bench.links.join("Issue:10034", "Task:12")

    seqs = [entry.seq for entry in bench.inbox.take("Task:12", 10).entries]
    assert seqs == sorted(seqs)
    assert len(seqs) == 3
    assert bench.jira(issue_event(4)).ordering_key == "Task:12"


def test_a_pair_waits_for_what_is_under_way_under_its_other_key(bench):
    """An Issue has just become a record, and its event is not done yet."""
    first = bench.jira(issue_event(1))
    bench.inbox.take("Issue:10034", 10)
    bench.links.join("Issue:10034", "Task:12")
    bench.fptr(5, task=12)

    taken = bench.inbox.take("Task:12", 10)
    assert not taken.entries
    assert taken.when > bench.clock()

    bench.inbox.settle([Fate(first.seq, State.SYNCED)])
    assert len(bench.inbox.take("Task:12", 10).entries) == 1


def test_what_failed_under_the_other_key_is_tried_before_later_events_of_the_pair(bench):
    first = bench.jira(issue_event(1))
    bench.inbox.take("Issue:10034", 10)
    bench.links.join("Issue:10034", "Task:12")
    later = bench.fptr(5, task=12)
    bench.inbox.settle([Fate(first.seq, State.WAITING)])

    taken = bench.inbox.take("Task:12", 10)
    assert [entry.seq for entry in taken.entries] == [first.seq, later.seq]


def test_what_a_dead_process_left_under_the_other_key_goes_to_the_pair(bench):
    first = bench.jira(issue_event(1))
    bench.inbox.take("Issue:10034", 10)
    bench.links.join("Issue:10034", "Task:12")
    later = bench.fptr(5, task=12)

    assert bench.inbox.take("Issue:10034", 10).moved_to == "Task:12"
    taken = bench.inbox.take("Task:12", 10)
    assert [entry.seq for entry in taken.entries] == [first.seq, later.seq]
    assert taken.entries[0].is_old


def test_old_finished_events_are_deleted_and_dead_ones_stay(bench, store):
    for number in range(1, 6):
        bench.fptr(number, task=number)
        bench.inbox.take(f"Task:{number}", 1)
    states = [State.SYNCED, State.SKIPPED, State.MERGED, State.DEAD, State.WAITING]
    bench.inbox.settle([Fate(seq, state) for seq, state in enumerate(states, start=1)])
    cleaning = Cleaning(store, bench.clock, batch=2)

    bench.clock.seconds = 86400 * 15
    bench.fptr(9)

    assert cleaning.delete_old(timedelta(days=14)) == 3
    assert bench.states() == ["dead", "waiting", "waiting"]


def test_cleaning_does_not_look_at_what_is_done_lately(bench, store):
    asked = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    bench.fptr(1)

    assert Cleaning(store, bench.clock).delete_old(timedelta(days=14)) == 0

    looked, parameters = next(one for one in asked if one[0].startswith("SELECT event."))
    with store.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {looked}", parameters).all()
    assert ["USING INDEX event_by_done" in step[3] for step in plan] == [True]
