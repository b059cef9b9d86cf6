"""Which file is the copy of which: remembered, in the store across restarts."""

from __future__ import annotations

import pytest

from sg_jira.copies import Copies, Copy, InMemoryCopies
from sg_jira.engine.copies import DurableCopies
from sg_jira.engine.store import Store

PLATE = Copy("Attachment:12", "CMT-1", "JiraFile:10001", "plate.png")


@pytest.fixture(params=["in memory", "in the store"])
def copies(request: pytest.FixtureRequest, store: Store) -> Copies:
    return InMemoryCopies() if request.param == "in memory" else DurableCopies(store)


def test_a_file_that_was_not_copied_has_no_copies(copies: Copies) -> None:
    assert copies.of("Attachment:12") == []
    assert copies.sources([]) == {}
    assert copies.sources(["JiraFile:10001"]) == {}


def test_a_copy_is_known_from_both_of_its_ends(copies: Copies) -> None:
    copies.remember(PLATE)

    assert copies.of("Attachment:12") == [PLATE]
    assert copies.sources(["JiraFile:10001", "JiraFile:7"]) == {"JiraFile:10001": "Attachment:12"}


def test_a_file_may_be_copied_to_several_places_once_each(copies: Copies) -> None:
    other = Copy("Attachment:12", "CMT-2", "JiraFile:10002", "plate.png")
    again = Copy("Attachment:12", "CMT-1", "JiraFile:10003", "plate.png")
    for copy in (PLATE, other, again):
        copies.remember(copy)

    assert sorted(copies.of("Attachment:12"), key=lambda copy: copy.place) == [again, other]
    assert copies.sources(["JiraFile:10001"]) == {}


def test_what_is_forgotten_was_never_copied(copies: Copies) -> None:
    copies.remember(PLATE)
    copies.forget("Attachment:12")
    copies.forget("Attachment:13")

    assert copies.of("Attachment:12") == []
    assert copies.sources(["JiraFile:10001"]) == {}


def test_copies_outlive_the_process(store: Store) -> None:
    DurableCopies(store).remember(PLATE)

    assert DurableCopies(store).of("Attachment:12") == [PLATE]
