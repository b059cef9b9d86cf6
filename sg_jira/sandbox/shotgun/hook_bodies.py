"""What FPTR's webhooks are told of an entry of the event log, and how it is signed. Pure.

Source: developers.shotgridsoftware.com, the pages on webhooks and on their batched deliveries.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import Ref, Row

#: What happened, by the last word of an entry's type.
OPERATIONS: Final[Mapping[str, str]] = {
    "New": "create",
    "Change": "update",
    "Retirement": "delete",
    "Revival": "revive",
}
#: Types of which webhooks are never told.
UNTOLD_TYPES: Final = frozenset({"ApiUser", "EventLogEntry"})
#: Bytes; of a longer delivery the values are left out.
_LONGEST: Final = 1_000_000
_TOO_LONG: Final = "The values were left out because the delivery exceeds the limit of 1 MB."


def operation(entry: Row) -> str | None:
    """What an entry is to webhooks; `None` for what they are not told.

    They are not told of the fields of a creation, nor of the `retirement_date` that comes with a
    retirement or a revival.
    """
    entity: Ref | None = entry["entity"]
    if entity is None or entity.type in UNTOLD_TYPES:
        return None
    found = OPERATIONS.get(entry["event_type"].rpartition("_")[2])
    if found == "update" and (
        entry["meta"].get("in_create") or entry["attribute_name"] == "retirement_date"
    ):
        return None
    return found


def make_data(entry: Row, delivery_id: str, sequence: str) -> dict[str, Any]:
    """The `data` of a delivery.

    Parameters:
        entry: of the event log.
        delivery_id: of this delivery.
        sequence: tells the deliveries of one entry apart, such as `11777.3065.0`.
    """
    data = {
        "id": sequence,
        "event_log_entry_id": entry["id"],
        "event_type": entry["event_type"],
        "operation": operation(entry),
        "attribute_name": entry["attribute_name"],
        "entity": _link(entry["entity"]),
        "project": _link(entry["project"]),
        "user": _link(entry["user"]),
        "session_uuid": entry["session_uuid"],
        "delivery_id": delivery_id,
        "created_at": _moment(entry["created_at"]),
        "meta": entry["meta"],
    }
    if len(json.dumps(data)) <= _LONGEST:
        return data
    values = ("old_value", "new_value", "added", "removed")
    meta = {name: value for name, value in entry["meta"].items() if name not in values}
    return {**data, "meta": {**meta, "warning": _TOO_LONG}}


def envelope(data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What is sent of a delivery: its `data`, and when it was sent."""
    return {"data": data, "timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}"}


def encode(body: Mapping[str, Any]) -> bytes:
    """A body as it is sent and signed."""
    return json.dumps(body).encode()


def signature(content: bytes, secret: str) -> str:
    """The value of `X-SG-SIGNATURE` for a body."""
    return f"sha1={hmac.new(secret.encode(), content, hashlib.sha1).hexdigest()}"


def _link(ref: Ref | None) -> dict[str, Any] | None:
    return {"type": ref.type, "id": ref.id} if ref else None


def _moment(text: str) -> str:
    """A stored time as webhooks write it, with a blank and microseconds."""
    return f"{text.replace('T', ' ').removesuffix('Z')}.000000"
