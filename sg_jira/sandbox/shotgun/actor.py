"""Edits records from Python with the same rules and events as over the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sg_jira.sandbox.shotgun.editor import Editor
from sg_jira.sandbox.shotgun.files import ATTACHMENT, Files, named_blob
from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import Author, Record, Ref
from sg_jira.sandbox.shotgun.store import Store


class Actor:
    """Someone who edits records of a site. Each method raises `ShotgunFault` as the API would.

    Parameters:
        author: in whose name.
        store, reader, editor, files: of the site.
    """

    def __init__(
        self, author: Author, store: Store, reader: Reader, editor: Editor, files: Files
    ) -> None:
        self._author = author
        self._store = store
        self._reader = reader
        self._editor = editor
        self._files = files

    def create(self, entity_type: str, data: Mapping[str, Any]) -> Record:
        """Makes a record; gives it with all its fields."""
        with self._store.lock:
            row = self._editor.create(self._author, entity_type, data)
            return self._reader.whole(row)

    def update(
        self,
        entity_type: str,
        entity_id: int,
        data: Mapping[str, Any],
        multi_entity_update_modes: Mapping[str, str] | None = None,
    ) -> Record:
        """Changes fields of a record; gives it with all its fields.

        Parameters:
            multi_entity_update_modes: `set`, `add` or `remove`, by name of multi-entity field.
        """
        with self._store.lock:
            row = self._editor.update(
                self._author, entity_type, entity_id, data, multi_entity_update_modes
            )
            return self._reader.whole(row)

    def delete(self, entity_type: str, entity_id: int) -> bool:
        """Retires a record; `False` when it was retired already."""
        return self._editor.delete(self._author, entity_type, entity_id)

    def revive(self, entity_type: str, entity_id: int) -> bool:
        """Brings a retired record back; `False` when it is alive."""
        return self._editor.revive(self._author, entity_type, entity_id)

    def upload(
        self,
        entity_type: str,
        entity_id: int,
        name: str,
        content: bytes,
        field: str | None = None,
        content_type: str | None = None,
    ) -> Record:
        """Uploads a file to a record, or into a field of it; gives its Attachment."""
        with self._store.lock:
            blob = named_blob(content, name, content_type)
            number = self._files.attach(
                self._author, Ref(entity_type, entity_id), blob, field=field
            )
            return self._reader.whole(self._store.living(ATTACHMENT)[number])

    def attach_link(
        self, entity_type: str, entity_id: int, name: str, url: str, field: str
    ) -> Record:
        """Puts a link to another site, which is no file, into a field; gives its Attachment."""
        with self._store.lock:
            ref = Ref(entity_type, entity_id)
            number = self._files.link_elsewhere(self._author, ref, url, name, field)
            return self._reader.whole(self._store.living(ATTACHMENT)[number])
