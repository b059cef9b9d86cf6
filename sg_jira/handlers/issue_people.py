"""The people of an Issue: reporter, assignee and watchers, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.counterparts import Counterparts
from sg_jira.handlers.sync_handler import Entity


class IssuePeople(Counterparts):
    """Finds each site's person for one of the other; a base of `EntityIssueHandler`."""

    # ------------------------------------------------------------------ FPTR -> Jira

    def _write(self, jira_entity: Any, values: Mapping[str, Any]) -> None:
        """Updates an Issue, a comment or a worklog; whoever was refused is looked up anew.

        Raises:
            JIRAError: Jira refuses the update, or cannot answer.
        """
        try:
            jira_entity.update(fields=values)
        except JIRAError as error:
            if error.status_code == HTTPStatus.BAD_REQUEST:
                self._jira.forget_people()
            raise

    def _reporter(
        self, sg_entity: Entity, jira_project: jira.resources.Project
    ) -> Mapping[str, Any]:
        """Whoever created the record, if Jira knows that person; else the bridge's own account."""
        creator = sg_entity.get("created_by")
        if creator and creator["type"] == "HumanUser":
            email = (self._shotgun.consolidate_entity(creator) or {}).get("email")
            reporter = self.get_jira_user(email, jira_project) if email else None
            if reporter:
                return reporter
        myself = self._jira.myself()
        identity = "accountId" if self._jira.is_jira_cloud else "name"
        return {identity: myself[identity]} if myself.get(identity) else myself

    def _assignable_user(
        self,
        email: str | None,
        jira_project: jira.resources.Project,
        jira_issue: jira.resources.Issue,
        who: Any,
    ) -> jira.resources.User | None:
        if not email:
            self._logger.warning(
                "%s has no e-mail address in FPTR, by which to find the Jira user.", who
            )
            return None
        return self._jira.find_jira_assignee_for_issue(email, jira_project, jira_issue)

    def _sync_shotgun_cced_changes_to_jira(
        self,
        jira_issue: jira.resources.Issue,
        added: list[Entity],
        removed: list[Entity],
    ) -> None:
        """Removes and adds watchers of the Issue; other watchers stay.

        Groups and script users, and people unknown to Jira, are left out.
        """
        for change, people in (
            (self._jira.remove_watcher, removed),
            (self._jira.add_watcher, added),
        ):
            for person in people:
                user = self._watcher(jira_issue, person)
                if user is not None:
                    change(
                        jira_issue.key,
                        user.accountId if self._jira.is_jira_cloud else user.name,
                    )

    def _watcher(
        self, jira_issue: jira.resources.Issue, person: Entity
    ) -> jira.resources.User | None:
        if person["type"] != "HumanUser":
            self._logger.debug("%s %s cannot watch an Issue.", person["type"], person["id"])
            return None
        consolidated = self._shotgun.consolidate_entity(person)
        if consolidated is None:
            return None
        return self._jira.find_jira_user(consolidated.get("email"), jira_issue=jira_issue)

    # ------------------------------------------------------------------ Jira -> FPTR

    def _get_shotgun_assignment_from_jira_issue_change(
        self,
        shotgun_entity: Entity,
        shotgun_field: str,
        shotgun_field_schema: Mapping[str, Any],
        jira_issue: Mapping[str, Any],
        change: Mapping[str, Any],
    ) -> Any:
        """The new value of an FPTR field of people after the assignee changed in Jira.

        Others in a multi-entity field stay, also those unknown to Jira. An entity field is
        only set when it is empty, or held the previous assignee.

        Raises:
            InvalidJiraValue: the new assignee is unknown in FPTR.
            ValueError: the FPTR field cannot hold people.
        """
        data_type = shotgun_field_schema["data_type"]["value"]
        if data_type not in ("entity", "multi_entity"):
            raise ValueError(
                f"A Jira assignee cannot be written to the FPTR field {shotgun_field}: it is of "
                f"type {data_type}, not entity or multi_entity."
            )
        valid_types = shotgun_field_schema["properties"]["valid_types"]["value"]
        if "HumanUser" not in valid_types:
            raise ValueError(
                f"A Jira assignee cannot be written to the FPTR field {shotgun_field}: it takes "
                f"{', '.join(valid_types)}, not HumanUser."
            )
        left = came = None
        if change.get("from"):
            left = self._jira_user_to_shotgun(
                shotgun_field, change["from"], raise_on_missing_user=False
            )
        if change.get("to"):
            came = self._jira_user_to_shotgun(
                shotgun_field, change["to"], (jira_issue.get("fields") or {}).get("assignee")
            )
        present = shotgun_entity.get(shotgun_field)
        if data_type == "multi_entity":
            people = [person for person in present or [] if not _is_person(person, left)]
            if came and not any(_is_person(person, came) for person in people):
                people.append(came)
            return people
        if present and _is_person(present, left):
            present = None
        return present or came

    def _jira_user_to_shotgun(
        self,
        shotgun_field: str,
        user_id: str | None,
        jira_user: Mapping[str, Any] | None = None,
        raise_on_missing_user: bool = True,
    ) -> Entity | None:
        """The FPTR HumanUser of a Jira account, for an FPTR field.

        Parameters:
            shotgun_field: named in the error.
            user_id, jira_user: as for `get_sg_user`.
            raise_on_missing_user: whether an unknown person is an error.

        Raises:
            InvalidJiraValue: the person is unknown in FPTR, and that was to be an error.
        """
        find = (
            self._jira_cloud_user_to_shotgun
            if self._jira.is_jira_cloud
            else self._jira_server_user_to_shotgun
        )
        return find(shotgun_field, user_id, jira_user, raise_on_missing_user)

    def _jira_cloud_user_to_shotgun(
        self,
        shotgun_field: str,
        user_id: str | None,
        jira_user: Mapping[str, Any] | None = None,
        raise_on_missing_user: bool = True,
    ) -> Entity | None:
        """`_jira_user_to_shotgun` for Jira Cloud."""
        return self._required_sg_user(shotgun_field, user_id, jira_user, raise_on_missing_user)

    def _jira_server_user_to_shotgun(
        self,
        shotgun_field: str,
        user_id: str | None,
        jira_user: Mapping[str, Any] | None = None,
        raise_on_missing_user: bool = True,
    ) -> Entity | None:
        """`_jira_user_to_shotgun` for Jira Server and Data Center."""
        return self._required_sg_user(shotgun_field, user_id, jira_user, raise_on_missing_user)

    def _required_sg_user(
        self,
        shotgun_field: str,
        user_id: str | None,
        jira_user: Mapping[str, Any] | None,
        required: bool,
    ) -> Entity | None:
        sg_user = self.get_sg_user(user_id, jira_user)
        if sg_user is None and required:
            name = (jira_user or {}).get("displayName") or user_id
            raise InvalidJiraValue(
                shotgun_field,
                jira_user,
                f"FPTR has no user for the Jira account of {name}, needed for {shotgun_field}.",
            )
        return sg_user


def _is_person(entity: Entity, person: Entity | None) -> bool:
    return person is not None and (entity["type"], entity["id"]) == ("HumanUser", person["id"])
