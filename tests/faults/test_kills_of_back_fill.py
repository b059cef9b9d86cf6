"""SIGKILL while the Issues of many Tasks are made by one call."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.production_data import JIRA_KEY
from tests.conftest import sockets_collected
from tests.faults.victims import Victim, warm_parent
from tests.integration.pairs import create_task
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_a_back_fill_that_is_killed_goes_on_and_makes_no_second_issue(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    tasks = [
        create_task(sandbox, f"Dig {one}", sg_description="Deep.", sg_sync_in_jira=True)
        for one in range(6)
    ]
    faults = sandbox.jira.controls.faults
    faults.add(Fault(FaultKind.SLOW, "POST issue/bulk", seconds=0.3))
    settings = write_settings(sandbox, tmp_path / "settings.py")
    # Nothing lags in the sandbox, so that nobody has to wait for certainty.
    victim = Victim(warm_parent(), settings, {"SGJIRA_SEARCH_LAG_SECONDS": "1"})
    victim.start()
    try:
        wait_until(lambda: victim.is_ready, "the bridge is up")
        arguments = ["sync", "--settings", str(settings), "--run", "all"]
        with sockets_collected():
            told = CliRunner().invoke(main, [*arguments, "--no-wait"])
        assert told.exit_code == 0, told.output
        wait_until(lambda: not faults.waiting(), "the Issues are being made")
        victim.kill()
        victim.start()
        with sockets_collected():
            told = CliRunner().invoke(main, arguments)
    finally:
        victim.terminate()

    assert told.exit_code == 0, told.output
    shown = [issue["fields"]["summary"] for issue in sandbox.jira.issues(JIRA_KEY)]
    assert sorted(shown) == sorted(task.task["content"] for task in tasks)
    assert {task.issue["description"] for task in tasks} == {"Deep."}
