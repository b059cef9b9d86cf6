"""The transitions that an issue can take now, as Jira lists them."""

from __future__ import annotations

from typing import Any

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.screens import show_slots, transition_slots
from sg_jira.sandbox.jira.store import Issue, Store
from sg_jira.sandbox.jira.workflow import Transition


def open_transitions(store: Store, person: Person | None, issue: Issue) -> dict[str, Transition]:
    """The transitions from the issue's status by id; none for whoever may not take any."""
    needed = Permission.TRANSITION_ISSUES
    if person and not store.permissions.granted(person, needed, issue.project.id):
        return {}
    return dict(issue.project.workflow.leaving(issue.status.name))


def show_transitions(
    store: Store, issue: Issue, with_fields: bool, person: Person | None = None
) -> list[dict[str, Any]]:
    """The transitions from the issue's status.

    Parameters:
        with_fields: adds what their screens ask for.
        person: who wants to take them.
    """
    workflow = issue.project.workflow
    shown = []
    for id, transition in open_transitions(store, person, issue).items():
        entry: dict[str, Any] = {
            "id": id,
            "name": transition.name,
            "to": workflow.status(transition.to).show(store.base),
            "hasScreen": bool(transition.screen),
            "isGlobal": transition.origins is None,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
        }
        if with_fields:
            on_screen = transition_slots(store, transition)
            entry["fields"] = show_slots(store, on_screen, issue.project, issue.type, issue)
        shown.append(entry)
    return shown
