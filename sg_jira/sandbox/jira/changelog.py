"""Change histories: what they hold and how they are shown in webhooks and in the REST API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sg_jira.sandbox.jira.store import Issue, Store
from sg_jira.sandbox.jira.times import format_time


@dataclass(frozen=True)
class Item:
    """One change of a history.

    `before` and `after` are pairs of an id or raw value (may be `None`) and a text. `field_id` is
    `None` for changes that belong to no field, such as links.
    """

    field: str
    field_id: str | None
    before: tuple[str | None, str | None]
    after: tuple[str | None, str | None]
    custom: bool = False
    person: bool = False

    def show(self, cloud: bool) -> dict[str, Any]:
        """Its JSON form; Cloud has field ids, and account ids beside the values of people."""
        shown: dict[str, Any] = {
            "field": self.field,
            "fieldtype": "custom" if self.custom else "jira",
        }
        if cloud and self.field_id is not None:
            shown["fieldId"] = self.field_id
        shown["from"], shown["fromString"] = self.before
        shown["to"], shown["toString"] = self.after
        if cloud and self.person:
            shown["tmpFromAccountId"] = self.before[0]
            shown["tmpToAccountId"] = self.after[0]
        return shown


@dataclass(frozen=True)
class History:
    """What one edit changed; `author` is the id of a person."""

    id: str
    author: str
    created: datetime
    items: tuple[Item, ...]

    def show_items(self, cloud: bool) -> list[dict[str, Any]]:
        """The JSON form of its items."""
        return [item.show(cloud) for item in self.items]


def new_history(store: Store, author: str, items: list[Item], now: datetime) -> History:
    """A history whose id is higher than that of every earlier one; no issue has it yet."""
    return History(store.next_id("history"), author, now, tuple(items))


def record(store: Store, issue: Issue, author: str, items: list[Item], now: datetime) -> History:
    """Adds a history to an issue."""
    history = new_history(store, author, items, now)
    issue.histories.append(history)
    return history


def show_history(store: Store, history: History) -> dict[str, Any]:
    """A history as the REST API shows it."""
    return {
        "id": history.id,
        "author": store.people.get(history.author).show(store.base),
        "created": format_time(history.created),
        "items": history.show_items(store.flavour.is_cloud),
    }


def show_changelog(store: Store, issue: Issue) -> dict[str, Any]:
    """The `changelog` of an expanded issue: newest first on Cloud, oldest first on Data Center."""
    histories = [show_history(store, history) for history in issue.histories]
    if store.flavour.is_cloud:
        histories.reverse()
    count = len(histories)
    return {"startAt": 0, "maxResults": count, "total": count, "histories": histories}
