"""What entries of FPTR's event log tell, and which of them a bridge could want. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, Final

from sg_jira.deliveries import log_entries
from sg_jira.events import RETIREMENT

#: Types of FPTR records that the event daemon's plug-in posts when nothing else is said.
USUAL_TYPES: Final = ("Note", "Task", "Ticket", "Asset", "TimeLog")
#: A record of this type has no Project of its own; its Note has.
REPLY: Final = "Reply"
#: The fields of an entry that are read.
FIELDS: Final = (
    "event_type",
    "attribute_name",
    "meta",
    "entity",
    "user",
    "project",
    "session_uuid",
    "created_at",
)
#: After these what is remembered of FPTR's schema is out of date.
SCHEMA_EVENTS: Final = frozenset(
    f"Shotgun_{kind}_{what}"
    for kind in ("DisplayColumn", "Status")
    for what in ("New", "Change", "Retirement")
)
PROJECT_CHANGE: Final = "Shotgun_Project_Change"

Entry = Mapping[str, Any]


def wanted_types(sync: Mapping[str, Any], more: Iterable[str] = ()) -> frozenset[str]:
    """Types of FPTR records whose changes some entry of the settings could want.

    Parameters:
        sync: the settings' `SYNC`.
        more: types that a studio's own syncers want.
    """
    return frozenset(USUAL_TYPES) | mapped_types(sync, more)


def mapped_types(sync: Mapping[str, Any], more: Iterable[str] = ()) -> frozenset[str]:
    """Types of FPTR records that the settings name; see `wanted_types`."""
    named = list(more)
    for entry in sync.values():
        settings = entry.get("settings") if isinstance(entry, Mapping) else None
        if isinstance(settings, Mapping):
            named += [REPLY] if settings.get(_REPLIES) else []
            named += _mapped(settings.get("entity_mapping"))
    return frozenset(named)


#: The setting that lets Replies be synced.
_REPLIES: Final = "sync_replies"


def _mapped(mapping: Any) -> list[str]:
    rules = mapping if isinstance(mapping, (list, tuple)) else ()
    kinds = [rule.get("sg_entity") for rule in rules if isinstance(rule, Mapping)]
    return [kind for kind in kinds if isinstance(kind, str)]


def is_wanted(entry: Entry, types: Collection[str]) -> bool:
    """Whether an entry tells the change of a field of a record of these types.

    That is what the event daemon's plug-in posts: creations come as changes of each field that was
    set, deletions and returns as changes of the retirement date.
    """
    kind, what = _type_and_action(entry)
    has_project = bool(entry.get("project")) or kind == REPLY
    return what == "Change" and kind in types and has_project


def payload_of(entry: Entry) -> dict[str, Any] | None:
    """The entry as the event daemon would post it; `None` when it is about no record."""
    data = {**_plain(entry), "event_log_entry_id": entry["id"]}
    told = log_entries({"deliveries": [{"data": data}]})
    return told[0] if told else None


def told_by(entry: Entry) -> str | None:
    """Which action tells in one what an entry tells in part; `None` for entries that stand alone.

    FPTR's own webhooks deliver creations and deletions themselves, and not the changes of fields
    that are logged with them.
    """
    meta = entry.get("meta")
    if not isinstance(meta, Mapping):
        return None
    if meta.get("in_create"):
        return "New"
    if meta.get("attribute_name") == RETIREMENT:
        return "Retirement" if meta.get("new_value") else "Revival"
    return None


def actions_of(entries: Iterable[Entry]) -> dict[tuple[str, int, str], int]:
    """The ids of the entries that tell what was done to whole records: type, id, action -> id."""
    actions = {}
    for entry in entries:
        kind, what = _type_and_action(entry)
        number = _record_id(entry)
        if what in ("New", "Retirement", "Revival") and number is not None:
            actions[kind, number, what] = int(entry["id"])
    return actions


def action_key(entry: Entry) -> tuple[str, int, str] | None:
    """Where `actions_of` has the action that an entry is a part of."""
    what, number = told_by(entry), _record_id(entry)
    kind, _ = _type_and_action(entry)
    return (kind, number, what) if what and number is not None else None


def reply_of(entry: Entry) -> int | None:
    """The id of the Reply that an entry without a Project is about."""
    is_lost = not entry.get("project") and _type_and_action(entry)[0] == REPLY
    return _record_id(entry) if is_lost else None


def _record_id(entry: Entry) -> int | None:
    for place, name in (("entity", "id"), ("meta", "entity_id")):
        value = entry.get(place)
        number = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(number, int):
            return number
    return None


def _type_and_action(entry: Entry) -> tuple[str, str]:
    """`Shotgun_Task_Change` -> Task, Change."""
    words = str(entry.get("event_type")).split("_")
    return ("_".join(words[1:-1]), words[-1]) if len(words) > 2 else ("", "")


def _plain(value: Any) -> Any:
    """The value as JSON can have it: FPTR's client makes times of texts that look like one."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value
