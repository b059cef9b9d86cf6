"""Watchers of issues. Jira tells no webhook about them."""

from __future__ import annotations

from typing import Any

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Issue, Store


def watcher(store: Store, handle: Any, caller: Person) -> Person:
    """The person a request names by account id or name, the caller when it names nobody.

    Raises:
        Refusal: 404 for an unknown person.
    """
    if handle is None:
        return caller
    person = store.people.find(str(handle))
    if person is None:
        raise Refusal(404, f"The user named '{handle}' does not exist")
    return person


def watch(store: Store, issue: Issue, person: Person, caller: Person) -> None:
    """Lets a person watch an issue; again is fine. Raises `Refusal` when the caller may not."""
    _check(store, issue, person, caller)
    if person.id not in issue.watchers:
        issue.watchers.append(person.id)


def unwatch(store: Store, issue: Issue, person: Person, caller: Person) -> None:
    """Ends a person's watching; one who does not watch is fine. Refuses as `watch` does."""
    _check(store, issue, person, caller)
    if person.id in issue.watchers:
        issue.watchers.remove(person.id)


def _check(store: Store, issue: Issue, person: Person, caller: Person) -> None:
    """People may always begin and end to watch by themselves."""
    if person.id != caller.id:
        store.permissions.require(caller, Permission.MANAGE_WATCHERS, issue.project.id)


def show_watchers(store: Store, issue: Issue, caller: Person) -> dict[str, Any]:
    """The watchers of an issue as the REST API lists them."""
    return {
        "self": f"{store.base}/issue/{issue.key}/watchers",
        "isWatching": caller.id in issue.watchers,
        "watchCount": len(issue.watchers),
        "watchers": [store.people.get(id).show(store.base) for id in issue.watchers],
    }
