"""`sg-jira setup`: makes on both sites what the bridge needs, once somebody has agreed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.markup import escape

from sg_jira.connecting import NotConnected, addresses
from sg_jira.provisioning.env_file import EnvFile
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.provisioning.open_sites import open_sites
from sg_jira.provisioning.setup_plan import OpenParts, Request, plan
from sg_jira.provisioning.steps import (
    TROUBLE,
    Step,
    StepState,
    carry_out,
    only_by_hand,
    said_by,
)
from sg_jira.provisioning.webhook_setup import ADMIN_TOKEN, FPTR_SECRET, JIRA_SECRET
from sg_jira.service_settings import read_service_settings
from sg_jira.settings import POLL, Settings, check_addresses, read_settings

_EXAMPLES = """\b
Examples:
  sg-jira setup --settings settings.py --dry-run
  sg-jira setup --settings settings.py --project "Lantern Bay=LAN"
  sg-jira setup --settings settings.py --project "Lantern Bay=LAN" \\
      --url https://bridge.studio.example

\b
What is made, where it is missing:
  the FPTR fields and the Jira custom fields that the entries of SYNC need, with their options and
  places on screens; the links of Projects; with --url, the webhooks of both sites, and their
  secrets in the file .env beside the settings file. Nothing is deleted, and no value is replaced.
  What an API does not allow is printed as a step to do by hand. Run it again at any time.

\b
Exit codes:
  0  all is there, or was made, or is left to be done by hand
  1  something failed, or nobody agreed; what was done and what was not is listed
  2  the command line cannot be understood
"""
_STYLES: Final = {
    StepState.EXISTS: "dim",
    StepState.TO_DO: "bold",
    StepState.DONE: "green",
    StepState.BY_HAND: "yellow",
    StepState.FAILED: "red",
    StepState.NOT_DONE: "red",
}


def _read_links(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> list[tuple[str, str]]:
    """Names and keys, from `FPTR name=KEY`."""
    read = []
    for value in values:
        name, _, key = (part.strip() for part in value.rpartition("="))
        if not name or not key:
            raise click.BadParameter(f"{value!r} is not of the form 'FPTR name=KEY'.")
        read.append((name, key))
    return read


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--settings", "settings_file", required=True, metavar="FILE", help="Settings file.")
@click.option(
    "--project",
    "links",
    multiple=True,
    callback=_read_links,
    metavar='"NAME=KEY"',
    help="Link the FPTR Project with this name to a Jira project; may be repeated.",
)
@click.option("--url", metavar="URL", help="Address of the bridge as both sites know it.")
@click.option(
    "--entry",
    "entries",
    multiple=True,
    metavar="NAME",
    help="Only what this entry of SYNC needs; may be repeated. The first one gets the webhooks.  "
    "[default: all, and the webhooks go to 'default' where there are several]",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
@click.pass_context
def setup(
    context: click.Context,
    settings_file: str,
    links: list[tuple[str, str]],
    url: str | None,
    entries: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Makes the fields, links, webhooks and secrets that the bridge needs."""
    if as_json and not (yes or dry_run):
        raise click.UsageError("--json asks no questions: add --yes or --dry-run.")
    try:
        settings = read_settings(settings_file)
        check_addresses(settings)
        service = read_service_settings()
        request = _request(settings, links, url, entries)
        with _connected(settings) as parts:
            steps = plan(request, service, parts)
            is_work = any(one.state is StepState.TO_DO for one in steps)
            if not as_json:
                _show(steps)
            if is_work and not dry_run:
                if not yes:
                    click.confirm("Do what is to do?", abort=True)
                steps = list(carry_out(steps))
                steps += _secrets_unread(settings, parts.env_file)
                if not as_json:
                    click.echo()
                    _show([one for one in steps if one.state is not StepState.EXISTS])
    except (ValueError, ImportError, *TROUBLE, RuntimeError, NotConnected) as error:
        if isinstance(error, (click.exceptions.Exit, click.Abort)):
            raise
        raise click.ClickException(said_by(error)) from error
    if as_json:
        click.echo(json.dumps({"steps": [one.as_dict() for one in steps]}, indent=2))
    if any(one.state is StepState.FAILED for one in steps):
        context.exit(1)


def _request(
    settings: Settings, links: Sequence[tuple[str, str]], url: str | None, entries: Sequence[str]
) -> Request:
    unknown = [name for name in entries if name not in settings.sync]
    if unknown:
        raise click.UsageError(
            f"SYNC has no entry {', '.join(unknown)}; it has {', '.join(settings.sync)}."
        )
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise click.UsageError(f"--url: {url!r} is no address like https://bridge.studio.example.")
    sync = {name: settings.sync[name] for name in entries or settings.sync}
    first = next(iter(sync))
    entry = first if entries or len(sync) == 1 else "default" if "default" in sync else None
    if url and entry is None:
        raise click.UsageError(
            f"SYNC has several entries: say by --entry which one the webhooks are for "
            f"({', '.join(settings.sync)})."
        )
    sources = {"FPTR": settings.fptr_source, "Jira": settings.jira_source}
    polled = frozenset(name for name, source in sources.items() if source == POLL)
    return Request(sync, tuple(links), url, entry, polled)


@contextmanager
def _connected(settings: Settings) -> Iterator[OpenParts]:
    with closing(open_sites(settings)) as sites, closing(FptrRest(settings.shotgun)) as rest:
        if sites.shotgun is None or sites.jira is None:
            known = addresses(settings)
            raise NotConnected(
                {name: sites.errors[name] for name in known if name in sites.errors}, known
            )
        file = EnvFile(Path(settings.path).resolve().with_name(".env"))
        yield OpenParts(sites.shotgun, sites.jira, rest, file)


def _secrets_unread(settings: Settings, file: EnvFile) -> list[Step]:
    """A step to do by hand when the settings file does not load the secrets that were written."""
    written = [name for name in (FPTR_SECRET, JIRA_SECRET, ADMIN_TOKEN) if name in file.values()]
    read_settings(settings.path)  # which usually loads the file
    service = read_service_settings()
    if not written or (service.proves_senders and service.admin_token):
        return []
    how = f"The settings file does not load {file.path}: set {', '.join(written)} for the service."
    return [only_by_hand("secrets in the service's environment", how)]


def _show(steps: Sequence[Step]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for each in steps:
        console.print(f"[{_STYLES[each.state]}]{escape(str(each))}[/]")
