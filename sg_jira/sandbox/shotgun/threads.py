"""Conversations: a Note with its Replies and Attachments, as FPTR's `note_thread_read` gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import Record, Ref, Row
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Schema
from sg_jira.sandbox.shotgun.store import Store

#: What is told of each part when nothing else is asked for.
#: https://developers.shotgridsoftware.com/python-api/reference.html#shotgun_api3.shotgun.Shotgun.note_thread_read
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Note": ("content", "created_at", "created_by"),
    "Reply": ("content", "created_at", "user"),
    "Attachment": ("created_at", "created_by"),
}
_PEOPLE: Final = ("created_by", "user")


class Threads:
    """Reads conversations. The caller holds the store's lock."""

    def __init__(self, store: Store, schema: Schema, reader: Reader) -> None:
        self._store = store
        self._schema = schema
        self._reader = reader

    def read(self, note_id: Any, more_fields: Any) -> list[Record]:
        """The Note, then its Replies and Attachments in the order in which they were made.

        Parameters:
            note_id: of a living Note.
            more_fields: type of record -> further fields to tell of it.

        Raises:
            ShotgunFault: there is no such Note, or the fields are not given by type.
        """
        ref = Ref("Note", note_id) if type(note_id) is int else None
        note = self._store.row(ref) if ref else None
        if note is None or ref is None or not self._store.is_living(ref):
            raise ShotgunFault(f"Note with id {note_id!r} does not exist")
        if not isinstance(more_fields, Mapping):
            raise ShotgunFault(f"invalid/missing object 'entity_fields': {more_fields!r}")
        rows = [row for name in ("replies", "attachments") for row in self._linked(note, name)]
        rows.sort(key=lambda row: (row["created_at"], row["type"], row["id"]))
        return [self._show(row, more_fields) for row in (note, *rows)]

    def _linked(self, note: Row, name: str) -> list[Row]:
        refs = self._reader.value(note, self._schema.field("Note", name))
        return [row for ref in refs if (row := self._store.row(ref)) is not None]

    def _show(self, row: Row, more_fields: Mapping[str, Any]) -> Record:
        names = dict.fromkeys((*_FIELDS[row["type"]], *(more_fields.get(row["type"]) or ())))
        shown = self._reader.record(row, names)
        for name in _PEOPLE:
            if shown.get(name):
                shown[name] = {**shown[name], "status": "act", "valid": "valid"}
        return shown
