"""Posts events to a bridge from a process of its own, as FPTR's event daemon does."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final
from urllib.parse import urlsplit

from sg_jira.sandbox.sandbox import DAEMON_TOKEN

#: Threads that post; more than are ever waiting for an answer at the usual rate.
_THREADS: Final = 16
_SECONDS: Final = 60


@dataclass(frozen=True)
class Changes:
    """Made-up changes of Tasks' descriptions, each with a number of its own.

    Attributes:
        tasks: ids of the Tasks that are changed in turn.
        project, user: FPTR links.
        first: the number of the first change; what FPTR's event log would call its entry.
    """

    tasks: Sequence[int]
    project: dict[str, Any]
    user: dict[str, Any]
    first: int

    def body(self, number: int) -> tuple[int, dict[str, Any]]:
        """The Task of a change, and what the event daemon would post of it."""
        task = self.tasks[number % len(self.tasks)]
        meta = {
            "type": "attribute_change",
            "attribute_name": "sg_description",
            "entity_type": "Task",
            "entity_id": task,
            "field_data_type": "text",
            "old_value": None,
            "new_value": f"Change {self.first + number}",
        }
        body = {
            "meta": meta,
            "session_uuid": None,
            "user": self.user,
            "project": self.project,
            "entity_type": "Task",
            "entity_id": task,
            "event_log_entry_id": self.first + number,
        }
        return task, body


class _Connections(threading.local):
    """One connection per thread."""

    kept: http.client.HTTPConnection | None = None


class Sender:
    """Posts single events; any thread may use it."""

    def __init__(self, url: str, changes: Changes) -> None:
        parts = urlsplit(url)
        self._place, self._path = parts.netloc, parts.path
        self._changes = changes
        self._connections = _Connections()
        self._all: list[http.client.HTTPConnection] = []

    def post(self, number: int) -> float:
        """Posts a change; gives the milliseconds until it was acknowledged."""
        task, body = self._changes.body(number)
        text = json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {DAEMON_TOKEN}",
            "Content-Type": "application/json",
        }
        if self._connections.kept is None:
            self._connections.kept = http.client.HTTPConnection(self._place, timeout=_SECONDS)
            self._all.append(self._connections.kept)
        connection = self._connections.kept
        begin = time.perf_counter()
        connection.request("POST", f"{self._path}/Task/{task}", text, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The bridge answered {answer.status}: {said.decode()}")
        return (time.perf_counter() - begin) * 1000

    def close(self) -> None:
        """Ends all connections."""
        for connection in self._all:
            connection.close()


def post_steadily(url: str, changes: Changes, rate: float, seconds: float) -> list[float]:
    """Posts at a steady rate, whether or not earlier ones were answered.

    Returns: the milliseconds until each answer.
    """
    begin = time.perf_counter()

    def post(number: int) -> float:
        time.sleep(max(0.0, begin + number / rate - time.perf_counter()))
        return sender.post(number)

    with closing(Sender(url, changes)) as sender, ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(post, range(round(seconds * rate))))


def post_all(url: str, changes: Changes, count: int) -> float:
    """Posts so many changes as fast as they are taken; gives the seconds it took."""
    begin = time.perf_counter()
    with closing(Sender(url, changes)) as sender, ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(sender.post, range(count)):
            pass
    return time.perf_counter() - begin


Send = Callable[..., Any]


@contextmanager
def sending() -> Iterator[Send]:
    """A process that runs one of the functions above: `send(post_steadily, url, ...)`."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield lambda work, *given: pool.submit(work, *given).result()
