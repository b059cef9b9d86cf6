"""The asset hierarchy example between both sites, with their real clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

from sg_jira.sandbox import Production, Sandbox
from sg_jira.sandbox.sandbox import SCRIPT_KEY, SCRIPT_NAME
from sg_jira.sandbox.shotgun import Actor
from sg_jira.web.http import HTTPServer
from tests.integration.running_example import running_example
from tests.settings_files import REPOSITORY

RULE = {"on_retirement": "label", "retired_label": "deleted"}


@pytest.fixture(autouse=True)
def _running(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    rules = {"on_duplicate": "new_issue", **RULE}
    with running_example(sandbox, tmp_path, "asset_hierarchy.AssetHierarchySyncer", **rules):
        yield


@pytest.fixture
def producer(sandbox: Sandbox, production: Production) -> Actor:
    return sandbox.shotgun.acting_as(production.producer.shotgun)


@pytest.fixture
def asset_key(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    wait_until_quiet: Callable[[], None],
) -> str:
    """The key of Pip's Issue, after its Task "Rig Pip" was switched on, and its own flag."""
    producer.update("Task", production.tasks["Rig Pip"]["id"], {"sg_sync_in_jira": True})
    wait_until_quiet()
    pip = production.assets["Pip"]["id"]
    producer.update("Asset", pip, {"sg_sync_in_jira": True})
    wait_until_quiet()
    key: str = sandbox.shotgun.record("Asset", pip)["sg_jira_key"]
    return key


def key_of(sandbox: Sandbox, production: Production, task: str) -> str:
    key: str = sandbox.shotgun.record("Task", production.tasks[task]["id"])["sg_jira_key"]
    return key


def comments(sandbox: Sandbox, key: str) -> list[str]:
    return [one["body"] for one in sandbox.jira.comments(key)]


def linked(sandbox: Sandbox, key: str) -> list[str]:
    links: list[dict[str, Any]] = sandbox.jira.issue(key)["fields"]["issuelinks"]
    return sorted(link["inwardIssue"]["key"] for link in links if "inwardIssue" in link)


def test_a_task_that_is_switched_on_brings_its_asset(
    sandbox: Sandbox, production: Production, asset_key: str
) -> None:
    issue = sandbox.jira.issue(asset_key)["fields"]

    assert issue["issuetype"]["name"] == "Story"
    assert issue["summary"] == "Pip"
    task_key = key_of(sandbox, production, "Rig Pip")
    assert linked(sandbox, asset_key) == [task_key]
    assert "Linking Pip to Rig Pip" in comments(sandbox, task_key)


def test_a_task_on_a_shot_has_no_asset_and_is_synced_all_the_same(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    wait_until_quiet: Callable[[], None],
) -> None:
    task = production.tasks["Animate SQ010_0010"]["id"]

    producer.update("Task", task, {"sg_sync_in_jira": True})
    wait_until_quiet()

    [issue] = sandbox.jira.issues(production.jira_key)
    assert issue["key"] == sandbox.shotgun.record("Task", task)["sg_jira_key"]
    assert any("Timing" in body for body in comments(sandbox, issue["key"]))


def test_all_tasks_of_an_asset_switched_on_together_share_one_issue(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    wait_until_quiet: Callable[[], None],
) -> None:
    names = ("Model Pip", "Surface Pip", "Rig Pip")
    for name in names:
        producer.update("Task", production.tasks[name]["id"], {"sg_sync_in_jira": True})
    wait_until_quiet()

    issues = sandbox.jira.issues(production.jira_key)
    stories = [one["key"] for one in issues if one["fields"]["issuetype"]["name"] == "Story"]
    assert len(issues) == 4
    assert len(stories) == 1
    assert linked(sandbox, stories[0]) == sorted(
        key_of(sandbox, production, name) for name in names
    )


def test_an_assets_fields_travel_both_ways(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    asset_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    pip = production.assets["Pip"]["id"]

    changes = {"code": "Pip the Otter", "sg_status_list": "ip", "tags": [production.tags["hero"]]}
    producer.update("Asset", pip, changes)
    wait_until_quiet()

    fields = sandbox.jira.issue(asset_key)["fields"]
    assert (fields["summary"], fields["status"]["name"]) == ("Pip the Otter", "In Progress")
    assert fields["labels"] == ["hero"]

    account = production.producer.jira
    assert account is not None
    sandbox.jira.acting_as(account).edit(asset_key, description="Wet all day")
    sandbox.jira.acting_as(account).transition(asset_key, "Done")
    wait_until_quiet()

    record = sandbox.shotgun.record("Asset", pip)
    assert (record["description"], record["sg_status_list"]) == ("Wet all day", "fin")


def test_a_task_that_changes_its_asset_is_linked_anew(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    asset_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    harbour = production.assets["Harbour"]
    producer.update("Asset", harbour["id"], {"sg_sync_in_jira": True})

    producer.update("Task", production.tasks["Rig Pip"]["id"], {"entity": harbour})
    wait_until_quiet()

    assert linked(sandbox, asset_key) == []
    harbour_key = sandbox.shotgun.record("Asset", harbour["id"])["sg_jira_key"]
    assert linked(sandbox, harbour_key) == [key_of(sandbox, production, "Rig Pip")]


def test_a_deleted_asset_labels_its_issue_until_it_is_back(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    asset_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    pip = production.assets["Pip"]["id"]
    producer.delete("Asset", pip)
    wait_until_quiet()
    assert sandbox.jira.issue(asset_key)["fields"]["labels"] == ["deleted"]

    sandbox.jira.acting_as(sandbox.account).edit(asset_key, summary="Changed in the meantime")
    producer.revive("Asset", pip)
    wait_until_quiet()

    fields = sandbox.jira.issue(asset_key)["fields"]
    assert (fields["labels"], fields["summary"]) == ([], "Pip")


def test_a_copy_of_an_asset_gets_an_issue_of_its_own(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    asset_key: str,
    wait_until_quiet: Callable[[], None],
) -> None:
    client = shotgun_api3.Shotgun(sandbox.shotgun.url, SCRIPT_NAME, SCRIPT_KEY)
    client.schema_field_update("Asset", "sg_jira_key", {"unique": False})
    client.close()
    copied = {"code": "Pip, copied", "sg_jira_key": asset_key, "sg_sync_in_jira": True}
    copy = producer.create("Asset", {"project": production.project, **copied})
    producer.update("Asset", copy["id"], {"description": "Smaller."})
    wait_until_quiet()

    key = sandbox.shotgun.record("Asset", copy["id"])["sg_jira_key"]
    assert key != asset_key
    assert sandbox.jira.issue(key)["fields"]["summary"] == "Pip, copied"
    assert sandbox.jira.issue(asset_key)["fields"]["summary"] == "Pip"
