"""What of a synced event does not arrive is told with the event, not only in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task
from tests.integration.test_generic_check import GOOD

TASKS = {"syncer": "sg_jira.TaskIssueSyncer"}
SHORTENED = "A text is longer than Jira takes, and was shortened there."


@pytest.fixture
def flavour() -> Flavour:
    """What Jira is makes no difference here."""
    return Flavour.CLOUD


@pytest.fixture(params=[TASKS, GOOD], ids=["tasks", "generic"])
def bridge(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Any:
    with sockets_collected(), RunningBridge(sandbox, tmp_path, entry=request.param) as running:
        yield running


@pytest.fixture
def pair(sandbox: Sandbox, bridge: RunningBridge) -> Pair:
    made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    return made


def last_event(bridge: RunningBridge, pair: Pair, folder: Path) -> dict[str, Any]:
    """The last event of the Task that is no echo, by the service's page and by the command."""
    listed = requests.get(f"{bridge.url}/admin/events?key=Task:{pair.id}", timeout=10).json()
    number = [one["seq"] for one in listed["events"] if one["state"] == "synced"][-1]
    shown: dict[str, Any] = requests.get(f"{bridge.url}/admin/events/{number}", timeout=10).json()
    settings = ["--settings", str(folder / "settings.py")]
    told = CliRunner().invoke(main, ["events", "show", *settings, str(number)])
    assert told.exit_code == 0, told.output
    line = f"detail         {shown['detail']}"
    assert (line in told.output.splitlines()) is (shown["detail"] is not None)
    return shown


def test_a_tag_that_no_label_can_hold_is_told(
    pair: Pair, bridge: RunningBridge, tmp_path: Path
) -> None:
    tags = pair.sandbox.production.tags
    pair.edit_task(tags=[tags["client review"], tags["crowd"]])

    event = last_event(bridge, pair, tmp_path)

    assert pair.issue["labels"] == ["crowd"]
    assert (event["state"], event["reason"]) == ("synced", None)
    assert event["detail"].startswith("Left out: value_refused: ")
    assert "'client review'" in event["detail"]


def test_a_text_that_is_shortened_is_told(
    pair: Pair, bridge: RunningBridge, tmp_path: Path
) -> None:
    pair.edit_task(content="Planks " * 100)

    assert last_event(bridge, pair, tmp_path)["detail"] == SHORTENED


def test_where_nothing_is_left_out_nothing_is_told(
    pair: Pair, bridge: RunningBridge, tmp_path: Path
) -> None:
    pair.edit_task(content="Planks " * 100)
    pair.edit_task(due_date="2031-02-03")

    assert last_event(bridge, pair, tmp_path)["detail"] is None
