"""What people may not do is refused as Jira refuses it, and can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import JiraSite, Refusal

from .conftest import acting, ann, log_in, person, reasons


@pytest.fixture
def theirs(site: JiraSite, task: str) -> dict[str, str]:
    """A comment and a worklog of Ann's."""
    return {"comment": acting(site).comment(task, "A"), "worklog": acting(site).log_work(task, 60)}


Act = Callable[[jira.JIRA, str, dict[str, str]], Any]


def take(site: JiraSite, *permissions: str, project: str | None = None) -> None:
    for permission in permissions:
        site.forbid(person(site, "bridge@studio.test"), permission, project)


@pytest.mark.parametrize(
    ("permission", "act", "status"),
    [
        ("EDIT_ISSUES", lambda c, key, _: c.issue(key).update(summary="B"), 403),
        ("DELETE_ISSUES", lambda c, key, _: c.issue(key).delete(), 403),
        ("ADD_COMMENTS", lambda c, key, _: c.add_comment(key, "B"), 403),
        ("WORK_ON_ISSUES", lambda c, key, _: c.add_worklog(key, "1h"), 403),
        ("CREATE_ATTACHMENTS", lambda c, key, _: c.add_attachment(key, __file__), 403),
        ("EDIT_ALL_COMMENTS", lambda c, key, t: c.comment(key, t["comment"]).update(body="B"), 400),
        ("DELETE_ALL_COMMENTS", lambda c, key, t: c.comment(key, t["comment"]).delete(), 400),
        ("DELETE_ALL_WORKLOGS", lambda c, key, t: c.worklog(key, t["worklog"]).delete(), 400),
        ("LINK_ISSUES", lambda c, key, _: c.create_issue_link("Blocks", key, key), 403),
        ("TRANSITION_ISSUES", lambda c, key, _: c.transition_issue(key, "31"), 400),
        ("BROWSE_PROJECTS", lambda c, key, _: c.issue(key), 404),
        ("BROWSE_PROJECTS", lambda c, key, _: c.issue(key[:3]), 404),
        ("BROWSE_PROJECTS", lambda c, key, _: c.project("ABC"), 404),
    ],
)
def test_what_people_may_not_do_is_refused(
    site: JiraSite,
    client: jira.JIRA,
    task: str,
    theirs: dict[str, str],
    permission: str,
    act: Act,
    status: int,
) -> None:
    take(site, permission, project="ABC")
    before = site.issue(task)

    with pytest.raises(jira.JIRAError) as refused:
        act(client, task, theirs)

    assert refused.value.status_code == status
    assert site.issue(task) == before
    acting(site).edit(task, summary="Others may")


def test_issues_cannot_be_created_where_that_is_not_allowed(
    site: JiraSite, client: jira.JIRA
) -> None:
    site.add_project("XYZ", "Zebras")
    take(site, "CREATE_ISSUES", project="ABC")
    fields = {"issuetype": {"name": "Task"}, "summary": "A"}

    with pytest.raises(jira.JIRAError, match="permission to create issues") as refused:
        client.create_issue({**fields, "project": {"key": "ABC"}})
    assert refused.value.status_code == 403
    assert client.create_issue({**fields, "project": {"key": "XYZ"}}).key == "XYZ-1"


