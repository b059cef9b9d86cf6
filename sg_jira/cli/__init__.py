"""The `sg-jira` command: a group of commands, one module each."""

from __future__ import annotations

from typing import Final

import click

from sg_jira.cli.catch_up import catch_up
from sg_jira.cli.check import check
from sg_jira.cli.demo import demo
from sg_jira.cli.diff import diff
from sg_jira.cli.events import dead_letters, events
from sg_jira.cli.sandbox import sandbox
from sg_jira.cli.serve import serve
from sg_jira.cli.setup import setup
from sg_jira.cli.sync import sync

#: Every command, in the order of the help text.
COMMANDS: Final[list[click.Command]] = [
    demo,
    sandbox,
    serve,
    check,
    setup,
    sync,
    diff,
    catch_up,
    events,
    dead_letters,
]


class _InOrder(click.Group):
    """Lists the commands as they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Keeps Flow Production Tracking (FPTR) and Jira in step, both ways.

    Each command has a help text of its own: sg-jira COMMAND --help

    Exit codes: 0 all went well, 1 it did not (the message says why), 2 the command line cannot
    be understood, 130 Ctrl-C before the command has begun.
    """


for _command in COMMANDS:
    main.add_command(_command)
