"""People: who is who on the other site."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira import JiraHook
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers import EntityIssueHandler, SyncHandler
from tests.contract.conftest import Person
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import ShotgunSite

ACCOUNTS = ["5cedcb4355a88a0fc86388ba", "557058:0123abcd-0123-4567-89ab-0123456789ab"]
NAMES = ["ann", "ann.lee@studio.test", "JIRAUSER10100", "ug:ann", "qm:1234", "deadbeef", ""]


@pytest.fixture
def handler(syncer: Any) -> EntityIssueHandler:
    return EntityIssueHandler(syncer, "Task")


@pytest.mark.parametrize("owner", [SyncHandler, EntityIssueHandler, "hook"])
def test_account_ids_are_told_from_names(owner: Any) -> None:
    pattern = (JiraHook if owner == "hook" else owner).ACCOUNT_ID_RE

    assert [bool(pattern.match(text)) for text in ACCOUNTS + NAMES] == [True] * 2 + [False] * 7


def test_a_jira_user_is_found_in_shotgun(handler: Any, ann: Person) -> None:
    user = handler.get_sg_user(ann.id, ann.jira)

    assert {name: user[name] for name in ("type", "id", "email", "name")} == {
        "type": "HumanUser",
        "id": ann.fptr["id"],
        "email": ann.email,
        "name": "Ann Lee",
    }


def test_the_user_dict_wins_over_the_id(handler: Any, ann: Person, bob: Person) -> None:
    assert handler.get_sg_user(ann.id, bob.jira)["id"] == bob.fptr["id"]


def test_the_id_alone_is_enough(handler: Any, ann: Person) -> None:
    assert handler.get_sg_user(ann.id)["id"] == ann.fptr["id"]


@pytest.mark.parametrize("flavour", ["cloud"])
def test_an_account_id_costs_no_call_to_jira(handler: Any, jira: JiraStore, ann: Person) -> None:
    handler.get_sg_user(ann.id)

    assert jira.calls.count("user") == 0


def test_a_user_name_is_resolved_through_jira(handler: Any, jira: JiraStore, ann: Person) -> None:
    jira.legacy_names["ann.lee"] = ann.jira

    assert handler.get_sg_user("ann.lee")["id"] == ann.fptr["id"]


@pytest.mark.parametrize("none", [True, False])
def test_a_user_jira_does_not_know_is_none(handler: Any, jira: JiraStore, none: bool) -> None:
    jira.unknown_user_is_none = none

    assert handler.get_sg_user("nobody") is None


def test_a_user_shotgun_does_not_know_is_none(handler: Any, jira: JiraStore) -> None:
    stranger = jira.add_person("Stranger", "stranger@x.test")

    assert handler.get_sg_user(jira.user_id(stranger), stranger) is None


def test_server_goes_by_mail_and_cloud_by_account_id(
    handler: Any, fptr: ShotgunSite, jira: JiraStore, ann: Person
) -> None:
    if jira.is_cloud:
        fptr.change(ann.fptr, email="other@x.test")
    else:
        fptr.change(ann.fptr, sg_jira_account_id="0" * 24)

    assert handler.get_sg_user(ann.id, ann.jira)["id"] == ann.fptr["id"]


@pytest.mark.parametrize("flavour", ["server"])
def test_a_server_user_without_a_visible_mail_is_unknown(
    handler: Any, jira: JiraStore, ann: Person
) -> None:
    jira.hide_mails()

    assert handler.get_sg_user(ann.id, ann.jira) is None
    assert handler.get_sg_user(ann.id) is None


@pytest.mark.parametrize("flavour", ["server"])
def test_on_server_nothing_to_go_by_is_a_runtime_error(handler: Any, jira: JiraStore) -> None:
    with pytest.raises(RuntimeError):
        handler.get_sg_user(None)


def test_the_flavour_is_that_of_the_property(
    handler: Any, jira: JiraStore, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = {"accountId": "5cedcb4355a88a0fc86388ba", "emailAddress": ann.email, "name": "x"}
    handler._shotgun.update("HumanUser", ann.fptr["id"], {"sg_jira_account_id": None})
    answers = []
    for cloud in (True, False):
        monkeypatch.setattr(
            "sg_jira.jira_session.JiraSession.is_jira_cloud",
            property(lambda _, cloud=cloud: cloud),
        )
        answers.append(handler.get_sg_user(None, user))

    assert answers[0] is None
    assert answers[1]["id"] == ann.fptr["id"]


# The variants that may raise


def test_the_variant_of_the_flavour_is_used(
    handler: Any, jira: JiraStore, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = "_jira_cloud_user_to_shotgun" if jira.is_cloud else "_jira_server_user_to_shotgun"
    monkeypatch.setattr(handler, used, lambda *args, **kwargs: "replaced")

    assert handler._jira_user_to_shotgun("task_assignees", ann.id, ann.jira) == "replaced"


def test_a_known_user_is_returned(handler: Any, ann: Person) -> None:
    assert handler._jira_user_to_shotgun("tags", ann.id, ann.jira)["id"] == ann.fptr["id"]
    assert handler._jira_user_to_shotgun("tags", ann.id)["id"] == ann.fptr["id"]


def test_an_unknown_user_is_refused_with_field_and_value(handler: Any, jira: JiraStore) -> None:
    stranger = jira.add_person("Stranger", "stranger@x.test")

    with pytest.raises(InvalidJiraValue) as caught:
        handler._jira_user_to_shotgun("task_assignees", jira.user_id(stranger), stranger)
    assert caught.value.field == "task_assignees"
    assert caught.value.value == stranger


def test_an_unknown_user_can_be_tolerated(handler: Any, jira: JiraStore) -> None:
    stranger = jira.add_person("Stranger", "stranger@x.test")

    assert (
        handler._jira_user_to_shotgun(
            "task_assignees",
            jira.user_id(stranger),
            jira_user=stranger,
            raise_on_missing_user=False,
        )
        is None
    )
    assert (
        handler._jira_user_to_shotgun("tags", "nobody at all", raise_on_missing_user=False) is None
    )
