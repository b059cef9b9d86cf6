"""Events that crossed a write of the bridge are told with present values; others are not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sg_jira.engine.identity import JiraFacts
from sg_jira.outcomes import Skip, note_skip
from sg_jira.places import Place, places_in_shotgun
from sg_jira.site_calls import Site, SiteCall, make_call

LINKED = {"customfield_1": "Task", "customfield_2": "1"}


class Issues:
    """Answers with the Issue as it is now, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def issue(self, number: str) -> Any:
        self.asked += 1
        fields = {"duedate": "2031-01-01", "customfield_9": "now"}
        return SimpleNamespace(raw={"id": number, "fields": fields})

    def get_jira_issue_field_id(self, name: str) -> str | None:
        return {"Sequence": "customfield_9"}.get(name)


@pytest.fixture
def linked(bench):
    """A Task whose Issue is known; what comes from FPTR writes that Issue's due date."""
    bench.identities.learn(JiraFacts("customfield_1", "customfield_2", frozenset({"bot"})))
    bench.bridge.jira = Issues()
    bench.bridge.act = write_due_date
    return bench


def write_due_date(event: Any) -> bool:
    user = event.get("user") or {}
    if user.get("name") == "bot":
        note_skip(Skip.ECHO, "ours")
        return False
    if "meta" in event:
        write = SiteCall(
            Site.JIRA, "PUT issue/{}", "77", True, frozenset({Place("Issue:77", "duedate")})
        )
        make_call(write, lambda: None)
    return True


def due(number: int, value: str, user: str = "ada", **item: Any) -> dict[str, Any]:
    told = {"field": "duedate", "fieldId": "duedate", "to": value, "toString": value, **item}
    return {
        "webhookEvent": "jira:issue_updated",
        "user": {"name": user},
        "issue": {"id": "77", "key": "CMT-1", "fields": LINKED},
        "changelog": {"id": str(number), "items": [told]},
    }


def last_item(bench: Any) -> Any:
    return bench.bridge.seen[-1][2]["changelog"]["items"][0]


def test_a_change_that_waited_while_the_bridge_wrote_the_field_tells_the_present_value(linked):
    linked.fptr(1, attribute_name="due_date")
    linked.jira(due(5, "2040-01-01"))
    linked.drain("Task:1")

    assert last_item(linked)["to"] == "2031-01-01"


@pytest.mark.parametrize("seconds", [30, 900])
def test_a_change_that_was_on_its_way_during_a_write_tells_the_present_value(linked, seconds):
    linked.fptr(1, attribute_name="due_date")
    linked.drain("Task:1")
    linked.clock.seconds += seconds
    linked.jira(due(5, "2040-01-01"))
    linked.drain("Task:1")

    assert last_item(linked)["to"] == "2031-01-01"


@pytest.mark.parametrize(
    ("seconds", "item"),
    [(2000, {}), (1, {"field": "summary", "fieldId": "summary"})],
    ids=["long after", "another field"],
)
def test_a_change_that_cannot_have_crossed_is_believed(linked, seconds, item):
    linked.fptr(1, attribute_name="due_date")
    linked.drain("Task:1")
    linked.clock.seconds += seconds
    linked.jira(due(5, "2040-01-01", **item))
    linked.drain("Task:1")

    assert last_item(linked)["to"] == "2040-01-01"
    assert linked.bridge.jira.asked == 0


def test_once_the_write_has_come_back_changes_are_believed_again(linked):
    linked.fptr(1, attribute_name="due_date")
    linked.drain("Task:1")
    linked.clock.seconds += 1
    linked.jira(due(5, "2031-01-01", user="bot"))
    linked.drain("Task:1")
    linked.jira(due(6, "2040-01-01"))
    linked.drain("Task:1")

    assert last_item(linked)["to"] == "2040-01-01"
    assert linked.bridge.jira.asked == 0


