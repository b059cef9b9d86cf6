"""What a studio's doubles may lack, in the generic family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3.lib import mockgun

from sg_jira import Bridge
from sg_jira.jira_session import JiraSession
from tests.contract.conftest import Person
from tests.contract.events import change, issue_event, shotgun_event
from tests.contract.generic.jira_site import FLAG, GenericStore, generic_double
from tests.doubles.jira_store import refused
from tests.doubles.shotgun_double import Entity, ShotgunSite

Change = Callable[..., Any]
WATCHERS = ("add_watcher", "remove_watcher", "watchers")


@pytest.fixture
def without_watchers(jira: GenericStore) -> GenericStore:
    """The same site, seen through a double that knows no watchers."""
    JiraSession.__bases__ = (generic_double(jira, without=WATCHERS),)
    return jira


def test_a_full_sync_of_a_record_without_cc_asks_for_no_watchers(
    without_watchers: GenericStore,
    change_in_fptr: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
) -> None:
    fptr.change(synced_task, content="Feathers")

    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is True
    assert without_watchers.fields_of(issue_key)["summary"] == "Feathers"


def test_groups_in_cc_ask_for_no_watchers(
    without_watchers: GenericStore,
    change_in_fptr: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
) -> None:
    fptr.change(synced_task, addressings_cc=[fptr.add("Group", code="riggers")])

    assert change_in_fptr(synced_task, "addressings_cc") is True


def test_a_full_sync_from_jira_leaves_cc_where_watchers_are_unknown(
    without_watchers: GenericStore,
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    ann: Person,
) -> None:
    fptr.change(synced_task, addressings_cc=[ann.fptr])
    without_watchers.issues[issue_key]["fields"]["summary"] = "Feathers"

    assert change_in_jira(issue_key, change("Sync In FPTR", field_id=FLAG)) is True
    record = fptr.record(synced_task)
    assert record["content"] == "Feathers"
    assert [person["id"] for person in record["addressings_cc"]] == [ann.fptr["id"]]


def test_a_search_that_answers_none_means_no_children(
    change_in_fptr: Change, jira: GenericStore, asset: Entity, epic_key: str
) -> None:
    assert change_in_fptr(asset, "tasks") is True
    assert jira.calls.count("search_issues") == 1


@pytest.mark.parametrize("status", [503, None])
def test_a_creation_that_failed_is_tried_again_at_once_without_a_search(
    change_in_fptr: Change, jira: GenericStore, fptr: ShotgunSite, task: Entity, status: Any
) -> None:
    jira.calls.fail("create_issue", refused(status, "down"))
    with pytest.raises(Exception, match="down"):
        change_in_fptr(task, "content")

    assert change_in_fptr(task, "content") is True
    assert fptr.record(task)["sg_jira_key"] == "PROJ-1"
    assert jira.calls.count("search_issues") == 0


def test_the_flavour_property_decides_how_people_are_named(
    change_in_fptr: Change,
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    generic: Bridge,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A session that detected one kind of Jira, while a studio's tests say the other."""
    generic.get_syncer("entities")
    bob.jira.update(name="bob", accountId="5cedcb4355a88a0fc8630000")
    jira.watchers["PROJ-1"] = []
    added: list[Any] = []
    monkeypatch.setattr(generic.jira, "add_watcher", lambda issue, watcher: added.append(watcher))
    fptr.change(synced_task, addressings_cc=[bob.fptr])
    for cloud in (True, False):
        monkeypatch.setattr(JiraSession, "is_jira_cloud", property(lambda _, cloud=cloud: cloud))
        change_in_fptr(synced_task, "addressings_cc")

    assert added == ["5cedcb4355a88a0fc8630000", "bob"]
    term = "query" if jira.is_cloud else "username"
    searches = jira.calls.of("search_assignable_users_for_issues")
    assert {search.kwargs[term] for search in searches} == {bob.email}


@pytest.mark.usefixtures("_schema_files")
def test_the_in_memory_double_that_ships_with_the_api_is_good_enough(
    jira: GenericStore,
    mapping: list[dict[str, Any]],
    ann: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shotgun_api3, "Shotgun", mockgun.Shotgun)
    settings = {"entity_mapping": mapping}
    sync = {"entities": {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": settings}}
    login = ("https://studio.test", "sg_jira", "key", "https://jira.studio.test", "me", "secret")
    bridge = Bridge(*login, sync_settings=sync)
    create = bridge.shotgun.create
    person = create("HumanUser", {"name": "Ann Lee", "email": ann.email})
    project = create("Project", {"name": "Test", "sg_jira_key": "PROJ"})
    common = {"project": project, "sg_sync_in_jira": True}
    asset = create("Asset", {"code": "Otter", **common})
    task = create("Task", {"content": "Fur", "entity": asset, "task_assignees": [person], **common})
    create("Note", {"subject": "S", "content": "C", "tasks": [task], "project": project})
    create("TimeLog", {"description": "D", "duration": 5, "entity": task, "project": project})

    for record in (asset, task):
        event = shotgun_event(record, "sg_sync_in_jira", new_value=True)
        assert bridge.sync_in_jira("entities", record["type"], record["id"], event) is True
    fields = jira.fields_of("PROJ-2")
    assert (fields["summary"], fields["parent"]) == ("Fur", {"key": "PROJ-1"})
    assert fields["assignee"] == ann.jira
    assert (len(jira.comments["PROJ-2"]), len(jira.worklogs["PROJ-2"])) == (1, 1)

    jira.issues["PROJ-2"]["fields"]["summary"] = "Long fur"
    event = issue_event(jira, "PROJ-2", change("summary", field_id="summary"))
    assert bridge.sync_in_shotgun("entities", "issue", "PROJ-2", event) is True
    found = bridge.shotgun.find_one("Task", [["id", "is", task["id"]]], ["content"])
    assert found["content"] == "Long fur"
