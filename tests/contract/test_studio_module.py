"""A whole studio plug-in, outside the package, loaded from the studio's own settings file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge, constants
from tests.contract.conftest import Person
from tests.contract.events import change, comment_event, issue_event, shotgun_event, text_change
from tests.doubles.jira_metadata import POINTS, SHOTGUN_TYPE
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

STUDIO = Path(__file__).with_name("studio")
ENTRY = "Studio & Söhne"


@pytest.fixture
def bridge(tmp_path: Path, fptr: ShotgunSite, jira: JiraStore) -> Iterator[Bridge]:
    """A bridge opened from the studio's settings file, which lies outside the repository."""
    mappings = [constants.TASK_FIELDS_MAPPING, constants.TASK_ISSUE_STATUS_MAPPING]
    kept, path, modules = [dict(mapping) for mapping in mappings], list(sys.path), set(sys.modules)
    settings = shutil.copytree(STUDIO, tmp_path / "pipeline config") / "studio_settings.py"
    yield Bridge.get_bridge(str(settings))
    for mapping, before in zip(mappings, kept, strict=True):
        mapping.clear()
        mapping.update(before)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if "studio" in name:
            del sys.modules[name]


@pytest.fixture
def sync(bridge: Bridge) -> Callable[..., Any]:
    """Tells the studio's bridge that a field of an FPTR record changed."""

    def send(entity: Entity, field: str, **meta: Any) -> Any:
        event = shotgun_event(entity, field, **meta)
        return bridge.sync_in_jira(ENTRY, entity["type"], entity["id"], event)

    return send


@pytest.fixture
def asset(fptr: ShotgunSite, project: Entity, ann: Person) -> Entity:
    """An Asset with its flag on that Jira does not know yet."""
    return fptr.add("Asset", code="Fox", project=project, created_by=ann.fptr, sg_sync_in_jira=True)


@pytest.fixture
def story(fptr: ShotgunSite, jira: JiraStore, asset: Entity) -> str:
    """The key of the Story that the Asset is linked to."""
    key = jira.add_linked_issue(asset, issue_type="Story")
    fptr.change(asset, sg_jira_key=key)
    return key


def test_the_plugin_is_loaded_with_its_hook_and_settings(bridge: Bridge, tmp_path: Path) -> None:
    syncer: Any = bridge.get_syncer(ENTRY)

    assert type(syncer).__module__ == "studio_sync"
    assert type(syncer.hook).__name__ == "StudioHook"
    assert syncer._asset._issue_type == "Story"
    assert str(tmp_path) in str(sys.modules["studio_sync"].__file__)


def test_the_entries_are_syncers_of_their_own(bridge: Bridge) -> None:
    assert list(bridge.sync_settings_names) == [ENTRY, "closed"]
    assert bridge.get_syncer(ENTRY) is not bridge.get_syncer("closed")


def test_a_syncer_of_the_studio_may_refuse_everything(bridge: Bridge, synced_task: Entity) -> None:
    event = shotgun_event(synced_task, "content", new_value="x")

    assert bridge.sync_in_jira("closed", "Task", synced_task["id"], event) is False


# Tasks


def test_a_task_is_synced_as_ever(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "content", new_value="Long fur") is True
    assert jira.fields_of(issue_key)["summary"] == "Long fur"


def test_the_studios_conversion_is_used(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "sg_colour", new_value="hard") is True
    assert jira.fields_of(issue_key)[POINTS] == 8


def test_a_value_the_studio_refuses_costs_the_event(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "sg_colour", new_value="impossible") is False
    assert jira.fields_of(issue_key)[POINTS] is None


def test_the_statuses_edited_in_the_settings_are_used(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "sg_status_list", new_value="wtg") is False
    assert sync(synced_task, "sg_status_list", new_value="fin") is True
    assert jira.fields_of(issue_key)["status"]["name"] == "Closed"


def test_a_new_task_with_its_notes_goes_over_when_its_flag_is_turned_on(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, project: Entity
) -> None:
    fptr.add("Note", subject="Hello", content="you", project=project, tasks=[task])

    assert sync(task, "sg_sync_in_jira", new_value=True) is True

    (comment,) = jira.comments[fptr.record(task)["sg_jira_key"]].values()
    assert comment["body"].endswith("signed: the studio")
    assert "{panel:title=Hello}" in comment["body"]


def test_an_edit_of_a_signed_comment_comes_back(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    body = "\n{panel:title=New}\nwords\n{panel}\n\nsigned: the studio"
    jira.comments[issue_key][comment_id]["body"] = body
    event = comment_event(jira, issue_key, comment_id)

    assert bridge.sync_in_shotgun(ENTRY, "issue", issue_key, event) is True
    assert fptr.record(note)["content"] == "words"


def test_an_assignee_comes_back(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    jira.issues[issue_key]["fields"]["assignee"] = bob.jira
    item = change("assignee", field_id="assignee", after=(bob.id, "Bob Ray"))
    event = issue_event(jira, issue_key, item)

    assert bridge.sync_in_shotgun(ENTRY, "issue", issue_key, event) is True
    assert fptr.record(synced_task)["task_assignees"][0]["id"] == bob.fptr["id"]


# Assets


def test_an_asset_becomes_a_story(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, asset: Entity
) -> None:
    assert sync(asset, "code", new_value="Fox") is True

    fields = jira.fields_of(fptr.record(asset)["sg_jira_key"])
    assert fields["issuetype"]["name"] == "Story"
    assert fields[SHOTGUN_TYPE] == "Asset"
    assert fields["reporter"]["displayName"] == "Ann Lee"


def test_fields_of_an_asset_go_to_its_story(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, asset: Entity, story: str
) -> None:
    tag = fptr.add("Tag", name="hairy")

    assert sync(asset, "description", new_value="red") is True
    assert sync(asset, "tags", added=[tag], removed=[]) is True
    assert sync(asset, "sg_status_list", new_value="fin") is True
    assert sync(asset, "sg_status_list", new_value="ip") is False

    fields = jira.fields_of(story)
    assert (fields["description"], fields["labels"]) == ("red", ["hairy"])
    assert fields["status"]["name"] == "Done"


def test_an_asset_whose_story_names_another_asset_is_left_alone(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, project: Entity, story: str
) -> None:
    copy = fptr.add("Asset", code="Copy", project=project, sg_sync_in_jira=True, sg_jira_key=story)

    assert sync(copy, "description", new_value="red") is False
    assert jira.fields_of(story)["description"] is None


def test_changes_of_a_story_go_to_its_asset(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, asset: Entity, story: str
) -> None:
    items = [
        text_change("summary", "Red fox"),
        change("status", field_id="status", after=("41", "done")),
    ]
    event = issue_event(jira, story, *items)

    assert bridge.sync_in_shotgun(ENTRY, "issue", story, event) is True
    record = fptr.record(asset)
    assert (record["code"], record["sg_status_list"]) == ("Red fox", "fin")


def test_an_issue_type_nobody_handles_is_not_synced(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity
) -> None:
    key = jira.add_linked_issue(synced_task, issue_type="Epic")
    event = issue_event(jira, key, text_change("summary", "x"))

    assert bridge.sync_in_shotgun(ENTRY, "issue", key, event) is False
    assert fptr.writes() == []
