"""Parents and children end equal on both sites, whoever of them writes first. On Cloud only, where
Issues of any type have a parent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sg_jira.sandbox import Flavour
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.shotgun import Entity
from tests.integration.test_generic_creation_once import Family, family

__all__ = ["family"]

SEARCH = "GET search/jql"
READ_FLAGS = "find Task"


@pytest.fixture
def flavour() -> Flavour:
    return Flavour.CLOUD


@pytest.fixture
def otter(family: Family) -> Entity:
    """A synced Asset."""
    return synced(family, "Asset", code="Otter")


@pytest.fixture
def heron(family: Family) -> Entity:
    """Another one."""
    return synced(family, "Asset", code="Heron")


@pytest.fixture
def task(family: Family, otter: Entity) -> Entity:
    """A synced Task of the otter."""
    task = synced(family, "Task", content="Fur", entity=otter)
    assert parent(family, task) == family.key(otter)
    return task


def synced(family: Family, sg_type: str, **fields: Any) -> Entity:
    record = family.create(sg_type, sg_sync_in_jira=True, **fields)
    assert family.to_jira(record, "sg_sync_in_jira") is True
    return record


def parent(family: Family, task: Entity) -> str | None:
    fields = family.sandbox.jira.issue(family.key(task))["fields"]
    return fields["parent"]["key"] if fields.get("parent") else None


def change(family: Family, record: Entity, **fields: Any) -> None:
    actor = family.sandbox.shotgun.acting_as(family.mira.shotgun)
    actor.update(record["type"], record["id"], fields)


@contextmanager
def answered_late(family: Family, act: Callable[[], Any]) -> Iterator[None]:
    """The body happens after Jira's search has found out what it tells `act`, and before that."""
    controls = family.sandbox.jira.controls
    controls.calls.clear()
    controls.faults.add(Fault(FaultKind.DRIP, endpoint=SEARCH, seconds=1.0))
    late = threading.Thread(target=act)
    late.start()
    pause = threading.Event()
    while not controls.calls.count(SEARCH):
        assert late.is_alive(), "it did not search"
        pause.wait(0.005)
    yield
    late.join(30)


def test_a_task_that_moves_keeps_its_new_parent_though_its_former_one_looked_before(
    family: Family, otter: Entity, heron: Entity, task: Entity
) -> None:
    change(family, task, entity=heron)
    with answered_late(family, lambda: family.to_jira(otter, "tasks")):
        family.to_jira(task, "entity")

    assert parent(family, task) == family.key(heron)


def test_an_edit_of_a_parent_in_jira_survives_what_happens_to_its_former_siblings(
    family: Family, otter: Entity, heron: Entity, task: Entity
) -> None:
    key = family.key(task)
    assert family.mira.jira is not None
    family.sandbox.jira.acting_as(family.mira.jira).edit(key, parent=family.key(heron))
    sibling = synced(family, "Task", content="Tail", entity=otter)
    family.to_jira(otter, "tasks")

    assert parent(family, task) == family.key(heron)
    assert parent(family, sibling) == family.key(otter)


def test_a_task_that_moves_while_its_former_asset_is_synced_as_a_whole_keeps_its_new_parent(
    family: Family, heron: Entity
) -> None:
    otter = family.create("Asset", code="Otter")
    task = synced(family, "Task", content="Fur", entity=otter)
    change(family, otter, sg_sync_in_jira=True)
    with answered_late(family, lambda: family.to_jira(otter, "sg_sync_in_jira")):
        change(family, task, entity=heron)
        family.to_jira(task, "entity")

    assert parent(family, task) == family.key(heron)


def test_tasks_that_were_synced_before_their_asset_get_it_as_parent(family: Family) -> None:
    otter = family.create("Asset", code="Otter")
    task = synced(family, "Task", content="Fur", entity=otter)
    assert parent(family, task) is None
    change(family, otter, sg_sync_in_jira=True)
    family.to_jira(otter, "sg_sync_in_jira")

    assert parent(family, task) == family.key(otter)


def test_a_task_whose_flag_is_off_follows_the_list_of_its_asset(
    family: Family, otter: Entity, task: Entity
) -> None:
    change(family, task, sg_sync_in_jira=False)
    change(family, otter, tasks=[])
    family.to_jira(otter, "tasks")
    assert parent(family, task) is None

    change(family, otter, tasks=[task])
    family.to_jira(otter, "tasks")
    assert parent(family, task) == family.key(otter)
