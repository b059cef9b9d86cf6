"""Runs the web service as a daemon (Linux, macOS): start, stop, restart, status.

    python service.py --settings settings.py start

Under systemd run `sg-jira serve` in the foreground instead: docs/sg-jira.service is a unit for it.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import BinaryIO, Final, NoReturn

import click

import webapp

try:
    import fcntl

    import daemon
except ImportError as error:
    raise RuntimeError(
        f"service.py needs Linux or macOS and the Python package python-daemon ({error}). "
        "On Windows use win_service.py."
    ) from error

logger = logging.getLogger("service")

PID_FILE: Final = "/tmp/sg_jira.pid"
#: Seconds that requests at work are given when the service stops, and a bit for the rest.
STOP_SECONDS: Final = 60.0
#: Seconds that a new daemon waits for whoever looks into the pid file at this very moment.
_LOCK_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.05
_LOG_FORMAT: Final = "%(asctime)s %(levelname)s [%(name)s] %(message)s"
_SYSLOG_FORMAT: Final = "sg_jira[%(process)d]: %(levelname)s [%(name)s] %(message)s"
_SYSLOG_SOCKETS: Final = ("/dev/log", "/var/run/syslog")
_SYSLOG_PORT: Final = ("localhost", logging.handlers.SYSLOG_UDP_PORT)


class ServiceError(RuntimeError):
    """The service cannot be started or stopped; the message says why."""


# ---------------------------------------------------------------- the four actions


def start(
    pid_file: str,
    port_number: int,
    listen_address: str,
    settings: str,
    log_file: str | None = None,
) -> None:
    """Starts the daemon, and returns when it listens.

    It keeps the working directory, so that paths in the settings mean what they mean in the
    foreground.

    Parameters:
        pid_file: where the daemon's process id is kept while it runs.
        port_number, listen_address, settings: as for `webapp.create_server`.
        log_file: where it logs, besides what LOGGING in the settings says; syslog by default.

    Raises:
        ServiceError: it runs already, or it cannot start.
    """
    pid = status(pid_file)
    if pid is not None:
        raise ServiceError(f"The service runs already, with process id {pid}.")
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _Daemon(
            pid_file=os.path.abspath(pid_file),
            port_number=port_number,
            listen_address=listen_address,
            settings=os.path.abspath(settings),
            log_file=os.path.abspath(log_file) if log_file else None,
            report=writing,
        ).run()
    os.close(writing)
    with os.fdopen(reading, "rb") as report:
        failure = report.read().decode("utf-8", "replace")
    os.waitpid(child, 0)
    if failure != _STARTED:
        raise ServiceError(failure or "The service ended while it started; look into its log.")


def stop(pid_file: str) -> None:
    """Ends the daemon once the requests at work are done, and removes the pid file.

    A daemon that is not done after a minute is killed. Nothing to stop is fine.

    Raises:
        ServiceError: the daemon belongs to another user.
    """
    pid = status(pid_file)
    if pid is not None:
        _send(pid, signal.SIGTERM)
        if not _ends(pid, STOP_SECONDS):
            logger.warning("Process %d is not done after %.0f s, it is killed.", pid, STOP_SECONDS)
            _send(pid, signal.SIGKILL)
            _ends(pid, STOP_SECONDS)
    if _read_pid(pid_file) is not None:
        Path(pid_file).unlink(missing_ok=True)


def restart(
    pid_file: str,
    port_number: int,
    listen_address: str,
    settings: str,
    log_file: str | None = None,
) -> None:
    """`stop`, then `start`."""
    stop(pid_file)
    start(pid_file, port_number, listen_address, settings, log_file)


def status(pid_file: str) -> int | None:
    """The process id of the running daemon.

    Returns:
        `None` when the file is missing, empty or no number, when it names no live process, or
        one that began after the file was written: then the id has been given to another program.
    """
    try:
        with open(pid_file, "rb") as file:
            pid = _parse_pid(file.read(32))
            if pid is None:
                return None
            if _is_locked(file):
                return pid
            written = os.fstat(file.fileno()).st_mtime
    except OSError:  # there is no such file, or it cannot be read
        return None
    began = _began(pid) if _is_alive(pid) else float("inf")
    # A pid file without lock was written by another version of the bridge.
    return pid if began <= written + 2 else None


# ---------------------------------------------------------------- the daemon itself

_STARTED: Final = "started"


@dataclass
class _Daemon:
    """What runs in the forked process; `report` is a pipe to whoever runs `start`."""

    pid_file: str
    port_number: int
    listen_address: str
    settings: str
    log_file: str | None
    report: int | None

    def run(self) -> NoReturn:
        """Detaches, serves until SIGTERM, and ends the process."""
        code = 1
        umask = os.umask(0)
        os.umask(umask)
        try:
            with daemon.DaemonContext(
                detach_process=True,
                working_directory=os.getcwd(),
                umask=umask,
                pidfile=PidFile(self.pid_file),
                files_preserve=[self.report],
                signal_map={
                    signal.SIGTERM: _terminate,
                    signal.SIGHUP: None,
                    signal.SIGTSTP: None,
                },
            ):
                self._serve()
            code = 0
        except BaseException as error:  # nobody else is there to be told
            logger.critical("The service ended.", exc_info=True)
            self._tell(str(error) or type(error).__name__)
        finally:
            logging.shutdown()
            os._exit(code)  # what the process was before the fork is none of our business

    def _serve(self) -> None:
        server = webapp.create_server(self.port_number, self.listen_address, self.settings)
        _log_to(self.log_file)
        logger.info("Listening on %s with the settings of %s.", server.url, self.settings)
        self._tell(_STARTED)
        try:
            server.serve_forever()
        except SystemExit:
            logger.info("Stopped.")

    def _tell(self, text: str) -> None:
        """Tells whoever runs `start`; only the first text counts."""
        if self.report is not None:
            os.write(self.report, text.encode("utf-8"))
            os.close(self.report)
            self.report = None


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    """Ends the service; being asked again does not hurry it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit


