"""The REST API: tokens, records, conversations and schema fields, as an HTTP client meets them."""

from __future__ import annotations

from typing import Any

import pytest
import shotgun_api3

from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.shotgun import Actor, Entity, ShotgunSite

from .conftest import Clock, Rest, error


def test_script_gets_a_token_for_ten_minutes(rest: Rest, clock: Clock) -> None:
    answer = rest.log_in()

    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 600)
    clock.move(seconds=599)
    assert rest.call("GET", "schema").status_code == 200
    clock.move(seconds=1)
    expired = rest.call("GET", "schema")
    assert expired.status_code == 401
    assert (error(expired)["code"], error(expired)["title"]) == (102, "Unauthorized")


def test_refresh_token_works_once_and_for_a_day(anyone: Rest, clock: Clock) -> None:
    first = anyone.log_in()["refresh_token"]
    second = anyone.token(grant_type="refresh", refresh_token=first)
    again = anyone.token(grant_type="refresh", refresh_token=first)
    clock.move(hours=24)
    late = anyone.token(grant_type="refresh", refresh_token=second.json()["refresh_token"])

    assert [answer.status_code for answer in (second, again, late)] == [200, 401, 401]


def test_person_gets_a_token_by_password(anyone: Rest, jane: Entity) -> None:
    answer = anyone.token(grant_type="password", username="jane", password="secret-of-jane")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "client_credentials", "client_id": "pipeline", "client_secret": "no"},
        {"grant_type": "client_credentials"},
        {"grant_type": "password", "username": "nobody", "password": "secret"},
        {"grant_type": "refresh"},
        {"grant_type": "magic"},
        {},
    ],
)
def test_wrong_credentials_get_no_token(anyone: Rest, form: dict[str, str]) -> None:
    answer = anyone.token(**form)

    assert answer.status_code == 401
    assert error(answer)["code"] == 102


def test_nothing_is_told_without_a_token(anyone: Rest) -> None:
    for path in ("schema", "webhook/hooks", "entity/tasks", "no/such/thing"):
        assert anyone.call("GET", path).status_code == 401


def test_script_may_act_for_a_person(anyone: Rest, jane: Entity, site: ShotgunSite) -> None:
    answer = anyone.token(
        grant_type="client_credentials",
        client_id="pipeline",
        client_secret="key-of-pipeline",
        scope="sudo_as_login:jane",
    ).json()
    anyone.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    site.forbid(jane, "read", "Task")

    assert error(anyone.call("GET", "entity/tasks"))["status"] == 403


def test_record_is_shown_with_its_links_apart(rest: Rest, task: Entity, asset: Entity) -> None:
    data = rest.get(f"entity/tasks/{task['id']}", fields="content,entity")["data"]

    assert data["type"] == "Task"
    assert data["attributes"] == {"content": "Rig"}
    assert data["relationships"]["entity"]["data"] == asset
    assert data["links"]["self"] == f"/api/v1.1/entity/tasks/{task['id']}"


def test_record_has_all_its_fields_unless_some_are_asked_for(rest: Rest, task: Entity) -> None:
    data = rest.get(f"entity/Task/{task['id']}")["data"]

    assert data["attributes"]["sg_status_list"] is None or data["attributes"]["sg_status_list"]
    assert "project" in data["relationships"]


def test_event_log_is_read_page_by_page(
    rest: Rest, site: ShotgunSite, as_jane: Actor, task: Entity
) -> None:
    before = site.last_event_id
    for number in range(5):
        as_jane.update("Task", task["id"], {"content": f"Rig {number}"})
    body = {
        "filters": [["id", "greater_than", before]],
        "fields": ["event_type", "meta"],
        "sort": "id",
    }
    pages = [
        rest.call(
            "POST",
            "entity/event_log_entries/_search",
            json={**body, "page": {"size": 2, "number": number}},
        ).json()
        for number in (1, 2, 3)
    ]

    ids = [one["id"] for page in pages for one in page["data"]]
    assert ids == list(range(before + 1, before + 6))
    assert pages[0]["data"][0]["attributes"]["meta"]["new_value"] == "Rig 0"
    assert ["next" in page["links"] for page in pages] == [True, True, False]
    assert ["prev" in page["links"] for page in pages] == [False, True, True]


