"""A studio's doubles need not know more than what is asked of them, nor all of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3.lib import mockgun

from sg_jira import Bridge
from tests.contract.events import comment_event, issue_event, shotgun_event, text_change
from tests.doubles.jira_metadata import SHOTGUN_ID
from tests.doubles.jira_store import JiraStore, refused
from tests.doubles.shotgun_double import Entity, ShotgunSite

PANEL = "\n{panel:title=%s}\n%s\n{panel}\n"
#: Calls that a double for Tasks and Notes need not have, as long as nobody is in CC.
LACKING = (
    "add_watcher",
    "remove_watcher",
    "watchers",
    "search_issues",
    "comments",
    "createmeta_issuetypes",
    "createmeta_fieldtypes",
    "user",
)


@pytest.fixture
def poor_jira(install_jira: Callable[..., None], jira: JiraStore) -> JiraStore:
    """The same site, seen through a double that lacks all that can be lacking."""
    install_jira(jira, without=LACKING)
    return jira


def test_a_task_and_its_notes_travel_to_jira_through_a_double_that_lacks_much(
    poor_jira: JiraStore,
    bridge: Bridge,
    fptr: ShotgunSite,
    task: Entity,
    project: Entity,
    ann: Any,
) -> None:
    note = fptr.add("Note", subject="S", content="C", project=project, tasks=[task])
    fptr.change(task, sg_status_list="ip", task_assignees=[ann.fptr])

    def say(entity: Entity, field: str, **meta: Any) -> Any:
        event = shotgun_event(entity, field, **meta)
        return bridge.sync_in_jira("default", entity["type"], entity["id"], event)

    assert say(task, "sg_sync_in_jira", new_value=True) is True
    (key,) = poor_jira.issues
    assert len(poor_jira.comments[key]) == 1
    assert poor_jira.fields_of(key)["assignee"] == ann.jira
    assert say(task, "content", new_value="Long fur") is True
    assert say(task, "sg_status_list", new_value="fin") is True
    assert say(note, "content", new_value="C") is True
    assert say(note, "tasks", added=[], removed=[task]) is True
    assert poor_jira.fields_of(key)["status"]["name"] == "Done"
    assert poor_jira.comments[key] == {}


def test_an_issue_and_its_comments_travel_to_fptr_through_a_double_that_lacks_much(
    poor_jira: JiraStore,
    bridge: Bridge,
    fptr: ShotgunSite,
    synced_task: Entity,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    changed = issue_event(poor_jira, issue_key, text_change("summary", "Long fur"))
    poor_jira.comments[issue_key][comment_id]["body"] = PANEL % ("New", "words")
    edited = comment_event(poor_jira, issue_key, comment_id)

    for event in (changed, edited):
        assert bridge.sync_in_shotgun("default", "issue", issue_key, event) is True
    assert fptr.record(synced_task)["content"] == "Long fur"
    assert fptr.record(note)["subject"] == "New"


@pytest.mark.parametrize("status", [503, None])
def test_a_creation_that_failed_is_tried_again_at_once_without_a_search(
    poor_jira: JiraStore, bridge: Bridge, fptr: ShotgunSite, task: Entity, status: Any
) -> None:
    event = shotgun_event(task, "content", new_value="Fur")
    poor_jira.calls.fail("create_issue", refused(status, "down"))
    with pytest.raises(Exception, match="down"):
        bridge.sync_in_jira("default", "Task", task["id"], event)

    assert bridge.sync_in_jira("default", "Task", task["id"], event) is True
    assert fptr.record(task)["sg_jira_key"] == "PROJ-1"


@pytest.mark.usefixtures("_schema_files")
def test_the_in_memory_double_that_ships_with_the_api_is_good_enough(
    jira: JiraStore,
    monkeypatch: pytest.MonkeyPatch,
    ann: Any,
) -> None:
    monkeypatch.setattr(shotgun_api3, "Shotgun", mockgun.Shotgun)
    sync = {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}
    login = ("https://studio.test", "sg_jira", "key", "https://jira.studio.test", "me", "secret")
    bridge = Bridge(*login, sync_settings=sync)
    person = bridge.shotgun.create("HumanUser", {"name": "Ann Lee", "email": ann.email})
    project = bridge.shotgun.create("Project", {"name": "Test", "sg_jira_key": "PROJ"})
    task = bridge.shotgun.create(
        "Task",
        {
            "content": "Fur",
            "project": project,
            "sg_sync_in_jira": True,
            "task_assignees": [person],
            "tags": [bridge.shotgun.create("Tag", {"name": "hairy"})],
        },
    )
    bridge.shotgun.create(
        "Note", {"subject": "S", "content": "C", "tasks": [task], "project": project}
    )

    event = shotgun_event(task, "sg_sync_in_jira", new_value=True)
    assert bridge.sync_in_jira("default", "Task", task["id"], event) is True
    (key,) = jira.issues
    assert jira.fields_of(key)["labels"] == ["hairy"]
    assert jira.fields_of(key)["assignee"] == ann.jira
    assert jira.fields_of(key)[SHOTGUN_ID] == str(task["id"])
    assert len(jira.comments[key]) == 1

    changed = issue_event(jira, key, text_change("summary", "Long fur"))
    assert bridge.sync_in_shotgun("default", "issue", key, changed) is True
    found = bridge.shotgun.find_one("Task", [["id", "is", task["id"]]], ["content"])
    assert found["content"] == "Long fur"
