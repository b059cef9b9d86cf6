"""Lets one worker compute at a time, so that whoever takes a webhook need not queue behind all.

Python runs one thread at a time. Whoever has waited, for a disk or a socket, queues for Python
behind all threads that compute, and a request waits a dozen times until it is answered. So the
workers share a seat: only who sits computes, and who waits for a site, for the store or for
somebody else stands up meanwhile. A request needs no seat, and while one is worked on, nobody sits
down, unless the workers have little to do.

All of it is for a short time only, since nothing must stand still for it: a seat is taken over
after `LONGEST` seconds, because a studio's own handler may wait without standing up, and nobody
waits for longer than that because of requests.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

#: Seconds for which anybody is kept from sitting down.
LONGEST: Final = 0.02
#: Seconds without any worker after which the next one need not wait for requests: nobody else will
#: stand in their way.
QUIET: Final = 0.005


class _Role(threading.local):
    """What the present thread is doing."""

    computes = False
    hurries = False


class Seat:
    """See the module. A thread that enters none of the contexts is not concerned.

    Parameters:
        longest: seconds for which somebody is kept from sitting down.
        quiet: seconds without anybody after which requests keep nobody.
        timer: seconds that only grow.
    """

    def __init__(
        self,
        longest: float = LONGEST,
        quiet: float = QUIET,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest = longest
        self._quiet = quiet
        self._timer = timer
        self._changed = threading.Condition(threading.Lock())
        self._sitter: int | None = None
        self._since = 0.0
        self._left = self._timer()
        self._hurried = 0
        self._role = _Role()

    @contextmanager
    def computing(self) -> Iterator[None]:
        """For what a worker does: begins when it may sit down."""
        self._sit()
        self._role.computes = True
        try:
            yield
        finally:
            self._role.computes = False
            self._stand()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For what a worker waits for: it stands up meanwhile."""
        if not self._role.computes:
            yield
            return
        self._role.computes = False
        self._stand()
        try:
            yield
        finally:
            self._sit()
            self._role.computes = True

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """For a request: nobody sits down meanwhile, unless nobody did for a while."""
        self._hurry(1)
        self._role.hurries = True
        try:
            yield
        finally:
            self._role.hurries = False
            self._hurry(-1)

    @contextmanager
    def at_leisure(self) -> Iterator[None]:
        """For what a request waits for because its sender wants it to."""
        if not self._role.hurries:
            yield
            return
        self._hurry(-1)
        try:
            yield
        finally:
            self._hurry(1)

    def _sit(self) -> None:
        with self._changed:
            begun = self._timer()
            is_quiet = begun - self._left > self._quiet
            while self._sitter is not None or (self._hurried and not is_quiet):
                since = begun if self._sitter is None else self._since
                left = since + self._longest - self._timer()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._sitter, self._since = threading.get_ident(), self._timer()

    def _stand(self) -> None:
        with self._changed:
            if self._sitter == threading.get_ident():  # nobody has taken it over
                self._sitter = None
                self._left = self._timer()
                self._changed.notify()

    def _hurry(self, more: int) -> None:
        with self._changed:
            self._hurried += more
            if not self._hurried:
                self._changed.notify()


_seat: Final = Seat()  # one for the process, as there is one Python

computing = _seat.computing
waiting = _seat.waiting
hurrying = _seat.hurrying
at_leisure = _seat.at_leisure
