"""How bodies of both sites become events: ids, ordering keys, times, and the JSON round trip."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sg_jira.event_ids import shotgun_fingerprint
from sg_jira.events import Direction, Source, SyncEvent, event_from_jira, event_from_shotgun
from sg_jira.site_times import parse_time

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def fptr_body(**changes):
    """What an event daemon's plug-in posts for one changed field."""
    body = {
        "meta": {
            "type": "attribute_change",
            "attribute_name": "content",
            "entity_type": "Task",
            "entity_id": 12,
            "field_data_type": "text",
            "old_value": "Rig",
            "new_value": "Rigging",
        },
        "session_uuid": "5f1c0bd4-91aa-11ef-8d1c-0242ac110002",
        "user": {"type": "HumanUser", "id": 88, "name": "Ada Painter"},
        "project": {"type": "Project", "id": 70, "name": "Comet"},
    }
    body.update(changes)
    return body


def jira_body(event, **parts):
    return {"timestamp": 1_772_366_400_123, "webhookEvent": event, **parts}


ISSUE = {"id": "10040", "key": "CMT-41", "fields": {"summary": "Rig"}}
COMMENT = {"id": "10019", "body": "Done", "updated": "2026-03-01T04:00:00.123-0800"}
WORKLOG = {"id": 501, "issueId": "10040", "updated": "2026-03-01T12:00:00.000+0000"}


def from_shotgun(body, **options):
    options.setdefault("received_at", NOON)
    return event_from_shotgun("default", "Task", 12, body, **options)


def from_jira(body, **options):
    options.setdefault("received_at", NOON)
    return event_from_jira("default", "issue", "CMT-41", body, **options)


# FPTR


def test_an_fptr_event_is_named_by_its_log_entry():
    event = from_shotgun(fptr_body(event_log_entry_id=545175), signed=True)

    assert event.id == "fptr:545175"
    assert event.ordering_key == "Task:12"
    assert event.direction is Direction.SHOTGUN_TO_JIRA
    assert event.source is Source.EVENT_DAEMON
    assert (event.subject_type, event.subject_id) == ("Task", 12)


def test_an_unsigned_request_cannot_take_the_id_of_a_signed_one():
    body = fptr_body(event_log_entry_id=545175)

    assert from_shotgun(body).id == "unsigned:fptr:545175"
    assert from_jira(jira_body("comment_deleted", comment=COMMENT)).id.startswith("unsigned:")


def test_equal_fptr_bodies_without_an_entry_id_are_two_events_with_one_fingerprint():
    first = from_shotgun(fptr_body())
    second = from_shotgun(fptr_body(), received_at=NOON + timedelta(seconds=1))

    assert first.id != second.id
    assert first.id.split(":")[-1] == second.id.split(":")[-1]


@pytest.mark.parametrize(
    "change",
    [
        {"session_uuid": "another"},
        {"user": {"type": "HumanUser", "id": 89}},
        {"meta": {**fptr_body()["meta"], "new_value": "Rigged"}},
        {"meta": {**fptr_body()["meta"], "attribute_name": "sg_status_list"}},
    ],
)
def test_the_fingerprint_tells_changes_apart(change):
    assert shotgun_fingerprint("Task", 12, fptr_body()) != shotgun_fingerprint(
        "Task", 12, fptr_body(**change)
    )


def test_the_fingerprint_ignores_what_a_display_name_says():
    renamed = fptr_body(user={"type": "HumanUser", "id": 88, "name": "Ada P."})

    assert shotgun_fingerprint("Task", 12, fptr_body()) == shotgun_fingerprint("Task", 12, renamed)


@pytest.mark.parametrize("entry", [None, "", "x1", -1, 1.5, True, [], {}, "9" * 40, 10**40])
def test_a_senseless_entry_id_counts_as_none(entry):
    event = from_shotgun(fptr_body(event_log_entry_id=entry))

    assert event.id.startswith("unsigned:fptr:2026-03-01T12:00:00+00:00:")


def test_an_fptr_event_says_when_it_happened():
    event = from_shotgun(fptr_body(created_at="2026-03-01 11:59:58.523887"))

    assert event.occurred_at == datetime(2026, 3, 1, 11, 59, 58, 523887, tzinfo=timezone.utc)
    assert from_shotgun(fptr_body()).occurred_at is None


# Jira


@pytest.mark.parametrize(
    ("body", "own_id", "key"),
    [
        (
            jira_body("jira:issue_updated", issue=ISSUE, changelog={"id": "10224", "items": []}),
            "jira:issue:10040:changelog:10224",
            "Issue:10040",
        ),
        (
            jira_body("jira:issue_created", issue=ISSUE, changelog={"id": 10222, "items": {}}),
            "jira:issue:10040:created",
            "Issue:10040",
        ),
        (
            jira_body("jira:issue_deleted", issue=ISSUE),
            "jira:issue:10040:deleted",
            "Issue:10040",
        ),
        (
            jira_body("comment_updated", issue=ISSUE, comment=COMMENT),
            "jira:comment:10019:updated:2026-03-01T12:00:00.123+00:00",
            "Comment:10019",
        ),
        (
            jira_body("comment_created", comment=COMMENT),
            "jira:comment:10019:updated:2026-03-01T12:00:00.123+00:00",
            "Comment:10019",
        ),
        (
            jira_body("comment_deleted", comment=COMMENT, user={"name": "ada"}),
            "jira:comment:10019:deleted",
            "Comment:10019",
        ),
        (
            jira_body("worklog_created", worklog=WORKLOG),
            "jira:worklog:501:updated:2026-03-01T12:00:00.000+00:00",
            "Worklog:501",
        ),
        (
            jira_body("worklog_deleted", worklog={"id": "501", "issueId": "10040"}),
            "jira:worklog:501:deleted",
            "Worklog:501",
        ),
    ],
)
def test_a_jira_change_has_an_id_of_its_own_and_its_subject_one_key(body, own_id, key):
    event = from_jira(body, signed=True)

    assert event.id == own_id
    assert event.ordering_key == key
    assert event.occurred_at == datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=timezone.utc)


