"""The transitions that an issue can take now, as Jira lists them."""

from __future__ import annotations

from typing import Any

from sg_jira.sandbox.jira.screens import show_slots, transition_slots
from sg_jira.sandbox.jira.store import Issue, Store


def show_transitions(store: Store, issue: Issue, with_fields: bool) -> list[dict[str, Any]]:
    """The transitions from the issue's status; `with_fields` adds what their screens ask for."""
    workflow = issue.project.workflow
    shown = []
    for id, transition in workflow.leaving(issue.status.name).items():
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
