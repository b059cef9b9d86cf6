"""Values that FPTR fills in by itself when a record is created or a person is renamed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import Author

Data = dict[str, Any]


def complete_creation(
    entity_type: str, data: Mapping[str, Any], author: Author, author_name: str, today: date
) -> Data:
    """The data of a creation with what FPTR adds to it.

    Parameters:
        data: as the caller sent it.
        author, author_name: who creates the record.
        today: the day on which it is created.
    """
    filled = complete_change(entity_type, data, {})
    creator = {"type": author.user.type, "id": author.user.id}
    if entity_type in {"Note", "Reply"}:
        filled.setdefault("user", creator)
    if entity_type == "Note" and not filled.get("subject"):
        filled["subject"] = f"{author_name}'s Note"
    if entity_type == "TimeLog":
        filled.setdefault("date", today.isoformat())
        if author.user.type == "HumanUser":
            filled.setdefault("user", creator)
    return filled


def complete_change(entity_type: str, data: Mapping[str, Any], current: Mapping[str, Any]) -> Data:
    """The data of a change with what follows from it: the parts of a person's name.

    Parameters:
        data: as the caller sent it.
        current: the record before the change.
    """
    complete = _COMPLETIONS.get(entity_type)
    return complete(dict(data), current) if complete else dict(data)


def _person(data: Data, current: Mapping[str, Any]) -> Data:
    parts = ("firstname", "lastname")
    name = data.get("name")
    if isinstance(name, str) and not any(part in data for part in parts):
        first, _, last = name.partition(" ")
        return {**data, "firstname": first, "lastname": last}
    if name is None and any(part in data for part in parts):
        words = [data.get(part, current.get(part)) for part in parts]
        return {**data, "name": " ".join(str(word) for word in words if word)}
    return data


_COMPLETIONS: Final[dict[str, Callable[[Data, Mapping[str, Any]], Data]]] = {"HumanUser": _person}
