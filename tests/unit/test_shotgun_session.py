"""How the FPTR session opens its client, and what sessions of several threads share."""

from __future__ import annotations

import copy
import logging
from typing import Any

import pytest
import shotgun_api3

from sg_jira.shotgun_session import TIMEOUT, ShotgunSession

SITE = "https://fptr.test"
SCHEMA = {
    "Project": {"sg_jira_key": {"data_type": {"value": "text"}, "unique": {"value": True}}},
    "Task": {"content": {}, "project": {}, "task_assignees": {}},
    "HumanUser": {"name": {}, "email": {}},
    "Asset": {"code": {}, "project": {}},
}


class StudioClient:
    """A client of a studio's own, with the calls that it noted."""

    made: list[StudioClient]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.arguments = (args, kwargs)
        self.base_url = args[0]
        self.calls: list[tuple[Any, ...]] = []
        self.agents: list[str] = []
        self._db = {"Task": {}}
        self.made.append(self)

    def add_user_agent(self, agent: str) -> None:
        self.agents.append(agent)

    def find_one(
        self, entity_type: str, filters: Any, fields: Any, retired_only: bool = False
    ) -> dict[str, Any] | None:
        self.calls.append(("find_one", entity_type, filters, list(fields), retired_only))
        if entity_type == "ApiUser":
            return self.own_user
        return {"type": entity_type, "id": 7, **{name: f"the {name}" for name in fields}}

    own_user: dict[str, Any] | None = {"type": "ApiUser", "id": 2, "firstname": "bridge"}

    def schema_field_read(self, entity_type: str) -> Any:
        self.calls.append(("schema_field_read", entity_type))
        return SCHEMA[entity_type]

    def schema_entity_read(self) -> Any:
        self.calls.append(("schema_entity_read",))
        return SCHEMA


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[StudioClient]:
    """The clients that were made, in order."""
    made: list[StudioClient] = []
    client_class = type("Shotgun", (StudioClient,), {"made": made})
    monkeypatch.setattr(shotgun_api3, "Shotgun", client_class)
    return made


@pytest.fixture
def session(clients: list[StudioClient]) -> ShotgunSession:
    session = ShotgunSession(SITE, "bridge", "key")
    clients[0].calls.clear()
    return session


class RealClient(shotgun_api3.shotgun.Shotgun):
    """The real client, with nobody at the other end of the line."""

    seen: list[tuple[str, float | None, int]]

    def _call_rpc(self, method: str, params: Any, *args: Any, **kwargs: Any) -> Any:
        self.seen.append((method, self.config.timeout_secs, self.config.max_rpc_attempts))
        if method == "info":
            return {"version": [8, 0, 0]}
        return {"entities": [], "paging_info": {"entity_count": 0}}


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [(("key",), {}), ((), {"api_key": "key"}), (("key", False, None, True), {})],
)
def test_the_real_client_has_its_limits_before_its_first_call(
    monkeypatch: pytest.MonkeyPatch, args: Any, kwargs: Any
) -> None:
    seen: list[tuple[str, float | None, int]] = []
    monkeypatch.setattr(shotgun_api3, "Shotgun", type("Shotgun", (RealClient,), {"seen": seen}))

    session = ShotgunSession(SITE, "bridge", *args, **kwargs)

    assert seen == [("info", TIMEOUT, 1), ("read", TIMEOUT, 1)]
    assert session.MAX_ATTEMPTS == 1
    assert session.config.api_key == "key"
    assert session._user_agents.count("JIRABRIDGE") == 1


def test_the_real_client_does_not_connect_when_told_not_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Offline(RealClient):
        seen: list[Any] = []

        def find_one(self, *args: Any, **kwargs: Any) -> None:
            return None

    monkeypatch.setattr(shotgun_api3, "Shotgun", Offline)

    ShotgunSession(SITE, "bridge", "key", connect=False)

    assert Offline.seen == []


def test_a_studios_client_gets_the_arguments_as_they_were_given(
    clients: list[StudioClient],
) -> None:
    ShotgunSession(SITE, "bridge", "key", http_proxy=None)
    ShotgunSession(SITE, script_name="bridge", api_key="key")

    assert clients[0].arguments == ((SITE, "bridge", "key"), {"http_proxy": None})
    assert clients[1].arguments == ((SITE, "bridge"), {"api_key": "key"})


