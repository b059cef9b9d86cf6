"""The shapes of bodies and answers in the OpenAPI description: JSON schemas, plain data.

They say what real senders post. What is taken is much wider: no part of a body is required.
"""

from __future__ import annotations

from typing import Any, Final

from sg_jira.engine.schema import State

Described = dict[str, Any]


def schema(name: str) -> Described:
    """Names one of the shapes."""
    return {"$ref": f"#/components/schemas/{name}"}


_ANY_TEXT: Final = {"type": ["string", "null"]}
_ID: Final = {"type": ["integer", "string"]}


def _object(*required: str, **properties: Any) -> Described:
    shape: Described = {"type": "object", "properties": properties}
    return {**shape, "required": list(required)} if required else shape


_RECORD: Final = _object(type={"type": "string"}, id={"type": "integer"}, name={"type": "string"})
_META: Final = _object(
    type={"enum": ["attribute_change", "new_entity", "entity_retirement", "entity_revival"]},
    attribute_name={"type": "string"},
    entity_type={"type": "string"},
    entity_id={"type": "integer"},
    field_data_type={"type": "string"},
    old_value={},
    new_value={},
    added={"type": "array", "items": _RECORD},
    removed={"type": "array", "items": _RECORD},
    in_create={"type": "boolean"},
)
_LOG_ENTRY: Final = {
    "event_log_entry_id": {"type": ["integer", "null"]},
    "event_type": {"type": "string"},
    "created_at": {"type": "string"},
    "user": _RECORD,
    "project": _RECORD,
    "session_uuid": _ANY_TEXT,
    "meta": _META,
}
_REMARK: Final = _object(
    id=_ID,
    issueId=_ID,
    self={"type": "string"},
    body={"type": "string"},
    created={"type": "string"},
    updated={"type": "string"},
    author={"type": "object"},
    timeSpentSeconds={"type": "integer"},
)
_COUNTS: Final = {"type": "object", "additionalProperties": {"type": "integer"}}
_CHANGE: Final = _object(
    field={"type": "string"},
    fieldId={"type": "string"},
    fieldtype={"type": "string"},
    fromString=_ANY_TEXT,
    toString=_ANY_TEXT,
    to=_ANY_TEXT,
)

#: By name.
SCHEMAS: Final[Described] = {
    "Refusal": _object("error", "hint", error={"type": "string"}, hint={"type": "string"}),
    "Health": _object("alive", alive={"const": True}),
    "Readiness": _object(
        *("ready", "connected", "reason", "sites", "warnings"),
        ready={"type": "boolean"},
        connected={"type": "boolean"},
        reason=_ANY_TEXT,
        sites={"type": "object"},
        warnings={"type": "array", "items": {"type": "string"}},
    ),
    "Accepted": _object(
        "accepted",
        accepted={"type": "array", "items": {"type": "string"}},
        outcome={"type": "string"},
        reason=_ANY_TEXT,
    ),
    "Event": _object(
        *("seq", "id", "state", "payload", "calls"),
        seq={"type": "integer"},
        id={"type": "string"},
        state={"enum": [each.value for each in State]},
        # Site -> endpoint -> how often.
        calls={
            "type": "object",
            "additionalProperties": _COUNTS,
        },
        payload={"type": "object"},
    ),
    "Events": _object(
        "events",
        events={
            "type": "array",
            "items": _object("seq", "id", "state", seq={"type": "integer"}, id={"type": "string"}),
        },
    ),
    "Decided": _object(
        *("seq", "state", "key"),
        seq={"type": "integer"},
        state={"type": "string"},
        key={"type": "string"},
    ),
    "CatchUp": _object("sources", sources={"type": "object"}),
    "Reset": _object("reset", reset={"const": True}),
    "FptrBody": {"anyOf": [schema("DaemonBody"), schema("Delivery"), schema("Deliveries")]},
    "DaemonBody": _object(
        **_LOG_ENTRY, entity_type={"type": "string"}, entity_id={"type": ["integer", "string"]}
    ),
    "Delivery": _object(
        "data",
        data=_object(
            **_LOG_ENTRY,
            id={"type": "string"},
            operation={"enum": ["create", "update", "delete", "revive"]},
            attribute_name={"type": "string"},
            entity=_RECORD,
            delivery_id={"type": "string"},
        ),
        timestamp={"type": "string"},
    ),
    "Deliveries": _object(
        "deliveries",
        deliveries={"type": "array", "items": schema("Delivery"), "maxItems": 50},
        timestamp={"type": "string"},
    ),
    "JiraBody": _object(
        timestamp={"type": "integer"},
        webhookEvent={
            "type": "string",
            "examples": [
                *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
                *("comment_created", "comment_updated", "comment_deleted"),
                *("worklog_created", "worklog_updated", "worklog_deleted"),
            ],
        },
        issue_event_type_name={"type": "string"},
        user={"type": "object"},
        issue=_object(id=_ID, key={"type": "string"}, fields={"type": "object"}),
        comment=_REMARK,
        worklog=_REMARK,
        changelog=_object(id=_ID, items={"type": "array", "items": _CHANGE}),
    ),
}
