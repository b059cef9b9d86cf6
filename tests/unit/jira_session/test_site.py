"""What the session knows of the site: the own account, fields and projects."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock
from jira.exceptions import JIRAError

from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import (
    ACCOUNT,
    API,
    FIELDS,
    SITE,
    asked,
)


def test_the_own_account_is_asked_for_once(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    session.myself()["displayName"] = "changed by a caller"

    assert session.myself() == ACCOUNT
    assert session.current_user() == "own"
    assert session.own_identities == ACCOUNT
    assert asked(wire).count("GET /myself") == 1

    session.clear_caches()
    session.current_user()
    assert asked(wire).count("GET /myself") == 2


@pytest.mark.parametrize(
    ("user", "own"),
    [
        ({"accountId": "own"}, True),
        ({"accountId": "other", "emailAddress": "BRIDGE@x.com"}, True),
        ({"accountId": "other", "displayName": "Bridge"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_the_own_account_is_recognised(session: JiraSession, user: Any, own: bool) -> None:
    assert session.is_own_user(user) is own


def test_fields_are_read_once_and_again_after_a_reset(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    assert session.jira_shotgun_type_field == "customfield_1"
    assert session.jira_shotgun_id_field == "customfield_2"
    assert session.jira_shotgun_url_field == "customfield_3"
    assert session.get_jira_issue_field_id("DUE Date") == "duedate"
    assert session.get_jira_issue_field_id("Points") is None
    assert asked(wire).count("GET /field") == 1

    wire.get(f"{API}/field", json=[*FIELDS, {"id": "customfield_4", "name": "Points"}])
    session.clear_caches()

    assert session.get_jira_issue_field_id("Points") == "customfield_4"
    assert session.jira_shotgun_id_field == "customfield_2"
    assert asked(wire).count("GET /field") == 2


def test_without_setup_no_field_is_known_or_asked_for(wire: requests_mock.Mocker) -> None:
    session = JiraSession(SITE)

    assert session.get_jira_issue_field_id("Due date") is None
    with pytest.raises(RuntimeError, match="Due date"):
        session.assert_field("Due date")
    assert "GET /field" not in asked(wire)


def test_a_missing_field_is_named_by_setup(wire: requests_mock.Mocker) -> None:
    wire.get(f"{API}/field", json=FIELDS[:1])

    with pytest.raises(RuntimeError, match="Shotgun Id"):
        JiraSession(SITE).setup()


def test_a_project_is_used_for_a_while_and_a_missing_one_is_asked_for_again(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{API}/project/P", json={"self": f"{API}/project/1", "id": "1", "key": "P"})
    wire.get(f"{API}/project/Q", status_code=404)

    keys = [getattr(session.get_project_by_key(key), "key", None) for key in "PPQQ"]

    assert keys == ["P", "P", None, None]
    assert asked(wire)[-3:] == ["GET /project/P", "GET /project/Q", "GET /project/Q"]


def test_a_project_found_by_a_former_key_is_not_the_one(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{API}/project/OLD", json={"self": f"{API}/project/1", "id": "1", "key": "NEW"})

    assert session.get_project_by_key("OLD") is None


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_project_that_jira_cannot_tell_about_is_an_error(
    session: JiraSession, wire: requests_mock.Mocker, status: int
) -> None:
    wire.get(f"{API}/project/P", status_code=status)

    with pytest.raises(JIRAError):
        session.get_project_by_key("P")


def test_no_key_is_no_project_and_no_call(session: JiraSession, wire: requests_mock.Mocker) -> None:
    before = len(wire.request_history)

    assert session.get_project_by_key("") is None
    assert len(wire.request_history) == before
