"""`sg-jira sandbox`: serves both sites of the sandbox until it is interrupted."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from sg_jira.cli.interrupts import Interrupts
from sg_jira.cli.options import jira_option

_EXAMPLES = """\b
Examples:
  sg-jira sandbox
  sg-jira sandbox --jira datacenter --shotgun-port 0 --jira-port 0
\b
  Together with a bridge, in two terminals:
  sg-jira sandbox --bridge http://127.0.0.1:9090
  sg-jira serve --settings settings.py      (with the .env that the sandbox prints)

\b
What you get:
  An FPTR site for shotgun_api3 and a Jira site for the jira client, with a small animation
  production on both: a Project with Assets, Shots and 30 Tasks, people, Notes and TimeLogs, and
  a Jira project with the same people. Nothing of it is synced yet. All is kept in memory only.
  Both addresses are pages for a browser, too, to look at the records and to edit them.
\b
  With --bridge, what happens is posted there as on real sites: the changes in FPTR as its event
  daemon does, or with --fptr-webhooks as FPTR's own webhooks; those in Jira as webhooks.

\b
Knobs of each site, over HTTP:
  GET, DELETE /_sandbox/calls           the calls that were counted
  GET, POST, DELETE /_sandbox/faults    errors, lost answers, slow answers ...
  PUT /_sandbox/latency                 {"seconds": 0.05}
  GET, PUT /_sandbox/settings           webhooks astray, late events, lagging search ...

\b
Exit codes:
  0  stopped by Ctrl-C or a signal to terminate
  1  cannot start, a port may be taken; the message says which
  2  the command line cannot be understood
"""


def _check_url(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.BadParameter(f"{value!r} is no URL such as http://127.0.0.1:9090.")
    return value.rstrip("/")


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--shotgun-port",
    default=9081,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port of the FPTR site; 0 for a free one.",
)
@click.option(
    "--jira-port",
    default=9082,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port of the Jira site; 0 for a free one.",
)
@jira_option
@click.option(
    "--bridge",
    metavar="URL",
    callback=_check_url,
    help="Where a bridge listens, to post events and webhooks to.",
)
@click.option(
    "--fptr-webhooks",
    "hooks",
    is_flag=True,
    help="Send FPTR's own webhooks instead of playing its event daemon.",
)
@click.option(
    "--settings-name",
    default="default",
    show_default=True,
    metavar="NAME",
    help="The key of SYNC in the bridge's settings, for the URLs it is sent to.",
)
def sandbox(
    shotgun_port: int,
    jira_port: int,
    flavour: str,
    bridge: str | None,
    hooks: bool,
    settings_name: str,
) -> None:
    """Serves an FPTR site and a Jira site on this machine, to try and to develop against.

    Prints where they are, credentials and lines to type, and a .env for a bridge. Runs until
    Ctrl-C.
    """
    # Imported here, so that the service, another command, does not load the sandbox.
    from sg_jira.sandbox import Flavour, Sandbox
    from sg_jira.sandbox.invitation import environment_of_bridge, invite

    interrupts = Interrupts()
    interrupts.listen()
    sites = Sandbox(Flavour(flavour), seeded=True, shotgun_port=shotgun_port, jira_port=jira_port)
    try:
        sites.start()
    except OSError as error:
        raise click.ClickException(f"{error} Choose another port, or 0 for a free one.") from error
    try:
        if bridge is not None:
            sites.forward_to(bridge, settings_name, daemon=not hooks)
        click.echo(f"FPTR site  {sites.shotgun.url}")
        click.echo(f"Jira site  {sites.jira.url}  ({flavour})")
        click.echo(f"Bridge     {bridge or 'none: changes are not posted anywhere (see --bridge)'}")
        click.echo("\n# .env for a bridge, beside its settings.py")
        click.echo(environment_of_bridge(sites))
        click.echo(invite(sites, bridge))
        click.echo("Ctrl-C stops it.")
        interrupts.wait()
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        sites.stop()
