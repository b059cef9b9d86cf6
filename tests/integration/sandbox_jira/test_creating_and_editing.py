"""Creating, editing and deleting issues, and the verbs of an update."""

from __future__ import annotations

from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import JiraSite

from .conftest import acting, ann, log_in, reasons


def _create(client: jira.JIRA, **fields: Any) -> jira.Issue:
    own = {"project": {"key": "ABC"}, "issuetype": {"name": "Task"}, "summary": "Tree"}
    return client.create_issue(fields={**own, **fields})


def test_new_issue_has_jiras_defaults(site: JiraSite, client: jira.JIRA) -> None:
    issue = _create(client)

    assert issue.key == "ABC-1"
    assert issue.fields.status.name == "To Do"
    assert issue.fields.priority.name == "Medium"
    assert issue.fields.reporter.displayName == issue.fields.creator.displayName == "The Bridge"
    assert issue.fields.assignee is issue.fields.resolution is None
    assert issue.fields.created == issue.fields.updated
    assert issue.permalink() == f"{site.url}/browse/ABC-1"


def test_keys_count_by_project(site: JiraSite, client: jira.JIRA) -> None:
    site.add_project("XYZ", "Last")

    keys = [_create(client, project={"key": key}).key for key in ("ABC", "XYZ", "ABC")]

    assert keys == ["ABC-1", "XYZ-1", "ABC-2"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"summary": None}, "summary", "You must specify a summary of the issue."),
        ({"project": {"key": "NO"}}, "project", "valid project is required"),
        ({"project": None}, "project", "valid project is required"),
        ({"issuetype": {"name": "No"}}, "issuetype", "Specify a valid issue type"),
        ({"issuetype": None}, "issuetype", "Specify an issue type"),
        ({"issuetype": {"name": "Sub-task"}}, "issuetype", "is a sub-task but parent issue key"),
        ({"nothing": 1}, "nothing", "Field 'nothing' cannot be set."),
        ({"status": {"name": "Done"}}, "status", "Field 'status' cannot be set."),
    ],
)
def test_wrong_creation_is_refused(
    cloud: JiraSite, fields: dict[str, Any], field: str, reason: str
) -> None:
    own = {"project": {"key": "ABC"}, "issuetype": {"name": "Task"}, "summary": "Tree"}
    client = log_in(cloud)

    with pytest.raises(jira.JIRAError) as refused:
        client._session.post(f"{cloud.url}/rest/api/2/issue", json={"fields": {**own, **fields}})

    assert refused.value.status_code == 400
    assert reason in reasons(refused.value)[field]
    assert cloud.issues("ABC") == []


def test_summary_left_out_is_refused(cloud: JiraSite) -> None:
    with pytest.raises(jira.JIRAError, match="You must specify a summary"):
        log_in(cloud).create_issue(project="ABC", issuetype="Task")


def test_required_custom_field_is_demanded_by_its_name(site: JiraSite, client: jira.JIRA) -> None:
    field = site.add_field("Studio", "textfield", required=True)

    with pytest.raises(jira.JIRAError) as refused:
        _create(client)

    assert reasons(refused.value) == {field.id: "Studio is required."}
    assert _create(client, **{field.id: "A"}).key == "ABC-1"


def test_number_zero_fills_a_required_field(site: JiraSite, client: jira.JIRA) -> None:
    field = site.add_field("Weight", "float", required=True)

    assert _create(client, **{field.id: 0}).get_field(field.id) == 0


def test_several_issues_are_created_at_once_and_failures_are_named(client: jira.JIRA) -> None:
    own = {"project": {"key": "ABC"}, "issuetype": {"name": "Task"}}

    made = client.create_issues([{**own, "summary": "A"}, own, {**own, "summary": "C"}])

    assert [entry["status"] for entry in made] == ["Success", "Error", "Success"]
    assert [entry["issue"].fields.summary for entry in made if entry["issue"]] == ["A", "C"]


def test_more_than_fifty_issues_at_once_are_refused(cloud: JiraSite) -> None:
    own = {"project": {"key": "ABC"}, "issuetype": {"name": "Task"}, "summary": "A"}

    with pytest.raises(jira.JIRAError, match="50"):
        log_in(cloud)._session.post(
            f"{cloud.url}/rest/api/2/issue/bulk", json={"issueUpdates": [{"fields": own}] * 51}
        )


def test_unknown_issue_is_404(client: jira.JIRA) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.issue("ABC-7")

    assert refused.value.status_code == 404
    expected = "Issue does not exist or you do not have permission to see it."
    assert refused.value.text == expected


