"""The counterparts of FPTR records in Jira: finding, creating (exactly once) and deleting them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import (
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
)
from sg_jira.conversions import moments, remark_texts
from sg_jira.handlers.generic.acceptance import as_list
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, REMARKS, TIME_LOG
from sg_jira.handlers.generic.new_issues import NewIssues
from sg_jira.handlers.issue_comments import or_none, split_key
from sg_jira.handlers.issue_creation import LINK_NAME, keys_of_issues_naming
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.unread import unread
from sg_jira.links import Creation, attempt
from sg_jira.outcomes import Skip
from sg_jira.readings import readings

Resource = Any
Made = tuple[Resource, "str | None"]


class JiraRecords(NewIssues):
    """An Issue for most records, a comment for a Note, a worklog for a TimeLog."""

    # ------------------------------------------------------------------ finding

    def _get_jira_entity(self, sg_entity: Entity) -> Resource | None:
        """The counterpart that the record's key names; `None`, with a warning, without one."""
        key = sg_entity.get(SHOTGUN_JIRA_ID_FIELD)
        record = f"{sg_entity['type']} {sg_entity['id']}"
        if sg_entity["type"] not in REMARKS:
            return self._issue_naming(str(key), sg_entity) if key else None
        parts = split_key(key)
        if parts is None:
            self._skip(
                Skip.RECORD_NOT_FOUND,
                f"The {SHOTGUN_JIRA_ID_FIELD} {key!r} of FPTR {record} is not of the form "
                "ISSUE-1/1234. Correct or clear it.",
                logging.WARNING,
            )
            return None
        is_note = sg_entity["type"] == NOTE
        read = self._get_jira_issue_comment if is_note else self._get_jira_issue_worklog
        found = read(*parts)
        if found is None:
            self._skip(
                Skip.COMMENT_NOT_FOUND if is_note else Skip.WORKLOG_NOT_FOUND,
                f"Jira has no {key} any more, the counterpart of FPTR {record}. Clear its "
                f"{SHOTGUN_JIRA_ID_FIELD} to have a new one created.",
                logging.WARNING,
            )
        return found

    # ------------------------------------------------------------------ creating

    def _create_jira_entity(
        self, sg_entity: Entity, jira_project: jira.resources.Project
    ) -> Resource | None:
        """Creates the counterpart, and writes its key to the record.

        A counterpart that an earlier attempt made, but could not link, is taken instead of
        making another one; so is one that another event made in the meantime. A key that the
        record has is replaced.

        Returns:
            The resource; `None`, with a reason, when there is nothing to create it from.
        """
        sg_type, sg_id = sg_entity["type"], sg_entity["id"]
        with self._bridge.links.creating(f"{sg_type}:{sg_id}") as creation:
            replaced = sg_entity.get(SHOTGUN_JIRA_ID_FIELD)
            if creation.waited or replaced:
                key = self._key_now(sg_entity)
                if key and key != replaced:
                    creation.finished = True
                    sg_entity[SHOTGUN_JIRA_ID_FIELD] = key
                    return self._get_jira_entity(sg_entity)
            resource, key = self._made_earlier(creation, sg_entity, jira_project)
            if resource is None:
                resource, key = attempt(creation, self._creator(sg_entity, jira_project))
                readings()[_made_now(sg_entity)] = resource is not None
            if resource is None:
                creation.attempted = False
                return None
            creation.made = key
            values: Entity = {SHOTGUN_JIRA_ID_FIELD: key}
            if sg_type not in REMARKS:
                values[SHOTGUN_JIRA_URL_FIELD] = {"url": resource.permalink(), "name": LINK_NAME}
            self._shotgun.update(sg_type, sg_id, values)
            creation.finished = True
            sg_entity[SHOTGUN_JIRA_ID_FIELD] = key
            return resource

    def _is_made_now(self, sg_entity: Entity) -> bool:
        """Whether the counterpart was made for the events at hand."""
        return bool(readings().get(_made_now(sg_entity)))

    def _creator(
        self, sg_entity: Entity, jira_project: jira.resources.Project
    ) -> Callable[[], Made]:
        if sg_entity["type"] == NOTE:
            return lambda: self._create_jira_comment(sg_entity)
        if sg_entity["type"] == TIME_LOG:
            return lambda: self._create_jira_worklog(sg_entity)
        return lambda: self._create_jira_issue(sg_entity, jira_project)

    def _made_earlier(
        self, creation: Creation, sg_entity: Entity, jira_project: jira.resources.Project
    ) -> Made:
        if creation.unfinished_since is None:
            return None, None
        self._logger.info("An earlier creation for %s is unfinished.", creation.subject)
        if sg_entity["type"] in REMARKS:
            return self._remark_made_earlier(creation, sg_entity)
        keys = (
            [creation.made]
            if creation.made
            else keys_of_issues_naming(self._jira, sg_entity, jira_project)
        )
        for key in keys:
            issue = self._issue_naming(key, sg_entity)
            if issue is not None:
                return issue, key
        return None, None

    def _remark_made_earlier(self, creation: Creation, sg_entity: Entity) -> Made:
        """The comment or worklog of an unanswered attempt: ours, equal, and no other record's."""
        if creation.made:
            found = self._get_jira_entity({**sg_entity, SHOTGUN_JIRA_ID_FIELD: creation.made})
            return (found, creation.made) if found is not None else (None, None)
        issue_key = self._issue_key_of_linked(sg_entity)
        if issue_key is None:
            return None, None
        is_note = sg_entity["type"] == NOTE
        for one in (self._jira.comments if is_note else self._jira.worklogs)(issue_key):
            key = f"{issue_key}/{one.id}"
            if (
                self._is_own(getattr(one, "author", None))
                and (self._is_its_comment if is_note else _is_its_worklog)(one, sg_entity)
                and not self._shotgun.find_one(
                    sg_entity["type"], [[SHOTGUN_JIRA_ID_FIELD, "is", key]], []
                )
            ):
                return one, key
        return None, None

    def _is_its_comment(self, comment: jira.resources.Comment, sg_note: Entity) -> bool:
        """Whether a comment says what the Note says, whatever files it shows besides."""
        body = self._fitting_body(self._hook.compose_jira_comment_body, sg_note, comment.body)
        return (comment.body or "").strip() == body.strip()

    def _issue_key_of_linked(self, sg_entity: Entity) -> str | None:
        """Key of the Issue on which a Note or TimeLog belongs: of its first synced record."""
        links = as_list(sg_entity.get(LINK_FIELDS[sg_entity["type"]]))
        keys = (
            record.get(SHOTGUN_JIRA_ID_FIELD)
            for record in self._homes_of_remark(links)
            if self._is_synced_home(record)
        )
        return next(keys, None)

    def _issue_to_write_to(self, sg_entity: Entity) -> tuple[Any, str] | None:
        """The Issue for a new comment or worklog, as object or key, and its key."""
        record = f"{sg_entity['type']} {sg_entity['id']}"
        key = self._issue_key_of_linked(sg_entity)
        if key is None:
            self._skip_unless_told(
                Skip.NO_SYNCED_RECORD, f"{record} is linked to no record that is synced with Jira."
            )
            return None
        if self._reads_real_jira:
            return key, key
        issue = self.get_jira_issue(key)
        if issue is None:
            self._no_issue(key, record)
            return None
        return issue, key

    def _no_issue(self, key: str, record: str) -> None:
        self._skip(
            Skip.ISSUE_NOT_FOUND,
            f"Jira Issue {key}, for {record}, does not exist.",
            logging.WARNING,
        )

    def _create_jira_comment(
        self, sg_entity: Entity
    ) -> tuple[jira.resources.Comment | None, str | None]:
        """Creates the comment of a Note on the Issue of its first synced Task."""
        issue = self._issue_to_write_to(sg_entity)
        if issue is None:
            return None, None
        body = self._fitting_body(self._hook.compose_jira_comment_body, sg_entity)
        comment = or_none(
            lambda: self._jira.add_comment(issue[0], body, visibility=None, is_internal=False)
        )
        if comment is None:
            self._no_issue(issue[1], f"Note {sg_entity['id']}")
            return None, None
        return comment, f"{issue[1]}/{comment.id}"

    def _create_jira_worklog(
        self, sg_entity: Entity
    ) -> tuple[jira.resources.Worklog | None, str | None]:
        """Creates the worklog of a TimeLog on the Issue of the record it is for."""
        issue = self._issue_to_write_to(sg_entity)
        if issue is None:
            return None, None
        day = sg_entity.get("date")
        started = datetime.strptime(str(day), moments.SG_DATE_FORMAT) if day else None
        minutes = int(sg_entity.get("duration") or 0)
        try:
            worklog = or_none(
                lambda: self._jira.add_worklog(
                    issue[0],
                    timeSpentSeconds=minutes * 60,
                    started=started,
                )
            )
        except JIRAError as error:
            if minutes or error.status_code != 400:
                raise
            self._skip(
                Skip.NOTHING_TO_WRITE,
                f"TimeLog {sg_entity['id']} has no duration yet, and Jira takes no worklog "
                "without.",
            )
            return None, None
        if worklog is None:
            self._no_issue(issue[1], f"TimeLog {sg_entity['id']}")
            return None, None
        worklog = unread(worklog) if self._reads_real_jira else worklog
        return worklog, f"{issue[1]}/{worklog.id}"

    def _sync_replies_to_jira(self, sg_entities: Iterable[Entity]) -> bool:
        """Syncs the Replies to those that are Notes. Returns whether there was no error."""
        notes = [one for one in sg_entities if one["type"] == NOTE]
        return self._replies is None or self._replies.sync_replies_of(notes)

    # ------------------------------------------------------------------ deleting

    def _delete_jira_entity(self, sg_entity: Entity, update_sg: bool = False) -> bool:
        """Deletes the comment or worklog of a record. Issues are never deleted.

        Parameters:
            sg_entity: the Note or TimeLog, perhaps a deleted one.
            update_sg: clear its key as well.

        Returns:
            Whether there was something to delete.
        """
        if sg_entity["type"] not in REMARKS:
            return self._skip(Skip.DELETION_NOT_SYNCED, "Issues are never deleted by the bridge.")
        found = self._get_jira_entity(sg_entity)
        if found is None:
            return False
        found.delete()
        parts = split_key(sg_entity.get(SHOTGUN_JIRA_ID_FIELD))
        if sg_entity["type"] == NOTE and parts and self._replies is not None:
            self._replies.delete_comments_of_note(sg_entity["id"], parts[0])
        if update_sg:
            self._shotgun.update(sg_entity["type"], sg_entity["id"], {SHOTGUN_JIRA_ID_FIELD: ""})
            sg_entity[SHOTGUN_JIRA_ID_FIELD] = ""
        return True


def _made_now(sg_entity: Entity) -> tuple[str, Any, Any]:
    return "counterpart made now", sg_entity["type"], sg_entity["id"]


def _is_its_worklog(worklog: jira.resources.Worklog, sg_time_log: Entity) -> bool:
    """Worklogs are created without text; the time and the day have to do."""
    started = moments.parse_moment(getattr(worklog, "started", None))
    day = moments.day_of(started) if started else None
    return (
        getattr(worklog, "timeSpentSeconds", None) == (sg_time_log.get("duration") or 0) * 60
        and (not sg_time_log.get("date") or day == sg_time_log["date"])
        and not remark_texts.read_worklog(getattr(worklog, "comment", None)).content
    )
