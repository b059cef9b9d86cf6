"""Puts the demonstration together: stage, story, comparison, and what to play with afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from rich.console import Console

from sg_jira.demo.cast import Cast, NotSynced
from sg_jira.demo.plays import PLAYS, Play
from sg_jira.demo.presentation import Presentation
from sg_jira.demo.service import RunningBridge
from sg_jira.demo.telling import tell
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.invitation import invite


def run_demo(
    flavour: Flavour,
    console: Console,
    stay: Callable[[], None] | None,
    check: Callable[[], None],
    story: str = "tasks",
    source: str = "webhook",
) -> bool:
    """Starts both sites and the bridge, tells the story, and shows what came of it.

    Parameters:
        flavour: kind of Jira site.
        console: where everything is shown.
        stay: called at the end, while all is still running, to wait for `KeyboardInterrupt`;
            `None` to end at once.
        check: called again and again while the story is told; raises `KeyboardInterrupt` to stop.
        story: its name in `PLAYS`.
        source: how changes come to the bridge: `webhook` or `poll`.

    Returns: whether both sites are equal and all pairs are linked both ways.
    """
    play = PLAYS[story]
    with (
        tempfile.TemporaryDirectory(prefix="sg-jira-demo-") as folder,
        Sandbox(flavour, seeded=True) as sandbox,
        RunningBridge(sandbox, Path(folder), "bridge.log", play.entry, source) as bridge,
    ):
        people = sandbox.production.people
        shown = Presentation(console, {one.login: one.name for one in people})
        shown.chapter("Everything runs on this machine")
        shown.sites(sandbox, bridge.url)
        cast = Cast(sandbox)
        try:
            complete = _tell(play, sandbox, cast, shown, check)
            equal = _compare(play, cast, shown)
        finally:
            cast.close()
        done = _is_all_done(bridge, shown)
        shown.calls(sandbox.bridge_calls())
        succeeded = complete and equal and done
        if not succeeded and bridge.log is not None:
            _show_warnings(bridge.log, shown)
        if stay is not None:
            with suppress(KeyboardInterrupt):
                shown.chapter("Now you: everything keeps running until Ctrl-C")
                shown.text(f"The bridge's log is {bridge.log}\n")
                shown.text(invite(sandbox, bridge.url))
                stay()
    return succeeded


def _tell(
    play: Play, sandbox: Sandbox, cast: Cast, shown: Presentation, check: Callable[[], None]
) -> bool:
    shown.chapter("People at work")
    quiet = True
    try:
        for told in tell(play.steps(sandbox.flavour), sandbox, cast, check):
            shown.step(told)
            quiet = quiet and told.quiet
    except NotSynced as problem:
        shown.problem(str(problem))
        return False
    if not quiet:
        shown.problem("The bridge was still at work when it should long have been done.")
    return quiet


def _compare(play: Play, cast: Cast, shown: Presentation) -> bool:
    shown.chapter("Both sites side by side")
    pairs = play.compare(cast)
    for pair in pairs:
        shown.pair(pair.title, pair.fields)
    everything = [field for pair in pairs for field in pair.fields]
    different = sum(not field.equal for field in everything)
    shown.verdict(len(everything) - different, different)
    return bool(everything) and not different


def _is_all_done(bridge: RunningBridge, shown: Presentation) -> bool:
    troubles = bridge.troubles
    for trouble in troubles:
        shown.problem(f"The bridge has not done all that it was sent: {trouble}.")
    return not troubles


def _show_warnings(log: Path, shown: Presentation) -> None:
    lines = log.read_text(encoding="utf-8").splitlines()
    worst = [line for line in lines if " WARNING " in line or " ERROR " in line]
    shown.chapter("What the bridge complained about")
    for line in worst[:_MOST_WARNINGS]:
        shown.text(line)
    if not worst:
        shown.text("Nothing.")


_MOST_WARNINGS: Final = 10
