"""Finds comments and worklogs that are gone from Jira while their FPTR records still name them.

Jira tells of a deletion in a webhook and nowhere else. So both sites' pairs are compared, which
costs calls by their number: once a day, and only where deletions could be synced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.sources.jira_bodies import deletion, ids, shown
from sg_jira.sources.jira_intake import JiraIntake
from sg_jira.sources.jira_search import all_of, completed, pages
from sg_jira.sources.projects import LinkedProject, Projects

#: FPTR types whose records have a remark in Jira: what that is there, and where their Project is.
REMARKS: Final = {
    "Note": ("comment", "project"),
    "Reply": ("comment", "entity.Note.project"),
    "TimeLog": ("worklog", "project"),
}
#: Changes of Issues are of no interest here, however many there are.
_NO_CHANGES: Final = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class JiraDeletions:
    """Compares the pairs of all linked projects.

    Parameters:
        projects: tells which projects are linked.
        types: FPTR types whose deletions may be synced; the others are not looked at.
        intake: takes what is found.
    """

    projects: Projects
    types: Collection[str]
    intake: JiraIntake

    def look(self, bridge: Any) -> int:
        """Gives how many deletions were news. Raises whatever the sites' clients raise.

        An event is no more than a hint: whether the remark is gone is asked for once more before
        anything is done.
        """
        kinds = [
            kind
            for kind in REMARKS
            if kind in self.types
            and bridge.shotgun.get_field_schema(kind, SHOTGUN_JIRA_ID_FIELD) is not None
        ]
        total = 0
        for project in self.projects.linked(bridge.shotgun).values():
            named: dict[str, dict[str, str]] = {}
            for kind in kinds:
                part, place = REMARKS[kind]
                named.setdefault(part, {}).update(_named(bridge.shotgun, kind, place, project.id))
            if any(named.values()):
                total += self._compare(bridge.jira, project, named)
        return total

    def _compare(self, jira: Any, project: LinkedProject, named: dict[str, dict[str, str]]) -> int:
        present = _present(jira, project.jira_key, named)
        return sum(
            self.intake.take(project.settings_name, issue_key, [deletion(part, number, issue_key)])
            for part, numbers in named.items()
            for number, issue_key in numbers.items()
            if number not in present[part]
        )


def _named(shotgun: Any, kind: str, place: str, project_id: int) -> dict[str, str]:
    """The remarks that a Project's records name: id of the remark -> key of its Issue."""
    filters = [
        [place, "is", {"type": "Project", "id": project_id}],
        [SHOTGUN_JIRA_ID_FIELD, "is_not", None],
    ]
    found = shotgun.find(kind, filters, [SHOTGUN_JIRA_ID_FIELD])
    return dict(_pairs(record[SHOTGUN_JIRA_ID_FIELD] for record in found))


def _pairs(keys: Any) -> Iterator[tuple[str, str]]:
    """`LAN-12/10034` -> 10034, LAN-12; without what is no such key."""
    for key in keys:
        issue_key, slash, number = str(key or "").partition("/")
        if slash and issue_key and number.isdigit():
            yield number, issue_key


def _present(jira: Any, key: str, parts: Collection[str]) -> dict[str, set[str]]:
    """The ids of all remarks of a Jira project."""
    present: dict[str, set[str]] = defaultdict(set)
    for page in pages(jira, all_of([key]), fields=",".join(parts)):
        for issue in page:
            whole = completed(jira, issue, _NO_CHANGES)
            for part in parts:
                present[part] |= ids(shown(whole, part))
    return present
