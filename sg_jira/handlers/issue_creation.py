"""Creates the Issue of a record exactly once, whatever fails or runs at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jira.resources

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_JIRA_URL_FIELD
from sg_jira.handlers.issue_writer import IssueWriter
from sg_jira.handlers.sync_handler import Entity
from sg_jira.jira_client import is_clients_own
from sg_jira.links import Creation, attempt

LINK_NAME = "View in Jira"


class IssueCreation(IssueWriter):
    """A base of `EntityIssueHandler`: the two writes of a creation, kept together."""

    def _create_linked_issue(
        self,
        sg_entity: Entity,
        jira_project: jira.resources.Project,
        create: Callable[[], jira.resources.Issue],
    ) -> jira.resources.Issue | None:
        """The record's new Issue; its key and link are written to the record.

        An Issue that an earlier attempt made, but could not link, is taken instead of making
        another one. So is the one that was made for this record by another event in the
        meantime.

        Parameters:
            sg_entity: the record; its key field is known to be empty, or to hold a key that is to
                be replaced.
            jira_project: where the Issue belongs.
            create: creates the Issue.

        Returns:
            `None` when the record was linked in the meantime to an Issue that is not its own.
        """
        sg_type, sg_id = sg_entity["type"], sg_entity["id"]
        with self._bridge.links.creating(f"{sg_type}:{sg_id}") as creation:
            replaced = sg_entity.get(SHOTGUN_JIRA_ID_FIELD)
            if creation.waited or replaced:
                key = self._key_now(sg_entity)
                if key and key != replaced:
                    creation.finished = True
                    return self._get_jira_issue_and_validate(key, sg_entity)
            issue = self._issue_of_earlier_attempt(creation, sg_entity, jira_project)
            if issue is None:
                issue = attempt(creation, create)
            creation.made = issue.key
            self._shotgun.update(sg_type, sg_id, link_values(issue))
            creation.finished = True
            return issue

    def _issue_of_earlier_attempt(
        self, creation: Creation, sg_entity: Entity, jira_project: jira.resources.Project
    ) -> jira.resources.Issue | None:
        if creation.unfinished_since is None:
            return None
        self._logger.info("An earlier creation of the Issue of %s is unfinished.", creation.subject)
        keys = (
            [creation.made]
            if creation.made
            else keys_of_issues_naming(self._jira, sg_entity, jira_project)
        )
        for key in keys:
            issue = self._get_jira_issue_and_validate(key, sg_entity)
            if issue is not None:
                return issue
        return None


def link_values(issue: jira.resources.Issue) -> Entity:
    """What a record is given when its Issue was made."""
    link = {"url": issue.permalink(), "name": LINK_NAME}  # type: ignore[no-untyped-call]
    return {SHOTGUN_JIRA_ID_FIELD: issue.key, SHOTGUN_JIRA_URL_FIELD: link}


def keys_of_issues_naming(
    jira_session: Any, sg_entity: Entity, jira_project: jira.resources.Project
) -> list[str]:
    """Keys of the Issues whose field "Shotgun ID" may be the record's.

    Jira's search lags behind its writes by seconds to minutes on Cloud, so that an empty answer
    proves nothing at first; the links know how long. A studio's own client need not understand
    such a search, and is not asked.
    """
    if not is_clients_own(jira_session, "search_issues"):
        return []
    number = jira_session.jira_shotgun_id_field.rpartition("_")[2]
    found = jira_session.search_issues(
        f'project = "{jira_project.key}" AND cf[{number}] ~ "{sg_entity["id"]}"'
    )
    return [issue.key for issue in found]
