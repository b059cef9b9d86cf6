"""Each operation costs as many calls as the table says: not one more, and not one less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_jira.sandbox import Flavour
from tests.integration.budgets.page import PAGE, with_tables
from tests.integration.budgets.table import ROWS, Row
from tests.integration.budgets.world import ENTRIES, World, running_world

PLACES = [(family, flavour) for family in ENTRIES for flavour in Flavour]
CASES = [
    pytest.param((family, flavour), row, id=f"{family}-{flavour.value}-{row.name}")
    for family, flavour in PLACES
    for row in ROWS
    if row.cost(family) is not None and flavour in row.flavours
]


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One for all rows of a family on a kind of Jira; each works on records of its own."""
    family, flavour = request.param
    with running_world(family, flavour, tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.mark.parametrize(("world", "row"), CASES, indirect=["world"])
def test_the_operation_costs_what_the_table_says(world: World, row: Row) -> None:
    budget = row.cost(world.family)
    assert budget is not None
    flavour = world.sandbox.flavour

    for temper, cold in (("cold", True), ("warm", False)):
        calls = world.cost(row.do, cold=cold)
        assert calls == budget.calls(flavour, cold=cold), f"{row.name}, {temper}"


def test_the_page_about_calls_tells_the_budgets() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert text == with_tables(text), "write it anew: python -m tests.integration.budgets.page"


#: Calls in all, whatever they are.
TARGETS = [
    (6, "eight fields in one burst: status, assignee, one person in cc, ...", "Task"),
    (6, "eight fields in one burst: status, assignee, one person in cc, ...", "generic"),
    (7, "a Task made with sync on and everything set (15 events)", "Task"),
    (7, "a Task made with sync on and everything set (15 events)", "generic"),
]


@pytest.mark.parametrize(("most", "name", "family"), TARGETS)
def test_a_burst_keeps_its_target(most: int, name: str, family: str) -> None:
    (budget,) = [row.cost(family) for row in ROWS if row.name == name]

    assert budget is not None
    assert sum(budget.calls(Flavour.CLOUD, cold=False).totals) <= most
