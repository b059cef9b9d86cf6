"""Puts the service together from a settings file and runs it."""

from __future__ import annotations

import gc
import ipaddress
import logging
import logging.config
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from sg_jira.engine.running import Engine
from sg_jira.json_logs import JsonLines
from sg_jira.service_settings import ServiceSettings, read_service_settings
from sg_jira.settings import Settings, check_addresses, read_settings
from sg_jira.sources.running import Sources
from sg_jira.web.assembly import Assembly
from sg_jira.web.connection import (
    BridgeConnection,
)
from sg_jira.web.http import HTTPServer

#: The name that studios' LOGGING settings know.
logger = logging.getLogger("webapp")


#: Seconds for which a thread may keep Python to itself when others want it. A sender waits for its
#: answer through a dozen of these, and by default they are 5 ms long. Since workers share a seat,
#: few threads want Python at once, and changing between them so often costs little.
_SWITCH: Final = 0.0001
#: Seconds between two looks whether the service is to stop.
_LOOK: Final = 0.5


class BridgeServer:
    """The service, bound to its port. Requests are answered from `serve` on."""

    def __init__(
        self,
        http: HTTPServer,
        connection: BridgeConnection,
        engine: Engine,
        sources: Sources,
        service: ServiceSettings,
    ) -> None:
        self._http = http
        self._connection = connection
        self._engine = engine
        self._sources = sources
        self._grace = service.stop_seconds
        self._connects = service.role != "web"
        #: How the log is written, `text` or `json`.
        self.log_format = service.log_format
        self._is_asked_to_stop = False
        try:
            http.prepare()
        except OSError as error:
            host, port = http.bind_addr
            raise OSError(f"Cannot listen on {host}:{port}: {_system_reason(error)}.") from error

    @property
    def url(self) -> str:
        """Where it listens, without a trailing slash."""
        return self._http.url

    @property
    def is_idle(self) -> bool:
        """Whether no event waits or is worked on."""
        return self._engine.is_idle

    @property
    def looks(self) -> dict[str, tuple[int, int]]:
        """See `Sources.looks`."""
        return self._sources.looks

    def serve_forever(self) -> None:
        """`serve`, in a process that does nothing else.

        The collection of garbage passes over what was loaded by now, which is never garbage: else
        it goes through all of it now and then, and Python stands still for 50 ms or more.
        """
        gc.collect()
        gc.freeze()
        self.serve()

    def serve(self) -> None:
        """Connects to the sites and works in the background; serves until it is told to stop.

        The server has a thread of its own: an interrupt hits the main thread wherever it is, and
        inside the server's queue it could leave a worker waiting for ever.

        Raises:
            StoreError: the store cannot be used, though it could be opened; everything is stopped.
        """
        sys.setswitchinterval(_SWITCH)
        try:
            self._engine.start()
            if self._connects:
                self._connection.start()
            serving = threading.Thread(target=self._http.serve, name="http", daemon=True)
            serving.start()
            while serving.is_alive() and not self._is_asked_to_stop:
                serving.join(timeout=_LOOK)
        finally:
            self.stop()

    def ask_to_stop(self, *_: Any) -> None:
        """Lets `serve_forever` stop and return soon. May be a signal's handler.

        A handler that raised would hit the main thread wherever it is: within somebody's lock,
        which then stays locked, or where an exception is swallowed.
        """
        self._is_asked_to_stop = True

    def stop(self) -> None:
        """Takes no more requests and begins no more work; frees the port.

        What was begun has a while to finish. The rest waits on disk for the next start.
        """
        self._http.stop()
        self._sources.stop()
        self._engine.stop(self._grace)
        self._connection.stop()


