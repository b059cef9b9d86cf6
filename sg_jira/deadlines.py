"""A deadline for a whole call: the limits of sockets hold for each piece of an answer only.

A site that sends one byte now and then would hold its thread for ever. When the time is up, the
call's socket is shut down, which ends the call wherever it is.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from sg_jira.seats import waiting

#: Seconds to connect to a site, to wait for each piece of an answer, and for a call in all,
#: where nobody says otherwise.
CONNECT: Final = 5.0
READ: Final = 15.0
TOTAL: Final = 30.0


class _Deadline:
    """Shuts the watched socket down when it expires.

    Parameters:
        at: when that is, in seconds of the monotonic clock.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_over = False

    def watch(self, watched: socket.socket) -> None:
        with self._lock:
            self._socket = watched
            if self.is_over:
                _shut(watched)

    def expire(self) -> None:
        with self._lock:
            self.is_over = True
            if self._socket is not None:
                _shut(self._socket)


class _Watchman:
    """Lets deadlines expire, all of them in one thread: one per call would cost more than it does.

    The thread is started by the first deadline, and again in a process that was forked since.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running: set[_Deadline] = set()
        self._next = math.inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: _Deadline) -> None:
        """Watches a deadline."""
        with self._condition:
            if self._thread is None or not self._thread.is_alive():
                self._running = {deadline}  # any other one is of the process that was forked
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
                return
            self._running.add(deadline)
            if deadline.at < self._next:
                self._condition.notify()

    def remove(self, deadline: _Deadline) -> None:
        """Watches it no more; the thread finds out when it next looks."""
        with self._condition:
            self._running.discard(deadline)

    def _watch(self) -> None:
        while True:
            with self._condition:
                now = time.monotonic()
                over = [deadline for deadline in self._running if deadline.at <= now]
                self._running.difference_update(over)
                self._next = min((deadline.at for deadline in self._running), default=math.inf)
                if not over:
                    pause = self._next - now
                    self._condition.wait(None if pause == math.inf else pause)
            for deadline in over:
                deadline.expire()


_watchman: Final = _Watchman()


def _shut(watched: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        # Past TLS, whose state belongs to the thread that reads.
        socket.socket.shutdown(watched, socket.SHUT_RDWR)


_present: ContextVar[_Deadline | None] = ContextVar("sg_jira_deadline", default=None)


@contextmanager
def total_deadline(seconds: float | None = None) -> Iterator[None]:
    """Ends what happens inside when its time is up.

    Parameters:
        seconds: without it, what is inside of another deadline already has that one's time, and
            anything else has `TOTAL`.

    Raises:
        TimeoutError: the time was up.
    """
    if seconds is None and _present.get() is not None:
        yield
        return
    seconds = TOTAL if seconds is None else seconds
    deadline = _Deadline(time.monotonic() + seconds)
    token = _present.set(deadline)
    _watchman.add(deadline)
    try:
        yield
    except Exception as error:
        if deadline.is_over:
            raise TimeoutError(f"There was no complete answer within {seconds:g} s.") from error
        raise
    finally:
        _watchman.remove(deadline)
        _present.reset(token)
    if deadline.is_over:  # an answer without a length looks complete wherever it is cut
        raise TimeoutError(f"There was no complete answer within {seconds:g} s.")


def watch_socket(watched: socket.socket | None) -> None:
    """Puts a socket under the deadline of the present call, if it has one."""
    deadline = _present.get()
    if deadline is not None and watched is not None:
        deadline.watch(watched)


class _Watching(HTTPConnection):
    """Watches its socket from the first byte of a request on: sending a file takes its time."""

    def connect(self) -> None:
        super().connect()
        watch_socket(self.sock)

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        watch_socket(self.sock)  # a connection that is used again
        super().putrequest(*args, **kwargs)

    def getresponse(self) -> Any:
        watch_socket(self.sock)
        with waiting():
            return super().getresponse()


class _Watched(_Watching):
    pass


class _WatchedTLS(_Watching, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


_POOLS: Final = {"http": _Pool, "https": _PoolTLS}


class WatchedAdapter(HTTPAdapter):
    """Connections of `requests` whose sockets keep the deadline of their call."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Makes the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Makes the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
