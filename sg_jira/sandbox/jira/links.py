"""Links between issues: making and removing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sg_jira.sandbox.jira.catalog import LinkType
from sg_jira.sandbox.jira.changelog import Item, record
from sg_jira.sandbox.jira.comments import add_comment, check_body
from sg_jira.sandbox.jira.events import Announcer
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Issue, Link, Store


def find_link(store: Store, id: str) -> Link:
    """The link with this id. Raises `Refusal` 404."""
    if id not in store.links:
        raise Refusal(404, f"No issue link with id '{id}' exists.")
    return store.links[id]


def add_link(store: Store, person: Person, data: Mapping[str, Any]) -> Link:
    """Links `inwardIssue` to `outwardIssue` by `type`; a `comment` goes to the inward issue.

    A link that is already there is not made again.

    Raises:
        Refusal: 404 for an unknown issue or type, 400 for a comment that cannot be.
    """
    inward, outward = (_issue(store, data.get(end)) for end in ("inwardIssue", "outwardIssue"))
    for issue in (inward, outward):
        store.permissions.require(person, Permission.LINK_ISSUES, issue.project.id)
    wanted = data.get("type") or {}
    for type in store.link_types:
        if wanted.get("name") == type.name or wanted.get("id") == type.id:
            break
    else:
        raise Refusal(404, f"No issue link type with name '{wanted.get('name')}' found.")
    comment = data.get("comment")
    if comment:
        check_body(comment.get("body"))
    link = _existing(store, type, inward, outward)
    if link is None:
        link = Link(store.next_id("link"), type, inward.id, outward.id)
        store.links[link.id] = link
        _log(store, person, link, added=True)
        Announcer(store, person, store.clock()).link("created", link)
    if comment:
        add_comment(store, person, inward, comment)
    return link


def _existing(store: Store, type: LinkType, inward: Issue, outward: Issue) -> Link | None:
    for link in store.links.values():
        if (link.type, link.inward, link.outward) == (type, inward.id, outward.id):
            return link
    return None


def add_link_from(store: Store, person: Person, issue: Issue, data: Mapping[str, Any]) -> None:
    """Links this issue to the one that the data names, as an edit's `issuelinks` does."""
    own = {"id": issue.id}
    ends = {"inwardIssue": own, "outwardIssue": own, **data}
    add_link(store, person, ends)


def delete_link(store: Store, person: Person, link: Link) -> None:
    """Removes a link."""
    project = store.issues[link.inward].project
    store.permissions.require(person, Permission.LINK_ISSUES, project.id)
    Announcer(store, person, store.clock()).link("deleted", link)
    _log(store, person, link, added=False)
    del store.links[link.id]


def _issue(store: Store, value: Any) -> Issue:
    given = value if isinstance(value, dict) else {}
    return store.issue(str(given.get("id") or given.get("key")))


def _log(store: Store, person: Person, link: Link, added: bool) -> None:
    inward, outward = store.issues[link.inward], store.issues[link.outward]
    now = store.clock()
    for issue, other, phrase in (
        (inward, outward, link.type.outward),
        (outward, inward, link.type.inward),
    ):
        named = (other.key, f"This issue {phrase} {other.key}")
        empty = (None, None)
        before, after = (empty, named) if added else (named, empty)
        record(store, issue, person.id, [Item("Link", None, before, after)], now)
        issue.updated = now
