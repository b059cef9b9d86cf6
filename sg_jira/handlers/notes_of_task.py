"""Syncs all Notes of a Task, with what they have in common read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jira.exceptions import JIRAError

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.note_files import NoteFiles
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip
from sg_jira.readings import Ahead, readings, shared_readings


class NotesOfTask(NoteFiles):
    """The base of the handler of Notes."""

    if TYPE_CHECKING:  # given by the handler

        @property
        def _shotgun_note_fields(self) -> list[str]: ...
        def _sync_note_content_to_jira(self, shotgun_note: Entity) -> bool: ...
        def _sync_note_tasks_change_to_jira(
            self, shotgun_note: Entity, added: list[Entity], removed: list[Entity]
        ) -> bool: ...

    def _sync_shotgun_task_notes_to_jira(self, shotgun_task: Entity) -> bool:
        """Syncs all Notes of a Task. Returns whether any of them needed it."""
        sg_notes = readings().get(("notes of", shotgun_task["id"]))
        if sg_notes is None:
            sg_notes = self._shotgun.find(
                "Note", [["tasks", "is", shotgun_task]], self._shotgun_note_fields
            )
        with shared_readings():
            self._read_counterparts_ahead(sg_notes, shotgun_task)
            synced = [note for note in sg_notes if self._sync_note_of_task(note, shotgun_task)]
        self._sync_replies_to_jira(synced)
        return bool(synced)

    def prepare_full_syncs(
        self, entity_type: str, entity_ids: Sequence[int]
    ) -> Iterator[dict[int, Ahead]]:
        """Reads the Notes of Tasks; see `SyncHandler.prepare_full_syncs`."""
        if not entity_ids or not self._shotgun.has_real_client:
            return
        tasks = [{"type": entity_type, "id": number} for number in entity_ids]
        notes = self._shotgun.find("Note", [["tasks", "in", tasks]], self._shotgun_note_fields)
        yield {
            number: Ahead(
                {"type": entity_type, "id": number},
                {
                    ("notes of", number): [
                        note for note in notes if number in ids_of(note.get("tasks") or [])
                    ]
                },
            )
            for number in entity_ids
        }

    def _sync_replies_to_jira(self, sg_notes: Sequence[Entity]) -> None:
        """Syncs the Replies to Notes that have their comments."""
        if self._replies is not None:
            self._replies.sync_replies_of(sg_notes)

    def _read_counterparts_ahead(self, sg_notes: Sequence[Entity], sg_task: Entity) -> None:
        """Reads what several Notes will need: the keys of their Tasks, and their comments."""
        if len(sg_notes) < 2:
            return
        ids = ids_of([sg_task, *(task for note in sg_notes for task in note.get("tasks") or [])])
        synced = set(self._keys_of_synced_tasks(ids).values())
        wanted: dict[str, set[str]] = {}
        for sg_note in sg_notes:
            issue_key, _, comment_id = str(sg_note[SHOTGUN_JIRA_ID_FIELD] or "").partition("/")
            if issue_key in synced and comment_id:
                wanted.setdefault(issue_key, set()).add(comment_id)
        for issue_key, comment_ids in wanted.items():
            self._read_comments_ahead(issue_key, comment_ids)

    def _sync_note_of_task(self, sg_note: Entity, sg_task: Entity) -> bool:
        try:
            linked = self._sync_note_tasks_change_to_jira(sg_note, [sg_task], [])
            done = self._sync_note_content_to_jira(sg_note)
            if done and not linked:  # else its files came with its comment
                self._sync_note_files_to_jira(sg_note)
            return done or linked
        except InvalidJiraValue as error:
            return self._refuse(sg_note, error)
        except JIRAError as error:
            if error.status_code != 400:
                raise
            return self._skip(
                Skip.VALUE_REFUSED,
                f"Jira refuses the comment of FPTR Note {sg_note['id']}: {error.text}",
                logging.WARNING,
            )

    def _refuse(self, sg_note: Entity, error: InvalidJiraValue) -> bool:
        return self._skip(
            Skip.VALUE_REFUSED, f"FPTR Note {sg_note['id']}: {error}", logging.WARNING
        )


def ids_of(records: Iterable[Mapping[str, Any]]) -> list[int]:
    """The ids of records."""
    return [record["id"] for record in records]
