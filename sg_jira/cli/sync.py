"""`sg-jira sync`: full sync of many records, by the same queue as people's changes."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import Progress as Bar

from sg_jira.bridge import Bridge
from sg_jira.cli.events import opened_store, waking
from sg_jira.cli.quiet import problems_told_once
from sg_jira.cli.records import (
    check_project,
    counted,
    entry_of,
    json_of,
    print_compared,
    record_options,
)
from sg_jira.cli.trouble import trouble_told
from sg_jira.connecting import connect
from sg_jira.differences import compare, synced_records, types_of_entry
from sg_jira.settings import Settings, check_addresses, read_settings

_EXAMPLES = """\b
Examples:
  sg-jira sync --settings settings.py --project "The Lighthouse"
  sg-jira sync --settings settings.py --type Task --id 123 --id 124
  sg-jira sync --settings settings.py --type Task --filter 'sg_status_list in ["ip", "rdy"]'
  sg-jira sync --settings settings.py --dry-run
  sg-jira sync --settings settings.py --run move-to-cloud

\b
What happens:
  Each chosen record whose syncing is on is queued for a full sync to Jira, some hundreds at a time,
  behind what people edit meanwhile. The running bridge does the work; this command shows how far
  it is. Interrupted, or run again with the same --run, it goes on where it was.
  With --dry-run nothing is queued and nothing written: what would be written is listed.

\b
Exit codes:
  0  all of it is done, or with --dry-run: nothing would be written
  1  some became dead letters, were not finished, or the settings or a site cannot be used
  2  the command line cannot be understood
"""
#: Seconds between two looks.
_PAUSE: Final = 0.2


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@record_options
@click.option("--dry-run", is_flag=True, help="List what would be written; write nothing.")
@click.option("--run", "run", metavar="NAME", help="Name of the run.  [default: the time]")
@click.option("--no-wait", is_flag=True, help="End when all is queued.")
@click.pass_context
def sync(
    context: click.Context,
    settings: str,
    entry: str | None,
    types: tuple[str, ...],
    ids: tuple[int, ...],
    project: str | None,
    filters: list[list[Any]],
    as_json: bool,
    dry_run: bool,
    run: str | None,
    no_wait: bool,
) -> None:
    """Syncs many records in full, from FPTR to Jira."""
    with trouble_told():
        read = read_settings(settings)
        check_addresses(read)
        name = entry_of(read, entry)
        kinds = types or types_of_entry(read.sync[name])
        with problems_told_once(), closing(connect(read)) as bridge:
            check_project(bridge, project)
            records = (
                one for kind in kinds for one in synced_records(bridge, kind, ids, project, filters)
            )
            if dry_run:
                is_done = _rehearse(bridge, name, records, as_json)
            else:
                run = run or f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S}"
                with _told_how_to_go_on(run):
                    is_done = _feed(read, name, run, records, as_json, no_wait)
    if not is_done:
        context.exit(1)


@contextmanager
def _told_how_to_go_on(run: str) -> Iterator[None]:
    """Tells who interrupts the run how it goes on; nobody knows a name that was made up here."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException(
            "Interrupted. The bridge works on what is queued; the same command with "
            f"--run {shlex.quote(run)} goes on from there."
        ) from None


def _rehearse(bridge: Bridge, entry: str, records: Iterator[Any], as_json: bool) -> bool:
    results = list(counted(compare(bridge, entry, records), "Comparing", quiet=as_json))
    if as_json:
        click.echo(json_of(results))
    else:
        print_compared(results)
    return not any(one.differences or one.problem for one in results)


def _feed(
    settings: Settings, entry: str, run: str, records: Iterator[Any], as_json: bool, no_wait: bool
) -> bool:
    """Queues the records and waits for them; gives whether all went well."""
    # Imported here, so that the other commands start without the database.
    from sg_jira.engine.back_fill import BackFill
    from sg_jira.engine.identity import Identities
    from sg_jira.engine.inbox import Inbox
    from sg_jira.engine.schema import State

    pause = threading.Event()

    def now() -> datetime:
        return datetime.now(timezone.utc)

    with opened_store(str(settings.path)) as store, waking("bulk") as wake:
        inbox = Inbox(store, now, Identities(store).resolve)
        fill = BackFill(inbox, store, now, run, entry, wake, lambda: _wait(pause))
        fed = sum(1 for _ in counted(fill.feed(records), "Queueing", quiet=as_json))
        if no_wait:
            progress = fill.progress()
        else:
            if not as_json:
                click.echo(
                    f"Run {run}: {fed} queued. Waiting for the bridge of {settings.path}, "
                    "which has to be running.",
                    err=True,
                )
            quiet = as_json or not sys.stderr.isatty()
            with Bar(console=Console(stderr=True), disable=quiet) as bar:
                task = bar.add_task("Syncing")
                progress = fill.wait(
                    lambda told: bar.update(task, total=told.fed, completed=told.done)
                )
    counts = {state.value: count for state, count in progress.states.items()}
    dead = progress.states.get(State.DEAD, 0)
    if as_json:
        click.echo(json.dumps({"run": run, "queued": fed, "states": counts}, indent=2))
    else:
        told = ", ".join(f"{count} {state}" for state, count in counts.items()) or "none"
        click.echo(f"Run {run}: {fed} queued now; of all its records: {told}.")
        if dead:
            click.echo("Look at them with: sg-jira dead-letters list")
    return not dead


def _wait(pause: threading.Event) -> None:
    pause.wait(_PAUSE)
