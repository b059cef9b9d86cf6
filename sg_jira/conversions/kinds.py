"""The kinds of Jira fields that values are converted for, and which FPTR types they go with.

The table at the end is the whole of what the generic family syncs; any other pair is refused by
the settings check.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final


class Kind(str, Enum):
    """What a Jira field holds, as far as conversions care; the words appear in messages."""

    STRING = "string"
    TEXTAREA = "textarea"
    URL = "url"
    OPTION = "option"
    OPTIONS = "multi-option"
    PRIORITY = "priority"
    STATUS = "status"
    NUMBER = "number"
    TIMETRACKING = "timetracking"
    DATE = "date"
    DATETIME = "datetime"
    USER = "user"
    USERS = "multi-user"
    WATCHES = "watches"
    LABELS = "labels"
    COMPONENTS = "components"
    VERSIONS = "versions"
    PARENT = "parent"
    CHILDREN = "{{CHILDREN}}"
    WORKLOG_SECONDS = "worklog seconds"
    WORKLOG_START = "worklog start"
    WORKLOG_COMMENT = "worklog comment"


#: Targets of a mapping that are not fields of the site, or not written like one.
CHILDREN_FIELD: Final = Kind.CHILDREN.value
SPECIAL_FIELDS: Final = ("watches", "parent", CHILDREN_FIELD)
WORKLOG_FIELDS: Final[Mapping[str, Kind]] = {
    "comment": Kind.WORKLOG_COMMENT,
    "timeSpentSeconds": Kind.WORKLOG_SECONDS,
    "started": Kind.WORKLOG_START,
}

#: Fields that are the same on every site; known without asking it.
SYSTEM_KINDS: Final[Mapping[str, Kind]] = {
    "summary": Kind.STRING,
    "description": Kind.TEXTAREA,
    "environment": Kind.TEXTAREA,
    "priority": Kind.PRIORITY,
    "status": Kind.STATUS,
    "timetracking": Kind.TIMETRACKING,
    "duedate": Kind.DATE,
    "assignee": Kind.USER,
    "reporter": Kind.USER,
    "watches": Kind.WATCHES,
    "labels": Kind.LABELS,
    "components": Kind.COMPONENTS,
    "versions": Kind.VERSIONS,
    "fixVersions": Kind.VERSIONS,
    "parent": Kind.PARENT,
    CHILDREN_FIELD: Kind.CHILDREN,
}

#: Last word of the type of a custom field -> its kind, where the schema type does not tell.
_CUSTOM_KINDS: Final[Mapping[str, Kind]] = {
    "textarea": Kind.TEXTAREA,
    "url": Kind.URL,
    "labels": Kind.LABELS,
}
_SCHEMA_KINDS: Final[Mapping[str, Kind]] = {
    "string": Kind.STRING,
    "option": Kind.OPTION,
    "priority": Kind.PRIORITY,
    "status": Kind.STATUS,
    "number": Kind.NUMBER,
    "timetracking": Kind.TIMETRACKING,
    "date": Kind.DATE,
    "datetime": Kind.DATETIME,
    "user": Kind.USER,
    "watches": Kind.WATCHES,
}
_ITEM_KINDS: Final[Mapping[str, Kind]] = {
    "string": Kind.LABELS,
    "option": Kind.OPTIONS,
    "user": Kind.USERS,
    "component": Kind.COMPONENTS,
    "version": Kind.VERSIONS,
}


def kind_of(field_id: str, schema: Mapping[str, Any] | None) -> Kind | None:
    """The kind of a field of an Issue; `None` when it is none that values are converted for.

    Parameters:
        field_id: its id.
        schema: the part `schema` of what Jira tells about it; may be empty for system fields.
    """
    if field_id in SYSTEM_KINDS:
        return SYSTEM_KINDS[field_id]
    schema = schema or {}
    custom = _CUSTOM_KINDS.get(str(schema.get("custom", "")).rpartition(":")[2])
    if custom is not None:
        return custom
    if schema.get("type") == "array":
        return _ITEM_KINDS.get(str(schema.get("items")))
    return _SCHEMA_KINDS.get(str(schema.get("type")))


#: FPTR data types by which people are told from other records in the table.
PERSON: Final = "entity of HumanUser"
PEOPLE: Final = "multi_entity of HumanUser"


def sg_kinds_of(data_type: str, valid_types: list[str]) -> tuple[str, ...]:
    """The table's words for an FPTR field; a link that takes people and others has two."""
    words = {"entity": PERSON, "multi_entity": PEOPLE}
    if data_type not in words:
        return (data_type,)
    found = [words[data_type]] if "HumanUser" in valid_types else []
    return (*found, data_type) if set(valid_types) != {"HumanUser"} else tuple(found)


_NAMES: Final = (Kind.LABELS, Kind.COMPONENTS, Kind.VERSIONS, Kind.OPTIONS)
_CHOICES: Final = (Kind.OPTION, Kind.STRING, Kind.PRIORITY, Kind.STATUS)
_NUMBERS: Final = (Kind.NUMBER, Kind.STRING)
_USERS: Final = (Kind.USER, Kind.USERS, Kind.WATCHES)

#: FPTR type -> the kinds of Jira fields it is synced with, both ways.
PAIRS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "text": (
        Kind.STRING,
        Kind.TEXTAREA,
        Kind.OPTION,
        Kind.URL,
        Kind.LABELS,
        Kind.WORKLOG_COMMENT,
    ),
    "list": _CHOICES,
    "status_list": _CHOICES,
    "checkbox": (Kind.OPTION, Kind.OPTIONS),
    "number": _NUMBERS,
    "float": _NUMBERS,
    "percent": _NUMBERS,
    "currency": _NUMBERS,
    "duration": (Kind.TIMETRACKING, Kind.NUMBER, Kind.WORKLOG_SECONDS),
    "date": (Kind.DATE, Kind.DATETIME, Kind.STRING, Kind.WORKLOG_START),
    "date_time": (Kind.DATETIME, Kind.DATE, Kind.STRING),
    PERSON: _USERS,
    PEOPLE: _USERS,
    "entity": (Kind.PARENT, Kind.OPTION, Kind.COMPONENTS, Kind.VERSIONS, Kind.STRING),
    "multi_entity": (*_NAMES, Kind.CHILDREN),
    "tag_list": _NAMES,
    "url": (Kind.URL, Kind.STRING),
}


def can_pair(sg_kinds: tuple[str, ...], kind: Kind) -> bool:
    """Whether values of an FPTR field are synced with Jira fields of this kind."""
    return any(kind in PAIRS.get(word, ()) for word in sg_kinds)


def markdown_table() -> str:
    """`PAIRS` as the documentation shows it."""
    rows = (f"| {word} | {', '.join(kind.value for kind in PAIRS[word])} |" for word in PAIRS)
    return "\n".join(("| FPTR field | Jira fields |", "|---|---|", *rows))