def test_one_moment_written_in_two_zones_is_one_change():
    elsewhere = {**COMMENT, "updated": "2026-03-01T21:00:00.123+0900"}

    assert (
        from_jira(jira_body("comment_updated", comment=COMMENT)).id
        == from_jira(jira_body("comment_updated", comment=elsewhere)).id
    )


def test_a_comment_typed_along_with_an_edit_does_not_make_it_a_comment_event():
    body = jira_body(
        "jira:issue_updated", issue=ISSUE, comment=COMMENT, changelog={"id": "7", "items": []}
    )

    assert from_jira(body, signed=True).id == "jira:issue:10040:changelog:7"


def test_without_a_change_id_the_delivery_header_names_the_event():
    body = jira_body("jira:issue_updated", issue=ISSUE)
    headers = {"X-Atlassian-Webhook-Identifier": "a1b2c3"}

    assert from_jira(body, headers=headers, signed=True).id == "jira:identifier:a1b2c3"


def test_an_endless_delivery_header_is_shortened():
    headers = {"X-Atlassian-Webhook-Identifier": "x" * 5000}

    assert len(from_jira({}, headers=headers).id) < 100


def test_a_body_without_any_id_is_named_by_its_digest():
    body = jira_body("issuelink_created", issueLink={"id": 3, "sourceIssueId": 1})

    first = from_jira(body)
    again = from_jira(dict(reversed(body.items())), received_at=NOON + timedelta(minutes=3))

    assert first.id == again.id
    assert first.ordering_key == "Issue:CMT-41"


def test_equal_hand_made_bodies_without_a_time_stay_two_events():
    body = {"issue": {"key": "CMT-41"}}

    assert from_jira(body).id != from_jira(body, received_at=NOON + timedelta(seconds=1)).id


def test_the_path_is_kept_as_it_was_given():
    event = from_jira(jira_body("jira:issue_deleted", issue=ISSUE), params={"user_id": ["ada"]})

    assert (event.subject_type, event.subject_id) == ("issue", "CMT-41")
    assert event.params == {"user_id": ["ada"]}
    assert event.direction is Direction.JIRA_TO_SHOTGUN
    assert event.source is Source.JIRA_WEBHOOK


# Both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01 12:00:00 UTC", NOON),
        ("2026-03-01T12:00:00", NOON),
        ("2026-03-01T13:00:00.000+0100", NOON),
        ("2026-03-01T13:00:00+01:00", NOON),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_772_366_400, None),
    ],
)
def test_times_of_both_sites_are_understood(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize("stamp", [10**400, float("1e300"), -(10**20), True, "1772366400123", None])
def test_a_senseless_timestamp_is_no_time(stamp):
    assert from_jira({"timestamp": stamp}).occurred_at is None


@pytest.mark.parametrize(
    "event",
    [
        from_shotgun(fptr_body(event_log_entry_id=5, created_at="2026-03-01T11:00:00Z")),
        from_jira(
            jira_body("comment_updated", comment={**COMMENT, "body": "naïve \ud800 ✓"}),
            params={"user_id": ["ada", "grace"]},
        ),
    ],
)
def test_an_event_survives_json(event):
    text = event.to_json()

    assert SyncEvent.from_json(text) == event
    assert text.isascii()
    assert json.loads(text)["direction"] == event.direction.value


def test_an_event_does_not_print_its_payload():
    assert "Rigging" not in repr(from_shotgun(fptr_body()))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
known_names = st.sampled_from(
    ["meta", "user", "timestamp", "webhookEvent", "issue", "comment", "changelog", "created_at"]
)
kinds = st.sampled_from(["jira:issue_updated", "comment_updated", "worklog_deleted", None, 5])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # busy machines
@given(st.dictionaries(known_names, anything), kinds, st.dictionaries(st.just("id"), anything))
def test_no_body_makes_the_reading_fail(body, kind, part):
    body = {**body, "webhookEvent": kind}
    for body_again in (body, {**body, "issue": part, "comment": part}):
        for event in (from_shotgun(body_again), from_jira(body_again)):
            assert SyncEvent.from_json(event.to_json()) == event
            assert len(event.id) < 200


def test_a_new_issue_has_a_list_of_changes_even_if_jira_sends_none():
    event = from_jira({"webhookEvent": "jira:issue_created", "issue": {"id": "7"}})
    assert event.payload["changelog"] == {"items": []}

    told = {"id": "5", "items": [{"field": "summary"}]}
    event = from_jira({"webhookEvent": "jira:issue_created", "changelog": told})
    assert event.payload["changelog"] == told
    assert "changelog" not in from_jira({"webhookEvent": "jira:issue_updated"}).payload
