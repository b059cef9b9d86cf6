"""What the looks at both sites count, for Prometheus."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from sg_jira.sources.webhook_states import WebhookState


class SourceMetrics:
    """Counters and gauges of the sources.

    Parameters:
        registry: of the engine's metrics.
        ages: source -> seconds since it was looked without trouble; asked at each scrape.
        webhooks: FPTR's webhooks that post to this bridge, as they were seen last; likewise.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        ages: Callable[[], Mapping[str, float]],
        webhooks: Callable[[], Sequence[WebhookState]],
    ) -> None:
        self._ages = ages
        self._webhooks = webhooks
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
        self._acknowledgements = Counter(
            "sgjira_acknowledgements",
            "Attempts to tell FPTR what became of a delivery, by how they went",
            ["outcome"],
            registry=registry,
        )
        registry.register(self)

    def looked(self, source: str, found: int | None) -> None:
        """Counts a look that found so many changes; `None` for one that failed."""
        self._looks.labels(source, "failed" if found is None else "done").inc()
        self._fetched.labels(source).inc(found or 0)

    def acknowledged(self, outcome: str) -> None:
        """Counts an attempt to tell FPTR what became of a delivery."""
        self._acknowledgements.labels(outcome).inc()

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
        seen = self._webhooks()
        by_status = GaugeMetricFamily(
            "sgjira_fptr_webhooks",
            "FPTR's webhooks that post here, by FPTR's word for how they are",
            labels=["status"],
        )
        for status, number in Counted(each.status for each in seen).items():
            by_status.add_metric([status], number)
        yield by_status
        yield from _of_each_webhook(seen)

    def describe(self) -> list[Metric]:
        """Nothing beforehand: the registry would scrape on registration."""
        return []


def _of_each_webhook(seen: Sequence[WebhookState]) -> Iterator[Metric]:
    """Numbers of the webhooks for a type and an entry: there may be several, which count as one."""
    labels = ["settings_name", "entity_type"]
    failures = GaugeMetricFamily(
        "sgjira_fptr_webhook_failures",
        "Deliveries of a webhook that failed within 24 hours, counted up to 100",
        labels=labels,
    )
    enabled = GaugeMetricFamily(
        "sgjira_fptr_webhook_enabled_again",
        "How often the bridge has turned a webhook on that FPTR had stopped",
        labels=labels,
    )
    for place in sorted({(each.entry, each.entity_type) for each in seen}):
        here = [each for each in seen if (each.entry, each.entity_type) == place]
        failures.add_metric(place, max(each.failures for each in here))
        enabled.add_metric(place, sum(each.times_enabled for each in here))
    yield failures
    yield enabled
