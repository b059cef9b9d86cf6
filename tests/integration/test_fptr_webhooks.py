"""A Task is synced by FPTR's own webhooks alone, without an event daemon."""

from __future__ import annotations

import re

import pytest

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.shotgun import DeliveryStatus

from .pairs import create_task

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


def test_deliveries_that_failed_can_be_sent_again_later(
    sandbox: Sandbox, live_bridge: RunningBridge
) -> None:
    sandbox.forward_to(live_bridge.url, daemon=False)
    hooks = sandbox.shotgun.hooks
    pair = create_task(sandbox, "Rig the kite", sg_sync_in_jira=True)
    pair.settle()
    for hook in hooks.registered():
        hook.url = re.sub(r":\d+/", ":9/", hook.url)
    pair.edit_task(content="Rig the big kite")
    (failed,) = [one for one in hooks.deliveries() if one.status is DeliveryStatus.FAILED]
    assert pair.issue["summary"] == "Rig the kite"

    for hook in hooks.registered():
        hook.url = re.sub(r":9/", f":{live_bridge.url.rpartition(':')[2]}/", hook.url)
    hooks.redeliver(failed)
    pair.settle()
    assert pair.issue["summary"] == "Rig the big kite"
