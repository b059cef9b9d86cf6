"""Who drains which key when: the narrow waist between the inbox and whatever runs the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sg_jira.engine.schema import Lane


class Waiting(NamedTuple):
    """A key with events that are not done: when a first one may run, and in which lane."""

    key: str
    at: datetime | None
    lane: Lane = Lane.LIVE


def most_of_bulk(workers: int) -> int:
    """How many of the workers may work in the bulk lane at the same time: one is for people."""
    return max(1, workers - 1)


@dataclass(frozen=True)
class Pulse:
    """How often a worker among several looks around; seconds.

    Attributes:
        heartbeat: between two signs of life of a worker.
        dead_after: without a sign of life, a worker is believed dead. Its calls to the sites
            must have ended by then, for another one does its work again.
        look: between two looks for jobs whose time has come, or whose key has become free.
        sweep: between two sweeps (cron with seconds as its last field).
    """

    heartbeat: float = 10.0
    dead_after: float = 60.0
    look: float = 0.5
    sweep: str = "* * * * * */20"


class Dispatcher(Protocol):
    """Never runs two drains of one key at once; different keys run in parallel.

    What waits in the live lane is begun before what waits in the bulk lane, which never has all
    workers, unless there is only one.
    """

    def wake(self, key: str, at: datetime | None = None, lane: Lane = Lane.LIVE) -> None:
        """Lets a key be drained, now or at a time.

        The earliest wake wins, and the live lane; repeating one is harmless. It may be forgotten:
        a sweep finds waiting keys.
        """
        ...

    def run(self, drain: Callable[[str], datetime | None]) -> None:
        """Drains keys until it is stopped; `drain` says when a key has to be drained again."""
        ...


class StoppableDispatcher(Dispatcher, Protocol):
    """What the engine runs."""

    def stop(self, grace: float) -> bool:
        """Begins no more drains; waits at most `grace` seconds for those that run.

        Returns: whether all have ended.
        """
        ...

    def sweep_soon(self) -> None:
        """Looks for keys that can go on now, because what they waited for is over."""
        ...

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        ...

    @property
    def active_keys(self) -> dict[str, float]:
        """The keys that this process drains right now, and for how many seconds."""
        ...
