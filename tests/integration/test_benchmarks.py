"""The benchmarks still run, and fill their table. Their figures are worth nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import acknowledgement, arrival, costs, growth, outage, start_up, throughput
from benchmarks.report import as_markdown, describe
from benchmarks.scene import Scene, scene
from benchmarks.sizes import TINY
from sg_jira.engine.running import EngineOptions
from tests.conftest import sockets_collected


@pytest.fixture
def play() -> Iterator[Scene]:
    with sockets_collected(), scene(tasks=8, naive=True, apart=False) as made:
        yield made


def both(found: Any) -> dict[str, Any]:
    return {"bridge": found, "naive": found}


def test_every_benchmark_runs_and_has_its_rows(play: Scene, tmp_path: Path) -> None:
    workers = throughput.measure_in(play, TINY, 1)
    found = {
        "throughput": {"bridge": [workers], "naive": workers},
        "arrival": both(arrival.measure_in(play, TINY)),
        "costs": both(costs.measure_in(play, TINY)),
        "start_up": start_up.measure_in(play, TINY),
        "outage": both(outage.measure_in(play, TINY, TINY.outage)),
        "acknowledgement": acknowledgement.measure_in(play, TINY),
        "growth": {"sqlite": growth.measure_in(EngineOptions(tmp_path / "store"), TINY)},
    }

    table = as_markdown(describe(TINY, found))

    for row in (
        "changes of 100 Tasks per second, 1 worker |",
        "edit to arrival to FPTR",
        "calls, FPTR + Jira: eight fields at once",
        "start-up",
        "after an outage, 4 events wait",
        "Jira is down: p50 / p95 / p99",
        "SQLite: memory grows from event 20 to 40",
    ):
        assert row in table, table
