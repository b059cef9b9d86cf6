"""Who can prove to be FPTR or Jira, and what happens to those who cannot."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode

import pytest
from flask import Flask, request
from pydantic import SecretStr

from sg_jira.web import create_app
from sg_jira.web.connection import Readiness
from sg_jira.web.proofs import NO_PROOFS, proofs_of_jira, proofs_of_shotgun
from sg_jira.web.replies import Refusal
from tests.integration.web.conftest import Inbox

NEW, OLD, OTHER = "a-new-secret-of-ours", "the-secret-before-it", "somebody-elses-secret"
BODY = json.dumps({"meta": {"type": "attribute_change", "attribute_name": "content"}}).encode()
JSON = {"Content-Type": "application/json"}


class Port:
    """The routes, without a server."""

    def __init__(self, *secrets: str, requires: bool = False) -> None:
        self.inbox, self.wrong = Inbox(), []
        known = [SecretStr(secret) for secret in secrets]
        self.client = create_app(
            self.inbox,
            settings_names=["default"],
            readiness=lambda: Readiness(True, True),
            reset=lambda: None,
            max_body_bytes=10_000,
            from_fptr=proofs_of_shotgun(known, self.wrong.append, requires),
            from_jira=proofs_of_jira(known, self.wrong.append, requires),
        ).test_client()

    def post(self, path: str, body: bytes = BODY, **headers: str) -> int:
        return self.client.post(path, data=body, headers={**JSON, **headers}).status_code

    def fptr(self, body: bytes = BODY, **headers: str) -> int:
        return self.post("/sg2jira/default/Task/1", body, **headers)

    def jira(self, body: bytes = BODY, **headers: str) -> int:
        return self.post("/jira2sg/default/issue/X-1", body, **headers)

    @property
    def signed(self) -> list[bool]:
        return [event.signed for event in self.inbox.events]


@pytest.fixture
def port():
    return Port(NEW, OLD)


def signature(secret: str, body: bytes = BODY, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_what_is_signed_with_one_of_the_two_secrets_is_trusted(port, secret):
    assert port.fptr(**{"X-SG-SIGNATURE": signature(secret, method="sha1")}) == 200
    assert port.jira(**{"X-Hub-Signature": signature(secret)}) == 200
    assert port.jira(**{"X-Hub-Signature": signature(secret, method="sha512")}) == 200
    assert port.signed == [True, True, True]


def test_what_cannot_sign_may_show_the_secret(port):
    password = b64encode(f"jira:{NEW}".encode()).decode()

    assert port.fptr(Authorization=f"Bearer {NEW}") == 200
    assert port.jira(Authorization=f"Basic {password}") == 200
    assert port.signed == [True, True]


@pytest.mark.parametrize(
    "said",
    [
        signature(OTHER),
        signature(NEW, BODY + b" "),
        signature(NEW)[:-1],
        signature(NEW).partition("=")[2],
        "sha256=",
        "",
        "md5=" + hmac.new(NEW.encode(), BODY, "md5").hexdigest(),
        "sha256=gänse".encode().decode("latin-1"),
        f"{signature(OTHER)}, {signature(NEW)}",
    ],
)
def test_a_wrong_signature_is_401_is_counted_and_nothing_is_kept(port, said):
    assert port.jira(**{"X-Hub-Signature": said}) == 401
    assert port.wrong == ["Jira"]
    assert port.inbox.events == []


def test_a_signature_of_the_other_site_proves_nothing():
    port = Port(NEW)
    assert port.jira(**{"X-SG-SIGNATURE": signature(OTHER)}) == 200
    assert port.signed == [False]


@pytest.mark.parametrize("shown", [f"Bearer {OTHER}", "Bearer ", "Digest a=b", "Token x"])
def test_a_wrong_secret_is_401(port, shown):
    assert port.fptr(Authorization=shown) == 401
    assert port.inbox.events == []


def test_a_wrong_secret_beside_a_good_signature_does_no_harm(port):
    headers = {"X-Hub-Signature": signature(NEW), "Authorization": f"Bearer {OTHER}"}
    assert port.jira(**headers) == 200
    assert port.signed == [True]


def test_a_body_is_checked_before_it_is_read(port):
    assert port.jira(b"{no json", **{"X-Hub-Signature": signature(OTHER, b"{no json")}) == 401
    assert port.jira(b"{no json", **{"X-Hub-Signature": signature(NEW, b"{no json")}) == 400


def test_what_proves_nothing_is_a_hint_or_refused_by_setting(port):
    assert port.fptr() == 200
    assert port.signed == [False]

    strict = Port(NEW, requires=True)
    assert strict.fptr() == 401
    assert strict.inbox.events == []


def test_without_a_secret_nobody_is_trusted_and_nobody_refused():
    port = Port()
    assert port.jira(**{"X-Hub-Signature": signature(OTHER)}) == 200
    assert port.signed == [False]


def test_no_answer_shows_a_secret(port):
    answer = port.client.post(
        "/jira2sg/default/issue/X-1", data=BODY, headers={"Authorization": f"Bearer {OTHER}"}
    )
    assert answer.status_code == 401
    assert all(each not in answer.text for each in (NEW, OLD, OTHER))
    assert "SGJIRA_JIRA_SECRET" in answer.text


def test_the_example_that_jira_publishes_passes():
    # https://developer.atlassian.com/cloud/jira/platform/webhooks/
    body = b"Hello World!"
    published = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    proofs = proofs_of_jira([SecretStr("It's a Secret to Everybody")], lambda sender: None)

    with Flask(__name__).test_request_context(headers={"X-Hub-Signature": published}):
        assert proofs.check(request, body)
        with pytest.raises(Refusal):
            proofs.check(request, body + b"!")
        assert not NO_PROOFS.check(request, body)


def test_fptr_signs_by_the_hash_that_it_names():
    # RFC 2202, section 3, test case 2 of HMAC-SHA-1
    body = b"what do ya want for nothing?"
    published = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    proofs = proofs_of_shotgun([SecretStr("Jefe")], lambda sender: None)

    with Flask(__name__).test_request_context(headers={"X-SG-SIGNATURE": published}):
        assert proofs.check(request, body)
        with pytest.raises(Refusal):
            proofs.check(request, body + b"!")


# ------------------------------------------------------------- where events name themselves


def delivery(number: int, **data) -> dict:
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": "x"}
    return {
        "data": {
            "event_log_entry_id": number,
            "event_type": "Shotgun_Task_Change",
            "operation": "update",
            "entity": {"type": "Task", "id": 12},
            "project": {"type": "Project", "id": 1},
            "user": {"type": "HumanUser", "id": 2},
            "created_at": "2026-03-01 12:00:00.5",
            "meta": meta,
            **data,
        },
        "timestamp": "2026-03-01T12:00:01Z",
    }


def test_fptr_s_own_webhook_is_understood_without_a_record_in_the_path(port):
    body = json.dumps(delivery(7)).encode()
    headers = {"X-SG-SIGNATURE": signature(NEW, body, "sha1")}
    assert port.post("/sg2jira/default", body, **headers) == 200

    (event,) = port.inbox.events
    assert (event.id, event.subject_type, event.subject_id) == ("fptr:7", "Task", 12)
    assert event.source.value == "fptr-webhook"


def test_each_event_of_a_batch_is_taken(port):
    batch = {"timestamp": "2026-03-01T12:00:01Z", "deliveries": [delivery(7), delivery(8)]}
    assert port.post("/sg2jira/default", json.dumps(batch).encode()) == 200
    assert [event.id for event in port.inbox.events] == ["unsigned:fptr:7", "unsigned:fptr:8"]
    assert port.inbox.together == [2], "all of them are kept, or none"


@pytest.mark.parametrize("body", [{"data": {}}, {"data": {"event_type": "Test"}, "timestamp": "t"}])
def test_a_test_of_the_connection_is_answered_with_200(port, body):
    assert port.post("/sg2jira/default", json.dumps(body).encode()) == 200
    assert port.inbox.events == []


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({"webhookEvent": "jira:issue_updated", "issue": {"id": "7", "key": "X-1"}}, "X-1"),
        ({"webhookEvent": "comment_created", "issue": {"id": "7"}, "comment": {"id": "1"}}, "7"),
        ({"webhookEvent": "worklog_created", "worklog": {"id": "1", "issueId": "7"}}, "7"),
        (
            {
                "webhookEvent": "comment_updated",
                "comment": {"id": "1", "self": "https://j/rest/api/2/issue/7/comment/1"},
            },
            "7",
        ),
    ],
)
def test_a_webhook_of_jira_names_its_issue_itself(port, body, issue):
    assert port.post("/jira2sg/default", json.dumps(body).encode()) == 200
    (event,) = port.inbox.events
    assert (event.subject_type, event.subject_id) == ("issue", issue)


def test_a_webhook_of_jira_that_names_no_issue_is_refused(port):
    assert port.post("/jira2sg/default", b'{"webhookEvent": "user_created"}') == 400
    assert port.inbox.events == []
