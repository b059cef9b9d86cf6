"""What arrives from either site, in one form: `SyncEvent`, with its ordering key.

Pure: nothing is asked of a site, a clock or a store. Nothing here decides what is synced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sg_jira.constants import SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.event_ids import (
    in_namespace,
    is_id,
    jira_body_id,
    jira_change_id,
    jira_delivery_id,
    jira_subject,
    shotgun_fingerprint,
)
from sg_jira.shapes import as_mapping
from sg_jira.site_times import from_milliseconds, parse_time

#: The FPTR field whose change says that a record was deleted, or revived.
RETIREMENT: Final = "retirement_date"
#: In an event that tells a change whose value nobody has told: it has to be read.
PRESUMED: Final = "presumed"
#: In the `meta` of an event that stands for all events of a record's creation.
WHOLE_CREATION: Final = "whole_creation"

Payload = Mapping[str, Any]
Params = Mapping[str, "list[str]"]


class Direction(str, Enum):
    """Which way a change travels; the words are the first parts of the webhook paths."""

    SHOTGUN_TO_JIRA = "sg2jira"
    JIRA_TO_SHOTGUN = "jira2sg"


class Source(str, Enum):
    """Who told us of a change."""

    EVENT_DAEMON = "event-daemon"
    SHOTGUN_WEBHOOK = "fptr-webhook"
    JIRA_WEBHOOK = "jira-webhook"
    EVENT_LOG = "fptr-event-log"
    JIRA_SEARCH = "jira-search"
    BACK_FILL = "back-fill"


#: Where the bridge itself looked what has changed.
FETCHED: Final = frozenset({Source.EVENT_LOG, Source.JIRA_SEARCH})


@dataclass(frozen=True)
class SyncEvent:
    """A change on one site, on its way to the other. Holds nothing that JSON cannot say.

    `id` is the same for the same change however often and by whichever way it arrives. It is
    unique together with `settings_name` and `direction`; ids of unsigned requests start with
    `unsigned:`, so that a guessed one never makes a real event look known. Events with one
    `ordering_key` are worked on one at a time. `subject_type` and `subject_id` are those of the
    path (for FPTR, the body may name them instead). `occurred_at` is None when the site did not
    say; both times are aware.
    """

    id: str
    direction: Direction
    settings_name: str
    subject_type: str
    subject_id: int | str
    ordering_key: str
    source: Source
    signed: bool
    occurred_at: datetime | None
    received_at: datetime
    params: Params = field(default_factory=dict)
    payload: Payload = field(default_factory=dict, repr=False)  # may hold personal data

    def to_json(self) -> str:
        """The event as a JSON object, pure ASCII."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in _TIMES:
            values[name] = values[name].isoformat() if values[name] else None
        return json.dumps(values)

    @classmethod
    def from_json(cls, text: str) -> SyncEvent:
        """The event that `to_json` wrote. Raises `ValueError` or `KeyError` for other texts."""
        values = json.loads(text)
        values["direction"] = Direction(values["direction"])
        values["source"] = Source(values["source"])
        for name in _TIMES:
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return cls(**values)


_TIMES: Final = ("occurred_at", "received_at")


def event_from_shotgun(
    settings_name: str,
    entity_type: str,
    entity_id: int,
    payload: Payload,
    *,
    received_at: datetime,
    params: Params | None = None,
    signed: bool = False,
    source: Source = Source.EVENT_DAEMON,
) -> SyncEvent:
    """The event of an event daemon's body, which holds the parts of one EventLogEntry.

    With `event_log_entry_id` in the body the id is that of the log entry. Without it, it is the
    time of receipt and the fingerprint: the daemon never repeats a body, and equal changes made
    one after the other are two events. FPTR's own webhooks come in an envelope, out of which
    `deliveries` takes them first.
    """
    own_id = payload.get("event_log_entry_id")
    if not is_id(own_id):
        fingerprint = shotgun_fingerprint(entity_type, entity_id, payload)
        own_id = f"{received_at.isoformat()}:{fingerprint}"
    return SyncEvent(
        id=in_namespace(f"fptr:{own_id}", signed),
        direction=Direction.SHOTGUN_TO_JIRA,
        settings_name=settings_name,
        subject_type=entity_type,
        subject_id=entity_id,
        ordering_key=f"{entity_type}:{entity_id}",
        source=source,
        signed=signed,
        occurred_at=parse_time(payload.get("created_at")),
        received_at=received_at,
        params=params or {},
        payload=payload,
    )


