"""What the looks at both sites count, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric


class SourceMetrics:
    """Counters and gauges of the sources.

    Parameters:
        registry: of the engine's metrics.
        ages: source -> seconds since it was looked without trouble; asked at each scrape.
    """

    def __init__(
        self, registry: CollectorRegistry, ages: Callable[[], Mapping[str, float]]
    ) -> None:
        self._ages = ages
        self._looks = Counter(
            "sgjira_looks",
            "Looks at a site for changes that have not arrived, by how they went",
            ["source", "outcome"],
            registry=registry,
        )
        self._fetched = Counter(
            "sgjira_events_fetched",
            "Changes that were found by looking, and had not arrived by another way",
            ["source"],
            registry=registry,
        )
        registry.register(self)

    def looked(self, source: str, found: int | None) -> None:
        """Counts a look that found so many changes; `None` for one that failed."""
        self._looks.labels(source, "failed" if found is None else "done").inc()
        self._fetched.labels(source).inc(found or 0)

    def collect(self) -> Iterator[Metric]:
        """The gauges, read at the moment of the scrape."""
        ages = GaugeMetricFamily(
            "sgjira_look_age_seconds",
            "Time since a site was last looked at without trouble",
            labels=["source"],
        )
        for source, seconds in self._ages().items():
            ages.add_metric([source], seconds)
        yield ages

    def describe(self) -> list[Metric]:
        """Nothing beforehand: the registry would scrape on registration."""
        return []
