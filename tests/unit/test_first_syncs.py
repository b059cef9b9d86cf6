"""What a first sync that is repeated may still write."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.handlers.first_syncs import not_edited_since, still_to_write


@pytest.mark.parametrize(
    ("value", "given", "present", "is_written"),
    [
        ("new", (), None, True),
        ("new", (), "default", True),
        ("new", ("field",), None, True),
        ("new", ("field",), "edited since", False),
        ("", (), "edited since", False),
        (None, ("field",), "edited since", False),
        (False, (), True, True),
        (0, ("field",), "", True),
    ],
)
def test_values(value: Any, given: tuple[str, ...], present: Any, is_written: bool) -> None:
    left = still_to_write({"field": value}, given, {"field": present}.get)

    assert left == ({"field": value} if is_written else {})


@pytest.mark.parametrize(
    ("value", "given", "present", "is_written"),
    [
        ("new", (), "default", True),
        ("new", ("field",), None, True),
        ("new", ("field",), "edited meanwhile", False),
        (None, ("field",), "default", True),
    ],
)
def test_values_of_a_new_counterpart(
    value: Any, given: tuple[str, ...], present: Any, is_written: bool
) -> None:
    left = not_edited_since({"field": value}, given, {"field": present}.get)

    assert left == ({"field": value} if is_written else {})


def test_a_new_issue_keeps_the_description_that_somebody_gave_it() -> None:
    edited = {"description": "edited meanwhile"}

    assert not_edited_since({"description": None}, ["description"], edited.get) == {}
