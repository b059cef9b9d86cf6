"""One at a time per key, in order of arrival; different keys do not wait for each other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Queues of threads, one queue per key. A key that nobody needs takes no memory."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queues: dict[str, deque[threading.Event]] = {}

    @contextmanager
    def turn(self, key: str) -> Iterator[bool]:
        """Waits until all who came before for this key are done; gives whether there were any.

        A thread that takes a second turn of a key it holds waits for itself, for ever.
        """
        mine = threading.Event()
        with self._guard:
            queue = self._queues.setdefault(key, deque())
            waits = bool(queue)
            queue.append(mine)
        try:
            if waits:
                mine.wait()
            yield waits
        finally:
            with self._guard:
                first = queue[0] is mine
                queue.remove(mine)
                if not queue:
                    del self._queues[key]
                elif first:
                    queue[0].set()
