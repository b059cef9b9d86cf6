"""Working on the events of a key: order, failures, retries, dead letters, batches."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
import requests

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.policy import Policy
from sg_jira.errors import InvalidJiraValue
from sg_jira.events import event_from_shotgun
from sg_jira.outcomes import Skip, note_skip
from sg_jira.site_calls import Site, jira_call, make_call, shotgun_call
from tests.integration.engine.conftest import Bench, Records
from tests.unit.engine.test_failures import jira_error

POISON = "poison"


def poisonous(event):
    if event["meta"].get("new_value") == POISON:
        raise KeyError("s3cret thing")
    return True


def test_all_waiting_events_run_in_order(bench):
    for number in range(5):
        bench.fptr(number, new_value=number)

    assert bench.drain("Task:1") is None
    assert bench.values_seen() == [0, 1, 2, 3, 4]
    assert bench.states() == ["synced"] * 5


def test_a_key_without_work_costs_nothing(bench):
    assert bench.drain("Task:1") is None
    assert bench.bridge.seen == []


def test_a_skipped_event_keeps_its_reason(bench):
    def skip(event):
        note_skip(Skip.SYNC_OFF, "the flag is off")
        return False

    bench.bridge.act = skip
    bench.fptr(1)
    bench.drain("Task:1")

    (event,) = bench.events()
    assert (event["state"], event["reason"], event["detail"]) == (
        "skipped",
        "sync_off",
        "the flag is off",
    )


def test_a_transient_failure_waits_and_nothing_overtakes_it(bench):
    answers = [requests.ConnectionError("reset"), True, True]

    def act(event):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    bench.bridge.act = act
    bench.fptr(1, new_value="first")
    bench.fptr(2, new_value="second", attribute_name="due_date")
    when = bench.drain("Task:1")

    assert when > bench.clock()
    assert bench.states() == ["waiting", "waiting"]
    assert bench.drain("Task:1") == when, "it is too early"
    bench.bridge.shotgun = Records({"content": "first, edited"})
    bench.clock.seconds = 10
    assert bench.drain("Task:1") is None
    assert bench.states() == ["synced", "synced"]
    assert bench.values_seen() == ["first", "first, edited", "second"]


def test_a_rate_limit_is_no_attempt_and_is_honoured(bench):
    def limited(event):
        raise jira_error(429, **{"Retry-After": "600"})

    bench.bridge.act = limited
    bench.fptr(1)
    for round_ in range(20):
        bench.clock.seconds = round_ * 700
        when = bench.drain("Task:1")
        assert when >= bench.clock() + timedelta(seconds=600)

    (event,) = bench.events()
    assert (event["state"], event["attempts"], event["reason"]) == ("waiting", 0, "rate_limited")


def test_a_failure_for_good_is_dead_after_a_few_tries_and_its_key_moves_on(bench):
    bench.bridge.act = poisonous
    bench.bridge.shotgun = Records({"content": POISON})
    bench.fptr(1, new_value=POISON)
    bench.fptr(2, new_value="fine", attribute_name="due_date")
    for _ in range(Policy().attempts):
        bench.drain("Task:1")
        bench.clock.seconds += 100

    dead, fine = bench.events()
    assert (dead["state"], fine["state"]) == ("dead", "synced")
    assert (dead["reason"], dead["attempts"]) == ("handler_failed", 3)
    shown = bench.inspection.show(dead["seq"])
    assert "poisonous" in shown["trace"]
    assert "s3cret" not in shown["trace"] + shown["detail"]


def test_by_setting_a_dead_event_blocks_its_key_until_it_is_discarded(store, clock):
    bench = Bench(store, clock, blocks_on_dead=True, policy=Policy(attempts=1))
    bench.bridge.act = poisonous
    bench.fptr(1, new_value=POISON)
    bench.drain("Task:1")
    bench.fptr(2, new_value="fine")

    assert bench.drain("Task:1") is None
    assert bench.states() == ["dead", "waiting"]
    assert bench.inspection.discard([1]) == {1: "Task:1"}
    bench.drain("Task:1")
    assert bench.states() == ["discarded", "synced"]


def test_a_dead_event_blocks_also_what_was_taken_with_it(store, clock):
    bench = Bench(store, clock, blocks_on_dead=True, policy=Policy(attempts=1))
    bench.bridge.act = poisonous
    bench.fptr(1, new_value=POISON)
    bench.fptr(2, new_value="fine")
    bench.drain("Task:1")

    assert bench.states() == ["dead", "waiting"]
    assert "fine" not in bench.values_seen()


def test_a_dead_event_blocks_the_pair_that_it_turned_out_to_belong_to(store, clock):
    bench = Bench(store, clock, blocks_on_dead=True, policy=Policy(attempts=1))
    bench.bridge.act = fail_for_good
    bench.jira({"webhookEvent": "comment_updated", "comment": {"id": "7"}})
    bench.drain("Comment:7")
    bench.links.join("Comment:7", "Task:1")
    bench.fptr(2)

    assert bench.drain("Task:1") is None
    assert bench.states() == ["dead", "waiting"]


def fail_for_good(event):
    raise ValueError("no")


def tell_entry(bench, name, number):
    payload = {"event_log_entry_id": number, "meta": {"attribute_name": "content"}}
    bench.inbox.accept(event_from_shotgun(name, "Task", 1, payload, received_at=bench.clock()))


def test_many_events_of_an_entry_that_cannot_be_used_do_not_stop_the_others(bench):
    bench.bridge.broken_entries["broken"] = RuntimeError("no such field")
    more = bench.policy.batch + 1
    for number in range(more):
        tell_entry(bench, "broken", number)
    for number in range(more, 2 * more):
        tell_entry(bench, "good", number)
        tell_entry(bench, "broken", number)

    while (again := bench.drain("Task:1")) is not None and again <= bench.clock():
        pass

    found = bench.events()
    assert {one["state"] for one in found if one["settings_name"] == "broken"} == {"waiting"}
    assert "waiting" not in {one["state"] for one in found if one["settings_name"] == "good"}
    assert again is not None, "the broken one is tried again"


def test_a_replayed_event_is_synced_with_present_values(store, clock):
    bench = Bench(store, clock, policy=Policy(attempts=1))
    bench.bridge.act = poisonous
    bench.fptr(1, new_value=POISON)
    bench.drain("Task:1")
    bench.bridge.shotgun = Records({"content": "mended"})

    assert bench.inspection.replay([1]) == {1: "Task:1"}
    bench.drain("Task:1")

    assert bench.states() == ["synced"]
    assert bench.values_seen() == [POISON, "mended"]


def fail(event):
    raise requests.ConnectionError("reset")


#: Long enough for the waits between tries to have grown.
GIVE_UP = Policy(give_up_after=timedelta(hours=6))


def drain_until_dead(bench):
    """Tries whenever it is time; gives the hours that this took."""
    begin = bench.clock.seconds
    bench.bridge.act = fail
    while bench.states() != ["dead"]:
        again = bench.drain("Task:1")
        bench.clock.seconds += 0.0 if again is None else (again - bench.clock()).total_seconds()
    return (bench.clock.seconds - begin) / 3600


def test_a_transient_failure_ends_as_dead_in_the_end(store, clock):
    bench = Bench(store, clock, policy=GIVE_UP)
    bench.fptr(1)

    assert 5.4 < drain_until_dead(bench) < 6.6


@pytest.mark.parametrize("trouble", ["the entry cannot be used", "the bridge was down"])
def test_days_in_which_nothing_could_be_tried_do_not_count(store, clock, trouble):
    bench = Bench(store, clock, policy=GIVE_UP)
    bench.fptr(1)
    bench.bridge.act = fail
    bench.drain("Task:1")
    if trouble == "the entry cannot be used":
        bench.bridge.broken_entries["default"] = RuntimeError("no such field")
        for _ in range(96):
            bench.clock.seconds += 3600
            bench.drain("Task:1")
        bench.bridge.broken_entries.clear()
    bench.clock.seconds += 4 * 86400

    assert drain_until_dead(bench) > 5.4


def test_while_the_breaker_is_open_nothing_is_an_attempt(bench):
    def fail(event):
        raise requests.ConnectionError("reset")

    bench.bridge.act = fail
    for task in range(1, 6):
        bench.fptr(task, task=task)
        bench.drain(f"Task:{task}")

    attempts = [event["attempts"] for event in bench.events()]
    assert attempts == [1, 1, 0, 0, 0]
    assert len(bench.bridge.seen) == 3, "the open breaker lets nothing through"
    assert bench.drain("Task:5") == bench.trouble.known(Site.JIRA).until


def test_a_transient_failure_that_a_conversion_swallowed_counts(bench):
    def swallow(event):
        call = shotgun_call("read", {"type": "HumanUser"})
        with contextlib.suppress(TimeoutError):
            make_call(call, fail)
        return True

    def fail():
        raise TimeoutError("slow")

    bench.bridge.act = swallow
    bench.fptr(1)

    assert bench.drain("Task:1") is not None
    (event,) = bench.events()
    assert (event["state"], event["reason"]) == ("waiting", "no_answer")
    assert event["shotgun_calls"] == 1


def test_an_event_keeps_the_calls_of_all_its_runs_by_endpoint(bench):
    read = shotgun_call("read", {"type": "Task"})
    update = jira_call("PUT", "/rest/api/2/issue/CMT-1")

    def refuse():
        raise jira_error(503)

    answers = [refuse, lambda: "done"]

    def act(event):
        make_call(read, dict)
        return make_call(update, answers.pop(0))

    bench.bridge.act = act
    bench.bridge.shotgun = Records({"content": "present"})
    bench.fptr(1)
    bench.drain("Task:1")
    bench.clock.seconds = 3600
    bench.drain("Task:1")

    shown = bench.inspection.show(1)
    assert (shown["state"], shown["runs"]) == ("synced", 2)
    assert shown["calls"] == {"fptr": {"read Task": 2}, "jira": {"PUT issue/{}": 2}}
    assert (shown["shotgun_calls"], shown["jira_calls"]) == (2, 2)


def test_a_batch_that_is_taken_apart_counts_the_calls_that_it_made(bench):
    def fail(events):
        make_call(shotgun_call("read", {"type": "Task"}), dict)
        raise KeyError("cause")

    bench.bridge.act_on_all = fail
    bench.fptr(1)
    bench.fptr(2)
    bench.drain("Task:1")

    assert bench.inspection.show(1)["calls"] == {"fptr": {"read Task": 1}}
    assert bench.inspection.show(2)["calls"] == {}


def test_a_refusal_that_a_handler_swallowed_is_its_own_business(bench):
    def swallow(event):
        with contextlib.suppress(InvalidJiraValue):
            make_call(shotgun_call("read", None), refuse)
        return True

    def refuse():
        raise InvalidJiraValue("content", "", "no")

    bench.bridge.act = swallow
    bench.fptr(1)
    bench.drain("Task:1")

    assert bench.states() == ["synced"]


def test_events_of_an_entry_that_cannot_be_used_wait_as_not_ready(bench):
    bench.bridge.broken_entries["default"] = RuntimeError("no field sg_jira_key")
    bench.fptr(1)
    when = bench.drain("Task:1")

    (event,) = bench.events()
    assert when > bench.clock()
    assert (event["state"], event["reason"], event["attempts"]) == ("waiting", "not_ready", 0)
    assert bench.entry_failures == {"default": "RuntimeError: no field sg_jira_key"}

    bench.bridge.broken_entries.clear()
    bench.clock.seconds = 100
    bench.drain("Task:1")
    assert bench.states() == ["synced"]
    assert bench.entry_failures == {}


def test_without_a_bridge_events_wait_untouched(bench):
    def away():
        raise Deferred(Reason.NOT_READY, 5, "Jira is down")

    bench.drain._bridge = away
    bench.fptr(1)

    assert bench.drain("Task:1") == bench.clock() + timedelta(seconds=5)
    assert bench.states() == ["waiting"]


class Nonsense:
    def __bool__(self):
        raise RuntimeError("neither true nor false")


@pytest.mark.parametrize("leave", [Nonsense(), SystemExit(3)])
def test_nonsense_from_a_handler_costs_its_event_only(bench, leave):
    def act(event):
        if event["meta"]["new_value"] != "odd":
            return True
        if isinstance(leave, BaseException):
            raise leave
        return leave

    bench.bridge.act = act
    bench.bridge.shotgun = Records({"content": "odd"})
    bench.fptr(1, new_value="odd")
    bench.fptr(2, new_value="fine", attribute_name="due_date")
    for _ in range(3):
        bench.drain("Task:1")
        bench.clock.seconds += 100

    assert bench.states() == ["dead", "synced"]


def test_a_batch_is_merged_into_its_last_event(bench):
    bench.bridge.act_on_all = lambda events: [True] * len(events)
    for number in range(1, 4):
        bench.fptr(number, new_value=number)
    bench.drain("Task:1")

    events = bench.events()
    assert [event["state"] for event in events] == ["merged", "merged", "synced"]
    assert [event["merged_into"] for event in events] == [3, 3, None]


def test_a_batch_that_fails_is_taken_apart_so_that_poison_stands_alone(bench):
    def fail(events):
        raise ValueError("one of them is poison")

    bench.bridge.act_on_all = fail
    bench.bridge.act = poisonous
    bench.bridge.shotgun = Records({"content": POISON})
    bench.fptr(1, new_value="a", attribute_name="due_date")
    bench.fptr(2, new_value=POISON)
    bench.fptr(3, new_value="c", attribute_name="due_date")
    for _ in range(3):
        bench.drain("Task:1")
        bench.clock.seconds += 100

    assert bench.states() == ["synced", "dead", "synced"]


def test_a_site_that_fails_a_batch_makes_it_wait_as_a_whole(bench):
    def fail(events):
        raise requests.ConnectionError("reset")

    bench.bridge.act_on_all = fail
    for number in range(1, 4):
        bench.fptr(number)

    assert bench.drain("Task:1") > bench.clock()
    assert bench.states() == ["waiting"] * 3
    assert [event["runs"] for event in bench.events()] == [1, 0, 0]
    assert bench.bridge.seen == []


def test_when_stopping_the_rest_stays_waiting(bench):
    def act(event):
        bench.stopping = True
        return True

    bench.bridge.act = act
    for number in range(1, 4):
        bench.fptr(number)
    bench.drain("Task:1")

    assert bench.states() == ["synced", "waiting", "waiting"]


def test_a_comment_whose_note_was_written_has_the_notes_key_from_then_on(bench):
    def write(event):
        make_call(shotgun_call("update", {"type": "Note", "id": 5}), lambda: None)
        return True

    bench.bridge.act = write
    comment = {"webhookEvent": "comment_updated", "comment": {"id": "7", "updated": None}}
    assert bench.jira(comment).ordering_key == "Comment:7"
    bench.drain("Comment:7")

    assert bench.jira({**comment, "again": True}).ordering_key == "Note:5"


def test_entries_of_the_settings_do_not_wait_for_each_other(bench):
    bench.bridge.broken_entries["broken"] = RuntimeError("no such field")
    for number, name in enumerate(("broken", "default", "broken", "default"), start=1):
        payload = {"event_log_entry_id": number, "meta": {"attribute_name": "content"}}
        event = event_from_shotgun(name, "Task", 1, payload, received_at=bench.clock())
        bench.inbox.accept(event)

    assert bench.drain("Task:1") > bench.clock()
    assert bench.states() == ["waiting", "synced", "waiting", "synced"]
