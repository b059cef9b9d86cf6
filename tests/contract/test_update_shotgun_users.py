"""The script that writes Jira Cloud account ids into FPTR, against the doubles of a studio."""

from __future__ import annotations

import logging
import sys
from typing import Any
from unittest.mock import MagicMock

import pytest

import update_shotgun_users
from sg_jira.jira_session import JiraSession
from tests.doubles.jira_store import JiraStore, Raw
from tests.doubles.shotgun_double import Entity, ShotgunSite
from update_shotgun_users import sync_jira_users_into_shotgun

FIELD = "sg_jira_account_id"


@pytest.fixture
def flavour() -> Any:
    return "cloud"


@pytest.fixture
def sg(fptr: ShotgunSite) -> Any:
    client = fptr.client_class(fptr.url, "script", "key")
    fptr.calls.forget()
    return client


def person(fptr: ShotgunSite, email: str | None, account_id: str | None = None) -> Entity:
    return fptr.add("HumanUser", name=email, email=email, sg_jira_account_id=account_id)


def account_id(fptr: ShotgunSite, user: Entity) -> Any:
    return fptr.record(user)[FIELD]


def test_people_get_the_account_with_their_email(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    ann, bob = person(fptr, "ann@studio.test"), person(fptr, "BOB@studio.test")
    in_jira = [jira.add_person("Ann", "ann@studio.test"), jira.add_person("B", "bob@studio.test")]

    outcome = sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert [account_id(fptr, one) for one in (ann, bob)] == [one["accountId"] for one in in_jira]
    assert outcome.found == ["ann@studio.test", "BOB@studio.test"]


def test_the_field_is_made_when_it_is_missing(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    ann = person(fptr, "ann@studio.test")
    del fptr.schema["HumanUser"][FIELD]
    jira.add_person("Ann", "ann@studio.test")

    sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    [made] = fptr.calls.of("schema_field_create")
    assert made.args == ("HumanUser", "text", "Jira Account Id")
    assert account_id(fptr, ann)


def test_a_field_that_is_there_is_not_made_again(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert fptr.calls.count("schema_field_create") == 0


def test_an_email_that_only_contains_the_wanted_one_is_somebody_else(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    ann, joann = person(fptr, "ann@studio.test"), person(fptr, "joann@studio.test")
    joann_in_jira = jira.add_person("Joann", "joann@studio.test")
    ann_in_jira = jira.add_person("Ann", "ann@studio.test")

    sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert account_id(fptr, ann) == ann_in_jira["accountId"]
    assert account_id(fptr, joann) == joann_in_jira["accountId"]


def hidden(jira: JiraStore, name: str, email: str) -> Raw:
    found = jira.add_person(name, email)
    found["hiddenMail"] = found.pop("emailAddress")
    return found


def test_ambiguous_and_missing_people_are_listed_at_the_end_and_nothing_is_written(
    sg: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    jira_session: JiraSession,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ann, guest = person(fptr, "ann@studio.test"), person(fptr, "guest@elsewhere.test")
    hidden(jira, "Ann", "ann@studio.test")
    hidden(jira, "Joann", "joann@studio.test")

    outcome = sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert (outcome.ambiguous, outcome.missing) == (["ann@studio.test"], ["guest@elsewhere.test"])
    assert account_id(fptr, ann) is account_id(fptr, guest) is None
    last = [one for one in caplog.messages if "e-mails" in one][-2:]
    assert "ann@studio.test" in last[0]
    assert "guest@elsewhere.test" in last[1]


def test_a_single_person_with_a_hidden_email_is_taken(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    ann = person(fptr, "ann@studio.test")
    in_jira = hidden(jira, "Ann", "ann@studio.test")

    sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert account_id(fptr, ann) == in_jira["accountId"]


@pytest.mark.parametrize("email", [None, "", "TBD"])
def test_people_without_an_email_are_left_out(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession, email: str | None
) -> None:
    person(fptr, email)
    jira.calls.forget()

    outcome = sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert jira.calls.count("search_assignable_users_for_issues") == 0
    assert outcome.missing == []


def test_of_two_users_with_one_email_the_first_gets_the_account(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    first, second = person(fptr, "ann@studio.test"), person(fptr, "Ann@studio.test")
    jira.add_person("Ann", "ann@studio.test")

    sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert account_id(fptr, first)
    assert account_id(fptr, second) is None


def test_an_account_that_an_admin_has_moved_stays_where_it_is(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession
) -> None:
    first = person(fptr, "ann@studio.test")
    second = person(fptr, "ann@studio.test", account_id="moved here")
    jira.add_person("Ann", "ann@studio.test")

    sync_jira_users_into_shotgun(sg, jira_session, "PROJ")

    assert account_id(fptr, first) is None
    assert account_id(fptr, second) == "moved here"


@pytest.mark.parametrize("has_field", [True, False])
def test_a_dry_run_writes_nothing(
    sg: Any, fptr: ShotgunSite, jira: JiraStore, jira_session: JiraSession, has_field: bool
) -> None:
    if not has_field:
        del fptr.schema["HumanUser"][FIELD]
    fptr.add("HumanUser", name="Ann", email="ann@studio.test")
    jira.add_person("Ann", "ann@studio.test")

    outcome = sync_jira_users_into_shotgun(sg, jira_session, "PROJ", dry_run=True)

    assert outcome.found == ["ann@studio.test"]
    assert not fptr.writes()
    assert fptr.calls.count("schema_field_create") == 0


# ---------------------------------------------------------------- the script


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> dict[str, MagicMock]:
    """The module's names as studios replace them."""
    monkeypatch.setattr(sys, "argv", ["update_shotgun_users.py"])
    names = ("JiraSession", "Shotgun", "_get_settings", "sync_jira_users_into_shotgun")
    mocks = {name: MagicMock(name=name) for name in names}
    mocks["_get_settings"].return_value = (
        None,
        {"site": "https://fptr", "script_name": "script", "script_key": "key"},
        {"site": "https://jira", "user": "ann", "secret": "secret"},
        "PROJ",
    )
    for name, mock in mocks.items():
        monkeypatch.setattr(update_shotgun_users, name, mock)
    return mocks


def test_main_uses_the_modules_names_as_they_are_then(replaced: dict[str, MagicMock]) -> None:
    assert update_shotgun_users.main() == 0

    sg, jira = replaced["Shotgun"].return_value, replaced["JiraSession"].return_value
    replaced["JiraSession"].assert_called_once_with("https://jira", basic_auth=("ann", "secret"))
    replaced["Shotgun"].assert_called_once_with("https://fptr", script_name="script", api_key="key")
    sg.add_user_agent.assert_called_once_with("JIRABRIDGE")
    replaced["sync_jira_users_into_shotgun"].assert_called_once_with(sg, jira, "PROJ")


@pytest.mark.parametrize("user", [None, "", "None"])
def test_main_logs_in_with_a_token_when_there_is_no_user(
    replaced: dict[str, MagicMock], user: str | None
) -> None:
    replaced["_get_settings"].return_value[2]["user"] = user

    update_shotgun_users.main()

    replaced["JiraSession"].assert_called_once_with("https://jira", token_auth="secret")


def test_main_takes_the_proxy_of_the_settings(replaced: dict[str, MagicMock]) -> None:
    replaced["_get_settings"].return_value[1]["http_proxy"] = "proxy:8080"

    update_shotgun_users.main()

    assert replaced["Shotgun"].call_args.kwargs["http_proxy"] == "proxy:8080"


def test_main_refuses_a_site_that_is_not_cloud(
    replaced: dict[str, MagicMock], caplog: pytest.LogCaptureFixture
) -> None:
    replaced["JiraSession"].return_value.is_jira_cloud = False

    assert update_shotgun_users.main() == 1

    assert "not Jira Cloud" in caplog.text
    replaced["Shotgun"].assert_not_called()


def test_main_passes_the_dry_run_on(
    replaced: dict[str, MagicMock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["update_shotgun_users.py", "--dry-run"])

    update_shotgun_users.main()

    assert replaced["sync_jira_users_into_shotgun"].call_args.kwargs == {"dry_run": True}


def test_main_says_what_went_wrong_without_a_traceback(
    replaced: dict[str, MagicMock], caplog: pytest.LogCaptureFixture
) -> None:
    replaced["JiraSession"].side_effect = RuntimeError("Check the user and secret")

    assert update_shotgun_users.main() == 1

    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert (record.message, record.exc_info) == ("Check the user and secret", None)
