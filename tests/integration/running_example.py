"""The web service with an example plug-in between the two sites of a sandbox."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from sg_jira.sandbox import Sandbox
from sg_jira.web.serving import BridgeServer, create_server
from tests.conftest import sockets_collected
from tests.settings_files import write_settings_file


@contextmanager
def running_example(sandbox: Sandbox, folder: Path, syncer: str, **settings: Any) -> Iterator[str]:
    """Runs the service with one entry, to which everything on both sites is sent; gives its URL.

    The working directory must be the repository, where the settings file looks for the examples.
    """
    access = sandbox.bridge_settings()
    file = write_settings_file(
        folder,
        shotgun={
            "site": access.sg_site,
            "script_name": access.sg_script_name,
            "script_key": access.sg_script_key,
        },
        jira={"site": access.jira_site, "user": access.jira_user, "secret": access.jira_secret},
        sync={"example": {"syncer": syncer, "settings": settings}},
    )
    server = create_server(0, "127.0.0.1", str(file), environ={**os.environ, **access.proofs})
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        _wait_until_ready(server.url)
        sandbox.is_bridge_idle = _idleness(server)
        sandbox.forward_to(server.url, "example")
        yield server.url
    finally:
        sandbox.stop_forwarding()
        sandbox.is_bridge_idle = lambda: True
        server.stop()
        thread.join(timeout=30)
        with sockets_collected():
            del server


def _idleness(server: BridgeServer) -> Callable[[], bool]:
    return lambda: server.is_idle


def _wait_until_ready(url: str) -> None:
    pause = threading.Event()
    for _ in range(1000):
        answer = requests.get(f"{url}/readyz", timeout=10)
        if answer.ok and answer.json()["settings"]["checked"]:
            return
        pause.wait(0.02)
    raise AssertionError("The bridge did not connect to the sites.")
