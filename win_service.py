"""Runs the web service as a Windows service.

    python win_service.py install|start|stop|restart|remove

Variables of the system's environment, since a service has no command line:

    SGJIRA_SETTINGS_FILE    settings file (default: settings.py beside this script)
    SGJIRA_PORT_NUMBER      port to listen on (9090)
    SGJIRA_LISTEN_ADDRESS   IPv4 address to listen on (127.0.0.1); 0.0.0.0 for all interfaces

Relative paths in the settings count from the directory of the settings file. Warnings and errors
go to the Event Viewer, besides what LOGGING in the settings says.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import webapp
from sg_jira.errors import StoreError

try:
    import servicemanager
    import win32service
    import win32serviceutil
except ImportError as error:
    raise RuntimeError(
        f"win_service.py needs Windows and the Python package pywin32 ({error}). On Linux and "
        "macOS use service.py."
    ) from error

if TYPE_CHECKING:
    from sg_jira.web.serving import BridgeServer

HERE: Final = Path(__file__).resolve().parent
#: Milliseconds that Windows is told to wait for the requests at work.
_STOP_MILLISECONDS: Final = 60_000


@dataclass(frozen=True)
class Options:
    """What the service is started with."""

    settings: Path
    port: int
    listen_address: str


def read_options(environ: Mapping[str, str], folder: Path) -> Options:
    """The options from the environment.

    Parameters:
        environ: the process environment.
        folder: where the settings file is by default.

    Raises:
        ValueError: the port is none.
    """
    port = environ.get("SGJIRA_PORT_NUMBER", "").strip() or "9090"
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError(f"SGJIRA_PORT_NUMBER must be a port, a number up to 65535, not {port!r}.")
    settings = environ.get("SGJIRA_SETTINGS_FILE", "").strip() or "settings.py"
    return Options(
        settings=folder / settings,
        port=int(port),
        listen_address=environ.get("SGJIRA_LISTEN_ADDRESS", "").strip() or "127.0.0.1",
    )


class EventViewer(logging.Handler):
    """Writes log records to the Event Viewer, each under its kind."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record."""
        if record.levelno >= logging.ERROR:
            write = servicemanager.LogErrorMsg
        elif record.levelno >= logging.WARNING:
            write = servicemanager.LogWarningMsg
        else:
            write = servicemanager.LogInfoMsg
        write(self.format(record))


class BridgeService(win32serviceutil.ServiceFramework):  # type: ignore[misc]
    """What Windows starts and stops. Windows calls the two `Svc...` methods by their names."""

    _svc_name_ = "ShotgunJiraBridge"
    _svc_display_name_ = "Flow Production Tracking Jira Bridge"
    _svc_description_ = "Keeps Flow Production Tracking and Jira in step, both ways."

    def __init__(self, args: Any) -> None:
        super().__init__(args)
        self._server: BridgeServer | None = None
        self._guard = threading.Lock()
        self._stopping = False

    def SvcDoRun(self) -> None:  # noqa: N802
        """Serves until the service is stopped; what it raises is in the Event Viewer."""
        try:
            server = self._create_server()
        except (ValueError, ImportError, OSError, StoreError) as error:
            servicemanager.LogErrorMsg(f"The bridge cannot start: {error}")
            raise
        with self._guard:
            self._server = server
            stopped_already = self._stopping
        servicemanager.LogInfoMsg(f"The bridge listens on {server.url}.")
        if stopped_already:
            server.stop()
        else:
            server.serve_forever()
        servicemanager.LogInfoMsg("The bridge has stopped.")

    def SvcStop(self) -> None:  # noqa: N802
        """Lets the requests at work finish. Returns at once, Windows wants it so."""
        self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, _STOP_MILLISECONDS)
        with self._guard:
            self._stopping = True
            server = self._server
        if server is not None:
            threading.Thread(target=server.stop, name="stop").start()

    def _create_server(self) -> BridgeServer:
        options = read_options(os.environ, HERE)
        # Windows starts services in its own directory.
        os.chdir(options.settings.parent)
        server = webapp.create_server(options.port, options.listen_address, str(options.settings))
        handler = EventViewer(logging.WARNING)
        handler.setFormatter(logging.Formatter("%(levelname)s [%(name)s] %(message)s"))
        logging.getLogger().addHandler(handler)
        return server


if __name__ == "__main__":
    win32serviceutil.HandleCommandLine(BridgeService)
