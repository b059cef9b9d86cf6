"""One session object serves all threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import requests_mock
from jira.resources import Issue

from sg_jira.jira_session import RETRIES, TIMEOUT, JiraSession
from tests.unit.jira_session.wire import (
    READ,
    asked,
)


def test_each_thread_has_its_own_http_session_with_the_same_settings(
    session: JiraSession,
) -> None:
    used: dict[int, requests.Session] = {}
    send = requests.Session.send

    def note(self: requests.Session, *args: Any, **kwargs: Any) -> Any:
        used[threading.get_ident()] = self
        return send(self, *args, **kwargs)

    both_in = threading.Barrier(2)

    def ask(_: int) -> str:
        both_in.wait(10)
        return str(session.fields()[0]["id"])

    # Undone within the test: the wire patches the same method, and must find its own when it ends.
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(requests.Session, "send", note)
        assert list(threads.map(ask, range(2))) == ["customfield_1"] * 2
        session.fields()

        assert len({id(one) for one in used.values()}) == 3
        for one in used.values():
            assert one is not session._session
            assert one.auth == ("bridge@x.com", "token")
            assert one.headers is session._session.headers
            assert (one.timeout, one.max_retries) == (TIMEOUT, RETRIES)  # type: ignore[attr-defined]


def test_a_setting_changed_later_holds_for_every_request(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    session._session.verify = "/etc/ca.pem"
    session._session.headers["X-Studio"] = "yes"
    session.fields()

    assert wire.last_request is not None
    assert wire.last_request.verify == "/etc/ca.pem"
    assert wire.last_request.headers["X-Studio"] == "yes"


def test_a_resource_may_be_handed_to_another_thread(
    issue: Issue, wire: requests_mock.Mocker
) -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(issue.update, fields={"summary": "new"}).result(10)

    assert issue.fields.summary == "new"
    assert asked(wire) == ["PUT /issue/10", READ]


def test_ten_threads_that_need_the_same_ask_once(
    session: JiraSession, wire: requests_mock.Mocker
) -> None:
    together = threading.Barrier(10)
    session.clear_caches()
    wire.reset_mock()

    def look(_: int) -> str | None:
        together.wait(10)
        return session.get_jira_issue_field_id("Due date")

    with ThreadPoolExecutor(10) as threads:
        assert list(threads.map(look, range(10))) == ["duedate"] * 10
    assert asked(wire) == ["GET /field"]


def test_a_closed_session_closes_every_threads_connections(
    session: JiraSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Any] = []

    def close(self: requests.Session) -> None:
        closed.append(self)

    monkeypatch.setattr(requests.Session, "close", close)
    with ThreadPoolExecutor(1) as threads:
        threads.submit(session.fields).result(10)
        session.close()

        assert len(set(map(id, closed))) == 3  # the shared one, this thread's, the other's


def test_the_environment_is_read_once_for_a_site_until_a_setting_changes(
    session: JiraSession, wire: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    look = requests.sessions.get_environ_proxies
    monkeypatch.setattr(
        requests.sessions,
        "get_environ_proxies",
        lambda url, *rest, **named: looks.append(url) or look(url, *rest, **named),
    )

    def ask() -> list[Any]:
        session.fields()
        session.myself()
        before = len(looks)
        session._session.proxies = {"https": "http://proxy.x.com:3128"}
        session.fields()
        assert wire.last_request is not None
        return [before, len(looks), dict(wire.last_request.proxies)]

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(ask).result() == [1, 2, {"https": "http://proxy.x.com:3128"}]
