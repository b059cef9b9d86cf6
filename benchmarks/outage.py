"""How long a bridge needs for what came while Jira was down."""

from __future__ import annotations

import time
from typing import Any, Final

from benchmarks.scene import Scene, scene
from benchmarks.sender import post_all
from benchmarks.service import wait
from benchmarks.sizes import Sizes

_WRITE: Final = "PUT issue/{key}"


def measure(sizes: Sizes, naive: bool = False) -> dict[str, Any]:
    """See `measure_in`."""
    events = sizes.naive_outage if naive else sizes.outage
    with scene(tasks=min(events, sizes.outage_tasks), naive=naive) as play:
        return measure_in(play, sizes, events)


def measure_in(play: Scene, sizes: Sizes, events: int) -> dict[str, Any]:
    """Events per second from the first one that is carried over to the last one.

    What comes before is the breaker's: how long until it tries again.
    """
    play.sites.set_latency(sizes.latency)
    play.sites.forget_calls()
    play.sites.shut_jira()
    taken = play.send(post_all, play.url, play.changes(events), events)
    opened = play.sites.open_jira()
    play.sites.set_latency(sizes.latency)
    first = play.sites.wait_for_call(_WRITE, opened)
    wait(play.service.is_idle, seconds=3600.0)
    done = time.monotonic()
    calls = play.sites.calls_between(opened, done)
    return {
        "events": events,
        "accepted_per_second": round(events / taken),
        "seconds_until_first": round(first - opened, 1),
        "seconds_to_drain": round(done - first, 1),
        "events_per_second": round(events / (done - first), 1),
        "calls_per_event": round(calls / events, 2),
    }
