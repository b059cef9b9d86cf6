"""What FPTR's own webhooks tell, in the form that the event daemon posts."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.deliveries import is_delivery, log_entries


def delivery(**data: Any) -> dict[str, Any]:
    return {"data": {"event_log_entry_id": 7, "entity": {"type": "Task", "id": 12}, **data}}


def change_in(body: dict[str, Any]) -> dict[str, Any]:
    (entry,) = log_entries(body)
    meta: dict[str, Any] = entry["meta"]
    return meta


def test_a_change_is_told_as_it_is() -> None:
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": "x"}
    user = {"type": "HumanUser", "id": 2}

    (entry,) = log_entries(
        delivery(operation="update", meta=meta, user=user, session_uuid="u", project={"id": 1})
    )

    assert entry["meta"] == {**meta, "entity_type": "Task", "entity_id": 12}
    assert (entry["entity_type"], entry["entity_id"]) == ("Task", 12)
    assert (entry["user"], entry["session_uuid"], entry["project"]) == (user, "u", {"id": 1})
    assert entry["event_log_entry_id"] == 7


@pytest.mark.parametrize(
    ("kind", "field"),
    [("Task", "sg_sync_in_jira"), ("Asset", "sg_sync_in_jira"), ("Note", "tasks")],
)
@pytest.mark.parametrize("told", [{"operation": "create"}, {"event_type": "Shotgun_Any_New"}])
def test_a_creation_becomes_a_change_whose_value_is_to_be_read(kind, field, told) -> None:
    (entry,) = log_entries(
        delivery(entity={"type": kind, "id": 3}, meta={"type": "new_entity"}, **told)
    )

    assert entry["presumed"] is True
    assert entry["meta"]["type"] == "attribute_change"
    assert entry["meta"]["attribute_name"] == field
    assert entry["meta"]["in_create"] is True


def test_a_change_that_was_too_long_to_be_told_is_to_be_read() -> None:
    meta = {"type": "attribute_change", "attribute_name": "sg_description", "warning": "too long"}
    cut = log_entries(delivery(operation="update", meta=meta))
    whole = log_entries(delivery(operation="update", meta={**meta, "new_value": None}))
    added = log_entries(delivery(operation="update", meta={**meta, "added": [], "removed": []}))

    assert [each.get("presumed") for each in (*cut, *whole, *added)] == [True, None, None]


def test_a_deletion_and_a_revival_become_changes_of_the_retirement_date() -> None:
    when = "2026-03-01 12:00:00"
    deleted = change_in(delivery(operation="delete", created_at=when))
    revived = change_in(delivery(event_type="Shotgun_Task_Revival", created_at=when))

    assert (deleted["attribute_name"], deleted["new_value"]) == ("retirement_date", when)
    assert (revived["attribute_name"], revived["new_value"]) == ("retirement_date", None)


@pytest.mark.parametrize(
    "body",
    [
        {"data": {}},
        {"deliveries": []},
        {"deliveries": "x"},
        {"deliveries": [None, 3, {"data": []}]},
        {"data": {"entity": {"type": "Task"}}},
        {"data": {"entity": {"id": 3}}},
        {"data": {"entity": {"type": 3, "id": "x"}}},
    ],
)
def test_what_names_no_record_tells_nothing(body) -> None:
    assert is_delivery(body)
    assert log_entries(body) == []


def test_what_the_event_daemon_posts_is_no_delivery() -> None:
    assert not is_delivery({"meta": {}, "data": {}})
    assert not is_delivery({})


def test_the_list_of_a_batch_may_be_within_the_envelope() -> None:
    told = [delivery(operation="update", event_log_entry_id=id) for id in (7, 8)]
    bare = [each["data"] for each in told]

    for body in ({"deliveries": told}, {"data": {"deliveries": bare}, "timestamp": "now"}):
        assert is_delivery(body)
        assert [entry["event_log_entry_id"] for entry in log_entries(body)] == [7, 8]
