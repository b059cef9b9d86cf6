"""Measures all of it: `python -m benchmarks`, or parts: `python -m benchmarks arrival costs`.

Both sites, the bridge and the sender are processes of their own on this machine. Single runs,
beside whatever else the machine does: compare within one run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from benchmarks import (
    acknowledgement,
    arrival,
    back_fill,
    costs,
    growth,
    outage,
    start_up,
    throughput,
)
from benchmarks.report import as_markdown, describe, write
from benchmarks.sizes import FULL, QUICK, Sizes


def _both(measure: Callable[..., Any]) -> Callable[[Sizes], dict[str, Any]]:
    return lambda sizes: {"bridge": measure(sizes), "naive": measure(sizes, naive=True)}


def _throughput(sizes: Sizes) -> dict[str, Any]:
    return {
        "bridge": [throughput.measure(sizes, workers) for workers in sizes.workers],
        "naive": throughput.measure(sizes, 1, naive=True),
    }


def _growth(sizes: Sizes) -> dict[str, Any]:
    results = {"sqlite": growth.measure(sizes)}
    try:
        results["postgresql"] = growth.measure(sizes, "postgresql")
    except ImportError:
        click.echo("PostgreSQL is left out: pip install 'sg-jira[tests]'", err=True)
    return results


#: What can be measured, by name.
PARTS: Final[dict[str, Callable[[Sizes], Any]]] = {
    "acknowledgement": acknowledgement.measure,
    "arrival": _both(arrival.measure),
    "costs": _both(costs.measure),
    "throughput": _throughput,
    "outage": _both(outage.measure),
    "back_fill": lambda sizes: back_fill.measure_back_fill(sizes.back_fill),
    "growth": _growth,
    "start_up": start_up.measure,
}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--full", is_flag=True, help="The large counts, as committed; takes half an hour.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Writes the report.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, exists=True),
    help="Puts the table into a page, between its comments: docs/performance.md.",
)
def main(names: tuple[str, ...], full: bool, json_file: Path | None, page: Path | None) -> None:
    """See the module."""
    sizes = FULL if full else QUICK
    results: dict[str, Any] = {}
    report = describe(sizes, results)
    for name, measure in PARTS.items():
        if not names or name in names:
            click.echo(f"{name} ...", err=True)
            results[name] = measure(sizes)
            write(report, json_file, page)
    click.echo(as_markdown(report))


if __name__ == "__main__":
    main()
