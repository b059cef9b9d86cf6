"""Options that several commands have."""

from __future__ import annotations

import click

jira_option = click.option(
    "--jira",
    "flavour",
    type=click.Choice(["cloud", "datacenter"]),
    default="cloud",
    show_default=True,
    help="Which kind of Jira site to play.",
)
