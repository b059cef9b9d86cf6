"""Routes of the site as a whole: what it is, its projects, fields, types and statuses."""

from __future__ import annotations

from typing import Any, Final

from sg_jira.sandbox.jira.catalog import PRIORITIES, RESOLUTIONS, IssueType, Status
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes.call import Answer, Call, Route
from sg_jira.sandbox.jira.store import Project
from sg_jira.sandbox.jira.times import format_time


def server_info(call: Call) -> Answer:
    cloud = call.store.flavour.is_cloud
    numbers = call.store.version
    return Answer(
        200,
        {
            "baseUrl": call.store.address,
            "version": ".".join(map(str, numbers)) + ("-SNAPSHOT" if cloud else ""),
            "versionNumbers": list(numbers),
            "deploymentType": "Cloud" if cloud else "Server",
            "buildNumber": 100000 if cloud else numbers[0] * 1000000 + numbers[1] * 10000,
            "serverTime": format_time(call.store.clock()),
            "serverTitle": "Jira",
        },
    )


def projects(call: Call) -> Answer:
    seen = [project for project in call.store.projects.values() if call.sees(project)]
    return Answer(200, [project.show(call.store.base) for project in seen])


def project(call: Call, key: str) -> Answer:
    found = call.project(key)
    return Answer(
        200,
        {
            **found.show(call.store.base),
            "description": "",
            "issueTypes": [_show_type(call, issue_type) for issue_type in found.issue_types],
            "components": [component.show(call.store.base) for component in found.components],
            "versions": [version.show(call.store.base) for version in found.versions],
        },
    )


def project_statuses(call: Call, key: str) -> Answer:
    found = call.project(key)
    statuses = [status.show(call.store.base) for status in found.workflow.statuses]
    return Answer(200, [{**_show_type(call, t), "statuses": statuses} for t in found.issue_types])


def project_components(call: Call, key: str) -> Answer:
    found: Project = call.project(key)
    return Answer(200, [component.show(call.store.base) for component in found.components])


def project_versions(call: Call, key: str) -> Answer:
    found: Project = call.project(key)
    return Answer(200, [version.show(call.store.base) for version in found.versions])


def issue_types(call: Call) -> Answer:
    return Answer(200, [_show_type(call, issue_type) for issue_type in call.store.issue_types])


def issue_type(call: Call, id: str) -> Answer:
    return Answer(200, _show_type(call, _with_id(call.store.issue_types, id)))


def issue_types_of_project(call: Call) -> Answer:
    """The issue types of one project, which the query names by id. Cloud only."""
    if not call.store.flavour.is_cloud:
        raise Refusal(404, "There is no such resource on Data Center.")
    found = call.project(call.query.get("projectId", ""))
    return Answer(200, [_show_type(call, issue_type) for issue_type in found.issue_types])


def statuses(call: Call) -> Answer:
    return Answer(200, [status.show(call.store.base) for status in call.store.statuses])


def status(call: Call, id: str) -> Answer:
    found: Status = _with_id(call.store.statuses, id)
    return Answer(200, found.show(call.store.base))


def priorities(call: Call) -> Answer:
    return Answer(200, [priority.show(call.store.base) for priority in PRIORITIES])


def resolutions(call: Call) -> Answer:
    return Answer(200, [resolution.show(call.store.base) for resolution in RESOLUTIONS])


def _show_type(call: Call, issue_type: IssueType) -> dict[str, Any]:
    return issue_type.show(call.store.base, with_level=call.store.flavour.is_cloud)


def _with_id(things: Any, id: str) -> Any:
    for thing in things:
        if id in (thing.id, thing.name):
            return thing
    raise Refusal(404, f"There is nothing with the id '{id}'.")


ROUTES: Final = (
    Route("GET", "serverInfo", server_info, anonymous=True),
    Route("GET", "project", projects),
    Route("GET", "project/<key>", project),
    Route("GET", "project/<key>/statuses", project_statuses),
    Route("GET", "project/<key>/components", project_components),
    Route("GET", "project/<key>/versions", project_versions),
    Route("GET", "issuetype", issue_types),
    Route("GET", "issuetype/project", issue_types_of_project),
    Route("GET", "issuetype/<id>", issue_type),
    Route("GET", "status", statuses),
    Route("GET", "status/<id>", status),
    Route("GET", "priority", priorities),
    Route("GET", "resolution", resolutions),
)
