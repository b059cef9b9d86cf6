"""SIGKILL at seeded random moments, while people edit on both sites."""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from tests.faults.people import People, check_both_sites
from tests.faults.victims import Senders, Victim, wait_until, warm_parent

#: Kills per run; `make faults` asks for many more.
KILLS = int(os.environ.get("FAULTS_KILLS", "8"))
SEED = int(os.environ.get("FAULTS_SEED", "20260301"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


@pytest.fixture
def flavour() -> Flavour:
    """What is killed does not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.fixture
def victim(sandbox: Sandbox, tmp_path: Path) -> Iterator[Victim]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = write_settings(sandbox, tmp_path / "settings.py")
    # Nothing lags in the sandbox, so that nobody has to wait for certainty.
    one = Victim(warm_parent(), port, str(settings), {"SGJIRA_SEARCH_LAG_SECONDS": "1"})
    one.start()
    yield one
    one.terminate()


def test_kills_lose_nothing_make_nothing_twice_and_keep_the_order(
    sandbox: Sandbox, victim: Victim, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    people, pause = People(sandbox, dice), threading.Event()
    people.new_task()
    with Senders(sandbox, victim) as senders:
        wait_until(lambda: victim.is_idle, "the bridge is up")
        for _ in range(KILLS):
            for _ in range(dice.randint(1, 4)):
                people.do_something()
                pause.wait(dice.uniform(0, 0.05))
            pause.wait(dice.uniform(0, 0.4))
            victim.kill()
            victim.start()
        settle(sandbox, victim, senders)
        accepted = senders.accepted

    states = states_in(tmp_path / "settings.events.sqlite3")
    assert accepted <= states.keys(), "an accepted event is lost"
    assert {states[event] for event in accepted} <= {"synced", "skipped", "merged"}
    check_both_sites(sandbox, people)


def settle(sandbox: Sandbox, victim: Victim, senders: Senders) -> None:
    """Waits until nothing is on its way, twice in a row with no call in between."""
    seen: list[int] = []

    def is_quiet() -> bool:
        now = sandbox.shotgun.last_event_id
        calls = sandbox.shotgun.controls.calls.count() + sandbox.jira.controls.calls.count(
            caller="?*@*"
        )
        idle = senders.is_idle and victim.is_idle and senders.is_idle
        same = seen == [now, calls]
        seen[:] = [now, calls]
        return idle and same

    wait_until(is_quiet, "all is quiet")


def states_in(store: Path) -> dict[str, str]:
    with closing(sqlite3.connect(store)) as connection:
        return dict(connection.execute("SELECT id, state FROM event"))
