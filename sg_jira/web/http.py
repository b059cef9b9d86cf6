"""The HTTP server under the application: cheroot, made stricter about requests, with its own TLS.

cheroot answers some malformed requests with 5xx and plain text, believes any `Content-Length`,
and shakes hands for TLS in the thread that accepts connections, where one mute client stops all
others. Each of these is mended here and nowhere else.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cheroot.errors import MaxSizeExceeded
from cheroot.server import ChunkedRFile, HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Gateway_10, Server
from werkzeug.exceptions import RequestEntityTooLarge

from sg_jira.seats import hurrying
from sg_jira.web.slow_requests import SlowRequests

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

#: Requests that are worked on at the same time. Jira sends up to 30 webhooks at once, and a
#: thread that waits for a site costs next to nothing.
THREADS: Final = 40
#: Connections that wait for a thread before the system refuses more.
BACKLOG: Final = 128
#: Bytes of request line and headers together.
MAX_HEADER_BYTES: Final = 64 * 1024
#: Seconds that a stop leaves to requests at work.
GRACE: Final = 30
#: Seconds of silence after which a connection is closed.
PATIENCE: Final = 10


class _OneLeadingSlash:
    """Reads request lines. A path that begins with two slashes would be taken for a host."""

    _SLASHES: Final = re.compile(rb"^(\S+ )/{2,}")

    def __init__(self, file: Any) -> None:
        self._file = file

    def readline(self) -> bytes:
        return self._SLASHES.sub(rb"\1/", self._file.readline())


class _PlainHeaders:
    """Reads header lines, and refuses those that others may understand in another way.

    A header that is folded over several lines is obsolete (RFC 9112, 5.2), and of several lengths
    only one can be the body's.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._lengths: set[bytes] = set()

    def readline(self) -> bytes:
        line: bytes = self._file.readline()
        if line[:1] in (b" ", b"\t"):
            raise ValueError("Folded header lines are not supported")
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            self._lengths.add(value.strip())
            if len(self._lengths) > 1:
                raise ValueError("Several Content-Length headers")
        return line


class StrictRequest(HTTPRequest):
    """Refuses malformed requests with 4xx and JSON, and closes the connection."""

    def parse_request(self) -> None:
        """Reads the head; from here on the request has a limited time to arrive."""
        self.server.slow_requests.began(self)
        super().parse_request()

    def read_request_line(self) -> bool:
        """Reads the first line; some of its oddities surface as `ValueError` in the parser."""
        plain, self.rfile = self.rfile, _OneLeadingSlash(self.rfile)
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]
        except ValueError:
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False
        finally:
            self.rfile = plain

    def read_request_headers(self) -> bool:
        """Reads the headers; the length of the body must be a plain number."""
        plain, self.rfile = self.rfile, _PlainHeaders(self.rfile)
        try:
            is_read = super().read_request_headers()  # type: ignore[no-untyped-call]
        finally:
            self.rfile = plain
        if not is_read:
            return False
        length = self.inheaders.get(b"Content-Length")
        if length is not None and not length.isdigit():
            self.simple_response("400 Bad Request", "Malformed Content-Length header")
            return False
        return True

    def respond(self) -> None:
        """Answers; what may be left of a chunked body must not be taken for the next request."""
        if self.chunked_read:
            self.close_connection = True
        with hurrying():
            super().respond()

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answers without the application."""
        status = _STATUS_INSTEAD.get(status[:3], str(status))
        content = {"error": msg or status[4:], "hint": "This is not a well-formed HTTP request."}
        body = json.dumps(content).encode("ascii")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\n"
            "Connection: close\r\n\r\n"
        )
        self.close_connection = True
        try:
            self.conn.wfile.write(head.encode("ascii") + body)
        except OSError as error:
            logger.debug("A client left before its answer: %s", error)


#: cheroot's statuses for what is the sender's fault all the same.
_STATUS_INSTEAD: Final = {"501": "400 Unknown Transfer-Encoding", "505": "400 Unknown HTTP version"}


class BoundedChunks(ChunkedRFile):
    """Reads a chunked body. cheroot reads a chunk as a whole, however large it says it is."""

    def read(self, size: int | None = None) -> bytes:
        """Reads up to `size` bytes. Raises `RequestEntityTooLarge` before reading too much."""
        try:
            return bytes(super().read(size))
        except (MaxSizeExceeded, OSError) as error:
            if error.args[:1] == ("Request Entity Too Large",):
                raise RequestEntityTooLarge from error
            raise


class Gateway(Gateway_10):
    """Puts the bounded reader into the environment of the application."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # its stub says None
        if self.req.chunked_read:
            # What frames the chunks counts too; the application keeps the exact limit.
            most = 2 * self.req.server.max_body_bytes + MAX_HEADER_BYTES
            self.req.rfile = BoundedChunks(self.req.conn.rfile, most)
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        return environ


