"""Routes of attachments. Cloud's downloads lead to another host unless the caller asks for none.

Source: developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issue-attachments.
"""

from __future__ import annotations

from typing import Final

from sg_jira.sandbox.jira.attachments import (
    add_attachment,
    delete_attachment,
    find_attachment,
    media_link,
)
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route
from sg_jira.sandbox.jira.shape import show_attachment

_GUARD: Final = ("X-Atlassian-Token", "no-check")


def attach(call: Call, key: str) -> Answer:
    """Adds the files of a form, whose parts must be called `file`."""
    name, value = _GUARD
    if call.headers.get(name) != value:
        raise Refusal(403, "XSRF check failed")
    issue = call.issue(key)
    if not call.files:
        raise Refusal(400, "There is no part 'file' in the form.")
    added = [
        add_attachment(
            call.store, call.caller, issue, one.filename or "file", one.read(), one.mimetype
        )
        for one in call.files
    ]
    return Answer(200, [show_attachment(call.store, one) for one in added])


def settings(call: Call) -> Answer:
    limit = call.store.attachment_limit
    return Answer(200, {"enabled": limit is not None, "uploadLimit": limit or 0})


def show(call: Call, id: str) -> Answer:
    shown = show_attachment(call.store, find_attachment(call.store, id)[1])
    return Answer(200, {**shown, "id": int(id)})


def remove(call: Call, id: str) -> Answer:
    delete_attachment(call.store, call.caller, *find_attachment(call.store, id))
    return NO_CONTENT


def content(call: Call, id: str) -> Answer:
    """Cloud's download."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    _, attachment = find_attachment(call.store, id)
    if call.query.get("redirect") == "false" and not call.store.always_redirects:
        return Answer(200, file=attachment.blob)
    return Answer(303, location=media_link(call.store, attachment))


def page(call: Call, id: str, name: str) -> Answer:
    """Data Center's download."""
    if call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such page on Cloud.")
    _, attachment = find_attachment(call.store, id)
    return Answer(200, file=attachment.blob)


ROUTES: Final = (
    Route("POST", "issue/<key>/attachments", attach),
    Route("GET", "attachment/meta", settings),
    Route("GET", "attachment/<id>", show),
    Route("DELETE", "attachment/<id>", remove),
    Route("GET", "attachment/content/<id>", content),
    Route("GET", "secure/attachment/<id>/<name>", page, prefix="/"),
)