def create_server(
    port: int,
    listen_address: str,
    settings: str,
    keyfile: str | None = None,
    certfile: str | None = None,
    role: str | None = None,
    environ: Mapping[str, str] | None = None,
    must_prove: bool = False,
) -> BridgeServer:
    """The service, listening but not yet answering.

    Parameters:
        port: where to listen, 0 for a free port.
        listen_address: IPv4 address; `0.0.0.0` for all interfaces.
        settings: path of the settings file.
        keyfile, certfile: PEM files, both or none; with them the service speaks HTTPS only.
        role: what the process does, `all`, `web` or `worker`; `None` for what SGJIRA_ROLE says.
        environ: the service's own variables; `None` for those of the process.
        must_prove: refuse to be reached from elsewhere unless senders and admins have to prove
            who they are.

    Raises:
        ValueError: address, role, settings, environment variables, key or certificate cannot be
            used, or the port would be open to everybody.
        ImportError: the settings file cannot be executed.
        OSError: the port cannot be had.
        StoreError: the store of events cannot be used; nothing in it was touched.
    """
    address = _ipv4(listen_address)
    if bool(keyfile) != bool(certfile):
        raise ValueError("HTTPS needs both a key file and a certificate file.")
    read = read_settings(settings)
    check_addresses(read)
    service = read_service_settings(environ, role)
    if must_prove and (not address.is_loopback or service.trusted_proxies):
        _require_proofs(service)
    _apply_logging(read)
    if service.log_format == "json":
        JsonLines.install()
    parts = Assembly(read, service)
    tls = (keyfile, certfile) if keyfile and certfile else None
    try:
        http = HTTPServer(parts.app(), str(address), port, service.max_body_bytes, tls)
        server = BridgeServer(http, parts.connection, parts.engine, parts.sources, service)
    except BaseException:
        parts.engine.stop(0)
        raise
    if parts.warnings and not address.is_loopback:
        logger.warning("Listening on %s. %s", address, " ".join(parts.warnings))
    return server


def run_server(
    port: int,
    listen_address: str,
    settings: str,
    keyfile: str | None = None,
    certfile: str | None = None,
    role: str | None = None,
    *,
    announce: Callable[[str], None] = logger.info,
    must_prove: bool = False,
) -> None:
    """Runs the service until it is interrupted (Ctrl-C) or terminated, then stops it cleanly.

    Parameters and errors are those of `create_server`; `announce` is told where the service
    listens and that it stops; with a log of JSON lines, that is among them.
    """
    server = create_server(
        port, listen_address, settings, keyfile, certfile, role, must_prove=must_prove
    )
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, server.ask_to_stop)
    tell = _log if server.log_format == "json" else announce
    tell(f"Listening on {server.url} with the settings of {settings}. Ctrl-C stops it.")
    server.serve_forever()
    tell("Stopped.")


def _log(text: str) -> None:
    """Logs what everybody wants to know, whatever the level."""
    logger.handle(logger.makeRecord(logger.name, logging.INFO, __file__, 0, text, (), None))


def _require_proofs(service: ServiceSettings) -> None:
    lacking = [
        variable
        for variable, value in (
            ("SGJIRA_FPTR_SECRET", service.fptr_secrets),
            ("SGJIRA_JIRA_SECRET", service.jira_secrets),
            ("SGJIRA_ADMIN_TOKEN", service.admin_token),
        )
        if not value
    ]
    if lacking and service.role != "worker":
        raise ValueError(
            "Others than this machine could reach the port and would not have to prove who they "
            f"are: set {', '.join(lacking)}, listen on 127.0.0.1 only, or say --allow-unsigned."
        )


def _system_reason(error: OSError) -> str:
    """What the system said, without the server's words around it."""
    found = re.search(r"\[Errno -?\d+\] ([^)\]]+)", str(error))
    return found.group(1) if found else str(error)


def _ipv4(address: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(address)
    except ValueError:
        raise ValueError(
            f"{address!r} is not an IPv4 address. Use for example 127.0.0.1 for this machine "
            "only, or 0.0.0.0 for all interfaces."
        ) from None


def _apply_logging(settings: Settings) -> None:
    """Raises `ValueError` when the settings' LOGGING cannot be applied."""
    if not settings.logging:
        return
    try:
        logging.config.dictConfig(dict(settings.logging))
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        why = f"{error}: {error.__cause__}" if error.__cause__ else str(error)
        raise ValueError(
            f"Settings file {settings.path}: LOGGING cannot be applied: {why}"
        ) from error