def event_of_full_sync(
    settings_name: str, record: Mapping[str, Any], run: str, now: datetime
) -> SyncEvent:
    """The event that asks for a full sync of an FPTR record, as turning its flag on does.

    Parameters:
        record: with `type`, `id` and `project`.
        run: a name; a record has one such event in it.
        now: aware.
    """
    kind, number = record["type"], record["id"]
    return SyncEvent(
        id=f"fptr:sync:{run}:{kind}:{number}",
        direction=Direction.SHOTGUN_TO_JIRA,
        settings_name=settings_name,
        subject_type=kind,
        subject_id=number,
        ordering_key=f"{kind}:{number}",
        source=Source.BACK_FILL,
        signed=True,
        occurred_at=now,
        received_at=now,
        payload=full_sync_of(record),
    )


def full_sync_of(record: Mapping[str, Any]) -> Payload:
    """The body of such an event."""
    return {
        "meta": {
            "type": "attribute_change",
            "attribute_name": SHOTGUN_SYNC_IN_JIRA_FIELD,
            "entity_type": record["type"],
            "entity_id": record["id"],
            "new_value": True,
            "old_value": False,
        },
        "project": record["project"],
        "user": None,
        "session_uuid": None,
    }


def event_from_jira(
    settings_name: str,
    resource_type: str,
    resource_id: str,
    payload: Payload,
    *,
    received_at: datetime,
    headers: Mapping[str, str] | None = None,
    params: Params | None = None,
    signed: bool = False,
    source: Source = Source.JIRA_WEBHOOK,
) -> SyncEvent:
    """The event of a Jira webhook, of whatever kind; nothing in the body is taken for granted.

    Parameters:
        resource_type, resource_id: of the path; the id is the Issue's key. It counts only where
            the body names no Issue, as in comment events of Jira Data Center.
        headers: of the request; looked up by the names Jira documents.
    """
    payload = _with_changelog(_with_issue_of_path(payload, resource_id))
    subject = jira_subject(payload)
    own_id = (
        jira_change_id(subject, payload)
        or jira_delivery_id(headers or {})
        or jira_body_id(payload, received_at)
    )
    kind, number = subject if subject else (resource_type.capitalize(), resource_id)
    return SyncEvent(
        id=in_namespace(own_id, signed),
        direction=Direction.JIRA_TO_SHOTGUN,
        settings_name=settings_name,
        subject_type=resource_type,
        subject_id=resource_id,
        ordering_key=f"{kind}:{number}",
        source=source,
        signed=signed,
        occurred_at=from_milliseconds(payload.get("timestamp")),
        received_at=received_at,
        params=params or {},
        payload=payload,
    )


_ISSUE_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")


def issue_named(payload: Payload) -> str | None:
    """The key of the Issue that a webhook of Jira is about, or its id; `None` if it names none.

    Comments of Data Center name it in their own URL only, worklogs by its id.
    """
    issue = as_mapping(payload.get("issue"))
    remark = as_mapping(payload.get("comment") or payload.get("worklog"))
    url = _ISSUE_IN_URL.search(str(remark.get("self") or ""))
    named = (issue.get("key"), issue.get("id"), remark.get("issueId"), url and url.group(1))
    return next((str(name) for name in named if name), None)


_ISSUE_IN_URL: Final = re.compile(r"/issue/([0-9]+)/")


def _with_issue_of_path(payload: Payload, resource_id: str) -> Payload:
    """A comment's body with its Issue, which Data Center names in the URL only."""
    is_of_comment = str(payload.get("webhookEvent")).startswith("comment_")
    if not is_of_comment or payload.get("issue"):
        return payload
    if _ISSUE_KEY.fullmatch(resource_id):
        return {**payload, "issue": {"key": resource_id}}
    return {**payload, "issue": {"id": resource_id}} if is_id(resource_id) else payload


def _with_changelog(payload: Payload) -> Payload:
    """The body of a new Issue with a list of changes: some sites send none, as nothing changed."""
    if payload.get("webhookEvent") != "jira:issue_created" or payload.get("changelog"):
        return payload
    return {**payload, "changelog": {"items": []}}
