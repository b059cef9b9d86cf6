"""FPTR as studios see it through the bridge's session."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.shotgun_session import ShotgunSession
from tests.doubles.shotgun_double import Entity, ShotgunSite
from tests.doubles.shotgun_schema import field


@pytest.fixture
def session(fptr: ShotgunSite) -> ShotgunSession:
    """A session of the bridge's script user."""
    return ShotgunSession(fptr.url, script_name="sg_jira", api_key="key")


@pytest.fixture
def show(fptr: ShotgunSite) -> Entity:
    return fptr.add("Project", name="Show", sg_jira_key="SHOW")


def test_arguments_reach_the_client_in_their_order(fptr: ShotgunSite) -> None:
    ShotgunSession(fptr.url, "sg_jira", "the key", http_proxy="proxy:1")

    login = fptr.logins[-1]
    names = ("base_url", "script_name", "api_key")
    given = {**dict(zip(names, login["args"], strict=False)), **login["kwargs"]}
    assert given["base_url"] == fptr.url
    assert given["script_name"] == "sg_jira"
    assert given["api_key"] == "the key"
    assert given["http_proxy"] == "proxy:1"


def test_the_user_agent_is_added_once(fptr: ShotgunSite, session: ShotgunSession) -> None:
    assert fptr.user_agents == ["JIRABRIDGE"]


def test_the_own_user_is_the_script_of_this_name(session: ShotgunSession) -> None:
    user = session.current_user

    assert (user["type"], user["id"]) == ("ApiUser", 2)


def test_an_unknown_script_has_no_own_user(fptr: ShotgunSite) -> None:
    assert ShotgunSession(fptr.url, script_name="nobody").current_user is None


def test_any_other_attribute_is_that_of_the_client(
    fptr: ShotgunSite, session: ShotgunSession
) -> None:
    assert session._db is fptr.rows
    assert session.base_url == fptr.url
    assert session._shotgun.base_url == fptr.url
    with pytest.raises(AttributeError):
        session.no_such_attribute  # noqa: B018


def test_client_calls_go_through_with_their_own_arguments(
    session: ShotgunSession, show: Entity
) -> None:
    found: Any = session.find_one("Project", [["name", "is", "show"]], ["name"])

    assert found == {"type": "Project", "id": show["id"], "name": "Show"}
    assert session.update("Project", show["id"], {"name": "Film"})["name"] == "Film"
    assert session.delete("Project", show["id"]) is True
    assert session.find_one("Project", [["id", "is", show["id"]]], retired_only=True)


def test_a_call_replaced_on_the_client_is_the_one_used(
    session: ShotgunSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session._shotgun, "find_one", lambda *args, **kwargs: "replaced")

    assert session.find_one("Project", []) == "replaced"


@pytest.mark.parametrize(
    "broken",
    [None, field("number", unique=True), field("text", unique=False)],
    ids=["missing", "no text", "not unique"],
)
def test_setup_requires_a_unique_text_field_for_the_project_key(
    fptr: ShotgunSite, session: ShotgunSession, broken: Any
) -> None:
    session.setup()
    session.clear_cached_field_schema()
    del fptr.schema["Project"]["sg_jira_key"]
    if broken:
        fptr.schema["Project"]["sg_jira_key"] = broken

    with pytest.raises(RuntimeError, match="sg_jira_key"):
        session.setup()


def test_an_unknown_entity_type_is_refused_and_known_ones_are_asked_for_once(
    fptr: ShotgunSite, session: ShotgunSession
) -> None:
    session.assert_entity_type("Task")
    with pytest.raises(RuntimeError, match="Nothing"):
        session.assert_entity_type("Nothing")

    assert fptr.calls.count("schema_entity_read") == 1


@pytest.mark.parametrize(
    ("arguments", "fine"),
    [
        (("Task", "content", "text"), True),
        (("Task", "content", None), True),
        (("Task", "content", "number"), False),
        (("Task", "sg_nothing", "text"), False),
        (("Task", "sg_nothing", None), False),
        (("Task", "sg_jira_key", "text", True), True),
        (("Task", "content", "text", True), False),
        (("Task", "content", "text", False), True),
    ],
)
def test_a_field_is_checked_for_type_and_uniqueness(
    session: ShotgunSession, arguments: Any, fine: bool
) -> None:
    if fine:
        session.assert_field(*arguments)
    else:
        with pytest.raises(RuntimeError, match=arguments[1]):
            session.assert_field(*arguments)


def test_uniqueness_can_be_asked_for_by_name(session: ShotgunSession) -> None:
    with pytest.raises(RuntimeError):
        session.assert_field("Task", "content", "text", check_unique=True)


def test_the_schema_of_a_type_is_read_once(fptr: ShotgunSite, session: ShotgunSession) -> None:
    schema = session.get_field_schema("Task", "est_in_mins")

    assert schema["data_type"]["value"] == "duration"
    assert session.get_field_schema("Task", "content")
    assert session.get_field_schema("Task", "sg_nothing") is None
    assert fptr.calls.count("schema_field_read") == 1


@pytest.mark.parametrize("cleared", ["Task", None])
def test_a_cleared_schema_is_read_again(
    fptr: ShotgunSite, session: ShotgunSession, cleared: str | None
) -> None:
    for entity_type in ("Task", "Note"):
        session.get_field_schema(entity_type, "sg_new")
        fptr.schema[entity_type]["sg_new"] = field("text")
    session.assert_entity_type("Task")

    session.clear_cached_field_schema(cleared)
    session.assert_entity_type("Task")

    assert session.get_field_schema("Task", "sg_new")
    assert bool(session.get_field_schema("Note", "sg_new")) is (cleared is None)
    assert fptr.calls.count("schema_entity_read") == (2 if cleared is None else 1)


