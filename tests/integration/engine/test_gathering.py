"""Full syncs of back-fill that are prepared together: who is taken along, and who is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sg_jira.engine.gathering import LIFETIME, PAUSE
from sg_jira.engine.identity import JiraFacts
from sg_jira.engine.passes import EASE_SECONDS
from sg_jira.engine.running import EngineOptions
from sg_jira.engine.schema import Lane
from sg_jira.events import event_from_shotgun, event_of_full_sync
from sg_jira.readings import Ahead
from sg_jira.turns import MEMORY
from tests.integration.engine.conftest import Bench
from tests.unit.engine.test_failures import jira_error

TASKS = (1, 2, 3)


class Preparing:
    """Notes who was prepared together, and which full syncs found what was read ahead."""

    def __init__(self, bench: Bench) -> None:
        self.together: list[list[int]] = []
        self.found: list[int] = []
        self.at_hand: list[int] = []
        self.meanwhile: Callable[[], Any] = lambda: None
        self.after: Callable[[int], Any] = lambda number: None
        bench.bridge.prepare_full_syncs = self.prepare  # type: ignore[method-assign]
        bench.bridge.reading_ahead = self.reading_ahead  # type: ignore[attr-defined]
        bench.bridge.act = self.act

    def prepare(
        self, name: str, kind: str, events: Mapping[int, Any]
    ) -> Iterator[dict[int, Ahead]]:
        self.together.append(sorted(events))
        self.meanwhile()
        for number in events:
            yield {number: Ahead({"type": kind, "id": number})}
            self.after(number)

    @contextmanager
    def reading_ahead(self, ahead: Ahead) -> Iterator[None]:
        self.at_hand = [ahead.record["id"]]
        yield
        self.at_hand = []

    def act(self, event: Any) -> bool:
        self.found += self.at_hand
        return True


@pytest.fixture
def preparing(bench: Bench) -> Preparing:
    """Three Tasks wait for their full sync."""
    project = {"type": "Project", "id": 1}
    records = [{"type": "Task", "id": task, "project": project} for task in TASKS]
    events = [event_of_full_sync("default", one, "all", bench.clock()) for one in records]
    bench.inbox.accept_all(events, Lane.BULK)
    return Preparing(bench)


def drain_all(bench: Bench) -> None:
    for task in TASKS:
        bench.drain(f"Task:{task}")


def test_who_waits_for_the_same_is_prepared_together(bench: Bench, preparing: Preparing) -> None:
    drain_all(bench)

    assert (preparing.together, preparing.found) == ([[1, 2, 3]], [1, 2, 3])
    assert [number for _, number, _ in bench.bridge.seen] == [1, 2, 3]
    assert bench.states() == ["synced"] * 3


def test_a_record_that_is_being_prepared_is_left_alone_and_woken(
    bench: Bench, preparing: Preparing
) -> None:
    later = []
    preparing.meanwhile = lambda: later.append(bench.drain("Task:2"))
    bench.drain("Task:1")

    assert later == [bench.clock() + timedelta(seconds=PAUSE)]
    assert {"Task:2", "Task:3"} <= {*bench.woken}
    assert bench.states() == ["synced", "waiting", "waiting"]


def test_who_is_prepared_need_not_wait_for_the_others(bench: Bench, preparing: Preparing) -> None:
    later = []
    preparing.after = lambda number: (
        number == 2 and later.append([bench.drain("Task:2"), bench.drain("Task:3")])
    )
    bench.drain("Task:1")

    assert later == [[None, bench.clock() + timedelta(seconds=PAUSE)]]
    assert bench.states() == ["synced", "synced", "waiting"]


def test_an_edit_is_not_taken_for_what_was_read_before_it(
    bench: Bench, preparing: Preparing
) -> None:
    together: list[int] = []
    bench.bridge.act_on_all = lambda events: (
        together.append(len(events)) or [preparing.act(one) for one in events]
    )
    bench.drain("Task:1")
    bench.fptr(9, task=2)
    bench.drain("Task:2")

    assert together == []
    assert preparing.found == [1, 2], "the full sync has what was prepared, the edit has not"
    assert [number for _, number, _ in bench.bridge.seen] == [1, 2, 2]
    assert bench.states() == ["synced", "synced", "waiting", "synced"], "each by itself"


def test_what_was_prepared_before_something_else_was_done_is_not_used(
    bench: Bench, preparing: Preparing
) -> None:
    bench.drain("Task:1")
    bench.clock.seconds += 1
    bench.fptr(99, task=2)
    with bench.store.writing() as connection:
        done = "UPDATE event SET state = 'synced', done_at = ? WHERE id = 'fptr:99'"
        connection.exec_driver_sql(done, (bench.clock().timestamp(),))
    drain_all(bench)

    assert preparing.together == [[1, 2, 3], [2]]


def test_an_edit_waits_for_no_group(bench: Bench, preparing: Preparing) -> None:
    bench.fptr(99, task=1)
    bench.drain("Task:1")

    assert (preparing.together, preparing.found) == ([], [])
    assert bench.states() == ["synced", "waiting", "waiting", "synced"]


@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "to be read anew"])
def test_an_edit_after_the_preparation_does_not_spoil_it(
    bench: Bench, preparing: Preparing, is_signed: bool
) -> None:
    bench.drain("Task:1")
    bench.signed = is_signed
    bench.fptr(99, task=2)
    drain_all(bench)

    assert (preparing.together, preparing.found) == ([[1, 2, 3]], [1, 2, 3])


def test_what_is_old_is_prepared_again(bench: Bench, preparing: Preparing) -> None:
    bench.drain("Task:1")
    bench.clock.seconds += LIFETIME + 1
    drain_all(bench)

    assert preparing.together == [[1, 2, 3], [2, 3]]


def fail_with(error: Exception) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


def test_what_cannot_be_prepared_goes_on_alone(bench: Bench, preparing: Preparing) -> None:
    preparing.meanwhile = fail_with(jira_error(403))
    drain_all(bench)

    assert (preparing.together, preparing.found) == ([[1, 2, 3]], [])
    assert bench.states() == ["synced"] * 3


def test_a_site_that_is_down_lets_the_first_one_wait_and_the_others_try(
    bench: Bench, preparing: Preparing
) -> None:
    preparing.meanwhile = fail_with(jira_error(503))
    bench.drain("Task:1")
    assert (bench.states(), bench.bridge.seen) == (["waiting"] * 3, [])

    preparing.meanwhile = lambda: None
    bench.clock.seconds += EASE_SECONDS + 1
    bench.drain("Task:2")
    assert preparing.together == [[1, 2, 3], [2, 3]], "what failed is read anew, and alone"


def test_what_the_bridge_did_itself_is_no_edit(bench: Bench, preparing: Preparing) -> None:
    facts = JiraFacts("customfield_1", "customfield_2", frozenset({"bot"}))
    bench.identities.learn(facts, {"type": "ApiUser", "id": 7})
    payload = {"event_log_entry_id": 99, "user": {"type": "ApiUser", "id": 7}}
    bench.inbox.accept(
        event_from_shotgun("default", "Task", 1, payload, received_at=bench.clock(), signed=True)
    )
    drain_all(bench)

    assert (preparing.together, preparing.found) == ([[1, 2, 3]], [1, 2, 3])


def test_who_had_a_turn_is_remembered_for_longer_than_what_was_prepared_is_used() -> None:
    # Else a Note that got its comment since would get another one.
    assert LIFETIME + EngineOptions(store=Path("unused")).handler_seconds < MEMORY
