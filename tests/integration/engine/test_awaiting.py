"""Events that need what is being made for another record: they wait, and go on."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from sg_jira.engine.awaiting import LOOK_AGAIN, LOOK_SOON
from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.links import DurableLinks
from sg_jira.events import event_from_shotgun

NOTE, TASK = "Note:5", "Task:1"


def need(bench, subject):
    """A handler that needs the counterpart of a record which has none."""

    def act(event):
        bench.links.await_counterpart(subject)
        return False

    return act


@pytest.fixture
def note(bench):
    """A Note whose handler needs the Issue of its Task."""
    bench.bridge.act = need(bench, TASK)
    payload = {"event_log_entry_id": 1, "meta": {"attribute_name": "tasks"}}
    event = event_from_shotgun("default", "Note", 5, payload, received_at=bench.clock())
    bench.inbox.accept(event)
    return bench


def leave_unanswered(links, subject):
    with links.creating(subject) as creation:
        creation.attempted = True


def finish(links, subject, made="CMT-1"):
    with links.creating(subject) as creation:
        creation.attempted = True
        creation.made = made
        creation.finished = True


def fate(bench):
    (event,) = bench.events()
    return event["state"], event["reason"]


def test_nobody_waits_for_what_nobody_makes(note):
    note.drain(NOTE)

    assert fate(note) == ("skipped", "not_wanted")


def test_an_event_waits_while_the_counterpart_of_its_parent_is_made_and_is_woken(note):
    with note.links.creating(TASK) as creation:
        creation.attempted = True
        assert note.drain(NOTE) >= note.clock() + timedelta(seconds=LOOK_AGAIN)
        assert fate(note) == ("waiting", "creation_under_way")
        assert note.events()[0]["attempts"] == 0
        assert note.woken == []
        creation.made = "CMT-1"
        creation.finished = True

    assert note.woken == [NOTE]
    note.clock.seconds += 0.1
    assert note.drain(NOTE) is None
    assert fate(note) == ("skipped", "not_wanted")


def test_it_waits_also_before_the_other_site_was_asked(note):
    with note.links.creating(TASK):
        note.drain(NOTE)
        assert fate(note) == ("waiting", "creation_under_way")

    assert note.woken == [NOTE]


def test_it_waits_while_its_parent_has_events_and_looks_ever_more_rarely(note):
    note.fptr(7, task=1, attribute_name="sg_sync_in_jira")
    waits = []
    for _ in range(8):
        at = note.drain(NOTE)
        assert note.states()[0] == "waiting"
        waits.append((at - note.clock()).total_seconds())
        note.clock.seconds += waits[-1] + 0.01

    # A second at first, then as long again as it has waited; and up to a second of jitter.
    assert waits[0] <= LOOK_SOON + 1
    assert waits[1] > waits[0] - 1
    assert LOOK_AGAIN <= waits[-1] <= LOOK_AGAIN + 1


def test_it_waits_for_an_answer_that_was_lost_even_if_that_was_before_a_restart(note, store):
    leave_unanswered(DurableLinks(store, note.clock, search_lag=60), TASK)
    note.drain(NOTE)

    assert fate(note) == ("waiting", "creation_under_way")
    note.clock.seconds = LOOK_AGAIN + 2
    note.drain(NOTE)
    assert fate(note) == ("waiting", "creation_under_way")
    finish(note.links, TASK)
    assert note.woken == [NOTE]


def test_waiting_costs_no_polling(note):
    leave_unanswered(note.links, TASK)
    first = note.drain(NOTE)
    for _ in range(20):
        assert note.drain(NOTE) == first

    assert len(note.bridge.seen) == 1


def test_a_creation_that_was_refused_lets_those_who_wait_go_on(note):
    with note.links.creating(TASK) as creation:
        creation.attempted = True
        note.drain(NOTE)
        creation.attempted = False

    assert note.woken == [NOTE]
    note.drain(NOTE)
    assert fate(note) == ("skipped", "not_wanted")


def test_a_creation_that_ends_between_reading_and_looking_is_looked_for_once_more(note):
    def act(event):
        if len(note.bridge.seen) == 1:
            finish(note.links, TASK)  # after the Task was read without a key
        note.links.await_counterpart(TASK)
        return True

    note.bridge.act = act
    note.drain(NOTE)
    assert fate(note) == ("waiting", "creation_under_way")
    assert note.woken == [NOTE]
    note.clock.seconds += 0.1
    note.drain(NOTE)

    assert fate(note) == ("synced", None)


def test_a_creation_that_ends_before_the_wait_is_noted_wakes_all_the_same(note):
    def act(event):
        with note.links.creating(TASK) as creation:
            creation.attempted = creation.finished = True
            try:
                need(note, TASK)(event)
            finally:
                note.clock.seconds += 0.1

    note.bridge.act = act
    note.drain(NOTE)

    assert fate(note) == ("waiting", "creation_under_way")
    assert note.woken == [NOTE]
    note.bridge.act = lambda event: True
    note.drain(NOTE)
    assert fate(note) == ("synced", None)


def test_two_that_need_each_other_do_not_wait_for_ever(note):
    for subject in (TASK, NOTE):
        leave_unanswered(note.links, subject)
    note.drain(NOTE)
    note.fptr(2)
    note.bridge.act = need(note, NOTE)
    note.drain(TASK)

    assert [event["state"] for event in note.events()] == ["waiting", "skipped"]


def test_a_ring_of_several_does_not_wait_for_ever(bench):
    for task in (1, 2, 3):
        leave_unanswered(bench.links, f"Task:{task}")
    for task in (1, 2, 3):
        bench.fptr(task, task=task)
        bench.bridge.act = need(bench, f"Task:{task % 3 + 1}")
        bench.drain(f"Task:{task}")

    assert bench.states() == ["waiting", "waiting", "skipped"]


def test_nobody_waits_for_himself(bench):
    leave_unanswered(bench.links, TASK)
    bench.bridge.act = need(bench, TASK)
    bench.fptr(1)
    bench.drain(TASK)

    assert bench.states() == ["skipped"]


def test_waiting_has_an_end(note):
    leave_unanswered(note.links, TASK)
    note.drain(NOTE)
    note.clock.seconds = timedelta(days=3, minutes=1).total_seconds()
    note.drain(NOTE)

    assert fate(note) == ("skipped", "not_wanted")


def test_outside_of_the_engine_nobody_waits(bench):
    leave_unanswered(bench.links, TASK)

    bench.links.await_counterpart(TASK)


def test_what_has_ended_is_deleted_soon(bench, clock):
    finish(bench.links, TASK)
    clock.seconds = 3600
    Cleaning(bench.store, clock).delete_old(timedelta(days=14))

    assert open_rows(bench) == []


def open_rows(bench):
    with bench.store.reading() as connection:
        return connection.exec_driver_sql("SELECT subject, finished FROM creation").all()


def run_again(bench, told):
    """An event whose first run was killed after it had written the key."""

    def act(event):
        bench.links.linked(*told)
        return True

    bench.bridge.act = act
    bench.bridge.shotgun.record = {"content": "present"}
    bench.fptr(1)
    bench.inbox.take(TASK, 10)
    bench.inbox.recover()
    bench.drain(TASK)


@pytest.mark.parametrize("told", [(TASK, "CMT-1"), (TASK, None)])
def test_an_intent_that_a_kill_left_open_is_closed_when_its_key_is_seen(bench, told):
    with bench.links.creating(TASK) as creation:
        creation.attempted = True
        creation.made = "CMT-1"
    run_again(bench, told)

    assert bench.states() == ["synced"]
    assert [row.finished is not None for row in open_rows(bench)] == [True]


def test_who_waits_for_an_intent_that_was_left_open_is_woken_when_its_key_is_seen(note):
    leave_unanswered(note.links, TASK)
    note.drain(NOTE)
    run_again(note, (TASK, None))

    assert note.woken == [NOTE]


@pytest.mark.parametrize("made", [None, "CMT-2"])
def test_the_key_of_an_earlier_counterpart_closes_nothing(bench, made):
    with bench.links.creating(TASK) as creation:
        creation.attempted = True
        creation.made = made
    run_again(bench, (TASK, "CMT-1"))

    assert [row.finished for row in open_rows(bench)] == [None]


def test_to_tell_that_a_record_has_its_key_costs_nothing_at_first(bench, monkeypatch):
    asked = []
    monkeypatch.setattr(bench.links, "_store", None)

    def act(event):
        bench.links.linked(TASK, "CMT-1")
        asked.append(event)
        return True

    bench.bridge.act = act
    bench.fptr(1)
    bench.drain(TASK)

    assert (len(asked), bench.states()) == (1, ["synced"])


def test_a_comment_whose_intent_is_closed_late_has_its_notes_key(bench):
    with bench.links.creating(NOTE) as creation:
        creation.attempted = True
        creation.made = "CMT-1/10019"
    run_again(bench, (NOTE, "CMT-1/10019"))

    comment = {"webhookEvent": "comment_updated", "comment": {"id": "10019"}}
    assert bench.jira(comment).ordering_key == NOTE


def test_who_waits_in_another_thread_is_woken_after_the_record_is_free(note):
    """Else it would find the creation under way still, and wait for nobody."""
    held, seen = [], threading.Event()

    def wake(key):
        held.append(note.links._turns.is_taken(TASK))
        seen.set()

    note.links.wake = wake
    with note.links.creating(TASK) as creation:
        note.drain(NOTE)
        creation.attempted = creation.finished = True

    assert seen.is_set()
    assert held == [False]
