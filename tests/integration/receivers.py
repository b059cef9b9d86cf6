"""A server for tests to send webhooks to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, request

from sg_jira.sandbox.serving import SiteServer

_TLS: Final = Path(__file__).parents[1] / "data" / "tls"


@dataclass(frozen=True)
class Received:
    """A request that reached the receiver."""

    url: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.content)
        return body


class Receiver:
    """A server that takes webhooks; `answers` are the statuses it gives first, then 200.

    It takes its time while `open` is not set.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.open = threading.Event()
        self.open.set()
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._take, methods=["POST"])
        self._server = SiteServer(app, threads=2)
        self._server.start()
        self.url = self._server.url

    def _take(self, path: str) -> Response:
        url = request.full_path.rstrip("?")
        self.received.append(Received(url, dict(request.headers), request.get_data()))
        self.open.wait(5)
        return Response("x" * 200, status=self.answers.pop(0) if self.answers else 200)

    def stop(self) -> None:
        self.open.set()
        self._server.stop()

    def bodies(self, event: str) -> list[dict[str, Any]]:
        """The bodies of Jira's webhooks of one kind."""
        return [got.body for got in self.received if got.body["webhookEvent"] == event]

    @property
    def events(self) -> list[str]:
        """What Jira's webhooks told of, in the order of their arrival."""
        return [got.body["webhookEvent"] for got in self.received]


@contextmanager
def secure_receiver() -> Iterator[str]:
    """The address of a server with a certificate that nobody vouches for; it takes everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_TLS / "cert.pem", _TLS / "key.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taker) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody wants to read it."""
