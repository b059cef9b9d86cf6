"""What `sg-jira sync` queues and the running bridge makes of it."""

from __future__ import annotations

import importlib
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sg_jira.cli import main
from sg_jira.demo.service import RunningBridge, write_settings
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task


@pytest.fixture
def flavour() -> Flavour:
    """What is queued does not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.fixture
def sync(live_bridge: RunningBridge, tmp_path: Path) -> Any:
    def run(*arguments: str) -> Result:
        settings = str(tmp_path / "settings.py")
        with sockets_collected():
            return CliRunner().invoke(main, ["sync", "--settings", settings, *arguments])

    return run


@pytest.fixture
def tasks(sandbox: Sandbox, live_bridge: RunningBridge) -> list[Pair]:
    """Tasks whose flag is on, but whose events nobody has heard."""
    assert sandbox.forwarder is not None
    sandbox.forwarder.stop()
    return [create_task(sandbox, f"Dig {number}", sg_sync_in_jira=True) for number in range(5)]


def test_records_that_nobody_told_of_are_synced_once(
    sandbox: Sandbox, sync: Any, tasks: list[Pair]
) -> None:
    told = sync("--run", "first", "--json")

    assert told.exit_code == 0, told.output
    assert json.loads(told.output) == {"run": "first", "queued": 5, "states": {"synced": 5}}
    assert [task.issue["summary"] for task in tasks] == [f"Dig {number}" for number in range(5)]

    again = json.loads(sync("--run", "first", "--json").output)
    assert (again["queued"], again["states"]) == (0, {"synced": 5})
    assert len(sandbox.jira.issues(sandbox.production.jira_key)) == 5


def test_who_interrupts_a_run_is_told_its_name(
    sandbox: Sandbox, sync: Any, tasks: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, "POST issue*", status=503, times=None))
    module = importlib.import_module("sg_jira.cli.sync")
    monkeypatch.setattr(module, "_wait", lambda pause: signal.raise_signal(signal.SIGINT))

    for arguments, name in ((("--run", "by hand"), "--run 'by hand' goes on"), ((), "--run 2")):
        told = sync(*arguments)
        assert (told.exit_code, name in told.output) == (1, True), told.output


def test_only_what_is_asked_for_is_synced(sync: Any, tasks: list[Pair]) -> None:
    told = sync("--type", "Task", "--id", str(tasks[0].id), "--id", str(tasks[1].id))

    assert told.exit_code == 0, told.output
    assert "2 queued now; of all its records: 2 synced." in told.output
    assert tasks[2].task["sg_jira_key"] is None


def test_only_records_of_which_a_filter_holds_are_synced(sync: Any, tasks: list[Pair]) -> None:
    tasks[1].in_fptr().update("Task", tasks[1].id, {"sg_status_list": "ip"})
    tasks[2].in_fptr().update("Task", tasks[2].id, {"sg_status_list": "rdy"})

    told = sync("--filter", 'sg_status_list in ["ip", "rdy"]', "--filter", "content is Dig 2")

    assert "1 queued now; of all its records: 1 synced." in told.output
    assert [bool(task.task["sg_jira_key"]) for task in tasks] == [False, False, True, False, False]


def test_a_filter_that_makes_no_sense_is_told(sync: Any, live_bridge: RunningBridge) -> None:
    for text, code, said in (
        ("sg_status_list ip", 2, "not of the form 'FIELD OPERATOR VALUE'"),
        ("sg_statuz is ip", 1, "sg_statuz"),
    ):
        told = sync("--filter", text)
        assert (told.exit_code, said in told.output) == (code, True), told.output


def test_a_project_that_is_not_there_or_not_linked_is_told(
    sandbox: Sandbox, sync: Any, live_bridge: RunningBridge
) -> None:
    sandbox.shotgun.acting_as(sandbox.script).create("Project", {"name": "Pilot"})

    for name, why in (("Pilo", "no Project called 'Pilo'"), ("Pilot", "is not linked")):
        told = sync("--project", name)
        assert (told.exit_code, why in told.output) == (1, True), told.output


def test_what_cannot_be_synced_is_told(sandbox: Sandbox, sync: Any, tasks: list[Pair]) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, "POST issue*", status=400, times=None))

    told = sync("--run", "r", "--id", str(tasks[0].id))

    assert told.exit_code == 1
    assert "1 dead" in told.output
    assert "dead-letters list" in told.output


def test_a_dry_run_lists_what_would_be_written_and_queues_nothing(
    sandbox: Sandbox, sync: Any, tasks: list[Pair]
) -> None:
    told = sync("--dry-run", "--id", str(tasks[0].id), "--json")

    assert told.exit_code == 1
    found = json.loads(told.output)
    assert {"summary": "Dig 0"}.items() <= {
        each["field"]: each["would_be"] for each in found["differences"]
    }.items()
    assert found["problems"][0]["problem"] == "a new Issue, comment, file or record would be made"
    assert sandbox.jira.issues(sandbox.production.jira_key) == []


_WRITER = """
from sg_jira import TaskIssueSyncer
from sg_jira.handlers import TaskIssueHandler


class Writer(TaskIssueHandler):
    def accept_shotgun_event(self, entity_type, entity_id, event):
        return True

    def process_shotgun_event(self, entity_type, entity_id, event):
        task = {"type": "Task", "id": entity_id}
        found = self._shotgun.find_one("Task", [["id", "is", entity_id]], ["sg_jira_key"])
        self._shotgun.update("Task", entity_id, {"sg_description": "By the studio"})
        self._shotgun.follow({"type": "HumanUser", "id": 1}, task)
        self._shotgun.schema_field_create("Task", "text", "Studio")
        self._shotgun.upload("Task", entity_id, __file__)
        self._shotgun.delete("Task", entity_id)
        self._jira.add_comment(found["sg_jira_key"], "By the studio")
        self._jira.issue(found["sg_jira_key"]).update(fields={"description": "By the studio"})
        self._jira.transition_issue(found["sg_jira_key"], "Done")
        self._jira.add_watcher(found["sg_jira_key"], "nobody")
        return True


class Writing(TaskIssueSyncer):
    def __init__(self, **settings):
        super().__init__(**settings)
        self._writer = Writer(self, "Task")

    @property
    def handlers(self):
        return [self._writer]
"""


def test_a_dry_run_writes_nothing_whatever_a_studios_handler_does(
    sandbox: Sandbox, sync: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = create_task(sandbox, "Dig", sg_sync_in_jira=True)
    pair.settle()
    (tmp_path / "studio_that_writes.py").write_text(_WRITER)
    monkeypatch.syspath_prepend(str(tmp_path))
    write_settings(
        sandbox, tmp_path / "settings.py", entry={"syncer": "studio_that_writes.Writing"}
    )
    before = sandbox.shotgun.last_event_id, sandbox.jira.issue(pair.key)

    told = json.loads(sync("--dry-run", "--id", str(pair.id), "--json").output)

    assert (sandbox.shotgun.last_event_id, sandbox.jira.issue(pair.key)) == before
    assert told["problems"] == []
    assert {(each["site"], each["field"] or each["call"]) for each in told["differences"]} == {
        ("fptr", "sg_description"),
        ("fptr", "follow"),
        ("fptr", "schema_field_create Task"),
        ("fptr", "upload"),
        ("fptr", "delete Task"),
        ("jira", "body"),
        ("jira", "description"),
        ("jira", "status"),
        ("jira", "POST issue/{}/watchers"),
    }
