"""Watchers of issues. Jira tells no webhook about them."""

from __future__ import annotations

from typing import Any

from sg_jira.sandbox.jira.people import Person
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


def watch(issue: Issue, person: Person) -> None:
    """Lets a person watch an issue; again is fine."""
    if person.id not in issue.watchers:
        issue.watchers.append(person.id)


def unwatch(issue: Issue, person: Person) -> None:
    """Ends a person's watching; one who does not watch is fine."""
    if person.id in issue.watchers:
        issue.watchers.remove(person.id)


def show_watchers(store: Store, issue: Issue, caller: Person) -> dict[str, Any]:
    """The watchers of an issue as the REST API lists them."""
    return {
        "self": f"{store.base}/issue/{issue.key}/watchers",
        "isWatching": caller.id in issue.watchers,
        "watchCount": len(issue.watchers),
        "watchers": [store.people.get(id).show(store.base) for id in issue.watchers],
    }
