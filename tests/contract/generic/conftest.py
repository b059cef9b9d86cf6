"""The studio with a generic entry in its settings: Tasks, Assets, Notes and TimeLogs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sg_jira import Bridge, Syncer
from sg_jira.handlers import EntitiesGenericHandler
from sg_jira.jira_session import JiraSession
from tests.contract.conftest import Person
from tests.contract.events import comment_event, issue_event, shotgun_event
from tests.contract.generic.jira_site import FLAG, ON, GenericStore, generic_double
from tests.doubles.shotgun_double import Entity, ShotgunSite

STATUSES = {"wtg": "To Do", "ip": "In Progress", "fin": "Done", "omt": "Done"}
TASK = {
    "sg_entity": "Task",
    "jira_issue_type": "Task",
    "field_mapping": [
        {"sg_field": "content", "jira_field": "summary"},
        {"sg_field": "sg_description", "jira_field": "description"},
        {"sg_field": "task_assignees", "jira_field": "assignee"},
        {"sg_field": "tags", "jira_field": "labels"},
        {"sg_field": "due_date", "jira_field": "duedate"},
        {"sg_field": "est_in_mins", "jira_field": "timetracking"},
        {"sg_field": "addressings_cc", "jira_field": "watches"},
        {"sg_field": "entity", "jira_field": "parent"},
        {"sg_field": "sg_colour", "jira_field": "Colour"},
    ],
    "status_mapping": {"sg_field": "sg_status_list", "mapping": STATUSES},
}
ASSET = {
    "sg_entity": "Asset",
    "jira_issue_type": "Epic",
    "field_mapping": [
        {"sg_field": "code", "jira_field": "summary"},
        {"sg_field": "description", "jira_field": "description"},
        {"sg_field": "tasks", "jira_field": "{{CHILDREN}}"},
    ],
}
NOTE = {"sg_entity": "Note", "sync_deletion_direction": "both_way"}
TIME_LOG = {
    "sg_entity": "TimeLog",
    "sync_deletion_direction": "both_way",
    "field_mapping": [
        {"sg_field": "description", "jira_field": "comment"},
        {"sg_field": "duration", "jira_field": "timeSpentSeconds"},
        {"sg_field": "date", "jira_field": "started"},
    ],
}
MAPPING: list[dict[str, Any]] = [TASK, ASSET, NOTE, TIME_LOG]


@pytest.fixture
def jira(flavour: Any) -> Iterator[GenericStore]:
    """A Jira site with one project that every `JiraSession` connects to."""
    store = GenericStore(flavour)
    store.add_project("PROJ", "Test Project")
    bases = JiraSession.__bases__
    JiraSession.__bases__ = (generic_double(store),)
    yield store
    JiraSession.__bases__ = bases


@pytest.fixture
def mapping() -> list[dict[str, Any]]:
    """The setting; a test may change it before it asks for the bridge."""
    return copy.deepcopy(MAPPING)


@pytest.fixture
def generic(make_bridge: Callable[..., Bridge], mapping: list[dict[str, Any]]) -> Bridge:
    """A bridge with one generic entry, `entities`."""
    entry = {
        "syncer": "sg_jira.EntitiesGenericSyncer",
        "settings": {"entity_mapping": mapping},
    }
    return make_bridge({"entities": entry})


@pytest.fixture
def generic_syncer(generic: Bridge) -> Syncer:
    return generic.get_syncer("entities")


@pytest.fixture
def handler(generic_syncer: Syncer) -> EntitiesGenericHandler:
    found = generic_syncer.handlers[0]
    assert isinstance(found, EntitiesGenericHandler)
    return found


@pytest.fixture
def change_in_fptr(generic: Bridge) -> Callable[..., Any]:
    """Tells the bridge that a field of a record changed."""

    def send(entity: Entity, field: str, **meta: Any) -> Any:
        event = shotgun_event(entity, field, **meta)
        return generic.sync_in_jira("entities", entity["type"], entity["id"], event)

    return send


@pytest.fixture
def change_in_jira(generic: Bridge, jira: GenericStore) -> Callable[..., Any]:
    """Tells the bridge that an issue changed."""

    def send(key: str, *items: dict[str, Any], **more: Any) -> Any:
        event = issue_event(jira, key, *items, **more)
        return generic.sync_in_shotgun("entities", "issue", key, event)

    return send


@pytest.fixture
def comment_in_jira(generic: Bridge, jira: GenericStore) -> Callable[..., Any]:
    """Tells the bridge that a comment was created, updated or deleted."""

    def send(key: str, number: str, action: str = "created", **more: Any) -> Any:
        event = comment_event(jira, key, number, name=f"comment_{action}", **more)
        return generic.sync_in_shotgun("entities", "issue", key, event)

    return send


@pytest.fixture
def worklog_in_jira(generic: Bridge, jira: GenericStore) -> Callable[..., Any]:
    """Tells the bridge that a worklog was created, updated or deleted."""

    def send(key: str, number: str, action: str = "created", **more: Any) -> Any:
        raw = jira.worklogs.get(key, {}).get(number) or {"id": number}
        body = {**raw, "issueId": jira.issues[key]["id"], **more}
        event = {"webhookEvent": f"worklog_{action}", "worklog": body}
        return generic.sync_in_shotgun("entities", "issue", key, event)

    return send


@pytest.fixture
def issue_key(jira: GenericStore, fptr: ShotgunSite, task: Entity) -> str:
    """The key of the Issue that the Task is linked to, with its flag on."""
    key = jira.add_linked_issue(task, summary="Fur", **{FLAG: ON})
    fptr.change(task, sg_jira_key=key)
    return key


@pytest.fixture
def asset(fptr: ShotgunSite, project: Entity, ann: Person) -> Entity:
    """An Asset with the sync flag on that Jira does not know yet."""
    return fptr.add(
        "Asset", code="Otter", project=project, created_by=ann.fptr, sg_sync_in_jira=True
    )


@pytest.fixture
def epic_key(jira: GenericStore, fptr: ShotgunSite, asset: Entity) -> str:
    """The key of the Epic that the Asset is linked to."""
    key = jira.add_linked_issue(asset, issue_type="Epic", summary="Otter", **{FLAG: ON})
    fptr.change(asset, sg_jira_key=key)
    return key


@pytest.fixture
def time_log(fptr: ShotgunSite, project: Entity, synced_task: Entity, ann: Person) -> Entity:
    """A TimeLog of the synced Task that Jira does not know yet."""
    return fptr.add(
        "TimeLog",
        description="combed",
        entity=synced_task,
        user=ann.fptr,
        date="2024-11-05",
        duration=90,
        project=project,
    )


@pytest.fixture
def worklog_id(jira: GenericStore, fptr: ShotgunSite, time_log: Entity, issue_key: str) -> str:
    """The id of the worklog that the TimeLog is linked to; asking for it links them."""
    number = jira.add_worklog(issue_key, 60, author=jira.myself, comment="old words")
    fptr.change(time_log, sg_jira_key=f"{issue_key}/{number}")
    return number
