"""Who is found by e-mail, for how long that is remembered, and how watchers are named."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock
from jira.resources import Issue

from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import (
    API,
    asked,
)


def test_watchers_are_named_by_id_without_a_search(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    wire.post(f"{API}/issue/P-1/watchers", status_code=204)
    wire.delete(f"{API}/issue/P-1/watchers", status_code=204)

    session.add_watcher(issue, "them")
    session.remove_watcher("P-1", "them")

    assert asked(wire) == [
        "POST /issue/P-1/watchers",
        "DELETE /issue/P-1/watchers?accountId=them",
    ]
    assert wire.request_history[0].json() == "them"


def person(email: str | None, account: str) -> dict[str, Any]:
    raw = {"self": f"{API}/user?accountId={account}", "accountId": account, "displayName": account}
    return {**raw, "emailAddress": email} if email else raw


def test_who_is_found_is_remembered_by_email_and_project(
    session: JiraSession, issue: Issue, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{API}/user/assignable/search", json=[person("ann@x.com", "ann")])

    found = [
        session.find_jira_user("ann@x.com", "P"),
        session.find_jira_user("ANN@x.com", jira_issue=issue),
        session.find_jira_assignee_for_issue("ann@x.com", "P", issue),
    ]

    assert [user.accountId for user in found if user] == ["ann"] * 3
    assert len(asked(wire)) == 1
    session.find_jira_user("ann@x.com", "Q")
    assert len(asked(wire)) == 2


def test_somebody_unknown_is_looked_for_each_time_in_a_listing_too(
    session: JiraSession, wire: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    wire.get(f"{API}/user/assignable/search", json=[person("joann@x.com", "joann")])
    wire.reset_mock()

    assert session.find_jira_user("ann@x.com", "P") is None
    assert [one.qs["query"] for one in wire.request_history] == [["ann@x.com"], [""]]
    assert "ann@x.com" in caplog.text

    wire.get(f"{API}/user/assignable/search", json=[person("ann@x.com", "ann")])
    assert session.find_jira_user("ann@x.com", "P") is not None


def test_a_site_that_cannot_search_by_email_is_listed(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    everybody = [person("joann@x.com", "joann"), person(None, "hidden"), person("Ann@x.com", "ann")]
    wire.get(
        f"{API}/user/assignable/search",
        json=lambda request, _: everybody if request.qs["query"] == [""] else [],
    )

    found = session.find_jira_user("ann@x.com", "P")

    assert found is not None
    assert found.accountId == "ann"


def test_a_user_search_needs_a_project_or_an_issue_and_an_email(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    wire.reset_mock()

    with pytest.raises(ValueError, match="project or"):
        session.find_jira_user("")
    assert session.find_jira_user("", "P") is None
    assert session.find_jira_user(None, "P") is None
    assert asked(wire) == []
