"""One at a time per key, in order of arrival; different keys do not wait for each other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from cachetools import TTLCache

from sg_jira.seats import waiting

#: Seconds for which it is remembered that somebody had a turn, and how many are remembered. What
#: was read ahead of a turn may be five minutes old.
MEMORY: Final = 600.0
_MEMORIES: Final = 10_000


class Turns:
    """Queues of threads, one queue per key. A key that nobody needs takes no memory for long."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._lately: TTLCache[str, None] = TTLCache(_MEMORIES, MEMORY)
        self._queues: dict[str, deque[threading.Event]] = {}

    def is_taken(self, key: str) -> bool:
        """Whether somebody has a turn of this key at this moment."""
        with self._guard:
            return key in self._queues

    @contextmanager
    def turn(self, key: str) -> Iterator[bool]:
        """Waits until all who came before for this key are done.

        Gives whether anybody had a turn of this key just before: then what was read ahead of
        the turn may be out of date.

        A thread that takes a second turn of a key it holds waits for itself, for ever.
        """
        mine = threading.Event()
        with self._guard:
            queue = self._queues.setdefault(key, deque())
            waits = bool(queue)
            others = waits or key in self._lately
            queue.append(mine)
        try:
            if waits:
                with waiting():
                    mine.wait()
            yield others
        finally:
            with self._guard:
                self._leave(key, mine)

    def _leave(self, key: str, mine: threading.Event) -> None:
        """Lets the next one have the turn; the guard is held."""
        self._lately[key] = None
        queue = self._queues[key]
        is_first = queue[0] is mine
        queue.remove(mine)
        if not queue:
            del self._queues[key]
        elif is_first:
            queue[0].set()

    @contextmanager
    def free_turns(self, keys: Iterable[str]) -> Iterator[list[str]]:
        """Takes the turns of those keys that nobody has a turn of; waits for nobody.

        Gives these keys.
        """
        mine = threading.Event()
        with self._guard:
            taken = [key for key in dict.fromkeys(keys) if key not in self._queues]
            for key in taken:
                self._queues[key] = deque([mine])
        try:
            yield taken
        finally:
            with self._guard:
                for key in taken:
                    self._leave(key, mine)
