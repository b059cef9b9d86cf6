"""Looks at the Jira site: its fields and screens, the account's rights, projects and statuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import requests
from jira.exceptions import JIRAError

from sg_jira.jira_client import shorten
from sg_jira.jira_session import JiraSession
from sg_jira.provisioning.findings import Finding, failure, fine, some_of, warning
from sg_jira.provisioning.jira_admin import JiraAdmin, TypeStatuses
from sg_jira.provisioning.jira_rights import PERMISSION_NAMES
from sg_jira.provisioning.linked_projects import LinkedProject
from sg_jira.provisioning.needs import Needs
from sg_jira.provisioning.workflow_examination import examine_ways

#: What Jira and the way to it may raise.
TROUBLE = (JIRAError, requests.RequestException)


def examine_jira(
    jira: JiraSession, needs: Needs, projects: Sequence[LinkedProject] | None
) -> Iterator[Finding]:
    """What is so on the Jira site.

    Parameters:
        jira: logged in, its fields known.
        needs: what has to be there.
        projects: those that are linked, each looked at by itself; `None` when nobody knows, as
            FPTR cannot be reached.
    """
    own = jira.own_identities.get("displayName") or jira.current_user()
    yield fine("Jira login", f"{own} at {jira.server_url}.")
    yield from _fields(jira, needs)
    if projects == []:
        yield warning(
            "Projects",
            "no FPTR Project is linked to a Jira project, so that nothing is synced.",
            'Run sg-jira setup --project "FPTR name=KEY".',
        )
    for each in projects or ():
        yield from _Project(jira, needs, each).examine()


def _fields(jira: JiraSession, needs: Needs) -> Iterator[Finding]:
    topic = "Jira fields"
    missing = [one for one in needs.jira_fields if not jira.get_jira_issue_field_id(one.name)]
    for each in missing:
        tell = warning if each.is_optional else failure
        yield tell(topic, f"there is no field {each.name!r}.", "Run sg-jira setup.")
    if not missing:
        yield fine(topic, f"all {len(needs.jira_fields)} are there.")


class _Project:
    """Looks at one linked project."""

    def __init__(self, jira: JiraSession, needs: Needs, project: LinkedProject) -> None:
        self._jira = jira
        self._admin = JiraAdmin(jira)
        self._needs = needs
        self._project = project
        self._key = project.key
        self._topic = f"Project {project.key}"
        self._id = ""
        self._may_move = True

    def examine(self) -> Iterator[Finding]:
        try:
            found = self._jira.get_project_by_key(self._key)
        except (*TROUBLE, RuntimeError) as error:
            yield self._unseen("the project", error)
            return
        if found is None:
            yield failure(
                self._topic,
                f"Jira shows no project {self._key!r}, which FPTR Project "
                f"{self._project.name!r} is linked to.",
                "Correct sg_jira_key of the Project, or let the bridge's Jira account browse it.",
            )
            return
        self._id = str(found.id)
        yield fine(self._topic, f"linked with FPTR Project {self._project.name!r}.")
        yield from self._rights()
        yield from self._statuses()
        for issue_type in self._needs.issue_types:
            yield from self._screen(issue_type)

    def _rights(self) -> Iterator[Finding]:
        try:
            lacking = self._admin.lacking(self._key, self._needs.permissions)
        except TROUBLE as error:
            yield self._unseen("what the Jira account may do", error)
            return
        self._may_move = "TRANSITION_ISSUES" not in lacking
        if lacking:
            names = sorted(PERMISSION_NAMES[key] for key in lacking)
            yield failure(
                self._topic,
                f"the Jira account lacks {', '.join(names)}.",
                "Grant it in the permission scheme of the project.",
            )
        else:
            yield fine(self._topic, f"all {len(self._needs.permissions)} permissions are granted.")

    def _statuses(self) -> Iterator[Finding]:
        try:
            present = self._admin.statuses(self._key)
        except TROUBLE as error:
            yield self._unseen("the workflow", error)
            return
        for issue_type in self._needs.issue_types:
            if issue_type not in present:
                yield failure(
                    self._topic,
                    f"it has no issue type {issue_type!r}; it has {some_of(sorted(present))}.",
                    "Add it to the project, or name another one in the settings.",
                )
                continue
            wanted = self._needs.statuses_of(issue_type)
            lacking = wanted - set(present[issue_type].names.values())
            if lacking:
                yield warning(
                    self._topic,
                    f"no status of a {issue_type} is called {', '.join(sorted(lacking))}.",
                    "Map the FPTR statuses to others, or add these to the workflow.",
                )
            if self._may_move:  # else Jira offers no transition at all, as was told
                yield from self._ways(issue_type, present[issue_type], wanted)

    def _ways(
        self, issue_type: str, present: TypeStatuses, wanted: Collection[str]
    ) -> Iterator[Finding]:
        try:
            yield from examine_ways(self._admin, self._topic, self._id, issue_type, present, wanted)
        except TROUBLE as error:
            yield self._unseen(f"the transitions of a {issue_type}", error)

    def _screen(self, issue_type: str) -> Iterator[Finding]:
        ids = {one.name: self._jira.get_jira_issue_field_id(one.name) for one in self._fields()}
        try:
            screen = self._jira.get_project_issue_type_fields(self._key, issue_type)
        except KeyError:
            return  # told among the statuses
        except (*TROUBLE, RuntimeError) as error:
            yield self._unseen(f"the create screen of a {issue_type}", error)
            return
        absent = [name for name, number in ids.items() if number and number not in screen]
        if absent:
            yield warning(
                self._topic,
                f"the create screen of a {issue_type} has no {', '.join(absent)}.",
                "Put them there; on the edit screen alone each new Issue costs one call more.",
            )
        for each in self._fields():
            lacking = _options_lacking(each.options, screen.get(ids[each.name] or "", {}))
            if lacking:
                yield failure(
                    self._topic,
                    f"the field {each.name!r} of a {issue_type} lacks the options "
                    f"{', '.join(lacking)}.",
                    "Add them to its context.",
                )

    def _fields(self) -> Any:
        return self._needs.jira_fields

    def _unseen(self, what: str, error: Exception) -> Finding:
        why = shorten(error) if isinstance(error, JIRAError) else str(error)
        return warning(
            self._topic, f"{what} could not be looked at ({why}).", "Check the account's rights."
        )


def _options_lacking(wanted: Sequence[str], field: dict[str, Any]) -> list[str]:
    present = field.get("allowedValues")
    if not wanted or not field:
        return []
    values = {str(one.get("value")) for one in present or []}
    return [option for option in wanted if option not in values]


def site_time(jira: JiraSession) -> tuple[datetime | None, str]:
    """The site's present time, as far as it tells it, and its version; one call.

    Raises:
        JIRAError, requests.RequestException: it cannot answer.
    """
    told = jira.server_info()
    version = f"{told.get('deploymentType', 'Server')} {told.get('version')}"
    try:
        return datetime.strptime(str(told.get("serverTime")), "%Y-%m-%dT%H:%M:%S.%f%z"), version
    except ValueError:
        return None, version
