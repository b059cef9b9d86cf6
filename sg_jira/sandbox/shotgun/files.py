"""Uploaded files of an FPTR site: Attachment records and what is in the files. Knows no HTTP."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from sg_jira.sandbox.media import Blob, MediaHost
from sg_jira.sandbox.shotgun.editor import Editor
from sg_jira.sandbox.shotgun.records import Author, Ref, Row
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.store import Store

ATTACHMENT: Final = "Attachment"
_UNKNOWN_TYPE: Final = "application/octet-stream"


class Files:
    """Takes files in and gives them out.

    Parameters:
        store, editor: of the site.
        media: where the content is; the site's own storage, too, lies there.
        address: gives the site's address.
    """

    def __init__(
        self, store: Store, editor: Editor, media: MediaHost, address: Callable[[], str]
    ) -> None:
        self.media = media
        #: Whether downloads lead to the storage host, and clients upload there, as on hosted sites.
        self.elsewhere = False
        self._store = store
        self._editor = editor
        self._address = address
        self._keys: dict[int, str] = {}

    def attach(
        self,
        author: Author,
        target: Ref,
        blob: Blob,
        *,
        field: str | None = None,
        display_name: str | None = None,
        key: str | None = None,
    ) -> int:
        """Makes the Attachment of an uploaded file, and links it to a record.

        Parameters:
            target: the record that gets the file.
            field: its field that is to hold the file; without it the record is among the links
                of the Attachment.
            display_name: the file's own name unless it is given.
            key: of the content, where a client has uploaded that to the storage host.

        Returns: the id of the Attachment.

        Raises:
            ShotgunFault: the record is unknown, or cannot hold a file.
        """
        with self._store.transaction():
            row = self._store.row(target)
            if row is None or not self._store.is_living(target):
                raise ShotgunFault(f"{target.type} with id {target.id} does not exist")
            link = {"type": target.type, "id": target.id}
            data = {
                "display_name": display_name or blob.name,
                **({"project": _shown(row["project"])} if row.get("project") else {}),
                **({} if field else {"attachment_links": [link]}),
            }
            file = self._editor.create(author, ATTACHMENT, data, own=_told(blob))
            if key is None:
                key = secrets.token_hex(8)
                self.media.keep(key, blob)
            self._keys[file["id"]] = key
            self._store.put(file, "this_file", self._link(file, blob, key))
            if field:
                self._editor.put_file(author, target.type, target.id, field, file)
            return int(file["id"])

    def link_elsewhere(self, author: Author, target: Ref, url: str, name: str, field: str) -> int:
        """Makes an Attachment that is a link to another site, and puts it into a field."""
        with self._store.transaction():
            project = (self._store.row(target) or {})["project"]
            web = {"url": url, "name": name, "link_type": "web"}
            data = {"display_name": name, "project": _shown(project)}
            file = self._editor.create(author, ATTACHMENT, data, own={"this_file": web})
            self._editor.put_file(author, target.type, target.id, field, file)
            return int(file["id"])

    def content(self, number: int) -> tuple[str, Blob]:
        """Storage key and content of an Attachment. Raises `ShotgunFault` when it is no file."""
        key = self._keys.get(number, "")
        blob = self.media.take(key) if self._store.is_living(Ref(ATTACHMENT, number)) else None
        if blob is None:
            raise ShotgunFault(f"Attachment {number} does not exist or is a local file")
        return key, blob

    def _link(self, file: Row, blob: Blob, key: str) -> dict[str, object]:
        served = f"{self._address()}/file_serve/attachment/{file['id']}"
        return {
            "url": self.media.link(key) if self.elsewhere else served,
            "name": file["display_name"],
            "content_type": blob.content_type,
            "link_type": "upload",
            "type": ATTACHMENT,
            "id": file["id"],
        }


def named_blob(content: bytes, name: str, content_type: str | None = None) -> Blob:
    """A file's content; without a type that says something, its name tells the type."""
    if not content_type or content_type == _UNKNOWN_TYPE:
        content_type = mimetypes.guess_type(name)[0] or _UNKNOWN_TYPE
    return Blob(content, content_type, name)


def _shown(ref: Ref) -> dict[str, object]:
    return {"type": ref.type, "id": ref.id}


def _told(blob: Blob) -> dict[str, object]:
    extension = PurePosixPath(blob.name).suffix.lstrip(".")
    return {
        "this_file": {},
        "filename": blob.name,
        "original_fname": blob.name,
        "file_extension": extension,
        "file_size": len(blob.content),
        "processing_status": "clean",
    }
