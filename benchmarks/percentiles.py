"""Percentiles of what was measured."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """The usual ones."""
    parts = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "longest_ms": 1.0}
    return {name: round(percentile(milliseconds, part), 1) for name, part in parts.items()}
