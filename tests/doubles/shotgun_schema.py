"""The part of an FPTR site's schema that the Task family needs, in the shape of `schema_read`."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

STATUSES = ("wtg", "rdy", "ip", "fin", "hld", "omt")
PEOPLE = ("HumanUser", "ApiUser")
SCHEMA = dict[str, dict[str, dict[str, Any]]]


def field(
    data_type: str,
    *,
    unique: bool = False,
    editable: bool = True,
    default: Any = None,
    valid_types: tuple[str, ...] = (),
    valid_values: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Schema of one field, shaped as `schema_field_read` answers."""
    properties: dict[str, Any] = {"default_value": default, "summary_default": "none"}
    if valid_types:
        properties["valid_types"] = list(valid_types)
    if valid_values:
        properties["valid_values"] = list(valid_values)
    return {
        "data_type": {"value": data_type, "editable": False},
        "unique": {"value": unique, "editable": False},
        "editable": {"value": editable, "editable": False},
        "mandatory": {"value": False, "editable": False},
        "properties": {
            name: {"value": value, "editable": False} for name, value in properties.items()
        },
    }


def _text(**options: Any) -> dict[str, Any]:
    return field("text", **options)


def _entity(*valid_types: str, **options: Any) -> dict[str, Any]:
    return field("entity", valid_types=valid_types, **options)


def _entities(*valid_types: str) -> dict[str, Any]:
    return field("multi_entity", valid_types=valid_types)


ENTITY_TYPES: SCHEMA = {
    "Project": {
        "name": _text(),
        "sg_jira_key": _text(unique=True),
        "sg_jira_sync_url": field("url"),
    },
    "Task": {
        "content": _text(),
        "project": _entity("Project"),
        "entity": _entity("Asset"),
        "sg_description": _text(),
        "sg_status_list": field("status_list", valid_values=STATUSES, default="wtg"),
        "task_assignees": _entities("HumanUser", "Group"),
        "sg_supervisor": _entity("HumanUser"),
        "tags": _entities("Tag"),
        "sg_parts": _entities("Asset", "Tag"),
        "created_by": _entity(*PEOPLE, editable=False),
        "due_date": field("date"),
        "est_in_mins": field("duration"),
        "addressings_cc": _entities("HumanUser", "Group"),
        "sg_jira_key": _text(unique=True),
        "sg_jira_url": field("url"),
        "sg_sync_in_jira": field("checkbox", default=False),
        "sg_complexity": field("number"),
        "sg_colour": field("list", valid_values=("Red", "Green")),
        "sg_urgent": field("checkbox", default=False),
        "sg_ratio": field("float"),
        "sg_link": field("url"),
        "sg_frozen": _text(editable=False),
    },
    "Note": {
        "subject": _text(),
        "content": _text(),
        "user": _entity(*PEOPLE),
        "tasks": _entities("Task"),
        "project": _entity("Project"),
        "created_by": _entity(*PEOPLE, editable=False),
        "sg_jira_key": _text(unique=True),
    },
    "Asset": {
        "code": _text(),
        "description": _text(),
        "project": _entity("Project"),
        "created_by": _entity(*PEOPLE, editable=False),
        "tasks": _entities("Task"),
        "tags": _entities("Tag"),
        "sg_status_list": field("status_list", valid_values=STATUSES, default="wtg"),
        "sg_jira_key": _text(unique=True),
        "sg_jira_url": field("url"),
        "sg_sync_in_jira": field("checkbox", default=False),
    },
    "TimeLog": {
        "description": _text(),
        "project": _entity("Project"),
        "entity": _entity("Task"),
        "user": _entity("HumanUser"),
        "date": field("date"),
        "duration": field("duration"),
        "sg_jira_key": _text(unique=True),
    },
    "HumanUser": {
        "name": _text(),
        "firstname": _text(),
        "login": _text(),
        "email": _text(),
        "sg_jira_account_id": _text(),
    },
    "ApiUser": {"firstname": _text(), "name": _text()},
    "Group": {"code": _text(), "users": _entities("HumanUser")},
    "Tag": {"name": _text()},
    "Department": {"name": _text()},
    "Status": {"code": _text(), "name": _text()},
    "EventLogEntry": {
        "event_type": _text(),
        "description": _text(),
        "meta": field("serializable"),
    },
}


def site_schema() -> SCHEMA:
    """The whole schema; each type has the `id` field that FPTR gives to every type."""
    return {
        entity_type: {"id": field("number", editable=False), **fields}
        for entity_type, fields in ENTITY_TYPES.items()
    }


def site_entity_types() -> dict[str, Any]:
    """What `schema_entity_read` answers."""
    return {
        entity_type: {"name": {"value": entity_type, "editable": False}, "visible": {"value": True}}
        for entity_type in ENTITY_TYPES
    }


def write_schema_files(folder: Path) -> tuple[Path, Path]:
    """Write the two pickled files that `mockgun` reads.

    Parameters:
        folder: where to put them.

    Returns: path of the schema file and of the entity types file.
    """
    schema_path, entity_path = folder / "schema.pickle", folder / "schema_entity.pickle"
    schema_path.write_bytes(pickle.dumps(site_schema(), protocol=2))
    entity_path.write_bytes(pickle.dumps(site_entity_types(), protocol=2))
    return schema_path, entity_path
