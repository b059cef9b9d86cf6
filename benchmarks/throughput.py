"""How many changes are carried over per second when there is always more to do than workers.

The floor is the calls' latency: a worker can do no more than one call after another.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from benchmarks.scene import Scene, scene
from benchmarks.sender import Sender
from benchmarks.sizes import Sizes

TASKS: Final = 100
_WRITE: Final = "PUT issue/{key}"


def measure(sizes: Sizes, workers: int, naive: bool = False) -> dict[str, Any]:
    """See `measure_in`."""
    with scene(tasks=TASKS, workers=workers, naive=naive) as play:
        return measure_in(play, sizes, workers)


def measure_in(play: Scene, sizes: Sizes, workers: int) -> dict[str, Any]:
    """Changes and calls per second, and the part of all workers' time that the calls are.

    100 Tasks are changed in turn. There are always three changes for each worker that are not
    done, so that no worker waits, and hardly ever two of one Task, so that none are put together.
    """
    ahead, warm = min(TASKS - workers, 3 * workers), 2 * workers
    last = warm + workers * sizes.events_per_worker
    play.sites.set_latency(sizes.latency)
    play.sites.forget_calls()
    begin, used = 0.0, _used(play)
    with closing(Sender(play.url, play.changes(ahead + last))) as sender:

        def change(number: int) -> None:
            task = play.tasks[number % len(play.tasks)].task
            play.sites.describe([task], f"Number {number} of {workers} workers")
            sender.post(number)

        for number in range(ahead):
            change(number)
        for done in range(1, last + 1):
            end = play.sites.wait_for_count(_WRITE, done)
            if done == warm:
                begin, used = end, _used(play)
            change(ahead + done - 1)
    used = [after - before for before, after in zip(used, _used(play), strict=True)]
    changes, seconds = last - warm, end - begin
    calls = play.sites.calls_between(begin, end)
    play.settle()
    return {
        "workers": workers,
        "changes_per_second": round(changes / seconds, 1),
        "calls_per_change": round(calls / changes, 2),
        "share_of_calls": round(calls * sizes.latency / seconds / workers, 3),
        "bridge_cpu_ms_per_change": round(used[0] * 1000 / changes, 1),
        "sites_cpu_ms_per_change": round(used[1] * 1000 / changes, 1),
    }


def _used(play: Scene) -> list[float]:
    """Seconds of a core that the bridge and the sites have used so far."""
    return [play.service.cpu_seconds(), play.sites.cpu_seconds()]
