"""What is measured of the engine, with a bridge that does nothing.

Run by `engine.py`, in a process of its own for each store, so that memory is that of one engine.
"""

from __future__ import annotations

import gc
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import requests

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.events import SyncEvent, event_from_shotgun
from sg_jira.web import create_app
from sg_jira.web.acceptance import EngineAcceptor
from sg_jira.web.connection import Readiness
from sg_jira.web.http import HTTPServer
from sg_jira.web.reasons import Redaction

#: Records that the events are about.
KEYS: Final = 200
RATE: Final = 50
#: Threads that hand events over when time does not matter, and how far ahead of the work they are.
SENDERS: Final = 16
AHEAD: Final = 2_000
#: Events after which memory counts as warm.
WARM: Final = 10_000


@dataclass(frozen=True)
class Sizes:
    """How much is measured: events in all, events that wait, seconds of posting and of idling."""

    events: int
    backlog: int
    seconds: int
    idle_seconds: int


class IdleBridge:
    """Takes every event and does nothing with it, once it is connected."""

    shotgun = jira = None

    def __init__(self) -> None:
        self.is_connected = False

    def __call__(self) -> IdleBridge:
        if not self.is_connected:
            raise Deferred(Reason.NOT_READY, 5.0, "The bridge is not connected yet.")
        return self

    def get_syncer(self, name: str) -> None:
        """Every entry can be used."""

    def prepare_full_syncs(self, *_: Any) -> tuple[()]:
        return ()

    def reading_ahead(self, ahead: Any) -> Any:
        return nullcontext()

    def sync_in_jira(self, *_: Any, **__: Any) -> bool:
        return True

    sync_in_shotgun = sync_in_jira

    def sync_all_in_jira(self, name: str, kind: str, number: int, events: Any, *_: Any) -> Any:
        return [True] * len(events)

    sync_all_in_shotgun = sync_all_in_jira


def body(number: int) -> dict[str, Any]:
    """What the event daemon would post."""
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": f"v{number}"}
    return {"event_log_entry_id": number, "meta": meta, "project": {"type": "Project", "id": 1}}


def event(number: int) -> SyncEvent:
    """A change of one of the records."""
    return event_from_shotgun(
        "default", "Task", number % KEYS, body(number), received_at=datetime.now(timezone.utc)
    )


def post_steadily(url: str, seconds: int, first: int) -> list[float]:
    """Posts events at a steady rate; gives the milliseconds until each answer."""
    times, begin = [], time.perf_counter()
    with requests.Session() as session:
        session.trust_env = False
        for number in range(seconds * RATE):
            time.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
            sent = time.perf_counter()
            place = f"{url}/sg2jira/default/Task/{number % KEYS}"
            session.post(place, json=body(first + number), timeout=10).raise_for_status()
            times.append((time.perf_counter() - sent) * 1000)
    return times


def acknowledge(engine: Engine, seconds: int, first: int) -> dict[str, float]:
    """Lets another process post over HTTP; tells how fast it was answered."""
    with served(engine) as url, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        times = pool.submit(post_steadily, url, seconds, first).result()
    parts = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "longest": 1.0}
    return {f"{name}_ms": round(percentile(times, part), 1) for name, part in parts.items()}


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """The engine behind its web server."""
    app = create_app(
        EngineAcceptor(engine),
        settings_names=["default"],
        readiness=lambda: Readiness(True, True),
        reset=lambda: None,
        max_body_bytes=2**20,
    )
    http = HTTPServer(app, "127.0.0.1", 0, 2**20)
    http.prepare()
    serving = threading.Thread(target=http.serve, daemon=True)
    serving.start()
    yield http.url
    http.stop()
    serving.join()


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def memory() -> float:
    """MiB of memory that this process has now; where nobody tells that, the most it ever had."""
    gc.collect()
    told = Path("/proc/self/status")
    if told.exists():
        line = next(each for each in told.read_text().splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 1024)


def store_size(engine: Engine, options: EngineOptions) -> float:
    """MiB on disk."""
    if options.database_url is None:
        files = options.store.parent.glob(f"{options.store.name}*")
        return sum(file.stat().st_size for file in files) / 2**20
    with engine.inbox._store.reading() as connection:
        sql = "SELECT pg_database_size(current_database())"
        return connection.exec_driver_sql(sql).scalar_one() / 2**20


def wait(condition: Callable[[], bool]) -> None:
    """Waits for a condition, looking rarely enough not to disturb."""
    while not condition():
        time.sleep(0.05)


def feed(engine: Engine, first: int, last: int) -> None:
    """Accepts events in order, several at once, as several senders would."""
    with ThreadPoolExecutor(SENDERS) as senders:
        for _ in senders.map(lambda number: engine.accept(event(number)), range(first, last)):
            pass


def feed_and_drain(engine: Engine, first: int, last: int) -> None:
    """The same, a few thousand ahead of the work at most."""
    for begin in range(first, last, AHEAD):
        feed(engine, begin, min(begin + AHEAD, last))
        wait(lambda: engine.is_idle)


def measure(options: EngineOptions, sizes: Sizes) -> dict[str, Any]:
    """All measurements of one store, which is empty at first."""
    bridge = IdleBridge()
    engine = Engine(options, bridge, Redaction())
    feed(engine, 0, sizes.backlog)
    engine.start()
    busy = acknowledge(engine, sizes.seconds, first=10_000_000)

    waiting, begin = engine.inspection.overview().waiting, time.perf_counter()
    bridge.is_connected = True
    engine.dispatcher.sweep_soon()
    for key in range(KEYS):
        engine.dispatcher.wake(f"Task:{key}")
    wait(lambda: engine.is_idle)
    drained = waiting / (time.perf_counter() - begin)

    quiet = acknowledge(engine, sizes.seconds, first=20_000_000)
    wait(lambda: engine.is_idle)
    used = time.process_time()
    time.sleep(sizes.idle_seconds)
    idle = (time.process_time() - used) / sizes.idle_seconds

    feed_and_drain(engine, sizes.backlog, WARM)
    warm = memory()
    feed_and_drain(engine, max(sizes.backlog, WARM), sizes.events)
    grown, size = memory() - warm, store_size(engine, options)
    engine.stop(10)
    return {
        "acknowledged_at_50_per_second": quiet,
        "acknowledged_with_backlog": busy,
        "drained_per_second": round(drained),
        "idle_cpu_percent": round(idle * 100, 2),
        "memory_after_10000_mib": round(warm, 1),
        "memory_growth_mib": round(grown, 1),
        "store_mib": round(size, 1),
    }
