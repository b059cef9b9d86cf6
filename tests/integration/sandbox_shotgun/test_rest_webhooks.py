"""Webhooks and their deliveries over the REST API."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from sg_jira.sandbox.shotgun import Actor, Entity, ShotgunSite
from tests.integration.receivers import Receiver

from .conftest import Clock, Rest, error


def make(rest: Rest, receiver: Receiver, **more: Any) -> dict[str, Any]:
    """Registers a webhook for changes of Tasks."""
    body = {"url": f"{receiver.url}/sg", "entity_types": {"Task": {"update": []}}, **more}
    answer = rest.call("POST", "webhook/hooks", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def rename(site: ShotgunSite, actor: Actor, task: Entity, name: str) -> None:
    actor.update("Task", task["id"], {"content": name})
    assert site.hooks.wait_until_idle(timeout=10)


def test_registered_webhook_is_told_and_signed(
    rest: Rest,
    site: ShotgunSite,
    receiver: Receiver,
    as_jane: Actor,
    task: Entity,
    project: Entity,
    script: Entity,
) -> None:
    made = make(rest, receiver, token="secret", name="Bridge", projects=[project])
    rename(site, as_jane, task, "Model")

    (got,) = receiver.received
    digest = hmac.new(b"secret", got.content, hashlib.sha1).hexdigest()
    assert got.headers["X-Sg-Signature"] == f"sha1={digest}"
    assert rest.get(f"webhook/hooks/{made['id']}")["data"] == {
        **made,
        "num_deliveries": 1,
    }
    assert made["created_by"] == {"type": "ApiUser", "id": script["id"]}
    assert (made["status"], made["projects"]) == ("active", [project["id"]])
    assert made["links"]["self"] == f"/api/v1.1/webhook/hooks/{made['id']}"
    assert "secret" not in str(made)


def test_webhook_is_changed_stopped_started_and_deleted(
    rest: Rest, site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    place = f"webhook/hooks/{make(rest, receiver)['id']}"
    rest.call("PUT", place, json={"status": "disabled", "batch_deliveries": True})
    assert rest.get(place)["data"]["status"] == "disabled"
    rename(site, as_jane, task, "Unheard")
    changed = rest.call("PUT", place, json={"status": "active"}).json()["data"]
    rename(site, as_jane, task, "Heard")

    assert (changed["status"], changed["batch_deliveries"]) == ("active", True)
    assert changed["updated_by"] is not None
    (got,) = receiver.received
    assert got.body["deliveries"][0]["data"]["meta"]["new_value"] == "Heard"
    assert rest.call("DELETE", place).status_code == 204
    assert error(rest.call("GET", place))["status"] == 404
    assert site.hooks.registered() == []


def test_webhooks_are_listed_by_status(rest: Rest, site: ShotgunSite, receiver: Receiver) -> None:
    ids = [make(rest, receiver)["id"] for _ in range(3)]
    rest.call("PUT", f"webhook/hooks/{ids[1]}", json={"status": "disabled"})

    assert [one["id"] for one in rest.get("webhook/hooks")["data"]] == ids
    disabled = rest.get("webhook/hooks", status="disabled")["data"]
    assert [one["id"] for one in disabled] == [ids[1]]
    assert len(rest.get("webhook/hooks", **{"page[size]": "2", "page[number]": "2"})["data"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"url": None},
        {"url": "ftp://example.test"},
        {"url": ""},
        {"entity_types": None},
        {"entity_types": {}},
        {"entity_types": {"Task": {"update": []}, "Note": {"update": []}}},
        {"entity_types": {"Dragon": {"update": []}}},
        {"entity_types": {"ApiUser": {"update": []}}},
        {"entity_types": {"EventLogEntry": {"create": []}}},
        {"entity_types": {"Task": {}}},
        {"entity_types": {"Task": {"burn": []}}},
        {"entity_types": {"Task": {"update": ["no_such_field"]}}},
        {"token": ""},
        {"token": 1},
        {"projects": [1_000_000]},
        {"projects": 1},
        {"batch_deliveries": "yes"},
    ],
)
def test_webhook_that_makes_no_sense_is_refused(
    rest: Rest, site: ShotgunSite, change: dict[str, Any]
) -> None:
    body = {"url": "http://example.test", "entity_types": {"Task": {"update": []}}, **change}
    answer = rest.call("POST", "webhook/hooks", json=body)

    assert list(error(answer)["source"]) == list(change)
    assert site.hooks.registered() == []


def test_delivery_is_shown_with_request_and_answer_and_acknowledged(
    rest: Rest, site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    hook = make(rest, receiver)
    rename(site, as_jane, task, "Model")
    (shown,) = rest.get(f"webhook/hooks/{hook['id']}/deliveries")["data"]
    place = f"webhook/deliveries/{shown['id']}"

    assert shown["status"] == "delivered"
    assert shown["response"]["status_code"] == 200
    assert shown["response"]["body"] == "x" * 100
    assert shown["request"]["body"] == receiver.received[0].content.decode()
    assert shown["request"]["headers"]["x-sg-delivery-id"] == shown["id"]
    assert rest.get(place)["data"] == shown
    told = rest.call("PUT", place, json={"acknowledgement": "synced"}).json()["data"]
    assert told["acknowledgement"] == "synced"
    for bad in ("x" * 4097, None, 1):
        refused = rest.call("PUT", place, json={"acknowledgement": bad})
        assert error(refused)["status"] == 400
    assert rest.get(place)["data"]["acknowledgement"] == "synced"


def test_deliveries_are_listed_by_status_record_and_time(
    rest: Rest,
    site: ShotgunSite,
    receiver: Receiver,
    as_jane: Actor,
    task: Entity,
    project: Entity,
    clock: Clock,
) -> None:
    other = as_jane.create("Task", {"content": "Other", "project": project})
    place = f"webhook/hooks/{make(rest, receiver)['id']}/deliveries"
    receiver.answers = [500]
    rename(site, as_jane, task, "Failed")
    clock.move(minutes=5)
    rename(site, as_jane, task, "Later")
    rename(site, as_jane, {"type": "Task", "id": other["id"]}, "Too")

    def values(**filters: str) -> list[str]:
        bodies = [one["request"]["body"] for one in rest.get(place, **filters)["data"]]
        return [json.loads(body)["data"]["meta"]["new_value"] for body in bodies]

    assert values() == ["Too", "Later", "Failed"]
    assert values(status="failed") == ["Failed"]
    assert values(entity_type="Task", entity_id=str(task["id"])) == ["Later", "Failed"]
    assert values(entity_type="Note") == []
    assert values(**{"from": "2024-05-15T12:01:00Z"}) == ["Too", "Later"]
    assert values(to="2024-05-15T12:01:00Z") == ["Failed"]
    for wrong in ({"status": "odd"}, {"entity_id": "x"}, {"from": "yesterday"}):
        assert error(rest.call("GET", place, params=wrong))["status"] == 400


def test_failed_delivery_is_sent_again_on_demand(
    rest: Rest, site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    receiver.answers = [500]
    hook = make(rest, receiver)
    rename(site, as_jane, task, "Model")
    (failed,) = rest.get(f"webhook/hooks/{hook['id']}/deliveries", status="failed")["data"]
    answer = rest.call("POST", f"webhook/deliveries/{failed['id']}/redeliver")
    assert site.hooks.wait_until_idle(timeout=10)

    assert answer.status_code == 202
    first, second = (got.body["data"] for got in receiver.received)
    assert first == second
    assert rest.get(f"webhook/deliveries/{failed['id']}")["data"]["status"] == "delivered"
    assert error(rest.call("POST", "webhook/deliveries/none/redeliver"))["status"] == 404


def test_connection_can_be_tried(rest: Rest, site: ShotgunSite, receiver: Receiver) -> None:
    hook = make(rest, receiver, token="secret")
    place = f"webhook/hooks/{hook['id']}/test_connection"
    receiver.answers = [200, 403]
    tried = [rest.call("POST", place).json()["data"] for _ in range(2)]
    receiver.stop()
    tried.append(rest.call("POST", place).json()["data"])

    assert tried == [
        {"success": True, "response_code": 200, "error": None},
        {"success": False, "response_code": 403, "error": None},
        {"success": False, "response_code": None, "error": "ConnectionError"},
    ]
    assert receiver.received[0].body["data"] == {}
    assert "X-Sg-Signature" in receiver.received[0].headers
    assert site.hooks.deliveries() == []