@pytest.mark.parametrize(
    ("entity_type", "name"),
    [("Task", "content"), ("Ticket", "title"), ("Asset", "code"), ("CustomEntity07", "code")],
)
def test_the_name_field_of_a_type_needs_no_session(entity_type: str, name: str) -> None:
    assert ShotgunSession.get_entity_name_field(entity_type) == name


@pytest.mark.parametrize(
    ("entity_type", "is_one"), [("Task", True), ("Asset", True), ("HumanUser", False)]
)
def test_a_project_entity_has_a_project_field(
    session: ShotgunSession, entity_type: str, is_one: bool
) -> None:
    assert session.is_project_entity(entity_type) is is_one


def test_the_page_of_an_entity(fptr: ShotgunSite, session: ShotgunSession) -> None:
    url = session.get_entity_page_url({"type": "Task", "id": 12})

    assert url == f"{fptr.url}/detail/Task/12"


# Consolidating


def test_a_complete_entity_is_returned_as_it_is_without_a_query(
    fptr: ShotgunSite, session: ShotgunSession, show: Entity
) -> None:
    task = {
        "type": "Task",
        "id": 1,
        "content": "Fur",
        "name": "Fur",
        "task_assignees": [],
        "project": show,
        "due_date": None,
    }
    session.is_project_entity("Task")
    fptr.calls.forget()

    assert session.consolidate_entity(task, fields=["due_date"]) is task
    assert fptr.calls.made == []


@pytest.mark.parametrize(
    ("entity_type", "given", "needed"),
    [
        ("HumanUser", {"name": "Ann", "email": "ann@x"}, {"name", "email"}),
        ("Asset", {"code": "Fox"}, {"code", "name", "project"}),
        ("Task", {"content": "Fur"}, {"content", "name", "task_assignees", "project"}),
        ("Tag", {"name": "hairy"}, {"name"}),
    ],
)
def test_an_entity_is_completed_with_what_its_type_needs(
    fptr: ShotgunSite,
    session: ShotgunSession,
    show: Entity,
    entity_type: str,
    given: dict[str, Any],
    needed: set[str],
) -> None:
    extra = {"project": show} if "project" in needed else {}
    made = fptr.add(entity_type, **given, **extra)

    entity = session.consolidate_entity({"type": entity_type, "id": made["id"]})

    assert entity is not None
    assert set(entity) == {"type", "id"} | needed
    assert entity["name"] == made["name"]
    assert fptr.calls.count("find_one") - 1 == 1  # the first one was for the script user


def test_more_fields_can_be_asked_for_and_those_already_there_are_refreshed(
    session: ShotgunSession, fptr: ShotgunSite, show: Entity
) -> None:
    made = fptr.add("Asset", code="Fox", project=show, description="red")

    entity = session.consolidate_entity(
        {"type": "Asset", "id": made["id"], "code": "Cat"}, fields=["description"]
    )

    assert entity is not None
    assert (entity["code"], entity["description"]) == ("Fox", "red")
    assert set(entity) == {"type", "id", "code", "name", "project", "description"}


def test_a_missing_entity_is_none_with_a_warning(
    session: ShotgunSession, caplog: pytest.LogCaptureFixture
) -> None:
    assert session.consolidate_entity({"type": "Task", "id": 404}) is None
    told = [r for r in caplog.records if r.levelname == "WARNING" and "404" in r.getMessage()]
    assert {record.name for record in told} == {"sg_jira.shotgun_session"}


def test_a_retired_entity_is_found_when_asked_for(
    session: ShotgunSession, fptr: ShotgunSite, show: Entity
) -> None:
    made = fptr.add("Asset", code="Fox", project=show)
    fptr.retire(made)
    entity = {"type": "Asset", "id": made["id"]}

    assert session.consolidate_entity(dict(entity)) is None
    found = session.consolidate_entity(dict(entity), retired_only=True)
    assert found is not None
    assert found["code"] == "Fox"


# Matching by name


@pytest.fixture
def fox(fptr: ShotgunSite, show: Entity) -> Entity:
    return fptr.add("Asset", code="Fox", project=show)


def test_an_entity_is_matched_by_name_in_the_order_of_the_types(
    session: ShotgunSession, fptr: ShotgunSite, show: Entity, fox: Entity
) -> None:
    tag = fptr.add("Tag", name="Fox")

    first = session.match_entity_by_name("fox", ["Asset", "Tag"], show)
    second = session.match_entity_by_name("fox", ["Tag", "Asset"], show)

    assert first is not None
    assert (first["type"], first["id"], first["code"]) == ("Asset", fox["id"], "Fox")
    assert second is not None
    assert (second["type"], second["id"], second["name"]) == ("Tag", tag["id"], "Fox")


def test_a_project_entity_of_another_project_is_no_match(
    session: ShotgunSession, fptr: ShotgunSite, fox: Entity
) -> None:
    other = fptr.add("Project", name="Other")

    assert session.match_entity_by_name("Fox", ["Asset"], other) is None


def test_an_unknown_name_is_no_match(session: ShotgunSession, show: Entity) -> None:
    assert session.match_entity_by_name("Nobody", ["Asset", "Tag", "HumanUser"], show) is None
