"""Routes of issues themselves: create, show, edit, move, delete, and their metadata."""

from __future__ import annotations

from typing import Any, Final

from sg_jira.sandbox.jira.catalog import IssueType
from sg_jira.sandbox.jira.changelog import show_history
from sg_jira.sandbox.jira.issues import create_issue, delete_issue, edit_issue, transition_issue
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import NO_CONTENT, Answer, Call, Route
from sg_jira.sandbox.jira.screens import Screen, show_slot, show_slots, slots
from sg_jira.sandbox.jira.shape import show_editmeta, show_issue
from sg_jira.sandbox.jira.store import Issue, Project
from sg_jira.sandbox.jira.transitions import show_transitions

#: The most issues that one call can create.
_BULK: Final = 50


def _created(call: Call, issue: Issue) -> dict[str, Any]:
    self_link = f"{call.store.base}/issue/{issue.id}"
    return {"id": issue.id, "key": issue.key, "self": self_link}


def create(call: Call) -> Answer:
    return Answer(201, _created(call, create_issue(call.store, call.caller, call.data)))


def create_many(call: Call) -> Answer:
    requested = call.data.get("issueUpdates") or []
    if len(requested) > _BULK:
        raise Refusal(400, f"Cannot create more than {_BULK} issues in one call.")
    issues, errors = [], []
    for number, data in enumerate(requested):
        try:
            issues.append(_created(call, create_issue(call.store, call.caller, data)))
        except Refusal as refusal:
            element = {"status": refusal.status, "elementErrors": refusal.body}
            errors.append({**element, "failedElementNumber": number})
    return Answer(201 if issues else 400, {"issues": issues, "errors": errors})


def show(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    fields = call.words("fields") or ["*all"]
    return Answer(200, show_issue(call.store, issue, fields, call.words("expand"), call.caller))


def edit(call: Call, key: str) -> Answer:
    edit_issue(call.store, call.caller, call.issue(key), call.data)
    return NO_CONTENT


def assign(call: Call, key: str) -> Answer:
    body = {"fields": {"assignee": call.data}}
    edit_issue(call.store, call.caller, call.issue(key), body)
    return NO_CONTENT


def delete(call: Call, key: str) -> Answer:
    with_subtasks = call.query.get("deleteSubtasks", "").lower() == "true"
    delete_issue(call.store, call.caller, call.issue(key), with_subtasks)
    return NO_CONTENT


def editmeta(call: Call, key: str) -> Answer:
    return Answer(200, show_editmeta(call.store, call.issue(key), call.caller))


def transitions(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    with_fields = "transitions.fields" in call.words("expand")
    shown = show_transitions(call.store, issue, with_fields, call.caller)
    wanted = call.query.get("transitionId")
    shown = [entry for entry in shown if wanted in (None, entry["id"])]
    return Answer(200, {"expand": "transitions", "transitions": shown})


def transition(call: Call, key: str) -> Answer:
    transition_issue(call.store, call.caller, call.issue(key), call.data)
    return NO_CONTENT


def changelog(call: Call, key: str) -> Answer:
    """Cloud's page of the change log, oldest first."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    issue = call.issue(key)
    start, most = call.page(100, 100)
    values = [show_history(call.store, history) for history in issue.histories]
    return Answer(200, _page(values, start, most))


def listed_changelog(call: Call, key: str) -> Answer:
    """Those entries of Cloud's change log that are asked for by id."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    wanted = {str(id) for id in call.data.get("changelogIds") or ()}
    found = [one for one in call.issue(key).histories if one.id in wanted]
    values = [show_history(call.store, history) for history in found]
    return Answer(200, _page(values, 0, len(values)))


def createmeta(call: Call) -> Answer:
    """The classic create metadata, gone from Data Center since 9.0 (JRASERVER-74965)."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "Issue Does Not Exist")
    keys, ids = call.words("projectKeys"), call.words("projectIds")
    projects = [
        _show_project(call, project)
        for project in call.store.projects.values()
        if (not (keys or ids) or project.key in keys or project.id in ids)
        and call.store.permissions.granted(call.caller, Permission.CREATE_ISSUES, project.id)
    ]
    return Answer(200, {"expand": "projects", "projects": projects})


def _show_project(call: Call, project: Project) -> dict[str, Any]:
    ids, names = call.words("issuetypeIds"), call.words("issuetypeNames")
    with_fields = "projects.issuetypes.fields" in call.words("expand")
    types = [
        _show_type(call, project, issue_type, with_fields)
        for issue_type in project.issue_types
        if not (ids or names) or issue_type.id in ids or issue_type.name in names
    ]
    shown = {"self": f"{call.store.base}/project/{project.id}", "id": project.id}
    return {**shown, "key": project.key, "name": project.name, "issuetypes": types}


def _show_type(
    call: Call, project: Project, issue_type: IssueType, with_fields: bool
) -> dict[str, Any]:
    shown = issue_type.show(call.store.base, with_level=True)
    if with_fields:
        on_screen = slots(call.store, Screen.CREATE, project, issue_type, call.caller)
        shown["expand"] = "fields"
        shown["fields"] = show_slots(call.store, on_screen, project, issue_type)
    return shown


def create_types(call: Call, project: str) -> Answer:
    """The issue types of a project, on pages."""
    found = call.project(project)
    cloud = call.store.flavour.is_cloud
    start, most = call.page(50, 200)
    shown = [issue_type.show(call.store.base, cloud) for issue_type in found.issue_types]
    return Answer(200, _page(shown, start, most, "issueTypes" if cloud else None))


def create_fields(call: Call, project: str, id: str) -> Answer:
    """The fields on the create screen of one issue type, on pages."""
    found = call.project(project)
    issue_type = next((t for t in found.issue_types if t.id == id), None)
    if issue_type is None:
        raise Refusal(404, f"No issue type with id '{id}' exists in the project '{found.key}'.")
    start, most = call.page(50, 200)
    on_screen = slots(call.store, Screen.CREATE, found, issue_type, call.caller)
    shown = [show_slot(call.store, slot, found, issue_type) for slot in on_screen.values()]
    return Answer(200, _page(shown, start, most, "fields" if call.store.flavour.is_cloud else None))


def _page(values: list[Any], start: int, most: int, also_as: str | None = None) -> dict[str, Any]:
    """A page; `also_as` repeats the values under the name that Cloud has for them."""
    page = values[start : start + most]
    return {
        "startAt": start,
        "maxResults": most,
        "total": len(values),
        "isLast": start + most >= len(values),
        "values": page,
        **({also_as: page} if also_as else {}),
    }


ROUTES: Final = (
    Route("POST", "issue", create),
    Route("POST", "issue/bulk", create_many),
    Route("GET", "issue/createmeta", createmeta),
    Route("GET", "issue/createmeta/<project>/issuetypes", create_types),
    Route("GET", "issue/createmeta/<project>/issuetypes/<id>", create_fields),
    Route("GET", "issue/<key>", show),
    Route("PUT", "issue/<key>", edit),
    Route("DELETE", "issue/<key>", delete),
    Route("PUT", "issue/<key>/assignee", assign),
    Route("GET", "issue/<key>/editmeta", editmeta),
    Route("GET", "issue/<key>/transitions", transitions),
    Route("POST", "issue/<key>/transitions", transition),
    Route("GET", "issue/<key>/changelog", changelog),
    Route("POST", "issue/<key>/changelog/list", listed_changelog),
)
