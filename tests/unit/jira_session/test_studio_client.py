"""A studio's own client under the session answers for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jira.client
import pytest
from jira.exceptions import JIRAError
from jira.resources import Issue, Project

from sg_jira.jira_issues import LazyIssue
from sg_jira.jira_session import JiraSession
from tests.unit.jira_session.wire import (
    FIELDS,
    SITE,
)


class StudioClient:
    """A client with state of its own under names that the session might have used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.arguments = (args, kwargs)
        self._users = self._projects = self._fields = self._myself = "the studio's"
        self.projects_found = 0

    def myself(self) -> dict[str, Any]:
        return {"name": "bridge"}

    def current_user(self) -> str:
        return "bridge"

    def fields(self) -> Any:
        return FIELDS

    def project(self, key: str) -> Any:
        self.projects_found += 1
        if key == "NONE":
            return None
        if key != "P":
            raise JIRAError("no such project", status_code=None if key == "Q" else 404)
        return Project({}, None, {"self": "x", "key": "P"})  # type: ignore[arg-type]

    def issue(self, key: str) -> Issue:
        return Issue({}, None, {"self": "x", "key": key, "fields": {}})  # type: ignore[arg-type]

    def create_issue(self, *, fields: Any) -> Any:
        return ("created", fields)

    def add_watcher(self, issue: Any, watcher: str) -> Any:
        return ("added", issue, watcher)

    def remove_watcher(self, issue: Any, watcher: str) -> Any:
        return ("removed", issue, watcher)


@pytest.fixture
def studio_session() -> Iterator[JiraSession]:
    bases = JiraSession.__bases__
    JiraSession.__bases__ = (StudioClient,)
    yield JiraSession(SITE, basic_auth=("me", "secret"))
    JiraSession.__bases__ = bases


def test_a_studios_client_gets_nothing_but_what_was_given(studio_session: Any) -> None:
    assert not isinstance(studio_session, jira.client.JIRA)
    assert studio_session.arguments == ((SITE,), {"basic_auth": ("me", "secret")})
    assert not studio_session.is_jira_cloud


def test_a_studios_client_keeps_its_own_attributes(studio_session: Any) -> None:
    studio_session.setup()

    assert studio_session.jira_shotgun_id_field == "customfield_2"
    assert studio_session._users == studio_session._projects == "the studio's"
    assert studio_session._fields == studio_session._myself == "the studio's"


def test_a_studios_client_answers_for_itself(studio_session: Any) -> None:
    assert type(studio_session.issue("P-1")) is Issue
    assert not isinstance(studio_session.issue("P-1"), LazyIssue)
    assert studio_session.create_issue(fields={"a": 1}) == ("created", {"a": 1})
    assert studio_session.add_watcher("P-1", "ann") == ("added", "P-1", "ann")
    assert studio_session.remove_watcher("P-1", "ann") == ("removed", "P-1", "ann")
    assert studio_session.current_user() == "bridge"
    assert studio_session.is_own_user({"name": "BRIDGE"})


def test_a_studios_projects_are_asked_for_each_time(studio_session: Any) -> None:
    keys = [
        getattr(studio_session.get_project_by_key(key), "key", None)
        for key in ("P", "P", "Q", "R", "NONE")
    ]

    assert keys == ["P", "P", None, None, None]
    assert studio_session.projects_found == 5
