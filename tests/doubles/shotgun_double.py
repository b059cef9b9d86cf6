"""An in-memory FPTR: `mockgun` with the schema of a small studio, and a memory of its calls.

It takes the calls and arguments that the bridge may make on an FPTR client and no others, and
all its clients see one site, as several connections do.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar, cast

from shotgun_api3 import ShotgunError
from shotgun_api3.lib import mockgun

from tests.doubles.calls import CallLog
from tests.doubles.shotgun_schema import field

Entity = dict[str, Any]
FILTER_OPERATORS = ("is", "is_not", "in")


class ShotgunSite:
    """Records, schema and calls of one site."""

    def __init__(self, url: str = "https://studio.shotgrid.test") -> None:
        self.url = url
        self.calls = CallLog()
        self.logins: list[dict[str, Any]] = []
        self.user_agents: list[str] = []
        self.session_uuids: list[str | None] = []
        self.clients = 0
        self.schema: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, dict[int, Entity]] = {}
        self.client_class = type("Shotgun", (ShotgunDouble,), {"site": self})
        self._owner = self.client_class(url, "owner")
        self.clients = 0
        self.logins.clear()

    def add(self, entity_type: str, /, **fields: Any) -> Entity:
        """Make a record as a person would, unseen by the call log.

        Links keep the names they are given with, as FPTR shows them.
        """
        created = mockgun.Shotgun.create(self._owner, entity_type, copy.deepcopy(fields))
        self.rows[entity_type][created["id"]].update(copy.deepcopy(fields))
        return self.link(entity_type, created["id"])

    def change(self, entity: Entity, /, **fields: Any) -> None:
        """Edit a record as a person would, unseen by the call log."""
        mockgun.Shotgun.update(self._owner, entity["type"], entity["id"], copy.deepcopy(fields))
        self.rows[entity["type"]][entity["id"]].update(copy.deepcopy(fields))

    def retire(self, entity: Entity) -> None:
        """Delete a record as a person would."""
        self.rows[entity["type"]][entity["id"]]["__retired"] = True

    def link(self, entity_type: str, entity_id: int) -> Entity:
        """The record as other records and events refer to it."""
        row = self.rows[entity_type][entity_id]
        name = next(
            (row[key] for key in ("name", "content", "subject", "code") if row.get(key)), ""
        )
        return {"type": entity_type, "id": entity_id, "name": name}

    def record(self, entity: Entity) -> Entity:
        """All fields of a record as they are now."""
        return copy.deepcopy(self.rows[entity["type"]][entity["id"]])

    def writes(self) -> list[tuple[Any, ...]]:
        """Arguments of every create, update and delete a client made, in order."""
        return [call.args for call in self.calls.of("create", "update", "delete")]


class ShotgunDouble(mockgun.Shotgun):  # type: ignore[misc]
    """The client class. Each subclass made by a `ShotgunSite` talks to that site."""

    site: ClassVar[ShotgunSite]

    def __init__(self, base_url: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(base_url, *args, **kwargs)
        if not self.site.schema:
            self.site.schema = copy.deepcopy(self._schema)
            self.site.rows = self._db
        self._schema = self.site.schema
        self._db = self.site.rows
        self.site.clients += 1
        self.site.logins.append({"args": (base_url, *args), "kwargs": kwargs})

    # mockgun offers more than a studio's double has to.
    @property
    def batch(self) -> Any:
        raise AttributeError("batch")

    def find(
        self,
        entity_type: str,
        filters: list[list[Any]],
        fields: list[str] | None = None,
        order: list[dict[str, str]] | None = None,
    ) -> list[Entity]:
        self.site.calls.record("find", entity_type, filters, fields)
        return self._look_up(entity_type, filters, fields, order=order)

    def find_one(
        self,
        entity_type: str,
        filters: list[list[Any]],
        fields: list[str] | None = None,
        retired_only: bool = False,
    ) -> Entity | None:
        self.site.calls.record("find_one", entity_type, filters, fields)
        found = self._look_up(entity_type, filters, fields, retired_only=retired_only)
        return found[0] if found else None

    def create(self, entity_type: str, data: Entity) -> Entity:
        if entity_type == "EventLogEntry":  # mockgun's own greeting at construction
            return cast(Entity, super().create(entity_type, data))
        self.site.calls.record("create", entity_type, copy.deepcopy(data))
        return copy.deepcopy(super().create(entity_type, copy.deepcopy(data)))

    def update(self, entity_type: str, entity_id: int, data: Entity) -> Entity:
        self.site.calls.record("update", entity_type, entity_id, copy.deepcopy(data))
        changed = super().update(entity_type, entity_id, copy.deepcopy(data))
        return copy.deepcopy(changed[0])

    def delete(self, entity_type: str, entity_id: int) -> bool:
        self.site.calls.record("delete", entity_type, entity_id)
        return bool(super().delete(entity_type, entity_id))

    def schema_field_read(self, entity_type: str) -> dict[str, Any]:
        self.site.calls.record("schema_field_read", entity_type)
        return copy.deepcopy(self.site.schema[entity_type])

    def schema_entity_read(self) -> dict[str, Any]:
        self.site.calls.record("schema_entity_read")
        return copy.deepcopy(self._schema_entity)

    def schema_field_update(
        self, entity_type: str, field_name: str, properties: dict[str, Any]
    ) -> bool:
        self.site.calls.record("schema_field_update", entity_type, field_name, properties)
        stored = self.site.schema[entity_type][field_name]["properties"]
        for name, value in properties.items():
            stored[name] = {"value": copy.deepcopy(value), "editable": True}
        return True

    def schema_field_create(self, entity_type: str, data_type: str, display_name: str) -> str:
        self.site.calls.record("schema_field_create", entity_type, data_type, display_name)
        name = "sg_" + display_name.lower().replace(" ", "_")
        self.site.schema[entity_type][name] = field(data_type)
        return name

    def add_user_agent(self, agent: str) -> None:
        self.site.user_agents.append(agent)

    def set_session_uuid(self, session_uuid: str | None) -> None:
        self.site.session_uuids.append(session_uuid)

    def _look_up(
        self,
        entity_type: str,
        filters: list[list[Any]],
        fields: list[str] | None,
        **options: Any,
    ) -> list[Entity]:
        for _, operator, value in filters:
            if operator not in FILTER_OPERATORS or (operator == "is_not" and value is not None):
                raise ShotgunError(f"The double knows no filter {operator} {value!r}")
        found = super().find(entity_type, copy.deepcopy(filters), fields, **options)
        return cast(list[Entity], copy.deepcopy(found))
