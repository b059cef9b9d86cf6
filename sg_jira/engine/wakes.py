"""Puts wakes into procrastinate's queue: one drain job per key, and timers for later ones.

Any thread may use it. Who works on the jobs is `procrastinate_dispatcher`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg_pool import ConnectionPool

from sg_jira.engine.postgres import CONNECT_ARGUMENTS, connection_text
from sg_jira.engine.schema import Lane
from sg_jira.errors import StoreAway

QUEUE: Final = "sg-jira"
#: Drains of back-fill have a queue of their own, which not all workers serve.
BULK_QUEUE: Final = "sg-jira-bulk"
DRAIN: Final = "sg_jira.drain"
TIMER: Final = "sg_jira.timer"
SWEEP: Final = "sg_jira.sweep"
#: Seconds to wait for a connection.
_PATIENCE: Final = 5.0
#: A sweep is short and wakes others, so it goes first. People's changes go before back-fill.
SWEEP_PRIORITY: Final = 10
LIVE_PRIORITY: Final = 0
BULK_PRIORITY: Final = -10


class Wakes:
    """See the module.

    Parameters:
        url: of the database.
        connections: the most that are open at the same time.
    """

    def __init__(self, url: str, connections: int = 4) -> None:
        self._pool = ConnectionPool(
            connection_text(url),
            kwargs=CONNECT_ARGUMENTS,
            min_size=1,
            max_size=connections,
            timeout=_PATIENCE,
            check=ConnectionPool.check_connection,
            open=False,
        )
        self._connector = SyncPsycopgConnector()
        self._app = App(connector=self._connector)
        self._opening = threading.Lock()
        self._is_open = False

    def wake(self, key: str, at: datetime | None = None, lane: Lane = Lane.LIVE) -> None:
        """Lets a key be drained now, or at a time. Raises `StoreAway` when that is impossible.

        A wake for now never waits for one that is set for later: that is a job of another kind,
        without the key's lock. One in the live lane takes a job of back-fill over.
        """
        if at is not None:
            named = {"key": key, "lane": lane.value}
            if not self._put(TIMER, named, queueing_lock=timer_of(key), schedule_at=at):
                self._hurry(key, at, lane)
        elif not self._put(DRAIN, {"key": key}, lock=key, queueing_lock=key, **_PLACES[lane]):
            self._prefer(key, lane)

    def sweep(self, hurry: bool) -> None:
        """Lets some worker look for forgotten keys. Raises `StoreAway`.

        Parameters:
            hurry: whether to wake keys also whose events could run before their timers end.
        """
        lock = f"{SWEEP} hurry" if hurry else SWEEP
        self._put(SWEEP, {"hurry": hurry}, queueing_lock=lock, priority=SWEEP_PRIORITY)

    def planned(self) -> dict[str, datetime | None]:
        """Keys that are drained, or will be: when, `None` for now. Raises `StoreAway`."""
        with self._talking() as connector:
            rows = connector.execute_query_all(
                "SELECT args ->> 'key' AS key, bool_or(scheduled_at IS NULL) AS now, "
                "min(scheduled_at) AS at FROM procrastinate_jobs "
                "WHERE status IN ('todo', 'doing') AND args ? 'key' GROUP BY 1"
            )
        return {row["key"]: None if row["now"] else row["at"] for row in rows}

    def close(self) -> None:
        """Closes all connections."""
        with self._opening:
            if self._is_open:
                self._pool.close()
                self._is_open = False

    def _put(self, task: str, arguments: dict[str, Any], **options: Any) -> bool:
        """Inserts a job; gives whether it was not there yet."""
        with self._talking():
            try:
                self._app.configure_task(task, **{"queue": QUEUE, **options}).defer(**arguments)
            except AlreadyEnqueued:
                return False
        return True

    def _hurry(self, key: str, at: datetime, lane: Lane) -> None:
        """Sets a timer that is there to an earlier time, or to the live lane."""
        with self._talking() as connector:
            connector.execute_query(
                "UPDATE procrastinate_jobs SET scheduled_at = least(scheduled_at, %(at)s), "
                "args = args || %(more)s WHERE queueing_lock = %(timer)s AND status = 'todo'",
                at=at,
                more={"lane": lane.value} if lane is Lane.LIVE else {},
                timer=timer_of(key),
            )

    def _prefer(self, key: str, lane: Lane) -> None:
        """Moves a job of back-fill that waits to the live lane, if that is what is wanted."""
        if lane is Lane.BULK:
            return
        with self._talking() as connector:
            connector.execute_query(
                "UPDATE procrastinate_jobs SET queue_name = %(queue)s, priority = %(priority)s "
                "WHERE queueing_lock = %(key)s AND status = 'todo' AND queue_name = %(bulk)s",
                key=key,
                bulk=BULK_QUEUE,
                **_PLACES[Lane.LIVE],
            )

    @contextmanager
    def _talking(self) -> Iterator[SyncPsycopgConnector]:
        try:
            with self._opening:
                if not self._is_open:
                    self._pool.open()
                    self._app.open(self._pool)
                    self._is_open = True
            yield self._connector
        except (ConnectorException, psycopg.Error) as error:
            said = error.__cause__ or error
            raise StoreAway(f"The store cannot be used at the moment: {said}") from error


_PLACES: Final[dict[Lane, dict[str, Any]]] = {
    Lane.LIVE: {"queue": QUEUE, "priority": LIVE_PRIORITY},
    Lane.BULK: {"queue": BULK_QUEUE, "priority": BULK_PRIORITY},
}


def timer_of(key: str) -> str:
    """What keeps a key's timers to a single one."""
    return f"{key}@timer"
