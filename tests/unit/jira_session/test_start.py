"""How the session opens, and what it never does twice."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import requests_mock
from jira.exceptions import JIRAError

from sg_jira.jira_session import RETRIES, TIMEOUT, JiraSession
from tests.unit.jira_session.wire import (
    ACCOUNT,
    API,
    PAGE,
    SITE,
)


def test_a_session_has_time_limits_and_no_retries(session: JiraSession) -> None:
    assert session._session.timeout == TIMEOUT
    assert session._session.max_retries == RETRIES == 0


def test_limits_that_the_caller_sets_are_kept(wire: requests_mock.Mocker) -> None:
    session = JiraSession(SITE, timeout=2, max_retries=1)

    assert (session._session.timeout, session._session.max_retries) == (2, 1)


@pytest.mark.parametrize("header", [{}, {"Retry-After": "1"}, {"Retry-After": "tomorrow"}])
def test_a_refused_request_is_sent_once(
    session: JiraSession, wire: requests_mock.Mocker, header: dict[str, str]
) -> None:
    wire.post(f"{API}/issue", status_code=503, headers=header)
    before = len(wire.request_history)

    with pytest.raises(JIRAError):
        session.create_issue(fields={"project": {"key": "P"}, "issuetype": {"id": "1"}})
    assert len(wire.request_history) == before + 1


def test_a_lost_connection_is_not_tried_again(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    wire.post(f"{API}/issue", exc=requests.ConnectionError("lost"))
    before = len(wire.request_history)

    with pytest.raises(requests.ConnectionError):
        session.create_issue(fields={"project": {"key": "P"}, "issuetype": {"id": "1"}})
    assert len(wire.request_history) == before + 1


@pytest.mark.parametrize("call", ["serverInfo", "myself"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"text": PAGE}, "did not answer as Jira does"),
        ({"text": PAGE, "status_code": 401}, r"HTTP 401.*Check the user and secret"),
        ({"text": PAGE, "status_code": 503}, "HTTP 503"),
        ({"json": {"errorMessages": ["Locked"]}, "status_code": 403}, "HTTP 403: Locked"),
    ],
)
def test_a_failed_start_is_a_short_runtime_error(
    wire: requests_mock.Mocker, call: str, answer: dict[str, Any], told: str
) -> None:
    wire.get(f"{API}/{call}", **answer)

    with pytest.raises(RuntimeError, match=told) as raised:
        JiraSession(SITE, basic_auth=("me", "my secret"))
    assert "secret words" not in str(raised.value)
    assert "my secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("account", "cloud", "id_field"),
    [(ACCOUNT, True, "accountId"), ({"name": "bridge", "key": "JIRAUSER1"}, False, "key")],
)
def test_the_flavour_is_told_by_the_own_account(
    wire: requests_mock.Mocker, account: Any, cloud: bool, id_field: str
) -> None:
    wire.get(f"{API}/myself", json=account)

    session = JiraSession(SITE)

    assert (session.is_jira_cloud, session._account_id_field) == (cloud, id_field)
