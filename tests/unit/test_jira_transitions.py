"""Which transition is taken, and what is filled in on its screen."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.jira_transitions import fill_screen, find_closing, find_transition, needs_nothing

FIXED = {"id": "1", "name": "Fixed"}


def transition(status: str, **more: Any) -> dict[str, Any]:
    return {"id": status, "to": {"name": status}, **more}


def field(kind: str, **more: Any) -> dict[str, Any]:
    return {"required": True, "hasDefaultValue": False, "schema": {"type": kind}, **more}


def filled(meta: dict[str, Any], **values: Any) -> dict[str, Any]:
    def current_value(field_id: str) -> Any:
        if field_id not in values:
            raise AttributeError(field_id)
        return values[field_id]

    return fill_screen(transition("Done", fields={"it": meta}), current_value, "why")


def test_the_first_transition_to_exactly_this_status_is_taken() -> None:
    ways = [transition("done"), transition("Done", id="2"), transition("Done", id="3")]

    found = find_transition(ways, "Done")

    assert found is not None
    assert found["id"] == "2"
    assert find_transition(ways, "DONE") is None


def test_the_first_transition_to_the_category_done_closes() -> None:
    ways = [{"id": "0", "to": {"name": "Done"}}]  # a client that does not tell categories
    assert find_closing(ways) is None

    for number, category in enumerate(["new", "done", "done"], start=1):
        to = {"name": "Whatever it is called", "statusCategory": {"key": category}}
        ways.append({"id": str(number), "to": to})

    found = find_closing(ways)

    assert found is not None
    assert found["id"] == "2"


@pytest.mark.parametrize(("kind", "value"), [("text", "why"), ("string", "why")])
def test_an_empty_required_text_gets_the_comment(kind: str, value: str) -> None:
    assert filled(field(kind), it="") == {"it": value}
    assert filled(field(kind), it=None) == {"it": value}


def test_an_empty_required_resolution_gets_the_first_allowed_one() -> None:
    meta = field("resolution", allowedValues=[FIXED, {"id": "2", "name": "Won't do"}])

    assert filled(meta, it=None) == {"it": FIXED}
    assert filled(field("resolution"), it=None) == {}


def test_a_field_that_the_issue_lacks_counts_as_empty() -> None:
    assert filled(field("string")) == {"it": "why"}


@pytest.mark.parametrize(
    ("meta", "value"),
    [
        (field("string"), "set"),
        (field("number"), None),
        (field("string", required=False), ""),
        (field("string", hasDefaultValue=True), ""),
        ({"required": True}, None),
    ],
)
def test_other_fields_are_left_alone(meta: dict[str, Any], value: Any) -> None:
    assert filled(meta, it=value) == {}


@pytest.mark.parametrize("value", [0, False])
def test_a_zero_is_a_value(value: Any) -> None:
    assert filled(field("string"), it=value) == {}


def test_a_transition_without_fields_needs_no_values() -> None:
    assert fill_screen(transition("Done"), lambda field_id: None, "why") == {}


@pytest.mark.parametrize(
    ("more", "nothing"), [({"hasScreen": False}, True), ({"hasScreen": True}, False), ({}, False)]
)
def test_only_a_transition_known_to_have_no_screen_needs_nothing(
    more: dict[str, Any], nothing: bool
) -> None:
    assert needs_nothing(transition("Done", **more)) is nothing
