"""Keeps old events from writing old values: their values become the present ones. Mostly pure.

An event is old when a newer change of the same field was processed, when it was tried before, or
when a person replays it. What it removed stays removed unless it is there again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple, Protocol

from jira.exceptions import JIRAError

from sg_jira.conversions.present_changes import with_present_value
from sg_jira.event_ids import jira_subject
from sg_jira.events import FETCHED, PRESUMED, RETIREMENT, Direction, Payload, SyncEvent
from sg_jira.outcomes import Skip, note_skip
from sg_jira.places import field_of_item, name_in
from sg_jira.readings import readings
from sg_jira.shapes import as_mapping

_NOT_FOUND: Final = 404
#: How old what a signed request tells may be.
FRESH: Final = timedelta(minutes=5)


class Sites(Protocol):
    """What the guard asks of a bridge."""

    @property
    def shotgun(self) -> Any: ...

    @property
    def jira(self) -> Any: ...


class Change(NamedTuple):
    """One field of one record that an event changed; the number grows with each change."""

    record: str
    field: str
    source_id: int


def changes_of(event: SyncEvent) -> list[Change]:
    """What an event changed, as far as its site numbers its changes.

    Unsigned events have places of their own: a guessed number must not make a real change old.
    """
    number, record, fields = _NUMBERED[event.direction](event)
    if number is None:
        return []
    trust = "" if event.signed else "unsigned:"
    return [Change(f"{trust}{record}", each, number) for each in fields]


def _shotgun_change(event: SyncEvent) -> tuple[int | None, str, list[str]]:
    field = name_in(as_mapping(event.payload.get("meta")).get("attribute_name"))
    number = _number(event.payload.get("event_log_entry_id"))
    return number, f"{event.subject_type}:{event.subject_id}", [field] if field else []


def _jira_change(event: SyncEvent) -> tuple[int | None, str, list[str]]:
    subject = jira_subject(event.payload)
    if subject is None or subject[0] != "Issue":
        return None, "", []
    changelog = as_mapping(event.payload.get("changelog"))
    names = [_field_of(item) for item in _items(event.payload)]
    return _number(changelog.get("id")), ":".join(subject), [name for name in names if name]


_NUMBERED: Final = {
    Direction.SHOTGUN_TO_JIRA: _shotgun_change,
    Direction.JIRA_TO_SHOTGUN: _jira_change,
}


def is_hint(event: SyncEvent) -> bool:
    """Whether an event only says where to look: nobody vouches for what it tells.

    That is so for unsigned requests, and for signed ones that come late: a body can be sent again
    by whoever has seen it. What the bridge has fetched itself is true, but may be long gone.
    """
    if not event.signed or event.payload.get(PRESUMED) or event.source in FETCHED:
        return True
    return event.occurred_at is not None and event.received_at - event.occurred_at > FRESH


def refresh(events: Sequence[SyncEvent], sites: Sites) -> list[Payload]:
    """The payloads with present values, each record being read once.

    What the site does not confirm becomes an empty payload, and the reason is noted.

    Parameters:
        events: of one direction, or none.
    """
    if not events:
        return []
    if events[0].direction is Direction.JIRA_TO_SHOTGUN:
        return [_refresh_jira(event, sites) for event in events]
    first = events[0]
    fields = {_changed_field(event) for event in events} - {"", RETIREMENT}
    record = sites.shotgun.find_one(
        first.subject_type, [["id", "is", first.subject_id]], sorted(fields)
    )
    return [_refresh_shotgun(event, record) for event in events]


def _changed_field(event: SyncEvent) -> str:
    """The field whose change an FPTR event tells; nothing for other events."""
    meta = as_mapping(event.payload.get("meta"))
    field = meta.get("attribute_name")
    return field if meta.get("type") == "attribute_change" and isinstance(field, str) else ""


def _refresh_shotgun(event: SyncEvent, record: Mapping[str, Any] | None) -> Payload:
    """The event, as its record tells it now; there is none for one that was deleted."""
    field = _changed_field(event)
    if field == RETIREMENT:
        tells_deletion = bool(as_mapping(event.payload.get("meta")).get("new_value"))
        if tells_deletion == (record is None):
            return event.payload
        state = "is not deleted" if tells_deletion else "is deleted"
        return _unconfirmed(
            Skip.NOT_CONFIRMED, f"{event.subject_type} {event.subject_id} {state} in FPTR"
        )
    if record is None or field not in record:
        return event.payload
    meta = as_mapping(event.payload.get("meta"))
    told = {**event.payload, "meta": with_present_value(meta, record[field])}
    told.pop(PRESUMED, None)
    return told


def _unconfirmed(reason: Skip, said: str) -> Payload:
    note_skip(reason, f"{said}, whatever the event says.")
    return {}


def _refresh_jira(event: SyncEvent, sites: Sites) -> Payload:
    subject = jira_subject(event.payload)
    if subject is None:
        return event.payload
    kind, number = subject
    is_deletion = str(event.payload.get("webhookEvent")).endswith("_deleted")
    issue = as_mapping(event.payload.get("issue"))
    worklog = as_mapping(event.payload.get("worklog"))
    place = str(issue.get("key") or issue.get("id") or worklog.get("issueId") or "")
    try:
        present = _READ[kind](sites.jira, place, number)
    except JIRAError as error:
        if error.status_code != _NOT_FOUND:
            raise
        if is_deletion:
            return event.payload
        return _unconfirmed(_NO_SUCH[kind], f"Jira has no {kind.lower()} {number} (any more)")
    if is_deletion:
        return _unconfirmed(Skip.NOT_CONFIRMED, f"Jira still has the {kind.lower()} {number}")
    if kind != "Issue":
        return {**event.payload, kind.lower(): present}
    return with_present_issue(event.payload, present, sites.jira.get_jira_issue_field_id)


def _read_issue(jira: Any, place: str, number: str) -> Any:
    """The Issue as it is, perhaps read already by whoever decided about the event."""
    seen = readings()
    if number not in seen:
        seen[number] = jira.issue(number)
    return seen[number].raw


_NO_SUCH: Final = {
    "Issue": Skip.ISSUE_NOT_FOUND,
    "Comment": Skip.COMMENT_NOT_FOUND,
    "Worklog": Skip.WORKLOG_NOT_FOUND,
}
_READ: Final[Mapping[str, Callable[[Any, str, str], Any]]] = {
    "Issue": _read_issue,
    "Comment": lambda jira, place, number: jira.comment(place, number).raw,
    "Worklog": lambda jira, place, number: jira.worklog(place, number).raw,
}


def with_present_issue(
    payload: Payload, present: Mapping[str, Any], id_of: Callable[[str], str | None]
) -> dict[str, Any]:
    """The body of a Jira webhook, told with the Issue as it is now.

    Parameters:
        present: the Issue as Jira's REST API gives it.
        id_of: the id of the field with this name; Data Center tells custom fields by name.
    """
    fields = as_mapping(present.get("fields"))
    items = [_present_item(item, fields, id_of) for item in _items(payload)]
    told = {**payload, "issue": {**as_mapping(payload.get("issue")), **present}}
    if "changelog" in payload:
        told["changelog"] = {**as_mapping(payload.get("changelog")), "items": items}
    return told


def _present_item(
    item: Mapping[str, Any], fields: Mapping[str, Any], id_of: Callable[[str], str | None]
) -> Mapping[str, Any]:
    name = field_of_item(item)
    if name not in fields:
        name = id_of(str(item.get("field")))
    if name is None or name not in fields:
        return item
    value = fields[name]
    if isinstance(value, list):
        return _present_element(item, value)
    identity, text = _told(value)
    return {**item, "to": identity, "toString": text}


def _present_element(item: Mapping[str, Any], values: Iterable[Any]) -> Mapping[str, Any]:
    """An item about a list: labels are told all at once, other lists one element at a time."""
    elements = list(values)
    if all(isinstance(each, str) for each in elements) and not item.get("to"):
        return {**item, "to": None, "toString": " ".join(elements)}
    names = {text for each in elements if (text := _told(each)[1])}
    new, old = item.get("toString"), item.get("fromString")
    is_gone, is_back = new not in names, old in names
    return {
        **item,
        **({"to": None, "toString": ""} if is_gone else {}),
        **({"from": None, "fromString": ""} if is_back else {}),
    }


def _told(value: Any) -> tuple[str | None, str | None]:
    """How a changelog tells a value: its id (for dates the date itself), and its text."""
    if value is None:
        return None, None
    if isinstance(value, Mapping):
        names = ("accountId", "key", "id", "name", "value")
        identity = next((value[name] for name in names if value.get(name)), None)
        texts = ("displayName", "name", "value", "key", "filename")
        text = next((value[name] for name in texts if value.get(name)), None)
        return identity and str(identity), text and str(text)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value), str(value)


def _field_of(item: Mapping[str, Any]) -> str | None:
    return name_in(item.get("fieldId")) or name_in(item.get("field"))


def _items(payload: Payload) -> list[Mapping[str, Any]]:
    items = as_mapping(payload.get("changelog")).get("items")
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []


def _number(value: object) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 0 <= number < 2**63 else None
