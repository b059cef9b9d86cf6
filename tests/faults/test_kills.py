"""SIGKILL at seeded random moments, while people edit on both sites; events in a SQLite file."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from tests.faults.crowd import CROWD_ENTRY, Crowd, check_crowd
from tests.faults.killing import SEED, kill_while_people_edit
from tests.faults.people import People, check_both_sites
from tests.faults.victims import Victim, warm_parent

#: Kills per run; `make faults` asks for many more.
KILLS = int(os.environ.get("FAULTS_KILLS", "6"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


@pytest.fixture
def start() -> Iterator[Callable[[Path], Victim]]:
    """Starts a bridge with a settings file."""
    begun = []

    def begin(settings: Path) -> Victim:
        # Nothing lags in the sandbox, so that nobody has to wait for certainty.
        victim = Victim(warm_parent(), settings, {"SGJIRA_SEARCH_LAG_SECONDS": "1"})
        victim.start()
        begun.append(victim)
        return victim

    yield begin
    for victim in begun:
        victim.terminate()


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_kills_do_no_harm_to_tasks_and_their_notes(
    sandbox: Sandbox, start: Callable[[Path], Victim], tmp_path: Path
) -> None:
    people = People(sandbox, random.Random(SEED))
    victim = start(write_settings(sandbox, tmp_path / "settings.py"))

    kill_while_people_edit(sandbox, people, [victim], KILLS // 4, lambda: events_in(tmp_path))

    check_both_sites(sandbox, people)


def test_kills_do_no_harm_to_anything_that_settings_alone_sync(
    sandbox: Sandbox, start: Callable[[Path], Victim], tmp_path: Path
) -> None:
    crowd = Crowd(sandbox, random.Random(SEED))
    victim = start(write_settings(sandbox, tmp_path / "settings.py", entry=CROWD_ENTRY))
    kills = KILLS if sandbox.flavour.is_cloud else KILLS // 4

    kill_while_people_edit(sandbox, crowd, [victim], kills, lambda: events_in(tmp_path))

    check_crowd(sandbox, crowd)


def events_in(folder: Path) -> list[sqlite3.Row]:
    """The events in the order of their arrival."""
    with closing(sqlite3.connect(folder / "settings.events.sqlite3")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM event ORDER BY seq").fetchall()
