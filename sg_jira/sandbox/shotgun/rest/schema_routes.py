"""Routes of the schema: the types, their fields, and making, changing and deleting those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sg_jira.sandbox.shotgun.refusals import PermissionFault, ShotgunFault
from sg_jira.sandbox.shotgun.rest.call import NOT_FOUND_CODE, Answer, Call, Problem, Route, one
from sg_jira.sandbox.shotgun.rest.entity_names import find_type


def types(call: Call) -> Answer:
    return one(call, 200, call.parts.views.describe_types(call.author))


def fields(call: Call, name: str) -> Answer:
    entity_type = find_type(call.parts.schema, name)
    return one(call, 200, call.parts.views.describe_fields(call.author, entity_type))


def field(call: Call, name: str, code: str) -> Answer:
    return _described(call, 200, find_type(call.parts.schema, name), code)


def create_field(call: Call, name: str) -> Answer:
    entity_type = find_type(call.parts.schema, name)
    data_type = call.data.get("data_type")
    code = call.parts.schema_editor.create(
        call.author, entity_type, str(data_type), _properties(call.data)
    )
    described = call.parts.views.field(call.author, entity_type, code).describe()
    place = f"{call.path}/{code}"
    return Answer(201, {"data": {code: described}, "links": {"self": place}})


def update_field(call: Call, name: str, code: str) -> Answer:
    entity_type = find_type(call.parts.schema, name)
    call.parts.schema_editor.update(call.author, entity_type, code, _properties(call.data))
    return _described(call, 200, entity_type, code)


def delete_field(call: Call, name: str, code: str) -> Answer:
    entity_type = find_type(call.parts.schema, name)
    _described(call, 200, entity_type, code)
    call.parts.schema_editor.delete(call.author, entity_type, code)
    return Answer(204)


def _described(call: Call, status: int, entity_type: str, code: str) -> Answer:
    try:
        found = call.parts.views.field(call.author, entity_type, code)
    except PermissionFault:
        raise
    except ShotgunFault as fault:
        raise Problem(404, str(fault), code=NOT_FOUND_CODE) from None
    return one(call, status, {code: found.describe()})


def _properties(data: Mapping[str, Any]) -> dict[str, Any]:
    """`[{"property_name", "value"}]` by name. Raises `Problem` 400."""
    given = data.get("properties")
    if not isinstance(given, list) or not all(
        isinstance(one, dict) and isinstance(one.get("property_name"), str) for one in given
    ):
        raise Problem(400, "properties must be a list of objects with a property_name and a value.")
    return {one["property_name"]: one.get("value") for one in given}


ROUTES: Final = (
    Route("GET", "schema", types),
    Route("GET", "schema/<name>/fields", fields),
    Route("POST", "schema/<name>/fields", create_field),
    Route("GET", "schema/<name>/fields/<code>", field),
    Route("PUT", "schema/<name>/fields/<code>", update_field),
    Route("DELETE", "schema/<name>/fields/<code>", delete_field),
)
