"""Moving an issue to another status with as few calls as possible."""

from __future__ import annotations

import pytest
import requests_mock
from jira.resources import Issue

from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import (
    API,
    EVERYTHING,
    READ,
    asked,
    issue_json,
)


def test_a_transition_that_came_with_the_issue_is_one_call(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    issue.update(fields={"summary": "new"})

    assert session.set_jira_issue_status(issue, "Open", "why") is True

    assert asked(wire) == ["PUT /issue/10", "POST /issue/P-1/transitions"]
    sent = wire.request_history[-1].json()
    assert sent["transition"] == {"id": 11}
    assert sent["update"]["comment"] == [{"add": {"body": "why"}}]


def test_after_a_transition_the_issue_is_read_again(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    session.set_jira_issue_status(issue, "Open", "why")
    wire.get(f"{API}/issue/10", json=issue_json(status="Open", **EVERYTHING))

    assert session.set_jira_issue_status(issue, "Open", "why") is True
    assert issue.fields.status.name == "Open"
    assert asked(wire) == ["POST /issue/P-1/transitions", READ]


def test_a_transition_with_a_screen_is_asked_for_with_its_fields(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    field = {"required": True, "schema": {"type": "string"}}
    ways = [{"id": "12", "to": {"name": "Done"}, "fields": {"customfield_9": field}}]
    wire.get(f"{API}/issue/P-1/transitions", json={"transitions": ways})

    assert session.set_jira_issue_status(issue, "Done", "why") is True

    assert asked(wire) == [
        "GET /issue/P-1/transitions?expand=transitions.fields",
        "POST /issue/P-1/transitions",
    ]
    assert wire.request_history[-1].json()["fields"] == {"customfield_9": "why"}


def test_the_status_it_has_already_costs_no_call(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    assert session.set_jira_issue_status(issue, "To Do", "why") is True
    assert asked(wire) == []


def test_a_status_that_no_transition_leads_to_is_told(
    session: JiraSession,
    issue: Issue,
    wire: requests_mock.Mocker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire.get(f"{API}/issue/P-1/transitions", json={"transitions": []})

    assert session.set_jira_issue_status(issue, "Lost", "why") is False
    assert "No transition leads P-1 to the status 'Lost'" in caplog.text
