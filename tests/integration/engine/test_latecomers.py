"""Changes that come while a pass still reads go with it."""

from __future__ import annotations

import contextlib

import pytest

from sg_jira.engine import latecomers
from sg_jira.engine.latecomers import MoreCame
from sg_jira.events import WHOLE_CREATION
from sg_jira.site_calls import jira_call, make_call, shotgun_call

READ_TASK = shotgun_call("read", {"type": "Task"})
READ_ISSUE = jira_call("GET", "https://j/rest/api/2/issue/CMT-1")
WRITE = jira_call("PUT", "https://j/rest/api/2/issue/CMT-1")


@pytest.fixture
def handed(bench):
    """What a handler was given each time; it reads twice, and writes if it got that far."""
    handed = []

    def handle(events):
        handed.append([event["meta"]["new_value"] for event in events])
        make_call(READ_TASK, lambda: bench.arriving and bench.arriving.pop(0)())
        make_call(READ_ISSUE, lambda: True)
        make_call(WRITE, lambda: True)
        return [True] * len(events)

    bench.arriving = []
    bench.bridge.act_on_all = handle
    bench.bridge.act = lambda event: handle([event])[0]
    return handed


def test_what_comes_while_the_first_change_is_looked_at_is_written_with_it(bench, handed):
    bench.arriving = [lambda: [bench.fptr(number, new_value=number) for number in (2, 3)]]
    bench.fptr(1, new_value=1)

    assert bench.drain("Task:1") is None

    assert handed == [[1], [1, 2, 3]]
    assert bench.states() == ["merged", "merged", "synced"]
    calls = [(event["shotgun_calls"], event["jira_calls"]) for event in bench.events()]
    assert calls == [(0, 0), (0, 0), (2, 2)], "one read more, and all of them are told"


def test_what_follows_closely_is_waited_for(bench, handed, monkeypatch):
    arriving = [lambda: bench.fptr(3, new_value=3), lambda: bench.fptr(4, new_value=4)]
    monkeypatch.setattr(latecomers.time, "sleep", lambda seconds: arriving and arriving.pop(0)())
    bench.arriving = [lambda: bench.fptr(2, new_value=2)]
    bench.fptr(1, new_value=1)
    bench.drain("Task:1")

    assert handed == [[1], [1, 2, 3, 4]]


@pytest.fixture
def slept(bench, monkeypatch):
    """How long was slept; meanwhile the bench's clock goes on, and the next event arrives."""
    slept = []

    def sleep(seconds):
        slept.append(round(seconds, 3))
        bench.clock.seconds += seconds
        if bench.following:
            bench.following.pop(0)()

    bench.following = []
    monkeypatch.setattr(latecomers.time, "sleep", sleep)
    return slept


def test_the_events_of_a_creation_are_waited_for_before_the_first_call(bench, handed, slept):
    bench.following = [
        lambda: bench.fptr(2, new_value=2, in_create=True),
        lambda: bench.fptr(3, new_value=3, in_create=True),
    ]
    bench.fptr(1, new_value=1, in_create=True)
    bench.drain("Task:1")

    assert handed == [[1, 2, 3]], "the record was read once"
    assert slept == [0.05, 0.05, 0.05]


def test_a_creation_that_waited_for_long_is_complete(bench, handed, slept):
    bench.fptr(1, new_value=1, in_create=True)
    bench.clock.seconds += 0.03
    bench.fptr(2, new_value=2, in_create=True)
    bench.clock.seconds += 1
    bench.drain("Task:1")

    assert handed == [[1, 2]]
    assert slept == []


def test_a_creation_that_is_told_as_a_whole_begins_at_once(bench, handed, slept):
    bench.fptr(1, new_value=1, in_create=True, **{WHOLE_CREATION: True})
    bench.drain("Task:1")

    assert handed == [[1]]
    assert slept == []


def test_a_pass_begins_anew_once_at_most(bench, handed):
    bench.arriving = [
        lambda: bench.fptr(2, new_value=2),
        lambda: bench.fptr(3, new_value=3),
        lambda: bench.fptr(4, new_value=4),
    ]
    bench.fptr(1, new_value=1)
    bench.drain("Task:1")
    assert handed == [[1], [1, 2]]

    bench.drain("Task:1")
    assert handed[2:] == [[3], [3, 4]]


def test_nothing_joins_across_another_event_nor_from_another_record(bench, handed):
    def come():
        bench.jira({"issue": {"id": "1", "key": "CMT-1"}}, "CMT-1")
        bench.links.join("Issue:1", "Task:1")
        bench.fptr(2, new_value=2)
        bench.fptr(3, task=2)

    bench.arriving = [come]
    bench.fptr(1, new_value=1)
    bench.drain("Task:1")

    assert handed == [[1]]
    assert bench.states() == ["synced", "waiting", "waiting", "waiting"]


def test_an_older_change_that_comes_late_is_known_to_be_old(bench):
    bench.fptr(2, new_value="newer")
    taken = bench.inbox.take("Task:1", 10).entries
    bench.fptr(1, new_value="older")
    bench.fptr(3, attribute_name="due_date")

    assert [entry.is_old for entry in bench.inbox.take_late(taken)] == [True, False]


def test_a_handler_that_hides_the_end_of_its_pass_writes_nothing_in_it(bench, handed):
    written = []

    def hide(event):
        make_call(READ_TASK, lambda: bench.arriving and bench.arriving.pop(0)())
        for call in (READ_ISSUE, WRITE):
            with contextlib.suppress(MoreCame):
                make_call(call, lambda: written.append(event["meta"]["new_value"]))
        return True

    bench.bridge.act = hide
    bench.arriving = [lambda: bench.fptr(2, new_value=2)]
    bench.fptr(1, new_value=1)
    bench.drain("Task:1")

    assert written == []
    assert handed == [[1, 2]]
    assert bench.states() == ["merged", "synced"]


def test_a_batch_with_latecomers_that_fails_is_taken_apart(bench, handed):
    def fail(events):
        raise ValueError("one of them is poison")

    bench.bridge.act_on_all = fail
    bench.arriving = [lambda: bench.fptr(2, new_value=2)]
    bench.fptr(1, new_value=1)
    bench.drain("Task:1")

    assert handed == [[1], [1], [2]]
    assert bench.states() == ["synced", "synced"]


def test_a_handler_that_writes_first_is_not_called_again(bench, handed):
    written = []

    def write_first(event):
        make_call(WRITE, lambda: written.append(event["meta"]["new_value"]))
        bench.arriving.pop(0)()
        make_call(READ_TASK, lambda: True)
        return True

    bench.bridge.act = write_first
    bench.arriving = [lambda: bench.fptr(2, new_value=2), lambda: None]
    bench.bridge.act_on_all = lambda events: [write_first(event) for event in events]
    bench.fptr(1, new_value=1)
    bench.drain("Task:1")
    bench.drain("Task:1")

    assert written == [1, 2]
