"""How an old event is told with present values."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from sg_jira.engine.guard import Change, changes_of, with_present_issue, with_present_value
from sg_jira.engine.watermarks import pass_marks
from sg_jira.events import event_from_jira, event_from_shotgun

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ADA = {"type": "HumanUser", "id": 1, "name": "Ada"}
BEN = {"type": "HumanUser", "id": 2, "name": "Ben"}


def test_a_single_value_becomes_the_present_one():
    meta = {"attribute_name": "content", "new_value": "old", "old_value": "older"}

    assert with_present_value(meta, "now")["new_value"] == "now"


def test_what_was_added_stays_only_if_it_is_there_and_what_was_removed_if_it_is_gone():
    meta = {"added": [ADA, BEN], "removed": [{**ADA, "name": "Ada L."}]}

    told = with_present_value(meta, [BEN])
    assert (told["added"], [each["id"] for each in told["removed"]]) == ([BEN], [1])

    told = with_present_value(meta, [ADA])
    assert (told["added"], told["removed"]) == ([ADA], [])


def test_an_assignee_removed_and_another_added_both_stand_in_any_order():
    removed = with_present_value({"added": [], "removed": [ADA]}, [BEN])
    added = with_present_value({"added": [BEN], "removed": []}, [BEN])

    assert (removed["removed"], added["added"]) == ([ADA], [BEN])


def issue_now(**fields):
    return {"id": "10034", "key": "NEW-1", "fields": fields}


def items_now(items, **fields):
    payload = {"issue": {"id": "10034", "key": "OLD-1"}, "changelog": {"id": "5", "items": items}}
    return with_present_issue(payload, issue_now(**fields))["changelog"]["items"]


@pytest.mark.parametrize(
    ("field", "value", "to", "text"),
    [
        ("summary", "Rigging", "Rigging", "Rigging"),
        ("description", None, None, None),
        ("duedate", "2026-04-01", "2026-04-01", "2026-04-01"),
        ("status", {"id": "3", "name": "In Progress"}, "3", "In Progress"),
        ("assignee", {"accountId": "a:1", "displayName": "Ada"}, "a:1", "Ada"),
        ("assignee", {"name": "ada", "key": "JIRAUSER1", "displayName": "Ada"}, "JIRAUSER1", "Ada"),
        ("customfield_9", {"id": "7", "value": "High"}, "7", "High"),
        ("timeoriginalestimate", 3600, "3600", "3600"),
        ("customfield_8", 2.0, "2", "2"),
    ],
)
def test_an_item_of_a_changelog_leads_to_the_present_value(field, value, to, text):
    item = {"field": field, "fieldId": field, "from": "1", "to": "old", "toString": "Old"}
    (told,) = items_now([item], **{field: value})

    assert (told["to"], told["toString"], told["from"]) == (to, text, "1")


def test_labels_are_told_all_at_once():
    item = {"field": "labels", "fromString": "a b", "to": None, "toString": "a"}
    (told,) = items_now([item], labels=["a", "c"])

    assert (told["fromString"], told["toString"]) == ("a b", "a c")


def test_an_element_of_a_list_that_is_gone_again_is_not_added():
    added = {"field": "components", "from": None, "to": "7", "toString": "Rig"}
    removed = {"field": "components", "from": "8", "fromString": "FX", "to": None, "toString": ""}
    first, second = items_now([added, removed], components=[{"id": "8", "name": "FX"}])

    assert (first["to"], first["toString"]) == (None, "")
    assert (second["from"], second["fromString"]) == (None, "")


def test_a_field_that_the_issue_does_not_show_stays_as_it_was_told():
    item = {"field": "Rank", "toString": "higher"}

    assert items_now([item], summary="Rigging") == [item]


def test_changes_are_numbered_per_record_and_field():
    fptr = event_from_shotgun(
        "default",
        "Task",
        12,
        {"event_log_entry_id": 7, "meta": {"attribute_name": "content"}},
        received_at=NOON,
        signed=True,
    )
    items = [{"field": "status"}, {"field": "Story", "fieldId": "customfield_1"}]
    jira = event_from_jira(
        "default",
        "issue",
        "CMT-1",
        {"issue": {"id": "10034"}, "changelog": {"id": "9", "items": items}},
        received_at=NOON,
    )

    assert changes_of(fptr) == [Change("Task:12", "content", 7)]
    assert changes_of(jira) == [
        Change("unsigned:Issue:10034", "status", 9),
        Change("unsigned:Issue:10034", "customfield_1", 9),
    ]


@pytest.mark.parametrize("payload", [{}, {"meta": None}, {"event_log_entry_id": "x", "meta": {}}])
def test_an_event_without_a_number_is_never_old(payload):
    event = event_from_shotgun("default", "Task", 12, payload, received_at=NOON)

    assert changes_of(event) == []


def test_marks_only_rise():
    marks = {("Task:12", "content"): 5}

    assert pass_marks(marks, [Change("Task:12", "content", 4)])
    assert not pass_marks(marks, [Change("Task:12", "content", 5)])
    assert not pass_marks(marks, [Change("Task:12", "due_date", 1)])
    assert marks == {("Task:12", "content"): 5, ("Task:12", "due_date"): 1}
