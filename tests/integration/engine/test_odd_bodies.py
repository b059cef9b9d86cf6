"""A body in a form that no site uses holds nothing up, nor what comes behind it."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.engine.identity import JiraFacts
from tests.integration.engine.test_crossings import Issues

LINKED = {"customfield_1": "Task", "customfield_2": "1"}
ODD: list[Any] = [["x"], {"a": 1}, 1e300, True, "\ud800", "\0"]


@pytest.fixture(params=[True, False], ids=["signed", "unsigned"])
def knowing(bench, request):
    """A bridge that knows which accounts and which Issue are its own."""
    bench.identities.learn(JiraFacts("customfield_1", "customfield_2", frozenset({"bot"})))
    bench.bridge.jira = Issues()
    bench.bridge.shotgun.record = {"due_date": "2031-01-01"}
    bench.signed = request.param
    bench.bridge.sync_all_in_shotgun = lambda name, kind, number, events, present=None: [
        bool(bench.bridge.seen.append((kind, number, event))) or True for event in events
    ]
    return bench


def changed(**told: Any) -> dict[str, Any]:
    item = {"field": "duedate", "fieldId": "duedate", "to": "2031-01-01"}
    return {
        "webhookEvent": "jira:issue_updated",
        "user": {"name": "ada"},
        "issue": {"id": "77", "key": "CMT-1", "fields": LINKED},
        "changelog": {"id": "5", "items": [item]},
        **told,
    }


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "place",
    [
        lambda odd: {"user": {"name": odd, "accountId": odd, "key": odd}},
        lambda odd: {"user": odd},
        lambda odd: {"issue": {"id": "77", "key": odd, "fields": LINKED}},
        lambda odd: {"issue": {"id": "77", "fields": odd}},
        lambda odd: {"issue": {"id": "77", "fields": dict.fromkeys(LINKED, odd)}},
        lambda odd: {"issue": {"id": odd, "key": "CMT-1", "fields": LINKED}},
        lambda odd: {"changelog": odd},
        lambda odd: {"changelog": {"id": odd, "items": odd}},
        lambda odd: {"changelog": {"id": "5", "items": [odd, {"field": odd}, {"fieldId": odd}]}},
        lambda odd: {"webhookEvent": odd},
        lambda odd: {"timestamp": odd},
    ],
    ids=["names", "user", "key", "fields", "links", "id", "log", "items", "item", "event", "time"],
)
def test_an_odd_webhook_of_jira_holds_nothing_up(knowing, place, odd):
    knowing.jira(changed(**place(odd)))
    knowing.jira(changed(changelog={"id": "6", "items": []}))
    for waiting in knowing.inbox.waiting_keys():
        knowing.drain(waiting.key)

    assert knowing.inbox.waiting_keys() == []
    assert len(knowing.events()) == 2


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("name", ["attribute_name", "type", "in_create", "new_value", "entity_id"])
def test_an_odd_change_of_fptr_holds_nothing_up(knowing, name, odd):
    knowing.fptr(1, **{"attribute_name": "due_date", name: odd})
    knowing.fptr(2, attribute_name="due_date")
    knowing.drain("Task:1")

    assert knowing.inbox.waiting_keys() == []
    assert len(knowing.events()) == 2
