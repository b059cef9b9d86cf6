"""The dispatcher of a single process: heaps of due keys and a pool of threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sg_jira.engine.dispatch import Waiting, most_of_bulk
from sg_jira.engine.schema import Lane

logger = logging.getLogger(__name__)

Drain = Callable[[str], "datetime | None"]

#: Seconds between two looks at whether another process wrote to the store.
LOOK_SECONDS: Final = 1.0
#: Seconds between two sweeps that find keys whose wake was forgotten.
SWEEP_SECONDS: Final = 60.0
#: Seconds to leave a key alone whose drain failed because of a mistake of ours.
_AFTER_A_BUG: Final = 30.0


@dataclass(eq=False)
class _Worker:
    """A thread of the pool; `key` is what it drains, `since` (in seconds of the timer) its begin.

    One that takes too long is replaced; it ends when its drain returns.
    """

    thread: threading.Thread | None = None
    key: str | None = None
    lane: Lane = Lane.LIVE
    since: float = 0.0
    is_replaced: bool = False


@dataclass
class _Queue:
    """Due times of the keys of one lane; guarded by the dispatcher's condition."""

    heap: list[tuple[datetime, int, str]] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)
    order: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, key: str, at: datetime) -> bool:
        """Notes a due time; an earlier one that is known stays. Gives whether it changed."""
        known = self.due.get(key)
        if known is not None and known <= at:
            return False
        self.due[key] = at
        heapq.heappush(self.heap, (at, next(self.order), key))
        return True

    def first(self) -> datetime | None:
        """The earliest due time."""
        while self.heap and self.due.get(self.heap[0][2]) != self.heap[0][0]:
            heapq.heappop(self.heap)
        return self.heap[0][0] if self.heap else None

    def pop(self) -> str:
        """Takes the key that is due first; `first` has to be asked before."""
        _, _, key = heapq.heappop(self.heap)
        del self.due[key]
        return key


class _Lanes:
    """What is due in both lanes; a key is in one of them."""

    def __init__(self) -> None:
        self.live, self.bulk = _Queue(), _Queue()

    def put(self, key: str, at: datetime, lane: Lane) -> bool:
        """Notes a due time; the earlier one counts, and the live lane. Gives whether it changed."""
        if lane is Lane.BULK and key not in self.live.due:
            return self.bulk.put(key, at)
        known = self.bulk.due.pop(key, at)
        return self.live.put(key, min(known, at))

    def due(self, now: datetime, with_bulk: bool) -> Lane | None:
        """The lane whose first key is due; the live one first."""
        if (first := self.live.first()) is not None and first <= now:
            return Lane.LIVE
        if with_bulk and (first := self.bulk.first()) is not None and first <= now:
            return Lane.BULK
        return None

    def pop(self, lane: Lane) -> str:
        """Takes the first key of a lane."""
        return (self.live if lane is Lane.LIVE else self.bulk).pop()

    def next_time(self, with_bulk: bool) -> datetime | None:
        """When the next key is due."""
        times = [self.live.first(), self.bulk.first() if with_bulk else None]
        return min((time for time in times if time is not None), default=None)


@dataclass
class _Active:
    """A key that is drained: its lane, and the wake that came meanwhile."""

    lane: Lane
    woken: datetime | None = None


