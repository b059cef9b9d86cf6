"""What webhooks are sent, in which shape and order, and how often they are tried."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from typing import Any

import jira
import pytest

from sg_jira.sandbox.jira import Flavour, JiraSite, Transition
from tests.integration.receivers import Receiver

from .conftest import acting, ann, log_in, settle


@pytest.fixture
def hooked(site: JiraSite, receiver: Receiver) -> JiraSite:
    site.webhooks.add(f"{receiver.url}/jira2sg/issue/${{issue.key}}")
    return site


def _only(receiver: Receiver, event: str) -> dict[str, Any]:
    (body,) = receiver.bodies(event)
    return body


def test_new_issue_is_told_without_change_log(hooked: JiraSite, receiver: Receiver) -> None:
    key = acting(hooked).create_issue("ABC", "Task", summary="A")
    settle(hooked)

    body = _only(receiver, "jira:issue_created")
    assert body["issue_event_type_name"] == "issue_created"
    assert body["issue"]["key"] == key
    assert body["issue"]["fields"]["status"]["name"] == "To Do"
    assert body["user"]["displayName"] == "Ann Lee"
    assert body["timestamp"] > 1_700_000_000_000
    assert "changelog" not in body


def test_new_issue_is_told_with_change_log_on_demand(hooked: JiraSite, receiver: Receiver) -> None:
    hooked.event_shapes.changelog_of_created = True
    acting(hooked).create_issue("ABC", "Task", summary="A", timetracking="1h")
    settle(hooked)

    items = _only(receiver, "jira:issue_created")["changelog"]["items"]
    told = {item["field"]: item["toString"] for item in items}
    assert told == {
        "summary": "A", "status": "To Do", "priority": "Medium", "reporter": "Ann Lee",
        "timeestimate": "3600", "timeoriginalestimate": "3600",
    }  # fmt: skip


def test_edit_is_told_with_the_issue_as_the_api_shows_it(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    acting(hooked).edit(task, summary="B", labels=["x"])
    settle(hooked)

    body = _only(receiver, "jira:issue_updated")
    shown = hooked.issue(task)
    told = body["issue"]["fields"]
    if hooked.flavour.is_cloud:
        del shown["fields"]["comment"], shown["fields"]["worklog"]
    assert told == shown["fields"]
    assert {item["field"] for item in body["changelog"]["items"]} == {"summary", "labels"}
    assert int(body["changelog"]["id"]) > 0


def test_edit_over_the_api_by_the_bridge_is_told_too(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    log_in(hooked).issue(task).update(fields={"summary": "B"})
    settle(hooked)

    assert _only(receiver, "jira:issue_updated")["user"]["displayName"] == "The Bridge"


def test_kinds_of_change_have_names(hooked: JiraSite, receiver: Receiver, task: str) -> None:
    acting(hooked).edit(task, assignee=ann(hooked))
    acting(hooked).transition(task, "Done")
    acting(hooked).edit(task, summary="B")
    settle(hooked)

    names = [body["issue_event_type_name"] for body in receiver.bodies("jira:issue_updated")]
    assert names == ["issue_assigned", "issue_generic", "issue_updated"]


def test_edit_that_changes_nothing_and_watchers_are_not_told(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    settle(hooked)
    receiver.received.clear()
    comment, worklog = acting(hooked).comment(task, "A"), acting(hooked).log_work(task, 60)

    acting(hooked).edit(task, summary="Model the tree")
    acting(hooked).edit_comment(task, comment, "A")
    acting(hooked).edit_worklog(task, worklog, seconds=60)
    acting(hooked).watch(task, ann(hooked))
    settle(hooked)

    assert receiver.events == ["comment_created", "worklog_created"]


def test_refused_edit_is_not_told(hooked: JiraSite, receiver: Receiver, task: str) -> None:
    with pytest.raises(jira.JIRAError):
        log_in(hooked).issue(task).update(fields={"summary": "B", "labels": ["a b"]})
    settle(hooked)

    assert receiver.events == ["jira:issue_created"]


def test_deleted_issue_is_told_as_it_was(hooked: JiraSite, receiver: Receiver, task: str) -> None:
    acting(hooked).comment(task, "A")
    acting(hooked).delete_issue(task)
    settle(hooked)

    body = _only(receiver, "jira:issue_deleted")
    assert body["issue"]["fields"]["comment"]["total"] == 1
    assert "changelog" not in body
    # Only Cloud goes on to tell of the comments that went with it.
    assert len(receiver.bodies("comment_deleted")) == hooked.flavour.is_cloud


def test_comment_events_have_the_flavours_shape(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    id = acting(hooked).comment(task, "A")
    acting(hooked).edit_comment(task, id, "B")
    acting(hooked).delete_comment(task, id)
    settle(hooked)

    bodies = [_only(receiver, f"comment_{verb}") for verb in ("created", "updated", "deleted")]
    assert [body["comment"]["body"] for body in bodies] == ["A", "B", "B"]
    assert all(body["comment"]["id"] == id for body in bodies)
    if hooked.flavour.is_cloud:
        assert all("user" not in body for body in bodies)
        assert set(bodies[0]["issue"]["fields"]) == {
            "summary", "issuetype", "project", "assignee", "priority", "status",
        }  # fmt: skip
    else:
        assert all("issue" not in body for body in bodies)
        assert ["user" in body for body in bodies] == [False, True, True]
        issue_id = hooked.issue(task)["id"]
        assert f"/issue/{issue_id}/comment/{id}" in bodies[0]["comment"]["self"]


def test_worklog_events_have_the_issues_id_only(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    id = acting(hooked).log_work(task, 60)
    acting(hooked).edit_worklog(task, id, seconds=120)
    acting(hooked).delete_worklog(task, id)
    settle(hooked)

    for verb, seconds in (("created", 60), ("updated", 120), ("deleted", 120)):
        body = _only(receiver, f"worklog_{verb}")
        assert set(body) == {"timestamp", "webhookEvent", "worklog"}
        assert body["worklog"]["issueId"] == hooked.issue(task)["id"]
        assert body["worklog"]["timeSpentSeconds"] == seconds


def test_link_events_name_both_issues(hooked: JiraSite, receiver: Receiver, task: str) -> None:
    other = acting(hooked).create_issue("ABC", "Task", summary="A")
    acting(hooked).unlink(acting(hooked).link("Blocks", task, other))
    settle(hooked)

    for event in ("issuelink_created", "issuelink_deleted"):
        link = _only(receiver, event)["issueLink"]
        assert str(link["sourceIssueId"]) == hooked.issue(task)["id"]
        assert link["issueLinkType"]["name"] == "Blocks"


def test_url_has_the_issues_key_and_on_data_center_the_person(
    site: JiraSite, receiver: Receiver
) -> None:
    site.webhooks.add(f"{receiver.url}/x/${{issue.key}}?id=${{issue.id}}")
    key = acting(site).create_issue("ABC", "Task", summary="A")
    settle(site)

    who = "" if site.flavour.is_cloud else "&user_id=ann&user_key=JIRAUSER10000"
    assert [got.url for got in receiver.received] == [f"/x/{key}?id={site.issue(key)['id']}{who}"]


def test_body_is_signed_with_the_secret(site: JiraSite, receiver: Receiver) -> None:
    site.webhooks.add(f"{receiver.url}/x", secret="It's a Secret")
    acting(site).create_issue("ABC", "Task", summary="A")
    settle(site)

    (got,) = receiver.received
    digest = hmac.new(b"It's a Secret", got.content, hashlib.sha256).hexdigest()
    assert got.headers["X-Hub-Signature"] == f"sha256={digest}"


def test_body_is_not_signed_without_a_secret(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    settle(hooked)

    assert "X-Hub-Signature" not in receiver.received[0].headers


def test_every_event_has_an_identifier_of_its_own(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    acting(hooked).edit(task, summary="B")
    settle(hooked)

    identifiers = {got.headers["X-Atlassian-Webhook-Identifier"] for got in receiver.received}
    assert len(identifiers) == 2


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_failed_delivery_is_tried_again_under_the_same_identifier(
    cloud: JiraSite, receiver: Receiver, status: int
) -> None:
    cloud.webhooks.timing.time_factor = 0
    receiver.answers = [status, status]
    cloud.webhooks.add(f"{receiver.url}/x")
    acting(cloud).create_issue("ABC", "Task", summary="A")
    settle(cloud)

    retries = [got.headers.get("X-Atlassian-Webhook-Retry") for got in receiver.received]
    assert retries == [None, "1", "2"]
    assert len({got.headers["X-Atlassian-Webhook-Identifier"] for got in receiver.received}) == 1
    (delivery,) = cloud.webhooks.deliveries
    assert (delivery.status, delivery.attempts) == (200, 3)


def test_delivery_is_given_up_after_five_retries(cloud: JiraSite, receiver: Receiver) -> None:
    cloud.webhooks.timing.time_factor = 0
    receiver.answers = [500] * 9
    cloud.webhooks.add(f"{receiver.url}/x")
    acting(cloud).create_issue("ABC", "Task", summary="A")
    settle(cloud)

    (delivery,) = cloud.webhooks.deliveries
    assert (delivery.status, delivery.attempts, len(receiver.received)) == (500, 6, 6)


@pytest.mark.parametrize("status", [202, 302, 400, 404])
def test_other_answers_are_final(cloud: JiraSite, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    cloud.webhooks.add(f"{receiver.url}/x")
    acting(cloud).create_issue("ABC", "Task", summary="A")
    settle(cloud)

    assert [d.status for d in cloud.webhooks.deliveries] == [status]
    assert len(receiver.received) == 1


def test_receiver_that_is_not_there_is_noted(cloud: JiraSite, receiver: Receiver) -> None:
    receiver.stop()
    cloud.webhooks.timing.time_factor = 0
    cloud.webhooks.add(f"{receiver.url}/x")
    acting(cloud).create_issue("ABC", "Task", summary="A")
    settle(cloud)

    (delivery,) = cloud.webhooks.deliveries
    assert (delivery.status, delivery.error, delivery.attempts) == (None, "ConnectionError", 6)


def test_events_come_in_the_order_of_the_changes(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    def edit(name: str) -> None:
        for number in range(10):
            acting(hooked).edit(task, summary=f"{name} {number}")

    threads = [threading.Thread(target=edit, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(hooked)

    ids = [int(body["changelog"]["id"]) for body in receiver.bodies("jira:issue_updated")]
    assert len(ids) == 40
    assert ids == sorted(ids)


def test_only_the_registered_events_are_sent(site: JiraSite, receiver: Receiver) -> None:
    site.webhooks.add(f"{receiver.url}/x", events=["comment_created"])
    key = acting(site).create_issue("ABC", "Task", summary="A")
    acting(site).comment(key, "A")
    settle(site)

    assert receiver.events == ["comment_created"]


def test_cleared_webhooks_send_nothing_more(hooked: JiraSite, receiver: Receiver) -> None:
    hooked.webhooks.clear()
    acting(hooked).create_issue("ABC", "Task", summary="A")

    assert hooked.webhooks.idle
    assert receiver.received == []


def test_site_is_not_idle_while_something_is_under_way(site: JiraSite, receiver: Receiver) -> None:
    receiver.answers = [503] * 6
    site.webhooks.timing.time_factor = 1
    site.webhooks.timing.retries = 5
    hook = site.webhooks.add(f"{receiver.url}/x")
    acting(site).create_issue("ABC", "Task", summary="A")

    assert not site.webhooks.wait_until_idle(timeout=0.05)
    site.webhooks.remove(hook)
    assert site.webhooks.idle


def test_transition_with_comment_tells_of_both(hooked: JiraSite, receiver: Receiver) -> None:
    hooked.set_workflow("ABC", [Transition("Go", "Done")])
    key = acting(hooked).create_issue("ABC", "Task", summary="A")
    log_in(hooked).transition_issue(key, "Go", comment="Bye")
    settle(hooked)

    assert receiver.events == ["jira:issue_created", "jira:issue_updated", "comment_created"]


def test_data_center_sends_once_and_has_no_lanes(datacenter: JiraSite, receiver: Receiver) -> None:
    receiver.answers = [503]
    datacenter.webhooks.add(f"{receiver.url}/x")
    acting(datacenter).create_issue("ABC", "Task", summary="A")
    settle(datacenter)

    (got,) = receiver.received
    assert "X-Atlassian-Webhook-Flow" not in got.headers
    (delivery,) = datacenter.webhooks.deliveries
    assert (delivery.status, delivery.attempts) == (503, 1)


@pytest.mark.parametrize(("version", "signed"), [((9, 12, 0), False), ((10, 0, 0), True)])
def test_data_center_signs_since_version_10(
    receiver: Receiver, version: tuple[int, int, int], signed: bool
) -> None:
    site = JiraSite(Flavour.DATA_CENTER, version=version, threads=2)
    site.add_project("ABC", "Alphabet")
    site.start()
    site.webhooks.add(f"{receiver.url}/x", secret="It's a Secret")
    site.acting_as(site.add_person("Ann Lee", "ann@studio.test")).create_issue(
        "ABC", "Task", summary="A"
    )
    settle(site)
    site.stop()

    assert ("X-Hub-Signature" in receiver.received[0].headers) == signed


def test_what_follows_from_a_deletion_comes_in_a_lane_of_its_own(
    cloud: JiraSite, receiver: Receiver
) -> None:
    task = acting(cloud).create_issue("ABC", "Task", summary="A")
    acting(cloud).comment(task, "A")
    cloud.webhooks.timing.secondary = 0.05
    cloud.webhooks.add(f"{receiver.url}/x")
    acting(cloud).delete_issue(task)
    acting(cloud).create_issue("ABC", "Task", summary="B")
    settle(cloud)

    flows = [got.headers["X-Atlassian-Webhook-Flow"] for got in receiver.received]
    assert receiver.events == ["jira:issue_deleted", "jira:issue_created", "comment_deleted"]
    assert flows == ["Primary", "Primary", "Secondary"]


def test_webhook_that_failed_is_overtaken_while_it_waits(
    cloud: JiraSite, receiver: Receiver
) -> None:
    task = acting(cloud).create_issue("ABC", "Task", summary="A")
    cloud.webhooks.add(f"{receiver.url}/x")
    cloud.webhooks.hold()
    receiver.answers = [503]
    acting(cloud).comment(task, "A")
    acting(cloud).comment(task, "B")
    cloud.webhooks.release()
    settle(cloud)

    bodies = [got.body["comment"]["body"] for got in receiver.received]
    assert bodies == ["A", "B", "A"]


def test_webhooks_are_dropped_repeated_and_overtaken_by_setting(
    site: JiraSite, receiver: Receiver, task: str
) -> None:
    site.webhooks.add(f"{receiver.url}/x")
    mishaps = site.webhooks.mishaps
    mishaps.drop = mishaps.repeat = mishaps.reorder = 0.2
    for number in range(100):
        acting(site).comment(task, str(number))
    settle(site)

    names = [got.headers["X-Atlassian-Webhook-Identifier"] for got in receiver.received]
    assert 60 < len(set(names)) < 95
    assert len(names) > len(set(names)) + 5
    order = list(dict.fromkeys(int(got.body["comment"]["body"]) for got in receiver.received))
    assert order != sorted(order)


def test_webhook_may_say_only_that_something_happened(site: JiraSite, receiver: Receiver) -> None:
    site.webhooks.add(f"{receiver.url}/x/${{issue.key}}", with_body=False)
    key = acting(site).create_issue("ABC", "Task", summary="A")
    settle(site)

    (got,) = receiver.received
    assert got.url.startswith(f"/x/{key}")
    assert got.content == b""


def test_webhook_is_told_of_the_issues_that_its_jql_finds(
    site: JiraSite, receiver: Receiver
) -> None:
    site.add_project("XYZ", "Zebras")
    site.webhooks.add(f"{receiver.url}/x", jql="project = XYZ and issuetype = Bug")
    keys = [
        acting(site).create_issue(project, issue_type, summary="A")
        for project in ("ABC", "XYZ")
        for issue_type in ("Task", "Bug")
    ]
    acting(site).comment(keys[0], "A")
    acting(site).comment(keys[3], "A")
    settle(site)

    assert receiver.events == ["jira:issue_created", "comment_created"]


def test_change_log_may_come_without_its_items(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    hooked.event_shapes.empty_changelogs = True
    acting(hooked).edit(task, assignee=ann(hooked))
    settle(hooked)

    body = _only(receiver, "jira:issue_updated")
    assert body["issue_event_type_name"] == "issue_assigned"
    assert int(body["changelog"]["id"]) > 0
    assert body["changelog"]["items"] == []


def test_issues_that_are_edited_together_say_so(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    other = acting(hooked).create_issue("ABC", "Task", summary="B")
    acting(hooked).edit_many([task, other], summary="C")
    settle(hooked)

    bodies = receiver.bodies("jira:issue_updated")
    assert [body["issue"]["key"] for body in bodies] == [task, other]
    assert len({body["bulkOperationMetaData"]["bulkOperationId"] for body in bodies}) == 1


def test_only_cloud_tells_the_ids_of_changed_fields(
    hooked: JiraSite, receiver: Receiver, task: str
) -> None:
    acting(hooked).edit(task, **{"Shotgun ID": "12"})
    settle(hooked)

    (item,) = _only(receiver, "jira:issue_updated")["changelog"]["items"]
    assert item["field"] == "Shotgun ID"
    assert ("fieldId" in item) == hooked.flavour.is_cloud


def test_several_requests_are_under_way_at_once_where_that_is_wanted(
    site: JiraSite, receiver: Receiver, task: str
) -> None:
    settle(site)
    site.webhooks.add(f"{receiver.url}/jira2sg", at_once=2)
    receiver.open.clear()
    acting(site).edit(task, summary="B")
    acting(site).edit(task, summary="C")

    deadline = time.monotonic() + 4  # before the receiver has answered the first one
    while len(receiver.received) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(receiver.received) == 2
    receiver.open.set()
    settle(site)
