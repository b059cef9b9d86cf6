"""Create and edit metadata, screens, workflows and transitions."""

from __future__ import annotations

from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import JiraSite, Refusal, Transition

from .conftest import acting, log_in, reasons


def _create_fields(site: JiraSite, client: jira.JIRA, type: str = "Task") -> dict[str, Any]:
    id = client.issue_type_by_name(type, project="ABC").id
    if site.flavour.is_cloud:
        meta = client.createmeta("ABC", issuetypeIds=[id], expand="projects.issuetypes.fields")
        fields: dict[str, Any] = meta["projects"][0]["issuetypes"][0]["fields"]
        return fields
    return {f.fieldId: f.raw for f in client.project_issue_fields("ABC", id, maxResults=200)}


def test_create_metadata_names_the_fields_of_the_screen(site: JiraSite, client: jira.JIRA) -> None:
    fields = _create_fields(site, client)

    assert fields["summary"]["required"]
    assert fields["priority"]["defaultValue"]["name"] == "Medium"
    assert fields["labels"]["operations"] == ["add", "set", "remove"]
    sync = fields[site.field("Sync In FPTR").id]
    assert [option["value"] for option in sync["allowedValues"]] == ["True", "False"]
    assert sync["schema"]["type"] == "option"
    assert [value["name"] for value in fields["components"]["allowedValues"]] == ["Rig", "Anim"]
    assert "status" not in fields


def test_create_metadata_of_a_subtask_demands_a_parent(site: JiraSite, client: jira.JIRA) -> None:
    assert _create_fields(site, client, "Sub-task")["parent"]["required"]


def test_reporter_has_a_default_on_cloud_only(site: JiraSite, client: jira.JIRA) -> None:
    reporter = _create_fields(site, client)["reporter"]

    assert reporter["required"]
    assert reporter["hasDefaultValue"] is site.flavour.is_cloud


def test_classic_create_metadata_can_be_narrowed(cloud: JiraSite) -> None:
    client = log_in(cloud)
    cloud.add_project("XYZ", "Last")

    everything = client.createmeta()["projects"]
    one = client.createmeta(projectIds=[everything[1]["id"]], issuetypeNames="Task")["projects"]

    assert [project["key"] for project in everything] == ["ABC", "XYZ"]
    assert [project["key"] for project in one] == ["XYZ"]
    assert [entry["name"] for entry in one[0]["issuetypes"]] == ["Task"]
    assert "fields" not in one[0]["issuetypes"][0]


def test_classic_create_metadata_is_gone_from_data_center(datacenter: JiraSite) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        log_in(datacenter)._get_json("issue/createmeta")

    assert refused.value.status_code == 404


def test_paged_create_metadata_is_served_by_both_flavours(
    site: JiraSite, client: jira.JIRA
) -> None:
    types = client._get_json("issue/createmeta/ABC/issuetypes", params={"maxResults": 2})
    path = f"issue/createmeta/ABC/issuetypes/{types['values'][0]['id']}"
    fields = client._get_json(path, params={"startAt": 1, "maxResults": 3})

    assert (len(types["values"]), types["total"], types["isLast"]) == (2, 5, False)
    assert (len(fields["values"]), fields["startAt"]) == (3, 1)
    assert all("fieldId" in field for field in fields["values"])


def test_create_metadata_of_an_unknown_type_is_404(datacenter: JiraSite) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        log_in(datacenter).project_issue_fields("ABC", "99")

    assert refused.value.status_code == 404


