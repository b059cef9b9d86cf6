"""Who may talk to the site."""

import pytest
import requests
import shotgun_api3

from sg_jira.sandbox.shotgun import Entity, ShotgunSite

NAMELESS = {"method_name": "read", "params": []}


def test_a_client_connects_and_learns_the_version(sg):
    assert sg.server_caps.version >= (8, 0, 0)
    assert sg.info()["version"]


def test_a_script_with_its_key_may_read(sg, script):
    found = sg.find_one("ApiUser", [["firstname", "is", "pipeline"]], ["firstname"])

    assert found == {"type": "ApiUser", "id": script["id"], "firstname": "pipeline"}


def test_a_wrong_key_is_an_authentication_fault(connect, script):
    client = connect(script_name="pipeline", api_key="wrong")

    with pytest.raises(shotgun_api3.AuthenticationFault, match="script 'pipeline'"):
        client.find_one("Task", [])


def test_an_unknown_script_is_an_authentication_fault(connect):
    with pytest.raises(shotgun_api3.AuthenticationFault, match="nobody"):
        connect(script_name="nobody", api_key="wrong").find_one("Task", [])


def test_a_retired_script_may_not_log_in(site, sg, script, as_jane):
    as_jane.delete("ApiUser", script["id"])

    with pytest.raises(shotgun_api3.AuthenticationFault):
        sg.find_one("Task", [])


def test_a_person_logs_in_with_the_password(connect, jane, project):
    client = connect(login="jane", password="secret-of-jane")

    created = client.create("Asset", {"code": "A", "project": project}, ["created_by"])

    assert created["created_by"] == {"type": "HumanUser", "id": jane["id"], "name": "Jane Doe"}


def test_a_wrong_password_is_an_authentication_fault(connect, jane):
    with pytest.raises(shotgun_api3.AuthenticationFault, match="jane"):
        connect(login="jane", password="wrong").find_one("Task", [])


def test_a_disabled_person_may_not_log_in(connect, jane, sg):
    sg.update("HumanUser", jane["id"], {"sg_status_list": "dis"})

    with pytest.raises(shotgun_api3.AuthenticationFault):
        connect(login="jane", password="secret-of-jane").find_one("Task", [])


def test_a_script_checks_a_persons_password(sg, jane):
    assert sg.authenticate_human_user("jane", "secret-of-jane")["id"] == jane["id"]


def test_a_session_token_stands_for_the_person(connect, jane, project):
    token = connect(login="jane", password="secret-of-jane").get_session_token()

    client = connect(session_token=token)

    assert (
        client.create("Asset", {"code": "A", "project": project}, ["created_by"])["created_by"][
            "id"
        ]
        == (jane["id"])
    )


def test_an_unknown_session_token_is_an_authentication_fault(connect):
    with pytest.raises(shotgun_api3.AuthenticationFault, match="session"):
        connect(session_token="made-up").find_one("Task", [])


def test_a_script_acts_in_a_persons_name(site: ShotgunSite, connect, script, jane, project):
    client = connect(script_name="pipeline", api_key="key-of-pipeline", sudo_as_login="jane")
    before = site.last_event_id

    created = client.create("Asset", {"code": "A", "project": project}, ["created_by"])

    assert created["created_by"]["id"] == jane["id"]
    event = site.events(after=before)[0]
    assert event["user"]["id"] == jane["id"]
    assert event["meta"]["sudo_actual_user"]["id"] == script["id"]


def test_acting_as_an_unknown_person_is_an_authentication_fault(connect, script: Entity):
    client = connect(script_name="pipeline", api_key="key-of-pipeline", sudo_as_login="nobody")

    with pytest.raises(shotgun_api3.AuthenticationFault, match="nobody"):
        client.find_one("Task", [])


def test_keys_and_passwords_are_in_no_answer(site, sg, script, jane):
    shown = f"{site.record('ApiUser', script['id'])} {site.record('HumanUser', jane['id'])}"

    assert "key-of-pipeline" not in shown
    assert "secret-of-jane" not in shown


@pytest.mark.parametrize("body", [{"params": []}, [], "text", {"method_name": 5}])
def test_a_body_that_is_no_call_is_refused(site, body):
    answer = requests.post(f"{site.url}/api3/json", json=body, timeout=5)

    assert answer.status_code == 400
    assert "method_name" in answer.json()["message"]


def test_a_body_nested_beyond_the_parser_is_refused(site):
    answer = requests.post(
        f"{site.url}/api3/json",
        data="[" * 100_000,
        headers={"content-type": "application/json"},
        timeout=5,
    )

    assert answer.status_code == 400


def test_a_call_without_credentials_is_an_authentication_fault(site):
    answer = requests.post(f"{site.url}/api3/json", json=NAMELESS, timeout=5)

    assert answer.json()["error_code"] == 102
