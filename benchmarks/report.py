"""Tells what was measured: as JSON, and as a Markdown table with a naive bridge beside ours."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from benchmarks.sizes import Sizes

#: Between these the page holds the table.
_BEGIN: Final = "<!-- figures -->"
_END: Final = "<!-- end of figures -->"

Results = dict[str, Any]
Row = tuple[str, str, str, str]


def describe(sizes: Sizes, results: Results) -> dict[str, Any]:
    """The whole report: where and when it was measured, how much, and what came out."""
    return {
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": platform.platform(terse=True),
        "cores": os.cpu_count(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "sizes": asdict(sizes),
        "results": results,
    }


def write(report: dict[str, Any], json_file: Path | None, page: Path | None) -> None:
    """Writes the report to a file, and its table into a page, between two comments."""
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if page is not None:
        head, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
        tail = rest.partition(_END)[2]
        text = f"{head}{_BEGIN}\n{as_markdown(report)}{_END}{tail}"
        page.write_text(text, encoding="utf-8")


def as_markdown(report: dict[str, Any]) -> str:
    """The report as a table. What was not measured is left out."""
    lines = [
        f"{report['cores']} cores, {report['machine']}, Python {report['python']}, "
        f"{report['at'][:10]}; load when it began {report['load_before'][0]}",
        "",
        "| | bridge | naive bridge | ratio |",
        "|---|---|---|---|",
    ]
    rows = [row for part in _PARTS for row in part(report["results"], report["sizes"])]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _acknowledgement(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    for name, found in results.get("acknowledgement", {}).items():
        waiting = (found["waiting_before"] + found["waiting_after"]) / 2
        said = f"{waiting:,.0f} events wait, {name}" if found["waiting_before"] else name
        figures = " / ".join(f"{found[part]:.1f}" for part in ("p50_ms", "p95_ms", "p99_ms"))
        yield f"acknowledged at 50 events/s, {said}: p50 / p95 / p99", f"{figures} ms", "", ""


def _arrival(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    both = results.get("arrival", {})
    for way in both.get("bridge", {}):
        ours, naive = both["bridge"][way], both["naive"][way]
        latency = sizes["latency"] * 1000
        title = f"edit to arrival {way}, a call takes {latency:.0f} ms: p50"
        yield _compared(title, ours["p50_ms"], naive["p50_ms"], " ms")
        yield (
            "of it beyond the calls' latency",
            f"{ours['beyond_calls_ms']:.1f} ms ({ours['calls']:g} calls)",
            f"{naive['beyond_calls_ms']:.1f} ms ({naive['calls']:g} calls)",
            "",
        )


def _costs(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    both = results.get("costs", {})
    for name, ours in both.get("bridge", {}).items():
        naive = both["naive"][name]
        sums = [each["fptr"] + each["jira"] for each in (ours, naive)]
        yield (
            f"calls, FPTR + Jira: {name}",
            f"{ours['fptr']} + {ours['jira']}",
            f"{naive['fptr']} + {naive['jira']}",
            _ratio(*sums),
        )


def _throughput(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    found = results.get("throughput", {})
    naive = found.get("naive")
    for ours in found.get("bridge", ()):
        count = ours["workers"]
        title = f"changes of 100 Tasks per second, {count} worker{'s' * (count > 1)}"
        yield _compared(title, ours["changes_per_second"], naive["changes_per_second"], "")
        yield (
            "of all workers' time, spent in calls",
            f"{ours['share_of_calls']:.0%}",
            f"{naive['share_of_calls']:.0%}",
            "",
        )


def _outage(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    both = results.get("outage")
    if not both:
        return
    ours, naive = both["bridge"], both["naive"]
    title = f"after an outage, {ours['events']:,} events wait: events per second"
    yield _compared(title, ours["events_per_second"], naive["events_per_second"], "")
    yield (
        "calls per event",
        f"{ours['calls_per_event']:g}",
        f"{naive['calls_per_event']:g}",
        _ratio(ours["calls_per_event"], naive["calls_per_event"]),
    )
    yield "until the first one is carried over", f"{ours['seconds_until_first']:g} s", "", ""
    yield "until all are", f"{ours['seconds_to_drain']:g} s more", "", ""


def _growth(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    for store, found in results.get("growth", {}).items():
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[store]
        events, warm = found["events"], sizes["warm"]
        rate = f"{found['events_per_second']:,}"
        yield f"{name}: events per second through a handler without work", rate, "", ""
        grown = f"{found['memory_growth_mib']:.1f} MiB"
        yield f"{name}: memory grows from event {warm:,} to {events:,} by", grown, "", ""
        half, end = found["store_half_way_mib"], found["store_at_the_end_mib"]
        kept = f"{name}: store that keeps {found['kept_events']:,} events, half way / at the end"
        yield kept, f"{half:.1f} / {end:.1f} MiB", "", ""


def _start_up(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    found = results.get("start_up")
    if not found:
        return
    times = f"{found['answers_seconds']:.2f} / {found['connected_seconds']:.2f} s"
    yield "start-up: until it answers / is connected", times, "", ""
    yield "idle: CPU, of a core", f"{found['idle_cpu_percent']:.2f} %", "", ""
    yield "idle: memory", f"{found['memory_mib']:.0f} MiB", "", ""


def _back_fill(results: Results, sizes: dict[str, Any]) -> Iterator[Row]:
    found = results.get("back_fill")
    if not found:
        return
    names = {"new": "without Issues", "synced": "that have theirs"}
    for name, said in names.items():
        run = found[name]
        title = f"back-fill of {found['tasks']:,} Tasks {said}"
        yield f"{title}: Tasks per second", f"{run['tasks_per_second']:,}", "", ""
        costs = f"{run['writes_per_task']:.2f} / {run['reads_per_task']:.2f}"
        yield f"{title}: calls per Task that write / read", costs, "", ""
        arrives = f"{run['edit_arrives_p50_seconds']:.2f} / {run['edit_arrives_p95_seconds']:.2f} s"
        yield f"{title}: an edit meanwhile arrives after, p50 / p95", arrives, "", ""


_PARTS = (_acknowledgement, _arrival, _costs, _throughput, _outage, _back_fill, _growth, _start_up)


def _compared(title: str, ours: float, naive: float, unit: str) -> Row:
    return title, f"{ours:,.1f}{unit}", f"{naive:,.1f}{unit}", _ratio(ours, naive)


def _ratio(ours: float, naive: float) -> str:
    return f"{ours / naive:.2f}" if naive else ""
