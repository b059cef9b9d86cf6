"""The bridge in a process of its own: as it is shipped, or as naive as one would first write it."""

from __future__ import annotations

import gc
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from sg_jira.engine.passes import Passes
from sg_jira.lasting_cache import LastingCache
from sg_jira.web.serving import create_server

#: Seconds until it has to be connected.
_START_SECONDS: Final = 60.0


@contextmanager
def naively() -> Iterator[None]:
    """Nothing is remembered between events, and each event is handed over alone."""
    plain = LastingCache.__init__

    def without_lifetime(self: Any, lifetime: float, *args: Any, **kwargs: Any) -> None:
        plain(self, 0, *args, **kwargs)

    with (
        patch.object(LastingCache, "__init__", without_lifetime),
        patch.object(Passes, "together", lambda self, entries: [entries[0]]),
    ):
        yield


class Service:
    """The web service with its engine, connected to the sites.

    Parameters:
        settings: the settings file.
        variables: the service's own.
        naive: see `naively`; with one worker, if the variables say so.
    """

    def __init__(self, settings: Path, variables: Mapping[str, str], naive: bool) -> None:
        self._way = ExitStack()
        if naive:
            self._way.enter_context(naively())
        environ = {**os.environ, **variables}
        self._server = create_server(0, "127.0.0.1", str(settings), environ=environ)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        wait(lambda: self._server._connection.readiness().connected, _START_SECONDS)

    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    def process_id(self) -> int:
        """Of the process, for whoever wants to look into it."""
        return os.getpid()

    def is_idle(self) -> bool:
        """Whether no event waits or is worked on."""
        return self._server.is_idle

    def waiting(self) -> int:
        """Events that are not done."""
        return self._server._engine.inspection.overview().waiting

    def cpu_seconds(self) -> float:
        """Seconds of a core that it has used."""
        return time.process_time()

    def memory(self) -> float:
        """See the function."""
        return memory()

    def stop(self) -> None:
        """Ends it."""
        self._server.stop()
        self._thread.join()
        self._way.close()


class ServiceProcess(BaseManager):
    """Makes a `Service` in a process of its own; use it in a `with` statement."""

    def __init__(self) -> None:
        super().__init__(ctx=get_context("spawn"))


ServiceProcess.register("Service", Service)


def memory() -> float:
    """MiB of memory that this process has now; where nobody tells that, the most it ever had."""
    gc.collect()
    told = Path("/proc/self/status")
    if told.exists():
        line = next(each for each in told.read_text().splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 1024)


def wait(condition: Callable[[], bool], seconds: float = 600.0, pause: float = 0.02) -> None:
    """Waits for a condition, looking rarely enough not to disturb.

    Raises:
        TimeoutError: it did not come true.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:.0f} s in vain.")
        time.sleep(pause)
