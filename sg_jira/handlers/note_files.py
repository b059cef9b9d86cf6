"""A Note's comment as something to write to, and the files that travel with the Note."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import jira.resources

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.attachments import NOTE_FILES
from sg_jira.handlers.note_creation import NoteCreation
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip


class NoteFiles(NoteCreation):
    """The base of the handler of Notes."""

    if TYPE_CHECKING:  # given by the handler

        def _compose_shotgun_note(self, jira_comment_body: str) -> tuple[str, str]: ...
        def _parse_note_jira_key(self, shotgun_note: Entity) -> tuple[str | None, str | None]: ...

    def _sync_note_files_to_jira(self, sg_note: Entity) -> bool:
        """Copies a Note's files to its Issue. Returns whether all of them are there now."""
        if not self._file_fields or not sg_note.get(NOTE_FILES):
            return True
        comment = self._comment_to_write(sg_note)
        issue_key, _ = self._parse_note_jira_key(sg_note)
        if comment is None or not issue_key:
            return False
        return self._copy_files_of_note(sg_note, issue_key, comment)

    def _comment_to_write(self, sg_note: Entity) -> jira.resources.Comment | None:
        """The comment of a Note that is linked to its synced Task; `None`, with a reason, else."""
        issue_key, comment_id = self._parse_note_jira_key(sg_note)
        note = f"FPTR Note {sg_note['id']}"
        if not issue_key or not comment_id:
            self._skip_unless_told(Skip.NOTE_NOT_LINKED, f"{note} has no comment in Jira.")
            return None
        if issue_key not in self._home_keys(sg_note.get("tasks") or [], among=issue_key):
            self._skip_unless_told(
                Skip.NOTE_NOT_LINKED,
                f"No synced Task of {note} is Jira Issue {issue_key}, which has its comment.",
            )
            return None
        comment = self._get_jira_issue_comment(issue_key, comment_id)
        if comment is None:
            self._skip(
                Skip.COMMENT_NOT_FOUND,
                f"The comment {issue_key}/{comment_id} of {note} was deleted in Jira. Clear the "
                f"Note's {SHOTGUN_JIRA_ID_FIELD} and link its Task again to get a new one.",
                logging.WARNING,
            )
            return None
        if not self._is_of_a_note(comment):
            self._refuse_foreign(issue_key, comment_id, note)
            return None
        return comment

    def _is_of_a_note(self, comment: jira.resources.Comment) -> bool:
        """Whether the bridge may rewrite a comment: its own, or one that holds a Note's panel.

        A key field can be edited by hand, and must not lead to what other people wrote.
        """
        author = comment.raw.get("author") if comment.raw else None
        if not author or self._jira.is_own_user(author):
            return True
        try:
            self._compose_shotgun_note(comment.body)
        except InvalidJiraValue:
            return False
        return True

    def _refuse_foreign(self, issue_key: str, comment_id: str, note: str) -> bool:
        return self._skip(
            Skip.COMMENT_NOT_FOUND,
            f"The comment {issue_key}/{comment_id} was not written for {note}; it is left alone. "
            f"Clear the Note's {SHOTGUN_JIRA_ID_FIELD}.",
            logging.WARNING,
        )
