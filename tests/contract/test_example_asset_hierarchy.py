"""The asset hierarchy example, loaded as a studio's settings file does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge
from sg_jira.constants import ASSET_FIELDS_MAPPING, ISSUE_FIELDS_MAPPING
from sg_jira.handlers import (
    EnableSyncingHandler,
    EntityIssueHandler,
    NoteCommentHandler,
    TaskIssueHandler,
)
from sg_jira.jira_session import JiraSession
from tests.contract.conftest import Person
from tests.contract.events import change, issue_event, shotgun_event, text_change
from tests.contract.example_bridge import load_example
from tests.doubles.jira_activity import activity_double, link_issues
from tests.doubles.jira_metadata import SHOTGUN_ID, SHOTGUN_TYPE, SHOTGUN_URL
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite


@pytest.fixture
def jira(flavour: Any, install_jira: Callable[..., None]) -> JiraStore:
    store = JiraStore(flavour)
    store.add_project("PROJ", "Test Project")
    install_jira(store)
    JiraSession.__bases__ = (activity_double(store),)
    return store


@pytest.fixture
def bridge(
    fptr: ShotgunSite, jira: JiraStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Bridge:
    return load_example(
        fptr,
        tmp_path,
        monkeypatch,
        "asset_hierarchy.AssetHierarchySyncer",
        asset_issue_type="Story",
        task_issue_type="Task",
    )


@pytest.fixture
def asset(fptr: ShotgunSite, project: Entity, task: Entity, ann: Person) -> Entity:
    """An Asset that holds the Task; its own flag is off."""
    asset = fptr.add(
        "Asset",
        code="Bear",
        description="Big and brown",
        project=project,
        tasks=[task],
        created_by=ann.fptr,
        sg_status_list="ip",
        sg_sync_in_jira=False,
    )
    fptr.rows["Task"][task["id"]]["entity"] = asset
    return asset


@pytest.fixture
def asset_key(jira: JiraStore, fptr: ShotgunSite, asset: Entity) -> str:
    """The key of the Issue that the Asset is linked to; its flag is on now."""
    key = jira.add_linked_issue(asset, issue_type="Story", summary="Bear")
    fptr.change(asset, sg_jira_key=key, sg_sync_in_jira=True)
    return key


def switch_on(bridge: Bridge, task: Entity) -> Any:
    event = shotgun_event(task, "sg_sync_in_jira", new_value=True, old_value=False)
    return bridge.sync_in_jira("example", "Task", task["id"], event)


def asset_event(bridge: Bridge, asset: Entity, field: str, **meta: Any) -> Any:
    return bridge.sync_in_jira("example", "Asset", asset["id"], shotgun_event(asset, field, **meta))


def linked(jira: JiraStore, key: str) -> list[str]:
    """Keys of the Issues that an Asset's Issue shows as linked."""
    links = jira.fields_of(key).get("issuelinks", [])
    return [link["inwardIssue"]["key"] for link in links if "inwardIssue" in link]


# ---------------------------------------------------------------- the syncer


def test_the_handlers_are_asked_in_this_order(bridge: Bridge) -> None:
    from asset_hierarchy import AssetIssueHandler

    enable, task, note, asset = bridge.get_syncer("example").handlers

    assert [type(one) for one in (enable, task, note, asset)] == [
        EnableSyncingHandler,
        TaskIssueHandler,
        NoteCommentHandler,
        AssetIssueHandler,
    ]
    assert isinstance(asset, EntityIssueHandler)
    assert enable._primary_handler is task
    assert enable._secondary_handlers == [asset, note]
    assert (task._issue_type, asset._issue_type) == ("Task", "Story")


@pytest.mark.parametrize("missing", ["sg_jira_key", "sg_jira_url"])
def test_setup_names_the_field_that_assets_lack(
    bridge: Bridge, fptr: ShotgunSite, missing: str
) -> None:
    del fptr.schema["Asset"][missing]

    with pytest.raises(RuntimeError, match=f"Asset.{missing}"):
        bridge.get_syncer("example")


@pytest.mark.parametrize("field", list(ASSET_FIELDS_MAPPING))
def test_each_mapped_field_of_an_asset_is_accepted(
    bridge: Bridge, asset: Entity, field: str
) -> None:
    syncer = bridge.get_syncer("example")

    assert syncer.accept_shotgun_event("Asset", asset["id"], shotgun_event(asset, field))
    assert not syncer.accept_shotgun_event("Shot", 1, shotgun_event(asset, field))


def test_other_fields_of_an_asset_are_not_accepted(bridge: Bridge, asset: Entity) -> None:
    assert not asset_event(bridge, asset, "sg_asset_type", new_value="Prop")


