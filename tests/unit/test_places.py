"""Which fields a call to a site writes, and which field an event is about."""

from __future__ import annotations

import json

import pytest

from sg_jira.places import (
    WHOLE,
    Place,
    field_of_item,
    places_in_jira,
    places_in_shotgun,
    was_written,
)

SITE = "https://example.atlassian.net/rest/api/2"


@pytest.mark.parametrize("as_text", [True, False])
def test_an_edit_of_an_issue_writes_its_fields(as_text: bool) -> None:
    body = {"fields": {"duedate": None}, "update": {"labels": [{"add": "fx"}]}}

    places = places_in_jira(
        "PUT", f"{SITE}/issue/10034?notifyUsers=false", json.dumps(body) if as_text else body
    )

    assert places == {Place("Issue:10034", "duedate"), Place("Issue:10034", "labels")}


def test_a_transition_writes_the_status_and_its_own_fields() -> None:
    body = {"transition": {"id": "5"}, "fields": {"resolution": {"name": "Done"}}}

    places = places_in_jira("POST", f"{SITE}/issue/DEMO-1/transitions", body)

    assert places == {Place("Issue:DEMO-1", "status"), Place("Issue:DEMO-1", "resolution")}


@pytest.mark.parametrize(("part", "kind"), [("comment", "Comment"), ("worklog", "Worklog")])
def test_an_edited_comment_or_worklog_is_written_as_a_whole(part: str, kind: str) -> None:
    places = places_in_jira("PUT", f"{SITE}/issue/DEMO-1/{part}/7", {"body": "x"})

    assert places == {Place(f"{kind}:7", WHOLE)}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "issue/DEMO-1", None),
        ("POST", "issue", {"fields": {"summary": "new"}}),
        ("POST", "issue/DEMO-1/comment", {"body": "x"}),
        ("POST", "issue/DEMO-1/watchers", '"mira"'),
        ("PUT", "issue/DEMO-1", "no JSON"),
        ("PUT", "issue/DEMO-1", None),
    ],
)
def test_other_calls_write_nothing_that_an_edit_could_cross(method, path, body) -> None:
    assert places_in_jira(method, f"{SITE}/{path}", body) == frozenset()


def test_an_update_in_fptr_writes_its_fields_alone_and_in_a_batch() -> None:
    update = {
        "type": "Task",
        "id": 12,
        "fields": [{"field_name": "due_date", "value": None}, {"field_name": "content"}],
    }
    create = {"request_type": "create", "type": "Note", "fields": [{"field_name": "subject"}]}
    expected = {Place("Task:12", "due_date"), Place("Task:12", "content")}

    assert places_in_shotgun("update", [update]) == expected
    assert places_in_shotgun("batch", [[{"request_type": "update", **update}, create]]) == expected
    assert places_in_shotgun("read", [update]) == frozenset()
    assert places_in_shotgun("create", [create]) == frozenset()


@pytest.mark.parametrize(
    ("item", "written", "matches"),
    [
        ({"field": "duedate", "fieldId": "duedate"}, {"duedate"}, True),
        ({"field": "duedate"}, {"summary"}, False),
        ({"field": "Fix Version"}, {"fixVersions"}, True),
        ({"field": "timeoriginalestimate"}, {"timetracking"}, True),
        # Data Center tells a custom field by its name: it may be any of them.
        ({"field": "Sequence", "fieldtype": "custom"}, {"customfield_10010"}, True),
        ({"field": "Sequence", "fieldtype": "custom"}, {"summary"}, False),
        ({"fieldId": "customfield_7", "fieldtype": "custom"}, {"customfield_8"}, False),
    ],
)
def test_an_item_of_a_changelog_is_recognised_among_what_was_written(item, written, matches):
    field = field_of_item(item)

    assert field is not None
    assert was_written(Place("Issue:1", field), written) is matches


def test_an_item_without_a_field_is_about_nothing() -> None:
    assert field_of_item({"toString": "x"}) is None
