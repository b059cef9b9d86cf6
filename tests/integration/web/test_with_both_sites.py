"""The service with a real bridge between the two sites of the sandbox."""

from __future__ import annotations

import gc
import socket
import sys
import threading

import pytest
import requests

import webapp
from sg_jira.sandbox.jira import Flavour, JiraSite
from sg_jira.sandbox.shotgun import ShotgunSite

# The clients of both sites leave open sockets to the garbage collector when their thread ends or
# connecting fails half-way; it is made to run here, so that no other test gets the warning.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

SETTINGS = """
SHOTGUN = {{"site": {fptr!r}, "script_name": "bridge", "script_key": "k-e-y"}}
JIRA = {{"site": {jira!r}, "user": {user!r}, "secret": {secret!r}}}
SYNC = {{
    "default": {{"syncer": "sg_jira.TaskIssueSyncer"}},
    "broken": {{"syncer": "no_such_module.Syncer"}},
}}
"""

ISSUE = {"id": "10040", "key": "CMT-41", "fields": {"summary": "Rig"}}
COMMENT = {"id": "10019", "body": "Done", "updated": "2026-03-01T04:00:00.123-0800"}
PERSON = {"name": "ada", "displayName": "Ada Painter"}
CHANGE = {"field": "summary", "fieldtype": "jira", "fromString": "Rig", "toString": "Rigging"}

#: Bodies of either flavour, reduced to what they have in common or lack.
WEBHOOKS = [
    {},
    {"webhookEvent": "jira:issue_created", "issue": ISSUE, "user": PERSON},
    {
        "webhookEvent": "jira:issue_updated",
        "issue": ISSUE,
        "user": PERSON,
        "changelog": {"id": "5", "items": [CHANGE]},
    },
    {"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": {"id": "6", "items": {}}},
    {"webhookEvent": "jira:issue_updated", "changelog": {"items": [{**CHANGE, "fieldId": "x"}]}},
    {"webhookEvent": "jira:issue_deleted", "issue": ISSUE, "user": None},
    {"webhookEvent": "comment_created", "comment": COMMENT, "issue": ISSUE},
    {"webhookEvent": "comment_updated", "comment": {**COMMENT, "author": PERSON}, "issue": ISSUE},
    {"webhookEvent": "comment_updated", "comment": COMMENT, "user": PERSON},
    {"webhookEvent": "comment_deleted", "comment": COMMENT},
    {"webhookEvent": "worklog_updated", "worklog": {"id": 501, "issueId": "10040"}},
    {"webhookEvent": "worklog_deleted", "worklog": {"id": "501", "issueId": "10040"}},
    {"webhookEvent": "issuelink_created", "issueLink": {"id": 1}, "timestamp": 1},
]

FPTR_EVENTS = [
    {},
    {"project": {"type": "Project", "id": 1}},
    {"project": {"type": "Project", "id": 1}, "meta": {"type": "new_entity"}},
    {"project": {"type": "Project", "id": 1}, "meta": {"type": "attribute_change"}},
    {
        "project": {"type": "Project", "id": 1},
        "meta": {"type": "attribute_change", "attribute_name": "no_such_field"},
        "user": {"type": "HumanUser", "id": 1},
    },
]


@pytest.fixture(scope="module")
def fptr():
    site = ShotgunSite()
    site.add_script("bridge", "k-e-y")
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module", params=list(Flavour), ids=lambda flavour: flavour.value)
def late_jira(request):
    """A Jira site whose address is known, but which has not been started."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = JiraSite(request.param, port=port)
    yield site, f"http://127.0.0.1:{port}"
    site.stop()


@pytest.fixture(scope="module")
def server(fptr, late_jira, tmp_path_factory):
    """The service, started before Jira is."""
    jira, url = late_jira
    credentials = jira.credentials(jira.add_person("Bridge", "bridge@studio.test"))
    path = tmp_path_factory.mktemp("studio") / "settings.py"
    text = SETTINGS.format(
        fptr=fptr.url, jira=url, user=credentials.user, secret=credentials.secret
    )
    path.write_text(text, encoding="utf-8")
    server = webapp.create_server(0, "127.0.0.1", str(path))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.stop()
    thread.join(timeout=10)
    del server
    gc.collect()


@pytest.fixture
def ready_server(server, late_jira, wait_until):
    jira, _ = late_jira
    if not server_is_ready(server):
        jira.start()
        wait_until(lambda: server_is_ready(server), "the service is ready")
    return server


def server_is_ready(server):
    return requests.get(server.url + "/readyz", timeout=10).status_code == 200


def test_the_service_becomes_ready_when_the_missing_site_comes_up(server, late_jira, wait_until):
    before = requests.get(server.url + "/readyz", timeout=10)
    assert before.status_code == 503
    assert before.json()["sites"]["FPTR"]["reachable"]
    assert before.json()["reason"] == "Jira: Connection refused"
    kept = requests.post(server.url + "/sg2jira/default/Task/1", json={"early": 1}, timeout=10)
    assert kept.status_code == 200
    assert not server.is_idle

    late_jira[0].start()
    wait_until(lambda: server_is_ready(server), "the service is ready")

    wait_until(lambda: server.is_idle, "the event from before was worked on")
    warnings = requests.get(server.url + "/readyz", timeout=10).json()["warnings"]
    assert not [each for each in warnings if "own script user" in each]


@pytest.mark.parametrize("body", WEBHOOKS)
def test_every_shape_of_a_jira_webhook_is_answered_with_a_reason(ready_server, body):
    answer = requests.post(
        ready_server.url + "/jira2sg/default/issue/CMT-41?wait=20", json=body, timeout=30
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == "skipped"
    assert answer.json()["reason"]


@pytest.mark.parametrize("body", FPTR_EVENTS)
def test_an_fptr_event_that_nobody_wants_is_skipped_with_a_reason(ready_server, body):
    answer = requests.post(
        ready_server.url + "/sg2jira/default/Task/1?wait=20", json=body, timeout=10
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == "skipped"
    assert answer.json()["reason"]


def test_an_entry_that_cannot_be_used_fails_alone_with_a_short_reason(ready_server):
    def post(name):
        url = f"{ready_server.url}/sg2jira/{name}/Task/1?wait=20"
        return requests.post(url, json={}, timeout=30).json()

    broken, default = post("broken"), post("default")

    assert (broken["outcome"], default["outcome"]) == ("waiting", "skipped")
    assert "not_ready" in broken["reason"]
    assert "ModuleNotFoundError: No module named 'no_such_module'" in broken["reason"]
    told = requests.get(ready_server.url + "/readyz", timeout=10).json()
    assert list(told["entries_not_ready"]) == ["broken"]


def test_no_worker_keeps_python_to_itself_while_senders_wait(ready_server):
    assert sys.getswitchinterval() <= 0.001


def test_the_bridge_can_be_reset(ready_server):
    assert requests.post(ready_server.url + "/admin/reset", timeout=10).status_code == 200