class Connection(HTTPConnection):
    """Shakes hands for TLS where only its own client waits for it."""

    RequestHandlerClass = StrictRequest
    _greeted = False

    def communicate(self) -> bool:
        """Serves one request; True keeps the connection open."""
        if isinstance(self.socket, ssl.SSLSocket) and not self._greeted:
            try:
                self.socket.do_handshake()
            except OSError as error:  # ssl.SSLError and timeouts are among them
                logger.info("No TLS handshake with %s: %s", self.remote_addr, error)
                return False
            self._greeted = True
        try:
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        finally:
            self.server.slow_requests.forget(self)


class DeferredTLS(BuiltinSSLAdapter):
    """Wraps a connection without waiting for its handshake."""

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """The wrapped socket and what the application may know of it."""
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class HTTPServer(Server):
    """Serves a WSGI application with threads, and with TLS when given a key and certificate.

    Parameters:
        app: the application.
        host, port: where to listen; port 0 is a free one.
        max_body_bytes: the application's limit.
        tls: key file and certificate file, PEM.

    Raises:
        ValueError: the key or the certificate cannot be used.
    """

    ConnectionClass = Connection
    max_request_header_size = MAX_HEADER_BYTES

    def __init__(
        self,
        app: WSGIApplication,
        host: str,
        port: int,
        max_body_bytes: int,
        tls: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(
            (host, port),
            app,
            numthreads=THREADS,
            server_name="sg-jira",
            request_queue_size=BACKLOG,
            timeout=PATIENCE,
            shutdown_timeout=GRACE,
        )
        self.gateway = Gateway
        self.max_body_bytes = max_body_bytes
        self.slow_requests = SlowRequests()
        self._host = host
        if tls is not None:
            check_tls(*tls)
            key, certificate = tls
            self.ssl_adapter = DeferredTLS(certificate, key)

    def clear_stats(self) -> None:
        """cheroot would keep every server, and so its application, in a global for ever."""
        super().clear_stats()  # type: ignore[no-untyped-call]
        registry: dict[str, Any] = vars(logging)["statistics"]
        registry.pop(f"Cheroot HTTPServer {id(self)}", None)

    @property
    def url(self) -> str:
        """Where it listens, without a trailing slash; known once it is prepared."""
        scheme = "https" if self.ssl_adapter else "http"
        return f"{scheme}://{self._host}:{self.bind_addr[1]}"

    def prepare(self) -> None:
        """Binds the port and starts the threads."""
        super().prepare()
        self.slow_requests.start()

    def stop(self) -> None:
        """Takes no more requests; those at work have a while to end."""
        self.slow_requests.stop()
        super().stop()

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """Binds the socket; one that cannot be bound is closed, which cheroot leaves to chance."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Hands cheroot's messages to our log."""
        logger.log(level, "%s", msg, exc_info=traceback)


def check_tls(key: str, certificate: str) -> None:
    """Raises `ValueError` that says what is wrong with a key file and a certificate file."""
    for what, name in (("key", key), ("certificate", certificate)):
        if not Path(name).is_file():
            raise ValueError(f"The {what} file {name} does not exist.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_refuse_password)
    except ssl.SSLError as error:
        what = _TLS_PROBLEMS.get(error.reason or "", f"cannot be used ({error.reason or error})")
        raise ValueError(
            f"The key file {key} and the certificate file {certificate} {what}. "
            "Both must be PEM files, the key comes first."
        ) from error
    except OSError as error:
        raise ValueError(f"{key} or {certificate} cannot be read: {error.strerror}.") from error


_TLS_PROBLEMS: Final = {"KEY_VALUES_MISMATCH": "do not belong together"}


def _refuse_password(*_: Any) -> str:
    raise ValueError("The key file asks for a password. Use a key without one.")
