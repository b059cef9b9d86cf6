"""`sg-jira demo`: both sites, the bridge between them, and a story played on them."""

from __future__ import annotations

import os
import sys

import click
from rich.console import Console

from sg_jira.cli.interrupts import Interrupts
from sg_jira.cli.options import jira_option
from sg_jira.settings import SOURCES

_EXAMPLES = """\b
Examples:
  sg-jira demo                     then play with it, Ctrl-C ends it
  sg-jira demo --exit              for scripts: the exit code tells
  sg-jira demo --jira datacenter
  sg-jira demo --story generic     Assets, Shots, Tasks, Tickets, Notes, TimeLogs
  sg-jira demo --source poll       nobody sends the bridge anything: it looks itself

\b
What happens:
  Both sites of the sandbox and the real web service start on free ports of this machine. People
  turn on syncing and edit, in FPTR and in Jira, through the clients that studios use; in the
  story generic they also make records on either site, and delete. When all is quiet, both sites
  are read and compared field by field, and the API calls that the bridge made are counted.
  Nothing is kept afterwards.

\b
Exit codes:
  0  every field is equal on both sites, and all pairs are linked both ways
  1  something differs (the tables show what), the story was stopped, or it could not start
  2  the command line cannot be understood
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--exit", "end", is_flag=True, help="End after the story instead of staying up.")
@jira_option
@click.option(
    "--story",
    type=click.Choice(["tasks", "generic"]),
    default="tasks",
    show_default=True,
    help="tasks: Tasks and their Notes. generic: six entity types, by settings alone.",
)
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default=SOURCES[0],
    show_default=True,
    help="How changes come to the bridge: sent by both sites, or by a look now and then.",
)
def demo(end: bool, flavour: str, story: str, source: str) -> None:
    """Shows the bridge at work on this machine; needs no account anywhere."""
    if source == "poll" and story == "generic":
        raise click.UsageError(
            "The story 'generic' deletes in Jira, which only webhooks tell at once: play it with "
            "--source webhook."
        )
    # Imported here, so that the service, another command, does not load the sandbox.
    from sg_jira.demo.show import run_demo
    from sg_jira.sandbox import Flavour

    interrupts = Interrupts()
    interrupts.listen()
    # All servers are on this machine; a proxy named by the environment would only be in the way.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    try:
        stay = None if end else interrupts.wait
        equal = run_demo(Flavour(flavour), Console(), stay, interrupts.check, story, source)
    except KeyboardInterrupt:
        click.echo("Stopped before the end.")
        sys.exit(1)
    except (OSError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error
    click.echo("Stopped." if not end else "")
    sys.exit(0 if equal else 1)
