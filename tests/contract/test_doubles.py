"""The doubles themselves: they must not be kinder than those of a studio."""

from __future__ import annotations

from typing import Any

import pytest
from jira import resources
from jira.exceptions import JIRAError
from shotgun_api3 import ShotgunError

from tests.contract.conftest import Person
from tests.doubles.jira_double import JiraDouble, jira_double
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite


@pytest.fixture
def client(jira: JiraStore) -> JiraDouble:
    return jira_double(jira)()


@pytest.fixture
def shotgun(fptr: ShotgunSite) -> Any:
    return fptr.client_class(fptr.url)


STRANGE_CALLS = {
    "project": (("PROJ",), {"expand": "issueTypes"}),
    "user": (("x",), {"expand": "groups"}),
    "fields": ((), {"maxResults": 1}),
    "current_user": (("accountId",), {}),
    "projects": ((), {"expand": "lead"}),
    "search_issues": (("parent IN ('PROJ-1')",), {"maxResults": 100}),
    "comment": (("PROJ-1", "1"), {"expand": "x"}),
    "create_issue": ((), {"summary": "x"}),
    "createmeta": ((), {"projectKeys": "PROJ"}),
    "search_assignable_users_for_issues": ((), {"project": "PROJ", "query": "x"}),
}


@pytest.mark.parametrize(("name", "call"), STRANGE_CALLS.items())
def test_an_argument_a_studio_would_not_know_is_a_type_error(
    client: JiraDouble, name: str, call: Any
) -> None:
    with pytest.raises(TypeError):
        getattr(client, name)(*call[0], **call[1])


def test_only_loading_an_issue_tolerates_more(client: JiraDouble, jira: JiraStore) -> None:
    key = jira.add_issue()

    assert client.issue(key, expand="editmeta", fields="summary").key == key


def test_what_the_client_returns_are_the_clients_own_resources(
    client: JiraDouble, jira: JiraStore, ann: Person
) -> None:
    issue: Any = client.issue(jira.add_issue(assignee=ann.jira))

    assert isinstance(issue, resources.Issue)
    assert isinstance(issue.fields.assignee, resources.User)
    assert isinstance(issue.fields.project, resources.Project)
    assert isinstance(issue.fields.issuetype, resources.IssueType)
    assert isinstance(issue.fields.status, resources.Status)
    assert issue.fields.assignee == client.user(ann.id)
    assert issue.permalink() == f"https://jira.studio.test/browse/{issue.key}"


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": "two\nlines"},
        {"summary": "x" * 256},
        {"labels": ["two words"]},
        {"labels": "hairy"},
        {"duedate": "tomorrow"},
        {"timetracking": {"originalEstimate": None}},
        {"assignee": {"displayName": "Ann"}},
        {"priority": {"name": "Urgent"}},
        {"status": {"name": "Done"}},
        {"no_such_field": 1},
    ],
)
def test_what_jira_would_refuse_is_refused(
    client: JiraDouble, jira: JiraStore, fields: dict[str, Any]
) -> None:
    issue: Any = client.issue(jira.add_issue())

    with pytest.raises(JIRAError) as caught:
        issue.update(fields=fields)
    assert caught.value.status_code == 400


def test_a_resource_object_cannot_be_sent(client: JiraDouble, jira: JiraStore, ann: Person) -> None:
    issue: Any = client.issue(jira.add_issue())

    with pytest.raises(TypeError):
        issue.update(fields={"assignee": client.user(ann.id)})


def test_an_update_shows_at_once_on_the_issue(client: JiraDouble, jira: JiraStore) -> None:
    issue: Any = client.issue(jira.add_issue())
    issue.update(fields={"labels": ["hairy"]})

    assert issue.fields.labels == ["hairy"]
    assert [call.args for call in jira.calls.of("Issue.update")] == [
        (issue.key, {"labels": ["hairy"]})
    ]


def test_a_call_can_be_left_out(jira: JiraStore) -> None:
    client = jira_double(jira, without=("watchers",))()

    assert not hasattr(client, "watchers")


def test_a_failure_is_shown_once(client: JiraDouble, jira: JiraStore) -> None:
    jira.calls.fail("myself", ConnectionError("lost"))

    with pytest.raises(ConnectionError):
        client.myself()
    assert client.myself()


def test_all_shotgun_clients_see_one_site(fptr: ShotgunSite, project: Entity) -> None:
    one, two = fptr.client_class(fptr.url), fptr.client_class(fptr.url)
    one.update("Project", project["id"], {"name": "Renamed"})

    assert two.find_one("Project", [["id", "is", project["id"]]], ["name"])["name"] == "Renamed"


@pytest.mark.parametrize(
    "query",
    [[["name", "contains", "x"]], [["name", "is_not", "x"]], [["id", "greater_than", 1]]],
)
def test_a_filter_a_studio_would_not_know_is_refused(shotgun: Any, query: Any) -> None:
    with pytest.raises(ShotgunError):
        shotgun.find("Project", query)


def test_more_arguments_are_a_type_error(shotgun: Any, project: Entity) -> None:
    with pytest.raises(TypeError):
        shotgun.find("Project", [], ["name"], limit=1)
    with pytest.raises(TypeError):
        shotgun.update("Project", project["id"], {}, multi_entity_update_modes={})
    assert not hasattr(shotgun, "batch")


def test_what_a_query_returns_is_a_copy(
    shotgun: Any, fptr: ShotgunSite, task: Entity, ann: Person
) -> None:
    fptr.change(task, task_assignees=[ann.fptr])
    shotgun.find_one("Task", [["id", "is", task["id"]]], ["task_assignees"])[
        "task_assignees"
    ].clear()

    assert len(fptr.record(task)["task_assignees"]) == 1


def test_links_keep_their_names_and_dotted_fields_are_followed(
    shotgun: Any, task: Entity, project: Entity
) -> None:
    found = shotgun.find_one(
        "Task",
        [["project.Project.sg_jira_key", "is", "proj"]],
        ["project", "project.Project.sg_jira_key"],
    )

    assert found["project"]["name"] == project["name"]
    assert found["project.Project.sg_jira_key"] == "PROJ"


def test_a_list_field_can_get_new_values(shotgun: Any, fptr: ShotgunSite) -> None:
    shotgun.schema_field_update("Task", "sg_colour", {"valid_values": ["Red", "Blue"]})

    properties = shotgun.schema_field_read("Task")["sg_colour"]["properties"]
    assert properties["valid_values"]["value"] == ["Red", "Blue"]


def test_a_field_made_by_a_client_is_on_the_site(shotgun: Any) -> None:
    name = shotgun.schema_field_create("HumanUser", "text", "Nick Name")

    assert shotgun.schema_field_read("HumanUser")[name]["data_type"]["value"] == "text"


def test_a_deleted_record_is_only_found_among_the_retired(shotgun: Any, task: Entity) -> None:
    shotgun.delete("Task", task["id"])
    query = [["id", "is", task["id"]]]

    assert shotgun.find_one("Task", query) is None
    assert shotgun.find_one("Task", query, ["content"], retired_only=True)["content"] == "Fur"
