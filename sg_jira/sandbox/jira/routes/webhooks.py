"""Routes of the webhooks that administrators register, beside the REST API of issues.

Source: developer.atlassian.com/cloud/jira/platform/webhooks, registering a webhook by REST.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sg_jira.sandbox.jira.jql import parse
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route
from sg_jira.sandbox.jira.times import milliseconds
from sg_jira.sandbox.jira.webhooks import Webhook

_PREFIX: Final = "/rest/webhooks/1.0/"
_JQL: Final = "issue-related-events-section"
#: The events that can be registered for.
EVENTS: Final = frozenset(
    {
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "worklog_created",
        "worklog_updated",
        "worklog_deleted",
        "issuelink_created",
        "issuelink_deleted",
        "attachment_created",
        "attachment_deleted",
        "issue_property_set",
        "issue_property_deleted",
        "project_created",
        "project_updated",
        "project_deleted",
        "jira:version_created",
        "jira:version_updated",
        "jira:version_released",
        "jira:version_deleted",
        "user_created",
        "user_updated",
        "user_deleted",
        "option_worklog_changed",
        "sprint_created",
        "sprint_updated",
        "sprint_started",
        "sprint_closed",
        "sprint_deleted",
        "board_created",
        "board_updated",
        "board_deleted",
    }
)


def webhooks(call: Call) -> Answer:
    call.require(Permission.ADMINISTER)
    return Answer(200, [_show(call, webhook) for webhook in call.store.webhooks.registered()])


def create(call: Call) -> Answer:
    call.require(Permission.ADMINISTER)
    data = _checked(call.data)
    for word in ("name", "url"):
        if not data.get(word):
            raise Refusal(400, f"The webhook's {word} must not be empty.")
    added = call.store.webhooks.add(data["url"], name=data["name"], events=())
    _change(call, added, data)
    return Answer(201, _show(call, added))


def webhook(call: Call, id: int) -> Answer:
    return Answer(200, _show(call, _find(call, id)))


def update(call: Call, id: int) -> Answer:
    found = _find(call, id)
    _change(call, found, _checked(call.data))
    return Answer(200, _show(call, found))


def delete(call: Call, id: int) -> Answer:
    call.store.webhooks.remove(_find(call, id))
    return NO_CONTENT


def _find(call: Call, id: int) -> Webhook:
    call.require(Permission.ADMINISTER)
    for found in call.store.webhooks.registered():
        if found.id == id:
            return found
    raise Refusal(404, f"The webhook with id {id} does not exist.")


def _checked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a request says of a webhook. Raises `Refusal` 400 when some of it is wrong."""
    for word in ("name", "url", "secret"):
        if not isinstance(data.get(word) or "", str):
            raise Refusal(400, f"The webhook's {word} must be a text.")
    if data.get("url") and not data["url"].startswith(("http://", "https://")):
        raise Refusal(400, "The webhook's url must begin with http:// or https://.")
    events = data.get("events", [])
    if not isinstance(events, list):
        raise Refusal(400, "The webhook's events must be a list.")
    if unknown := set(map(str, events)) - EVENTS:
        raise Refusal(400, f"There are no such events: {', '.join(sorted(unknown))}.")
    parse(_jql(data))
    return data


def _jql(data: Mapping[str, Any]) -> str:
    """The filter; Data Center has two names for it, of different age."""
    filters = data.get("filters")
    given = filters.get(_JQL) if isinstance(filters, dict) else data.get("jqlFilter")
    return str(given or "")


def _change(call: Call, webhook: Webhook, data: Mapping[str, Any]) -> None:
    for word in ("name", "url"):
        if data.get(word):
            setattr(webhook, word, data[word])
    if "events" in data:
        webhook.events = frozenset(data["events"])
    if "filters" in data or "jqlFilter" in data:
        webhook.jql = _jql(data)
    if "excludeBody" in data:
        webhook.with_body = not data["excludeBody"]
    if "enabled" in data:
        webhook.enabled = bool(data["enabled"])
    if "secret" in data:
        webhook.secret = data["secret"] or None
    webhook.updated = (call.caller, call.store.clock())


def _show(call: Call, webhook: Webhook) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": webhook.name,
        "url": webhook.url,
        "excludeBody": not webhook.with_body,
        "filters": {_JQL: webhook.jql},
        "events": sorted(EVENTS if webhook.events is None else webhook.events),
        "enabled": webhook.enabled,
        "self": f"{call.store.address}{_PREFIX}webhook/{webhook.id}",
    }
    if call.store.webhooks.signs:
        shown["isSigned"] = webhook.secret is not None
    if webhook.updated is not None:
        person, moment = webhook.updated
        shown["lastUpdatedUser"] = person.id
        shown["lastUpdatedDisplayName"] = person.display_name
        shown["lastUpdated"] = milliseconds(moment)
    return shown


ROUTES: Final = (
    Route("GET", "webhook", webhooks, prefix=_PREFIX),
    Route("POST", "webhook", create, prefix=_PREFIX),
    Route("GET", "webhook/<int:id>", webhook, prefix=_PREFIX),
    Route("PUT", "webhook/<int:id>", update, prefix=_PREFIX),
    Route("DELETE", "webhook/<int:id>", delete, prefix=_PREFIX),
)
