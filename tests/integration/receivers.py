"""A server for tests to send webhooks to."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from sg_jira.sandbox.serving import SiteServer


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
