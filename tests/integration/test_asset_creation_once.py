"""The asset hierarchy example makes one Issue per Asset, whatever fails or runs at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sg_jira import Bridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.production_data import JIRA_KEY
from tests.settings_files import REPOSITORY

TASKS = ("Model Pip", "Surface Pip", "Rig Pip")


@pytest.fixture
def bridge(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    monkeypatch.syspath_prepend(str(REPOSITORY / "examples"))
    access = sandbox.bridge_settings()
    connected = Bridge(
        access.sg_site,
        access.sg_script_name,
        access.sg_script_key,
        access.jira_site,
        access.jira_user,
        access.jira_secret,
        sync_settings={"assets": {"syncer": "asset_hierarchy.AssetHierarchySyncer"}},
    )
    yield connected
    connected.close()


def turn_on(bridge: Bridge, sandbox: Sandbox, task: str) -> Any:
    record = sandbox.production.tasks[task]
    producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
    producer.update("Task", record["id"], {"sg_sync_in_jira": True})
    meta = {"type": "attribute_change", "attribute_name": "sg_sync_in_jira", "new_value": True}
    event = {"meta": meta, "project": sandbox.production.project}
    return bridge.sync_in_jira("assets", "Task", record["id"], event)


def describe_pip(bridge: Bridge, sandbox: Sandbox) -> Any:
    """A change of an Asset that is switched on itself."""
    pip = sandbox.production.assets["Pip"]["id"]
    producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
    producer.update("Asset", pip, {"sg_sync_in_jira": True, "description": "Wet"})
    meta = {"type": "attribute_change", "attribute_name": "description", "new_value": "Wet"}
    event = {"meta": meta, "project": sandbox.production.project}
    return bridge.sync_in_jira("assets", "Asset", pip, event)


def issues_of_assets(sandbox: Sandbox) -> list[str]:
    issues = sandbox.jira.issues(JIRA_KEY)
    return [one["key"] for one in issues if one["fields"]["issuetype"]["name"] == "Story"]


def key_of_pip(sandbox: Sandbox) -> str:
    key: str = sandbox.shotgun.record("Asset", sandbox.production.assets["Pip"]["id"])[
        "sg_jira_key"
    ]
    return key


def linked_with(sandbox: Sandbox, key: str) -> int:
    return len(sandbox.jira.issue(key)["fields"]["issuelinks"])


def test_an_issue_whose_key_could_not_be_written_is_taken_at_the_next_event(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, endpoint="update Asset"))
    with pytest.raises(ConnectionError):
        turn_on(bridge, sandbox, "Rig Pip")

    assert turn_on(bridge, sandbox, "Rig Pip") is True
    assert issues_of_assets(sandbox) == [key_of_pip(sandbox)]
    assert linked_with(sandbox, key_of_pip(sandbox)) == 1


def test_an_issue_whose_creation_got_no_answer_is_found_by_the_asset_it_names(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="POST issue"))
    with pytest.raises(requests.ConnectionError):
        describe_pip(bridge, sandbox)

    assert describe_pip(bridge, sandbox) is True
    assert issues_of_assets(sandbox) == [key_of_pip(sandbox)]


def test_tasks_of_an_asset_that_are_switched_on_at_once_share_its_issue(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.2))

    with ThreadPoolExecutor(3) as pool:
        results = [pool.submit(turn_on, bridge, sandbox, task) for task in TASKS]

    assert [result.result() for result in results] == [True] * 3
    assert issues_of_assets(sandbox) == [key_of_pip(sandbox)]
    assert linked_with(sandbox, key_of_pip(sandbox)) == 3