def test_own_comments_can_be_edited_without_the_permission_for_all(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    take(site, "EDIT_ALL_COMMENTS")
    own = client.add_comment(task, "A")
    own.update(body="B")

    assert site.comments(task)[-1]["body"] == "B"
    take(site, "EDIT_OWN_COMMENTS")
    with pytest.raises(jira.JIRAError):
        own.update(body="C")


@pytest.mark.parametrize(
    ("permission", "field", "value"),
    [
        ("ASSIGN_ISSUES", "assignee", None),
        ("MODIFY_REPORTER", "reporter", None),
        ("SCHEDULE_ISSUES", "duedate", "2024-06-01"),
    ],
)
def test_field_that_may_not_be_set_is_on_no_screen(
    site: JiraSite, client: jira.JIRA, task: str, permission: str, field: str, value: Any
) -> None:
    take(site, permission)
    value = value or ann(site).reference

    assert field not in client.issue(task, expand="editmeta").raw["editmeta"]["fields"]
    # The client's own method for this is not for Cloud.
    types = client._get_json("issue/createmeta/ABC/issuetypes")["values"]
    (id,) = (one["id"] for one in types if one["name"] == "Task")
    on_create = client._get_json(f"issue/createmeta/ABC/issuetypes/{id}?maxResults=200")["values"]
    assert field not in {one["fieldId"] for one in on_create}
    with pytest.raises(jira.JIRAError) as refused:
        client.issue(task).update(fields={field: value})
    assert field in reasons(refused.value)
    made = {"project": {"key": "ABC"}, "issuetype": {"name": "Task"}, "summary": "A"}
    assert client.create_issue(made).key == "ABC-2"


def test_nobody_sees_what_may_not_be_browsed(site: JiraSite, client: jira.JIRA, task: str) -> None:
    site.add_project("XYZ", "Zebras")
    acting(site).create_issue("XYZ", "Task", summary="A")
    take(site, "BROWSE_PROJECTS", project="ABC")

    assert [project.key for project in client.projects()] == ["XYZ"]
    found = client.search_issues("issuetype = Task")
    assert [issue.key for issue in found] == ["XYZ-1"]


def test_issue_that_cannot_be_edited_or_moved_says_so(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    take(site, "EDIT_ISSUES", "TRANSITION_ISSUES")
    shown = client.issue(task, expand="editmeta,transitions").raw

    assert (shown["editmeta"]["fields"], shown["transitions"]) == ({}, [])
    assert client.transitions(task) == []


def test_transition_with_a_comment_that_may_not_be_made_does_nothing(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    take(site, "ADD_COMMENTS")
    with pytest.raises(jira.JIRAError):
        client.transition_issue(task, "Done", comment="B")

    assert site.issue(task)["fields"]["status"]["name"] == "To Do"


def test_people_may_watch_but_not_let_others_watch(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    take(site, "MANAGE_WATCHERS")
    client.add_watcher(task, "bridge@studio.test")
    with pytest.raises(jira.JIRAError) as refused:
        client.add_watcher(task, "ann@studio.test")

    assert refused.value.status_code == 403
    assert client.watchers(task).watchCount == 1


def test_people_may_not_look_for_people(site: JiraSite, client: jira.JIRA) -> None:
    take(site, "USER_PICKER")
    for path in ("user/search", "user"):
        assert client._session.get(f"{site.url}/rest/api/2/myself").ok
        with pytest.raises(jira.JIRAError) as refused:
            client._session.get(f"{site.url}/rest/api/2/{path}")
        assert refused.value.status_code == 403


def test_own_permissions_can_be_asked_for(site: JiraSite, client: jira.JIRA, task: str) -> None:
    site.add_project("XYZ", "Zebras")
    take(site, "EDIT_ISSUES", project="ABC")
    take(site, "ADMINISTER")

    def granted(**place: str) -> dict[str, bool]:
        words = "EDIT_ISSUES,ADMINISTER,ADD_COMMENTS"
        # The client remembers what it asked for, so every question gets a client of its own.
        asking = log_in(site)
        told = asking.my_permissions(permissions=words, **place)["permissions"]
        asking.close()
        return {name: bool(one["havePermission"]) for name, one in told.items()}

    others = {"ADMINISTER": False, "ADD_COMMENTS": True}
    assert granted(projectKey="ABC") == {"EDIT_ISSUES": False, **others}
    assert granted(issueKey=task) == {"EDIT_ISSUES": False, **others}
    assert granted(projectKey="XYZ") == {"EDIT_ISSUES": True, **others}
    assert granted() == {"EDIT_ISSUES": True, **others}
    with pytest.raises(jira.JIRAError, match="FLY"):
        client.my_permissions(permissions="FLY")


def test_only_cloud_wants_to_be_told_which_permissions(site: JiraSite, client: jira.JIRA) -> None:
    if site.flavour.is_cloud:
        with pytest.raises(jira.JIRAError, match="required"):
            client.my_permissions()
    else:
        assert client.my_permissions()["permissions"]["ADMINISTER"]["type"] == "GLOBAL"


def test_permissions_are_given_back(site: JiraSite, client: jira.JIRA, task: str) -> None:
    take(site, "EDIT_ISSUES")
    site.allow_everything(person(site, "bridge@studio.test"))
    client.issue(task).update(summary="B")

    assert site.issue(task)["fields"]["summary"] == "B"


def test_python_is_refused_the_same(site: JiraSite, task: str) -> None:
    site.forbid(ann(site), "EDIT_ISSUES")
    with pytest.raises(Refusal, match="permission to edit"):
        acting(site).edit(task, summary="B")
    with pytest.raises(ValueError, match="FLY"):
        site.forbid(ann(site), "FLY")


def test_projects_are_searched_on_cloud(cloud: JiraSite) -> None:
    client = log_in(cloud)
    for number in range(3):
        cloud.add_project(f"P{number}", f"Number {number}")
    site_bridge = person(cloud, "bridge@studio.test")
    cloud.forbid(site_bridge, "CREATE_ISSUES", "P1")
    url = f"{cloud.url}/rest/api/3/project/search"

    def search(**params: Any) -> list[str]:
        return [one["key"] for one in client._session.get(url, params=params).json()["values"]]

    assert search() == ["ABC", "P0", "P1", "P2"]
    assert search(query="number", action="create") == ["P0", "P2"]
    assert search(keys=["P1", "P2"]) == ["P1", "P2"]
    page = client._session.get(url, params={"maxResults": 3}).json()
    assert (page["total"], page["isLast"]) == (4, False)
    assert [one["key"] for one in client._session.get(page["nextPage"]).json()["values"]] == ["P2"]
    client.close()
