"""Uploads and downloads of files over HTTP, as `shotgun_api3` does them beside its RPC calls.

A client sends a file to the site, or, where the site says so, to the storage host and then tells
the site. Answers are plain text: `1` and what was asked for, or `0` and why not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sg_jira.sandbox.media import Blob
from sg_jira.sandbox.shotgun.accounts import Accounts
from sg_jira.sandbox.shotgun.files import Files, named_blob
from sg_jira.sandbox.shotgun.records import Author, Ref
from sg_jira.sandbox.shotgun.refusals import AuthenticationFault, ShotgunFault
from sg_jira.sandbox.shotgun.store import Store

_COOKIE: Final = "_session_id"
#: What the site says of its uploads when files are kept elsewhere.
_ELSEWHERE: Final = {
    "s3_uploads_enabled": True,
    "s3_direct_uploads_enabled": True,
    "s3_enabled_upload_types": {"*": ["*"]},
}
_HERE: Final = {"s3_uploads_enabled": False, "s3_direct_uploads_enabled": False}
_PATHS: Final = ("/upload/", "/file_serve/", "/user/")


@dataclass
class _Upload:
    """A file on its way to the storage host; `parts` are the keys of its parts, if it has some."""

    id: str
    name: str
    parts: list[str] = field(default_factory=list)


class FileRoutes:
    """Serves the files of a site.

    Parameters:
        store, accounts, files: of the site.
    """

    def __init__(self, store: Store, accounts: Accounts, files: Files) -> None:
        self._store = store
        self._accounts = accounts
        self._files = files
        #: Uploads to the storage host, by their ids.
        self._uploads: dict[str, _Upload] = {}

    def info(self) -> dict[str, Any]:
        """What the site says about uploads when a client connects."""
        return dict(_ELSEWHERE if self._files.elsewhere else _HERE)

    def blueprint(self) -> Blueprint:
        """The routes, for a Flask application."""
        blueprint = Blueprint("files", __name__)
        forms: dict[str, Callable[[Author], str]] = {
            "upload_file": self._upload_file,
            "api_get_upload_link_info": self._upload_link,
            "api_get_upload_link_for_part": self._part_link,
            "api_complete_multipart_upload": self._complete,
            "api_link_file": self._link_file,
        }
        for name, answer in forms.items():
            view = self._form_view(answer)
            blueprint.add_url_rule(f"/upload/{name}", name, view, methods=["POST"])
        blueprint.get("/file_serve/attachment/<int:number>")(self._serve)
        blueprint.get("/user/login")(self._login_page)
        return blueprint

    def describe(self) -> tuple[str, str] | None:
        """Names the current request for the call log, if it is one of files."""
        if not request.path.startswith(_PATHS):
            return None
        shape = "/".join("{}" if part.isdigit() else part for part in request.path.split("/"))
        with self._store.lock:
            auth = request.form or {"session_token": request.cookies.get(_COOKIE)}
            caller = self._accounts.caller(dict(auth))
        return f"{request.method} {shape}", caller

    def _form_view(self, answer: Callable[[Author], str]) -> Callable[[], Response]:
        def view() -> Response:
            try:
                with self._store.lock:
                    author = self._accounts.authenticate(dict(request.form))
                    text = f"1{answer(author)}"
            except ShotgunFault as fault:
                text = f"0:{fault}"
            return Response(text, mimetype="text/plain")

        return view

    def _upload_file(self, author: Author) -> str:
        sent = request.files.get("file")
        if sent is None:
            raise ShotgunFault("no file was sent")
        blob = named_blob(sent.read(), sent.filename or "file", sent.mimetype)
        return self._attach(author, blob)

    def _upload_link(self, _: Author) -> str:
        upload = _Upload(secrets.token_hex(8), request.form.get("filename", "file"))
        self._uploads[upload.id] = upload
        link = self._files.media.link(upload.id)
        return "\n".join(["", link, "2024-05-15T12:00:00Z", "Attachment", upload.id, ""])

    def _part_link(self, _: Author) -> str:
        upload = self._upload(request.form.get("upload_id"))
        key = f"{upload.id}-{request.form.get('part_number')}"
        upload.parts.append(key)
        return f"\n{self._files.media.link(key)}\n"

    def _complete(self, _: Author) -> str:
        upload = self._upload(request.form.get("upload_id"))
        parts = [part for key in upload.parts if (part := self._files.media.take(key))]
        if not parts or len(parts) < len(upload.parts):
            raise ShotgunFault(f"parts of the upload {upload.id!r} are not there")
        content = b"".join(part.content for part in parts)
        self._files.media.keep(upload.id, named_blob(content, upload.name))
        return "\n"

    def _link_file(self, author: Author) -> str:
        told = request.form.get("upload_link_info", "").split("\n")
        upload = self._upload(told[4] if len(told) > 4 else None)
        stored = self._files.media.take(upload.id)
        if stored is None:
            raise ShotgunFault(f"the upload {upload.id!r} is not there")
        blob = named_blob(stored.content, upload.name, stored.content_type)
        self._files.media.keep(upload.id, blob)
        return self._attach(author, blob, upload.id)

    def _upload(self, number: str | None) -> _Upload:
        upload = self._uploads.get(number or "")
        if upload is None:
            raise ShotgunFault(f"there is no upload {number!r}")
        return upload

    def _attach(self, author: Author, blob: Blob, key: str | None = None) -> str:
        form = request.form
        try:
            target = Ref(form["entity_type"], int(form["entity_id"]))
        except (KeyError, ValueError):
            raise ShotgunFault("entity_type and entity_id must name a record") from None
        number = self._files.attach(
            author,
            target,
            blob,
            field=form.get("field_name"),
            display_name=form.get("display_name"),
            key=key,
        )
        return f":{number}\n"

    def _serve(self, number: int) -> AnyResponse:
        """A download; who is not logged in is sent to the login page, as a browser would be."""
        with self._store.lock:
            try:
                self._accounts.authenticate({"session_token": request.cookies.get(_COOKIE)})
                key, blob = self._files.content(number)
            except AuthenticationFault:
                return redirect("/user/login", 302)
            except ShotgunFault as fault:
                return Response(f"{fault}\n", status=400, mimetype="text/plain")
        if self._files.elsewhere:
            return redirect(self._files.media.link(key), 302)
        return blob.response()

    @staticmethod
    def _login_page() -> Response:
        return Response("<html><title>Log in</title></html>", mimetype="text/html")
