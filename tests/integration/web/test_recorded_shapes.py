"""Signed webhooks in the shapes that real sites of both kinds have sent: what becomes of each.

The bodies are our own, reduced to what such bodies have, lack and say twice; they are about one
synced Task and its Issue. No URL names the Issue.
"""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from tests.integration.pairs import Pair, create_task

#: The outcome of an event and its reason, as `?wait` tells them.
Outcome = tuple[str | None, str | None]


@dataclass
class Senders:
    """The two sites, as far as they post to the bridge: by hand, signed, without a record's id."""

    bridge: RunningBridge
    pair: Pair
    sent: int = 90_000

    @property
    def sandbox(self) -> Sandbox:
        return self.pair.sandbox

    @property
    def is_cloud(self) -> bool:
        return self.sandbox.jira.flavour is Flavour.CLOUD

    def jira(self, event: str, **parts: Any) -> Outcome:
        """Posts a webhook of Jira."""
        body = {"timestamp": round(time.time() * 1000), "webhookEvent": event, **parts}
        secret = self.sandbox.bridge_settings().webhook_secret
        return self._post("/jira2sg/default", body, "X-Hub-Signature", "sha256", secret)

    def fptr(self, body: dict[str, Any]) -> Outcome:
        """Posts a webhook of FPTR."""
        secret = self.sandbox.bridge_settings().daemon_token
        return self._post("/sg2jira/default", body, "X-SG-SIGNATURE", "sha1", secret)

    def _post(
        self, path: str, body: dict[str, Any], header: str, method: str, secret: str
    ) -> Outcome:
        raw = json.dumps(body).encode()
        digest = hmac.new(secret.encode(), raw, method).hexdigest()
        answer = requests.post(
            f"{self.bridge.url}{path}?wait=20",
            data=raw,
            headers={"Content-Type": "application/json", header: f"{method}={digest}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told.get("outcome"), told.get("reason")

    # ----------------------------------------------------------------- parts of Jira's bodies

    def person(self, login: str) -> dict[str, Any]:
        """A person as webhooks show one: Cloud has account ids, Data Center names and keys."""
        who = self.sandbox.production.person(login).jira
        assert who is not None
        common = {"displayName": who.display_name, "active": True, "timeZone": "Etc/UTC"}
        if self.is_cloud:
            return {"accountId": who.account_id, "accountType": "atlassian", **common}
        return {"name": who.name, "key": who.key, "emailAddress": who.email, **common}

    def issue(self) -> dict[str, Any]:
        """The Issue as it is now."""
        return self.sandbox.jira.issue(self.pair.key)

    def thin_issue(self) -> dict[str, Any]:
        """The Issue as the events of others show it."""
        issue = self.issue()
        fields = {name: issue["fields"][name] for name in ("summary", "status", "assignee")}
        return {"id": issue["id"], "key": issue["key"], "fields": fields}

    def changed(self, field: str, kind: str = "issue_updated", **values: Any) -> Outcome:
        """Posts that a field of the Issue changed. Data Center does not name fields by id."""
        item = {"field": field, "fieldtype": "jira", "from": None, "to": None, **values}
        if self.is_cloud:
            item["fieldId"] = values.get("fieldId", field)
        return self.updated([item], kind)

    def updated(self, items: list[dict[str, Any]], kind: str = "issue_updated") -> Outcome:
        """Posts a change log of the Issue."""
        self.sent += 1
        return self.jira(
            "jira:issue_updated",
            issue_event_type_name=kind,
            user=self.person("mira"),
            issue=self.issue(),
            changelog={"id": str(self.sent), "items": items},
        )

    def comment(self, event: str, number: str, body: str) -> Outcome:
        """Posts an event of a comment. Data Center names its Issue in its URL only."""
        issue, person = self.issue(), self.person("mira")
        comment = {
            "self": f"{self.sandbox.jira.url}/rest/api/2/issue/{issue['id']}/comment/{number}",
            "id": number,
            "body": body,
            "author": person,
            "updateAuthor": person,
            "created": "2026-03-01T10:00:00.000+0000",
            "updated": f"2026-03-01T10:00:{self.sent % 60:02}.000+0000",
        }
        self.sent += 1
        if self.is_cloud:
            return self.jira(event, comment={**comment, "jsdPublic": True}, issue=self.thin_issue())
        if event == "comment_created":
            return self.jira(event, comment=comment)
        return self.jira(event, user=person, comment=comment)

    # ----------------------------------------------------------------- parts of FPTR's bodies

    def delivery(self, operation: str, field: str = "", value: Any = None) -> dict[str, Any]:
        """What FPTR delivers of one entry of its event log."""
        self.sent += 1
        kind = {"create": "New", "update": "Change", "delete": "Retirement"}[operation]
        meta = {"type": "attribute_change", "attribute_name": field, "new_value": value}
        return {
            "data": {
                "id": f"{self.sent}.1.0",
                "event_log_entry_id": 10**8 + self.sent,
                "event_type": f"Shotgun_Task_{kind}",
                "operation": operation,
                "attribute_name": field or None,
                "entity": {"type": "Task", "id": self.pair.id},
                "project": self.sandbox.production.project,
                "user": self.sandbox.production.person("mira").shotgun,
                "session_uuid": "6a7f0d4e-3a0c-11ec-8a5b-0242ac110004",
                "delivery_id": f"delivery-{self.sent}",
                "created_at": "2026-03-01 10:00:00.523887",
                "meta": {**meta, "entity_type": "Task", "entity_id": self.pair.id},
            },
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }


@pytest.fixture
def senders(sandbox: Sandbox, live_bridge: RunningBridge) -> Senders:
    """A synced Task with a synced Note; from here on nothing is forwarded."""
    pair = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    pair.settle()
    pair.add_note("Tide", "Mind the tide")
    sandbox.stop_forwarding()
    return Senders(live_bridge, pair)


def reasons(outcomes: dict[str, Outcome]) -> dict[str, str]:
    """What became of each event, in one word: `synced`, or why it was not."""
    return {
        what: (reason or "").partition(":")[0] or str(outcome)
        for what, (outcome, reason) in outcomes.items()
    }


def test_each_shape_of_an_issues_webhooks_ends_in_its_outcome(senders: Senders) -> None:
    pair, by_hand = senders.pair, senders.pair.in_jira()
    by_hand.edit(pair.key, summary="Build the long pier")
    by_hand.transition(pair.key, "In Progress")
    tomas = senders.person("tomas")
    new = senders.sandbox.jira.issue(
        by_hand.create_issue(senders.sandbox.production.jira_key, "Task", summary="By hand")
    )
    typed = {"field": "description", "fieldtype": "jira", "to": None, "toString": "Not that long"}
    filled_in = [
        typed,
        {"field": "Fix Version", "fieldtype": "jira", "to": "10000", "toString": "d"},
        {"field": "Radio Buttons", "fieldtype": "custom", "to": "10035", "toString": "1"},
        {
            "field": "reporter",
            "fieldtype": "jira",
            "to": "mira",
            "toString": "Mira Halvorsen",
            "tmpFromAccountId": None,
            "tmpToAccountId": "5b10a2844c20165700000000",
        },
        {"field": "Status", "fieldtype": "jira", "to": "10004", "toString": "To Do"},
    ]
    created = {"issue_event_type_name": "issue_created", "user": senders.person("mira")}

    outcomes = {
        "renamed": senders.changed(
            "summary", fromString="Build the pier", toString="Build the long pier"
        ),
        "work started": senders.changed(
            "status", "issue_work_started", fromString="To Do", to="3", toString="In Progress"
        ),
        "assigned": senders.changed(
            "assignee",
            "issue_assigned",
            to=tomas.get("accountId", tomas.get("name")),
            toString=tomas["displayName"],
        ),
        "labelled": senders.changed("labels", fromString='"oh', toString="fur hero"),
        "custom field": senders.changed(
            "Number Field", fieldtype="custom", fieldId="customfield_19999", toString="12"
        ),
        "empty change log": senders.updated([], "issue_assigned"),
        "created": senders.jira("jira:issue_created", issue=new, **created),
        "created with text": senders.jira(
            "jira:issue_created", issue=new, changelog={"id": "7", "items": [typed]}, **created
        ),
        "created with much": senders.jira(
            "jira:issue_created", issue=new, changelog={"id": "8", "items": filled_in}, **created
        ),
        "deleted": senders.jira("jira:issue_deleted", user=senders.person("mira"), issue=new),
    }

    assert reasons(outcomes) == {
        "renamed": "synced",
        "work started": "synced",
        "assigned": "synced",
        "labelled": "synced",
        "custom field": "nothing_to_write",
        "empty change log": "nothing_to_write",
        "created": "not_linked",
        "created with text": "not_linked",
        "created with much": "not_linked",
        "deleted": "no_handler",
    }
    assert (pair.task["content"], pair.task["sg_status_list"]) == ("Build the long pier", "ip")
    assert [each["name"] for each in pair.task["task_assignees"]] == [tomas["displayName"]]
    assert sorted(each["name"] for each in pair.task["tags"]) == ["fur", "hero"]


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_cloud_may_tell_people_by_the_names_they_once_had(senders: Senders) -> None:
    ines = senders.person("ines")
    senders.pair.in_jira().edit(senders.pair.key, assignee=ines)

    named = senders.changed(
        "assignee", "issue_assigned", to="ines", toString="Ines Okafor", fieldId="assignee"
    )

    assert named == ("synced", None)
    assert [each["name"] for each in senders.pair.task["task_assignees"]] == ["Ines Okafor"]


def test_each_shape_of_a_remarks_webhooks_ends_in_its_outcome(senders: Senders) -> None:
    pair, by_hand = senders.pair, senders.pair.in_jira()
    (comment,) = pair.comments
    edited = comment["body"].replace("Mind the tide", "Mind the ebb")
    by_hand.edit_comment(pair.key, comment["id"], edited)
    foreign = by_hand.comment(pair.key, "Here is more")
    worklog = {"id": "5", "issueId": senders.issue()["id"], "timeSpentSeconds": 60}

    outcomes = {
        "edited": senders.comment("comment_updated", comment["id"], edited),
        "another one edited": senders.comment("comment_updated", foreign, "Here is less"),
        "written": senders.comment("comment_created", foreign, "Here is more"),
        "deleted": senders.comment("comment_deleted", comment["id"], edited),
        "work logged": senders.jira("worklog_created", worklog=worklog),
    }

    assert reasons(outcomes) == {
        "edited": "synced",
        "another one edited": "note_not_linked",
        "written": "no_handler",
        "deleted": "no_handler",
        "work logged": "no_handler",
    }
    (note,) = pair.task["notes"]
    assert senders.sandbox.shotgun.record("Note", note["id"])["content"] == "Mind the ebb"


def test_where_only_the_id_of_an_issue_is_told_it_is_read_once(senders: Senders) -> None:
    (comment,) = senders.pair.comments
    senders.sandbox.forget_calls()

    senders.comment("comment_updated", comment["id"], comment["body"])

    assert senders.sandbox.bridge_calls().jira == (
        {} if senders.is_cloud else {"GET issue/{key}": 1}
    )


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_each_shape_of_fptrs_deliveries_ends_in_its_outcome(senders: Senders) -> None:
    pair = senders.pair
    pair.in_fptr().update("Task", pair.id, {"content": "Build the wide pier"})
    one = senders.fptr(senders.delivery("update", "content", "Build the wide pier"))
    assert pair.issue["summary"] == "Build the wide pier"

    pair.in_fptr().update("Task", pair.id, {"content": "Build the pier", "sg_status_list": "fin"})
    batch = [
        senders.delivery("update", "content", "Build the pier"),
        senders.delivery("update", "sg_status_list", "fin"),
    ]
    pair.in_fptr().update("Task", pair.id, {"sg_description": "Of oak"})
    long = senders.delivery("update", "sg_description")
    long["data"]["created_at"] = time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime())
    long["data"]["meta"]["warning"] = "The values were left out."
    del long["data"]["meta"]["new_value"]
    cut = senders.fptr(long)
    assert pair.issue["description"] == "Of oak"
    outcomes = {
        "one": one,
        "longer than 1 MB": cut,
        "batch": senders.fptr({"timestamp": "2026-03-01T10:00:00Z", "deliveries": batch}),
        "unknown field": senders.fptr(senders.delivery("update", "color", "1,2,3")),
        "created": senders.fptr(senders.delivery("create")),
        "deleted": senders.fptr(senders.delivery("delete")),
        "test of the connection": senders.fptr({"data": {}, "timestamp": "2026-03-01T10:00:00Z"}),
    }

    assert reasons(outcomes) == {
        "one": "synced",
        "longer than 1 MB": "synced",
        "batch": "synced",
        "unknown field": "no_handler",
        "created": "synced",
        "deleted": "deletion_not_synced",
        "test of the connection": "None",
    }
    assert (pair.issue["summary"], pair.issue["status"]["name"]) == ("Build the pier", "Done")
