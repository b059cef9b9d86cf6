"""What senders of events post, and what they are told."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from sg_jira.errors import StoreAway
from sg_jira.events import Direction
from sg_jira.web.acceptance import Accepted, NotReady
from sg_jira.web.webhooks import LONGEST_WAIT


def test_an_fptr_event_is_taken_with_the_record_of_its_path(service):
    answer = service.post("/sg2jira/default/Task/12", json={"meta": {"type": "attribute_change"}})

    assert answer.status_code == 200
    (event,) = service.inbox.events
    assert answer.json() == {"accepted": [event.id]}
    assert (event.direction, event.settings_name) == (Direction.SHOTGUN_TO_JIRA, "default")
    assert (event.subject_type, event.subject_id) == ("Task", 12)
    assert event.payload == {"meta": {"type": "attribute_change"}}
    assert event.signed is False


@pytest.mark.parametrize("number", [12, "12"])
def test_the_record_may_be_named_by_the_body(service, number):
    answer = service.post("/sg2jira/default", json={"entity_type": "Task", "entity_id": number})

    assert answer.status_code == 200
    assert service.inbox.events[0].subject_id == 12


def test_the_path_wins_over_the_body(service):
    service.post("/sg2jira/default/Task/12", json={"entity_type": "Asset", "entity_id": 1})

    assert service.inbox.events[0].ordering_key == "Task:12"


def test_a_jira_event_is_taken_with_the_issue_of_its_path(service):
    answer = service.post(
        "/jira2sg/default/issue/CMT-41",
        json={"webhookEvent": "jira:issue_deleted", "issue": {"id": "10040", "key": "CMT-41"}},
    )

    assert answer.json()["accepted"] == ["unsigned:jira:issue:10040:deleted"]
    (event,) = service.inbox.events
    assert (event.subject_type, event.subject_id) == ("issue", "CMT-41")


def test_the_delivery_header_names_a_jira_event_without_a_change_id(service):
    answer = service.post(
        "/jira2sg/default/issue/CMT-41",
        json={},
        headers={"x-atlassian-webhook-identifier": "a1b2"},
    )

    assert answer.json()["accepted"] == ["unsigned:jira:identifier:a1b2"]


@pytest.mark.parametrize("name", ["Größe 10%", "a/b"])
def test_an_event_reaches_any_settings_name(service, name):
    answer = service.post(f"/sg2jira/{quote(name, safe='')}/Task/1", json={})

    assert answer.status_code == 200
    assert service.inbox.events[0].settings_name == name


def test_query_parameters_are_handed_on_as_lists(service):
    service.post("/jira2sg/default/issue/X-1?user_id=ada&user_key=a&user_key=b%20c", json={})

    assert service.inbox.events[0].params == {"user_id": ["ada"], "user_key": ["a", "b c"]}


@pytest.mark.parametrize("query", ["flag", "&&", "=", "event=1", "x=%ff", "a;b"])
def test_odd_query_parameters_do_no_harm(service, query):
    assert service.post(f"/sg2jira/default/Task/1?{query}", json={}).status_code == 200


def test_an_empty_body_is_an_empty_event(service):
    answer = service.post("/sg2jira/default/Task/1", headers={"Content-Type": "application/json"})

    assert answer.status_code == 200
    assert service.inbox.events[0].payload == {}


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", None]
)
def test_json_and_no_content_type_are_welcome(service, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    answer = service.post("/sg2jira/default/Task/1", data=b'{"a": 1}', headers=headers)

    assert answer.status_code == 200
    assert service.inbox.events[0].payload == {"a": 1}


def test_a_chunked_body_is_read(service):
    answer = service.post("/sg2jira/default/Task/1", data=iter([b'{"a"', b": 1}"]))

    assert answer.status_code == 200
    assert service.inbox.events[0].payload == {"a": 1}


def test_who_waits_is_told_the_outcome(service):
    service.inbox.fate = lambda event: Accepted(event.id, "skipped", "an echo")
    answer = service.post("/sg2jira/default/Task/1?wait=2.5&x=1", json={})

    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["reason"]) == ("skipped", "an echo")
    assert service.inbox.waits == [2.5]
    assert service.inbox.events[0].params == {"x": ["1"]}


def test_an_event_that_failed_is_200_too_for_it_is_kept(service):
    service.inbox.fate = lambda event: Accepted(event.id, "dead", "KeyError: 'x'")

    assert service.post("/sg2jira/default/Task/1?wait=1", json={}).status_code == 200


def test_nobody_waits_for_long(service):
    service.post("/jira2sg/default/issue/X-1?wait=9999", json={})

    assert service.inbox.waits == [LONGEST_WAIT]


@pytest.mark.parametrize("wait", ["soon", "-1", "1e9", "nan", "٣"])
def test_a_wait_that_is_no_number_of_seconds_is_400(service, wait):
    assert service.post(f"/sg2jira/default/Task/1?wait={wait}", json={}).status_code == 400
    assert service.inbox.events == []


def test_who_prefers_html_gets_the_outcome_as_a_page(service):
    service.inbox.fate = lambda event: Accepted(event.id, "skipped", "a <b>bold</b> reason")
    answer = service.post("/sg2jira/default/Task/1", json={}, headers={"Accept": "text/html"})

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "outcome: skipped" in answer.text
    assert "a &lt;b&gt;bold&lt;/b&gt; reason" in answer.text


def test_while_nothing_can_be_taken_senders_are_asked_to_come_back(service, caplog):
    def away(event):
        raise StoreAway("/srv/store: database or disk is full")

    service.inbox.fate = away
    answer = service.post("/sg2jira/default/Task/1", json={})

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "its store of events cannot be used" in answer.json()["error"]
    assert "/srv" not in answer.text, "senders may be anybody"
    assert "/srv/store: database or disk is full" in caplog.text


def test_a_mistake_of_ours_is_500_without_its_text(service, caplog):
    def broken(event):
        raise LookupError("the inner workings")

    service.inbox.fate = broken
    answer = service.post("/sg2jira/default/Task/1", json={})

    assert answer.status_code == 500
    assert "workings" not in answer.text
    assert "the inner workings" in caplog.text


@pytest.mark.parametrize("query", ["", "?a=1&event=x", "?flag"])
@pytest.mark.parametrize("body", [b"", b"{not json", b"[]"])
def test_reset_forgets_what_is_cached_whatever_comes_with_it(service, query, body):
    answer = service.post(f"/admin/reset{query}", data=body, headers={"Content-Type": "text/x"})

    assert answer.status_code == 200
    assert service.resets == 1


def test_a_reset_that_fails_is_to_be_repeated(service):
    def refuse():
        raise NotReady("FPTR: Connection refused", retry_after=3)

    service.on_reset = refuse

    assert service.post("/admin/reset").status_code == 503


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/drop", "/admin/reset/now"])
def test_any_other_action_is_400(service, path):
    answer = service.post(path)

    assert answer.status_code == 400
    assert service.resets == 0


@pytest.mark.parametrize(
    "path",
    [
        "/sg2jira/default/Task%0AERROR:root:forged/1",
        "/jira2sg/default/issue%0Dforged/X-1",
        "/jira2sg/default/issue/X-1%1B[31m",
    ],
)
def test_a_path_that_would_forge_a_line_of_the_log_is_refused(service, path):
    answer = service.post(path, json={})

    assert answer.status_code == 400
    assert "control characters" in answer.json()["error"]


def test_half_a_character_in_a_body_becomes_the_sign_for_one(service):
    answer = service.post(
        "/jira2sg/default/issue/X-1",
        data=rb'{"webhookEvent": "jira:issue_updated", "issue": {"key": "a \ud800 b"}}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 200
    assert service.inbox.events[0].payload["issue"] == {"key": "a \ufffd b"}


def test_a_whole_character_of_two_halves_is_taken(service):
    answer = service.post(
        "/jira2sg/default/issue/X-1",
        data=rb'{"webhookEvent": "\ud83d\ude00"}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 200
