"""Whatever two people do, and whatever becomes of the webhooks: both sites end equal and at rest.

Fields are edited on both sites at once; webhooks are lost, repeated, and up to a quarter of an
hour late. After one look at what did not arrive, each field has what was said last, or, where both
sites said something, what was carried over first; each thing that was said was written once; and
another look writes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sg_jira.demo.service import TASKS_ENTRY
from sg_jira.sandbox import Flavour
from tests.conftest import sockets_collected
from tests.faults.crowd import CROWD_ENTRY
from tests.faults.histories import History
from tests.faults.killing import SEED
from tests.faults.stepping import Stepping

#: Histories in all; `make faults` asks for many more.
HISTORIES = int(os.environ.get("FAULTS_HISTORIES", "8"))
WORLDS = {
    "tasks-cloud": (Flavour.CLOUD, TASKS_ENTRY),
    "generic-cloud": (Flavour.CLOUD, CROWD_ENTRY),
    "tasks-dc": (Flavour.DATA_CENTER, TASKS_ENTRY),
    "generic-dc": (Flavour.DATA_CENTER, CROWD_ENTRY),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stepping]:
    one = Stepping(tmp_path, *WORLDS[request.param])
    yield one
    with sockets_collected():
        one.close()


def test_both_sites_end_equal_and_at_rest(world: Stepping, request: pytest.FixtureRequest) -> None:
    from_jira = WORLDS[request.node.callspec.id][1] is CROWD_ENTRY
    for seed in range(SEED, SEED + HISTORIES // len(WORLDS)):
        history = History(world, seed, from_jira)
        try:
            history.happen()
            history.check()
            history.check_calm()
        except AssertionError as error:
            told = "\n".join([f"Seed {seed}: {error}", *history.log])
            raise AssertionError(told) from error
