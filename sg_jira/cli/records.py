"""Choosing FPTR records on the command line, and showing what was compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from sg_jira.bridge import Bridge
from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.differences import Compared
from sg_jira.printable import printable
from sg_jira.settings import Settings
from sg_jira.site_calls import Site

One = TypeVar("One")
Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST_VALUE: Final = 60
_SITES: Final = {Site.SHOTGUN: "FPTR", Site.JIRA: "Jira"}


def _read_filters(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> list[list[Any]]:
    """Filters of FPTR's Python API, from `FIELD OPERATOR VALUE`. The value is JSON, else text."""
    read = []
    for value in values:
        parts = value.split(maxsplit=2)
        if len(parts) < 3:
            raise click.BadParameter(f"{value!r} is not of the form 'FIELD OPERATOR VALUE'.")
        try:
            wanted = json.loads(parts[2])
        except ValueError:
            wanted = parts[2]
        read.append([*parts[:2], wanted])
    return read


def record_options(command: Command) -> Command:
    """Adds the options that choose records, and `--json`."""
    for option in reversed(
        (
            click.option(
                "--settings", required=True, metavar="FILE", help="Settings file of the bridge."
            ),
            click.option("--entry", metavar="NAME", help="Entry of SYNC.  [default: the only one]"),
            click.option(
                "--type", "types", multiple=True, metavar="TYPE", help="FPTR type; may be repeated."
            ),
            click.option(
                "--id", "ids", multiple=True, type=click.IntRange(1), help="Only these records."
            ),
            click.option("--project", metavar="NAME", help="Only records of this FPTR Project."),
            click.option(
                "--filter",
                "filters",
                multiple=True,
                callback=_read_filters,
                metavar='"FIELD OPERATOR VALUE"',
                help="Only records of which this holds; may be repeated.",
            ),
            click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines."),
        )
    ):
        command = option(command)
    return command


def entry_of(settings: Settings, named: str | None) -> str:
    """The entry of `SYNC` that is meant. Raises `ValueError`."""
    known = ", ".join(settings.sync)
    if named is None and len(settings.sync) > 1:
        raise ValueError(f"Say which entry of SYNC is meant with --entry: {known}.")
    name = named or next(iter(settings.sync))
    if name not in settings.sync:
        raise ValueError(f"The settings have no entry {name!r}; they have {known}.")
    return name


def check_project(bridge: Bridge, name: str | None) -> None:
    """Raises `ValueError` when FPTR has no such Project, or it belongs to no Jira project."""
    if not name:
        return
    # Several may have the name: one that is archived, one that is linked.
    found = bridge.shotgun.find("Project", [["name", "is", name]], [SHOTGUN_JIRA_ID_FIELD])
    if not found:
        raise ValueError(f"FPTR has no Project called {name!r}, or the script user cannot see it.")
    if not any(project[SHOTGUN_JIRA_ID_FIELD] for project in found):
        raise ValueError(
            f"The FPTR Project {name!r} is not linked: enter the Jira project's key into its "
            f"{SHOTGUN_JIRA_ID_FIELD}."
        )


def counted(results: Iterable[One], what: str, quiet: bool) -> Iterator[One]:
    """The same, with a count on a terminal while they come."""
    with Progress(console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        for one in results:
            bar.advance(task)
            yield one


def json_of(results: list[Compared]) -> str:
    """What was compared, for machines."""
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


def print_compared(results: list[Compared]) -> None:
    """What was compared, for people."""
    console = Console()
    table = Table("Record", "Issue", "Field", "There", "Would be", "Wins")
    for one in results:
        for each in one.differences:
            write = each.write
            field = write.field or write.endpoint
            values = _text(each.there), _text(write.value)
            winner = _SITES[each.winner] if each.winner else ""
            table.add_row(each.part or one.record, one.issue, escape(field), *values, winner)
        if one.problem:
            told = f"not compared: {_text(one.problem)}"
            table.add_row(one.record, one.issue, "", "", told, "")
    if table.rows:
        console.print(table)
    differing = sum(bool(one.differences) for one in results)
    failed = sum(bool(one.problem) for one in results)
    console.print(f"{len(results)} compared: {differing} differ, {failed} with problems.")


def _text(value: Any) -> str:
    if isinstance(value, Mapping):  # a status, a person: what people know it by
        value = value.get("displayName") or value.get("name") or value
    told = value if isinstance(value, str) else json.dumps(value, default=str)
    told = printable(told)
    return escape(told if len(told) <= _LONGEST_VALUE else told[: _LONGEST_VALUE - 1] + "…")
