"""The constants, literally; studios edit the mappings in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge, constants
from sg_jira.handlers import TaskIssueHandler
from tests.contract.events import shotgun_event
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity

STATUSES = {
    "wtg": "To Do",
    "rdy": "Open",
    "ip": "In Progress",
    "fin": "Done",
    "hld": "Backlog",
    "omt": "Closed",
}
VALUES: dict[str, Any] = {
    "LOGGING_SETTINGS_KEY": "LOGGING",
    "SHOTGUN_SETTINGS_KEY": "SHOTGUN",
    "JIRA_SETTINGS_KEY": "JIRA",
    "SYNC_SETTINGS_KEY": "SYNC",
    "ALL_SETTINGS_KEYS": ["LOGGING", "SHOTGUN", "JIRA", "SYNC"],
    "JIRA_SHOTGUN_TYPE_FIELD": "Shotgun Type",
    "JIRA_SHOTGUN_ID_FIELD": "Shotgun Id",
    "JIRA_SHOTGUN_URL_FIELD": "Shotgun Url",
    "JIRA_SYNC_IN_FPTR_FIELD": "Sync In FPTR",
    "SHOTGUN_JIRA_ID_FIELD": "sg_jira_key",
    "SHOTGUN_JIRA_URL_FIELD": "sg_jira_url",
    "SHOTGUN_SYNC_IN_JIRA_FIELD": "sg_sync_in_jira",
    "SHOTGUN_LIST_FIELDS": ["multi_entity"],
    "JIRA_RESULT_PAGING": 2000,
    "JIRA_PARENT_LINK_TYPE": "relates to",
    "SG_ENTITY_SPECIAL_NAME_FIELDS": {
        "Project": "name",
        "Task": "content",
        "HumanUser": "name",
        "Note": "subject",
        "Department": "name",
        "Delivery": "title",
        "Tag": "name",
        "Ticket": "title",
        "ApiUser": "name",
        "TimeLog": "description",
    },
    "TASK_FIELDS_MAPPING": {
        "content": "summary",
        "sg_description": "description",
        "sg_status_list": None,
        "task_assignees": "assignee",
        "tags": "labels",
        "created_by": "reporter",
        "due_date": "duedate",
        "est_in_mins": "timetracking",
        "addressings_cc": "watches",
    },
    "TASK_ISSUE_FIELDS_MAPPING": {
        "summary": "content",
        "description": "sg_description",
        "status": "sg_status_list",
        "assignee": "task_assignees",
        "labels": "tags",
        "duedate": "due_date",
        "timetracking": "est_in_mins",
        "watches": "addressings_cc",
    },
    "TASK_ISSUE_STATUS_MAPPING": STATUSES,
    "ASSET_ISSUE_STATUS_MAPPING": STATUSES,
    "NOTE_FIELDS_MAPPING": {"subject": None, "content": None, "user": None, "tasks": None},
    "ASSET_FIELDS_MAPPING": {
        "code": "summary",
        "description": "description",
        "tags": "labels",
        "created_by": "reporter",
        "tasks": None,
        "sg_status_list": "status",
    },
    "ISSUE_FIELDS_MAPPING": {
        "summary": "code",
        "description": "description",
        "status": "sg_status_list",
        "labels": "tags",
    },
    "TIMELOG_FIELDS_MAPPING": {
        "user": "author",
        "date": "started",
        "duration": "timeSpent",
        "description": "comment",
        "entity": None,
    },
}
ORDERED = ("TASK_FIELDS_MAPPING", "TASK_ISSUE_FIELDS_MAPPING")


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here, unless a test says so."""
    return "cloud"


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_a_constant_has_the_value_studios_know(name: str, value: Any) -> None:
    assert getattr(constants, name) == value


@pytest.mark.parametrize("name", ORDERED)
def test_the_task_mappings_keep_their_order(name: str) -> None:
    assert list(getattr(constants, name)) == list(VALUES[name])


def test_the_two_status_mappings_are_two_dicts() -> None:
    assert constants.TASK_ISSUE_STATUS_MAPPING is not constants.ASSET_ISSUE_STATUS_MAPPING


@pytest.mark.parametrize("name", [name for name, value in VALUES.items() if type(value) is dict])
def test_a_mapping_is_a_plain_dict(name: str) -> None:
    assert type(getattr(constants, name)) is dict


def test_a_settings_file_that_edits_the_status_mapping_in_place_is_obeyed(
    tmp_path: Path,
    bridge: Bridge,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    before = dict(constants.TASK_ISSUE_STATUS_MAPPING)
    settings = tmp_path / "edits.py"
    settings.write_text(
        "from sg_jira.constants import TASK_ISSUE_STATUS_MAPPING\n"
        "TASK_ISSUE_STATUS_MAPPING.clear()\n"
        "TASK_ISSUE_STATUS_MAPPING.update({'fin': 'Closed'})\n"
        "SHOTGUN = {'site': 'x', 'script_name': 'x', 'script_key': 'x'}\n"
        "JIRA = {'site': 'x', 'user': 'x', 'secret': 'x'}\n"
        "SYNC = {'default': {'syncer': 'sg_jira.TaskIssueSyncer'}}\n"
    )
    try:
        Bridge.read_settings(str(settings))
        bridge.sync_in_jira(
            "default",
            "Task",
            synced_task["id"],
            shotgun_event(synced_task, "sg_status_list", new_value="fin"),
        )
    finally:
        constants.TASK_ISSUE_STATUS_MAPPING.clear()
        constants.TASK_ISSUE_STATUS_MAPPING.update(before)

    assert jira.fields_of(issue_key)["status"]["name"] == "Closed"


def test_a_field_added_to_the_task_mapping_in_place_is_synced(
    monkeypatch: pytest.MonkeyPatch,
    bridge: Bridge,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    monkeypatch.setitem(constants.TASK_FIELDS_MAPPING, "sg_complexity", "customfield_11512")
    event = shotgun_event(synced_task, "sg_complexity", new_value=8)

    assert bridge.sync_in_jira("default", "Task", synced_task["id"], event)
    assert jira.fields_of(issue_key)["customfield_11512"] == 8


def test_a_field_taken_out_of_the_task_mapping_in_place_is_no_longer_accepted(
    monkeypatch: pytest.MonkeyPatch, syncer: Any, synced_task: Entity
) -> None:
    monkeypatch.delitem(constants.TASK_FIELDS_MAPPING, "content")
    event = shotgun_event(synced_task, "content", new_value="x")

    assert not syncer.accept_shotgun_event("Task", synced_task["id"], event)


def test_the_members_that_show_a_mapping_show_it_as_it_is_now(
    monkeypatch: pytest.MonkeyPatch, syncer: Any
) -> None:
    handler: TaskIssueHandler = syncer.handlers[1]
    monkeypatch.setitem(constants.TASK_ISSUE_FIELDS_MAPPING, "customfield_11512", "sg_complexity")

    assert handler._sg_jira_status_mapping is constants.TASK_ISSUE_STATUS_MAPPING
    assert "sg_complexity" in handler._supported_shotgun_fields_for_jira_event
    assert handler._get_shotgun_entity_field_for_issue_field("customfield_11512") == (
        "sg_complexity"
    )


def test_a_note_field_taken_out_of_the_mapping_in_place_is_no_longer_accepted(
    monkeypatch: pytest.MonkeyPatch, syncer: Any, note: Entity
) -> None:
    monkeypatch.delitem(constants.NOTE_FIELDS_MAPPING, "subject")
    event = shotgun_event(note, "subject", new_value="x")

    assert not syncer.accept_shotgun_event("Note", note["id"], event)
