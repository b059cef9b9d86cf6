"""Jira as studios see it through the bridge's session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from jira.exceptions import JIRAError

from sg_jira import JiraSession
from tests.contract.conftest import Person
from tests.doubles.jira_metadata import (
    NICKNAME,
    SHOTGUN_ID,
    SHOTGUN_TYPE,
    SHOTGUN_URL,
    TEXTFIELD,
)
from tests.doubles.jira_store import JiraStore, refused

SEARCH = "search_assignable_users_for_issues"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


# Connecting


def test_arguments_reach_the_client(jira: JiraStore, jira_session: JiraSession) -> None:
    args, kwargs = jira.logins[0]

    assert args == ("https://jira.studio.test",) or kwargs["server"] == "https://jira.studio.test"
    assert kwargs["basic_auth"] == ("bridge@studio.test", "open sesame")


def html_reply() -> Exception:
    return requests.exceptions.JSONDecodeError("no JSON", "<html>" * 100, 0)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (html_reply(), "."),
        (JIRAError(status_code=401, text="<html>" * 500), "(?i)credential|password|token|secret"),
        (JIRAError(status_code=503, text="<html>" * 500), "."),
    ],
    ids=["no JSON", "401", "503"],
)
def test_a_failed_connection_is_a_runtime_error_with_a_short_message(
    jira: JiraStore, error: Exception, hint: str
) -> None:
    jira.calls.fail("connect", error)

    with pytest.raises(RuntimeError, match=hint) as caught:
        JiraSession("https://jira.studio.test", basic_auth=("me", "open sesame"))
    assert len(str(caught.value)) < 500
    assert "open sesame" not in str(caught.value)


def test_the_flavour_is_detected(jira: JiraStore, jira_session: JiraSession) -> None:
    assert jira_session.is_jira_cloud is jira.is_cloud
    assert jira_session._is_jira_cloud is jira.is_cloud
    assert jira_session._account_id_field == ("accountId" if jira.is_cloud else "key")


def test_a_session_without_setup_can_search_users(jira: JiraStore, ann: Person) -> None:
    session = JiraSession("https://jira.studio.test", basic_auth=("me", "secret"))

    user = session.find_jira_assignee_for_issue(ann.email, jira_project=session.project("PROJ"))

    assert user is not None
    assert user.raw == ann.jira


# Fields


def test_the_shotgun_fields_are_known_after_setup(jira_session: JiraSession) -> None:
    assert jira_session.jira_shotgun_id_field == SHOTGUN_ID
    assert jira_session.jira_shotgun_type_field == SHOTGUN_TYPE
    assert jira_session.jira_shotgun_url_field == SHOTGUN_URL


@pytest.mark.parametrize("name", ["Shotgun ID", "Shotgun Id", "SHOTGUN id"])
def test_a_field_is_found_by_its_name_in_any_case(jira_session: JiraSession, name: str) -> None:
    assert jira_session.get_jira_issue_field_id(name) == SHOTGUN_ID


@pytest.mark.parametrize("flavour", ["cloud"])
@pytest.mark.parametrize("key", [SHOTGUN_ID, SHOTGUN_ID.upper()])
def test_a_field_is_found_by_the_key_that_cloud_gives_it(
    jira_session: JiraSession, key: str
) -> None:
    assert jira_session.get_jira_issue_field_id(key) == SHOTGUN_ID


def test_an_unknown_field_has_no_id_and_fails_the_check(jira_session: JiraSession) -> None:
    assert jira_session.get_jira_issue_field_id("No Such Field") is None
    jira_session.assert_field("shotgun id")
    with pytest.raises(RuntimeError, match=r"(?i)no such field"):
        jira_session.assert_field("No Such Field")


@pytest.mark.parametrize(
    ("field", "name"),
    [(SHOTGUN_ID, "Shotgun Id"), (SHOTGUN_TYPE, "Shotgun Type"), (SHOTGUN_URL, "Shotgun Url")],
)
def test_setup_names_the_field_that_jira_lacks(jira: JiraStore, field: str, name: str) -> None:
    del jira.field_names[field]
    session = JiraSession("https://jira.studio.test", basic_auth=("me", "secret"))

    with pytest.raises(RuntimeError, match=f"(?i){name}"):
        session.setup()


# Users


def test_users_are_searched_among_the_assignable_ones(
    jira: JiraStore, jira_session: JiraSession, ann: Person
) -> None:
    project = jira_session.project("PROJ")
    issue = jira_session.issue(jira.add_issue())

    found = jira_session.find_jira_user(ann.email, jira_project=project, jira_issue=issue)

    assert found is not None
    assert found.raw == ann.jira
    sent = jira.calls.of(SEARCH)[0].kwargs
    term, other = ("query", "username") if jira.is_cloud else ("username", "query")
    assert sent["project"] == "PROJ"
    assert sent["issueKey"] == issue.key
    assert sent["maxResults"] == 2000
    assert (sent[term], sent[other]) == (ann.email, None)


def test_the_search_follows_the_stored_flavour_and_not_the_property(
    jira: JiraStore, jira_session: JiraSession, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JiraSession, "is_jira_cloud", property(lambda _: not jira.is_cloud))

    assert jira_session.find_jira_user(ann.email, jira_project=jira_session.project("PROJ"))


def test_a_studio_may_set_the_stored_flavour(
    jira: JiraStore, jira_session: JiraSession, ann: Person
) -> None:
    jira_session._is_jira_cloud = not jira.is_cloud
    jira_session.find_jira_user(ann.email, jira_project=jira_session.project("PROJ"))

    term = "username" if jira.is_cloud else "query"
    assert jira.calls.of(SEARCH)[0].kwargs[term] == ann.email


def test_a_search_needs_a_project_or_an_issue(jira_session: JiraSession) -> None:
    with pytest.raises(ValueError, match=r"(?i)project|issue"):
        jira_session.find_jira_user("ann@studio.test")


@pytest.mark.parametrize("empty", [None, ""])
def test_no_mail_means_no_search(
    jira: JiraStore, jira_session: JiraSession, empty: str | None
) -> None:
    project = jira_session.project("PROJ")

    assert jira_session.find_jira_user(empty, jira_project=project) is None
    assert jira.calls.count(SEARCH) == 0


def test_with_an_issue_alone_its_project_is_searched(
    jira: JiraStore, jira_session: JiraSession, ann: Person
) -> None:
    issue = jira_session.issue(jira.add_issue())

    found = jira_session.find_jira_user(ann.email, jira_issue=issue)

    assert found is not None
    assert found.raw == ann.jira


@pytest.mark.parametrize("for_assignment", [True, False])
def test_assignment_makes_no_difference_to_the_search(
    jira: JiraStore, jira_session: JiraSession, ann: Person, for_assignment: bool
) -> None:
    assert jira_session.find_jira_user(
        ann.email, jira_project=jira_session.project("PROJ"), for_assignment=for_assignment
    )


def test_a_person_found_once_is_remembered(
    jira: JiraStore, jira_session: JiraSession, ann: Person
) -> None:
    project = jira_session.project("PROJ")
    first, second = (jira_session.find_jira_user(ann.email, jira_project=project) for _ in range(2))

    assert first is not None
    assert second is not None
    assert first.raw == second.raw == ann.jira
    assert jira.calls.count(SEARCH) == 1
    assert jira.calls.of(SEARCH)[0].kwargs["issueKey"] is None


def test_a_person_not_found_is_not_remembered_as_missing(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    project = jira_session.project("PROJ")

    assert jira_session.find_jira_user("late@x.test", jira_project=project) is None
    jira.add_person("Late", "late@x.test")
    assert jira_session.find_jira_user("late@x.test", jira_project=project)


def test_an_exact_mail_wins_over_one_that_contains_it(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    jira.add_person("Jo Ann", "joann@x.test")
    ann = jira.add_person("Ann", "ANN@x.test")

    found = jira_session.find_jira_user("ann@x.test", jira_project=jira_session.project("PROJ"))

    assert found is not None
    assert found.raw == ann


def test_a_single_hit_with_another_mail_is_somebody_else(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    jira.add_person("Jo Ann", "joann@x.test")

    assert (
        jira_session.find_jira_user("ann@x.test", jira_project=jira_session.project("PROJ")) is None
    )


def test_a_single_hit_with_a_hidden_mail_is_taken(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    ann = jira.add_person("Ann", "ann@x.test")
    ann["hiddenMail"] = ann.pop("emailAddress")

    found = jira_session.find_jira_user("ann@x.test", jira_project=jira_session.project("PROJ"))

    assert found is not None
    assert found.raw == ann


def test_several_hits_with_hidden_mails_are_reported_and_cost_no_error(
    jira: JiraStore, jira_session: JiraSession, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("ann", "joann"):
        person = jira.add_person(name, f"{name}@x.test")
        person["hiddenMail"] = person.pop("emailAddress")

    jira_session.find_jira_user("ann@x.test", jira_project=jira_session.project("PROJ"))

    assert warnings(caplog)


def test_where_mails_cannot_be_searched_people_are_listed_and_compared(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    jira.searches_by_mail = False
    jira.add_person("Without mail", "x@x.test").pop("emailAddress")
    ann = jira.add_person("Ann", "Ann@X.test", login="al")

    found = jira_session.find_jira_user("ann@x.test", jira_project=jira_session.project("PROJ"))

    assert found is not None
    assert found.raw == ann


def test_nobody_is_none_with_a_warning(
    jira_session: JiraSession, caplog: pytest.LogCaptureFixture
) -> None:
    project = jira_session.project("PROJ")

    assert jira_session.find_jira_user("nobody@x.test", jira_project=project) is None
    told = [r for r in caplog.records if r.levelname == "WARNING" and "nobody" in r.getMessage()]
    assert {record.name for record in told} == {"sg_jira.jira_session"}


def test_a_double_that_finds_nobody_by_name_does_not_break_the_search(
    jira: JiraStore, jira_session: JiraSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jira_session, SEARCH, lambda **_: [])

    assert (
        jira_session.find_jira_user("ann@x.test", jira_project=jira_session.project("PROJ")) is None
    )


# Status


@pytest.fixture
def issue(jira: JiraStore, jira_session: JiraSession) -> Any:
    return jira_session.issue(jira.add_issue())


def transition_to(jira: JiraStore, status: str) -> dict[str, Any]:
    return next(entry for entry in jira.transitions if entry["to"]["name"] == status)


def test_the_transition_to_the_wanted_status_is_run_with_the_comment(
    jira: JiraStore, jira_session: JiraSession, issue: Any
) -> None:
    assert jira_session.set_jira_issue_status(issue, "Done", "because") is True

    assert jira.fields_of(issue.key)["status"]["name"] == "Done"
    sent = jira.calls.of("transition_issue")[0]
    assert sent.args[1] == transition_to(jira, "Done")["id"]
    assert sent.kwargs == {"comment": "because", "fields": None}


def test_the_first_transition_of_several_is_taken(
    jira: JiraStore, jira_session: JiraSession, issue: Any
) -> None:
    jira.transitions.insert(0, {"id": "99", "name": "x", "to": {"name": "Done"}, "fields": {}})
    jira_session.set_jira_issue_status(issue, "Done", "because")

    assert jira.calls.of("transition_issue")[0].args[1] == "99"


def test_the_present_status_needs_no_transition(
    jira: JiraStore, jira_session: JiraSession, issue: Any
) -> None:
    assert jira_session.set_jira_issue_status(issue, "To Do", "because") is True
    assert jira.calls.count("transition_issue") == 0


def test_a_status_out_of_reach_is_false_with_a_warning(
    jira_session: JiraSession, issue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert jira_session.set_jira_issue_status(issue, "In Review", "because") is False
    assert [line for line in warnings(caplog) if "In Review" in line]


RESOLUTIONS = [{"id": "1", "name": "Done"}, {"id": "2", "name": "Won't do"}]


@pytest.mark.parametrize("text_type", ["text", "string"])
def test_required_fields_of_the_screen_are_filled(
    jira: JiraStore, jira_session: JiraSession, issue: Any, text_type: str
) -> None:
    transition_to(jira, "Done")["fields"] = {
        "resolution": {
            "required": True,
            "schema": {"type": "resolution"},
            "allowedValues": RESOLUTIONS,
        },
        NICKNAME: {"required": True, "schema": {"type": text_type}},
    }

    assert jira_session.set_jira_issue_status(issue, "Done", "because") is True

    sent = jira.calls.of("transition_issue")[0].kwargs["fields"]
    assert set(sent) == {"resolution", NICKNAME}
    assert sent["resolution"]["id"] == "1"
    assert sent[NICKNAME] == "because"


@pytest.mark.parametrize(
    "field",
    [
        {"required": False, "schema": {"type": "text"}},
        {"required": True, "hasDefaultValue": True, "schema": {"type": "text"}},
    ],
    ids=["optional", "with a default"],
)
def test_fields_that_need_no_value_are_not_sent(
    jira: JiraStore, jira_session: JiraSession, issue: Any, field: dict[str, Any]
) -> None:
    transition_to(jira, "Done")["fields"] = {NICKNAME: field}
    jira_session.set_jira_issue_status(issue, "Done", "because")

    assert jira.calls.of("transition_issue")[0].kwargs["fields"] is None


def test_a_required_field_that_is_already_set_is_not_sent(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    issue = jira_session.issue(jira.add_issue(**{NICKNAME: "Foxy"}))
    transition_to(jira, "Done")["fields"] = {
        NICKNAME: {"required": True, "schema": {"type": "text"}}
    }
    jira_session.set_jira_issue_status(issue, "Done", "because")

    assert jira.calls.of("transition_issue")[0].kwargs["fields"] is None


def test_a_screen_field_that_the_issue_lacks_counts_as_empty(
    jira: JiraStore, jira_session: JiraSession, issue: Any
) -> None:
    transition_to(jira, "Done")["fields"] = {
        "customfield_77777": {"required": True, "schema": {"type": "string"}}
    }

    assert jira_session.set_jira_issue_status(issue, "Done", "because") is True
    assert jira.calls.of("transition_issue")[0].kwargs["fields"] == {"customfield_77777": "because"}


# Creating


@pytest.fixture
def data(jira: JiraStore) -> dict[str, Any]:
    """Data for a new issue."""
    return {
        "project": jira.projects["PROJ"],
        "summary": "Fur",
        "description": "",
        "reporter": jira.user_value(jira.myself),
    }


def test_an_issue_is_created_from_data(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    before = dict(data)
    issue = jira_session.create_issue_from_data(jira_session.project("PROJ"), "Story", data)

    assert issue.key in jira.issues
    assert jira.fields_of(issue.key)["issuetype"]["name"] == "Story"
    assert jira.calls.of("create_issue")[0].args[0]["issuetype"] == jira.issue_type("Story")
    assert data == before


def test_an_unknown_issue_type_is_a_key_error(
    jira_session: JiraSession, data: dict[str, Any]
) -> None:
    with pytest.raises(KeyError):
        jira_session.create_issue_from_data(jira_session.project("PROJ"), "Saga", data)


def test_no_create_metadata_is_a_runtime_error(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    jira.create_screens["Task"] = {}

    with pytest.raises(RuntimeError):
        jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)
    with pytest.raises(RuntimeError):
        jira_session.get_project_issue_type_fields(
            jira_session.project("PROJ"),
            jira_session.issue_type_by_name("Task", "PROJ"),
        )


def test_missing_required_data_is_a_value_error_with_the_message_studios_match(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    jira.create_screens["Task"][NICKNAME]["required"] = True
    jira.create_screens["Task"]["duedate"]["required"] = True

    with pytest.raises(ValueError, match="Unable to create Jira Task Issue") as caught:
        jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)
    assert str(caught.value) in {
        "Unable to create Jira Task Issue. The following required data is missing: "
        + str(list(names))
        for names in (["Due date", "Nickname"], ["Nickname", "Due date"])
    }
    assert jira.calls.count("create_issue") == 0


def test_a_required_field_with_a_default_may_be_missing(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    jira.create_screens["Task"][NICKNAME].update(required=True, hasDefaultValue=True)

    assert jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)


def test_metadata_is_read_afresh_after_a_refusal(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    project = jira_session.project("PROJ")
    for name in (NICKNAME, "description"):
        jira.create_screens["Task"][name].update(required=True)

    with pytest.raises(ValueError, match="Nickname"):
        jira_session.create_issue_from_data(project, "Task", data)
    jira.create_screens["Task"][NICKNAME].update(required=False)
    with pytest.raises(ValueError, match="description"):
        jira_session.create_issue_from_data(project, "Task", data)
    jira.create_screens["Task"]["description"].update(required=False)

    assert jira_session.create_issue_from_data(project, "Task", data)


def test_fields_that_are_not_on_the_create_screen_are_dropped_with_a_warning(
    jira: JiraStore,
    jira_session: JiraSession,
    data: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    del jira.create_screens["Task"][SHOTGUN_URL]
    data[SHOTGUN_URL] = "https://x.test"

    issue = jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)

    assert SHOTGUN_URL not in jira.calls.of("create_issue")[0].args[0]
    assert issue.key in jira.issues
    assert [line for line in warnings(caplog) if SHOTGUN_URL in line]


def test_an_empty_required_field_is_left_to_jiras_default(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    jira.create_screens["Task"]["description"].update(required=True, hasDefaultValue=True)
    jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)

    assert "description" not in jira.calls.of("create_issue")[0].args[0]


def test_an_empty_required_field_without_default_is_a_value_error_with_its_id(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    jira.create_screens["Task"][NICKNAME].update(required=True)
    data[NICKNAME] = None

    with pytest.raises(ValueError, match=NICKNAME):
        jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)


def test_a_patched_createmeta_on_the_live_session_is_used(
    jira: JiraStore,
    jira_session: JiraSession,
    data: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jira_session, "createmeta", lambda *args, **kwargs: {"projects": []})

    with pytest.raises(RuntimeError):
        jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)


@pytest.mark.parametrize("flavour", ["server"])
def test_where_createmeta_is_gone_the_pages_of_the_right_type_are_read(
    jira: JiraStore, jira_session: JiraSession, data: dict[str, Any]
) -> None:
    jira.paged_create_metadata = True
    del jira.create_screens["Epic"]["duedate"]

    fields = jira_session.get_project_issue_type_fields(
        jira_session.project("PROJ"), jira_session.issue_type_by_name("Task", "PROJ")
    )

    assert set(fields) == set(jira.create_screens["Task"])
    assert jira_session.create_issue_from_data(jira_session.project("PROJ"), "Task", data)


def test_the_create_fields_of_a_type_are_keyed_by_id(
    jira: JiraStore, jira_session: JiraSession
) -> None:
    fields = jira_session.get_project_issue_type_fields(
        jira_session.project("PROJ"), jira_session.issue_type_by_name("Task", "PROJ")
    )

    assert set(fields) == set(jira.create_screens["Task"])
    assert fields["summary"]["required"] is True


# Edit metadata


def test_edit_metadata_is_keyed_by_field(jira_session: JiraSession, issue: Any) -> None:
    assert jira_session.get_jira_issue_edit_meta(issue)["labels"]["schema"]["type"] == "array"


def test_no_edit_metadata_is_a_runtime_error(
    jira: JiraStore, jira_session: JiraSession, issue: Any
) -> None:
    jira.edit_screens["Task"] = {}

    with pytest.raises(RuntimeError):
        jira_session.get_jira_issue_edit_meta(issue)


# Sanitizing


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_value_for_a_required_field_is_a_user_warning(
    jira_session: JiraSession, empty: Any
) -> None:
    meta = {"name": "Summary", "required": True, "schema": {"type": "string"}}

    with pytest.raises(UserWarning):
        jira_session.sanitize_jira_update_value(empty, meta)
    assert (
        jira_session.sanitize_jira_update_value(empty, {**meta, "hasDefaultValue": True}) == empty
    )
    assert jira_session.sanitize_jira_update_value(empty, {**meta, "required": False}) == empty


@pytest.mark.parametrize("length", [255, 256, 1000])
def test_a_long_custom_text_is_cut(
    jira_session: JiraSession, caplog: pytest.LogCaptureFixture, length: int
) -> None:
    meta = {"name": "N", "required": False, "schema": {"type": "string", "custom": TEXTFIELD}}
    text = "ab" * 500

    cut = jira_session.sanitize_jira_update_value(text[:length], meta)

    if length == 255:
        assert cut == text[:255]
    else:
        assert cut == text[:237] + "... [see Shotgun]."
        assert len(cut) == 255
    assert bool(warnings(caplog)) is (length > 255)


@pytest.mark.parametrize(
    "meta",
    [
        {"required": False, "schema": {"type": "string", "system": "description"}},
        {"required": False, "schema": {"type": "string", "custom": "x:textarea"}},
    ],
)
def test_other_long_texts_stay_whole(jira_session: JiraSession, meta: Any) -> None:
    assert jira_session.sanitize_jira_update_value("x" * 1000, meta) == "x" * 1000


@pytest.mark.parametrize("value", [["a" * 300], 12, {"a": 1}])
def test_values_that_are_no_text_stay_as_they_are(jira_session: JiraSession, value: Any) -> None:
    meta = {"required": True, "schema": {"type": "string", "custom": TEXTFIELD}}

    assert jira_session.sanitize_jira_update_value(value, meta) == value


def test_a_refused_connection_leaves_other_errors_alone(jira: JiraStore) -> None:
    jira.calls.fail("fields", refused(500, "boom"))
    session = JiraSession("https://jira.studio.test", basic_auth=("me", "secret"))

    with pytest.raises(JIRAError):
        session.setup()


def test_the_rest_of_the_client_is_available(
    jira_session: JiraSession, install_jira: Callable[..., None]
) -> None:
    assert [project.key for project in jira_session.projects()] == ["PROJ"]
