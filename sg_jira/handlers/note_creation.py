"""Makes the comment of a Note, exactly once, on the Issue of a Task that is synced."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.handlers.issue_comments import IssueComments, is_older, or_none
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.synced_tasks import SyncedTasks
from sg_jira.links import Creation
from sg_jira.outcomes import Skip


class NoteCreation(IssueComments, SyncedTasks):
    """The base of the handler of Notes."""

    if TYPE_CHECKING:  # given by the handler

        def _compose_jira_comment_body(self, shotgun_note: Entity) -> str: ...

    def _create_linked_comment(self, sg_note: Entity, issue_keys: list[str]) -> bool:
        """Makes the Note's comment on the first of the Issues that exists, and writes its key."""
        with self._bridge.links.creating(f"Note:{sg_note['id']}") as creation:
            if creation.waited:
                key = self._key_now(sg_note)
                if key and key != sg_note[SHOTGUN_JIRA_ID_FIELD]:
                    sg_note[SHOTGUN_JIRA_ID_FIELD] = key
                    return True
            made = creation.made if _issue_of(creation.made) in issue_keys else None
            key = made or self._comment_on_first_issue(creation, sg_note, issue_keys)
            if key is None:
                return self._skip(
                    Skip.ISSUE_NOT_FOUND,
                    f"None of the Issues {', '.join(issue_keys)} of FPTR Note {sg_note['id']} "
                    "exists in Jira.",
                    logging.WARNING,
                )
            creation.made = key
            self._shotgun.update("Note", sg_note["id"], {SHOTGUN_JIRA_ID_FIELD: key})
            creation.finished = True
            sg_note[SHOTGUN_JIRA_ID_FIELD] = key
            return True

    def _comment_on_first_issue(
        self, creation: Creation, sg_note: Entity, issue_keys: list[str]
    ) -> str | None:
        body = self._fitting_body(self._compose_jira_comment_body, sg_note)
        for issue_key in issue_keys:
            comment_id = self._comment_of_earlier_attempt(creation, issue_key, body)
            if comment_id is None:
                comment_id = self._new_comment(creation, issue_key, body)
            if comment_id is None:
                self._logger.warning("Jira Issue %s does not exist.", issue_key)
                continue
            if len(issue_keys) > 1:
                self._logger.warning(
                    "FPTR Note %s is linked to several synced Tasks; its comment goes to Jira "
                    "Issue %s only.",
                    sg_note["id"],
                    issue_key,
                )
            return f"{issue_key}/{comment_id}"
        return None

    def _comment_of_earlier_attempt(
        self, creation: Creation, issue_key: str, body: str
    ) -> str | None:
        """A comment of ours with this very text that no Note has, after an unanswered attempt."""
        if creation.unfinished_since is None:
            return None
        for comment in or_none(self._all_comments, issue_key) or ():
            author: Mapping[str, Any] = comment.raw.get("author") or {}
            if (
                (comment.body or "").strip() != body.strip()
                or not self._jira.is_own_user(author)
                or is_older(comment.raw.get("created"), creation.unfinished_since)
            ):
                continue
            key = f"{issue_key}/{comment.id}"
            if not self._shotgun.find_one("Note", [[SHOTGUN_JIRA_ID_FIELD, "is", key]]):
                return str(comment.id)
        return None


def _issue_of(key: str | None) -> str:
    """The Issue part of a key like `ISSUE-1/1234`."""
    return (key or "").partition("/")[0]
