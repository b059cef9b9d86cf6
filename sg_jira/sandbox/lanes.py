"""The way of messages to one receiver: a queue and threads. Knows neither FPTR nor Jira."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import requests
import urllib3

Message = TypeVar("Message")


@dataclass(order=True)
class _Waiting(Generic[Message]):
    """A message that is sent when its time has come, those of one time in the order of arrival."""

    due: float
    number: int
    message: Message = field(compare=False)


class Lane(Generic[Message]):
    """Sends messages one after another, from a thread of its own, or several at once.

    Parameters:
        name: of the threads.
        condition: guards the queue. Its lock is that of the site's store, so that a change and
            its messages become visible together.
        send: sends what is due, without the lock; gives what is to be sent again and the seconds
            until then. What it notes of the outcome is noted before it returns.
        size: how many messages `send` takes at once at most.
        held: whether nothing may be sent at present.
        at_once: how many threads send; with several, messages may overtake each other.
    """

    def __init__(
        self,
        name: str,
        condition: threading.Condition,
        send: Callable[[list[Message]], Iterable[tuple[float, Message]]],
        size: Callable[[], int] = lambda: 1,
        held: Callable[[], bool] = lambda: False,
        at_once: int = 1,
    ) -> None:
        self._condition = condition
        self._send = send
        self._size = size
        self._held = held
        self._numbers = itertools.count()
        self._queue: list[_Waiting[Message]] = []
        self._busy = 0
        self._ended = False
        for _ in range(at_once):
            threading.Thread(target=self._run, name=name, daemon=True).start()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way. The caller holds the lock."""
        return not self._queue and not self._busy

    def put(self, message: Message, delay: float = 0.0) -> None:
        """Queues a message, to be sent in so many seconds. The caller holds the lock."""
        due = time.monotonic() + delay
        heapq.heappush(self._queue, _Waiting(due, next(self._numbers), message))
        self._condition.notify_all()

    def end(self) -> None:
        """Drops what was not sent and ends the thread. The caller holds the lock."""
        self._ended = True
        self._queue.clear()
        self._condition.notify_all()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._ended and not (messages := self._due()):
                    self._condition.wait(self._pause())
                if self._ended:
                    return
                self._busy += 1
            again = self._send(messages)
            with self._condition:
                self._busy -= 1
                for delay, message in () if self._ended else again:
                    self.put(message, delay)
                self._condition.notify_all()

    def _due(self) -> list[Message]:
        messages: list[Message] = []
        now, size = time.monotonic(), self._size()
        while not self._held() and len(messages) < size and self._is_due(now):
            messages.append(heapq.heappop(self._queue).message)
        return messages

    def _is_due(self, now: float) -> bool:
        return bool(self._queue) and self._queue[0].due <= now

    def _pause(self) -> float | None:
        """Seconds until the next message is due; `None` when only a notice can change anything."""
        if not self._queue or self._held():
            return None
        return max(0.0, self._queue[0].due - time.monotonic())


def post(
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    timeout: tuple[float, float],
    verify: bool = True,
) -> requests.Response:
    """Posts over a connection of its own, for a kept one may have died. Follows no redirect.

    Parameters:
        timeout: seconds to connect, and to wait for an answer.
        verify: whether the receiver's certificate must be valid.

    Raises:
        requests.RequestException: there was no answer.
    """
    if not verify:
        # Whoever turned it off knows.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    with requests.Session() as session:
        # A proxy of the environment has no business between two local servers.
        session.trust_env = False
        options: dict[str, Any] = {"timeout": timeout, "verify": verify, "allow_redirects": False}
        return session.post(url, data=content, headers=dict(headers), **options)
