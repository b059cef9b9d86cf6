"""Half a character, as JSON can hold it, in a text of one site: the other gets U+FFFD in its place.

Whichever store keeps the events: a database takes no such text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task

HALF = "Sail \ud83c away \\ud83c 🎈"
MENDED = "Sail \ufffd away \\ud83c 🎈"


@pytest.fixture
def flavour() -> Flavour:
    """What Jira is makes no difference here."""
    return Flavour.CLOUD


@pytest.fixture(params=["sqlite", "postgres"])
def bridge(
    request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path
) -> Iterator[RunningBridge]:
    """The service with one store or the other."""
    variables = {}
    if request.param == "postgres":
        variables["SGJIRA_DATABASE_URL"] = request.getfixturevalue("database")
    with ExitStack() as stack:
        yield stack.enter_context(RunningBridge(sandbox, tmp_path, variables=variables))
        with sockets_collected():
            stack.close()


@pytest.fixture
def pair(sandbox: Sandbox, bridge: RunningBridge) -> Pair:
    made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    return made


def dead(bridge: RunningBridge) -> list[dict[str, Any]]:
    answer = requests.get(f"{bridge.url}/admin/events?state=dead", timeout=10)
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def test_what_fptr_holds_arrives_in_jira(pair: Pair, bridge: RunningBridge) -> None:
    pair.edit_task(content=HALF, sg_description=HALF)
    note = pair.in_fptr().create(
        "Note",
        {
            "project": pair.task["project"],
            "subject": HALF,
            "content": HALF,
            "tasks": [pair.link],
        },
    )
    pair.settle()

    assert pair.issue["summary"] == MENDED
    assert pair.issue["description"] == MENDED
    (comment,) = pair.comments
    assert comment["body"].count(MENDED) == 2
    assert pair.sandbox.shotgun.record("Note", note["id"])["content"] == HALF  # as people typed it
    assert dead(bridge) == []


def test_a_task_that_holds_one_from_the_beginning_is_synced(
    sandbox: Sandbox, bridge: RunningBridge
) -> None:
    pair = create_task(sandbox, HALF, sg_sync_in_jira=True)
    pair.settle()

    assert pair.issue["summary"] == MENDED
    assert dead(bridge) == []


def test_what_jira_holds_arrives_in_fptr(pair: Pair, bridge: RunningBridge) -> None:
    pair.edit_issue(summary=HALF, description=HALF)
    note = pair.add_note("Planks", "Oak")
    (comment,) = pair.comments
    edited = comment["body"].replace("Oak", HALF)
    pair.in_jira().edit_comment(pair.key, comment["id"], edited)
    pair.settle()

    assert pair.task["content"] == MENDED
    assert pair.task["sg_description"] == MENDED
    assert pair.sandbox.shotgun.record("Note", note)["content"] == MENDED
    assert dead(bridge) == []


def test_the_rest_of_the_record_goes_on_being_synced(pair: Pair, bridge: RunningBridge) -> None:
    pair.edit_task(content=HALF)
    pair.edit_issue(duedate="2031-02-03")
    pair.edit_task(sg_status_list="ip")

    assert pair.task["due_date"] == "2031-02-03"
    assert pair.task["content"] == HALF
    assert pair.issue["summary"] == MENDED
    assert pair.issue["status"]["name"] == "In Progress"
    assert dead(bridge) == []
