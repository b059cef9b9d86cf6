"""Which events the handlers for Tasks and Issues take."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import constants
from sg_jira.handlers import EntityIssueHandler
from tests.contract.events import issue_event, shotgun_event, text_change
from tests.doubles.jira_metadata import SHOTGUN_ID, SHOTGUN_TYPE
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

TASK = {"type": "Task", "id": 7}


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here."""
    return "cloud"


@pytest.fixture
def handler(syncer: Any) -> Any:
    """The Task handler."""
    return syncer._task_issue_handler


@pytest.mark.parametrize("field", list(constants.TASK_FIELDS_MAPPING))
def test_every_mapped_field_of_a_task_is_taken(handler: Any, field: str) -> None:
    event = shotgun_event(TASK, field, new_value="x")

    assert handler.accept_shotgun_event("Task", 7, event)


@pytest.mark.parametrize(
    ("entity_type", "field"),
    [("Task", "sg_sync_in_jira"), ("Task", "sg_unknown"), ("Asset", "content"), ("Note", "tags")],
)
def test_other_types_and_fields_are_not(handler: Any, entity_type: str, field: str) -> None:
    assert not handler.accept_shotgun_event(entity_type, 7, shotgun_event(TASK, field))


def test_a_task_that_does_not_exist_is_taken_without_a_query(
    handler: Any, fptr: ShotgunSite, jira: JiraStore
) -> None:
    fptr.calls.forget()
    jira.calls.forget()
    event = shotgun_event({"type": "Task", "id": 404}, "content", new_value="x")

    assert handler.accept_shotgun_event("Task", 404, event)
    assert fptr.calls.made == jira.calls.made == []


@pytest.fixture
def event(jira: JiraStore, issue_key: str) -> dict[str, Any]:
    """The summary of the linked issue changed."""
    return issue_event(jira, issue_key, text_change("summary", "Long fur"))


@pytest.mark.parametrize("resource_type", ["issue", "Issue", "ISSUE"])
@pytest.mark.parametrize("name", ["jira:issue_updated", "jira:issue_created"])
def test_a_change_of_a_linked_issue_is_taken(
    handler: Any, event: Any, resource_type: str, name: str
) -> None:
    event["webhookEvent"] = name

    assert handler.accept_jira_event(resource_type, "PROJ-1", event)


@pytest.mark.parametrize("resource_type", ["comment", "worklog", "", "issues"])
def test_another_resource_is_not(handler: Any, event: Any, resource_type: str) -> None:
    assert not handler.accept_jira_event(resource_type, "PROJ-1", event)


SPOILERS: dict[str, Callable[[Any], Any]] = {
    "no issue": lambda event: event.pop("issue"),
    "issue deleted": lambda event: event.update(webhookEvent="jira:issue_deleted"),
    "comment": lambda event: event.update(webhookEvent="comment_updated"),
    "no event name": lambda event: event.pop("webhookEvent"),
    "no changelog": lambda event: event.pop("changelog"),
    "empty changelog": lambda event: event.update(changelog=None),
    "no fields": lambda event: event["issue"].pop("fields"),
    "no issue type": lambda event: event["issue"]["fields"].pop("issuetype"),
    "null issue type": lambda event: event["issue"]["fields"].update(issuetype=None),
    "other issue type": lambda event: event["issue"]["fields"]["issuetype"].update(name="Epic"),
    "no id field": lambda event: event["issue"]["fields"].pop(SHOTGUN_ID),
    "empty id": lambda event: event["issue"]["fields"].update({SHOTGUN_ID: ""}),
    "no type field": lambda event: event["issue"]["fields"].pop(SHOTGUN_TYPE),
    "empty type": lambda event: event["issue"]["fields"].update({SHOTGUN_TYPE: None}),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_an_issue_event_that_lacks_something_is_not_taken(
    handler: Any, event: Any, spoil: Callable[[Any], Any]
) -> None:
    spoil(event)

    assert not handler.accept_jira_event("issue", "PROJ-1", event)


def test_neither_flag_nor_project_of_the_task_are_looked_at(
    handler: Any, event: Any, fptr: ShotgunSite, synced_task: Entity, project: Entity
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)
    fptr.change(project, sg_jira_key=None)

    assert handler.accept_jira_event("issue", "PROJ-1", event)


def test_an_issue_of_another_entity_type_is_taken_too(handler: Any, event: Any) -> None:
    event["issue"]["fields"][SHOTGUN_TYPE] = "Asset"

    assert handler.accept_jira_event("issue", "PROJ-1", event)


def test_acceptance_of_jira_events_costs_no_query(
    handler: Any, event: Any, fptr: ShotgunSite, jira: JiraStore
) -> None:
    fptr.calls.forget()
    jira.calls.forget()
    handler.accept_jira_event("issue", "PROJ-1", copy.deepcopy(event))

    assert fptr.calls.made == jira.calls.made == []


def test_the_base_handler_accepts_the_same_jira_events(syncer: Any, event: Any) -> None:
    assert EntityIssueHandler(syncer, "Task").accept_jira_event("issue", "PROJ-1", event)
    assert not EntityIssueHandler(syncer, "Epic").accept_jira_event("issue", "PROJ-1", event)


def test_one_supported_fields_member_is_a_property_and_the_other_a_method(handler: Any) -> None:
    assert set(handler._supported_shotgun_fields_for_jira_event) == {
        field for field in constants.TASK_ISSUE_FIELDS_MAPPING.values() if field
    }
    assert list(handler._supported_shotgun_fields_for_shotgun_event()) == list(
        constants.TASK_FIELDS_MAPPING
    )


def test_only_tasks_have_task_fields(handler: Any) -> None:
    assert handler._get_jira_issue_field_for_shotgun_field("Task", "tags") == "labels"
    assert handler._get_jira_issue_field_for_shotgun_field("Task", "sg_status_list") is None
    assert handler._get_jira_issue_field_for_shotgun_field("Task", "sg_unknown") is None
    assert handler._get_jira_issue_field_for_shotgun_field("Asset", "tags") is None
    assert handler._get_shotgun_entity_field_for_issue_field("labels") == "tags"
    assert handler._get_shotgun_entity_field_for_issue_field("unknown") is None
