"""Which transition leads to a status, and what to fill in on its screen. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sg_jira.jira_fields import is_empty

Transition = Mapping[str, Any]


def find_transition(transitions: Iterable[Transition], status_name: str) -> Transition | None:
    """The first transition to exactly this status."""
    return next((one for one in transitions if one["to"]["name"] == status_name), None)


def needs_nothing(transition: Transition) -> bool:
    """Whether the transition is known to show no screen, so that there is nothing to fill in."""
    return transition.get("hasScreen") is False


def fill_screen(
    transition: Transition, current_value: Callable[[str], Any], comment: str
) -> dict[str, Any]:
    """Values for the fields that the transition requires and the issue lacks.

    Parameters:
        transition: with its `fields`, as `expand=transitions.fields` gives them.
        current_value: value of a field of the issue; `AttributeError` when it has none such.
        comment: text for required text fields.

    Returns:
        Field id -> value: the first allowed resolution, and the comment for text fields.
    """
    values: dict[str, Any] = {}
    for field_id, field in (transition.get("fields") or {}).items():
        if not field.get("required") or field.get("hasDefaultValue"):
            continue
        if not _is_unset(field_id, current_value):
            continue
        field_type = field.get("schema", {}).get("type")
        if field_type == "resolution" and field.get("allowedValues"):
            values[field_id] = field["allowedValues"][0]
        elif field_type in ("text", "string"):
            values[field_id] = comment
    return values


def _is_unset(field_id: str, current_value: Callable[[str], Any]) -> bool:
    try:
        return is_empty(current_value(field_id))
    except AttributeError:  # the issue has no such field: it is only on this screen
        return True
