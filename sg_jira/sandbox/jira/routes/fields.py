"""Routes of fields: listing them, making and deleting custom ones."""

from __future__ import annotations

from typing import Any, Final

from sg_jira.sandbox.jira.custom_fields import drop_field, find_custom_field, new_context, new_field
from sg_jira.sandbox.jira.fields import CUSTOM_KINDS, CUSTOM_PREFIX, Field
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import Answer, Call, Route
from sg_jira.sandbox.jira.screen_catalog import screens_with

_DEFAULT_CONTEXT: Final = "Default Configuration Scheme for {}"


def fields(call: Call) -> Answer:
    cloud = call.store.flavour.is_cloud
    return Answer(200, [field.show(cloud) for field in call.store.fields.values()])


def create_field(call: Call) -> Answer:
    """Makes a custom field for all projects, on no screen."""
    call.require(Permission.ADMINISTER)
    name, type = call.data.get("name"), str(call.data.get("type") or "")
    errors = {}
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 255:
        errors["name"] = "It is required to set a name of at most 255 characters."
    prefix, _, kind = type.rpartition(":")
    if prefix != CUSTOM_PREFIX or kind not in CUSTOM_KINDS:
        errors["type"] = f"Could not find the custom field type '{type}'."
    if errors:
        raise Refusal(400, errors=errors)
    context = new_context(call.store, _DEFAULT_CONTEXT.format(name))
    description = str(call.data.get("description") or "")
    added = new_field(call.store, str(name).strip(), kind, context, description)
    return Answer(201, added.show(call.store.flavour.is_cloud))


def search_fields(call: Call) -> Answer:
    """Cloud's pages of fields, by type, id or words of the name."""
    _refuse_on_data_center(call)
    call.require(Permission.ADMINISTER)
    found = [field for field in call.store.fields.values() if _is_asked_for(call, field)]
    found.sort(key=lambda field: field.name)
    start, most = call.page(50, 50)
    shown = [_show(call, field) for field in found[start : start + most]]
    page = {"maxResults": most, "startAt": start, "total": len(found)}
    return Answer(200, {**page, "isLast": start + most >= len(found), "values": shown})


def delete_field(call: Call, id: str) -> Answer:
    """Deletes a custom field on Cloud, which answers with where to follow that."""
    _refuse_on_data_center(call)
    call.require(Permission.ADMINISTER)
    drop_field(call.store, find_custom_field(call.store, id))
    return Answer(303)


def screens_of_field(call: Call, id: str) -> Answer:
    """Cloud's pages of the screens that a field is on."""
    _refuse_on_data_center(call)
    call.require(Permission.ADMINISTER)
    found = screens_with(call.store, id)
    start, most = call.page(100, 100)
    shown = [{**screen.show(), "tab": screen.show_tab()} for screen in found[start : start + most]]
    page = {"maxResults": most, "startAt": start, "total": len(found)}
    return Answer(200, {**page, "isLast": start + most >= len(found), "values": shown})


def _is_asked_for(call: Call, field: Field) -> bool:
    types, ids = call.words("type"), call.words("id")
    word = call.query.get("query", "").lower()
    return (
        (not types or ("custom" if field.custom else "system") in types)
        and (not ids or field.id in ids)
        and word in field.name.lower()
    )


def _show(call: Call, field: Field) -> dict[str, Any]:
    shown = {"id": field.id, "key": field.id, "name": field.name, "schema": field.schema}
    if not field.custom:
        return shown
    counts = {
        "screensCount": len(screens_with(call.store, field.id)),
        "contextsCount": len(field.contexts),
    }
    return {**shown, "description": field.description, "isLocked": False, **counts}


def _refuse_on_data_center(call: Call) -> None:
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")


ROUTES: Final = (
    Route("GET", "field", fields),
    Route("POST", "field", create_field),
    Route("GET", "field/search", search_fields),
    Route("DELETE", "field/<id>", delete_field),
    Route("GET", "field/<id>/screens", screens_of_field),
)
