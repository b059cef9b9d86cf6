"""Syncs FPTR Notes with comments of Jira Issues."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import (
    NOTE_FIELDS_MAPPING,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions.note_texts import COMMENT_BODY_TEMPLATE, heading, note_from_comment
from sg_jira.errors import InvalidJiraValue
from sg_jira.events import parse_time
from sg_jira.handlers.counterparts import Counterparts
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.handlers.unread import unread
from sg_jira.jira_client import is_real_client
from sg_jira.links import Creation, attempt
from sg_jira.outcomes import Skip

__all__ = ["COMMENT_BODY_TEMPLATE", "NoteCommentHandler"]

#: How far Jira's clock may be behind ours when it says when a comment was made.
_CLOCK_SKEW: Final = timedelta(minutes=10)


class NoteCommentHandler(Counterparts):
    """One FPTR Note is one comment, on the Issue of the first synced Task it is linked to.

    Comments that are made or deleted in Jira are not synced; edited ones are.
    """

    def setup(self) -> None:
        """Checks the fields of FPTR Notes.

        Raises:
            RuntimeError: one is missing or of another type.
        """
        self._shotgun.assert_field("Note", SHOTGUN_JIRA_ID_FIELD, "text", check_unique=True)

    def _supported_shotgun_fields_for_shotgun_event(self) -> list[str]:
        """FPTR Note fields whose changes go to Jira."""
        return list(NOTE_FIELDS_MAPPING)

    @property
    def _shotgun_note_fields(self) -> list[str]:
        """What to read of a Note."""
        return [
            "created_by",
            "project",
            f"project.Project.{SHOTGUN_JIRA_ID_FIELD}",
            "project.Project.name",
            SHOTGUN_JIRA_ID_FIELD,
            *self._supported_shotgun_fields_for_shotgun_event(),
        ]

    # ------------------------------------------------------------------ texts and keys

    def _compose_jira_comment_body(self, shotgun_note: Entity) -> str:
        """The body of a Note's comment."""
        return COMMENT_BODY_TEMPLATE % (
            heading(shotgun_note.get("subject") or ""),
            shotgun_note.get("content") or "",
        )

    def _compose_shotgun_note(self, jira_comment_body: str) -> tuple[str, str]:
        """Subject and content out of a comment's body.

        Raises:
            InvalidJiraValue: the body has lost its form; the error's field is `content`.
        """
        return note_from_comment(jira_comment_body)

    def _parse_note_jira_key(self, shotgun_note: Entity) -> tuple[str | None, str | None]:
        """Issue key and comment id out of the Note's key field; `(None, None)` when it is empty.

        Raises:
            ValueError: the key is not of the form `ISSUE-1/1234`.
        """
        key = shotgun_note.get(SHOTGUN_JIRA_ID_FIELD)
        if not key:
            return None, None
        parts = key.split("/")
        if len(parts) != 2 or not all(parts):
            raise ValueError(
                f"The {SHOTGUN_JIRA_ID_FIELD} {key!r} of FPTR Note {shotgun_note.get('id')} is "
                "not of the form ISSUE-1/1234. Correct or clear it in FPTR."
            )
        return parts[0], parts[1]

    def _get_jira_issue_comment(
        self, jira_issue_key: str, jira_comment_id: str
    ) -> jira.resources.Comment | None:
        """The comment, read from Jira, or `None` when there is none."""
        try:
            comment: jira.resources.Comment = self._jira.comment(jira_issue_key, jira_comment_id)
        except JIRAError as error:
            if error.status_code == 404:
                return None
            raise
        return unread(comment) if is_real_client(self._jira) else comment

    # ------------------------------------------------------------------ FPTR -> Jira

    def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> Any:
        """Accepts changes of a Note's supported fields; decided from the event alone."""
        return (
            entity_type == "Note"
            and event["meta"]["attribute_name"]
            in self._supported_shotgun_fields_for_shotgun_event()
        )

    def process_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> Any:
        """Writes a change of a Note to its comment; for a Task's flag, all Notes of the Task."""
        meta = event["meta"]
        sg_field = meta["attribute_name"]
        if sg_field == SHOTGUN_SYNC_IN_JIRA_FIELD:
            return self._sync_shotgun_task_notes_to_jira({"type": entity_type, "id": entity_id})
        sg_note = self._shotgun.consolidate_entity(
            {"type": entity_type, "id": entity_id}, fields=self._shotgun_note_fields
        )
        if sg_note is None:
            return self._skip(
                Skip.RECORD_NOT_FOUND,
                f"FPTR has no {entity_type} {entity_id} (any more).",
                logging.WARNING,
            )
        if sg_note[SHOTGUN_JIRA_ID_FIELD] and meta.get("in_create"):
            return self._skip(
                Skip.PART_OF_A_CREATION,
                f"Note {entity_id} was synced as a whole by an earlier event of its creation.",
            )
        try:
            if sg_field == "tasks":
                return self._sync_note_tasks_change_to_jira(
                    sg_note, meta.get("added") or [], meta.get("removed") or []
                )
            return self._sync_note_content_to_jira(sg_note)
        except InvalidJiraValue as error:
            return self._refuse(sg_note, error)

    def _refuse(self, sg_note: Entity, error: InvalidJiraValue) -> bool:
        return self._skip(
            Skip.VALUE_REFUSED, f"FPTR Note {sg_note['id']}: {error}", logging.WARNING
        )

    def _sync_shotgun_task_notes_to_jira(self, shotgun_task: Entity) -> bool:
        """Syncs all Notes of a Task. Returns whether any of them needed it."""
        sg_notes = self._shotgun.find(
            "Note", [["tasks", "is", shotgun_task]], self._shotgun_note_fields
        )
        changed = False
        for sg_note in sg_notes:
            try:
                linked = self._sync_note_tasks_change_to_jira(sg_note, [shotgun_task], [])
                updated = self._sync_note_content_to_jira(sg_note)
            except InvalidJiraValue as error:
                self._refuse(sg_note, error)
                continue
            except JIRAError as error:
                if error.status_code != 400:
                    raise
                self._skip(
                    Skip.VALUE_REFUSED,
                    f"Jira refuses the comment of FPTR Note {sg_note['id']}: {error.text}",
                    logging.WARNING,
                )
                continue
            changed = changed or linked or updated
        return changed

    def _sync_note_content_to_jira(self, shotgun_note: Entity) -> bool:
        """Rewrites the comment of a Note. Returns whether there is one to write."""
        issue_key, comment_id = self._parse_note_jira_key(shotgun_note)
        note = f"FPTR Note {shotgun_note['id']}"
        if not issue_key or not comment_id:
            return self._skip(Skip.NOTE_NOT_LINKED, f"{note} has no comment in Jira.")
        if issue_key not in self._synced_issue_keys(shotgun_note.get("tasks") or []):
            return self._skip(
                Skip.NOTE_NOT_LINKED,
                f"No synced Task of {note} is Jira Issue {issue_key}, which has its comment.",
            )
        comment = self._get_jira_issue_comment(issue_key, comment_id)
        if comment is None:
            return self._skip(
                Skip.COMMENT_NOT_FOUND,
                f"The comment {issue_key}/{comment_id} of {note} was deleted in Jira. Clear the "
                f"Note's {SHOTGUN_JIRA_ID_FIELD} and link its Task again to get a new one.",
                logging.WARNING,
            )
        if not self._is_of_a_note(comment):
            return self._refuse_foreign(issue_key, comment_id, note)
        body = self._compose_jira_comment_body(shotgun_note)
        if (comment.body or "").strip() != body.strip():
            comment.update(body=body)
        return True

    def _sync_note_tasks_change_to_jira(
        self, shotgun_note: Entity, added: list[Entity], removed: list[Entity]
    ) -> bool:
        """Deletes or makes the comment of a Note after Tasks were linked or unlinked.

        Returns:
            Whether anything was deleted, added or written.
        """
        issue_key, comment_id = self._parse_note_jira_key(shotgun_note)
        stored = shotgun_note[SHOTGUN_JIRA_ID_FIELD]
        key = stored
        deleted = False
        if issue_key and comment_id and removed and issue_key in self._synced_issue_keys(removed):
            comment = self._get_jira_issue_comment(issue_key, comment_id)
            if comment is not None and not self._is_of_a_note(comment):
                note = f"FPTR Note {shotgun_note['id']}"
                self._refuse_foreign(issue_key, comment_id, note)
            elif comment is not None:
                comment.delete()
                deleted = True
            key = None
        if not key and added:
            issue_keys = self._synced_issue_keys(added)
            if issue_keys:
                return self._create_linked_comment(shotgun_note, issue_keys) or (
                    self._write_key(shotgun_note, None, stored) or deleted
                )
        if self._write_key(shotgun_note, key, stored) or deleted:
            return True
        return self._skip(
            Skip.NOTE_NOT_LINKED,
            f"The changed Tasks of FPTR Note {shotgun_note['id']} do not concern its comment.",
        )

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

    def _write_key(self, sg_note: Entity, key: str | None, stored: str | None) -> bool:
        if (key or None) == (stored or None):
            return False
        self._shotgun.update("Note", sg_note["id"], {SHOTGUN_JIRA_ID_FIELD: key})
        return True

    def _synced_issue_keys(self, sg_tasks: list[Entity]) -> list[str]:
        """Issue keys of those of the Tasks that are synced, in the order of the Tasks."""
        ids = [task["id"] for task in sg_tasks]
        if not ids:
            return []
        found = self._shotgun.find(
            "Task",
            [["id", "in", ids], [SHOTGUN_JIRA_ID_FIELD, "is_not", None]],
            [SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD],
        )
        keys = {
            task["id"]: task[SHOTGUN_JIRA_ID_FIELD]
            for task in found
            if task[SHOTGUN_JIRA_ID_FIELD] and task[SHOTGUN_SYNC_IN_JIRA_FIELD]
        }
        return [keys[task_id] for task_id in ids if task_id in keys]

    # ------------------------------------------------------------------ creation, exactly once

    def _create_linked_comment(self, sg_note: Entity, issue_keys: list[str]) -> bool:
        """Makes the Note's comment on the first of the Issues that exists, and writes its key."""
        with self._bridge.links.creating(f"Note:{sg_note['id']}") as creation:
            if creation.waited and self._got_another_key(sg_note):
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
            return True

    def _got_another_key(self, sg_note: Entity) -> bool:
        """Whether the Note has a key now that it did not have when it was read."""
        key = self._key_now(sg_note)
        return bool(key) and key != sg_note[SHOTGUN_JIRA_ID_FIELD]

    def _comment_on_first_issue(
        self, creation: Creation, sg_note: Entity, issue_keys: list[str]
    ) -> str | None:
        body = self._compose_jira_comment_body(sg_note)
        for issue_key in issue_keys:
            issue = self.get_jira_issue(issue_key)
            if issue is None:
                self._logger.warning("Jira Issue %s does not exist.", issue_key)
                continue
            if len(issue_keys) > 1:
                self._logger.warning(
                    "FPTR Note %s is linked to several synced Tasks; its comment goes to Jira "
                    "Issue %s only.",
                    sg_note["id"],
                    issue_key,
                )
            comment_id = self._comment_of_earlier_attempt(creation, issue_key, body)
            if comment_id is None:
                comment_id = attempt(creation, partial(self._add_comment, issue, body)).id
            return f"{issue_key}/{comment_id}"
        return None

    def _add_comment(self, issue: jira.resources.Issue, body: str) -> jira.resources.Comment:
        return self._jira.add_comment(issue, body, visibility=None, is_internal=False)

    def _comment_of_earlier_attempt(
        self, creation: Creation, issue_key: str, body: str
    ) -> str | None:
        """A comment of ours with this very text that no Note has, after an unanswered attempt."""
        if creation.unfinished_since is None:
            return None
        for comment in self._jira.comments(issue_key):
            author: Mapping[str, Any] = comment.raw.get("author") or {}
            if (
                (comment.body or "").strip() != body.strip()
                or not self._jira.is_own_user(author)
                or _is_older(comment.raw.get("created"), creation.unfinished_since)
            ):
                continue
            key = f"{issue_key}/{comment.id}"
            if not self._shotgun.find_one("Note", [[SHOTGUN_JIRA_ID_FIELD, "is", key]]):
                comment_id: str = comment.id
                return comment_id
        return None

    # ------------------------------------------------------------------ Jira -> FPTR

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Accepts edited comments; decided from the event alone.

        The bridge's own edits come back as events without a `user`, but their `updateAuthor`
        tells them.
        """
        if (
            str(resource_type).lower() != "issue"
            or not isinstance(event.get("issue"), Mapping)
            or not isinstance(event.get("comment"), Mapping)
            or event.get("webhookEvent") != "comment_updated"
        ):
            return False
        editor = event["comment"].get("updateAuthor")
        if isinstance(editor, Mapping) and self._jira.is_own_user(editor):
            return self._skip(Skip.ECHO, "The comment was edited by the bridge itself.")
        return True

    def process_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Writes an edited comment to its Note."""
        key = f"{event['issue'].get('key')}/{event['comment'].get('id')}"
        sg_notes = self._shotgun.find(
            "Note", [[SHOTGUN_JIRA_ID_FIELD, "is", key]], ["subject", "content"]
        )
        if not sg_notes:
            return self._skip(Skip.NOTE_NOT_LINKED, f"No FPTR Note is the Jira comment {key}.")
        if len(sg_notes) > 1:
            return self._skip(
                Skip.SEVERAL_RECORDS,
                f"{len(sg_notes)} FPTR Notes are the Jira comment {key}: "
                f"{[note['id'] for note in sg_notes]}. Clear the key of the wrong ones.",
                logging.WARNING,
            )
        try:
            subject, content = self._compose_shotgun_note(event["comment"].get("body") or "")
        except InvalidJiraValue as error:
            return self._skip(Skip.VALUE_REFUSED, f"Jira comment {key}: {error}", logging.WARNING)
        sg_note = sg_notes[0]
        if heading(sg_note["subject"] or "") == subject:
            subject = sg_note["subject"]
        if (sg_note["subject"], sg_note["content"]) != (subject, content):
            self._shotgun.update("Note", sg_note["id"], {"subject": subject, "content": content})
        return True


def _issue_of(key: str | None) -> str:
    """The Issue part of a key like `ISSUE-1/1234`."""
    return (key or "").partition("/")[0]


def _is_older(created: Any, began: datetime) -> bool:
    moment = parse_time(created)
    return moment is not None and moment < began - _CLOCK_SKEW
