"""A Jira session on the real client, over a played wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests_mock
from jira.resources import Issue

from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import ACCOUNT, API, CLOUD, EVERYTHING, FIELDS, SITE, issue_json


@pytest.fixture
def wire() -> Iterator[requests_mock.Mocker]:
    """A Jira Cloud site that answers the calls of a start."""
    with requests_mock.Mocker() as mocker:
        mocker.get(f"{API}/serverInfo", json=CLOUD)
        mocker.get(f"{API}/myself", json=ACCOUNT)
        mocker.get(f"{API}/field", json=FIELDS)
        yield mocker


@pytest.fixture
def session(wire: requests_mock.Mocker) -> JiraSession:
    session = JiraSession(SITE, basic_auth=("bridge@x.com", "token"))
    session.setup()
    return session


@pytest.fixture
def issue(session: JiraSession, wire: requests_mock.Mocker) -> Issue:
    """An issue read with everything; the history of the wire begins behind it."""
    wire.get(f"{API}/issue/P-1", json=issue_json(**EVERYTHING))
    wire.get(f"{API}/issue/10", json=issue_json("new", **EVERYTHING))
    wire.put(f"{API}/issue/10", status_code=204)
    wire.post(f"{API}/issue/P-1/transitions", status_code=204)
    issue = session.issue("P-1", expand="editmeta,transitions")
    wire.reset_mock()
    return issue
