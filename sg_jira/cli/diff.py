"""`sg-jira diff`: where the two sites differ, and what a full sync would make of it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from sg_jira.connecting import connect
from sg_jira.differences import Compared, compare, linked_records, types_of_entry
from sg_jira.printable import printable
from sg_jira.settings import Settings, check_addresses, read_settings

_EXAMPLES = """\b
Examples:
  sg-jira diff --settings settings.py
  sg-jira diff --settings settings.py --project "The Lighthouse" --type Task
  sg-jira diff --settings settings.py --type Task --id 123 --id 124 --json

\b
What happens:
  Each linked record whose syncing is on is synced in full to its Issue by the handlers of the
  settings, without writing anything: what they would write is listed instead. Such a sync goes
  from FPTR to Jira, so FPTR's value would win. It costs about two calls per record.

\b
Exit codes:
  0  both sites are equal
  1  something differs, or could not be compared, or a site cannot be reached
  2  the command line cannot be understood
"""
_LONGEST_VALUE = 60


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--settings", required=True, metavar="FILE", help="Settings file of the bridge.")
@click.option("--entry", metavar="NAME", help="Entry of SYNC.  [default: the only one]")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="FPTR type; may be repeated.")
@click.option("--id", "ids", multiple=True, type=click.IntRange(1), help="Only these records.")
@click.option("--project", metavar="NAME", help="Only records of this FPTR Project.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
@click.pass_context
def diff(
    context: click.Context,
    settings: str,
    entry: str | None,
    types: tuple[str, ...],
    ids: tuple[int, ...],
    project: str | None,
    as_json: bool,
) -> None:
    """Compares linked records with their Issues and writes nothing."""
    try:
        read = read_settings(settings)
        check_addresses(read)
        name = _entry_of(read, entry)
        kinds = types or types_of_entry(read.sync[name])
        logging.getLogger("sg_jira").setLevel(logging.CRITICAL + 1)  # all is told in the list
        with closing(connect(read)) as bridge:
            records = (one for kind in kinds for one in linked_records(bridge, kind, ids, project))
            results = list(_shown(compare(bridge, name, records), quiet=as_json))
    except (ValueError, ImportError) as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:  # whatever the clients raise for an unreachable site
        raise click.ClickException(f"{type(error).__name__}: {error}") from error
    click.echo(_as_json(results)) if as_json else _print(results)
    if any(one.differences or one.problem for one in results):
        context.exit(1)


def _entry_of(settings: Settings, named: str | None) -> str:
    known = ", ".join(settings.sync)
    if named is None and len(settings.sync) > 1:
        raise ValueError(f"Say which entry of SYNC is meant with --entry: {known}.")
    name = named or next(iter(settings.sync))
    if name not in settings.sync:
        raise ValueError(f"The settings have no entry {name!r}; they have {known}.")
    return name


def _shown(results: Iterable[Compared], quiet: bool) -> Iterator[Compared]:
    """The same, with a count on a terminal while they come."""
    with Progress(console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("Comparing", total=None)
        for one in results:
            bar.advance(task)
            yield one


def _as_json(results: list[Compared]) -> str:
    return json.dumps(
        {
            "compared": len(results),
            "differences": [each.as_dict() for one in results for each in one.differences],
            "problems": [
                {"record": one.record, "issue": one.issue, "problem": one.problem}
                for one in results
                if one.problem
            ],
        },
        indent=2,
    )


def _print(results: list[Compared]) -> None:
    console = Console()
    table = Table("Record", "Issue", "Field", "There", "Would be")
    for one in results:
        for each in one.differences:
            write = each.write
            field = write.field or write.endpoint
            table.add_row(
                one.record, one.issue, escape(field), _text(each.there), _text(write.value)
            )
        if one.problem:
            table.add_row(one.record, one.issue, "", "", f"not compared: {_text(one.problem)}")
    if table.rows:
        console.print(table)
    differing = sum(bool(one.differences) for one in results)
    failed = sum(bool(one.problem) for one in results)
    console.print(f"{len(results)} compared: {differing} differ, {failed} with problems.")


def _text(value: Any) -> str:
    told = value if isinstance(value, str) else json.dumps(value, default=str)
    told = printable(told)
    return escape(told if len(told) <= _LONGEST_VALUE else told[: _LONGEST_VALUE - 1] + "…")
