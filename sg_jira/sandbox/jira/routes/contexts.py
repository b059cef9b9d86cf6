"""Routes of Cloud's contexts of custom fields: where a field applies, and its choices there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sg_jira.sandbox.jira.catalog import Option
from sg_jira.sandbox.jira.custom_fields import (
    add_context,
    add_options,
    change_options,
    check_options,
    drop_context,
    drop_option,
    find_context,
    find_custom_field,
    new_context,
    put_context,
)
from sg_jira.sandbox.jira.fields import Context, Field
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route


def contexts(call: Call, field: str) -> Answer:
    shown = [
        {
            "id": context.id,
            "name": context.name,
            "description": context.description,
            "isGlobalContext": context.projects is None,
            "isAnyIssueType": context.issue_types is None,
        }
        for context in _field(call, field).contexts
    ]
    return _page(call, shown)


def create_context(call: Call, field: str) -> Answer:
    found = _field(call, field)
    name = call.data.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= 255:
        raise Refusal(400, "The context name has to have between 1 and 255 characters.")
    projects, types = call.data.get("projectIds"), call.data.get("issueTypeIds")
    context = new_context(
        call.store,
        name,
        _project_keys(call, projects) if projects else None,
        _type_names(call, types) if types else None,
        description=str(call.data.get("description") or ""),
    )
    add_context(call.store, found, context)
    shown = {"id": context.id, "name": name, "description": context.description}
    return Answer(201, {**shown, "projectIds": projects or [], "issueTypeIds": types or []})


def update_context(call: Call, field: str, id: str) -> Answer:
    found = _field(call, field)
    context = find_context(found, id)
    words = {word: call.data[word] for word in ("name", "description") if call.data.get(word)}
    put_context(call.store, found, replace(context, **words))
    return NO_CONTENT


def delete_context(call: Call, field: str, id: str) -> Answer:
    found = _field(call, field)
    drop_context(call.store, found, find_context(found, id))
    return NO_CONTENT


def add_projects(call: Call, field: str, id: str) -> Answer:
    """Lets a context apply to more projects; a global one does not become less by it."""
    found = _field(call, field)
    context = find_context(found, id)
    if context.projects is None:
        raise Refusal(400, "The context is global, so that no project can be assigned to it.")
    keys = _project_keys(call, call.data.get("projectIds"))
    put_context(call.store, found, replace(context, projects=context.projects | keys))
    return NO_CONTENT


def remove_projects(call: Call, field: str, id: str) -> Answer:
    found = _field(call, field)
    context = find_context(found, id)
    keys = _project_keys(call, call.data.get("projectIds"))
    if context.projects is None or not keys <= context.projects:
        raise Refusal(400, "Some of the projects are not assigned to the context.")
    put_context(call.store, found, replace(context, projects=context.projects - keys))
    return NO_CONTENT


def project_mapping(call: Call, field: str) -> Answer:
    ids = {project.key: project.id for project in call.store.projects.values()}
    shown: list[dict[str, Any]] = []
    for context in _field(call, field).contexts:
        if context.projects is None:
            shown.append({"contextId": context.id, "isGlobalContext": True})
        for key in sorted(context.projects or ()):
            shown.append({"contextId": context.id, "projectId": ids[key]})
    return _page(call, shown)


def type_mapping(call: Call, field: str) -> Answer:
    ids = {one.name: one.id for one in call.store.issue_types}
    shown: list[dict[str, Any]] = []
    for context in _field(call, field).contexts:
        if context.issue_types is None:
            shown.append({"contextId": context.id, "isAnyIssueType": True})
        for name in sorted(context.issue_types or ()):
            shown.append({"contextId": context.id, "issueTypeId": ids[name]})
    return _page(call, shown)


def options(call: Call, field: str, id: str) -> Answer:
    found = _field(call, field)
    check_options(found)
    return _page(call, [_show(option) for option in find_context(found, id).options])


def create_options(call: Call, field: str, id: str) -> Answer:
    found, context, given = _given(call, field, id)
    added = add_options(call.store, found, context, given)
    return Answer(200, {"options": [_show(option) for option in added]})


def update_options(call: Call, field: str, id: str) -> Answer:
    found, context, given = _given(call, field, id)
    changed = change_options(call.store, found, context, given)
    return Answer(200, {"options": [_show(option) for option in changed]})


def delete_option(call: Call, field: str, id: str, option: str) -> Answer:
    found = _field(call, field)
    drop_option(call.store, found, find_context(found, id), option)
    return NO_CONTENT


def _field(call: Call, id: str) -> Field:
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    call.require(Permission.ADMINISTER)
    return find_custom_field(call.store, id)


def _given(call: Call, field: str, id: str) -> tuple[Field, Context, list[dict[str, Any]]]:
    found = _field(call, field)
    given = call.data.get("options")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Refusal(400, "'options' must be a list of objects.")
    return found, find_context(found, id), given


def _project_keys(call: Call, ids: Any) -> frozenset[str]:
    if not isinstance(ids, list) or len(set(map(str, ids))) != len(ids):
        raise Refusal(400, "The projectIds must be a list without duplicates.")
    return frozenset(call.project(str(id)).key for id in ids)


def _type_names(call: Call, ids: Any) -> frozenset[str]:
    known = {one.id: one.name for one in call.store.issue_types}
    if not isinstance(ids, list) or not {str(id) for id in ids} <= set(known):
        raise Refusal(404, "The issue type was not found.")
    return frozenset(known[str(id)] for id in ids)


def _show(option: Option) -> dict[str, Any]:
    return {"id": option.id, "value": option.value, "disabled": option.disabled}


def _page(call: Call, values: Sequence[Any]) -> Answer:
    start, most = call.page(50, 100)
    last = start + most >= len(values)
    page = {"maxResults": most, "startAt": start, "total": len(values), "isLast": last}
    return Answer(200, {**page, "values": values[start : start + most]})


_CONTEXT: Final = "field/<field>/context"
ROUTES: Final = (
    Route("GET", _CONTEXT, contexts),
    Route("POST", _CONTEXT, create_context),
    Route("GET", f"{_CONTEXT}/projectmapping", project_mapping),
    Route("GET", f"{_CONTEXT}/issuetypemapping", type_mapping),
    Route("PUT", f"{_CONTEXT}/<id>", update_context),
    Route("DELETE", f"{_CONTEXT}/<id>", delete_context),
    Route("PUT", f"{_CONTEXT}/<id>/project", add_projects),
    Route("POST", f"{_CONTEXT}/<id>/project/remove", remove_projects),
    Route("GET", f"{_CONTEXT}/<id>/option", options),
    Route("POST", f"{_CONTEXT}/<id>/option", create_options),
    Route("PUT", f"{_CONTEXT}/<id>/option", update_options),
    Route("DELETE", f"{_CONTEXT}/<id>/option/<option>", delete_option),
)
