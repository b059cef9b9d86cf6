"""`sg-jira catch-up`: lets the running bridge look at both sites for what did not arrive."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import click

from sg_jira.cli.events import opened_store
from sg_jira.provisioning.fptr_rest import FptrRest, RestRefused
from sg_jira.provisioning.redelivery import failed_deliveries
from sg_jira.service_settings import ServiceSettings, read_service_settings
from sg_jira.settings import Settings, read_settings

_EXAMPLES: Final = """\b
Examples:
  sg-jira catch-up --settings settings.py
  sg-jira catch-up --settings settings.py --compare       also what is compared once a day
  sg-jira catch-up --settings settings.py --wait 600
  sg-jira catch-up --settings settings.py --redeliver     FPTR sends again what failed
  sg-jira catch-up --settings settings.py --redeliver --hours 3

\b
What happens:
  The bridge that runs reads FPTR's event log and searches Jira from where it was left, and takes
  what did not arrive; with SGJIRA_URL it looks after FPTR's webhooks, too. This command waits until
  it has looked; the work itself goes on afterwards: sg-jira events list
  With --redeliver FPTR is asked first to send those deliveries of its webhooks again that have
  failed, a call for each; needed only for what its event log does not tell.

\b
Exit codes:
  0  both sites were looked at
  1  a look has failed, nobody has looked in time, FPTR does not send again, or the store or the
     settings cannot be used
  2  the command line cannot be understood
"""
#: Seconds between two looks into the store.
_PAUSE: Final = 0.2
#: For so long FPTR keeps deliveries.
_A_WEEK: Final = 7 * 24


@click.command(
    "catch-up", epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--settings", required=True, metavar="FILE", help="Settings file of the bridge.")
@click.option("--compare", is_flag=True, help="Compare everything, too.")
@click.option(
    "--redeliver", is_flag=True, help="Let FPTR send failed deliveries of its webhooks again."
)
@click.option(
    "--hours",
    default=_A_WEEK,
    show_default=True,
    type=click.IntRange(1, _A_WEEK),
    help="Only those that failed so many hours ago at most.",
)
@click.option(
    "--url",
    metavar="URL",
    help="Address to which those webhooks post.  [default: SGJIRA_URL]",
)
@click.option(
    "--wait",
    default=120,
    show_default=True,
    type=click.IntRange(0, 86_400),
    metavar="SECONDS",
    help="How long to wait; 0 ends at once.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON for machines.")
def catch_up(
    settings: str,
    compare: bool,
    redeliver: bool,
    hours: int,
    url: str | None,
    wait: int,
    as_json: bool,
) -> None:
    """Fetches now what did not arrive from FPTR and Jira; the bridge has to be running."""
    with opened_store(settings) as store:
        from sg_jira.sources.positions import Positions
        from sg_jira.sources.running import modes_of

        read, service = read_settings(settings), read_service_settings()
        told = {"redelivery": _redeliver(read, service, url, hours)} if redeliver else {}
        told |= _look(Positions(store), tuple(modes_of(read, service)), compare, wait)
    if as_json:
        click.echo(json.dumps(told))
    else:
        for what, each in told.items():
            click.echo(f"{what}: {each['problem'] or _said(each)}")
    sys.exit(1 if any(each["problem"] for each in told.values()) else 0)


def _said(told: dict[str, Any]) -> str:
    if "asked" in told:
        return f"{told['asked']} deliveries are sent again"
    return "looked" if told["looked"] else "asked"


def _look(
    positions: Any, sources: Sequence[str], compare: bool, wait: int
) -> dict[str, dict[str, Any]]:
    """Lets the running bridge look; gives by source whether it has, and what was wrong."""
    positions.ask(sources, datetime.now(timezone.utc), compare)
    open_ones = _wait(positions, sources, wait)
    problems = {source: positions.get(source).problem for source in sources}
    late = f"nobody has looked in {wait} seconds; does the bridge run?" if wait else None
    return {
        source: {
            "looked": source not in open_ones,
            "problem": late if source in open_ones else problems[source],
        }
        for source in sources
    }


def _wait(positions: Any, sources: Sequence[str], seconds: int) -> list[str]:
    """Waits until all was looked at; gives the sources that were not."""
    pause = threading.Event()
    for _ in range(round(seconds / _PAUSE) + 1):
        open_ones = [source for source in sources if positions.get(source).is_asked]
        if not open_ones or not seconds:
            break
        pause.wait(_PAUSE)
    return open_ones


def _redeliver(
    settings: Settings, service: ServiceSettings, url: str | None, hours: int
) -> dict[str, Any]:
    """Lets FPTR send again what failed; gives how many deliveries, and what was wrong."""
    bridge = url or service.url
    if not bridge:
        raise click.UsageError(
            "--redeliver has to know which webhooks are this bridge's: set SGJIRA_URL or say --url."
        )
    asked, problem = 0, None
    since = datetime.now(timezone.utc) - timedelta(hours=hours)
    try:
        with closing(FptrRest(settings.shotgun)) as rest:
            for number in failed_deliveries(rest, bridge, settings.sync, since):
                rest.redeliver(number)
                asked += 1
    except (RestRefused, OSError) as error:
        problem = f"FPTR does not send again, after {asked} deliveries: {error}"
    return {"asked": asked, "problem": problem}
