"""Whether transitions lead Issues to the statuses that they are to be moved to.

Each account sees the transitions that Jira offers it for an Issue, from the status the Issue is in.
A whole workflow is shown to administrators of Jira Cloud, and only of company-managed projects:
https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-workflows/
So recent Issues are asked first, which mostly is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from sg_jira.provisioning.findings import Finding, fine, some_of, warning
from sg_jira.provisioning.jira_admin import JiraAdmin, TypeStatuses

#: Each search is for Issues in other statuses than those that the earlier ones found.
MOST_SEARCHES: Final = 5

_MEND: Final = (
    "Add one to the workflow, or map the FPTR statuses to others; "
    "until then the Issues stay in the status they are in."
)


@dataclass
class _Seen:
    """What Jira offers for the Issues that were looked at: ids of statuses."""

    origins: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    #: Whether no Issue is in any other status than `origins`.
    is_all: bool = False


def examine_ways(
    admin: JiraAdmin,
    topic: str,
    project_id: str,
    issue_type: str,
    present: TypeStatuses,
    wanted: Collection[str],
) -> Iterator[Finding]:
    """Tells of the statuses that no transition leads to, or that this cannot be told.

    Parameters:
        topic: of the findings.
        issue_type: its name.
        present: its id, and the statuses of its workflow.
        wanted: names of statuses of the workflow.

    Raises:
        JIRAError, requests.RequestException: Jira cannot answer.
    """
    goals = {id for id, name in present.names.items() if name in wanted}
    if not goals:
        return
    seen = _look_at_issues(admin, project_id, present, goals)
    left = goals - seen.targets
    if not left:
        yield fine(topic, f"transitions lead a {issue_type} to all {len(goals)} mapped statuses.")
        return
    targets = admin.workflow_targets(project_id, present.id)
    if targets is not None:
        yield from _known(topic, issue_type, present, goals, left - targets)
        return
    unclear = {goal for goal in left if present.names.keys() - seen.origins - {goal}}
    if closed := left - unclear:
        yield warning(
            topic,
            f"Jira offers the bridge's account no transition of a {issue_type} to "
            f"{_named(present, closed)}, whatever the status of the Issues looked at.",
            _MEND,
        )
    if unclear:
        yield _untold(topic, issue_type, present, unclear, seen)


def _look_at_issues(
    admin: JiraAdmin, project_id: str, present: TypeStatuses, goals: Collection[str]
) -> _Seen:
    seen = _Seen()
    for _ in range(MOST_SEARCHES):
        found = admin.offered_transitions(project_id, present.id, seen.origins)
        seen.is_all = not found
        for origin, targets in found:
            seen.origins.add(origin)
            seen.targets |= targets - {origin}
        if seen.is_all or seen.targets.issuperset(goals) or seen.origins >= present.names.keys():
            break
    return seen


def _known(
    topic: str,
    issue_type: str,
    present: TypeStatuses,
    goals: Collection[str],
    closed: Collection[str],
) -> Iterator[Finding]:
    if closed:
        yield warning(
            topic, f"no transition leads a {issue_type} to {_named(present, closed)}.", _MEND
        )
    else:
        yield fine(topic, f"transitions lead a {issue_type} to all {len(goals)} mapped statuses.")


def _untold(
    topic: str, issue_type: str, present: TypeStatuses, unclear: Collection[str], seen: _Seen
) -> Finding:
    missing = _named(present, present.names.keys() - seen.origins)
    why = (
        f"none is in {missing}, so that Jira offers no transition from there"
        if seen.is_all
        else f"none of those looked at is in {missing}"
    )
    return warning(
        topic,
        f"whether a transition leads a {issue_type} to {_named(present, unclear)} cannot be told: "
        f"{why}, and Jira shows the bridge's account no workflow of this project.",
        "Look for one in the workflow yourself. Jira shows company-managed workflows to "
        "administrators of Cloud.",
    )


def _named(present: TypeStatuses, ids: Collection[str]) -> str:
    return some_of(sorted(present.names[id] for id in ids))
