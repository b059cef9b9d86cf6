"""How much is measured: enough to see, enough to publish, and just enough to test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sizes:
    """Counts and durations; times in seconds.

    Attributes:
        seconds: of posting at a steady rate.
        waiting: events that wait meanwhile.
        waiting_tasks: Tasks that these are about.
        edits: single edits that are followed to their arrival.
        events_per_worker: events for each worker when throughput is measured.
        workers: the numbers of workers that are compared.
        outage: events that come while a site is down.
        outage_tasks: Tasks that these are about.
        naive_outage: the same for the naive bridge, which would take all day.
        growth: events that a handler without work is given.
        warm: events after which memory counts as warm.
        back_fill: Tasks that are filled back.
        idle: of looking at an idle bridge.
        starts: how often the service is started.
        latency: of each call to a site, where nothing else is said.
        latencies: that a backlog is worked on with.
    """

    seconds: float
    waiting: int
    waiting_tasks: int
    edits: int
    events_per_worker: int
    workers: tuple[int, ...]
    outage: int
    outage_tasks: int
    naive_outage: int
    growth: int
    warm: int
    back_fill: int
    idle: float
    starts: int
    latency: float = 0.05
    latencies: tuple[float, ...] = (1.0, 0.05, 0.0)


QUICK: Final = Sizes(
    seconds=8,
    waiting=2_000,
    waiting_tasks=1_000,
    edits=20,
    events_per_worker=30,
    workers=(1, 4, 16),
    outage=1_000,
    outage_tasks=200,
    naive_outage=50,
    growth=15_000,
    warm=10_000,
    back_fill=200,
    idle=5,
    starts=2,
)
FULL: Final = Sizes(
    seconds=30,
    waiting=10_000,
    waiting_tasks=5_000,
    edits=50,
    events_per_worker=80,
    workers=(1, 4, 16),
    outage=10_000,
    outage_tasks=1_000,
    naive_outage=100,
    growth=100_000,
    warm=10_000,
    back_fill=10_000,
    idle=30,
    starts=5,
)
TINY: Final = Sizes(
    seconds=0.2,
    waiting=4,
    waiting_tasks=2,
    edits=1,
    events_per_worker=3,
    workers=(2,),
    outage=4,
    outage_tasks=2,
    naive_outage=2,
    growth=40,
    warm=20,
    back_fill=0,
    idle=0.1,
    starts=1,
    latency=0.0,
    latencies=(0.0,),
)
