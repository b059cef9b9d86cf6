"""Turning the sync flag of a Task on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.handlers import EnableSyncingHandler
from tests.contract.events import issue_event, shotgun_event, text_change
from tests.contract.probes import ProbeHandler
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity

TASK = {"type": "Task", "id": 7}
FLAG_ON = shotgun_event(TASK, "sg_sync_in_jira", new_value=True)


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here."""
    return "cloud"


@pytest.fixture
def enable(make_bridge: Callable[..., Bridge]) -> Any:
    """The handler over three probes."""
    bridge = make_bridge({"probe": {"syncer": "tests.contract.probes.ProbeSyncer"}})
    syncer = bridge.get_syncer("probe")
    return EnableSyncingHandler(syncer, [ProbeHandler(syncer) for _ in range(3)])


@pytest.mark.parametrize("none", [[], None, ()])
def test_it_needs_handlers(syncer: Any, none: Any) -> None:
    with pytest.raises(ValueError, match="handler"):
        EnableSyncingHandler(syncer, none)


def test_it_takes_the_flag_of_a_task_turned_on(enable: Any) -> None:
    assert enable.accept_shotgun_event("Task", 7, FLAG_ON)


@pytest.mark.parametrize(
    ("entity_type", "event"),
    [
        ("Asset", shotgun_event(TASK, "sg_sync_in_jira", new_value=True)),
        ("Task", shotgun_event(TASK, "content", new_value="x")),
        ("Task", shotgun_event(TASK, "sg_sync_in_jira", new_value=False)),
        ("Task", shotgun_event(TASK, "sg_sync_in_jira", new_value=None)),
        ("Task", shotgun_event(TASK, "sg_sync_in_jira")),
    ],
    ids=["other type", "other field", "turned off", "cleared", "no value"],
)
def test_it_takes_nothing_else(enable: Any, entity_type: str, event: Any) -> None:
    assert not enable.accept_shotgun_event(entity_type, 7, event)


def test_it_never_takes_a_jira_event(
    syncer: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    event = issue_event(jira, issue_key, text_change("summary", "x"))

    assert syncer._enable_syncing_handler.accept_jira_event("issue", issue_key, event) is False


def test_setup_reaches_all_its_handlers(enable: Any) -> None:
    enable.setup()

    handlers = [enable._primary_handler, *enable._secondary_handlers]
    assert [handler.setups for handler in handlers] == [1, 1, 1]


def test_all_handlers_process_the_task_event_in_order(enable: Any) -> None:
    order: list[int] = []
    handlers = [enable._primary_handler, *enable._secondary_handlers]
    for number, handler in enumerate(handlers):
        handler.process_shotgun_event = lambda *args, number=number: (
            order.append(number) or args == ("Task", 7, FLAG_ON)
        )

    assert enable.process_shotgun_event("Task", 7, FLAG_ON) is True
    assert order == [0, 1, 2]


@pytest.mark.parametrize("falsy", [False, None, 0])
def test_a_primary_that_does_nothing_ends_it(enable: Any, falsy: Any) -> None:
    enable._primary_handler.answer = falsy

    assert enable.process_shotgun_event("Task", 7, FLAG_ON) is False
    assert all(handler.seen == [] for handler in enable._secondary_handlers)


@pytest.mark.parametrize("answer", [False, None, True])
def test_the_answers_of_the_secondaries_do_not_matter(enable: Any, answer: Any) -> None:
    for handler in enable._secondary_handlers:
        handler.answer = answer

    assert enable.process_shotgun_event("Task", 7, FLAG_ON) is True


def test_handlers_of_other_types_are_handed_the_task_event(enable: Any) -> None:
    enable.process_shotgun_event("Task", 7, FLAG_ON)

    for handler in enable._secondary_handlers:
        assert handler.seen == [("process_shotgun_event", "Task", 7, FLAG_ON)]


def test_the_combined_handlers_are_not_asked_to_accept(enable: Any) -> None:
    enable.accept_shotgun_event("Task", 7, FLAG_ON)
    enable.process_shotgun_event("Task", 7, FLAG_ON)

    handlers = [enable._primary_handler, *enable._secondary_handlers]
    assert {call for handler in handlers for call in handler.calls()} == {"process_shotgun_event"}
