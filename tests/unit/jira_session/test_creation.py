"""Issues are made from what the create screen takes, and a refusal makes it read afresh."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock
from jira.exceptions import JIRAError
from jira.resources import Project

from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import (
    API,
    asked,
)


@pytest.fixture
def project(session: JiraSession, wire: requests_mock.Mocker) -> Project:
    """A project with a Task type whose screen has a summary and the record's id."""
    task = {"self": f"{API}/issuetype/5", "id": "5", "name": "Task"}
    raw = {"self": f"{API}/project/1", "id": "1", "key": "P", "issueTypes": [task]}
    wire.get(f"{API}/project/P", json=raw)
    wire.post(f"{API}/issue", json={"id": "10", "key": "P-1", "self": f"{API}/issue/10"})
    show_screen(wire)
    project = Project(session._options, session._session, raw)
    wire.reset_mock()
    return project


def show_screen(wire: requests_mock.Mocker, **changes: Any) -> None:
    fields: dict[str, Any] = {
        name: {"name": name, "required": False, "hasDefaultValue": False}
        for name in ("project", "issuetype", "summary", "customfield_2")
    }
    for name, change in changes.items():
        fields[name] = {"name": name, "hasDefaultValue": False, **change}
    types = [{"id": "5", "fields": {name: meta for name, meta in fields.items() if meta}}]
    wire.get(f"{API}/issue/createmeta", json={"projects": [{"key": "P", "issuetypes": types}]})


DATA = {"project": {"key": "P"}, "summary": "Fur", "customfield_2": "12"}
TYPE = "GET /project/P?expand=issueTypes"
SCREEN = "GET /issue/createmeta"


def calls(wire: requests_mock.Mocker) -> list[str]:
    return [one if one == TYPE else one.partition("?")[0] for one in asked(wire)]


def test_the_screen_is_read_once_for_several_issues(
    session: JiraSession, project: Project, wire: requests_mock.Mocker
) -> None:
    for _ in range(2):
        session.create_issue_from_data(project, "Task", DATA)
    session.get_project_issue_type_fields(project, "Task")

    assert calls(wire) == [TYPE, SCREEN, "POST /issue", "POST /issue"]
    sent = wire.request_history[-1].json()["fields"]
    assert sent == {**DATA, "issuetype": project.raw["issueTypes"][0]}


@pytest.mark.parametrize(
    ("screen", "error"),
    [
        ({"team": {"required": True}}, "following required data is missing: ['team']"),
        ({"summary": {"required": True}}, "following required fields are empty: ['summary']"),
    ],
)
def test_after_a_refusal_the_screen_is_read_afresh(
    session: JiraSession,
    project: Project,
    wire: requests_mock.Mocker,
    screen: dict[str, Any],
    error: str,
) -> None:
    data = {**DATA, "summary": ""}
    show_screen(wire, **screen)
    with pytest.raises(ValueError, match="Unable to create Jira Task Issue") as raised:
        session.create_issue_from_data(project, "Task", data)
    assert error in str(raised.value)

    show_screen(wire)
    assert session.create_issue_from_data(project, "Task", data).key == "P-1"


def test_after_jira_refused_the_screen_is_read_afresh(
    session: JiraSession, project: Project, wire: requests_mock.Mocker
) -> None:
    created = {"id": "10", "key": "P-1", "self": f"{API}/issue/10"}
    wire.post(f"{API}/issue", [{"status_code": 400}, {"json": created}])

    with pytest.raises(JIRAError):
        session.create_issue_from_data(project, "Task", DATA)
    session.create_issue_from_data(project, "Task", DATA)

    assert calls(wire).count(SCREEN) == 2


def test_a_screen_that_lacks_the_records_id_is_not_remembered(
    session: JiraSession, project: Project, wire: requests_mock.Mocker
) -> None:
    fields = {
        "project": {"name": "P", "required": True},
        "issuetype": {"name": "T", "required": True},
    }
    types = [{"id": "5", "fields": fields}]
    wire.get(f"{API}/issue/createmeta", json={"projects": [{"key": "P", "issuetypes": types}]})
    session.create_issue_from_data(project, "Task", DATA)

    show_screen(wire)
    session.create_issue_from_data(project, "Task", DATA)

    assert wire.request_history[-1].json()["fields"]["customfield_2"] == "12"


def test_a_replaced_createmeta_is_asked_every_time(
    session: JiraSession, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.create_issue_from_data(project, "Task", DATA)
    meta = {"projects": [{"issuetypes": [{"fields": {"team": {"name": "T", "required": True}}}]}]}
    monkeypatch.setattr(session, "createmeta", lambda *args, **kwargs: meta)

    with pytest.raises(ValueError, match=r"\['T'\]"):
        session.create_issue_from_data(project, "Task", DATA)


def test_an_unknown_issue_type_is_a_key_error(session: JiraSession, project: Project) -> None:
    with pytest.raises(KeyError):
        session.create_issue_from_data(project, "Saga", DATA)
