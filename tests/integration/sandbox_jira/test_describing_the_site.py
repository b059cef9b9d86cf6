"""What the site tells about its projects, fields, types and statuses."""

from __future__ import annotations

import jira
import pytest

from sg_jira.sandbox.jira import JiraSite, Refusal, Transition
from sg_jira.sandbox.jira.catalog import IN_PROGRESS

from .conftest import log_in


def test_fields_have_keys_on_cloud_only(site: JiraSite, client: jira.JIRA) -> None:
    fields = client.fields()

    assert all(("key" in field) is site.flavour.is_cloud for field in fields)


def test_bridge_fields_are_there(client: jira.JIRA) -> None:
    types = {f["name"]: f["schema"].get("custom", "").rpartition(":")[2] for f in client.fields()}

    assert types["Shotgun Type"] == types["Shotgun ID"] == types["Shotgun URL"] == "textfield"
    assert types["Sync In FPTR"] == "select"
    assert types["Shotgun TimeLogs"] == "textarea"


def test_site_can_be_made_without_bridge_fields() -> None:
    with pytest.raises(KeyError):
        JiraSite(bridge_fields=False).field("Shotgun ID")


def test_removed_field_is_gone_with_its_values(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    field = site.field("Shotgun ID").id
    client.issue(task).update(fields={field: "12"})

    site.remove_field("Shotgun ID")

    assert field not in client.issue(task).raw["fields"]
    assert field not in [entry["id"] for entry in client.fields()]


def test_unknown_type_of_field_is_refused(site: JiraSite) -> None:
    with pytest.raises(ValueError, match="textfield"):
        site.add_field("Mood", "colour")


def test_projects_are_listed(client: jira.JIRA) -> None:
    assert [(p.key, p.name) for p in client.projects()] == [("ABC", "Alphabet")]


def test_project_has_its_types_components_and_versions(client: jira.JIRA) -> None:
    project = client.project("ABC")

    assert [t.name for t in project.issueTypes] == ["Task", "Bug", "Story", "Epic", "Sub-task"]
    assert [c.name for c in client.project_components(project)] == ["Rig", "Anim"]
    assert [v.name for v in client.project_versions(project)] == ["v1", "v2"]


def test_unknown_project_is_404(client: jira.JIRA) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.project("NOPE")

    assert refused.value.status_code == 404
    assert refused.value.text == "No project could be found with key 'NOPE'."


def test_issue_type_is_found_by_name_in_a_project(site: JiraSite, client: jira.JIRA) -> None:
    site.add_project("SML", "Small", issue_types=["Task", "Shot"])

    assert client.issue_type_by_name("Shot", project="SML").name == "Shot"
    with pytest.raises(KeyError):
        client.issue_type_by_name("Shot", project="ABC")


def test_issue_types_statuses_priorities_resolutions_can_be_listed(client: jira.JIRA) -> None:
    assert "Task" in [t.name for t in client.issue_types()]
    assert {"To Do", "Open", "In Progress", "Done", "Backlog", "Closed"} == {
        status.name for status in client.statuses()
    }
    assert "Medium" in [priority.name for priority in client.priorities()]
    assert "Done" in [resolution.name for resolution in client.resolutions()]


def test_single_type_and_status_can_be_looked_up(client: jira.JIRA) -> None:
    assert client.issue_type("10002").name == "Task"
    assert client.status("3").raw["statusCategory"]["key"] == "indeterminate"
    with pytest.raises(jira.JIRAError) as refused:
        client.status("77")
    assert refused.value.status_code == 404


def test_statuses_of_a_project_come_by_issue_type(site: JiraSite, client: jira.JIRA) -> None:
    site.add_status("In Review", IN_PROGRESS)
    site.set_workflow("ABC", [Transition("Review", "In Review", ("Open",))])

    types = client.issue_types_for_project("ABC")

    assert "Task" in [t.name for t in types]
    assert {status.name for status in types[0].statuses} == {"To Do", "Open", "In Review"}


def test_issue_types_of_a_project_by_its_id_are_on_cloud_only(
    site: JiraSite, client: jira.JIRA
) -> None:
    params = {"projectId": client.project("ABC").id}

    if site.flavour.is_cloud:
        found = client._get_json("issuetype/project", params=params)
        assert {"Epic": 1, "Task": 0, "Sub-task": -1}.items() <= {
            t["name"]: t["hierarchyLevel"] for t in found
        }.items()
    else:
        with pytest.raises(jira.JIRAError) as refused:
            client._get_json("issuetype/project", params=params)
        assert refused.value.status_code == 404


def test_looking_at_the_site_in_python_shows_what_the_api_shows(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    client.add_comment(task, "Hello")
    client.add_worklog(task, timeSpentSeconds=60)

    assert site.issue(task) == client.issue(task).raw
    assert site.issues("ABC") == [client.issue(task).raw]
    assert site.comments(task) == [comment.raw for comment in client.comments(task)]
    assert site.worklogs(task) == [worklog.raw for worklog in client.worklogs(task)]


def test_unknown_issue_is_refused_in_python_too(site: JiraSite) -> None:
    with pytest.raises(Refusal, match="Issue does not exist") as refused:
        site.issue("ABC-99")

    assert refused.value.status == 404


def test_server_info_gives_the_address_and_the_sites_time(cloud: JiraSite) -> None:
    info = log_in(cloud).server_info()

    assert info["baseUrl"] == cloud.url
    assert info["serverTime"].startswith("2024-05-15T12:00:")
