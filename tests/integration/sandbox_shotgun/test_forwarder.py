"""The forwarder posts what changed, as the event daemon's plug-in does."""

import threading

import pytest
from flask import Flask, request

from sg_jira.sandbox.serving import SiteServer
from sg_jira.sandbox.shotgun import Forwarder


class Bridge:
    """Takes what is posted to it, and may be told to fail or to hold on."""

    def __init__(self):
        app = Flask(__name__)
        self.posts = []
        self.status = 200
        self.open = threading.Event()
        self.open.set()
        self.arrived = threading.Semaphore(0)
        app.post("/sg2jira/default/<entity_type>/<int:entity_id>")(self._take)
        self._server = SiteServer(app)
        self._server.start()
        self.url = f"{self._server.url}/sg2jira/default"
        self.stop = self._server.stop

    def _take(self, entity_type, entity_id):
        self.arrived.release()
        self.open.wait(5)
        self.posts.append((request.path.removeprefix("/sg2jira/default"), request.get_json()))
        return "", self.status


@pytest.fixture
def bridge():
    bridge = Bridge()
    yield bridge
    bridge.open.set()
    bridge.stop()


@pytest.fixture
def forwarder(site, bridge, task):
    forwarder = Forwarder(site, bridge.url + "/")
    forwarder.start()
    yield forwarder
    bridge.open.set()
    forwarder.stop()


def settle(forwarder):
    """Waits until everything was posted."""
    turn = threading.Event()
    for _ in range(500):
        if forwarder.idle:
            return
        turn.wait(0.01)
    raise AssertionError("the forwarder is not idle after 5 seconds")


def test_a_change_is_posted_with_who_and_what(
    site, bridge, forwarder, as_jane, jane, project, task
):
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(forwarder)

    ((path, body),) = bridge.posts
    event = site.events()[-1]
    assert path == f"/Task/{task['id']}"
    assert body == {
        "meta": event["meta"],
        "session_uuid": "session-of-jane",
        "user": jane,
        "project": project,
        "entity_type": "Task",
        "entity_id": task["id"],
        "event_log_entry_id": event["id"],
        "created_at": "2024-05-15T12:00:00Z",
    }


def test_what_was_before_the_start_is_not_posted(bridge, forwarder):
    settle(forwarder)

    assert bridge.posts == []


def test_changes_are_posted_in_order(bridge, forwarder, as_jane, task):
    for number in range(20):
        as_jane.update("Task", task["id"], {"est_in_mins": number})
    settle(forwarder)

    assert [body["meta"]["new_value"] for _, body in bridge.posts] == list(range(20))
    ids = [one.event_id for one in forwarder.deliveries]
    assert ids == sorted(ids)
    assert {one.status for one in forwarder.deliveries} == {200}


def test_a_deletion_is_posted_though_the_record_is_gone(bridge, forwarder, as_jane, task):
    as_jane.delete("Task", task["id"])
    settle(forwarder)

    ((path, body),) = bridge.posts
    assert path == f"/Task/{task['id']}"
    assert body["meta"]["attribute_name"] == "retirement_date"


def test_only_changes_of_synced_types_in_a_project_are_posted(
    bridge, forwarder, as_jane, project, jane
):
    as_jane.create("Tag", {"name": "hero"})
    as_jane.create("Sequence", {"code": "SQ1", "project": project})
    as_jane.update("HumanUser", jane["id"], {"email": "x@studio.example"})
    as_jane.create("CustomEntity03", {"code": "C", "project": project})
    settle(forwarder)

    assert {path.split("/")[1] for path, _ in bridge.posts} == {"CustomEntity03"}


def test_the_types_may_be_chosen(site, bridge, as_jane, project):
    forwarder = Forwarder(site, bridge.url, entity_types=["Sequence"])
    forwarder.start()

    as_jane.create("Sequence", {"code": "SQ1", "project": project})
    as_jane.create("Asset", {"code": "A", "project": project})
    settle(forwarder)
    forwarder.stop()

    assert {path.split("/")[1] for path, _ in bridge.posts} == {"Sequence"}


def test_it_is_not_idle_while_a_post_is_on_its_way(bridge, forwarder, as_jane, task):
    bridge.open.clear()
    as_jane.update("Task", task["id"], {"content": "Model"})
    assert not forwarder.idle

    assert bridge.arrived.acquire(timeout=5)
    assert not forwarder.idle
    bridge.open.set()
    settle(forwarder)

    assert len(bridge.posts) == 1


def test_it_goes_on_after_a_refused_post(bridge, forwarder, as_jane, task):
    bridge.status = 500
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(forwarder)
    bridge.status = 200
    as_jane.update("Task", task["id"], {"content": "Rig"})
    settle(forwarder)

    assert [one.status for one in forwarder.deliveries] == [500, 200]


def test_it_goes_on_while_nobody_answers(bridge, forwarder, as_jane, task):
    bridge.stop()
    as_jane.update("Task", task["id"], {"content": "Model"})
    settle(forwarder)

    (delivery,) = forwarder.deliveries
    assert delivery.status is None
    assert "refused" in delivery.error
    assert delivery.url == f"{bridge.url}/Task/{task['id']}"


def test_once_stopped_it_posts_nothing_and_may_be_stopped_again(bridge, forwarder, as_jane, task):
    forwarder.stop()
    forwarder.stop()

    as_jane.update("Task", task["id"], {"content": "Model"})

    assert bridge.posts == []


def test_stopping_leaves_what_still_waits(bridge, forwarder, as_jane, task):
    bridge.open.clear()
    for number in range(5):
        as_jane.update("Task", task["id"], {"est_in_mins": number})
    assert bridge.arrived.acquire(timeout=5)
    stopping = threading.Thread(target=forwarder.stop)
    stopping.start()
    while not forwarder.stopping:
        stopping.join(0.01)
    bridge.open.set()
    stopping.join(5)

    assert len(bridge.posts) == 1


def test_started_again_it_follows_from_the_new_end(bridge, forwarder, as_jane, task):
    forwarder.stop()
    as_jane.update("Task", task["id"], {"est_in_mins": 1})
    forwarder.start()
    as_jane.update("Task", task["id"], {"est_in_mins": 2})
    settle(forwarder)

    assert [body["meta"]["new_value"] for _, body in bridge.posts] == [2]
