"""Routes of permissions: what the caller may do, and projects by what they may do there."""

from __future__ import annotations

from typing import Any, Final

from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import Answer, Call, Route
from sg_jira.sandbox.jira.store import Project

#: What a search for projects can ask for, and the permission that each needs.
_ACTIONS: Final = {
    "view": Permission.BROWSE_PROJECTS,
    "browse": Permission.BROWSE_PROJECTS,
    "create": Permission.CREATE_ISSUES,
    "edit": Permission.ADMINISTER_PROJECTS,
}


def my_permissions(call: Call) -> Answer:
    """The caller's permissions, in a project or anywhere; Cloud wants to be told which."""
    asked = call.words("permissions")
    if call.store.flavour.is_cloud and not asked:
        raise Refusal(400, "The 'permissions' query parameter is required.")
    known = {permission.value for permission in Permission}
    if unknown := [word for word in asked if word not in known]:
        raise Refusal(400, f"Unrecognized permission: {', '.join(unknown)}")
    project = _project(call)
    place = None if project is None else project.id
    shown = {
        permission.value: permission.show(
            call.store.permissions.granted(call.caller, permission, place)
        )
        for permission in Permission
        if not asked or permission.value in asked
    }
    return Answer(200, {"permissions": shown})


def search_projects(call: Call) -> Answer:
    """Cloud's pages of projects, by keys, ids, words or what the caller may do there."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    action = call.query.get("action", "view")
    if action not in _ACTIONS:
        raise Refusal(400, f"The value '{action}' is not valid for the parameter 'action'.")
    found = [
        project
        for project in call.store.projects.values()
        if call.sees(project)
        and call.store.permissions.granted(call.caller, _ACTIONS[action], project.id)
        and _is_asked_for(call, project)
    ]
    found.sort(key=lambda project: project.key)
    start, most = call.page(50, 100)
    base = f"{call.store.base}/project/search"
    shown: dict[str, Any] = {
        "self": f"{base}?startAt={start}&maxResults={most}",
        "maxResults": most,
        "startAt": start,
        "total": len(found),
        "isLast": start + most >= len(found),
        "values": [project.show(call.store.base) for project in found[start : start + most]],
    }
    if not shown["isLast"]:
        shown["nextPage"] = f"{base}?startAt={start + most}&maxResults={most}"
    return Answer(200, shown)


def _is_asked_for(call: Call, project: Project) -> bool:
    keys, ids = call.words("keys"), call.words("id")
    word = call.query.get("query", "").lower()
    named = not (keys or ids) or project.key in keys or project.id in ids
    return named and (word in project.key.lower() or word in project.name.lower())


def _project(call: Call) -> Project | None:
    for word in ("issueKey", "issueId"):
        if word in call.query:
            return call.issue(call.query[word]).project
    for word in ("projectKey", "projectId"):
        if word in call.query:
            return call.project(call.query[word])
    return None


ROUTES: Final = (
    Route("GET", "mypermissions", my_permissions),
    Route("GET", "project/search", search_projects),
)
