"""FPTR's own webhooks: takes their deliveries out of the envelope, in the form of log entries.

https://developer.shotgridsoftware.com, the guide to webhooks. A delivery tells one entry of the
event log; a batch carries several. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sg_jira.constants import SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.events import PRESUMED, RETIREMENT, WHOLE_CREATION, Source, SyncEvent
from sg_jira.shapes import as_mapping

#: The field whose setting lets a new record of this type be synced. FPTR tells the creation of a
#: record, but none of the fields that were set with it.
_FIRST_FIELD: Final = {"Note": "tasks", "Reply": "content", "TimeLog": "entity"}

Body = Mapping[str, Any]


def is_delivery(body: Body) -> bool:
    """Whether a body is one of FPTR's own webhooks, and not what the event daemon posts."""
    return "deliveries" in body or (isinstance(body.get("data"), Mapping) and "meta" not in body)


def log_entries(body: Body) -> list[dict[str, Any]]:
    """The log entries that a body delivers; those of no record, such as a test's, are left out.

    The list of a batch is taken wherever it is: beside the envelope of a single one, or within.
    """
    batch = body.get("deliveries", as_mapping(body.get("data")).get("deliveries"))
    told = batch if isinstance(batch, Sequence) and not isinstance(batch, str) else [body]
    entries = []
    for each in told:
        data = each.get("data", each) if isinstance(each, Mapping) else None
        entry = _log_entry(data) if isinstance(data, Mapping) else None
        if entry is not None:
            entries.append(entry)
    return entries


def delivery_of(event: SyncEvent) -> str | None:
    """The id of the delivery that has brought an event; `None` if nobody vouches for it."""
    told = event.payload.get(DELIVERY)
    if event.source is not Source.SHOTGUN_WEBHOOK or not event.signed:
        return None
    return told if isinstance(told, str) and _DELIVERY.fullmatch(told) else None


#: Name of it in an event's payload.
DELIVERY: Final = "delivery_id"
#: It becomes a part of a path.
_DELIVERY: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


def _log_entry(data: Body) -> dict[str, Any] | None:
    meta = as_mapping(data.get("meta"))
    entity = as_mapping(data.get("entity"))
    kind = entity.get("type") or meta.get("entity_type")
    number = entity.get("id") or meta.get("entity_id")
    if not isinstance(kind, str) or not kind or not isinstance(number, int):
        return None
    entry = {
        "event_log_entry_id": data.get("event_log_entry_id"),
        DELIVERY: data.get(DELIVERY),
        "event_type": data.get("event_type"),
        "created_at": data.get("created_at"),
        "user": data.get("user"),
        "project": data.get("project"),
        "session_uuid": data.get("session_uuid"),
        "entity_type": kind,
        "entity_id": number,
        "meta": {**meta, "entity_type": kind, "entity_id": number},
    }
    return _told_as_change(entry, str(data.get("operation") or data.get("event_type") or ""))


def _told_as_change(entry: dict[str, Any], what: str) -> dict[str, Any]:
    """Creations, deletions and revivals, told as the change of a field that stands for them."""
    kind = entry["entity_type"]
    if what == "create" or what.endswith("_New"):
        field = _FIRST_FIELD.get(kind, SHOTGUN_SYNC_IN_JIRA_FIELD)
        # Nobody says what it was set to: the value is read once a handler wants to know.
        told = {"attribute_name": field, "new_value": True, "in_create": True, WHOLE_CREATION: True}
        return {**entry, "meta": {**entry["meta"], **_CHANGE, **told}, PRESUMED: True}
    if what == "delete" or what.endswith("_Retirement"):
        return _told_as_retirement(entry, entry["created_at"])
    if what == "revive" or what.endswith("_Revival"):
        return _told_as_retirement(entry, None)
    # Of a delivery that would be too long FPTR leaves the values out.
    return entry if _VALUES & entry["meta"].keys() else {**entry, PRESUMED: True}


def _told_as_retirement(entry: dict[str, Any], when: Any) -> dict[str, Any]:
    told = {"attribute_name": RETIREMENT, "new_value": when}
    return {**entry, "meta": {**entry["meta"], **_CHANGE, **told}}


_VALUES: Final = frozenset({"new_value", "added", "removed"})
_CHANGE: Final = {"type": "attribute_change"}
