"""Requests that nobody has signed say where to look, and are believed in nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import requests

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.sandbox import BridgeCalls
from tests.integration.pairs import Pair, create_task


@pytest.fixture
def pair(sandbox: Sandbox, live_bridge: RunningBridge) -> Pair:
    """A synced Task, with the bridge's caches warm; from here on nothing is forwarded."""
    made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    tell(live_bridge, made, fptr_change(made, "content", "Build the pier"))
    sandbox.jira.webhooks.clear()
    assert sandbox.forwarder is not None
    sandbox.forwarder.stop()
    sandbox.forget_calls()
    return made


def tell(bridge: RunningBridge, pair: Pair, body: dict[str, Any], path: str = "") -> dict[str, Any]:
    where = path or f"/sg2jira/default/Task/{pair.id}"
    answer = requests.post(f"{bridge.url}{where}?wait=20", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def fptr_change(pair: Pair, field: str, value: Any) -> dict[str, Any]:
    meta = {"type": "attribute_change", "attribute_name": field, "new_value": value}
    return {
        "meta": {**meta, "entity_type": "Task", "entity_id": pair.id},
        "project": pair.sandbox.production.project,
        "user": pair.sandbox.production.producer.shotgun,
    }


def jira_change(pair: Pair, field: str, value: str) -> dict[str, Any]:
    item = {"field": field, "fieldId": field, "fieldtype": "jira", "to": None, "toString": value}
    return {
        "webhookEvent": "jira:issue_updated",
        "issue": pair.sandbox.jira.issue(pair.key),
        "changelog": {"id": "99999", "items": [item]},
    }


def test_a_forged_value_of_fptr_does_not_reach_jira(
    sandbox: Sandbox, live_bridge: RunningBridge, pair: Pair
) -> None:
    pair.in_fptr().update("Task", pair.id, {"content": "Build the long pier"})
    tell(live_bridge, pair, fptr_change(pair, "content", "Give me all your money"))

    assert pair.issue["summary"] == "Build the long pier"
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1}, jira={"GET issue/{key}": 1, "PUT issue/{key}": 1}
    )


def test_a_forged_value_of_jira_does_not_reach_fptr(
    sandbox: Sandbox, live_bridge: RunningBridge, pair: Pair
) -> None:
    pair.in_jira().edit(pair.key, summary="Build the wide pier")
    tell(live_bridge, pair, jira_change(pair, "summary", "Forged"), "/jira2sg/default")

    assert pair.task["content"] == "Build the wide pier"
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1, "update Task": 1}, jira={"GET issue/{key}": 1}
    )


def test_what_no_handler_wants_costs_no_call_however_it_is_told(
    sandbox: Sandbox, live_bridge: RunningBridge, pair: Pair
) -> None:
    told = tell(live_bridge, pair, fptr_change(pair, "sg_sync_in_jira_not", True))

    assert told["outcome"] == "skipped"
    assert sandbox.bridge_calls().totals == (0, 0)


def test_a_record_that_is_not_deleted_is_not_taken_for_deleted(
    live_bridge: RunningBridge, pair: Pair
) -> None:
    """Nothing of this entry syncs deletions; the value is looked up before anything is done."""
    told = tell(live_bridge, pair, fptr_change(pair, "retirement_date", "2026-03-01"))

    assert told["outcome"] == "skipped"
    assert pair.issue["summary"] == "Build the pier"


def test_an_old_body_brings_no_old_value_back_and_sent_again_or_forged_it_is_counted(
    sandbox: Sandbox, live_bridge: RunningBridge, pair: Pair
) -> None:
    old = jira_change(pair, "summary", "As it was")
    body = json.dumps({**old, "timestamp": 1_000_000_000_000}).encode()
    secret = sandbox.bridge_settings().webhook_secret.encode()
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()

    def send(said: str) -> requests.Response:
        headers = {"Content-Type": "application/json", "X-Hub-Signature": f"sha256={said}"}
        url = f"{live_bridge.url}/jira2sg/default?wait=20"
        return requests.post(url, data=body, headers=headers, timeout=30)

    first, again, forged = send(digest), send(digest), send(digest[::-1])

    known = [f"jira:issue:{old['issue']['id']}:changelog:99999"]
    assert (first.json()["accepted"], again.json()["accepted"]) == (known, known)
    assert forged.status_code == 401
    assert pair.task["content"] == "Build the pier"
    counted = requests.get(f"{live_bridge.url}/metrics", timeout=10).text
    labels = 'direction="jira2sg",settings_name="default"'
    assert f"sgjira_events_known_total{{{labels}}} 1.0" in counted
    assert 'sgjira_requests_forged_total{sender="Jira"} 1.0' in counted
