"""`sg-jira diff`: where the two sites differ, and what a full sync would make of it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

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
from sg_jira.differences import compare_both_ways, synced_records, types_of_entry
from sg_jira.settings import check_addresses, read_settings

_EXAMPLES = """\b
Examples:
  sg-jira diff --settings settings.py
  sg-jira diff --settings settings.py --project "The Lighthouse" --type Task
  sg-jira diff --settings settings.py --type Task --id 123 --id 124 --json

\b
What happens:
  Each linked record whose syncing is on is synced in full to its Issue by the handlers of the
  settings, without writing anything: what they would write is listed instead, with the site whose
  value would win. That is FPTR, and Jira for what the settings sync from Jira to FPTR only. Records
  and Issues are read by the page, so that it costs a call or two for what differs.

\b
Exit codes:
  0  both sites are equal
  1  something differs, or could not be compared, or a site cannot be reached
  2  the command line cannot be understood
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@record_options
@click.pass_context
def diff(
    context: click.Context,
    settings: str,
    entry: str | None,
    types: tuple[str, ...],
    ids: tuple[int, ...],
    project: str | None,
    filters: list[list[Any]],
    as_json: bool,
) -> None:
    """Compares linked records with their Issues and writes nothing."""
    with trouble_told():
        read = read_settings(settings)
        check_addresses(read)
        name = entry_of(read, entry)
        kinds = types or types_of_entry(read.sync[name])
        with problems_told_once(), closing(connect(read)) as bridge:
            check_project(bridge, project)
            records = (
                one
                for kind in kinds
                for one in synced_records(bridge, kind, ids, project, filters, linked_only=True)
            )
            compared = compare_both_ways(bridge, name, read.sync[name], records)
            results = list(counted(compared, "Comparing", quiet=as_json))
    click.echo(json_of(results)) if as_json else print_compared(results)
    if any(one.differences or one.problem for one in results):
        context.exit(1)
