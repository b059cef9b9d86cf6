"""SIGKILL at seeded random moments: three workers and a receiver on one PostgreSQL."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from sg_jira.demo.service import write_settings
from sg_jira.engine.dispatch import Pulse
from sg_jira.engine.postgres import connection_text
from sg_jira.sandbox import Flavour, Sandbox
from tests.faults.crowd import CROWD_ENTRY, Crowd, check_crowd
from tests.faults.killing import SEED, Row, kill_while_people_edit
from tests.faults.victims import Victim, warm_parent
from tests.integration.postgres.conftest import database, server, template

__all__ = ["database", "server", "template"]

#: Kills per run; `make faults` asks for many more.
KILLS = int(os.environ.get("FAULTS_KILLS_OF_SEVERAL", "3"))
ROLES = ("web", "worker", "worker", "worker")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


def hurry() -> None:
    """Makes a process believe others dead after seconds instead of a minute."""
    quick = Pulse(heartbeat=0.3, dead_after=3.0, look=0.05, sweep="* * * * * *")
    Pulse.__init__.__defaults__ = tuple(vars(quick).values())


@pytest.fixture
def flavour() -> Flavour:
    """What is killed does not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.fixture
def victims(sandbox: Sandbox, database: str, tmp_path: Path) -> Iterator[Sequence[Victim]]:
    settings = write_settings(sandbox, tmp_path / "settings.py", entry=CROWD_ENTRY)
    context = warm_parent("sg_jira.engine.postgres", "sg_jira.engine.procrastinate_dispatcher")
    environment = {"SGJIRA_SEARCH_LAG_SECONDS": "1", "SGJIRA_DATABASE_URL": database}
    begun = [
        Victim(context, settings, {**environment, "SGJIRA_ROLE": role}, hurry) for role in ROLES
    ]
    for victim in begun:
        victim.start()
    yield begun
    for victim in begun:
        victim.terminate()


def test_kills_do_no_harm_where_several_share_the_work(
    sandbox: Sandbox, victims: Sequence[Victim], database: str
) -> None:
    crowd = Crowd(sandbox, random.Random(SEED))

    kill_while_people_edit(sandbox, crowd, victims, KILLS, lambda: events_in(database))

    check_crowd(sandbox, crowd)


def events_in(database: str) -> list[Row]:
    """The events in the order of their arrival."""
    with psycopg.connect(connection_text(database), row_factory=dict_row) as connection:
        return connection.execute("SELECT * FROM event ORDER BY seq").fetchall()
