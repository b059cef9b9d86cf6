"""Moving an issue to another status: which transition leads there, and what its screen needs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jira.resources import Issue

from sg_jira.jira_client import is_clients_own
from sg_jira.jira_issues import LazyIssue
from sg_jira.shapes import is_empty

logger = logging.getLogger("sg_jira.jira_session")

Transition = Mapping[str, Any]
Find = Callable[[Iterable[Transition]], "Transition | None"]

#: Key of the category of statuses in which work is over; it is the same on every site.
#: https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-workflow-status-categories/
DONE: Final = "done"


def move(session: Any, issue: Issue, status_name: str, comment: str) -> bool:
    """Moves an issue to a status by one transition.

    Parameters:
        session: the Jira session.
        issue: the Issue.
        status_name: exact name of the status.
        comment: comment of the transition; also fills required text fields.

    Returns:
        Whether the issue is in this status now; `False` when no transition leads there.

    Raises:
        JIRAError: Jira refuses, or cannot answer.
    """
    lazy = issue if isinstance(issue, LazyIssue) else None
    if (lazy.status_name if lazy else issue.fields.status.name) == status_name:
        return True
    return _go(
        session,
        issue,
        lambda transitions: find_transition(transitions, status_name),
        comment,
        f"to the status {status_name!r}",
    )


def close(session: Any, issue: Issue, comment: str) -> bool:
    """Moves an issue to a status of the category Done; `move` tells the rest."""
    return is_done(issue) or _go(
        session, issue, find_closing, comment, "to a status of the category Done"
    )


def is_done(issue: Issue) -> bool:
    """Whether an issue's status is of the category Done, as far as Jira tells categories."""
    category = getattr(issue.fields.status, "statusCategory", None)
    return getattr(category, "key", None) == DONE


def _go(session: Any, issue: Issue, find: Find, comment: str, where: str) -> bool:
    lazy = issue if isinstance(issue, LazyIssue) else None
    transition = _known_transition(session, lazy, find) or find(
        session.transitions(issue, expand="transitions.fields")
    )
    if transition is None:
        logger.warning(
            "No transition leads %s %s. Check the name, and the workflow of the Jira project.",
            issue.key,
            where,
        )
        return False
    fields = fill_screen(transition, issue.get_field, comment)
    extra = {"fields": fields} if fields else {}
    session.transition_issue(issue, transition["id"], comment=comment, **extra)
    if lazy:
        lazy.has_moved()
    return True


def _known_transition(session: Any, issue: LazyIssue | None, find: Find) -> Transition | None:
    """A transition that came with the issue and asks for nothing, so no call is needed."""
    if issue is None or not is_clients_own(session, "transitions"):
        return None
    transition = find(issue.expansion("transitions") or [])
    return transition if transition and needs_nothing(transition) else None


def find_transition(transitions: Iterable[Transition], status_name: str) -> Transition | None:
    """The first transition to exactly this status."""
    return next((one for one in transitions if one["to"]["name"] == status_name), None)


def find_closing(transitions: Iterable[Transition]) -> Transition | None:
    """The first transition to a status of the category Done."""
    categories = ((one["to"].get("statusCategory") or {}, one) for one in transitions)
    return next((one for category, one in categories if category.get("key") == DONE), None)


def needs_nothing(transition: Transition) -> bool:
    """Whether the transition is known to show no screen, so that there is nothing to fill in."""
    return transition.get("hasScreen") is False


def fill_screen(
    transition: Transition, current_value: Callable[[str], Any], comment: str
) -> dict[str, Any]:
    """Values for the fields that the transition requires and the issue lacks.

    Parameters:
        transition: with its `fields`, as `expand=transitions.fields` gives them.
        current_value: value of a field of the issue; `AttributeError` when it has none such.
        comment: text for required text fields.

    Returns:
        Field id -> value: the first allowed resolution, and the comment for text fields.
    """
    values: dict[str, Any] = {}
    for field_id, field in (transition.get("fields") or {}).items():
        if not field.get("required") or field.get("hasDefaultValue"):
            continue
        if not _is_unset(field_id, current_value):
            continue
        field_type = field.get("schema", {}).get("type")
        if field_type == "resolution" and field.get("allowedValues"):
            values[field_id] = field["allowedValues"][0]
        elif field_type in ("text", "string"):
            values[field_id] = comment
    return values


def _is_unset(field_id: str, current_value: Callable[[str], Any]) -> bool:
    try:
        return is_empty(current_value(field_id))
    except AttributeError:  # the issue has no such field: it is only on this screen
        return True
