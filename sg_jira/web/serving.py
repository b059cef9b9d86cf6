"""Puts the service together from a settings file and runs it."""

from __future__ import annotations

import ipaddress
import logging
import logging.config
import re
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import FrameType
from typing import Any, NoReturn

from sg_jira.bridge import Bridge
from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.policy import Policy
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.json_logs import JsonLines
from sg_jira.settings import (
    ServiceSettings,
    Settings,
    check_addresses,
    read_service_settings,
    read_settings,
)
from sg_jira.web.acceptance import EngineAcceptor, NotReady, WorkerAcceptor
from sg_jira.web.application import create_app
from sg_jira.web.connection import (
    NOT_AUTHENTICATED,
    BridgeConnection,
    Readiness,
    with_engine,
)
from sg_jira.web.engine_pages import make_engine_pages
from sg_jira.web.entry_checks import EntryChecks
from sg_jira.web.http import HTTPServer
from sg_jira.web.proofs import proofs_of_jira, proofs_of_shotgun
from sg_jira.web.reachability import SiteChecks, sites_of
from sg_jira.web.reasons import Redaction

#: The name that studios' LOGGING settings know.
logger = logging.getLogger("webapp")


class BridgeServer:
    """The service, bound to its port. Requests are answered from `serve_forever` on."""

    def __init__(
        self,
        http: HTTPServer,
        connection: BridgeConnection,
        engine: Engine,
        service: ServiceSettings,
    ) -> None:
        self._http = http
        self._connection = connection
        self._engine = engine
        self._grace = service.stop_seconds
        self._connects = service.role != "web"
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

    def serve_forever(self) -> None:
        """Connects to the sites and works in the background, serves until `stop` or an interrupt.

        The server has a thread of its own: an interrupt hits the main thread wherever it is, and
        inside the server's queue it could leave a worker waiting for ever.
        """
        self._engine.start()
        if self._connects:
            self._connection.start()
        serving = threading.Thread(target=self._http.serve, name="http", daemon=True)
        serving.start()
        try:
            while serving.is_alive():
                serving.join(timeout=1)  # on Windows, Ctrl-C is noticed between two waits only
        finally:
            self.stop()

    def stop(self) -> None:
        """Takes no more requests and begins no more work; frees the port.

        What was begun has a while to finish. The rest waits on disk for the next start.
        """
        self._http.stop()
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
) -> BridgeServer:
    """The service, listening but not yet answering.

    Parameters:
        port: where to listen, 0 for a free port.
        listen_address: IPv4 address; `0.0.0.0` for all interfaces.
        settings: path of the settings file.
        keyfile, certfile: PEM files, both or none; with them the service speaks HTTPS only.
        role: what the process does, `all`, `web` or `worker`; `None` for what SGJIRA_ROLE says.
        environ: the service's own variables; `None` for those of the process.

    Raises:
        ValueError: address, role, settings, environment variables, key or certificate cannot be
            used.
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
    _apply_logging(read)
    if service.log_format == "json":
        JsonLines.install()
    redaction = Redaction((*read.secrets, *service.secrets))
    engine = Engine(_engine_options(read, service), lambda: _bridge_of(connection), redaction)
    entries = EntryChecks(read, engine.entry_failures, redaction)
    warnings = [] if service.proves_senders else [NOT_AUTHENTICATED]

    def on_connected(bridge: Bridge) -> None:
        engine.dispatcher.sweep_soon()
        entries.check_sites(bridge)

    connection = BridgeConnection(
        build=lambda: engine.adopt(_connect(read)),
        checks=SiteChecks(sites_of(read), service.site_check_seconds),
        redaction=redaction,
        longest_pause=service.max_reconnect_seconds,
        on_start=entries.check_file,
        on_connected=on_connected,
        warnings=warnings,
    )
    engine.on_reset = lambda: _reset_when_told(connection)

    def readiness() -> Readiness:
        if service.role == "web":  # it works on nothing, and so needs no site
            receives = Readiness(ready=True, connected=False, warnings=warnings)
            return with_engine(receives, engine.status())
        told = {**engine.status(), "settings": entries.status()}
        return with_engine(connection.readiness(), told)

    refuses = service.unsigned == "refuse"
    app = create_app(
        WorkerAcceptor() if service.role == "worker" else EngineAcceptor(engine),
        settings_names=read.sync,
        readiness=readiness,
        reset=lambda: _reset_all(connection, engine),
        max_body_bytes=service.max_body_bytes,
        from_fptr=proofs_of_shotgun(service.fptr_secrets, engine.metrics.forged, refuses),
        from_jira=proofs_of_jira(service.jira_secrets, engine.metrics.forged, refuses),
        engine_pages=make_engine_pages(engine, service.admin_token),
    )
    tls = (keyfile, certfile) if keyfile and certfile else None
    try:
        http = HTTPServer(app, str(address), port, service.max_body_bytes, tls)
        server = BridgeServer(http, connection, engine, service)
    except BaseException:
        engine.stop(0)
        raise
    if warnings and not address.is_loopback:
        logger.warning("Listening on %s. %s", address, " ".join(warnings))
    return server


def _engine_options(settings: Settings, service: ServiceSettings) -> EngineOptions:
    return EngineOptions(
        store=service.store_for(settings.path),
        database_url=service.database_url.get_secret_value() if service.database_url else None,
        works=service.role != "web",
        workers=service.workers,
        handler_seconds=service.handler_seconds,
        search_lag=service.search_lag_seconds,
        keep=timedelta(days=service.keep_days),
        blocks_on_dead=service.on_dead == "block",
        policy=Policy(
            attempts=service.attempts, give_up_after=timedelta(hours=service.give_up_hours)
        ),
    )


def _reset_all(connection: BridgeConnection, engine: Engine) -> None:
    """Resets this process and lets the others do the same. Raises `NotReady`, `StoreAway`."""
    engine.tell_reset()
    connection.reset()


def _reset_when_told(connection: BridgeConnection) -> None:
    try:
        connection.reset()
    except NotReady as error:
        logger.warning("Another process told to reset, which failed: %s", error.reason)


def _bridge_of(connection: BridgeConnection) -> Any:
    """The connected bridge. Raises `Deferred` while there is none."""
    try:
        return connection.bridge()
    except NotReady as error:
        raise Deferred(Reason.NOT_READY, error.retry_after, error.reason) from error


def run_server(
    port: int,
    listen_address: str,
    settings: str,
    keyfile: str | None = None,
    certfile: str | None = None,
    role: str | None = None,
    *,
    announce: Callable[[str], None] = logger.info,
) -> None:
    """Runs the service until it is interrupted (Ctrl-C) or terminated, then stops it cleanly.

    Parameters and errors are those of `create_server`; `announce` is told where the service
    listens and that it stops.
    """
    server = create_server(port, listen_address, settings, keyfile, certfile, role)
    announce(f"Listening on {server.url} with the settings of {settings}. Ctrl-C stops it.")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        announce("Stopped.")


def _system_reason(error: OSError) -> str:
    """What the system said, without the server's words around it."""
    found = re.search(r"\[Errno -?\d+\] ([^)\]]+)", str(error))
    return found.group(1) if found else str(error)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """Makes a polite request to terminate the same as Ctrl-C."""
    raise KeyboardInterrupt


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


def _connect(settings: Settings) -> Bridge:
    """A connected bridge. Raises whatever the sessions raise."""
    return Bridge(
        settings.shotgun.site,
        settings.shotgun.script_name,
        settings.shotgun.script_key.get_secret_value(),
        settings.jira.site,
        settings.jira.user,
        settings.jira.secret.get_secret_value(),
        sync_settings=settings.sync,
        sg_http_proxy=settings.shotgun.http_proxy,
    )
