"""A host for files beside a site, as FPTR's and Jira Cloud's are: signed links instead of logins.

It notes every request, so that a test can show what was, and was not, sent to it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, request

from sg_jira.sandbox.serving import SiteServer

_THREADS: Final = 4


@dataclass(frozen=True)
class Blob:
    """The content of a file, and what it says of itself."""

    content: bytes
    content_type: str
    name: str = ""

    def response(self) -> Response:
        """The file as the answer to a download."""
        response = Response(self.content, content_type=self.content_type)
        name = quote(self.name)
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        return response


@dataclass(frozen=True)
class MediaRequest:
    """A request that reached the host."""

    method: str
    path: str
    headers: dict[str, str]


class MediaHost:
    """Holds files under keys. It listens from the first link on that somebody asks for.

    Parameters:
        host: the address to listen on.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._lock = threading.Lock()
        self._secret = secrets.token_bytes(16)
        self._blobs: dict[str, Blob] = {}
        self._server: SiteServer | None = None
        #: What reached the host, oldest first.
        self.requests: list[MediaRequest] = []

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""
        with self._lock:
            if self._server is None:
                app = Flask(__name__)
                app.add_url_rule("/<key>", view_func=self._serve, methods=["GET", "PUT"])
                self._server = SiteServer(app, self._host, threads=_THREADS)
                self._server.start()
            return self._server.url

    def stop(self) -> None:
        """Stops listening; the files stay."""
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None

    def keep(self, key: str, blob: Blob) -> None:
        """Puts a file under a key."""
        with self._lock:
            self._blobs[key] = blob

    def take(self, key: str) -> Blob | None:
        """The file under a key."""
        with self._lock:
            return self._blobs.get(key)

    def link(self, key: str) -> str:
        """A link under which everybody may download, or upload, the file of a key."""
        return f"{self.url}/{key}?signature={self._signature(key)}"

    def _signature(self, key: str) -> str:
        return hmac.new(self._secret, key.encode(), hashlib.sha256).hexdigest()

    def _serve(self, key: str) -> Response:
        self.requests.append(MediaRequest(request.method, request.path, dict(request.headers)))
        if not hmac.compare_digest(request.args.get("signature", ""), self._signature(key)):
            return _refuse(403, "SignatureDoesNotMatch")
        if request.method == "PUT":
            content = request.get_data()
            content_type = request.content_type or "application/octet-stream"
            self.keep(key, Blob(content, content_type))
            digest = hashlib.sha256(content).hexdigest()
            return Response(status=200, headers={"ETag": f'"{digest}"'})
        blob = self.take(key)
        return blob.response() if blob else _refuse(404, "NoSuchKey")


def _refuse(status: int, code: str) -> Response:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return Response(body, status=status, content_type="application/xml")
