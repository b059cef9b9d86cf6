"""Syncs FPTR Notes with comments of Jira Issues."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from sg_jira.constants import (
    NOTE_FIELDS_MAPPING,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions.merged_changes import merge
from sg_jira.conversions.note_texts import COMMENT_BODY_TEMPLATE, heading, note_from_comment
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.first_syncs import tells_new_record
from sg_jira.handlers.issue_comments import newest_edit
from sg_jira.handlers.notes_of_task import NotesOfTask, ids_of
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.outcomes import Skip
from sg_jira.readings import shared_readings

__all__ = ["COMMENT_BODY_TEMPLATE", "NoteCommentHandler"]


class NoteCommentHandler(NotesOfTask):
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
        return [*NOTE_FIELDS_MAPPING, *self._file_fields]

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
            if tells_new_record(meta):
                return True  # each Note that follows has events of its own
            return self._sync_shotgun_task_notes_to_jira({"type": entity_type, "id": entity_id})
        if self._is_told_by_its_tasks([meta]):
            return self._skip_part_of_creation(entity_id)
        sg_note = self._read_note(entity_type, entity_id)
        if sg_note is None:
            return False
        if meta.get("in_create") and self._is_complete(sg_note):
            return self._skip_part_of_creation(entity_id)
        try:
            if sg_field == "tasks":
                return self._sync_change_of_tasks(sg_note, meta)
            if sg_field in self._file_fields:
                return self._sync_note_files_to_jira(sg_note)
            return self._sync_note_content_to_jira(sg_note)
        except InvalidJiraValue as error:
            return self._refuse(sg_note, error)

    def process_shotgun_events(
        self, entity_type: str, entity_id: int, events: Sequence[Event]
    ) -> list[Any]:
        """Writes what several changes of a Note come to: one read, and at best one write.

        A subclass with a way of its own for a single change is given one change at a time.
        """
        metas = merge([event["meta"] for event in events])
        if entity_type != "Note" or not are_shipped(self, NoteCommentHandler, *_SINGULAR):
            return super().process_shotgun_events(entity_type, entity_id, events)
        verdicts = self._sync_changes_to_jira(entity_id, metas)
        return [verdicts.get(event["meta"]["attribute_name"], True) for event in events]

    def _sync_changes_to_jira(
        self, note_id: int, metas: Sequence[Mapping[str, Any]]
    ) -> dict[str, bool]:
        """Syncs changes of different fields. Returns field -> whether its change was written."""
        none = {meta["attribute_name"]: False for meta in metas}
        if self._is_told_by_its_tasks(metas):
            self._skip_part_of_creation(note_id)
            return none
        sg_note = self._read_note("Note", note_id)
        if sg_note is None:
            return none
        is_complete = self._is_complete(sg_note)
        changes = {
            meta["attribute_name"]: meta
            for meta in metas
            if not (is_complete and meta.get("in_create"))
        }
        if not changes:
            self._skip_part_of_creation(note_id)
            return none
        try:
            with shared_readings():
                return self._sync_changed_fields(sg_note, changes)
        except InvalidJiraValue as error:
            self._refuse(sg_note, error)
            return none

    def _sync_changed_fields(
        self, sg_note: Entity, changes: dict[str, Mapping[str, Any]]
    ) -> dict[str, bool]:
        verdicts = {}
        tasks = changes.pop("tasks", None)
        if tasks is not None:
            added, removed = tasks.get("added") or [], tasks.get("removed") or []
            self._keys_of_synced_tasks(ids_of([*added, *removed, *(sg_note.get("tasks") or [])]))
            verdicts["tasks"] = self._sync_change_of_tasks(sg_note, tasks)
        files = [field for field in self._file_fields if changes.pop(field, None)]
        if changes:
            done = self._sync_note_content_to_jira(sg_note)
            verdicts.update(dict.fromkeys(changes, done))
        for field in files:
            verdicts[field] = self._sync_note_files_to_jira(sg_note)
        return verdicts

    def _sync_change_of_tasks(self, sg_note: Entity, meta: Mapping[str, Any]) -> bool:
        """Writes a change of a Note's Tasks; with a new comment come the Note's Replies."""
        added, removed = meta.get("added") or [], meta.get("removed") or []
        if self._replies is None:
            return self._sync_note_tasks_change_to_jira(sg_note, added, removed)
        key, is_repeated = sg_note[SHOTGUN_JIRA_ID_FIELD], self._is_unfilled(sg_note)
        with self._filling(sg_note):
            done = self._sync_note_tasks_change_to_jira(sg_note, added, removed)
            if is_repeated or sg_note[SHOTGUN_JIRA_ID_FIELD] != key:
                self._sync_replies_to_jira([sg_note])
        return done

    def _is_complete(self, sg_note: Entity) -> bool:
        """Whether a Note has its comment, and no Replies that did not come along with it."""
        is_cut_short = self._replies is not None and self._is_unfilled(sg_note)
        return bool(sg_note[SHOTGUN_JIRA_ID_FIELD]) and not is_cut_short

    def _is_told_by_its_tasks(self, metas: Iterable[Mapping[str, Any]]) -> bool:
        """Whether all this is part of a creation that is synced by the event of its Tasks."""
        return are_shipped(self, NoteCommentHandler, *_SINGULAR) and all(
            meta.get("in_create") and meta["attribute_name"] != "tasks" for meta in metas
        )

    def _skip_part_of_creation(self, note_id: int) -> bool:
        return self._skip(
            Skip.PART_OF_A_CREATION,
            f"Note {note_id} is synced as a whole by another event of its creation.",
        )

    def _read_note(self, entity_type: str, entity_id: int) -> Entity | None:
        sg_note = self._shotgun.consolidate_entity(
            {"type": entity_type, "id": entity_id}, fields=self._shotgun_note_fields
        )
        if sg_note is None:
            self._skip(
                Skip.RECORD_NOT_FOUND,
                f"FPTR has no {entity_type} {entity_id} (any more).",
                logging.WARNING,
            )
        self._tell_key(sg_note)
        return sg_note

    def _sync_note_content_to_jira(self, shotgun_note: Entity) -> bool:
        """Rewrites the comment of a Note. Returns whether there is one to write."""
        comment = self._comment_to_write(shotgun_note)
        if comment is None:
            return False
        old_body = comment.body if self._file_fields else ""
        body = self._fitting_body(self._compose_jira_comment_body, shotgun_note, old_body)
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
            else:
                deleted = comment is not None
                if comment is not None:
                    comment.delete()
                if self._replies is not None:
                    self._replies.delete_comments_of_note(shotgun_note["id"], issue_key)
            key = None
        if not key and added:
            issue_keys = self._home_keys(added)
            if issue_keys:
                if self._create_linked_comment(shotgun_note, issue_keys):
                    self._sync_note_files_to_jira(shotgun_note)
                    return True
                return self._write_key(shotgun_note, None, stored) or deleted
            if not stored:
                self._await_counterparts(added)
        if self._write_key(shotgun_note, key, stored) or deleted:
            return True
        return self._skip_unless_told(
            Skip.NOTE_NOT_LINKED,
            f"The changed Tasks of FPTR Note {shotgun_note['id']} do not concern its comment.",
        )

    def _write_key(self, sg_note: Entity, key: str | None, stored: str | None) -> bool:
        if (key or None) == (stored or None):
            return False
        self._shotgun.update("Note", sg_note["id"], {SHOTGUN_JIRA_ID_FIELD: key})
        sg_note[SHOTGUN_JIRA_ID_FIELD] = key
        return True

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
        key = f"{self._key_of_issue(event)}/{event['comment'].get('id')}"
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
        values = {"subject": subject, "content": content}
        whole = self._without_shortened(sg_note, values)
        is_told = any(sg_note[name] != value for name, value in whole.items())
        if is_told:
            self._shotgun.update("Note", sg_note["id"], whole)
        done = self._sync_comment_files_to_sg(key, event["comment"].get("body"), sg_note)
        return done and (is_told or whole == values)

    def process_jira_events(
        self, resource_type: str, resource_id: str, events: Sequence[Event]
    ) -> list[Any]:
        """Writes what several edits of one comment come to: the newest text.

        A subclass with a way of its own for a single edit is given one edit at a time.
        """
        if not are_shipped(self, NoteCommentHandler, "process_jira_event"):
            return super().process_jira_events(resource_type, resource_id, events)
        number = events[0]["comment"].get("id")
        edits = list(takewhile(lambda event: event["comment"].get("id") == number, events))
        result = self.process_jira_event(resource_type, resource_id, newest_edit(edits))
        return [result] * len(edits)


#: What a subclass may override to handle a single change in its own way.
_SINGULAR: Final = (
    "process_shotgun_event",
    "_sync_note_tasks_change_to_jira",
    "_sync_note_content_to_jira",
)
