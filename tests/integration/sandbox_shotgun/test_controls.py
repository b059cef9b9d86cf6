"""Call counters and faults of the site, as the real client meets them."""

import pytest
import requests
import shotgun_api3

from sg_jira.sandbox.faults import Fault, FaultKind


def test_calls_are_counted_by_endpoint(site, sg, project, task):
    site.controls.calls.clear()

    sg.find_one("Task", [])
    sg.update("Task", task["id"], {"content": "Model"})
    sg.delete("Task", task["id"])
    sg.revive("Task", task["id"])
    sg.create("Asset", {"code": "A", "project": project})
    sg.batch([{"request_type": "delete", "entity_type": "Task", "entity_id": task["id"]}])
    sg.schema_field_read("Task")
    sg.schema_entity_read()
    sg.summarize("Task", [], [{"field": "id", "type": "count"}])
    sg.info()

    assert site.controls.calls.by_endpoint() == {
        "find Task": 1,
        "update Task": 1,
        "delete Task": 1,
        "revive Task": 1,
        "create Asset": 1,
        "batch": 1,
        "schema_field_read Task": 1,
        "schema_entity_read": 1,
        "summarize Task": 1,
        "info": 1,
    }


def test_calls_are_counted_by_caller(site, sg, connect, jane, script):
    person = connect(login="jane", password="secret-of-jane")
    token = person.get_session_token()
    site.controls.calls.clear()

    sg.find_one("Task", [])
    person.find_one("Task", [])
    connect(session_token=token).find_one("Task", [])

    assert site.controls.calls.by_caller() == {"pipeline": 1, "jane": 2, "anonymous": 1}


def test_an_outage_looks_like_an_outage(site, sg):
    site.controls.faults.add(Fault(FaultKind.STATUS, status=503))

    with pytest.raises(shotgun_api3.ProtocolError) as caught:
        sg.find_one("Task", [])

    assert caught.value.errcode == 503
    assert sg.find_one("Task", []) is None


def test_a_fault_of_the_api_looks_like_one(site, sg):
    site.controls.faults.add(
        Fault(FaultKind.STATUS, endpoint="find Task", status=200, message="Server is overloaded")
    )

    with pytest.raises(shotgun_api3.Fault, match="Server is overloaded"):
        sg.find_one("Task", [])


def test_an_answer_may_be_lost_after_the_work_was_done(site, sg):
    # The client's HTTP library sends a request again, once, when it gets no answer.
    site.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="create Tag", times=2))

    with pytest.raises(ConnectionError):
        sg.create("Tag", {"name": "hero"})

    assert len(site.records("Tag")) == 2


def test_a_single_lost_answer_goes_unnoticed_and_creates_twice(site, sg):
    site.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="create Tag"))

    created = sg.create("Tag", {"name": "hero"})

    assert [one["name"] for one in site.records("Tag")] == ["hero", "hero"]
    assert created["id"] == site.records("Tag")[-1]["id"]


def test_calls_to_other_pages_are_counted_too(site):
    site.controls.calls.clear()

    answer = requests.get(f"{site.url}/page", timeout=5)

    assert answer.status_code == 404
    assert site.controls.calls.by_endpoint() == {"GET /page": 1}


def test_settings_are_read_and_changed_over_http(site):
    url = f"{site.url}/_sandbox/settings"
    answer = requests.put(url, json={"event_log": {"late": 0.5}, "webhooks": {"held": True}})

    assert answer.status_code == 200
    assert (site.log_mishaps.late, site.hooks.mishaps.held) == (0.5, True)
    assert requests.get(url).json() == answer.json()
    assert set(answer.json()) == {"webhooks", "webhook_timing", "event_log"}


def test_setting_that_is_not_there_is_refused(site):
    answer = requests.put(f"{site.url}/_sandbox/settings", json={"event_log": {"early": 1}})

    assert answer.status_code == 400
    assert "early" in answer.json()["error"]
