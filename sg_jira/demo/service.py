"""Runs the real web service against a sandbox: a settings file, a server, a thread."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from pprint import pformat
from types import TracebackType
from typing import Any, Final

import requests

from sg_jira.sandbox import Sandbox
from sg_jira.web.serving import BridgeServer, create_server

#: The entry of `SYNC`, as the settings file that ships with the bridge has it.
SETTINGS_NAME: Final = "default"
#: What it says for Tasks.
TASKS_ENTRY: Final = {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_type": "Task"}}
_START_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.01

_SETTINGS: Final = '''"""Settings of a bridge between the two sites of a sandbox."""

SHOTGUN = {{
    "site": {sg_site!r},
    "script_name": {sg_script_name!r},
    "script_key": {sg_script_key!r},
}}
JIRA = {{"site": {jira_site!r}, "user": {jira_user!r}, "secret": {jira_secret!r}}}
SYNC = {sync}
FPTR_SOURCE = JIRA_SOURCE = {source!r}
'''
_LOGGING: Final = """LOGGING = {{
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {{
        "lines": {{"format": "%(asctime)s %(levelname)s [%(name)s] %(message)s"}},
    }},
    "handlers": {{
        "file": {{
            "class": "logging.FileHandler",
            "filename": {path!r},
            "encoding": "utf-8",
            "formatter": "lines",
        }},
    }},
    "root": {{"level": "INFO", "handlers": ["file"]}},
}}
"""


#: A bridge that polls looks often here, so that people need not wait.
_POLLING: Final = {"SGJIRA_FPTR_POLL_SECONDS": "0.2", "SGJIRA_JIRA_POLL_SECONDS": "0.2"}


class RunningBridge:
    """The web service between the two sites of a sandbox. Use it in a `with` statement.

    Parameters:
        sandbox: was started; what happens on it is forwarded while the service runs, unless it
            polls.
        folder: where the settings file is written, and the log if there is one.
        log: name of the service's log in the folder; `None` leaves logging as it is.
        entry: of `SYNC`, what is synced.
        source: `webhook`, or `poll` for a bridge that nobody sends anything.
        port: where it listens; 0 takes a free one.
        variables: of the service, besides those that prove who sends.

    Raises:
        RuntimeError: on entering, the service did not connect to the sites in time.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        log: str | None = None,
        entry: Mapping[str, Any] = TASKS_ENTRY,
        source: str = "webhook",
        port: int = 0,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._port = port
        self._variables = dict(variables or {})
        self._entry = entry
        self._source = source
        self._seen: tuple[int, int] | None = None
        self._looks_then: dict[str, tuple[int, int]] = {}
        self._folder = folder
        #: The service's log, if it has one.
        self.log = None if log is None else folder / log
        self._server: BridgeServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the service listens; known once it was started."""
        assert self._server is not None
        return self._server.url

    def __enter__(self) -> RunningBridge:
        file = self._folder / "settings.py"
        settings = write_settings(self._sandbox, file, self.log, self._entry, self._source)
        proofs = self._sandbox.bridge_settings().proofs
        environ = {**os.environ, **proofs, **_POLLING, **self._variables}
        self._server = create_server(self._port, "127.0.0.1", str(settings), environ=environ)
        self._thread = threading.Thread(
            target=self._server.serve, name=f"bridge {self.url}", daemon=True
        )
        self._thread.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        server = self._server
        if self._source == "poll":
            self._sandbox.is_bridge_idle = lambda: self._has_seen_all(server) and server.is_idle
            return self
        self._sandbox.is_bridge_idle = lambda: server.is_idle
        self._sandbox.forward_to(self.url, SETTINGS_NAME)
        return self

    def _has_seen_all(self, server: BridgeServer) -> bool:
        """Whether both sites were looked at since something happened on one of them."""
        happened = self._sandbox.shotgun.last_event_id, self._sandbox.jira.webhooks.announced
        if happened != self._seen:
            self._seen, self._looks_then = happened, server.looks
        return all(done > self._looks_then[name][0] for name, (_, done) in server.looks.items())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sandbox.stop_forwarding()
        self._sandbox.is_bridge_idle = lambda: True
        self._stop()

    @property
    def troubles(self) -> list[str]:
        """What the service has not done of what it was sent, in words; empty when all is done."""
        inbox = self._ask("readyz").json()["inbox"]
        return [
            f"{inbox[state]} events are {state}" for state in ("waiting", "dead") if inbox[state]
        ]

    def _ask(self, path: str) -> requests.Response:
        with requests.Session() as session:
            # A proxy of the environment has no business between two local servers.
            session.trust_env = False
            return session.get(f"{self.url}/{path}", timeout=_START_SECONDS)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            answer = self._ask("readyz")
            if answer.status_code == requests.codes.ok and answer.json()["settings"]["checked"]:
                return
            if time.monotonic() > deadline:
                why = answer.json().get("reason")
                raise RuntimeError(f"The bridge did not connect to the sites: {why}.")
            time.sleep(_POLL_SECONDS)

    def _stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()


def write_settings(
    sandbox: Sandbox,
    path: Path,
    log: Path | None = None,
    entry: Mapping[str, Any] = TASKS_ENTRY,
    source: str = "webhook",
) -> Path:
    """Writes a settings file for a bridge between the sites of a sandbox; gives its path."""
    access = sandbox.bridge_settings()
    sync = pformat({SETTINGS_NAME: dict(entry)}, sort_dicts=False)
    text = _SETTINGS.format(sync=sync, source=source, **vars(access))
    if log is not None:
        text += _LOGGING.format(path=str(log))
    path.write_text(text, encoding="utf-8")
    return path
