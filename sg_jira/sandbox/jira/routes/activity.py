"""Routes of what hangs on issues: comments, watchers, links and properties."""

from __future__ import annotations

from typing import Any, Final

from sg_jira.sandbox.jira.comments import add_comment, delete_comment, edit_comment, find_comment
from sg_jira.sandbox.jira.links import add_link, delete_link, find_link
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route
from sg_jira.sandbox.jira.shape import show_comment, show_link
from sg_jira.sandbox.jira.watchers import show_watchers, unwatch, watch, watcher

#: Jira's limit for comments on one page.
_PAGE: Final = 5000
#: The most characters of an issue property's JSON.
_PROPERTY_SIZE: Final = 32768


def comments(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    found = list(issue.comments.values())
    if call.query.get("orderBy", "").startswith("-"):
        found.reverse()
    shown = [show_comment(call.store, issue, comment) for comment in found]
    return Answer(200, _page(call, "comments", shown))


def comment(call: Call, key: str, id: str) -> Answer:
    issue = call.issue(key)
    return Answer(200, show_comment(call.store, issue, find_comment(issue, id)))


def create_comment(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    added = add_comment(call.store, call.caller, issue, call.data)
    return Answer(201, show_comment(call.store, issue, added))


def update_comment(call: Call, key: str, id: str) -> Answer:
    issue = call.issue(key)
    found = find_comment(issue, id)
    edit_comment(call.store, call.caller, issue, found, call.data)
    return Answer(200, show_comment(call.store, issue, found))


def remove_comment(call: Call, key: str, id: str) -> Answer:
    issue = call.issue(key)
    delete_comment(call.store, call.caller, issue, find_comment(issue, id))
    return NO_CONTENT


def watchers(call: Call, key: str) -> Answer:
    return Answer(200, show_watchers(call.store, call.issue(key), call.caller))


def add_watcher(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    if call.body is not None and not isinstance(call.body, str):
        raise Refusal(400, "The body must be a JSON string that names the watcher.")
    watch(call.store, issue, watcher(call.store, call.body, call.caller), call.caller)
    return NO_CONTENT


def remove_watcher(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    word = "accountId" if call.store.flavour.is_cloud else "username"
    if word not in call.query:
        raise Refusal(400, f"The query parameter '{word}' is missing.")
    unwatch(call.store, issue, watcher(call.store, call.query[word], call.caller), call.caller)
    return NO_CONTENT


def link_types(call: Call) -> Answer:
    types = [type.show(call.store.base) for type in call.store.link_types]
    return Answer(200, {"issueLinkTypes": types})


def create_link(call: Call) -> Answer:
    add_link(call.store, call.caller, call.data)
    return Answer(201)


def link(call: Call, id: str) -> Answer:
    return Answer(200, show_link(call.store, find_link(call.store, id)))


def remove_link(call: Call, id: str) -> Answer:
    delete_link(call.store, call.caller, find_link(call.store, id))
    return NO_CONTENT


def properties(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    base = f"{call.store.base}/issue/{issue.id}/properties"
    return Answer(200, {"keys": [{"self": f"{base}/{n}", "key": n} for n in issue.properties]})


def issue_property(call: Call, key: str, name: str) -> Answer:
    issue = call.issue(key)
    return Answer(200, {"key": name, "value": _known_property(issue.properties, name)})


def set_property(call: Call, key: str, name: str) -> Answer:
    issue = call.issue(key)
    if len(str(call.body)) > _PROPERTY_SIZE or len(name) > 255:
        raise Refusal(400, "The property key or its value is too long.")
    status = 200 if name in issue.properties else 201
    issue.properties[name] = call.body
    return Answer(status)


def remove_property(call: Call, key: str, name: str) -> Answer:
    issue = call.issue(key)
    _known_property(issue.properties, name)
    del issue.properties[name]
    return NO_CONTENT


def _known_property(known: dict[str, Any], name: str) -> Any:
    if name not in known:
        raise Refusal(404, f"The property with key '{name}' does not exist.")
    return known[name]


def _page(call: Call, name: str, values: list[Any]) -> dict[str, Any]:
    start, most = call.page(_PAGE, _PAGE)
    page = values[start : start + most]
    return {"startAt": start, "maxResults": most, "total": len(values), name: page}


ROUTES: Final = (
    Route("GET", "issue/<key>/comment", comments),
    Route("POST", "issue/<key>/comment", create_comment),
    Route("GET", "issue/<key>/comment/<id>", comment),
    Route("PUT", "issue/<key>/comment/<id>", update_comment),
    Route("DELETE", "issue/<key>/comment/<id>", remove_comment),
    Route("GET", "issue/<key>/watchers", watchers),
    Route("POST", "issue/<key>/watchers", add_watcher),
    Route("DELETE", "issue/<key>/watchers", remove_watcher),
    Route("GET", "issue/<key>/properties", properties),
    Route("GET", "issue/<key>/properties/<name>", issue_property),
    Route("PUT", "issue/<key>/properties/<name>", set_property),
    Route("DELETE", "issue/<key>/properties/<name>", remove_property),
    Route("GET", "issueLinkType", link_types),
    Route("POST", "issueLink", create_link),
    Route("GET", "issueLink/<id>", link),
    Route("DELETE", "issueLink/<id>", remove_link),
)
