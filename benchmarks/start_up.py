"""How soon a service that is started answers, and what it uses while nothing happens."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import requests

from benchmarks.scene import Scene, scene
from benchmarks.sizes import Sizes
from sg_jira.demo.service import write_settings

_WEBAPP: Final = Path(__file__).parents[1] / "webapp.py"
_PATIENCE: Final = 120.0


def measure(sizes: Sizes) -> dict[str, Any]:
    """See `measure_in`."""
    with scene() as play:
        return measure_in(play, sizes)


def measure_in(play: Scene, sizes: Sizes) -> dict[str, Any]:
    """Seconds until a service answers and until it is connected; % of a core, and MiB, of one
    that is idle."""
    play.settle()
    used = play.service.cpu_seconds()
    time.sleep(sizes.idle)
    idle = (play.service.cpu_seconds() - used) / sizes.idle
    with TemporaryDirectory(prefix="sgjira-bench-") as folder:
        settings = write_settings(play.sites, Path(folder) / "settings.py")
        starts = [_start(settings) for _ in range(sizes.starts)]
    return {
        "answers_seconds": round(median(answers for answers, _ in starts), 2),
        "connected_seconds": round(median(connected for _, connected in starts), 2),
        "idle_cpu_percent": round(idle * 100, 2),
        "memory_mib": round(play.service.memory(), 1),
    }


def _start(settings: Path) -> tuple[float, float]:
    """Seconds from the command to the first answer, and to being ready."""
    port = _free_port()
    command = [sys.executable, str(_WEBAPP), "--settings", str(settings), "--port", str(port)]
    begin = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            answers = _wait_for(f"{url}/healthz", begin)
            return answers, _wait_for(f"{url}/readyz", begin)
        finally:
            process.terminate()


def _wait_for(url: str, begin: float) -> float:
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() - begin < _PATIENCE:
            try:
                if session.get(url, timeout=5).ok:
                    return time.monotonic() - begin
            except requests.ConnectionError:
                pass  # it is not there yet
            time.sleep(0.02)
    raise TimeoutError(f"{url} did not answer within {_PATIENCE:.0f} s.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port
