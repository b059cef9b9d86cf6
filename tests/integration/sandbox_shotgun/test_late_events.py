"""Entries of the event log that can be read late or never, as on a real site."""

from __future__ import annotations

import pytest
import shotgun_api3

from sg_jira.sandbox.shotgun import Actor, Entity, Forwarder, ShotgunSite
from tests.integration.receivers import Receiver

from .conftest import Clock


def rename(actor: Actor, task: Entity, times: int) -> None:
    for number in range(times):
        actor.update("Task", task["id"], {"content": f"Rig {number}"})


def read(sg: shotgun_api3.Shotgun, after: int) -> list[int]:
    filters = [["id", "greater_than", after]]
    order = [{"field_name": "id", "direction": "asc"}]
    return [one["id"] for one in sg.find("EventLogEntry", filters, ["id"], order=order)]


def test_late_entries_show_up_between_those_that_were_read_before(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, as_jane: Actor, task: Entity, clock: Clock
) -> None:
    before = site.last_event_id
    site.log_mishaps.late = 0.3
    rename(as_jane, task, 20)
    every = list(range(before + 1, before + 21))
    first = read(sg, before)
    clock.move(seconds=site.log_mishaps.within)

    assert site.last_event_id == every[-1]
    assert set(first) < set(every)
    assert len(first) > 5
    assert read(sg, before) == every


def test_lost_entries_never_show_up_but_webhooks_tell_of_them(
    site: ShotgunSite,
    sg: shotgun_api3.Shotgun,
    as_jane: Actor,
    task: Entity,
    clock: Clock,
    receiver: Receiver,
) -> None:
    before = site.last_event_id
    site.hooks.add(f"{receiver.url}/sg")
    site.log_mishaps.lost = 1
    rename(as_jane, task, 2)
    clock.move(days=1)
    assert site.hooks.wait_until_idle(timeout=10)

    assert read(sg, before) == []
    ids = [got.body["data"]["event_log_entry_id"] for got in receiver.received]
    assert ids == [before + 1, before + 2]


def test_ids_are_skipped_by_setting(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, as_jane: Actor, task: Entity
) -> None:
    before = site.last_event_id
    site.log_mishaps.gap = 1
    rename(as_jane, task, 3)

    assert read(sg, before) == [before + 2, before + 4, before + 6]


def test_the_event_daemon_posts_late_entries_when_it_can_read_them(
    site: ShotgunSite, as_jane: Actor, task: Entity, clock: Clock, receiver: Receiver
) -> None:
    forwarder = Forwarder(site, receiver.url)
    forwarder.start()
    site.log_mishaps.late = 1
    as_jane.update("Task", task["id"], {"content": "Late"})
    site.log_mishaps.late = 0
    as_jane.update("Task", task["id"], {"content": "Soon"})
    site.wait_for_appearance(site.shown_events - 1, timeout=5)
    assert not forwarder.idle
    clock.move(minutes=1)
    for _ in range(500):
        if forwarder.idle:
            break
        site.wait_for_appearance(site.shown_events, timeout=0.01)
    forwarder.stop()

    assert [got.body["meta"]["new_value"] for got in receiver.received] == ["Soon", "Late"]


def test_undone_change_leaves_no_late_entry(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, task: Entity, clock: Clock
) -> None:
    before = site.last_event_id
    site.log_mishaps.late = 1
    update = {"request_type": "update", "entity_type": "Task", "entity_id": task["id"]}
    with pytest.raises(shotgun_api3.Fault):
        sg.batch([{**update, "data": {"content": "A"}}, {**update, "data": {"nothing": 1}}])
    clock.move(minutes=5)

    assert read(sg, before) == []
    assert site.last_event_id == before
    assert site.expected_events == site.shown_events
