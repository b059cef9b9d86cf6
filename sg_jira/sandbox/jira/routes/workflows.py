"""Routes of workflows, as administrators of Cloud see them; Data Center has none of them.

https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-workflows/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import Answer, Call, Route
from sg_jira.sandbox.jira.store import Project
from sg_jira.sandbox.jira.workflow import Workflow


def schemes_of_projects(call: Call) -> Answer:
    """Which scheme says what workflow the issue types of these projects have: one for all."""
    _require(call)
    wanted = call.words("projectId")
    if not wanted:
        raise Refusal(400, errors={"projectId": "The ID of a project has to be provided."})
    found = [one for one in call.store.projects.values() if one.id in wanted]
    return Answer(200, {"values": [_show_scheme(call, project) for project in found]})


def workflows(call: Call) -> Answer:
    """The workflows of these names, or all; with their transitions and statuses if asked for."""
    _require(call)
    names, expand = call.query.getlist("workflowName"), call.words("expand")
    projects = [one for one in call.store.projects.values() if not names or _name(one) in names]
    start, most = call.page(50, 50)
    page = [_show(project, expand) for project in projects[start : start + most]]
    last = start + most >= len(projects)
    told = {"maxResults": most, "startAt": start, "total": len(projects), "isLast": last}
    return Answer(200, {**told, "values": page})


def _require(call: Call) -> None:
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    call.require(Permission.ADMINISTER)


def _name(project: Project) -> str:
    return f"Software workflow for project {project.key}"


def _show_scheme(call: Call, project: Project) -> dict[str, Any]:
    return {
        "projectIds": [project.id],
        "workflowScheme": {
            "id": int(project.id),
            "name": f"{project.key}: Workflow Scheme",
            "defaultWorkflow": _name(project),
            "issueTypeMappings": {},
            "self": f"{call.store.base}/workflowscheme/{project.id}",
        },
    }


def _show(project: Project, expand: list[str]) -> dict[str, Any]:
    workflow = project.workflow
    shown: dict[str, Any] = {"id": {"name": _name(project)}, "description": ""}
    if "transitions" in expand:
        shown["transitions"] = list(_show_transitions(workflow))
    if "statuses" in expand:
        shown["statuses"] = [{"id": one.id, "name": one.name} for one in workflow.statuses]
    return shown


def _show_transitions(workflow: Workflow) -> Iterator[dict[str, Any]]:
    create = {"id": "1", "name": "Create", "description": "", "from": []}
    yield {**create, "to": workflow.initial.id, "type": "initial"}
    for id, transition in workflow.transitions.items():
        yield {
            "id": id,
            "name": transition.name,
            "description": "",
            "from": [workflow.status(name).id for name in transition.origins or ()],
            "to": workflow.status(transition.to).id,
            "type": "global" if transition.origins is None else "directed",
        }


ROUTES: Final = (
    Route("GET", "workflowscheme/project", schemes_of_projects),
    Route("GET", "workflow/search", workflows),
)