def test_issue_is_found_by_key_in_any_case_and_by_id(client: jira.JIRA, task: str) -> None:
    id = client.issue(task).id

    assert client.issue(task.lower()).id == client.issue(id).id == id


def test_only_the_asked_fields_are_shown(client: jira.JIRA, task: str) -> None:
    assert set(client.issue(task, fields="summary,labels").raw["fields"]) == {"summary", "labels"}


def test_fields_can_be_left_out(client: jira.JIRA, task: str) -> None:
    shown = client.issue(task, fields="*all,-comment").raw["fields"]

    assert "comment" not in shown
    assert "summary" in shown


def test_expanded_issue_brings_names_schema_and_metadata(client: jira.JIRA, task: str) -> None:
    raw = client.issue(
        task, expand="names,schema,editmeta,transitions,changelog,renderedFields"
    ).raw

    assert raw["names"]["duedate"] == "Due date"
    assert raw["schema"]["labels"] == {"type": "array", "items": "string", "system": "labels"}
    assert "summary" in raw["editmeta"]["fields"]
    assert "fields" not in raw["transitions"][0]
    assert raw["changelog"]["histories"] == []
    assert raw["renderedFields"]["summary"] == "Model the tree"


def test_add_and_remove_change_single_labels(client: jira.JIRA, task: str) -> None:
    issue = client.issue(task)
    issue.update(fields={"labels": ["b", "c"]})

    issue.update(update={"labels": [{"add": "a"}, {"remove": "c"}]})

    assert issue.fields.labels == ["a", "b"]


def test_add_and_remove_change_single_components(client: jira.JIRA, task: str) -> None:
    issue = client.issue(task)
    issue.update(update={"components": [{"add": {"name": "Rig"}}, {"add": {"name": "Anim"}}]})
    issue.update(update={"components": [{"remove": {"name": "Rig"}}]})

    assert [component.name for component in issue.fields.components] == ["Anim"]


def test_edit_changes_one_part_of_the_estimates(client: jira.JIRA, task: str) -> None:
    issue = client.issue(task)
    issue.update(fields={"timetracking": {"originalEstimate": "2h"}})

    issue.update(update={"timetracking": [{"edit": {"remainingEstimate": "1h"}}]})

    assert issue.fields.timetracking.originalEstimate == "2h"
    assert issue.fields.timetracking.remainingEstimate == "1h"


def test_comment_worklog_and_link_can_come_with_an_edit(client: jira.JIRA, task: str) -> None:
    other, issue = _create(client), client.issue(task)

    issue.update(
        update={
            "comment": [{"add": {"body": "Hello"}}],
            "worklog": [{"add": {"timeSpent": "1h"}}],
            "issuelinks": [
                {"add": {"type": {"name": "Blocks"}, "outwardIssue": {"key": other.key}}}
            ],
        }
    )

    assert client.comments(task)[0].body == "Hello"
    assert client.worklogs(task)[0].timeSpentSeconds == 3600
    assert issue.fields.issuelinks[0].outwardIssue.key == other.key


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"summary": [{"add": "x"}]}, "does not support operation 'add'"),
        ({"comment": [{"set": {"body": "x"}}]}, "does not support operation 'set'"),
        ({"labels": {"add": "x"}}, "data was not an array"),
        ({"labels": ["x"]}, "data was not an object"),
    ],
)
def test_wrong_verb_is_refused(cloud: JiraSite, update: dict[str, Any], reason: str) -> None:
    key = acting(cloud).create_issue("ABC", "Task", summary="Tree")

    with pytest.raises(jira.JIRAError, match=reason):
        log_in(cloud).issue(key).update(update=update)


def test_field_in_both_fields_and_update_is_refused(cloud: JiraSite) -> None:
    key = acting(cloud).create_issue("ABC", "Task", summary="Tree")

    with pytest.raises(jira.JIRAError, match="cannot appear in both"):
        log_in(cloud).issue(key).update(fields={"labels": []}, update={"labels": [{"add": "x"}]})


def test_fields_that_are_no_object_are_refused(cloud: JiraSite) -> None:
    key = acting(cloud).create_issue("ABC", "Task", summary="Tree")

    with pytest.raises(jira.JIRAError, match="'fields'"):
        log_in(cloud)._session.put(f"{cloud.url}/rest/api/2/issue/{key}", json={"fields": [1]})


