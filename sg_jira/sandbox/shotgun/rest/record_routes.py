"""Routes that read records: one, many, by filters, and the conversation of a Note."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sg_jira.sandbox.shotgun.filters import parse_filters
from sg_jira.sandbox.shotgun.queries import Sort
from sg_jira.sandbox.shotgun.records import Record
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.rest.call import NOT_FOUND_CODE, PREFIX, Answer, Call, Problem, Route
from sg_jira.sandbox.shotgun.rest.entity_names import find_type, route_name

_FILTER: Final = re.compile(r"filter\[([\w.]+)\]")
_EXTRA: Final = re.compile(r"entity_fields\[(\w+)\]")


def records(call: Call, name: str) -> Answer:
    """The records whose fields have one of the values of `filter[field]`, which are text."""
    entity_type = find_type(call.parts.schema, name)
    conditions: list[Any] = []
    for word, values in call.query.lists():
        if match := _FILTER.fullmatch(word):
            options = [text for value in values for text in value.split(",")]
            conditions.append([match[1], "in", _typed(call, entity_type, match[1], options)])
    return _found(call, entity_type, conditions, call.query, None)


def search(call: Call, name: str) -> Answer:
    """The records that pass the filters of the body, in either of their notations."""
    entity_type = find_type(call.parts.schema, name)
    data = call.data
    given = dict(call.query.items(multi=False))
    for word in ("fields", "sort"):
        if isinstance(data.get(word), list | str):
            given[word] = data[word] if isinstance(data[word], str) else ",".join(data[word])
    page = data.get("page")
    return _found(
        call,
        entity_type,
        data.get("filters") or [],
        given,
        page if isinstance(page, dict) else None,
    )


def record(call: Call, name: str, number: int) -> Answer:
    entity_type = find_type(call.parts.schema, name)
    rows = call.parts.views.find(
        call.author, entity_type, parse_filters(_translated([["id", "is", number]]))
    )
    if not rows:
        raise Problem(404, f"There is no {entity_type} {number}.", code=NOT_FOUND_CODE)
    fields = _fields(call, entity_type, call.query.get("fields", "*"))
    shown = call.parts.views.record(call.author, rows[0], fields)
    return Answer(200, {"data": _show(shown), "links": {"self": call.path}})


def thread(call: Call, number: int) -> Answer:
    """A Note, its Replies and its Attachments."""
    extra = {
        match[1]: value.split(",")
        for word, value in call.query.items()
        if (match := _EXTRA.fullmatch(word))
    }
    call.parts.views.check(call.author, "Note")
    try:
        found = call.parts.threads.read(number, extra)
    except ShotgunFault as fault:
        raise Problem(404, str(fault), code=NOT_FOUND_CODE) from None
    return Answer(200, {"data": [_show(one) for one in found], "links": {"self": call.path}})


def _found(
    call: Call,
    entity_type: str,
    filters: Any,
    query: Mapping[str, str],
    page: Mapping[str, Any] | None,
) -> Answer:
    rows = call.parts.views.find(
        call.author, entity_type, parse_filters(_translated(filters)), _sorts(query.get("sort", ""))
    )
    wanted = call.page(rows, page)
    fields = _fields(call, entity_type, query.get("fields", "id"))
    shown = call.parts.views.records(call.author, entity_type, wanted.values, fields)
    return Answer(200, {"data": [_show(one) for one in shown], "links": wanted.links})


def _fields(call: Call, entity_type: str, text: str) -> Iterable[str]:
    names = [name for name in text.split(",") if name]
    return call.parts.schema.fields(entity_type) if "*" in names else names


def _sorts(text: str) -> list[Sort]:
    return [Sort(name.lstrip("-"), name.startswith("-")) for name in text.split(",") if name]


def _typed(call: Call, entity_type: str, name: str, texts: list[str]) -> list[Any]:
    """The values of a query parameter, as numbers where the field holds numbers."""
    field = call.parts.schema.fields(entity_type).get(name)
    if field is None or field.data_type not in {"number", "duration", "percent"}:
        return texts
    try:
        return [int(text) for text in texts]
    except ValueError:
        raise Problem(400, f"filter[{name}] must be a number.") from None


def _translated(filters: Any) -> Any:
    """Filters of the REST API as the JSON-RPC API writes them."""
    if isinstance(filters, dict) and "logical_operator" in filters:
        parts = [_translated(one) for one in filters.get("conditions") or ()]
        return {"logical_operator": filters["logical_operator"], "conditions": parts}
    if isinstance(filters, list) and filters and not isinstance(filters[0], str):
        return {"logical_operator": "and", "conditions": [_translated(one) for one in filters]}
    if isinstance(filters, list) and len(filters) >= 3:
        path, relation, *values = filters
        many = relation in {"in", "not_in", "between"} and isinstance(values[0], list)
        return {"path": path, "relation": relation, "values": values[0] if many else values}
    if filters == []:
        return {}
    raise Problem(400, f"This is no filter: {filters!r}.")


def _show(shown: Record) -> dict[str, Any]:
    """A record with its links apart from its other values."""
    values = {name: value for name, value in shown.items() if name not in ("type", "id")}
    linked = {name: value for name, value in values.items() if _is_link(value)}
    place = f"{PREFIX}/entity/{route_name(shown['type'])}/{shown['id']}"
    return {
        "type": shown["type"],
        "id": shown["id"],
        "attributes": {name: value for name, value in values.items() if name not in linked},
        "relationships": {
            name: {"data": value, "links": {"self": f"{place}/relationships/{name}"}}
            for name, value in linked.items()
        },
        "links": {"self": place},
    }


def _is_link(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and {"type", "id"} <= set(first)


ROUTES: Final = (
    Route("GET", "entity/<name>", records),
    Route("POST", "entity/<name>/_search", search),
    Route("GET", "entity/<name>/<int:number>", record),
    Route("GET", "entity/notes/<int:number>/thread_contents", thread),
)
