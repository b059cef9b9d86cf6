"""Creates, changes and deletes fields of an FPTR site, and logs it. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sg_jira.sandbox.shotgun.event_log import EventLog
from sg_jira.sandbox.shotgun.permissions import Action, Permissions
from sg_jira.sandbox.shotgun.records import Author
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import CREATABLE_TYPES, Field, Schema, freeze_lists
from sg_jira.sandbox.shotgun.store import Store

#: Properties of a field that may be set, with the type of their values.
_PROPERTIES: Final[dict[str, type]] = {
    "name": str,
    "description": str,
    "custom_metadata": str,
    "summary_default": str,
    "visible": bool,
    "unique": bool,
    "default_value": object,
    "valid_types": list,
    "valid_values": list,
    "hidden_values": list,
}


class SchemaEditor:
    """Changes the fields of a site. Each method raises `ShotgunFault`, and then did nothing."""

    def __init__(
        self, store: Store, schema: Schema, log: EventLog, permissions: Permissions
    ) -> None:
        self._store = store
        self._permissions = permissions
        self._schema = schema
        self._log = log

    def create(
        self, author: Author, entity_type: str, data_type: str, properties: Mapping[str, Any]
    ) -> str:
        """Adds a custom field and gives its internal name, made from the property `name`.

        Every record of the type gets the field with its empty value.
        """
        with self._store.transaction():
            self._permissions.check(author, Action.SCHEMA, entity_type)
            if data_type not in CREATABLE_TYPES:
                raise ShotgunFault(
                    f"{data_type!r} is not a data type of a field; use one of "
                    f"{', '.join(sorted(CREATABLE_TYPES))}"
                )
            name = properties.get("name")
            if not isinstance(name, str) or not name.strip():
                raise ShotgunFault(f"a new field of {entity_type} needs a display name")
            code = self._schema.free_code(entity_type, name)
            field = _changed(Field(entity_type, code, name, data_type), properties)
            self._schema.put(field)
            self._store.fill(field)
            self._log.column(author, "New", field)
            return code

    def update(
        self, author: Author, entity_type: str, code: str, properties: Mapping[str, Any]
    ) -> bool:
        """Changes properties of a field."""
        with self._store.transaction():
            self._permissions.check(author, Action.SCHEMA, entity_type)
            old = self._schema.field(entity_type, code)
            new = _changed(old, properties)
            if new.unique and not old.unique:
                self._check_distinct(old)
            self._schema.put(new)
            self._store.reindex(new)
            self._log.column(author, "Change", new)
            return True

    def delete(self, author: Author, entity_type: str, code: str) -> bool:
        """Takes a custom field away, with its values."""
        with self._store.transaction():
            self._permissions.check(author, Action.SCHEMA, entity_type)
            field = self._schema.field(entity_type, code)
            if not code.startswith("sg_"):
                raise ShotgunFault(f"{field.path} is a system field and cannot be deleted")
            self._schema.drop(field)
            self._store.empty(field)
            self._log.column(author, "Retirement", field)
            return True

    def _check_distinct(self, field: Field) -> None:
        rows = self._store.living(field.entity_type).values()
        values = [str(row[field.code]).casefold() for row in rows if row[field.code]]
        if len(set(values)) != len(values):
            raise ShotgunFault(f"{field.path} cannot become unique: records share a value")


def _changed(field: Field, properties: Mapping[str, Any]) -> Field:
    for name, value in properties.items():
        if name not in _PROPERTIES:
            raise ShotgunFault(f"{name!r} is not an editable property of {field.path}")
        if not isinstance(value, _PROPERTIES[name]):
            raise ShotgunFault(f"{value!r} is not a valid {name!r} of {field.path}")
    if properties.get("unique") and field.data_type != "text":
        raise ShotgunFault(f"{field.path} ({field.data_type}) cannot be unique, only text can")
    return freeze_lists(replace(field, **properties))
