"""How long an edit takes to the other site, on a bridge that has nothing else to do."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any, Final

from benchmarks.percentiles import percentiles
from benchmarks.scene import Scene, scene
from benchmarks.sizes import Sizes

#: Edits that nobody measures: they fill the caches.
_WARM: Final = 3


def measure(sizes: Sizes, naive: bool = False) -> dict[str, Any]:
    """See `measure_in`."""
    with scene(tasks=1, naive=naive) as play:
        return measure_in(play, sizes)


def measure_in(play: Scene, sizes: Sizes) -> dict[str, Any]:
    """By direction: milliseconds from edit to arrival, calls per edit, and what is left of the
    median when the calls' latency is taken away."""
    pair = play.tasks[0]
    play.sites.set_latency(sizes.latency)

    def in_fptr(number: int) -> float:
        begin: float = play.sites.edit_task(pair.task, sg_description=f"Number {number}")
        return begin

    def in_jira(number: int) -> float:
        begin: float = play.sites.edit_issue(pair.key, summary=f"Plank number {number}")
        return begin

    return {
        "to Jira": _follow(play, sizes, in_fptr, "PUT issue/{key}"),
        "to FPTR": _follow(play, sizes, in_jira, "update Task"),
    }


def _follow(
    play: Scene, sizes: Sizes, edit: Callable[[int], float], arrives_by: str
) -> dict[str, float]:
    """Makes edits one after another, each once all is quiet."""
    times: list[float] = []
    for number in range(_WARM + sizes.edits):
        if number == _WARM:
            times.clear()
            play.sites.forget_calls()
        begin = edit(number)
        times.append((play.sites.wait_for_call(arrives_by, begin) - begin) * 1000)
        play.settle()
    calls = sum(play.sites.bridge_calls().totals) / sizes.edits
    beyond = median(times) - calls * sizes.latency * 1000
    return {**percentiles(times), "calls": round(calls, 2), "beyond_calls_ms": round(beyond, 1)}
