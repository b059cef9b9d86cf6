"""What the engine counts and measures, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from sg_jira.engine.breaker import Breakers, Position
from sg_jira.engine.inbox import Fate
from sg_jira.engine.inspection import Overview
from sg_jira.engine.taking import Entry
from sg_jira.events import SyncEvent
from sg_jira.site_calls import SiteCall

#: Seconds; handlers take milliseconds to a minute, events wait up to days.
_WORK_BUCKETS: Final = (0.005, 0.02, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_AGE_BUCKETS: Final = (0.05, 0.25, 1, 5, 15, 60, 300, 1800, 7200, 86400)
_POSITIONS: Final = {Position.CLOSED: 0, Position.PROBING: 1, Position.OPEN: 2}


class Metrics:
    """Counters and gauges of one engine.

    Parameters:
        overview: the inbox in numbers; asked at each scrape.
        breakers: their positions are shown.
        active: keys at work -> seconds; asked at each scrape.
        clock: the present time, aware.
    """

    def __init__(
        self,
        overview: Callable[[], Overview],
        breakers: Breakers,
        active: Callable[[], Mapping[str, float]],
        clock: Callable[[], datetime],
    ) -> None:
        self._overview = overview
        self._breakers = breakers
        self._active = active
        self._clock = clock
        self.registry = CollectorRegistry()
        self._accepted = Counter(
            "sgjira_events_accepted",
            "Events that were stored",
            ["settings_name", "direction"],
            registry=self.registry,
        )
        self._known = Counter(
            "sgjira_events_known",
            "Events that arrived again and were ignored",
            ["settings_name", "direction"],
            registry=self.registry,
        )
        self._outcomes = Counter(
            "sgjira_event_outcomes",
            "Runs of events by what became of them",
            ["direction", "outcome", "reason"],
            registry=self.registry,
        )
        self._work = Histogram(
            "sgjira_event_work_seconds",
            "Time in the handler, per run",
            ["direction"],
            buckets=_WORK_BUCKETS,
            registry=self.registry,
        )
        self._age = Histogram(
            "sgjira_event_age_seconds",
            "Time from receipt until done",
            ["direction"],
            buckets=_AGE_BUCKETS,
            registry=self.registry,
        )
        self._calls = Counter(
            "sgjira_site_calls",
            "Calls to the sites",
            ["site", "endpoint", "status"],
            registry=self.registry,
        )
        self._forged = Counter(
            "sgjira_requests_forged",
            "Requests that were refused for a wrong or missing signature or secret",
            ["sender"],
            registry=self.registry,
        )
        self.registry.register(self)

    def accepted(self, event: SyncEvent, is_known: bool) -> None:
        """Counts an event that arrived."""
        counter = self._known if is_known else self._accepted
        counter.labels(event.settings_name, event.direction.value).inc()

    def forged(self, sender: str) -> None:
        """Counts a request without the proof that it comes from FPTR, or from Jira."""
        self._forged.labels(sender).inc()

    def settled(self, entry: Entry, fate: Fate) -> None:
        """Counts a run and its outcome."""
        direction = entry.event.direction.value
        self._outcomes.labels(direction, fate.state.value, fate.reason or "").inc()
        self._work.labels(direction).observe(fate.milliseconds / 1000)
        if fate.not_before is None:
            age = (self._clock() - entry.event.received_at).total_seconds()
            self._age.labels(direction).observe(max(0.0, age))

    def called(self, call: SiteCall, status: str) -> None:
        """Counts a call to a site."""
        self._calls.labels(call.site.value, call.endpoint, status).inc()

    def collect(self) -> Iterator[Metric]:
        """The gauges, read at the moment of the scrape."""
        overview = self._overview()
        yield GaugeMetricFamily(
            "sgjira_events_waiting", "Events that are not done", overview.waiting
        )
        yield GaugeMetricFamily(
            "sgjira_oldest_event_seconds",
            "Age of the oldest event that is not done, 0 without one",
            overview.oldest_seconds or 0.0,
        )
        yield GaugeMetricFamily(
            "sgjira_dead_letters", "Events that wait for a person", overview.dead
        )
        yield GaugeMetricFamily(
            "sgjira_blocked_keys",
            "Records whose first event fails and waits",
            len({blocked["ordering_key"] for blocked in overview.blocked}),
        )
        yield GaugeMetricFamily(
            "sgjira_active_keys", "Records that are worked on right now", len(self._active())
        )
        positions = GaugeMetricFamily(
            "sgjira_breaker_position",
            "Breaker of a site: 0 closed, 1 probing, 2 open",
            labels=["site"],
        )
        for site, breaker in self._breakers.items():
            positions.add_metric([site.value], _POSITIONS[breaker.position])
        yield positions

    def describe(self) -> list[Metric]:
        """Nothing beforehand: the registry would scrape on registration."""
        return []

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
