"""A Task is synced by FPTR's own webhooks alone, without an event daemon."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.shotgun import DeliveryStatus
from sg_jira.web.http import HTTPServer

from .pairs import create_task
from .sources.service import service

pytestmark = pytest.mark.parametrize("flavour", [Flavour.CLOUD])


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batched"])
def test_task_and_its_note_are_synced(
    sandbox: Sandbox, live_bridge: RunningBridge, batch: bool
) -> None:
    sandbox.forward_to(live_bridge.url, daemon=False, batch=batch)
    pair = create_task(sandbox, "Paint the kite", sg_sync_in_jira=True)
    pair.settle()
    pair.edit_task(content="Paint the big kite", sg_description="Red, with a tail")
    note = pair.add_note("Colour", "Make it blue")
    pair.edit_issue(summary="Paint the huge kite")

    assert pair.task["content"] == "Paint the huge kite"
    assert pair.issue["description"] == "Red, with a tail"
    assert "Make it blue" in pair.comments[0]["body"]
    assert sandbox.shotgun.record("Note", note)["sg_jira_key"]
    deliveries = sandbox.shotgun.hooks.deliveries()
    assert {one.status for one in deliveries} == {DeliveryStatus.DELIVERED}
    assert {one.response_code for one in deliveries} == {200}
    # Nobody has asked for webhooks to be looked after, or for deliveries to be acknowledged.
    assert "acknowledging" not in {thread.name for thread in threading.enumerate()}
    assert not [name for name in sandbox.bridge_calls().shotgun if "webhook" in name]


def test_deliveries_that_failed_are_sent_again_when_asked_for_and_known_ones_change_nothing(
    sandbox: Sandbox, live_bridge: RunningBridge, tmp_path: Path
) -> None:
    sandbox.forward_to(live_bridge.url, daemon=False)
    hooks = sandbox.shotgun.hooks
    pair = create_task(sandbox, "Rig the kite", sg_sync_in_jira=True)
    pair.settle()
    own = hooks.registered()
    hooks.add("http://127.0.0.1:9/sg2jira/default", None, {"Task": {}})  # of another bridge
    for hook in own:
        hook.secret = "not the one that the bridge knows"
    sandbox.shotgun.log_mishaps.lost = 1.0  # so that only the deliveries tell
    pair.edit_task(content="Rig the big kite")
    note = pair.add_note("Colour", "Make it blue")
    refused = [one for one in hooks.deliveries() if one.response_code == 401]
    assert (pair.issue["summary"], pair.comments) == ("Rig the kite", [])

    for hook in own:
        hook.secret = sandbox.bridge_settings().daemon_token
    sandbox.forget_calls()
    asked = redeliver(tmp_path, live_bridge)
    pair.settle()
    hooks.redeliver(refused[0])  # it is known by now
    pair.settle()

    assert asked == len(refused) >= 2
    assert pair.issue["summary"] == "Rig the big kite"
    assert len(pair.comments) == 1
    assert sandbox.shotgun.record("Note", note)["sg_jira_key"]
    assert sandbox.bridge_calls().jira["PUT issue/{key}"] == 1
    assert redeliver(tmp_path, live_bridge) == 0


def test_a_record_that_is_made_deleted_or_brought_back_is_told_without_its_fields(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    label = {"on_retirement": "label", "retired_label": "deleted-in-fptr"}
    entry = {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_type": "Task", **label}}
    with service(sandbox, tmp_path, entry=entry) as bridge:
        sandbox.forward_to(bridge.url, daemon=False, batch=True)
        unsynced = create_task(sandbox, "Fold the kite", sg_sync_in_jira=False)
        pair = create_task(sandbox, "Fly the kite", sg_sync_in_jira=True)
        pair.settle()
        assert unsynced.task["sg_jira_key"] is None
        assert pair.issue["summary"] == "Fly the kite"

        pair.in_fptr().delete("Task", pair.id)
        pair.settle()
        (issue,) = sandbox.jira.issues(sandbox.production.jira_key)
        assert issue["fields"]["labels"] == ["deleted-in-fptr"]

        pair.in_fptr().revive("Task", pair.id)
        pair.settle()
        assert pair.issue["labels"] == []


def redeliver(folder: Path, bridge: RunningBridge) -> int:
    options = ["--settings", str(folder / "settings.py"), "--url", bridge.url, "--wait", "0"]
    ran = CliRunner().invoke(main, ["catch-up", "--redeliver", "--hours", "1", "--json", *options])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)["redelivery"]
    assert told["problem"] is None
    return int(told["asked"])
