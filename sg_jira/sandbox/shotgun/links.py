"""Which link fields are two sides of one link. FPTR keeps both sides in step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sg_jira.sandbox.shotgun.schema import CUSTOM_ENTITIES

_Side = tuple[str, str]

_TASK_PARENTS: Final = ("Asset", "Shot", "Sequence", *CUSTOM_ENTITIES)
_NOTE_LINKS: Final = (*_TASK_PARENTS, "Version")

#: (type, field) here, the field there, the types there.
_PAIRS: Final = (
    ("Task", "entity", "tasks", _TASK_PARENTS),
    ("Version", "entity", "sg_versions", _TASK_PARENTS),
    ("Version", "sg_task", "sg_versions", ("Task",)),
    ("Note", "note_links", "notes", _NOTE_LINKS),
    ("Note", "tasks", "notes", ("Task",)),
    ("Reply", "entity", "replies", ("Note", "Ticket")),
    ("Shot", "sg_sequence", "shots", ("Sequence",)),
    ("Shot", "assets", "shots", ("Asset",)),
    ("Sequence", "assets", "sequences", ("Asset",)),
    ("Asset", "parents", "assets", ("Asset",)),
    ("Task", "upstream_tasks", "downstream_tasks", ("Task",)),
    ("Ticket", "sg_related_assets", "ticket_sg_related_assets_tickets", ("Asset",)),
    ("CustomEntity01", "sg_tasks", "custom_entity01_sg_tasks_custom_entity01s", ("Task",)),
    ("Group", "users", "groups", ("HumanUser",)),
    ("Project", "users", "projects", ("HumanUser",)),
    ("HumanUser", "department", "users", ("Department",)),
)


def _both_ways() -> Iterator[tuple[tuple[_Side, str], str]]:
    for here, field, opposite, types in _PAIRS:
        for there in types:
            yield ((here, field), there), opposite
            yield ((there, opposite), here), field


_OPPOSITES: Final = dict(_both_ways())


def opposite_field(entity_type: str, field: str, linked_type: str) -> str | None:
    """The field of `linked_type` that is the other side of this link field, if there is one."""
    return _OPPOSITES.get(((entity_type, field), linked_type))