def _log_to(log_file: str | None) -> None:
    """Adds a log file or syslog to what LOGGING in the settings says."""
    handler: logging.Handler
    if log_file:
        handler = logging.handlers.WatchedFileHandler(log_file, encoding="utf-8")
    else:
        sockets = [path for path in _SYSLOG_SOCKETS if os.path.exists(path)]
        handler = logging.handlers.SysLogHandler(sockets[0] if sockets else _SYSLOG_PORT)
    handler.setFormatter(logging.Formatter(_LOG_FORMAT if log_file else _SYSLOG_FORMAT))
    logging.getLogger().addHandler(handler)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


# ---------------------------------------------------------------- the pid file


class PidFile:
    """Holds the process id while the daemon runs, locked so that nobody can mistake it.

    Parameters:
        path: the file. One that was left over is taken; one that is no pid file is not.

    Raises:
        ServiceError: on entering, another daemon holds it, or it is something else.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> PidFile:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not self._take():
            if time.monotonic() > deadline:
                raise ServiceError(f"Another process holds the pid file {self._path}.")
            time.sleep(_POLL_SECONDS)
        return self

    def _take(self) -> bool:
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
        content = file.read(32)
        if content.strip() and _parse_pid(content) is None:
            file.close()
            raise ServiceError(f"{self._path} is no pid file. Give another one with --pid_file.")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(file.fileno()), os.stat(self._path))
        except OSError:  # it is locked, or was removed after it had been opened
            is_ours = False
        if not is_ours:
            file.close()
            return False
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        self._file = file
        return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            Path(self._path).unlink(missing_ok=True)
            self._file.close()
            self._file = None


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _parse_pid(content: bytes) -> int | None:
    text = content.strip()
    return int(text) if text.isdigit() and 0 < int(text) < 2**31 else None


def _read_pid(pid_file: str) -> int | None:
    try:
        return _parse_pid(Path(pid_file).read_bytes()[:32])
    except OSError:
        return None


# ---------------------------------------------------------------- processes


def _send(pid: int, number: signal.Signals) -> None:
    try:
        with contextlib.suppress(ProcessLookupError):  # it may just have ended
            os.kill(pid, number)
    except PermissionError:
        raise ServiceError(
            f"The service runs with process id {pid} and belongs to another user, who has to "
            "stop it."
        ) from None


def _ends(pid: int, seconds: float) -> bool:
    """Waits until a process has ended. Returns whether it did in time."""
    deadline = time.monotonic() + seconds
    while _is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not yet fetched does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it belongs to somebody else
    return _stat(pid)[:1] not in (["Z"], ["X"])


def _began(pid: int) -> float:
    """When the process began, in seconds since the epoch; 0 where the system does not tell."""
    fields = _stat(pid)
    try:
        boot = next(
            line.split()[1]
            for line in Path("/proc/stat").read_text(encoding="ascii").splitlines()
            if line.startswith("btime ")
        )
        return int(boot) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, StopIteration, IndexError):  # not Linux
        return 0.0


def _stat(pid: int) -> list[str]:
    """The fields of Linux's /proc/<pid>/stat from the process's state on; see proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


# ---------------------------------------------------------------- the command line

_EXAMPLES = """\b
Examples:
  python service.py --settings settings.py start
  python service.py --settings settings.py --listen_address 0.0.0.0 --log_file bridge.log restart

\b
Exit codes:
  0  done; start: it runs now, or did already; status: it runs
  1  it cannot be started or stopped; the message says why
  2  the command line cannot be understood
  3  status: it does not run
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    required=True,
    metavar="FILE",
    help="Settings file, a Python file that defines SHOTGUN, JIRA and SYNC.",
)
@click.option(
    "--pid_file",
    "--pid-file",
    default=PID_FILE,
    show_default=True,
    metavar="FILE",
    help="Keeps the process id.",
)
@click.option(
    "--log_file",
    "--log-file",
    metavar="FILE",
    help="Log file, besides what the settings say; syslog when it is left out.",
)
@click.option(
    "--port",
    default=9090,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port to listen on; 0 for a free one.",
)
@click.option(
    "--listen_address",
    "--listen-address",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDR",
    help="IPv4 address to listen on; 0.0.0.0 for all interfaces.",
)
@click.argument("action", type=click.Choice(["start", "stop", "restart", "status"]))
def main(
    settings: str,
    pid_file: str,
    log_file: str | None,
    port: int,
    listen_address: str,
    action: str,
) -> None:
    """Runs the web service as a daemon of this machine.

    It stops once the requests at work are done. Relative paths, also those in the settings, count
    from the directory in which it is started.
    """
    running = status(pid_file)
    try:
        if action == "start" and running is not None:
            click.echo(f"Runs already, with process id {running}.")
        elif action == "status":
            click.echo("Does not run." if running is None else f"Runs with process id {running}.")
            sys.exit(3 if running is None else 0)
        else:
            if action in ("stop", "restart"):
                stop(pid_file)
                click.echo("Did not run." if running is None else f"Stopped process {running}.")
            if action in ("start", "restart"):
                start(pid_file, port, listen_address, settings, log_file)
                click.echo(f"Started with process id {status(pid_file)}.")
    except ServiceError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