def test_edit_metadata_names_the_fields_of_the_edit_screen(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    fields = client.editmeta(task)["fields"]

    assert {"summary", "comment", "issuelinks", "timetracking"} <= set(fields)
    assert "project" not in fields
    types = [value["name"] for value in fields["issuetype"]["allowedValues"]]
    assert "Bug" in types
    assert "Sub-task" not in types
    word = "query" if site.flavour.is_cloud else "username"
    assert f"issueKey={task}&{word}=" in fields["assignee"]["autoCompleteUrl"]


def test_field_can_be_on_the_edit_screen_only(site: JiraSite, client: jira.JIRA, task: str) -> None:
    field = site.field("Shotgun ID").id
    site.place_field("Shotgun ID", on_create=False)

    assert field not in _create_fields(site, client)
    with pytest.raises(jira.JIRAError) as refused:
        client.create_issue(project="ABC", issuetype="Task", summary="A", **{field: "1"})
    assert "not on the appropriate screen" in reasons(refused.value)[field]
    client.issue(task).update(fields={field: "1"})


def test_field_can_be_placed_by_project_and_issue_type(site: JiraSite, client: jira.JIRA) -> None:
    site.place_field("duedate", on_create=False)
    site.place_field("duedate", project="ABC", issue_type="Bug", on_create=True, required=True)

    assert "duedate" not in _create_fields(site, client, "Task")
    assert _create_fields(site, client, "Bug")["duedate"]["required"]


def test_field_outside_its_context_is_not_shown_at_all(site: JiraSite, client: jira.JIRA) -> None:
    field = site.add_field("Bugs only", "textfield", issue_types=["Bug"], projects=["ABC"])
    keys = [acting(site).create_issue("ABC", type, summary="A") for type in ("Task", "Bug")]

    shown = [field.id in client.issue(key).raw["fields"] for key in keys]

    assert shown == [False, True]


def test_every_status_is_reachable_from_every_other(client: jira.JIRA, task: str) -> None:
    names = {transition["to"]["name"] for transition in client.transitions(task)}

    assert names == {"Open", "In Progress", "Done", "Backlog", "Closed"}


def test_transition_moves_the_issue(client: jira.JIRA, task: str) -> None:
    client.transition_issue(task, "In Progress", comment="Off we go")

    assert client.issue(task).fields.status.name == "In Progress"
    assert [comment.body for comment in client.comments(task)] == ["Off we go"]


def test_single_transition_can_be_asked_for(client: jira.JIRA, task: str) -> None:
    wanted = client.transitions(task)[1]

    assert client.transitions(task, id=wanted["id"]) == [wanted]


def test_transition_that_is_not_available_is_refused(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    site.set_workflow("ABC", [Transition("Start", "In Progress", origins=("Open",))])

    assert client.transitions(task) == []
    with pytest.raises(jira.JIRAError) as refused:
        client.transition_issue(task, "11")
    assert refused.value.status_code == 400
    assert "not valid for this issue" in refused.value.text
    with pytest.raises(Refusal, match="No transition leads from To Do to In Progress"):
        acting(site).transition(task, "In Progress")


def test_request_without_transition_is_refused(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    with pytest.raises(jira.JIRAError, match="Missing 'transition' identifier"):
        client._session.post(f"{site.url}/rest/api/2/issue/{task}/transitions", json={})


@pytest.fixture
def closing(site: JiraSite) -> None:
    """A workflow whose way to Done asks for a resolution and a reason."""
    reason = site.add_field("Reason", "textarea", on_create=False, on_edit=False)
    screen = {"resolution": True, reason.id: True, "assignee": False}
    again = Transition("Again", "To Do")
    site.set_workflow("ABC", [Transition("Finish", "Done", ("To Do",), screen), again])


@pytest.mark.usefixtures("closing")
def test_transition_screen_shows_what_it_asks_for(client: jira.JIRA, task: str) -> None:
    (transition,) = client.transitions(task, expand="transitions.fields")

    assert transition["hasScreen"]
    assert transition["fields"]["resolution"]["required"]
    assert transition["fields"]["resolution"]["allowedValues"][0]["name"] == "Done"
    assert not transition["fields"]["assignee"]["required"]


@pytest.mark.usefixtures("closing")
def test_transition_demands_the_required_fields_of_its_screen(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    reason = site.field("Reason").id

    with pytest.raises(jira.JIRAError) as refused:
        client.transition_issue(task, "Finish")
    assert reasons(refused.value) == {
        "resolution": "Resolution is required.",
        reason: "Reason is required.",
    }

    client.transition_issue(
        task, "Finish", fields={"resolution": {"name": "Done"}, reason: "It is good"}
    )
    issue = client.issue(task)
    assert issue.fields.resolution.name == "Done"
    assert issue.fields.resolutiondate == issue.fields.updated


@pytest.mark.usefixtures("closing")
def test_reopened_issue_loses_its_resolution(site: JiraSite, task: str) -> None:
    acting(site).transition(task, "Done", resolution="Done", Reason="Good")

    acting(site).transition(task, "To Do")

    fields = site.issue(task)["fields"]
    assert fields["resolution"] is fields["resolutiondate"] is None


def test_field_that_is_not_on_the_transition_screen_is_refused(
    client: jira.JIRA, task: str
) -> None:
    with pytest.raises(jira.JIRAError, match="not on the appropriate screen"):
        client.transition_issue(task, "Done", fields={"resolution": {"name": "Done"}})

    assert client.issue(task).fields.status.name == "To Do"


def test_workflow_with_unknown_status_or_field_is_refused(site: JiraSite) -> None:
    with pytest.raises(ValueError, match="Nowhere"):
        site.set_workflow("ABC", [Transition("Go", "Nowhere")])
    with pytest.raises(ValueError, match="nothing"):
        site.set_workflow("ABC", [Transition("Go", "Done", screen={"nothing": True})])
