"""Whether the script user may edit what the bridge writes to FPTR, without editing anything.

FPTR tells nobody what a permission role allows; one has to try. A `batch` is one transaction:
either all of its requests complete or none. So a record is given the values that it has, together
with a request that cannot be fulfilled, and what FPTR complains about tells whether the first was
allowed.
https://developers.shotgridsoftware.com/python-api/reference.html (Shotgun.batch)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from shotgun_api3.shotgun import Fault

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_JIRA_URL_FIELD
from sg_jira.provisioning.findings import Finding, failure, fine, warning
from sg_jira.provisioning.fptr_examination import TROUBLE, field_problem
from sg_jira.provisioning.linked_projects import LinkedProject
from sg_jira.provisioning.needs import Needs
from sg_jira.shotgun_session import Entity, ShotgunSession

_TOPIC: Final = "FPTR permissions"

#: The greatest id there can be. FPTR names it when it complains about the record without.
NOWHERE: Final = 2**31 - 1

#: FPTR's words for what an account may not do. Its faults have no code that tells them apart.
_REFUSED: Final = re.compile(r"permission|permitted|editable|this user", re.IGNORECASE)

#: The fields that the bridge writes to link a record with its Issue, comment or worklog.
_LINKS: Final = (SHOTGUN_JIRA_ID_FIELD, SHOTGUN_JIRA_URL_FIELD)


def examine_writing(
    shotgun: ShotgunSession, needs: Needs, projects: Sequence[LinkedProject]
) -> Iterator[Finding]:
    """Whether the script user may edit the bridge's own fields, for each entity type.

    Nothing is changed: FPTR takes back all of a `batch` that fails. Even a site that did not would
    only have written the values that are there already. Costs two calls per entity type.

    Parameters:
        shotgun: connected.
        needs: its fields say which entity types the bridge writes to. Those that the site lacks
            or has otherwise are left out, as that is told elsewhere.
        projects: the linked ones, of which records are looked at.
    """
    for entity_type, fields in _links_by_type(shotgun, needs).items():
        try:
            yield _may_edit(shotgun, entity_type, fields, projects)
        except TROUBLE as error:
            yield _untold(entity_type, str(error))


def _links_by_type(shotgun: ShotgunSession, needs: Needs) -> dict[str, list[str]]:
    """Entity type -> those of the fields that it has; types without a key are left out."""
    found: dict[str, list[str]] = {}
    synced = {one.entity_type for one in needs.subjects}
    for field in needs.fptr_fields:
        wanted = field.entity_type in synced and field.code in _LINKS
        if wanted and field_problem(shotgun, field) is None:
            found.setdefault(field.entity_type, []).append(field.code)
    return {name: fields for name, fields in found.items() if SHOTGUN_JIRA_ID_FIELD in fields}


def _may_edit(
    shotgun: ShotgunSession,
    entity_type: str,
    fields: Sequence[str],
    projects: Sequence[LinkedProject],
) -> Finding:
    places = [{"type": "Project", "id": one.id} for one in projects]
    record = (
        shotgun.find_one(entity_type, [["project", "in", places]], list(fields)) if places else None
    )
    if record is None:
        return fine(
            _TOPIC,
            f"whether the script user may edit a {entity_type} cannot be told, "
            "as no linked Project has one.",
        )
    data = _present_values(record, fields)
    # Empty values are never taken by another record, which FPTR could complain about instead.
    nothing = dict.fromkeys(data)
    requests = [
        _update(entity_type, record["id"], data),
        _update(entity_type, NOWHERE, nothing),
    ]
    try:
        shotgun.batch(requests)
    except Fault as fault:
        return _meaning(entity_type, list(data), str(fault))
    return _untold(entity_type, f"FPTR did not complain about record {NOWHERE}, which is not there")


def _present_values(record: Entity, fields: Sequence[str]) -> dict[str, Any]:
    """What a record holds, as it is written. A file cannot be written as it is read."""
    found: dict[str, Any] = {}
    for field in fields:
        value = record.get(field)
        if not isinstance(value, Mapping):
            found[field] = value
        elif value.get("link_type") == "web":
            found[field] = {"url": value["url"], "name": value.get("name")}
    return found


def _update(entity_type: str, number: int, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "request_type": "update",
        "entity_type": entity_type,
        "entity_id": number,
        "data": data,
    }


def _meaning(entity_type: str, fields: Sequence[str], said: str) -> Finding:
    """What FPTR's complaint tells."""
    if str(NOWHERE) in said:
        return fine(_TOPIC, f"the script user may edit {', '.join(fields)} of a {entity_type}.")
    if not _REFUSED.search(said):
        return _untold(entity_type, said)
    refused = ", ".join([one for one in fields if one in said] or fields)
    return failure(
        _TOPIC,
        f"the script user may not edit {refused} of a {entity_type}, which links it with Jira "
        f"({said}).",
        f"Let its permission role edit {entity_type} records, and {refused} of them.",
    )


def _untold(entity_type: str, why: str) -> Finding:
    return warning(
        _TOPIC,
        f"whether the script user may edit a {entity_type} cannot be told ({why}).",
        f"Look yourself whether its permission role may edit {entity_type} records.",
    )