def test_empty_comment_keeps_the_whole_edit_from_happening(client: jira.JIRA, task: str) -> None:
    with pytest.raises(jira.JIRAError, match="Comment body can not be empty"):
        client.issue(task).update(
            fields={"summary": "New"}, update={"comment": [{"add": {"body": " "}}]}
        )

    assert client.issue(task).fields.summary == "Model the tree"


def test_issue_is_assigned_by_its_own_resource(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    client.assign_issue(task, "ann")
    assert client.issue(task).fields.assignee.displayName == "Ann Lee"

    client.assign_issue(task, None)
    assert client.issue(task).fields.assignee is None


def test_deleted_issue_is_gone_with_its_links(client: jira.JIRA, task: str) -> None:
    other = _create(client)
    client.create_issue_link("Blocks", task, other.key)

    client.issue(task).delete()

    with pytest.raises(jira.JIRAError):
        client.issue(task)
    assert client.issue(other.key).fields.issuelinks == []


def test_issue_with_subtasks_is_deleted_only_on_demand(client: jira.JIRA, task: str) -> None:
    part = _create(client, issuetype={"name": "Sub-task"}, parent={"key": task})
    issue = client.issue(task)
    assert [sub.key for sub in issue.fields.subtasks] == [part.key]

    with pytest.raises(jira.JIRAError, match="deleteSubtasks"):
        issue.delete()
    issue.delete(deleteSubtasks=True)

    with pytest.raises(jira.JIRAError):
        client.issue(part.key)


def test_epic_is_the_parent_of_a_task_on_cloud(cloud: JiraSite) -> None:
    client = log_in(cloud)
    epic = _create(client, issuetype={"name": "Epic"})
    child = _create(client, parent={"key": epic.key})
    assert child.fields.parent.key == epic.key

    child.update(fields={"parent": None})
    assert "parent" not in child.raw["fields"]

    child.update(fields={"parent": {"id": epic.id}})
    epic.delete()
    assert "parent" not in client.issue(child.key).raw["fields"]


@pytest.mark.parametrize(
    ("parent", "reason"),
    [
        ({"key": "ABC-1"}, "does not belong to appropriate hierarchy"),
        ({"key": "ABC-99"}, "Could not find issue by id or key."),
        ("ABC-1", "data was not an object"),
    ],
)
def test_wrong_parent_is_refused(cloud: JiraSite, parent: Any, reason: str) -> None:
    acting(cloud).create_issue("ABC", "Task", summary="Tree")

    with pytest.raises(jira.JIRAError) as refused:
        _create(log_in(cloud), parent=parent)

    assert reason in reasons(refused.value)["parentId"]


def test_subtask_keeps_a_parent_of_its_own_project(cloud: JiraSite) -> None:
    cloud.add_project("XYZ", "Last")
    keys = [acting(cloud).create_issue(p, "Task", summary="T") for p in ("ABC", "XYZ")]
    part = acting(cloud).create_issue("ABC", "Sub-task", summary="S", parent=keys[0])
    issue = log_in(cloud).issue(part)

    with pytest.raises(jira.JIRAError, match="same project"):
        issue.update(fields={"parent": {"key": keys[1]}})
    with pytest.raises(jira.JIRAError, match="parent issue key or id not specified"):
        issue.update(fields={"parent": None})


def test_parent_of_a_task_is_unknown_on_data_center(datacenter: JiraSite) -> None:
    epic = acting(datacenter).create_issue("ABC", "Epic", summary="E")

    with pytest.raises(jira.JIRAError, match="Field 'parent' cannot be set"):
        _create(log_in(datacenter), parent={"key": epic})


def test_actor_takes_names_people_and_plain_words(site: JiraSite) -> None:
    key = acting(site).create_issue(
        "ABC",
        "Task",
        **{
            "summary": "Tree",
            "Sync In FPTR": "True",
            "priority": "High",
            "components": ["Rig"],
            "assignee": ann(site),
            "timetracking": "2h",
            "Shotgun ID": "12",
        },
    )

    fields = site.issue(key)["fields"]
    assert fields[site.field("Sync In FPTR").id]["value"] == "True"
    assert fields[site.field("Shotgun ID").id] == "12"
    assert fields["priority"]["name"] == "High"
    assert fields["components"][0]["name"] == "Rig"
    assert fields["assignee"]["displayName"] == fields["reporter"]["displayName"] == "Ann Lee"
    assert fields["timetracking"]["originalEstimate"] == "2h"
