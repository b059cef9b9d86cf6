"""How an old event is told with present values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from jira.exceptions import JIRAError

from sg_jira.conversions.present_changes import with_present_value
from sg_jira.engine.guard import (
    Change,
    changes_of,
    is_hint,
    refresh,
    with_present_issue,
)
from sg_jira.engine.watermarks import pass_marks
from sg_jira.events import event_from_jira, event_from_shotgun
from sg_jira.outcomes import forget_skip, noted_skip

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


#: Names of custom fields, by which Data Center tells them, and their ids.
NAMES = {"Sequence": "customfield_9"}


def issue_now(**fields):
    return {"id": "10034", "key": "NEW-1", "fields": fields}


def items_now(items, **fields):
    payload = {"issue": {"id": "10034", "key": "OLD-1"}, "changelog": {"id": "5", "items": items}}
    return with_present_issue(payload, issue_now(**fields), NAMES.get)["changelog"]["items"]


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


class Sites:
    """Both sites as they are now: what is not named here is not there."""

    def __init__(self, record=None, comment=None):
        self.record, self.there = record, comment
        self.shotgun = self.jira = self

    def find_one(self, entity_type, filters, fields):
        return self.record

    def comment(self, issue, number):
        if self.there is None:
            raise JIRAError(status_code=404)
        return SimpleNamespace(raw=self.there)


def retirement(new_value):
    meta = {"type": "attribute_change", "attribute_name": "retirement_date", "new_value": new_value}
    return event_from_shotgun("default", "Note", 5, {"meta": meta}, received_at=NOON)


def comment(kind):
    body = {"webhookEvent": f"comment_{kind}", "comment": {"id": "7", "body": "told"}}
    return event_from_jira("default", "issue", "CMT-1", body, received_at=NOON)


@pytest.mark.parametrize(
    ("event", "sites", "is_confirmed"),
    [
        (retirement("2026-03-01"), Sites(), True),
        (retirement("2026-03-01"), Sites(record={"id": 5}), False),
        (retirement(None), Sites(record={"id": 5}), True),
        (retirement(None), Sites(), False),
        (comment("deleted"), Sites(), True),
        (comment("deleted"), Sites(comment={"id": "7"}), False),
        (comment("updated"), Sites(), False),
    ],
)
def test_what_the_site_does_not_confirm_is_not_told(event, sites, is_confirmed):
    forget_skip()

    (payload,) = refresh([event], sites)

    assert bool(payload) is is_confirmed
    assert (noted_skip() is None) is is_confirmed


def test_a_comment_is_told_as_it_is_now():
    (payload,) = refresh([comment("updated")], Sites(comment={"id": "7", "body": "now"}))

    assert payload["comment"]["body"] == "now"


def test_the_links_of_a_new_record_are_all_told_as_added():
    meta = {"attribute_name": "tasks", "new_value": True, "in_create": True}

    assert with_present_value(meta, [ADA])["added"] == [ADA]


@pytest.mark.parametrize(
    ("signed", "minutes", "is_doubtful"), [(True, 4, False), (True, 6, True), (False, 0, True)]
)
def test_only_what_is_signed_and_fresh_is_believed(signed, minutes, is_doubtful):
    milliseconds = (NOON - timedelta(minutes=minutes)).timestamp() * 1000
    event = event_from_jira(
        "default", "issue", "X-1", {"timestamp": milliseconds}, received_at=NOON, signed=signed
    )

    assert is_hint(event) is is_doubtful
