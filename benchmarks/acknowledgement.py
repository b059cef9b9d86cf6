"""How long a sender waits until its event is acknowledged, that is: on disk.

At 50 events a second, on an idle bridge and while thousands of events wait: because a site is down,
and because it is slow.
"""

from __future__ import annotations

from typing import Any, Final

from benchmarks.percentiles import percentiles
from benchmarks.scene import Scene, scene
from benchmarks.sender import post_all, post_steadily
from benchmarks.sizes import Sizes

RATE: Final = 50
_WRITE: Final = "PUT issue/{key}"


def measure(sizes: Sizes) -> dict[str, Any]:
    """See `measure_in`."""
    with scene(tasks=sizes.waiting_tasks) as play:
        return measure_in(play, sizes)


def measure_in(play: Scene, sizes: Sizes) -> dict[str, Any]:
    """Milliseconds by situation, and how many events waited then, before and after."""
    # Faster sites than elsewhere, so that what comes is done at once.
    play.sites.set_latency(sizes.latency / 5)
    found = {"nothing waits": _post(play, sizes)}
    play.settle()
    play.sites.shut_jira()
    play.send(post_all, play.url, play.changes(sizes.waiting), sizes.waiting)
    found["Jira is down"] = _post(play, sizes)
    opened = play.sites.open_jira()
    play.sites.wait_for_call(_WRITE, opened)
    for latency in sizes.latencies:
        play.sites.set_latency(latency)
        found[f"a call takes {latency * 1000:.0f} ms"] = _post(play, sizes)
    return found


def _post(play: Scene, sizes: Sizes) -> dict[str, float]:
    """Posts for a while."""
    before = play.service.waiting()
    changes = play.changes(round(sizes.seconds * RATE))
    times = play.send(post_steadily, play.url, changes, RATE, sizes.seconds)
    return {
        **percentiles(times),
        "waiting_before": before,
        "waiting_after": play.service.waiting(),
    }
