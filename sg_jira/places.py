"""Which fields of which records a call to a site writes, as far as the call tells. Pure.

Records and fields are named as the sites' own events name them, so that a change that crossed
a write of the bridge can be recognised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sg_jira.shapes import as_mapping

#: The field of records that are told as a whole: comments and worklogs.
WHOLE: Final = "*"

_CUSTOM: Final = "customfield_"


class Place(NamedTuple):
    """A field of a record: `Task:12` and `due_date`, `Issue:10034` (or its key) and `duedate`."""

    record: str
    field: str


_ISSUE: Final = re.compile(r"/issue/([^/?]+)(/transitions)?/?(\?|$)")
_REMARK: Final = re.compile(r"/issue/[^/]+/(comment|worklog)/([^/?]+)/?(\?|$)")


def places_in_jira(method: str, url: str, body: Any) -> frozenset[Place]:
    """What an HTTP request to Jira writes; creations, watchers and the like tell nothing.

    Parameters:
        body: the request's JSON, as text or read.
    """
    method = method.upper()
    if method == "PUT" and (remark := _REMARK.search(url)):
        return frozenset({Place(f"{remark[1].capitalize()}:{remark[2]}", WHOLE)})
    issue = _ISSUE.search(url)
    if issue is None or method != ("POST" if issue[2] else "PUT"):
        return frozenset()
    told = _read(body)
    fields = {*as_mapping(told.get("fields")), *as_mapping(told.get("update"))}
    if issue[2]:
        fields.add("status")
    return frozenset(Place(f"Issue:{issue[1]}", field) for field in fields)


def places_in_shotgun(method: str, params: Any) -> frozenset[Place]:
    """What an RPC request to FPTR writes in records that exist."""
    first = params[0] if isinstance(params, Sequence) and params else params
    requests = first if method == "batch" else [as_mapping(first)]
    if method not in ("batch", "update") or not isinstance(requests, Sequence):
        return frozenset()
    return frozenset(
        place
        for request in requests
        if request.get("request_type", "update") == "update"
        for place in _updated(request)
    )


def _updated(request: Mapping[str, Any]) -> Iterator[Place]:
    for each in request.get("fields") or ():
        yield Place(f"{request.get('type')}:{request.get('id')}", str(each.get("field_name")))


def field_of_item(item: Mapping[str, Any]) -> str | None:
    """The field that an item of a changelog is about, by id; Data Center may leave the id out.

    A custom field that is told by its display name alone gives `customfield_`: any of them.
    """
    number, name = name_in(item.get("fieldId")), name_in(item.get("field"))
    if number or not name:
        return number
    return _CUSTOM if item.get("fieldtype") == "custom" else _IDS.get(name.lower(), name)


def name_in(told: object) -> str | None:
    """A name or an id that a body tells; `None` for what is none, and could not be stored."""
    name = str(told) if isinstance(told, str | int) else ""
    return name if name and name.isprintable() else None


#: Names that items of a changelog have for fields, in lower case -> the fields' ids.
_IDS: Final = {
    "component": "components",
    "fix version": "fixVersions",
    "version": "versions",
}
#: Fields that are written by one name and told by another.
_WRITTEN_AS: Final = {
    "IssueParentAssociation": "parent",
    "timeestimate": "timetracking",
    "timeoriginalestimate": "timetracking",
}


def names_written(field: str) -> tuple[str, ...]:
    """The names by which a field that events tell may have been written."""
    return (field, _WRITTEN_AS.get(field, field))


def was_written(place: Place, fields: Collection[str]) -> bool:
    """Whether one of the fields of its record that were written is that of the place."""
    if place.field == _CUSTOM:
        return any(field.startswith(_CUSTOM) for field in fields)
    return any(name in fields for name in names_written(place.field))


def _read(body: Any) -> Mapping[str, Any]:
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return {}
    return as_mapping(body)
