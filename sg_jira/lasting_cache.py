"""A cache that several threads share: values live for a while, and each miss is asked for once.

It remembers what exists, never that something is missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from cachetools import TTLCache

from sg_jira.seats import waiting

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LastingCache(Generic[Key, Value]):
    """Values by key, each good for `lifetime` seconds.

    Parameters:
        lifetime: how long a value is used, in seconds. `math.inf` keeps it until it is
            forgotten; `0` keeps nothing, and threads that ask at once still share one answer.
        bound: how many values are kept at most; the least recently used goes first.
        timer: the clock, in seconds.
    """

    def __init__(
        self,
        lifetime: float,
        bound: int = 1024,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()
        self._kept: TTLCache[Key, Value] = TTLCache(bound, lifetime, timer)
        self._flights: dict[Key, Future[Value | None]] = {}

    def get(self, key: Key, load: Callable[[], Value | None]) -> Value | None:
        """The value of `key`, from `load()` when it is not known.

        Threads that miss at once wait for one call of `load`, and share its answer. Neither an
        exception nor `None` is remembered. `load` must not ask for the same key again.

        Raises:
            Exception: whatever `load` raises.
        """
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                return known
            flight = self._flights.get(key)
            is_pilot = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if is_pilot:
            self._fly(key, flight, load)
        with waiting():
            has_failed = flight.exception() is not None
        # One thread's call may fail by what its own event is bound to. As another's failure it
        # would not be known to be passing.
        return load() if has_failed else flight.result()

    def known(self, key: Key) -> Value | None:
        """The value of `key` if it is remembered; nobody is asked."""
        with self._lock:
            return self._kept.get(key)

    def _fly(
        self, key: Key, flight: Future[Value | None], load: Callable[[], Value | None]
    ) -> None:
        try:
            value = load()
        except BaseException as error:
            self._land(key, flight, None)
            flight.set_exception(error)
            raise
        self._land(key, flight, value)
        flight.set_result(value)

    def _land(self, key: Key, flight: Future[Value | None], value: Value | None) -> None:
        with self._lock:
            # A flight that began before the key was forgotten brings an old value: not kept.
            if self._flights.get(key) is not flight:
                return
            del self._flights[key]
            if value is not None:
                self._kept[key] = value

    def forget(self, key: Key) -> None:
        """Asks anew for this key next time, even if it is being asked for right now."""
        with self._lock:
            self._kept.pop(key, None)
            self._flights.pop(key, None)

    def clear(self) -> None:
        """Forgets every key."""
        with self._lock:
            self._kept.clear()
            self._flights.clear()
