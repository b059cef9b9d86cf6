"""Who may talk to the site, and what the others hear."""

from __future__ import annotations

import jira
import pytest
import requests

from sg_jira.sandbox.jira import JiraSite

from .conftest import ann, log_in


def test_client_logs_in_and_knows_itself(site: JiraSite, client: jira.JIRA) -> None:
    assert client.myself()["displayName"] == "The Bridge"


def test_client_recognises_the_flavour(site: JiraSite, client: jira.JIRA) -> None:
    cloud = site.flavour.is_cloud

    assert client._is_cloud is cloud
    assert client._version == ((1001, 0, 0) if cloud else (10, 3, 0))


def test_current_user_is_the_account_id_on_cloud(cloud: JiraSite) -> None:
    client = log_in(cloud, "ann@studio.test")

    assert client.current_user() == ann(cloud).account_id


def test_current_user_is_the_name_on_data_center(datacenter: JiraSite) -> None:
    assert log_in(datacenter).current_user() == "sync.bot"


def test_personal_access_token_logs_in_on_data_center(datacenter: JiraSite) -> None:
    token = datacenter.credentials(ann(datacenter)).token

    client = jira.JIRA(datacenter.url, token_auth=token, max_retries=0)

    assert client.current_user() == "ann"


def test_bearer_tokens_mean_nothing_on_cloud(cloud: JiraSite) -> None:
    answer = requests.get(
        f"{cloud.url}/rest/api/2/myself", headers={"Authorization": "Bearer abc"}, timeout=5
    )

    assert answer.status_code == 401


def test_wrong_secret_is_refused_even_for_server_info(site: JiraSite) -> None:
    user = site.credentials(ann(site)).user

    with pytest.raises(jira.JIRAError) as refused:
        jira.JIRA(site.url, basic_auth=(user, "wrong"), max_retries=0)

    assert refused.value.status_code == 401
    assert refused.value.response.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"


@pytest.mark.parametrize("header", ["Basic ###", "Basic 4pyT", "Digest abc"])
def test_unreadable_credentials_are_refused(site: JiraSite, header: str) -> None:
    answer = requests.get(
        f"{site.url}/rest/api/2/myself", headers={"Authorization": header}, timeout=5
    )

    assert answer.status_code == 401


def test_nobody_gets_server_info_and_nothing_else(site: JiraSite) -> None:
    client = jira.JIRA(site.url, max_retries=0)

    with pytest.raises(jira.JIRAError) as refused:
        client.fields()

    assert refused.value.status_code == 401
    assert "authenticated" in refused.value.text


def test_inactive_person_cannot_log_in(site: JiraSite) -> None:
    known = site.credentials(ann(site))
    site.change_person(ann(site), active=False)

    with pytest.raises(jira.JIRAError) as refused:
        jira.JIRA(site.url, basic_auth=(known.user, known.secret), max_retries=0)

    assert refused.value.status_code == 401


def test_credentials_print_no_secret(site: JiraSite) -> None:
    known = site.credentials(ann(site))

    assert known.secret not in repr(known)
    assert known.secret not in str(known)


def test_unknown_resource_is_answered_in_jiras_form(site: JiraSite, client: jira.JIRA) -> None:
    answer = client._session.get

    with pytest.raises(jira.JIRAError) as refused:
        answer(f"{site.url}/rest/api/2/nothing")

    assert refused.value.status_code == 404


def test_version_3_of_the_api_is_on_cloud_only(site: JiraSite) -> None:
    known = site.credentials(ann(site))

    answer = requests.get(
        f"{site.url}/rest/api/3/myself", auth=(known.user, known.secret), timeout=5
    )

    assert answer.status_code == (200 if site.flavour.is_cloud else 404)


def test_body_that_is_no_json_is_refused(site: JiraSite) -> None:
    known = site.credentials(ann(site))

    answer = requests.post(
        f"{site.url}/rest/api/2/issue", data=b"{oops", auth=(known.user, known.secret), timeout=5
    )

    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


def test_body_that_is_no_object_is_refused(site: JiraSite) -> None:
    known = site.credentials(ann(site))

    answer = requests.post(
        f"{site.url}/rest/api/2/issue", json=[1], auth=(known.user, known.secret), timeout=5
    )

    assert answer.status_code == 400


def test_second_person_with_the_same_mail_is_refused(site: JiraSite) -> None:
    with pytest.raises(ValueError, match="already a person"):
        site.add_person("Ann Too", "ann@studio.test")