class LocalDispatcher:
    """See the module; the protocol is `dispatch.Dispatcher`.

    Parameters:
        waiting: gives every key with waiting events and its due time; asked on start, when
            `changed` says so, and now and then.
        changed: whether somebody wrote to the store since it was last asked.
        workers: size of the pool.
        longest_drain: seconds after which a drain is reported and its worker replaced. Its key
            stays blocked until it returns.
        clock: the present time, aware.
        held_until: until when no drain would be let in by the sites; `None` when one may begin.
            Thousands of keys need not find that out one by one. Asked all the time.
        timer: seconds that only grow.
    """

    def __init__(
        self,
        waiting: Callable[[], Iterable[Waiting]],
        changed: Callable[[], bool],
        *,
        workers: int,
        longest_drain: float,
        clock: Callable[[], datetime],
        held_until: Callable[[], datetime | None] = lambda: None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting = waiting
        self._changed = changed
        self._size = workers
        self._longest_drain = longest_drain
        self._clock = clock
        self._held_until = held_until
        self._timer = timer
        self._condition = threading.Condition()
        self._lanes = _Lanes()
        self._active: dict[str, _Active] = {}
        self._workers: list[_Worker] = []
        self._stopping = threading.Event()
        self._is_asked_to_sweep = threading.Event()

    def wake(self, key: str, at: datetime | None = None, lane: Lane = Lane.LIVE) -> None:
        """See `Dispatcher.wake`."""
        at = at or self._clock()
        with self._condition:
            active = self._active.get(key)
            if active is not None:
                active.woken = at if active.woken is None else min(active.woken, at)
                active.lane = active.lane if lane is Lane.BULK else Lane.LIVE
            elif self._lanes.put(key, at, lane):
                self._condition.notify()

    def run(self, drain: Drain) -> None:
        """See `Dispatcher.run`; returns after `stop`."""
        for _ in range(self._size):
            self._start_worker(drain)
        swept = float("-inf")
        while not self._stopping.is_set():
            if self._changed() or self._is_asked_to_sweep.is_set() or self._is_due(swept):
                self._is_asked_to_sweep.clear()
                self._sweep()
                swept = self._timer()
            self._replace_stuck(drain)
            self._is_asked_to_sweep.wait(LOOK_SECONDS)

    def stop(self, grace: float) -> bool:
        """Begins no more drains, and waits for those that run.

        Parameters:
            grace: seconds to wait at most.

        Returns: whether all have ended.
        """
        self._stopping.set()
        self._is_asked_to_sweep.set()  # so that `run` sees it at once
        deadline = self._timer() + grace
        with self._condition:
            self._condition.notify_all()
            threads = [worker.thread for worker in self._workers if worker.thread]
        for thread in threads:
            thread.join(max(0.0, deadline - self._timer()))
        return not any(thread.is_alive() for thread in threads)

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    @property
    def active_keys(self) -> dict[str, float]:
        """The keys that are drained right now, and for how many seconds."""
        now = self._timer()
        with self._condition:
            return {each.key: now - each.since for each in self._workers if each.key is not None}

    def sweep_soon(self) -> None:
        """Lets `run` look for waiting keys at once; those it has may go on."""
        self._is_asked_to_sweep.set()
        with self._condition:
            self._condition.notify_all()

    def _is_due(self, swept: float) -> bool:
        return self._timer() - swept >= SWEEP_SECONDS

    def _sweep(self) -> None:
        try:
            found = list(self._waiting())
        except Exception:  # the store may be away for a while; the next sweep finds out
            logger.exception("Waiting events could not be looked for")
            return
        now = self._clock()
        for one in found:
            self.wake(one.key, one.at or now, one.lane)

    def _start_worker(self, drain: Drain) -> None:
        worker = _Worker()
        worker.thread = threading.Thread(
            target=self._work, args=(worker, drain), name="engine worker", daemon=True
        )
        with self._condition:
            worker.thread.start()  # it waits for the lock; whoever finds it can join it
            self._workers.append(worker)

    def _work(self, worker: _Worker, drain: Drain) -> None:
        while (key := self._next(worker)) is not None:
            try:
                again = drain(key)
            except BaseException:  # a mistake of ours must not end the worker nor lose the key
                logger.exception("Working on %s failed unexpectedly", key)
                again = self._clock() + timedelta(seconds=_AFTER_A_BUG)
            self._finish(worker, key, again)
        with self._condition:
            self._workers.remove(worker)

    def _next(self, worker: _Worker) -> str | None:
        """Waits for a key to be due and takes it; `None` ends the worker."""
        with self._condition:
            while not (self._stopping.is_set() or worker.is_replaced):
                now, with_bulk = self._clock(), self._may_fill_back()
                held = self._held_until()
                lane = self._lanes.due(now, with_bulk) if held is None else None
                if lane is not None:
                    key = self._lanes.pop(lane)
                    self._active[key] = _Active(lane)
                    worker.key, worker.lane, worker.since = key, lane, self._timer()
                    self._condition.notify()  # somebody has to wait for the next one
                    return key
                first = held or self._lanes.next_time(with_bulk)
                wait = None if first is None else (first - now).total_seconds()
                # The clock may be set meanwhile, so nobody sleeps for long.
                self._condition.wait(None if wait is None else min(wait, LOOK_SECONDS))
        return None

    def _may_fill_back(self) -> bool:
        """Whether one more worker may take from the lane of back-fill."""
        busy = sum(
            worker.key is not None and worker.lane is Lane.BULK and not worker.is_replaced
            for worker in self._workers
        )
        return busy < most_of_bulk(self._size)

    def _finish(self, worker: _Worker, key: str, again: datetime | None) -> None:
        with self._condition:
            worker.key = None
            active = self._active.pop(key)
            times = [at for at in (again, active.woken) if at is not None]
            if times:
                self._lanes.put(key, min(times), active.lane)
            self._condition.notify()  # a place in the lane of back-fill may be free

    def _replace_stuck(self, drain: Drain) -> None:
        now = self._timer()
        with self._condition:
            stuck = [
                worker
                for worker in self._workers
                if worker.key is not None
                and not worker.is_replaced
                and now - worker.since > self._longest_drain
            ]
            for worker in stuck:
                worker.is_replaced = True
        for worker in stuck:
            logger.error(
                "Work on %s takes longer than %.0f s. Another worker takes over the other keys; "
                "this one stays blocked until the call returns.",
                worker.key,
                self._longest_drain,
            )
            self._start_worker(drain)