def test_records_are_found_by_both_kinds_of_filters(
    rest: Rest, task: Entity, project: Entity
) -> None:
    nested = {
        "logical_operator": "or",
        "conditions": [["content", "is", "Rig"], ["id", "in", [1, 2]]],
    }
    for filters in ([["content", "is", "Rig"], ["project", "is", project]], nested):
        found = rest.call("POST", "entity/tasks/_search", json={"filters": filters}).json()
        assert [one["id"] for one in found["data"]] == [task["id"]]
    assert rest.get("entity/tasks", **{"filter[content]": "Rig,Model"})["data"]
    assert rest.get("entity/tasks", **{"filter[id]": "1"})["data"] == []


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "entity/dragons", {}, 404),
        ("GET", "entity/tasks/1", {}, 404),
        ("GET", "entity/notes/1/thread_contents", {}, 404),
        ("GET", "nothing", {}, 404),
        ("DELETE", "schema", {}, 405),
        ("GET", "entity/tasks", {"params": {"page[size]": "0"}}, 400),
        ("GET", "entity/tasks", {"params": {"page[number]": "x"}}, 400),
        ("GET", "entity/tasks", {"params": {"filter[id]": "x"}}, 400),
        ("GET", "entity/tasks", {"params": {"filter[nothing]": "x"}}, 400),
        ("GET", "entity/tasks", {"params": {"sort": "nothing"}}, 400),
        ("POST", "entity/tasks/_search", {"json": {"filters": [["content"]]}}, 400),
        ("POST", "entity/tasks/_search", {"json": []}, 400),
        ("POST", "entity/tasks/_search", {"data": "{"}, 400),
    ],
)
def test_request_that_makes_no_sense_is_an_error(
    rest: Rest, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = rest.call(method, path, **options)

    assert answer.status_code == status
    assert error(answer)["detail"]


def test_conversation_of_a_note_is_read(
    rest: Rest, as_jane: Actor, project: Entity, jane: Entity
) -> None:
    note = as_jane.create("Note", {"project": project, "content": "Look"})
    link = {"type": "Note", "id": note["id"]}
    as_jane.create("Reply", {"entity": link, "content": "I see"})
    told = rest.get(f"entity/notes/{note['id']}/thread_contents")["data"]

    assert [(one["type"], one["attributes"]["content"]) for one in told] == [
        ("Note", "Look"),
        ("Reply", "I see"),
    ]
    assert told[1]["relationships"]["user"]["data"]["id"] == jane["id"]


def test_field_made_here_is_there_for_shotgun_api3(rest: Rest, sg: shotgun_api3.Shotgun) -> None:
    properties = [
        {"property_name": "name", "value": "Jira Number"},
        {"property_name": "unique", "value": True},
    ]
    body = {"data_type": "text", "properties": properties}
    made = rest.call("POST", "schema/Task/fields", json=body)

    assert made.status_code == 201
    (code,) = made.json()["data"]
    assert code == "sg_jira_number"
    field = sg.schema_field_read("Task", code)[code]
    assert (field["name"]["value"], field["unique"]["value"]) == ("Jira Number", True)
    assert rest.get(f"schema/tasks/fields/{code}")["data"] == {code: field}
    assert code in rest.get("schema/Task/fields")["data"]

    renamed = [{"property_name": "name", "value": "Number"}]
    rest.call("PUT", f"schema/Task/fields/{code}", json={"properties": renamed})
    assert sg.schema_field_read("Task", code)[code]["name"]["value"] == "Number"
    assert rest.call("DELETE", f"schema/Task/fields/{code}").status_code == 204
    assert rest.call("DELETE", f"schema/Task/fields/{code}").status_code == 404


def test_field_made_by_shotgun_api3_is_there_here(rest: Rest, sg: shotgun_api3.Shotgun) -> None:
    code = sg.schema_field_create("Task", "text", "Jira Name", {"unique": True})

    described = rest.get(f"schema/Task/fields/{code}")["data"][code]
    assert (described["name"]["value"], described["unique"]["value"]) == ("Jira Name", True)
    with pytest.raises(shotgun_api3.Fault, match="cannot be unique"):
        sg.schema_field_create("Task", "number", "Number", {"unique": True})


def test_field_that_cannot_be_made_is_an_error(
    rest: Rest, site: ShotgunSite, script: Entity
) -> None:
    name = [{"property_name": "name", "value": "A"}]
    for body in ({"data_type": "soup", "properties": name}, {"data_type": "text"}):
        assert error(rest.call("POST", "schema/Task/fields", json=body))["status"] == 400
    site.forbid(script, "schema", "Task")
    refused = rest.call(
        "POST", "schema/Task/fields", json={"data_type": "text", "properties": name}
    )
    assert error(refused)["status"] == 403


def test_calls_are_counted_and_faults_look_like_the_apis_own(rest: Rest, site: ShotgunSite) -> None:
    site.controls.faults.add(Fault(FaultKind.STATUS, endpoint="GET schema", status=503))
    answer = rest.call("GET", "schema")

    assert error(answer)["status"] == 503
    assert site.controls.calls.count("POST auth/access_token", "pipeline") == 1
    assert site.controls.calls.count("GET schema", "pipeline") == 1