# ---------------------------------------------------------------- a Task is switched on


def test_the_asset_of_a_task_that_is_switched_on_becomes_a_linked_issue(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity, asset: Entity, ann: Person
) -> None:
    assert switch_on(bridge, task) is True

    record = fptr.record(asset)
    key, task_key = record["sg_jira_key"], fptr.record(task)["sg_jira_key"]
    fields = jira.fields_of(key)
    assert record["sg_jira_url"]["name"] == "View in Jira"
    assert record["sg_jira_url"]["url"].endswith(f"/browse/{key}")
    assert fields["issuetype"]["name"] == "Story"
    assert (fields["summary"], fields["description"]) == ("Bear", "Big and brown")
    assert fields["reporter"] == ann.jira
    assert fields["status"]["name"] == "In Progress"
    assert fields["timetracking"]["originalEstimate"] == "0 m"
    assert (fields[SHOTGUN_TYPE], fields[SHOTGUN_ID]) == ("Asset", str(asset["id"]))
    assert fields[SHOTGUN_URL] == f"{fptr.url}/detail/Asset/{asset['id']}"
    assert linked(jira, key) == [task_key]
    assert jira.calls.of("create_issue_link")[0].args == (
        "relates to",
        task_key,
        key,
        {"body": "Linking Bear to Fur"},
    )


def test_switching_a_task_on_again_links_nothing_twice(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity, asset: Entity
) -> None:
    switch_on(bridge, task)
    switch_on(bridge, task)

    assert len(linked(jira, fptr.record(asset)["sg_jira_key"])) == 1
    assert jira.calls.count("create_issue") == 2


def test_a_task_without_asset_is_synced_with_its_notes(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity, ann: Person, project: Entity
) -> None:
    fptr.add("Note", subject="Ann's Note", content="x", tasks=[task], project=project)

    assert switch_on(bridge, task) is True

    key = fptr.record(task)["sg_jira_key"]
    assert len(jira.comments[key]) == 1
    assert len(jira.issues) == 1


