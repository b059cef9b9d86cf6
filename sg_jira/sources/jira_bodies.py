"""What an Issue tells of its changes, in the form of Jira's webhooks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from sg_jira.site_times import parse_time

Body = dict[str, Any]
Raw = Mapping[str, Any]

#: Fields of an Issue that hold what is told by events of its own.
PARTS: Final = {"comment": "comments", "worklog": "worklogs"}
#: Keys of an Issue in Jira's REST API that its webhooks do not have.
_NOT_IN_WEBHOOKS: Final = ("expand", "changelog")


def bodies_of(issue: Raw, since: datetime, is_own: Callable[[Raw], bool]) -> list[Body]:
    """The webhooks that Jira would have sent of an Issue since a moment, oldest first.

    Parameters:
        issue: as Jira's REST API gives it, with all fields and its changelog.
        since: what was changed earlier is left out.
        is_own: whether a user is the bridge's own account, whose changes are left out.
    """
    told = [*_creation(issue, since), *_changes(issue, since)]
    for part in PARTS:
        told += _remarks(part, issue, since)
    strangers = [body for body in told if not is_own(_author(body))]
    return sorted(strangers, key=lambda body: int(body["timestamp"]))


def shown(issue: Raw, part: str) -> Sequence[Raw]:
    """The comments, or the worklogs, that an Issue carries."""
    listed = _field(issue, part)
    found = listed.get(PARTS[part]) if isinstance(listed, Mapping) else None
    return found or []


def is_cut(issue: Raw, part: str) -> bool:
    """Whether an Issue has more comments, or worklogs, than it carries."""
    listed = _field(issue, part)
    total = listed.get("total") if isinstance(listed, Mapping) else None
    return isinstance(total, int) and total > len(shown(issue, part))


def is_changelog_cut(issue: Raw, since: datetime) -> bool:
    """Whether an Issue has more changes since a moment than it carries."""
    changelog = issue.get("changelog") or {}
    histories = changelog.get("histories") or []
    if int(changelog.get("total") or 0) <= len(histories):
        return False
    return all(_is_since(history, "created", since) for history in histories)


def _creation(issue: Raw, since: datetime) -> Iterator[Body]:
    if _is_since(issue.get("fields") or {}, "created", since):
        yield {
            "timestamp": _milliseconds(_field(issue, "created")),
            "webhookEvent": "jira:issue_created",
            "issue_event_type_name": "issue_created",
            "user": _field(issue, "creator"),
            "issue": _as_in_webhooks(issue),
            "changelog": {"items": []},
        }


def _changes(issue: Raw, since: datetime) -> Iterator[Body]:
    for history in (issue.get("changelog") or {}).get("histories") or []:
        if _is_since(history, "created", since):
            yield {
                "timestamp": _milliseconds(history["created"]),
                "webhookEvent": "jira:issue_updated",
                "issue_event_type_name": "issue_updated",
                "user": history.get("author"),
                "issue": _as_in_webhooks(issue),
                "changelog": {"id": history["id"], "items": history.get("items") or []},
            }


def _remarks(part: str, issue: Raw, since: datetime) -> Iterator[Body]:
    """A remark that is new and was edited is told twice, as Jira does: some handlers want one of
    the two only."""
    for remark in shown(issue, part):
        created, updated = remark.get("created"), remark.get("updated")
        if _is_since(remark, "created", since):
            first = {**remark, "updated": created, "updateAuthor": remark.get("author")}
            yield _remark(part, "created", issue, first)
        if updated != created and _is_since(remark, "updated", since):
            yield _remark(part, "updated", issue, remark)


def _remark(part: str, verb: str, issue: Raw, remark: Raw) -> Body:
    body: Body = {
        "timestamp": _milliseconds(remark["updated"]),
        "webhookEvent": f"{part}_{verb}",
        part: remark,
    }
    # Jira's own events of worklogs name their Issue by `issueId` alone.
    return {**body, "issue": _as_in_webhooks(issue)} if part == "comment" else body


def deletion(part: str, number: str, issue_key: str) -> Body:
    """The webhook of a comment, or worklog, that is gone; nobody says since when."""
    return {
        "webhookEvent": f"{part}_deleted",
        part: {"id": number},
        "issue": {"key": issue_key},
    }


def _author(body: Raw) -> Raw:
    for part in PARTS:
        if part in body:
            return body[part].get("updateAuthor") or {}
    return body.get("user") or {}


def _as_in_webhooks(issue: Raw) -> Body:
    fields = issue.get("fields") or {}
    whole = {name: value for name, value in issue.items() if name not in _NOT_IN_WEBHOOKS}
    return {**whole, "fields": {key: fields[key] for key in fields if key not in PARTS}}


def _field(issue: Raw, name: str) -> Any:
    return (issue.get("fields") or {}).get(name)


def _is_since(thing: Raw, name: str, since: datetime) -> bool:
    moment = parse_time(thing.get(name))
    return moment is not None and moment >= since


def _milliseconds(text: Any) -> int:
    moment = parse_time(text) or datetime.fromtimestamp(0, timezone.utc)
    return round(moment.timestamp() * 1000)


def ids(things: Iterable[Raw]) -> set[str]:
    """The ids of remarks."""
    return {str(thing["id"]) for thing in things}
