"""Whatever a studio's code raises, or the store, costs its own record only and is told."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from sg_jira.errors import StoreAway


class UnspeakableError(Exception):
    """Cannot be printed."""

    def __str__(self):
        raise RuntimeError("no words")


HALF = "caf\udce9.ma"  # as a file name that is not UTF-8 is read


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        KeyboardInterrupt(),
        GeneratorExit(),
        SystemExit(3),
        UnspeakableError(),
        ValueError(f"{HALF} cannot be opened"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_of_any_kind_ends_as_a_dead_letter_with_its_reason(bench, error):
    def act(event):
        raise error

    bench.bridge.act = act
    bench.fptr(1)
    for _ in range(bench.policy.attempts):
        bench.drain("Task:1")
        bench.clock.seconds += 100

    (event,) = bench.events()
    assert (event["state"], event["reason"], event["attempts"]) == ("dead", "handler_failed", 3)
    assert type(error).__name__ in event["detail"]
    assert "test_odd_failures.py" in bench.inspection.show(event["seq"])["trace"]


def test_of_a_huge_trace_both_ends_are_kept(bench):
    def act(event):
        raise ValueError(f"begin {'x' * 3_000_000} s3cret end")

    bench.bridge.act = act
    bench.fptr(1)
    bench.drain("Task:1")

    trace = bench.inspection.show(1)["trace"]
    assert len(trace) < 25_000
    assert trace.startswith("Traceback")
    assert "characters are left out]" in trace
    assert trace.rstrip().endswith("*** end")


def test_a_studios_module_that_quits_makes_its_entry_unusable_for_the_moment(bench):
    bench.bridge.broken_entries["default"] = SystemExit("no licence")
    bench.fptr(1)
    bench.drain("Task:1")

    assert [(one["state"], one["reason"]) for one in bench.events()] == [("waiting", "not_ready")]
    assert "no licence" in bench.entry_failures["default"]


def test_what_ran_when_the_store_went_away_is_known_to_have_run(bench, store):
    """It may have written something: its values are read anew, and what it wrote is watched."""

    def act(event):
        raise StoreAway("locked")

    bench.bridge.act = act
    bench.fptr(1, new_value="first")
    bench.jira({"webhookEvent": "jira:issue_updated", "issue": {"id": "7", "key": "CMT-1"}})
    bench.links.join("Issue:7", "Task:1")
    assert bench.drain("Task:1") > bench.clock()

    first, later = bench.inbox.take("Task:1", 10).entries
    assert (first.runs, first.is_old) == (2, True)
    assert (later.runs, later.is_old) == (1, False)


def test_a_store_that_cannot_be_looked_at_is_looked_at_by_who_sweeps(store):
    changed = store.watch()
    assert changed()
    assert not changed()
    with store.writing() as connection:
        connection.execute(sa.text("INSERT INTO fact VALUES ('a', 'b')"))
    log = store.path.with_name(f"{store.path.name}-wal")
    log.write_bytes(b"")  # as somebody who tidies up

    assert changed()
    assert changed()
