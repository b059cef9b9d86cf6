"""What FPTR's webhooks tell, how it is signed, and what happens when nobody takes it."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

import pytest
import shotgun_api3

from sg_jira.sandbox.shotgun import (
    Actor,
    DeliveryStatus,
    Entity,
    HookStatus,
    ShotgunSite,
)
from tests.integration.receivers import Receiver, secure_receiver

from .conftest import Clock


def settle(site: ShotgunSite) -> None:
    """Waits until the site has sent its webhooks."""
    assert site.hooks.wait_until_idle(timeout=10)


def told(receiver: Receiver) -> list[tuple[str, str | None]]:
    """What single deliveries told: operation and field."""
    data = [got.body["data"] for got in receiver.received]
    return [(one["operation"], one["attribute_name"]) for one in data]


def link(entity: Entity) -> dict[str, Any]:
    return {"type": entity["type"], "id": entity["id"]}


def test_change_is_told_as_the_site_does(
    site: ShotgunSite,
    receiver: Receiver,
    as_jane: Actor,
    task: Entity,
    project: Entity,
    jane: Entity,
) -> None:
    hook = site.hooks.add(f"{receiver.url}/sg", entity_types={"Task": {"update": ["content"]}})
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(site)

    (got,) = receiver.received
    entry = site.events()[-1]
    data = got.body["data"]
    assert got.body["timestamp"] == "2024-05-15T12:00:00Z"
    assert uuid.UUID(data["delivery_id"])
    assert data == {
        "id": data["id"],
        "event_log_entry_id": entry["id"],
        "event_type": "Shotgun_Task_Change",
        "operation": "update",
        "attribute_name": "content",
        "entity": link(task),
        "project": link(project),
        "user": link(jane),
        "session_uuid": "session-of-jane",
        "delivery_id": data["delivery_id"],
        "created_at": "2024-05-15 12:00:00.000000",
        "meta": entry["meta"],
    }
    headers = {name.lower(): value for name, value in got.headers.items()}
    assert headers["x-sg-webhook-id"] == hook.id
    assert headers["x-sg-delivery-id"] == data["delivery_id"]
    assert headers["x-sg-webhook-site-url"] == site.url
    assert (headers["x-sg-event-batch-size"], headers["x-sg-event-batch-index"]) == ("1", "0")
    assert "x-sg-signature" not in headers


def test_body_is_signed_with_the_secret(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg", "It's a Secret")
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(site)

    (got,) = receiver.received
    digest = hmac.new(b"It's a Secret", got.content, hashlib.sha1).hexdigest()
    assert got.headers["X-Sg-Signature"] == f"sha1={digest}"


def test_creation_is_told_once_without_its_fields(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, project: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg", entity_types={"Task": {}})
    as_jane.create("Task", {"content": "Rig", "project": project, "sg_sync_in_jira": True})
    settle(site)

    assert told(receiver) == [("create", None)]
    assert receiver.received[0].body["data"]["event_type"] == "Shotgun_Task_New"


def test_retirement_and_revival_are_operations_of_their_own(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg", entity_types={"Task": {}})
    as_jane.delete("Task", task["id"])
    as_jane.revive("Task", task["id"])
    settle(site)

    assert told(receiver) == [("delete", None), ("revive", None)]


def test_only_the_registered_types_operations_fields_and_projects_are_told(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, project: Entity, asset: Entity
) -> None:
    other = as_jane.create("Project", {"name": "Small Film"})
    wanted = {"Task": {"create": [], "update": ["sg_status_list", "due_date"]}}
    site.hooks.add(f"{receiver.url}/sg", entity_types=wanted, projects=[project["id"]])
    ours = as_jane.create("Task", {"content": "Rig", "project": project})
    theirs = as_jane.create("Task", {"content": "Rig", "project": other})
    for one in (ours, theirs):
        as_jane.update("Task", one["id"], {"content": "Model", "sg_status_list": "ip"})
    as_jane.delete("Task", ours["id"])
    as_jane.update("Asset", asset["id"], {"code": "Wyvern"})
    settle(site)

    assert told(receiver) == [("create", None), ("update", "sg_status_list")]


def test_fields_of_one_change_are_one_batch_of_events(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg")
    as_jane.update("Task", task["id"], {"content": "Model", "sg_status_list": "ip"})
    settle(site)

    headers = [got.headers for got in receiver.received]
    assert len({one["X-Sg-Event-Batch-Id"] for one in headers}) == 1
    assert [one["X-Sg-Event-Batch-Size"] for one in headers] == ["2", "2"]
    assert [one["X-Sg-Event-Batch-Index"] for one in headers] == ["0", "1"]


def test_batches_bring_up_to_fifty_deliveries_in_order(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg", batch=True)
    site.hooks.hold()
    for number in range(60):
        as_jane.update("Task", task["id"], {"content": f"Rig {number}"})
    site.hooks.release()
    settle(site)

    batches = [got.body["deliveries"] for got in receiver.received]
    assert [len(batch) for batch in batches] == [50, 10]
    names = [one["data"]["meta"]["new_value"] for batch in batches for one in batch]
    assert names == [f"Rig {number}" for number in range(60)]
    assert [got.headers["X-Sg-Event-Batch-Size"] for got in receiver.received] == ["50", "10"]


def test_change_that_is_undone_is_not_told(
    site: ShotgunSite,
    receiver: Receiver,
    sg: shotgun_api3.Shotgun,
    task: Entity,
) -> None:
    site.hooks.add(f"{receiver.url}/sg")
    good = {"request_type": "update", "entity_type": "Task", "entity_id": task["id"]}
    with pytest.raises(shotgun_api3.Fault):
        sg.batch(
            [
                {**good, "data": {"content": "Model"}},
                {**good, "data": {"no_such_field": 1}},
            ]
        )

    assert site.hooks.idle
    assert site.hooks.deliveries() == []


def test_values_of_more_than_a_megabyte_are_left_out(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg")
    as_jane.update("Task", task["id"], {"sg_description": "x" * 1_100_000})
    settle(site)

    meta = receiver.received[0].body["data"]["meta"]
    assert "1 MB" in meta["warning"]
    assert "new_value" not in meta
    assert meta["attribute_name"] == "sg_description"


@pytest.mark.parametrize(
    ("status", "fate"), [(204, "delivered"), (399, "delivered"), (400, "failed")]
)
def test_answers_below_400_are_a_success(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity, status: int, fate: str
) -> None:
    receiver.answers = [status]
    hook = site.hooks.add(f"{receiver.url}/sg")
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(site)

    (delivery,) = site.hooks.deliveries(hook)
    assert (delivery.status.value, delivery.response_code) == (fate, status)
    assert len(receiver.received) == 1  # a failure is not repeated
    healthy = HookStatus.ACTIVE if fate == "delivered" else HookStatus.UNSTABLE
    assert site.hooks.status(hook) is healthy


def test_answer_that_takes_too_long_is_a_failure_and_the_rest_is_cut(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.timing.timeout = site.hooks.timing.per_delivery = 0.05
    hook = site.hooks.add(f"{receiver.url}/sg")
    receiver.open.clear()
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(site)
    receiver.open.set()
    site.hooks.timing.timeout = 5
    as_jane.update("Task", task["id"], {"content": "Rig"})
    settle(site)

    slow, quick = site.hooks.deliveries(hook)
    assert (slow.status, slow.error) == (DeliveryStatus.FAILED, "ReadTimeout")
    assert (quick.status, quick.response_body) == (DeliveryStatus.DELIVERED, "x" * 100)


def test_hundred_failures_within_a_day_stop_a_webhook(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity, clock: Clock
) -> None:
    hook = site.hooks.add(f"{receiver.url}/sg")
    receiver.answers = [500] * 101
    _fail(site, as_jane, task, 1)
    clock.move(hours=25)
    _fail(site, as_jane, task, 99)
    assert site.hooks.status(hook) is HookStatus.UNSTABLE
    _fail(site, as_jane, task, 1)
    assert site.hooks.status(hook) is HookStatus.FAILED

    as_jane.update("Task", task["id"], {"content": "Unheard"})
    settle(site)
    assert len(receiver.received) == 101

    hook.start()
    as_jane.update("Task", task["id"], {"content": "Heard"})
    settle(site)
    assert receiver.received[-1].body["data"]["meta"]["new_value"] == "Heard"
    assert site.hooks.status(hook) is HookStatus.ACTIVE


def _fail(site: ShotgunSite, actor: Actor, task: Entity, times: int) -> None:
    for number in range(times):
        actor.update("Task", task["id"], {"sg_description": f"{times} {number}"})
    settle(site)


def test_failed_delivery_can_be_sent_again_as_it_was(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    receiver.answers = [500]
    hook = site.hooks.add(f"{receiver.url}/sg", "secret")
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(site)
    (delivery,) = site.hooks.deliveries(hook)
    site.hooks.redeliver(delivery)
    settle(site)

    first, second = (got.body["data"] for got in receiver.received)
    assert first == second
    assert delivery.status is DeliveryStatus.DELIVERED


def test_deliveries_are_kept_for_a_week(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity, clock: Clock
) -> None:
    hook = site.hooks.add(f"{receiver.url}/sg")
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(site)
    clock.move(days=7)
    (delivery,) = site.hooks.deliveries(hook)
    clock.move(seconds=1)

    assert site.hooks.find_delivery(delivery.id) is None


def test_webhooks_are_dropped_repeated_and_overtaken_by_setting(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    site.hooks.add(f"{receiver.url}/sg")
    site.hooks.mishaps.drop, site.hooks.mishaps.repeat, site.hooks.mishaps.reorder = 0.2, 0.2, 0.2
    for number in range(100):
        as_jane.update("Task", task["id"], {"content": f"Rig {number}"})
    settle(site)

    ids = [got.body["data"]["event_log_entry_id"] for got in receiver.received]
    assert 60 < len(set(ids)) < 95
    assert len(ids) > len(set(ids)) + 5
    firsts = list(dict.fromkeys(ids))
    assert firsts != sorted(firsts)


def test_removed_webhook_sends_nothing_more(
    site: ShotgunSite, receiver: Receiver, as_jane: Actor, task: Entity
) -> None:
    hook = site.hooks.add(f"{receiver.url}/sg")
    site.hooks.hold()
    as_jane.update("Task", task["id"], {"content": "Model"})
    assert not site.hooks.idle
    site.hooks.remove(hook)
    site.hooks.release()

    assert site.hooks.idle
    assert (site.hooks.registered(), receiver.received) == ([], [])


@pytest.mark.parametrize(("validated", "fate"), [(True, "failed"), (False, "delivered")])
def test_certificate_of_the_receiver_is_validated_unless_that_is_turned_off(
    site: ShotgunSite, as_jane: Actor, task: Entity, validated: bool, fate: str
) -> None:
    with secure_receiver() as url:
        hook = site.hooks.add(url, validate_ssl_cert=validated)
        as_jane.update("Task", task["id"], {"content": "Model"})
        settle(site)

    (delivery,) = site.hooks.deliveries(hook)
    assert delivery.status.value == fate
    assert delivery.error == (None if fate == "delivered" else "SSLError")
