"""What the Jira session does at a real site of either flavour, and how many calls it takes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from jira.exceptions import JIRAError
from jira.resources import Issue, Project

from sg_jira.jira_session import JiraSession
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.jira import JiraSite, Person


def calls(site: JiraSite) -> Mapping[str, int]:
    return dict(site.controls.calls.by_endpoint())


def own_id(jira: JiraSession) -> dict[str, str]:
    name = "accountId" if jira.is_jira_cloud else "name"
    return {name: jira.current_user()}


@pytest.fixture
def data(jira: JiraSession, project: Project) -> dict[str, Any]:
    return {
        "project": project.raw,
        "summary": "Fur",
        "reporter": own_id(jira),
        jira.jira_shotgun_id_field: "12",
        jira.jira_shotgun_type_field: "Task",
    }


@pytest.fixture
def issue(jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite) -> Issue:
    """An issue as handlers read it; the call counters begin behind it."""
    key = jira.create_issue_from_data(project, "Task", data).key
    issue = jira.issue(key, expand="editmeta,transitions")
    site.controls.calls.clear()
    return issue


def test_a_start_takes_three_calls(site: JiraSite) -> None:
    login = site.credentials(site.add_person("Bridge", "bridge@studio.test"))

    session = JiraSession(site.url, basic_auth=(login.user, login.secret))
    session.setup()
    session.current_user()

    assert session.is_jira_cloud is site.flavour.is_cloud
    assert calls(site) == {"GET serverInfo": 1, "GET myself": 1, "GET field": 1}


def test_a_wrong_secret_is_told_in_a_line(site: JiraSite) -> None:
    with pytest.raises(RuntimeError, match="Check the user and secret"):
        JiraSession(site.url, basic_auth=("nobody@studio.test", "no secret"))


def test_an_issue_is_made_with_one_call_once_the_screen_is_known(
    jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite
) -> None:
    jira.create_issue_from_data(project, "Task", data)
    site.controls.calls.clear()

    made = jira.create_issue_from_data(project, "Task", data)

    assert calls(site) == {"POST issue": 1}
    assert site.issue(made.key)["fields"][jira.jira_shotgun_id_field] == "12"


def test_the_right_type_is_checked_on_either_flavour(
    jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite
) -> None:
    for number in range(60):
        site.add_field(f"Filler {number:02}", "textfield")
    site.add_field("Severity", "textfield", required=True, issue_types=["Bug"])
    last = site.add_field("Zone", "textfield")

    assert jira.create_issue_from_data(project, "Task", {**data, last.id: "north"})
    with pytest.raises(ValueError, match=r"Jira Bug Issue.*\['Severity'\]"):
        jira.create_issue_from_data(project, "Bug", data)
    assert last.id in jira.get_project_issue_type_fields(project, "Task")


def test_a_mended_screen_is_seen_at_the_next_attempt(
    jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite
) -> None:
    site.add_field("Severity", "textfield", required=True)
    with pytest.raises(ValueError, match="Severity"):
        jira.create_issue_from_data(project, "Task", data)

    site.remove_field("Severity")

    assert jira.create_issue_from_data(project, "Task", data).key.startswith("PROJ-")


def test_a_screen_that_has_changed_since_it_was_read_does_not_stop_a_creation(
    jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite
) -> None:
    site.add_field("Severity", "textfield", required=True)
    zone = site.add_field("Zone", "textfield")
    jira.get_project_issue_type_fields(project, "Task")
    site.remove_field("Severity")
    assert jira.create_issue_from_data(project, "Task", {**data, zone.id: "north"})
    site.remove_field("Zone")
    site.controls.calls.clear()

    assert jira.create_issue_from_data(project, "Task", {**data, zone.id: "north"})
    assert calls(site)["POST issue"] == 2, "the first one was refused for the field that is gone"


def test_a_refusal_for_what_the_screen_tells_still_is_sent_once(
    jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite
) -> None:
    jira.get_project_issue_type_fields(project, "Task")
    site.controls.calls.clear()

    with pytest.raises(JIRAError):
        jira.create_issue_from_data(project, "Task", {**data, "duedate": "some day"})

    assert calls(site)["POST issue"] == 1


def test_a_change_of_a_field_takes_one_write(
    jira: JiraSession, issue: Issue, site: JiraSite
) -> None:
    assert "summary" in jira.get_jira_issue_edit_meta(issue)
    issue.update(fields={"summary": "Feathers"})
    assert calls(site) == {"PUT issue/{key}": 1}

    assert issue.fields.summary == "Feathers"
    assert calls(site) == {"PUT issue/{key}": 1, "GET issue/{key}": 1}


def test_a_change_of_status_takes_one_write(
    jira: JiraSession, issue: Issue, site: JiraSite
) -> None:
    issue.update(fields={"summary": "Feathers"})

    assert jira.set_jira_issue_status(issue, "In Progress", "on it")

    assert calls(site) == {"PUT issue/{key}": 1, "POST issue/{key}/transitions": 1}
    assert issue.fields.status.name == "In Progress"
    assert [comment["body"] for comment in site.comments(issue.key)] == ["on it"]
    assert not jira.set_jira_issue_status(issue, "Nowhere", "on it")


def test_people_are_found_by_their_very_email_and_remembered(
    jira: JiraSession, issue: Issue, project: Project, ann: Person, site: JiraSite
) -> None:
    found = [
        jira.find_jira_user("Ann@Studio.test", project),
        jira.find_jira_user("ann@studio.test", jira_issue=issue),
    ]

    assert [user.displayName for user in found if user] == ["Ann", "Ann"]
    assert calls(site) == {"GET user/assignable/search": 1}


def test_somebody_without_account_is_not_found(
    jira: JiraSession, project: Project, ann: Person
) -> None:
    assert jira.find_jira_user("nn@studio.test", project) is None
    assert jira.find_jira_user("stranger@studio.test", project) is None


def test_watchers_come_and_go_with_one_call_each(
    jira: JiraSession, issue: Issue, project: Project, ann: Person, site: JiraSite
) -> None:
    user = jira.find_jira_user("ann@studio.test", project)
    watcher = getattr(user, "accountId" if jira.is_jira_cloud else "name")
    site.controls.calls.clear()

    jira.add_watcher(issue, watcher)
    assert [one.displayName for one in jira.watchers(issue).watchers][-1:] == ["Ann"]
    jira.remove_watcher(issue, watcher)
    assert "Ann" not in [one.displayName for one in jira.watchers(issue).watchers]

    assert calls(site) == {
        "POST issue/{key}/watchers": 1,
        "DELETE issue/{key}/watchers": 1,
        "GET issue/{key}/watchers": 2,
    }


def test_a_creation_whose_answer_is_lost_is_not_sent_again(
    jira: JiraSession, project: Project, data: dict[str, Any], site: JiraSite
) -> None:
    jira.get_project_issue_type_fields(project, "Task")
    site.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="POST issue"))

    with pytest.raises(requests.ConnectionError):
        jira.create_issue_from_data(project, "Task", data)

    assert len(site.issues("PROJ")) == 1


def test_a_rate_limit_reaches_the_caller_at_once(
    jira: JiraSession, issue: Issue, site: JiraSite
) -> None:
    site.controls.faults.add(
        Fault(
            FaultKind.STATUS, endpoint="PUT issue/{key}", status=429, headers={"Retry-After": "30"}
        )
    )

    with pytest.raises(JIRAError) as raised:
        issue.update(fields={"summary": "Feathers"})

    assert raised.value.status_code == 429
    assert calls(site) == {"PUT issue/{key}": 1}


def test_many_threads_share_one_session(jira: JiraSession, issue: Issue, site: JiraSite) -> None:
    together = threading.Barrier(8)

    def read(_: int) -> str:
        together.wait(10)
        return str(jira.issue(issue.key).fields.summary)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, range(8))) == ["Fur"] * 8
    assert calls(site) == {"GET issue/{key}": 8}


def test_a_field_that_was_missing_is_looked_for_again_once_it_was_missed(
    jira: JiraSession, site: JiraSite
) -> None:
    assert jira.get_jira_issue_field_id("Mood") is None
    field = site.add_field("Mood", "textfield")

    jira.forget_fields()

    assert jira.get_jira_issue_field_id("Mood") == field.id


def test_a_field_added_in_jira_is_known_after_a_reset(jira: JiraSession, site: JiraSite) -> None:
    added = site.add_field("Mood", "textfield")
    assert jira.get_jira_issue_field_id("mood") is None

    jira.clear_caches()

    assert jira.get_jira_issue_field_id("mood") == added.id
