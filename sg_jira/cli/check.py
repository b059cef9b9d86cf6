"""`sg-jira check`: tells everything that is wrong with a settings file before it is used."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import click

from sg_jira.bridge import Bridge
from sg_jira.handlers.generic.problems import Problem
from sg_jira.settings import Settings, check_addresses, read_settings
from sg_jira.settings_check import check_settings

_EXAMPLES = """\b
Examples:
  sg-jira check --settings settings.py
  sg-jira check --settings settings.py --offline
  sg-jira check --settings settings.py --json

\b
What is checked:
  the file itself; of each entry of SYNC the syncer, the hook and the names in its settings;
  of entity_mapping every field, status and direction, and whether each pair of fields can be
  converted. Unless --offline, all of it also against the schemas of both sites, and each entry
  is set up as at its first use. Nothing is written anywhere.

\b
Exit codes:
  0  nothing wrong; there may be warnings
  1  something is wrong, or a site cannot be reached; each problem is listed with its path
  2  the command line cannot be understood
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    "settings_file",
    required=True,
    metavar="FILE",
    help="Settings file, a Python file that defines SHOTGUN, JIRA and SYNC.",
)
@click.option("--offline", is_flag=True, help="Do not ask the sites.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
@click.pass_context
def check(context: click.Context, settings_file: str, offline: bool, as_json: bool) -> None:
    """Checks a settings file, and lists all problems with their path."""
    settings: Settings | None = None
    try:
        settings = read_settings(settings_file)
        check_addresses(settings)
        with _problems_told_once():
            found = check_settings(settings) if offline else _check_on_sites(settings)
        problems = [problem for of_entry in found.values() for problem in of_entry]
    except (ValueError, ImportError) as error:
        problems = [Problem(settings_file, str(error))]
    except Exception as error:  # noqa: BLE001  # whatever the clients raise for an unreachable site
        problems = [Problem("SHOTGUN or JIRA", f"{type(error).__name__}: {error}")]
    entries = list(settings.sync) if settings else []
    click.echo(_as_json(entries, problems) if as_json else _as_text(entries, problems))
    if any(not problem.is_warning for problem in problems):
        context.exit(1)


@contextmanager
def _problems_told_once() -> Iterator[None]:
    """Nothing is logged meanwhile: what is wrong comes in the list."""
    logger = logging.getLogger("sg_jira")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check_on_sites(settings: Settings) -> dict[str, list[Problem]]:
    with closing(_connect(settings)) as bridge:
        return check_settings(settings, bridge)


def _connect(settings: Settings) -> Bridge:
    _, shotgun, jira, sync = settings.plain
    return Bridge(
        shotgun["site"],
        shotgun["script_name"],
        shotgun["script_key"],
        jira["site"],
        jira.get("user"),
        jira["secret"],
        sync,
        shotgun.get("http_proxy"),
    )


def _as_text(entries: Sequence[str], problems: Sequence[Problem]) -> str:
    lines = [f"{one.severity}: {one}" for one in problems]
    errors = sum(not one.is_warning for one in problems)
    checked = f"{len(entries)} entries checked" if entries else "no entries checked"
    return "\n".join([*lines, f"{checked}: {errors} errors, {len(problems) - errors} warnings"])


def _as_json(entries: Sequence[str], problems: Sequence[Problem]) -> str:
    return json.dumps(
        {
            "entries": list(entries),
            "problems": [one.as_dict() for one in problems],
        },
        indent=2,
    )
