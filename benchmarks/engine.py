"""Measures the engine with a handler that does nothing: python benchmarks/engine.py

Acknowledgement time at 50 events/s over HTTP while the engine works, events drained per second,
CPU while idle, memory after 100,000 events. Single runs on whatever else the machine does: orders
of magnitude, not records.
"""

from __future__ import annotations

import logging
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click
import requests

from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.events import SyncEvent, event_from_shotgun
from sg_jira.web import create_app
from sg_jira.web.acceptance import EngineAcceptor
from sg_jira.web.connection import Readiness
from sg_jira.web.http import HTTPServer
from sg_jira.web.reasons import Redaction

KEYS = 200


class IdleBridge:
    """Takes every event and does nothing with it."""

    shotgun = jira = None

    def get_syncer(self, name: str) -> None:
        """Every entry can be used."""

    def sync_in_jira(self, *_: Any, **__: Any) -> bool:
        return True

    sync_in_shotgun = sync_in_jira

    def sync_all_in_jira(self, *_: Any) -> list[bool]:
        return [True]

    sync_all_in_shotgun = sync_all_in_jira


def event(number: int) -> SyncEvent:
    """A change of one of a few hundred Tasks."""
    return event_from_shotgun(
        "default", "Task", number % KEYS, body(number), received_at=datetime.now(timezone.utc)
    )


def body(number: int) -> dict[str, Any]:
    """What the event daemon would post."""
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": f"v{number}"}
    return {"event_log_entry_id": number, "meta": meta, "project": {"type": "Project", "id": 1}}


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def acknowledge(engine: Engine, seconds: int, rate: int) -> list[float]:
    """Posts over HTTP at a steady rate; gives the time of each answer, in milliseconds."""
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
    times, begin = [], time.perf_counter()
    with requests.Session() as session:
        session.trust_env = False
        for number in range(seconds * rate):
            time.sleep(max(0.0, begin + number / rate - time.perf_counter()))
            sent = time.perf_counter()
            url = f"{http.url}/sg2jira/default/Task/{number % KEYS}"
            session.post(url, json=body(10_000_000 + number), timeout=10).raise_for_status()
            times.append((time.perf_counter() - sent) * 1000)
    http.stop()
    serving.join()
    return times


def wait(condition: Callable[[], bool]) -> None:
    """Waits for a condition, looking rarely enough not to disturb."""
    while not condition():
        time.sleep(0.05)


@click.command()
@click.option("--events", default=100_000, show_default=True, help="For drain and memory.")
@click.option("--seconds", default=20, show_default=True, help="Of posting at 50 events/s.")
def main(events: int, seconds: int) -> None:
    """Runs all measurements, one after the other."""
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        options = EngineOptions(Path(folder) / "store.sqlite3")
        engine = Engine(options, IdleBridge, Redaction())
        for number in range(min(events, 20_000)):
            engine.accept(event(number))
        begin = time.perf_counter()
        engine.start()
        wait(lambda: engine.is_idle)
        drained = min(events, 20_000) / (time.perf_counter() - begin)
        click.echo(f"drained, empty handler      {drained:8.0f} events/s, {KEYS} records")
        times = acknowledge(engine, seconds, 50)
        click.echo(
            f"acknowledged at 50 events/s  p50 {percentile(times, 0.5):.1f} ms, "
            f"p99 {percentile(times, 0.99):.1f} ms, longest {max(times):.1f} ms"
        )
        wait(lambda: engine.is_idle)
        used = time.process_time()
        time.sleep(10)
        click.echo(
            f"idle CPU                     {(time.process_time() - used) * 10:.2f} % of a core"
        )
        for number in range(min(events, 20_000), events):
            engine.accept(event(number))
        wait(lambda: engine.is_idle)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = options.store.stat().st_size / 2**20
        click.echo(
            f"after {events} events          {peak:.0f} MiB memory (peak), {size:.0f} MiB store"
        )
        engine.stop(10)


if __name__ == "__main__":
    main()
