"""Ids of events: equal for one change, however often and by whichever way it is told. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sg_jira.shapes import as_mapping
from sg_jira.site_times import as_utc, parse_time

#: Header with which Jira names a webhook; the same for each repetition of one delivery.
#: https://developer.atlassian.com/cloud/jira/platform/webhooks/
JIRA_IDENTIFIER_HEADER: Final = "X-Atlassian-Webhook-Identifier"

#: An identifier that is longer, or odd, is replaced by its digest: ids are keys of a store, and
#: stand in logs.
_LONGEST_IDENTIFIER: Final = 120
_IDENTIFIER: Final = re.compile(r"[!-~]+")


def shotgun_fingerprint(entity_type: str, entity_id: int, payload: Mapping[str, Any]) -> str:
    """What makes a change of an FPTR record recognisable without its log entry's id.

    Equal for the body of an event daemon and for the log entry it was made from: record, field,
    values, user and session.
    """
    meta = as_mapping(payload.get("meta"))
    user = as_mapping(payload.get("user"))
    values = [meta.get(name) for name in ("new_value", "old_value", "added", "removed")]
    return _digest(
        [
            entity_type,
            entity_id,
            meta.get("attribute_name"),
            values,
            [user.get("type"), user.get("id")],
            payload.get("session_uuid"),
        ]
    )


#: How `webhookEvent` begins, without its `jira:` -> part of the body that is the subject. The
#: other parts only tell where it belongs: a comment's body usually carries its Issue, and an
#: Issue's body the comment that was typed along with an edit.
_JIRA_SUBJECTS: Final = {"issue_": "issue", "comment_": "comment", "worklog_": "worklog"}


def jira_subject(payload: Mapping[str, Any]) -> tuple[str, str] | None:
    """Kind (`Issue`, `Comment`, `Worklog`) and numeric id of what changed, if the body tells."""
    event = str(payload.get("webhookEvent")).removeprefix("jira:")
    named = (part for start, part in _JIRA_SUBJECTS.items() if event.startswith(start))
    part = next(named, "issue")
    number = as_mapping(payload.get(part)).get("id")
    return (part.capitalize(), str(number)) if is_id(number) else None


def jira_change_id(subject: tuple[str, str] | None, payload: Mapping[str, Any]) -> str | None:
    """The id of the change itself: the same by webhook and when read from Jira later.

    Jira writes one moment in the zone of whoever asks, so `updated` is compared as a moment.
    """
    if subject is None:
        return None
    kind, number = subject
    name = f"jira:{kind.lower()}:{number}"
    event = str(payload.get("webhookEvent"))
    if event.endswith("_deleted"):
        return f"{name}:deleted"
    if event == "jira:issue_created":
        return f"{name}:created"
    if kind == "Issue":
        change = as_mapping(payload.get("changelog")).get("id")
        return f"{name}:changelog:{change}" if is_id(change) else None
    updated = parse_time(as_mapping(payload.get(kind.lower())).get("updated"))
    return f"{name}:updated:{as_utc(updated)}" if updated else None


def jira_delivery_id(headers: Mapping[str, str]) -> str | None:
    """The id of a delivery, for bodies whose change has none."""
    identifier = headers.get(JIRA_IDENTIFIER_HEADER)
    if not identifier:
        return None
    if len(identifier) > _LONGEST_IDENTIFIER or not _IDENTIFIER.fullmatch(identifier):
        identifier = _digest(identifier)
    return f"jira:identifier:{identifier}"


def jira_body_id(payload: Mapping[str, Any], received_at: datetime) -> str:
    """The digest of the body, which repetitions share.

    Jira's own bodies carry the time of the change. Others may be equal without being the same
    event, and losing one is worse than working on it twice: they count by time of receipt.
    """
    digest = _digest(payload)
    if payload.get("timestamp"):
        return f"jira:digest:{digest}"
    return f"jira:digest:{received_at.isoformat()}:{digest}"


def in_namespace(own_id: str, signed: bool) -> str:
    return own_id if signed else f"unsigned:{own_id}"


def is_id(value: object) -> bool:
    """Whether a value can be the id of a record: a whole number, as a number or in digits."""
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) <= _LONGEST_DIGITS
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_ID


_LARGEST_ID: Final = 2**63
_LONGEST_DIGITS: Final = 19


def _digest(value: object) -> str:
    """Short and stable; a lone surrogate in a text does no harm, JSON escapes it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
