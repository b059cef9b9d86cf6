"""A running web service whose events end in an acceptor of the test, and ways to talk to it."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from sg_jira.events import SyncEvent
from sg_jira.web import create_app
from sg_jira.web.acceptance import Accepted
from sg_jira.web.connection import Readiness
from sg_jira.web.http import HTTPServer

ROOT = Path(__file__).parents[3]
TLS = ROOT / "tests" / "data" / "tls"
sys.path.insert(0, str(ROOT))  # webapp.py is a script beside the package
#: Bodies above this are refused by the service of these tests.
LIMIT = 20_000


@dataclass
class Inbox:
    """Keeps the events it takes; `fate` decides what it says of them."""

    events: list[SyncEvent] = field(default_factory=list)
    together: list[int] = field(default_factory=list)
    fate: Callable[[SyncEvent], Accepted] = lambda event: Accepted(event.id)
    waits: list[float] = field(default_factory=list)

    def accept(self, events: Sequence[SyncEvent], wait: float = 0.0) -> list[Accepted]:
        self.events += events
        self.together.append(len(events))
        self.waits.append(wait)
        return [self.fate(event) for event in events]


@dataclass
class Service:
    """The service as a test sees it."""

    url: str
    port: int
    inbox: Inbox
    readiness: Readiness = field(default_factory=lambda: Readiness(ready=True, connected=True))
    resets: int = 0
    on_reset: Callable[[], None] = lambda: None

    def reset(self) -> None:
        self.resets += 1
        self.on_reset()

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(self.url + path, timeout=10, allow_redirects=False, **options)

    def post(self, path: str, **options) -> requests.Response:
        return requests.post(self.url + path, timeout=10, allow_redirects=False, **options)

    def raw(self, request: bytes) -> bytes:
        """Sends bytes as they are and reads until the service closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(request)
            answer = b""
            while chunk := client.recv(65536):
                answer += chunk
            return answer


@contextmanager
def served(http: HTTPServer):
    """Runs an HTTP server in a thread."""
    http.shutdown_timeout = 2
    http.prepare()
    thread = threading.Thread(target=http.serve, daemon=True)
    thread.start()
    try:
        yield http
    finally:
        http.stop()
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def running_service():
    service = Service("", 0, Inbox())
    app = create_app(
        service.inbox,
        settings_names=["default", "Größe 10%", "a/b", "été"],
        readiness=lambda: service.readiness,
        reset=service.reset,
        max_body_bytes=LIMIT,
    )
    with served(HTTPServer(app, "127.0.0.1", 0, LIMIT)) as http:
        service.url, service.port = http.url, http.bind_addr[1]
        yield service


@pytest.fixture
def service(running_service):
    """The service as if it had just been started."""
    running_service.inbox.events.clear()
    running_service.inbox.waits.clear()
    running_service.inbox.fate = lambda event: Accepted(event.id)
    running_service.readiness = Readiness(ready=True, connected=True)
    running_service.resets = 0
    running_service.on_reset = lambda: None
    return running_service
