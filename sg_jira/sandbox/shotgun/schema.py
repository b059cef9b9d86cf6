"""The entity types and fields of an FPTR site, and how the API describes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import EVENT_LOG
from sg_jira.sandbox.shotgun.refusals import ShotgunFault

CUSTOM_ENTITIES: Final = tuple(f"CustomEntity{number:02d}" for number in range(1, 11))
_TEMPLATE: Final = "CustomEntity"

LINK_TYPES: Final = frozenset({"entity", "multi_entity"})
CHOICE_TYPES: Final = frozenset({"list", "status_list"})
#: Data types that `schema_field_create` accepts.
CREATABLE_TYPES: Final = frozenset(
    {
        "checkbox",
        "color",
        "currency",
        "date",
        "date_time",
        "duration",
        "entity",
        "float",
        "list",
        "multi_entity",
        "number",
        "percent",
        "status_list",
        "text",
        "url",
    }
)

#: Names of the statuses that come with a site.
STATUS_NAMES: Final = {
    "wtg": "Waiting to Start",
    "rdy": "Ready to Start",
    "ip": "In Progress",
    "hld": "On Hold",
    "fin": "Final",
    "omt": "Omit",
    "cbb": "Could be better",
    "rev": "Pending Review",
    "vwd": "Viewed",
    "na": "N/A",
    "opn": "Open",
    "clsd": "Closed",
    "res": "Resolved",
    "act": "Active",
    "dis": "Disabled",
}


@dataclass(frozen=True)
class Field:
    """A field of an entity type; the names are those of FPTR's schema."""

    entity_type: str
    code: str
    name: str
    data_type: str
    editable: bool = True
    mandatory: bool = False
    unique: bool = False
    default_value: Any = None
    valid_types: tuple[str, ...] = ()
    valid_values: tuple[str, ...] = ()
    description: str = ""
    custom_metadata: str = ""
    summary_default: str = "none"
    visible: bool = True
    hidden_values: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The field with its type, as messages name it."""
        return f"{self.entity_type}.{self.code}"

    @property
    def empty(self) -> Any:
        """The stored value of a record for which nothing was set."""
        if self.data_type == "multi_entity":
            return []
        if self.data_type == "checkbox":
            return bool(self.default_value)
        return self.default_value

    def describe(self) -> dict[str, Any]:
        """The field as `schema_field_read` answers it."""
        custom = self.code.startswith("sg_")
        properties = {
            "default_value": _property(self.empty if not self.valid_types else None, custom),
            "summary_default": _property(self.summary_default),
        }
        if self.data_type in LINK_TYPES:
            properties["valid_types"] = _property(list(self.valid_types))
        if self.data_type in CHOICE_TYPES:
            properties["valid_values"] = _property(list(self.valid_values))
            properties["hidden_values"] = _property(list(self.hidden_values), False)
        if self.data_type == "status_list":
            names = {code: STATUS_NAMES.get(code, code) for code in self.valid_values}
            properties["display_values"] = _property(names, False)
        return {
            "name": _property(self.name),
            "description": _property(self.description),
            "custom_metadata": _property(self.custom_metadata),
            "entity_type": _property(self.entity_type, False),
            "data_type": _property(self.data_type, False),
            "editable": _property(self.editable, False),
            "mandatory": _property(self.mandatory, False),
            "unique": _property(self.unique, custom and self.data_type == "text"),
            "properties": properties,
            "visible": _property(self.visible),
            "ui_value_displayable": _property(True, False),
        }


def _property(value: Any, editable: bool = True) -> dict[str, Any]:
    return {"value": value, "editable": editable}


@dataclass
class EntityType:
    """An entity type: its display name and its fields by name."""

    name: str
    fields: dict[str, Field]


class Schema:
    """The types of one site. Changed only by `put` and `drop`; the caller keeps the lock.

    Parameters:
        bridge_fields: whether the fields that the bridge needs were already added to the site.
    """

    def __init__(self, bridge_fields: bool = True) -> None:
        self._types = {
            code: EntityType(one.name, dict(one.fields)) for code, one in _read_types().items()
        }
        if bridge_fields:
            for one in _bridge_fields():
                self.put(one)

    def __iter__(self) -> Iterator[str]:
        """The names of the entity types."""
        return iter(self._types)

    def fields(self, entity_type: str) -> Mapping[str, Field]:
        """The fields of a type by name. Raises `ShotgunFault` for an unknown type."""
        try:
            return self._types[entity_type].fields
        except (KeyError, TypeError):
            raise ShotgunFault(
                f"{entity_type!r} is not a valid entity type. Valid entity types are: "
                f"{', '.join(self._types)}"
            ) from None

    def field(self, entity_type: str, name: str) -> Field:
        """One field. Raises `ShotgunFault` when the type or the field is unknown."""
        try:
            return self.fields(entity_type)[name]
        except (KeyError, TypeError):
            raise ShotgunFault(f"{entity_type}.{name} doesn't exist") from None

    def unique_fields(self, entity_type: str) -> list[str]:
        """The names of the fields of a type in which no two living records agree."""
        return [code for code, one in self._types[entity_type].fields.items() if one.unique]

    def put(self, one: Field) -> None:
        """Adds a field, or replaces it."""
        self._types[one.entity_type].fields[one.code] = one

    def drop(self, one: Field) -> None:
        """Takes a field away."""
        del self._types[one.entity_type].fields[one.code]

    def describe_types(self) -> dict[str, Any]:
        """The answer of `schema_entity_read`."""
        return {
            code: {"name": _property(one.name, False), "visible": _property(True, False)}
            for code, one in self._types.items()
        }

    def free_code(self, entity_type: str, name: str) -> str:
        """The internal name FPTR gives to a new field with this display name."""
        slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        taken = self.fields(entity_type)
        code, number = f"sg_{slug}", 0
        while code in taken:
            number += 1
            code = f"sg_{slug}_{number}"
        return code


@cache
def _read_types() -> dict[str, EntityType]:
    source = resources.files(__package__).joinpath("schema.json")
    data = json.loads(source.read_text(encoding="utf-8"))
    template = data.pop(_TEMPLATE)
    for code in CUSTOM_ENTITIES:
        own = data.pop(code, {"fields": {}})
        name = f"{template['name']} {code[-2:]}"
        data[code] = {"name": name, "fields": {**template["fields"], **own["fields"]}}
    event_log = data.pop(EVENT_LOG)
    return {
        code: EntityType(one["name"], _read_fields(code, one["fields"]))
        for code, one in {**data, EVENT_LOG: event_log}.items()
    }


def _read_fields(entity_type: str, data: Mapping[str, Any]) -> dict[str, Field]:
    return {
        code: freeze_lists(Field(entity_type=entity_type, code=code, **one))
        for code, one in data.items()
    }


def freeze_lists(one: Field) -> Field:
    """The field with its lists as tuples, whatever they came as."""
    return replace(
        one,
        valid_types=tuple(one.valid_types),
        valid_values=tuple(one.valid_values),
        hidden_values=tuple(one.hidden_values),
    )


#: No Reply: it has no page on which a field could be added.
_KEYED: Final = ("Project", "Task", "Asset", "Shot", "Sequence", "Version", "Note")
_FLAGGED: Final = ("Task", "Asset", "Shot", "Sequence", "Version", "Ticket", *CUSTOM_ENTITIES)


def _bridge_fields() -> Iterator[Field]:
    for code in (*_KEYED, "TimeLog", "Ticket", *CUSTOM_ENTITIES):
        yield Field(code, "sg_jira_key", "Jira Key", "text", unique=True)
    for code in _FLAGGED:
        yield Field(code, "sg_sync_in_jira", "Sync In Jira", "checkbox", default_value=False)
        yield Field(code, "sg_jira_url", "Jira URL", "url")
    yield Field("Project", "sg_jira_sync_url", "Jira Sync URL", "url")
    yield Field("HumanUser", "sg_jira_account_id", "Jira Account Id", "text")
    with_files = tuple(dict.fromkeys(("Asset", "Sequence", "Shot", "Version", *_FLAGGED)))
    yield Field("Attachment", "attachment_links", "Links", "multi_entity", valid_types=with_files)