def test_data_center_tells_custom_fields_by_name_and_the_present_value_is_found(linked):
    written = Place("Issue:77", "customfield_9")

    def write(event: Any) -> bool:
        if "meta" in event:
            call = SiteCall(Site.JIRA, "PUT issue/{}", "77", True, frozenset({written}))
            make_call(call, lambda: None)
        return True

    linked.bridge.act = write
    linked.fptr(1)
    item = {"field": "Sequence", "fieldtype": "custom", "to": "then", "toString": "then"}
    linked.jira({**due(5, ""), "changelog": {"id": "5", "items": [item]}})
    linked.drain("Task:1")

    assert last_item(linked)["toString"] == "now"


def test_after_a_kill_in_the_middle_of_a_pass_what_waits_on_the_other_side_is_read_anew(linked):
    linked.fptr(1, attribute_name="due_date")
    linked.inbox.take("Task:1", 10)  # what it wrote, nobody knows
    linked.inbox.recover()
    linked.bridge.shotgun.record = {"due_date": "2031-01-01"}
    linked.bridge.act = lambda event: True
    linked.jira(due(5, "2040-01-01"))
    linked.drain("Task:1")

    assert last_item(linked)["to"] == "2031-01-01"


def test_the_same_holds_for_what_the_bridge_writes_in_fptr(linked):
    update = {"type": "Task", "id": 1, "fields": [{"field_name": "due_date", "value": "x"}]}

    def write(event: Any) -> bool:
        if "changelog" in event:
            places = places_in_shotgun("update", [update])
            make_call(SiteCall(Site.SHOTGUN, "update Task", "Task:1", True, places), lambda: None)
        return True

    linked.bridge.act = write
    linked.bridge.shotgun.record = {"due_date": "2031-01-01"}
    linked.jira(due(5, "2031-01-01"))
    linked.fptr(1, attribute_name="due_date", new_value="2040-01-01")
    linked.drain("Task:1")

    assert linked.bridge.seen[-1][2]["meta"]["new_value"] == "2031-01-01"


@pytest.fixture
def overtaken(linked):
    """A bridge that reads the Issue for the first event, as for one whose Issue has no link yet."""

    def act(event: Any) -> bool:
        if "meta" not in event and not linked.bridge.seen[:-1]:
            make_call(SiteCall(Site.JIRA, "GET issue/{}", "77", False), lambda: None)
        return True

    linked.bridge.act = act
    return linked


def test_once_a_field_was_read_what_waited_then_does_not_go_back_from_there(overtaken):
    overtaken.jira(due(5, "2029-01-01"))
    overtaken.fptr(1, attribute_name="content")
    overtaken.jira(due(6, "2030-01-01"))
    overtaken.drain("Task:1")

    assert last_item(overtaken)["to"] == "2031-01-01"


@pytest.mark.parametrize(
    "item", [{"field": "summary", "fieldId": "summary"}, {}], ids=["another field", "came later"]
)
def test_what_the_reading_tells_nothing_of_is_believed(overtaken, item):
    overtaken.jira(due(5, "2029-01-01"))
    overtaken.fptr(1, attribute_name="content")
    if not item:
        overtaken.drain("Task:1")
    overtaken.jira(due(6, "2030-01-01", **item))
    overtaken.drain("Task:1")

    assert last_item(overtaken)["to"] == "2030-01-01"
    assert overtaken.bridge.jira.asked == 0


def test_what_was_told_anew_for_an_event_that_was_tried_before_is_not_taken_back(linked):
    linked.bridge.act = lambda event: True
    linked.bridge.shotgun.record = {"due_date": "2031-01-01"}
    linked.fptr(1, attribute_name="due_date", new_value="2029-01-01")
    linked.inbox.take("Task:1", 10)
    linked.inbox.recover()
    linked.jira(due(5, "2030-01-01", field="summary", fieldId="summary"))
    linked.fptr(2, attribute_name="due_date", new_value="2030-01-01")
    linked.drain("Task:1")

    assert linked.bridge.seen[-1][2]["meta"]["new_value"] == "2031-01-01"