def test_an_unknown_script_user_is_told_loudly_and_is_no_error(
    clients: list[StudioClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(StudioClient, "own_user", None)

    with caplog.at_level(logging.WARNING, "sg_jira.shotgun_session"):
        session = ShotgunSession(SITE, "bridge", "the key")

    assert session.current_user is None
    assert "'bridge' was not found" in caplog.text
    assert "the key" not in caplog.text


def test_a_session_of_another_thread_has_its_own_client_and_looks_nothing_up(
    session: ShotgunSession, clients: list[StudioClient]
) -> None:
    other = session.for_another_thread()

    assert other._shotgun is clients[1]
    assert session._shotgun is clients[0]
    assert clients[1].arguments == clients[0].arguments
    assert clients[1].agents == ["JIRABRIDGE"]
    assert other.current_user == session.current_user
    assert clients[1].calls == []


def test_an_unknown_script_user_is_looked_for_again_by_the_next_session(
    clients: list[StudioClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(StudioClient, "own_user", None)
        session = ShotgunSession(SITE, "bridge", "key")

    assert session.for_another_thread().current_user == StudioClient.own_user


def test_sessions_of_one_bridge_share_schemas(
    session: ShotgunSession, clients: list[StudioClient]
) -> None:
    other = session.for_another_thread()

    session.assert_entity_type("Task")
    session.get_field_schema("Task", "content")
    other.assert_entity_type("Asset")
    assert other.is_project_entity("Task")

    assert clients[0].calls == [("schema_entity_read",), ("schema_field_read", "Task")]
    assert clients[1].calls == []


def test_sessions_of_two_bridges_share_nothing(clients: list[StudioClient]) -> None:
    for site in (SITE, "https://other.test"):
        ShotgunSession(site, "bridge", "key").get_field_schema("Task", "content")

    assert all(("schema_field_read", "Task") in client.calls for client in clients)


@pytest.mark.parametrize(
    ("cleared", "asked"),
    [
        (None, {("schema_entity_read",), ("schema_field_read", "Task")}),
        ("Task", {("schema_field_read", "Task")}),
        ("Asset", set()),
    ],
)
def test_clearing_reaches_every_session_that_shares(
    session: ShotgunSession, clients: list[StudioClient], cleared: str | None, asked: set[Any]
) -> None:
    other = session.for_another_thread()
    for one in (session, other):
        one.assert_entity_type("Task")
        one.get_field_schema("Task", "content")

    session.clear_cached_field_schema(cleared)
    other.assert_entity_type("Task")
    other.get_field_schema("Task", "content")

    assert set(clients[1].calls) == asked


def test_every_other_attribute_is_the_clients(session: ShotgunSession) -> None:
    assert session._db is session._shotgun._db
    assert session.base_url == SITE
    with pytest.raises(AttributeError, match="no_such"):
        _ = session.no_such


def test_a_replaced_method_of_the_session_is_used(session: ShotgunSession) -> None:
    session.find_one = lambda *args, **kwargs: {"type": "Asset", "id": 1, "code": "mine"}

    entity = session.consolidate_entity({"type": "Asset", "id": 1})

    assert entity is not None
    assert entity["name"] == "mine"


def test_a_session_without_a_client_yet_does_not_recurse() -> None:
    bare = ShotgunSession.__new__(ShotgunSession)

    with pytest.raises(AttributeError):
        _ = bare.find
    assert isinstance(copy.copy(bare), ShotgunSession)


@pytest.mark.parametrize(
    ("entity", "asked"),
    [
        (
            {"type": "Task", "id": 7},
            ["content", "task_assignees", "project", "sg_jira_key", "type", "id"],
        ),
        (
            {"type": "HumanUser", "id": 7, "name": "Ann"},
            ["email", "sg_jira_key", "type", "id", "name"],
        ),
        (
            {"type": "Asset", "id": 7, "name": "Ann", "status": "act"},
            ["code", "project", "sg_jira_key", "type", "id", "name", "status"],
        ),
    ],
)
def test_missing_fields_are_asked_for_together_with_those_already_there(
    session: ShotgunSession, clients: list[StudioClient], entity: dict[str, Any], asked: list[str]
) -> None:
    session.consolidate_entity(entity, fields=["sg_jira_key"], retired_only=True)

    assert clients[0].calls[-1] == ("find_one", entity["type"], [["id", "is", 7]], asked, True)


def test_an_entity_that_has_everything_is_the_result_and_costs_no_query(
    session: ShotgunSession, clients: list[StudioClient]
) -> None:
    entity = {"type": "Asset", "id": 7, "code": "Hat", "project": None}

    assert session.consolidate_entity(entity) is entity
    assert entity["name"] == "Hat"
    assert [call[0] for call in clients[0].calls] == ["schema_field_read"]


def test_a_match_by_name_takes_one_query(
    session: ShotgunSession, clients: list[StudioClient]
) -> None:
    project = {"type": "Project", "id": 1}

    found = session.match_entity_by_name("Hat", ["Asset"], project)

    assert found is not None
    assert found["name"] == "the code"
    assert [call[:3] for call in clients[0].calls if call[0] == "find_one"] == [
        ("find_one", "Asset", [["code", "is", "Hat"], ["project", "is", project]])
    ]


@pytest.mark.parametrize("site", [SITE, SITE + "/"])
def test_the_page_of_an_entity_has_a_clean_url(clients: list[StudioClient], site: str) -> None:
    session = ShotgunSession(site, "bridge", "key")

    assert session.get_entity_page_url({"type": "Task", "id": 5}) == f"{SITE}/detail/Task/5"
