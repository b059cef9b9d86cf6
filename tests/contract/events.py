"""Events as the FPTR event daemon and Jira's webhooks send them."""

from __future__ import annotations

import copy
from typing import Any

from tests.doubles.jira_store import JiraStore

Entity = dict[str, Any]
Event = dict[str, Any]


def shotgun_event(
    entity: Entity,
    field: str,
    *,
    user: Entity | None = None,
    project: Entity | None = None,
    session_uuid: str | None = "uuid-of-the-page",
    **meta: Any,
) -> Event:
    """A field of an FPTR record changed; `meta` is as FPTR sends it: `new_value`, …"""
    return {
        "meta": {
            "type": "attribute_change",
            "attribute_name": field,
            "entity_type": entity["type"],
            "entity_id": entity["id"],
            **meta,
        },
        "session_uuid": session_uuid,
        "user": user or {"type": "HumanUser", "id": 9999, "name": "Somebody"},
        "project": project or {"type": "Project", "id": 1, "name": "Test Project"},
    }


def change(
    field: str,
    *,
    field_id: str | None = None,
    before: tuple[Any, Any] = (None, None),
    after: tuple[Any, Any] = (None, None),
) -> dict[str, Any]:
    """One changelog item; `before` and `after` are pairs of raw value and text."""
    item = {
        "field": field,
        "fieldtype": "jira",
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }
    return {**item, "fieldId": field_id} if field_id else item


def text_change(field: str, after: str | None, before: str | None = None) -> dict[str, Any]:
    """A changelog item as Jira sends it for texts, labels and numbers: no raw values."""
    return change(field, field_id=field, before=(None, before), after=(None, after))


def issue_event(
    jira: JiraStore,
    key: str,
    *items: dict[str, Any],
    name: str = "jira:issue_updated",
    user: dict[str, Any] | None = None,
) -> Event:
    """An issue changed; the issue in the body is as the site has it now."""
    raw = copy.deepcopy(jira.issues[key])
    return {
        "timestamp": 1700000000000,
        "webhookEvent": name,
        "user": user or jira.add_person("Some Body", "somebody@elsewhere.test"),
        "issue": raw,
        "changelog": {"id": "10100", "items": list(items)},
    }


def comment_event(
    jira: JiraStore, key: str, comment_id: str, *, name: str = "comment_updated", **comment: Any
) -> Event:
    """A comment changed; the body in the event is as the site has it now."""
    raw = copy.deepcopy(jira.comments[key][comment_id])
    issue = jira.issues[key]
    return {
        "timestamp": 1700000000000,
        "webhookEvent": name,
        "comment": {**raw, **comment},
        "issue": {
            "id": issue["id"],
            "key": key,
            "fields": {name: issue["fields"][name] for name in ("summary", "issuetype", "project")},
        },
    }
