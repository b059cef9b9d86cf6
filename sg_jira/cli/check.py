"""`sg-jira check`: tells everything that is wrong with settings and sites before they are used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing

import click

from sg_jira.cli.quiet import problems_told_once
from sg_jira.handlers.generic.problems import Problem
from sg_jira.provisioning.examination import examine
from sg_jira.provisioning.findings import Finding, State
from sg_jira.provisioning.open_sites import open_sites
from sg_jira.service_settings import read_service_settings
from sg_jira.settings import Settings, check_addresses, read_settings
from sg_jira.settings_check import check_settings

_EXAMPLES = """\b
Examples:
  sg-jira check --settings settings.py
  sg-jira check --settings settings.py --offline
  sg-jira check --settings settings.py --url https://bridge.studio.example
  sg-jira check --settings settings.py --json

\b
What is checked:
  the file itself; of each entry of SYNC the syncer, the hook and the names in its settings;
  of entity_mapping every field, status and direction, and whether each pair of fields can be
  converted. Unless --offline, all of it also against the schemas of both sites, and each entry
  is set up as at its first use; then, for what the entries sync, the credentials, fields,
  permissions, screens, statuses, linked projects, people and webhooks of both sites, the clocks,
  the secrets, the store and the versions. Nothing is changed anywhere.

\b
Exit codes:
  0  nothing wrong; there may be warnings
  1  something is wrong, or a site cannot be reached; each problem is listed with its path, and
     each failure with how to mend it
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
@click.option(
    "--url",
    metavar="URL",
    help="Address of the bridge as both sites know it: their webhooks have to point there.  "
    "[default: SGJIRA_URL]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
@click.pass_context
def check(
    context: click.Context, settings_file: str, offline: bool, url: str | None, as_json: bool
) -> None:
    """Checks a settings file, and lists all problems with their path."""
    settings: Settings | None = None
    findings: list[Finding] = []
    try:
        settings = read_settings(settings_file)
        check_addresses(settings)
        with problems_told_once():
            if offline:
                problems = _all_of(check_settings(settings))
            else:
                problems, findings = _check_on_sites(settings, url)
    except (ValueError, ImportError) as error:
        problems = [Problem(settings_file, str(error))]
    entries = list(settings.sync) if settings else []
    shown = _as_json if as_json else _as_text
    click.echo(shown(entries, problems, findings))
    if _errors(problems, findings):
        context.exit(1)


def _check_on_sites(settings: Settings, url: str | None) -> tuple[list[Problem], list[Finding]]:
    """What is wrong with the settings, and what is so on the sites.

    Without a bridge between them, the settings are checked by themselves.
    """
    service = read_service_settings()
    with closing(open_sites(settings)) as sites:
        problems: list[Problem] = []
        reason = sites.errors.get("bridge")
        if reason is not None and sites.shotgun and sites.jira:  # else it is told with the site
            problems = [Problem("SHOTGUN or JIRA", f"{type(reason).__name__}: {reason}")]
        try:
            problems += _all_of(check_settings(settings, sites.bridge))
            return problems, list(examine(settings, service, sites, url or service.url))
        except Exception as error:  # noqa: BLE001  # whatever the clients raise for a site in trouble
            return [*problems, Problem("SHOTGUN or JIRA", f"{type(error).__name__}: {error}")], []


def _all_of(found: Mapping[str, Sequence[Problem]]) -> list[Problem]:
    return [problem for of_entry in found.values() for problem in of_entry]


def _errors(problems: Sequence[Problem], findings: Sequence[Finding]) -> int:
    wrong = sum(not one.is_warning for one in problems)
    return wrong + sum(one.state is State.FAILURE for one in findings)


def _as_text(
    entries: Sequence[str], problems: Sequence[Problem], findings: Sequence[Finding]
) -> str:
    lines = [*(f"{one.severity}: {one}" for one in problems), *map(str, findings)]
    warnings = sum(one.is_warning for one in problems)
    warnings += sum(one.state is State.WARNING for one in findings)
    count = "1 entry" if len(entries) == 1 else f"{len(entries) or 'no'} entries"
    checked = f"{count} checked"
    errors = _errors(problems, findings)
    return "\n".join([*lines, f"{checked}: {errors} errors, {warnings} warnings"])


def _as_json(
    entries: Sequence[str], problems: Sequence[Problem], findings: Sequence[Finding]
) -> str:
    return json.dumps(
        {
            "entries": list(entries),
            "problems": [one.as_dict() for one in problems],
            "checks": [one.as_dict() for one in findings],
        },
        indent=2,
    )
