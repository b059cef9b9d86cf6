"""Ends requests that take too long to arrive: a sender of single bytes would hold a thread.

The limit between two bytes is the server's; this one is for the whole request, head and body.
What a request waits for afterwards is not limited here.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from typing import Any, Final

from cheroot.server import HTTPConnection, HTTPRequest

logger = logging.getLogger(__name__)

#: Seconds that a request may take to arrive. The largest webhook of Jira is 25 MB.
LONGEST_ARRIVAL: Final = 30.0
#: Seconds between two looks.
_INTERVAL: Final = 1.0


class SlowRequests:
    """Watches requests from their first byte on.

    Parameters:
        longest: seconds that one may take to arrive.
    """

    def __init__(self, longest: float = LONGEST_ARRIVAL) -> None:
        self.longest = longest
        self._began: dict[HTTPConnection, tuple[HTTPRequest, float]] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to look."""
        self._thread = threading.Thread(target=self._watch, name="slow requests", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops looking."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def began(self, request: HTTPRequest) -> None:
        """A request begins to arrive."""
        self._began[request.conn] = (request, time.monotonic())

    def forget(self, connection: HTTPConnection) -> None:
        """The request of a connection was answered, or given up."""
        self._began.pop(connection, None)

    def _watch(self) -> None:
        while not self._stopping.wait(min(_INTERVAL, self.longest / 4)):
            before = time.monotonic() - self.longest
            for connection, (request, began) in list(self._began.items()):
                if began < before and _is_arriving(request):
                    self.forget(connection)
                    logger.info("A request took too long to arrive and was ended.")
                    with contextlib.suppress(OSError):  # it is closed already
                        # Past TLS, whose state belongs to the thread that reads.
                        socket.socket.shutdown(connection.socket, socket.SHUT_RD)


def _is_arriving(request: HTTPRequest) -> bool:
    if not request.ready:
        return True
    body: Any = request.rfile
    if request.chunked_read:
        return not getattr(body, "closed", True)
    return bool(getattr(body, "remaining", 0))
