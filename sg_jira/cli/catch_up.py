"""`sg-jira catch-up`: lets the running bridge look at both sites for what did not arrive."""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime, timezone
from typing import Any, Final

import click

from sg_jira.cli.events import opened_store

_EXAMPLES: Final = """\b
Examples:
  sg-jira catch-up --settings settings.py
  sg-jira catch-up --settings settings.py --compare       also what is compared once a day
  sg-jira catch-up --settings settings.py --wait 600

\b
What happens:
  The bridge that runs reads FPTR's event log and searches Jira from where it was left, and takes
  what did not arrive. This command waits until it has looked; the work itself goes on afterwards:
  sg-jira events list

\b
Exit codes:
  0  both sites were looked at
  1  a look has failed, nobody has looked in time, or the store or the settings cannot be used
  2  the command line cannot be understood
"""
#: Seconds between two looks into the store.
_PAUSE: Final = 0.2


@click.command(
    "catch-up", epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--settings", required=True, metavar="FILE", help="Settings file of the bridge.")
@click.option("--compare", is_flag=True, help="Compare everything, too.")
@click.option(
    "--wait",
    default=120,
    show_default=True,
    type=click.IntRange(0, 86_400),
    metavar="SECONDS",
    help="How long to wait; 0 ends at once.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON for machines.")
def catch_up(settings: str, compare: bool, wait: int, as_json: bool) -> None:
    """Fetches now what did not arrive from FPTR and Jira; the bridge has to be running."""
    with opened_store(settings) as store:
        from sg_jira.sources.positions import SOURCES, Positions

        positions = Positions(store)
        positions.ask(SOURCES, datetime.now(timezone.utc), compare)
        open_ones = _wait(positions, SOURCES, wait)
        problems = {source: positions.get(source).problem for source in SOURCES}
    late = f"nobody has looked in {wait} seconds; does the bridge run?" if wait else None
    told = {
        source: {
            "looked": source not in open_ones,
            "problem": late if source in open_ones else problems[source],
        }
        for source in SOURCES
    }
    if as_json:
        click.echo(json.dumps(told))
    else:
        for source, each in told.items():
            click.echo(f"{source}: {each['problem'] or ('looked' if each['looked'] else 'asked')}")
    sys.exit(1 if any(each["problem"] for each in told.values()) else 0)


def _wait(positions: Any, sources: tuple[str, ...], seconds: int) -> list[str]:
    """Waits until all was looked at; gives the sources that were not."""
    pause = threading.Event()
    for _ in range(round(seconds / _PAUSE) + 1):
        open_ones = [source for source in sources if positions.get(source).is_asked]
        if not open_ones or not seconds:
            break
        pause.wait(_PAUSE)
    return open_ones