def test_two_tasks_of_an_asset_switched_on_at_once_make_one_issue_for_it(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity, asset: Entity, project: Entity
) -> None:
    other = fptr.add("Task", content="Bones", project=project, sg_sync_in_jira=True, entity=asset)
    fptr.change(asset, tasks=[task, other])
    bridge.get_syncer("example")
    threads = [threading.Thread(target=switch_on, args=(bridge, one)) for one in (task, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    stories = [key for key in jira.issues if jira.fields_of(key)["issuetype"]["name"] == "Story"]
    assert stories == [fptr.record(asset)["sg_jira_key"]]
    assert sorted(linked(jira, stories[0])) == sorted(
        fptr.record(one)["sg_jira_key"] for one in (task, other)
    )


def test_the_asset_of_a_project_that_is_not_in_jira_gets_no_issue(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity, asset: Entity
) -> None:
    elsewhere = fptr.add("Project", name="Elsewhere", sg_jira_key="NONE")
    fptr.change(asset, project=elsewhere)

    assert switch_on(bridge, task) is True

    assert fptr.record(asset)["sg_jira_key"] is None


# ---------------------------------------------------------------- an Asset changes


def test_a_changed_field_of_an_asset_arrives(
    bridge: Bridge, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    assert asset_event(bridge, asset, "code", new_value="Grizzly", old_value="Bear") is True

    assert jira.fields_of(asset_key)["summary"] == "Grizzly"


def test_tags_of_an_asset_are_labels(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    tag = fptr.add("Tag", name="hero")

    assert asset_event(bridge, asset, "tags", added=[tag], removed=[]) is True

    assert jira.fields_of(asset_key)["labels"] == ["hero"]


def test_a_tag_that_jira_cannot_take_costs_only_this_event(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    tag = fptr.add("Tag", name="main hero")

    assert asset_event(bridge, asset, "tags", added=[tag], removed=[]) is False

    assert jira.fields_of(asset_key)["labels"] == []


def test_the_status_of_an_asset_moves_its_issue_with_a_comment(
    bridge: Bridge, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    assert asset_event(bridge, asset, "sg_status_list", new_value="fin") is True

    assert jira.fields_of(asset_key)["status"]["name"] == "Done"
    moved = jira.calls.of("transition_issue")[0]
    assert moved.kwargs["comment"] == (
        f"Updated from Flow Production Tracking Asset({asset['id']}) moving to fin"
    )


def test_an_asset_whose_flag_is_off_is_left_alone(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    fptr.change(asset, sg_sync_in_jira=False)

    assert asset_event(bridge, asset, "code", new_value="Grizzly") is False

    assert jira.fields_of(asset_key)["summary"] == "Bear"


def test_an_asset_that_is_on_gets_its_issue_with_its_first_change(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, synced_task: Entity
) -> None:
    fptr.change(asset, sg_sync_in_jira=True)

    assert asset_event(bridge, asset, "description", new_value="Big and brown") is True

    key = fptr.record(asset)["sg_jira_key"]
    assert jira.fields_of(key)["description"] == "Big and brown"
    assert linked(jira, key) == [fptr.record(synced_task)["sg_jira_key"]]


def test_further_events_of_a_creation_change_nothing(
    bridge: Bridge, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    assert asset_event(bridge, asset, "code", new_value="Grizzly", in_create=True) is False

    assert jira.fields_of(asset_key)["summary"] == "Bear"


def test_the_issue_of_another_record_is_not_written(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, issue_key: str
) -> None:
    fptr.change(asset, sg_jira_key=issue_key, sg_sync_in_jira=True)

    assert asset_event(bridge, asset, "code", new_value="Grizzly") is False

    assert jira.fields_of(issue_key)["summary"] == "Fur"


def test_a_deleted_asset_is_no_error(bridge: Bridge, fptr: ShotgunSite, asset: Entity) -> None:
    fptr.retire(asset)

    assert asset_event(bridge, asset, "code", new_value="Grizzly") is False


# ---------------------------------------------------------------- Tasks join and leave


def test_a_synced_task_that_joins_is_linked(
    bridge: Bridge, jira: JiraStore, asset: Entity, asset_key: str, synced_task: Entity
) -> None:
    assert asset_event(bridge, asset, "tasks", added=[synced_task], removed=[]) is True

    assert len(linked(jira, asset_key)) == 1


def test_a_task_that_is_linked_already_changes_nothing(
    bridge: Bridge, jira: JiraStore, asset: Entity, asset_key: str, synced_task: Entity, issue_key
) -> None:
    link_issues(jira, issue_key, asset_key)

    assert asset_event(bridge, asset, "tasks", added=[synced_task], removed=[]) is False

    assert jira.calls.count("create_issue_link") == 0


@pytest.mark.parametrize("state", [{"sg_sync_in_jira": False}, {"sg_jira_key": None}])
def test_a_task_that_is_not_synced_is_not_linked(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    asset: Entity,
    asset_key: str,
    synced_task: Entity,
    state: dict[str, Any],
) -> None:
    fptr.change(synced_task, **state)

    assert asset_event(bridge, asset, "tasks", added=[synced_task], removed=[]) is False

    assert linked(jira, asset_key) == []


def test_a_task_that_leaves_is_unlinked_and_links_of_people_stay(
    bridge: Bridge, jira: JiraStore, asset: Entity, asset_key: str, synced_task: Entity, issue_key
) -> None:
    link_issues(jira, issue_key, asset_key, "blocks")
    ours = link_issues(jira, issue_key, asset_key)

    assert asset_event(bridge, asset, "tasks", added=[], removed=[synced_task]) is True

    assert [call.args for call in jira.calls.of("delete_issue_link")] == [(ours,)]
    assert linked(jira, asset_key) == [issue_key]


def test_one_change_may_unlink_and_link(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    asset: Entity,
    asset_key: str,
    synced_task: Entity,
    issue_key: str,
    project: Entity,
) -> None:
    link_issues(jira, issue_key, asset_key)
    other = fptr.add("Task", content="Bones", project=project, sg_sync_in_jira=True)
    other_key = jira.add_linked_issue(other)
    fptr.change(other, sg_jira_key=other_key)

    assert asset_event(bridge, asset, "tasks", added=[other], removed=[synced_task]) is True

    assert linked(jira, asset_key) == [other_key]


# ---------------------------------------------------------------- Jira -> FPTR


def test_changes_of_the_issue_arrive_at_the_asset(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, asset_key: str
) -> None:
    event = issue_event(
        jira,
        asset_key,
        text_change("summary", "Grizzly"),
        change("status", field_id="status", before=("1", "To Do"), after=("2", "Done")),
    )

    assert bridge.sync_in_shotgun("example", "issue", asset_key, event) is True

    record = fptr.record(asset)
    assert (record["code"], record["sg_status_list"]) == ("Grizzly", "fin")


def test_the_mappings_are_those_that_the_settings_file_edits(
    bridge: Bridge,
    jira: JiraStore,
    fptr: ShotgunSite,
    asset: Entity,
    asset_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(ISSUE_FIELDS_MAPPING, "summary")
    event = issue_event(jira, asset_key, text_change("summary", "Grizzly"))

    assert bridge.sync_in_shotgun("example", "issue", asset_key, event) is False

    assert fptr.record(asset)["code"] == "Bear"
