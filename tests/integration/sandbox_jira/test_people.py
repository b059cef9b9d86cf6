"""How people are looked up, searched and hidden."""

from __future__ import annotations

from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import JiraSite

from .conftest import ann, log_in


def _search(site: JiraSite, client: jira.JIRA, text: str, **more: Any) -> list[str]:
    word = "query" if site.flavour.is_cloud else "username"
    found = client.search_assignable_users_for_issues(project="ABC", **{word: text}, **more)
    return [user.displayName for user in found]


def test_user_is_found_by_id_or_name(site: JiraSite, client: jira.JIRA) -> None:
    assert client.user(ann(site).handle).displayName == "Ann Lee"


def test_unknown_user_is_404(client: jira.JIRA) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.user("nobody")

    assert refused.value.status_code == 404


def test_cloud_users_have_no_name_and_data_center_users_no_account_id(
    site: JiraSite, client: jira.JIRA
) -> None:
    raw = client.user(ann(site).handle).raw

    words = {"name", "key", "accountId"} & set(raw)
    assert words == ({"accountId"} if site.flavour.is_cloud else {"name", "key"})


def test_user_is_found_by_key_on_data_center(datacenter: JiraSite) -> None:
    found = log_in(datacenter)._get_json("user", params={"key": ann(datacenter).key})

    assert found["name"] == "ann"


def test_user_without_a_parameter_is_refused(site: JiraSite, client: jira.JIRA) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client._get_json("user")

    assert refused.value.status_code == 400


def test_names_are_refused_on_cloud(cloud: JiraSite) -> None:
    with pytest.raises(jira.JIRAError, match="GDPR strict mode"):
        log_in(cloud)._get_json("user", params={"username": "ann"})


@pytest.mark.parametrize("text", ["ann@studio.test", "ANN", "lee", "Ann Lee", "studio"])
def test_assignable_people_are_found_by_the_start_of_a_word(
    site: JiraSite, client: jira.JIRA, text: str
) -> None:
    assert "Ann Lee" in _search(site, client, text)


def test_assignable_people_are_not_found_by_the_middle_of_a_word(
    site: JiraSite, client: jira.JIRA
) -> None:
    assert _search(site, client, "nn") == []


def test_hidden_mail_is_not_shown_and_not_searched(site: JiraSite, client: jira.JIRA) -> None:
    site.change_person(ann(site), email_hidden=True)

    assert "emailAddress" not in client.user(ann(site).handle).raw
    assert _search(site, client, "ann@studio.test") == []
    assert log_in(site, "ann@studio.test").myself()["emailAddress"] == "ann@studio.test"


def test_people_who_cannot_be_assigned_are_left_out(site: JiraSite, client: jira.JIRA) -> None:
    site.set_assignable("ABC", ann(site), False)
    assert _search(site, client, "ann") == []

    site.set_assignable("ABC", ann(site), True)
    assert _search(site, client, "ann") == ["Ann Lee"]


def test_inactive_people_are_left_out(site: JiraSite, client: jira.JIRA) -> None:
    site.change_person(ann(site), active=False)

    assert _search(site, client, "ann") == []


def test_assignable_people_are_found_for_an_issue(
    site: JiraSite, client: jira.JIRA, task: str
) -> None:
    word = "query" if site.flavour.is_cloud else "username"

    found = client.search_assignable_users_for_issues(issueKey=task, **{word: "ann"})

    assert len(found) == 1


def test_assignable_search_needs_a_project_or_an_issue(site: JiraSite, client: jira.JIRA) -> None:
    word = "query" if site.flavour.is_cloud else "username"

    with pytest.raises(jira.JIRAError) as refused:
        client.search_assignable_users_for_issues(**{word: "ann"})

    assert refused.value.status_code == 400


def test_search_needs_the_flavours_own_parameter(site: JiraSite, client: jira.JIRA) -> None:
    word = "username" if site.flavour.is_cloud else "query"

    with pytest.raises(jira.JIRAError) as refused:
        client.search_assignable_users_for_issues(project="ABC", **{word: "ann"})

    assert refused.value.status_code == 400


def test_search_comes_in_pages_of_at_most_1000(site: JiraSite, client: jira.JIRA) -> None:
    for number in range(1005):
        site.add_person(f"Crowd {number:04}", f"crowd{number}@studio.test")

    first = _search(site, client, "crowd", maxResults=2000)
    rest = _search(site, client, "crowd", maxResults=2000, startAt=1000)

    assert (len(first), len(rest)) == (1000, 5)
    assert len(_search(site, client, "crowd")) == 50


def test_cloud_filters_a_page_after_taking_it(cloud: JiraSite) -> None:
    cloud.set_assignable("ABC", ann(cloud), False)

    found = log_in(cloud).search_assignable_users_for_issues(
        project="ABC", query="studio", maxResults=1
    )

    assert found == []


def test_account_id_is_searched_exactly_on_cloud(cloud: JiraSite) -> None:
    client, known = log_in(cloud), {"project": "ABC", "accountId": ann(cloud).account_id}

    found = client._get_json("user/assignable/search", params=known)
    nobody = client._get_json("user/assignable/search", params={**known, "accountId": "x"})

    assert ([user["displayName"] for user in found], nobody) == (["Ann Lee"], [])


def test_user_search_leaves_inactive_people_out_on_data_center(datacenter: JiraSite) -> None:
    client = log_in(datacenter)
    datacenter.change_person(ann(datacenter), active=False)

    assert client.search_users(user="ann") == []
    assert len(client.search_users(user="ann", includeInactive=True)) == 1
