"""Serves one sandbox site over real HTTP on this machine. Knows nothing of FPTR or Jira."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from cheroot.wsgi import Gateway_10, Server

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Under this key the WSGI environment holds the request's raw socket, so that faults can cut it.
CONNECTION: Final = "sandbox.connection"


class _Gateway(Gateway_10):
    """Adds the connection's socket to the environment."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # its stub says None
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ[CONNECTION] = self.req.conn.socket
        return environ


class _Server(Server):
    """Cleans up where cheroot does not, since sites come and go within one process."""

    def clear_stats(self) -> None:
        """cheroot would keep every server, and so its whole site, in a global for ever."""
        super().clear_stats()  # type: ignore[no-untyped-call]
        registry: dict[str, Any] = vars(logging)["statistics"]
        registry.pop(f"Cheroot HTTPServer {id(self)}", None)

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """A socket that cannot be bound is closed; cheroot leaves that to chance."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_


class SiteServer:
    """A WSGI application on a port of the loopback interface, in threads of its own.

    Parameters:
        app: the WSGI application.
        host: the address to listen on.
        port: the port, or 0 for a free one.
        threads: how many requests are handled at the same time.
    """

    def __init__(
        self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0, threads: int = 24
    ) -> None:
        self._host = host
        self._address = f"{host}:{port}"
        self._server = _Server((host, port), app, numthreads=threads, request_queue_size=128)
        self._server.gateway = _Gateway
        self._server.shutdown_timeout = 1
        # People who type by hand pause for longer than the server would keep their connection,
        # and FPTR's client does not bear that.
        self._server.timeout = 600
        # How often it looks up while nothing happens, and so how long stopping may take.
        self._server.expiration_interval = 0.02
        # A cut connection is wanted here, so cheroot need not print it to stderr.
        self._server.error_log = lambda *_, **__: None  # type: ignore[method-assign]
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the site without a trailing slash; known once it was started."""
        return f"http://{self._host}:{self._server.bind_addr[1]}"

    def start(self) -> None:
        """Binds the port and serves until `stop`. Raises `OSError` when the port is taken."""
        try:
            self._server.prepare()
        except OSError as error:
            raise OSError(f"Cannot listen on {self._address}: {_system_reason(error)}.") from error
        self._thread = threading.Thread(
            target=self._server.serve, name=f"sandbox {self.url}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stops serving and frees the port; does nothing when it is not running."""
        if self._thread is None:
            return
        self._server.stop()
        self._thread.join(timeout=5)
        self._thread = None


def _system_reason(error: OSError) -> str:
    """What the system said, without the server's words around it."""
    found = re.search(r"\[Errno -?\d+\] ([^)\]]+)", str(error))
    return found.group(1) if found else str(error)


def cut(connection: socket.socket) -> None:
    """Ends a connection without an answer, as a crashing server or a firewall does."""
    connection.shutdown(socket.SHUT_RDWR)
