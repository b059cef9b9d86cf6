"""The dispatcher of several processes and machines: jobs of procrastinate in PostgreSQL.

The inbox alone decides what is lost or done; a job only says that a key has to be looked at. So
there is one job per key, finished ones are deleted, and none is ever retried.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.worker import Worker

from sg_jira.engine.dispatch import Pulse, Waiting, most_of_bulk
from sg_jira.engine.postgres import CONNECT_ARGUMENTS, connection_text
from sg_jira.engine.schema import Lane
from sg_jira.engine.wakes import BULK_QUEUE, DRAIN, QUEUE, SWEEP, SWEEP_PRIORITY, TIMER, Wakes
from sg_jira.errors import StoreAway

logger = logging.getLogger(__name__)

Drain = Callable[[str], "datetime | None"]

#: Seconds to leave a key alone whose drain failed because of a mistake of ours.
_AFTER_A_BUG: Final = 30.0
#: The name of the worker that has no part in back-fill; no key is called so.
_FOR_PEOPLE: Final = "people"
#: Seconds until the next try to reach a database that is away.
_DATABASE_PAUSE: Final = 2.0


class ProcrastinateDispatcher:
    """See the module; the protocol is `dispatch.StoppableDispatcher`.

    Parameters:
        url: of the database.
        open_keys: gives every key with events that are not done, and when a first one may run.
        workers: keys that this process drains at the same time.
        longest_drain: seconds after which a drain is reported and its worker replaced. Its key
            stays blocked until it returns.
        clock: the present time, aware.
        pulse: how often to look around.
        timer: seconds that only grow.
    """

    def __init__(
        self,
        url: str,
        open_keys: Callable[[], Iterable[Waiting]],
        *,
        workers: int,
        longest_drain: float,
        clock: Callable[[], datetime],
        pulse: Pulse | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._open_keys = open_keys
        self._size = workers
        self._longest_drain = longest_drain
        self._clock = clock
        self._pulse = pulse or Pulse()
        self._timer = timer
        self._wakes = Wakes(url, connections=workers + 2)
        self._drain: Drain = lambda key: None
        self._guard = threading.Lock()
        self._active: dict[str, float] = {}  # key -> begin of its drain
        self._stopping = threading.Event()
        self._grace = 0.0
        self._ended = threading.Event()
        self._ended.set()
        library = logging.getLogger("procrastinate")
        if library.level == logging.NOTSET:  # at INFO it tells each job, which the engine does
            library.setLevel(logging.WARNING)

    def wake(self, key: str, at: datetime | None = None, lane: Lane = Lane.LIVE) -> None:
        """See `Dispatcher.wake`. With the database away it is forgotten; a sweep finds the key."""
        try:
            self._wakes.wake(key, None if at is None or at <= self._clock() else at, lane)
        except StoreAway as error:
            logger.warning("%s waits for the next sweep: %s", key, error)

    def sweep_soon(self) -> None:
        """Lets some worker look for keys that could go on now."""
        self._sweep(hurry=True)

    def _sweep(self, hurry: bool) -> None:
        try:
            self._wakes.sweep(hurry)
        except StoreAway as error:
            logger.warning("Forgotten records wait for the next sweep: %s", error)

    def run(self, drain: Drain) -> None:
        """See `Dispatcher.run`; returns after `stop`."""
        self._drain = drain
        self._ended.clear()
        # The only kind of loop that the driver takes on every system.
        loop = asyncio.SelectorEventLoop()
        try:
            loop.run_until_complete(self._run())
        finally:
            loop.close()
            self._wakes.close()
            self._ended.set()

    def stop(self, grace: float) -> bool:
        """Begins no more drains, and waits for those that run.

        Parameters:
            grace: seconds to wait at most.

        Returns: whether all have ended.
        """
        self._stopping.set()
        ended = self._ended.wait(grace + 1)
        if ended:
            self._wakes.close()
        return ended and not self.active_keys

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    @property
    def active_keys(self) -> dict[str, float]:
        """The keys that this process drains right now, and for how many seconds."""
        now = self._timer()
        with self._guard:
            return {key: now - since for key, since in self._active.items()}

    async def _run(self) -> None:
        while not self._stopping.is_set():
            app = self._make_app()
            try:
                async with app.open_async():
                    await asyncio.to_thread(self._sweep, False)
                    await self._work(app)
            except (ConnectorException, psycopg.Error) as error:
                said = error.__cause__ or error
                logger.warning("Work stops until the database is back: %s", said)
            except Exception:  # a mistake of ours must not end the work for good
                logger.exception("The dispatcher failed unexpectedly")
            deadline = self._timer() + _DATABASE_PAUSE
            while not self._stopping.is_set() and self._timer() < deadline:
                await asyncio.sleep(self._pulse.look)

    def _make_app(self) -> App:
        connector = PsycopgConnector(
            conninfo=connection_text(self._url),
            kwargs=CONNECT_ARGUMENTS,
            min_size=1,
            max_size=4,
            timeout=5.0,
        )
        app = App(connector=connector)
        app.task(name=DRAIN, queue=QUEUE, pass_context=True)(self._drain_job)
        app.task(name=TIMER, queue=QUEUE)(self._timer_job)

        # A periodic job runs in one of all workers. It also keeps procrastinate watching over its
        # own heartbeat: without periodic jobs it stops watching when the first side task ends.
        @app.periodic(cron=self._pulse.sweep)
        @app.task(name=SWEEP, queue=QUEUE, queueing_lock=SWEEP, priority=SWEEP_PRIORITY)
        async def sweep(timestamp: int = 0, hurry: bool = False) -> None:
            await self._bury_dead_jobs(app)
            await asyncio.to_thread(self._wake_forgotten, hurry)

        return app

    def _make_workers(self, app: App) -> dict[str, Any]:
        """Workers for everything, and one that has no part in back-fill where there are several."""
        most = most_of_bulk(self._size)
        workers = {"": self._make_worker(app, most)}
        if most < self._size:
            workers[_FOR_PEOPLE] = self._make_worker(app, self._size - most, [QUEUE])
        return workers

    def _make_worker(
        self, app: App, size: int, queues: Sequence[str] = (QUEUE, BULK_QUEUE)
    ) -> Any:  # its methods have no types
        return Worker(
            app,
            queues=list(queues),
            concurrency=size,
            fetch_job_polling_interval=self._pulse.look,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
            update_heartbeat_interval=self._pulse.heartbeat,
            stalled_worker_timeout=self._pulse.dead_after,
        )

    async def _work(self, app: App) -> None:
        """Works until it has to stop, or the worker ends because it lost the database."""
        workers = self._make_workers(app)
        tasks = {name: asyncio.create_task(worker.run()) for name, worker in workers.items()}
        lasting = list(tasks.values())
        await asyncio.sleep(0)  # who is stopped before it begins would go on
        while not self._stopping.is_set() and not any(task.done() for task in lasting):
            self._replace_stuck(app, workers, tasks)
            await asyncio.wait(
                lasting,
                timeout=min(1.0, self._pulse.look),
                return_when=asyncio.FIRST_COMPLETED,
            )
        for worker in workers.values():
            worker.stop()
        ends = await asyncio.gather(*tasks.values(), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def _replace_stuck(
        self, app: App, workers: dict[str, Any], tasks: dict[str, asyncio.Task[None]]
    ) -> None:
        """Gives each drain that takes too long a worker in its place, until it returns."""
        active = self.active_keys
        for key in [key for key in workers if key not in ("", _FOR_PEOPLE, *active)]:
            workers.pop(key).stop()
        for key, seconds in active.items():
            if seconds > self._longest_drain and key not in workers:
                logger.error(
                    "Work on %s takes longer than %.0f s. Another worker takes over the other "
                    "keys; this one stays blocked until the call returns.",
                    key,
                    self._longest_drain,
                )
                workers[key] = self._make_worker(app, 1)
                tasks[key] = asyncio.create_task(workers[key].run())

    async def _drain_job(self, context: JobContext, key: str) -> None:
        """Drains in a thread of its own, so that no pool of threads limits the workers.

        A daemon thread: a call that hangs does not keep a process from ending.
        """
        lane = _lane_of(context.job)
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def work() -> None:
            try:
                self._drain_now(key, lane)
            finally:
                with suppress(RuntimeError):  # the loop is closed when the process ends meanwhile
                    loop.call_soon_threadsafe(done.set_result, None)

        threading.Thread(target=work, name="engine worker", daemon=True).start()
        while not done.done():
            # The job must not end before its thread: the key would be given to somebody else.
            with suppress(asyncio.CancelledError):
                await asyncio.shield(done)

    def _drain_now(self, key: str, lane: Lane) -> None:
        with self._guard:
            self._active[key] = self._timer()
        try:
            again = self._drain(key)
        except BaseException:  # a mistake of ours must not lose the key
            logger.exception("Working on %s failed unexpectedly", key)
            again = self._clock() + timedelta(seconds=_AFTER_A_BUG)
        finally:
            with self._guard:
                del self._active[key]
        if again is not None:
            self.wake(key, again, lane)

    async def _timer_job(self, key: str, lane: str = Lane.LIVE.value) -> None:
        await asyncio.to_thread(self.wake, key, None, Lane(lane))

    async def _bury_dead_jobs(self, app: App) -> None:
        """Ends the jobs of dead workers and wakes their keys.

        To retry one would break the rule of a single waiting job per key, when one is waiting.
        """
        stalled: Iterable[Job] = await app.job_manager.get_stalled_jobs(
            seconds_since_heartbeat=self._pulse.dead_after
        )
        for job in stalled:
            with suppress(ConnectorException):  # somebody else was faster
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            key: Any = job.task_kwargs.get("key")
            if isinstance(key, str):
                logger.warning("The worker of %s is dead; another one takes over.", key)
                await asyncio.to_thread(self.wake, key, None, _lane_of(job))

    def _wake_forgotten(self, hurry: bool) -> None:
        """Wakes keys with events that are not done and that no job is for."""
        try:
            planned = self._wakes.planned()
            open_keys = list(self._open_keys())
        except StoreAway as error:
            logger.warning("Waiting events could not be looked for: %s", error)
            return
        for key, at, lane in open_keys:
            timer = planned.get(key)
            is_late = hurry and timer is not None and timer > (at or self._clock())
            if key not in planned or is_late:
                self.wake(key, at, lane)


def _lane_of(job: Job) -> Lane:
    """The lane in which the key of a job is to be drained."""
    if job.task_name == TIMER:
        return Lane(str(job.task_kwargs.get("lane", Lane.LIVE.value)))
    return Lane.BULK if job.queue == BULK_QUEUE else Lane.LIVE
