"""Fields, screens and workflow of the Jira that the double plays."""

from __future__ import annotations

import copy
from typing import Any

SERVER = "https://jira.studio.test"
API = f"{SERVER}/rest/api/2"

SHOTGUN_ID = "customfield_11501"
SHOTGUN_TYPE = "customfield_11502"
SHOTGUN_URL = "customfield_11503"
COLOUR = "customfield_11510"
NICKNAME = "customfield_11511"
POINTS = "customfield_11512"
PLATFORMS = "customfield_11513"
BILLED = "customfield_11514"
TEXTFIELD = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"

ISSUE_TYPES = {"Epic": "10000", "Task": "10001", "Story": "10002"}

#: Field id -> display name, as `fields()` lists them.
FIELD_NAMES = {
    "summary": "Summary",
    "description": "Description",
    "issuetype": "Issue Type",
    "project": "Project",
    "status": "Status",
    "reporter": "Reporter",
    "assignee": "Assignee",
    "labels": "Labels",
    "duedate": "Due date",
    "timetracking": "Time tracking",
    "watches": "Watchers",
    "resolution": "Resolution",
    "priority": "Priority",
    "components": "Components",
    SHOTGUN_ID: "Shotgun ID",
    SHOTGUN_TYPE: "Shotgun Type",
    SHOTGUN_URL: "Shotgun URL",
    COLOUR: "Colour",
    NICKNAME: "Nickname",
    POINTS: "Points",
    PLATFORMS: "Platforms",
    BILLED: "Billed",
}


def _field(
    field_id: str,
    schema_type: str,
    *,
    required: bool = False,
    default: bool | None = None,
    items: str | None = None,
    custom: str | None = None,
    allowed: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    schema = {"type": schema_type, "system": field_id}
    if items:
        schema["items"] = items
    if custom:
        schema["custom"] = custom
    meta: dict[str, Any] = {
        "required": required,
        "schema": schema,
        "name": FIELD_NAMES[field_id],
        "key": field_id,
        "operations": ["set"],
    }
    if default is not None:
        meta["hasDefaultValue"] = default
    if allowed:
        meta["allowedValues"] = allowed
    return meta


def _options(kind: str, label: str, *texts: str) -> list[dict[str, str]]:
    return [
        {"self": f"{API}/{kind}/{number}", "id": str(number), label: text}
        for number, text in enumerate(texts, start=10100)
    ]


def edit_screen() -> dict[str, Any]:
    """Field id -> edit metadata. Edit metadata never says whether there is a default."""
    fields = [
        _field("summary", "string", required=True),
        _field("description", "string"),
        _field("labels", "array", items="string"),
        _field("assignee", "user"),
        _field("reporter", "user", required=True),
        _field("duedate", "date"),
        _field("timetracking", "timetracking"),
        _field("priority", "priority", allowed=_options("priority", "name", "High", "Low")),
        _field(
            "components",
            "array",
            items="component",
            allowed=_options("component", "name", "Fur", "Hair Dynamics"),
        ),
        _field(
            COLOUR, "option", allowed=_options("customFieldOption", "value", "Red", "Dark Green")
        ),
        _field(
            PLATFORMS,
            "array",
            items="option",
            allowed=_options("customFieldOption", "value", "Cinema", "Games"),
        ),
        _field(NICKNAME, "string", custom=TEXTFIELD),
        _field(POINTS, "number"),
        _field(BILLED, "option", allowed=_options("customFieldOption", "value", "Yes", "No")),
        _field(SHOTGUN_ID, "string", custom=TEXTFIELD),
        _field(SHOTGUN_TYPE, "string", custom=TEXTFIELD),
        _field(SHOTGUN_URL, "string", custom=TEXTFIELD),
    ]
    return {meta["key"]: meta for meta in fields}


def create_screen() -> dict[str, Any]:
    """Field id -> create metadata."""
    fields = copy.deepcopy(edit_screen())
    for meta in fields.values():
        meta["hasDefaultValue"] = False
    fields["reporter"]["hasDefaultValue"] = True
    fields["project"] = _field("project", "project", required=True, default=False)
    fields["issuetype"] = _field("issuetype", "issuetype", required=True, default=False)
    return fields


def workflow() -> list[dict[str, Any]]:
    """Transitions open to every issue, as `transitions(expand="transitions.fields")` lists them."""
    targets = {
        "11": "To Do",
        "21": "Open",
        "31": "In Progress",
        "41": "Done",
        "51": "Backlog",
        "61": "Closed",
    }
    return [
        {"id": number, "name": f"Go to {status}", "to": {"name": status}, "fields": {}}
        for number, status in targets.items()
    ]
