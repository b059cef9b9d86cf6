"""Jira's own administration: rights, webhooks, custom fields and screens, which need rights.

https://developer.atlassian.com/cloud/jira/platform/rest/v2/ and
https://developer.atlassian.com/server/jira/platform/rest/; webhooks:
https://developer.atlassian.com/cloud/jira/platform/webhooks/. The `jira` client has none of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jira.exceptions import JIRAError

from sg_jira.jira_session import JiraSession

#: Issues whose transitions are looked at in one call; Jira works them out for each one.
_SAMPLE: Final = 20
#: Statuses of an answer that refuses what only administrators may see, or that a site lacks.
_NOT_SHOWN: Final = (401, 403, 404)


@dataclass(frozen=True)
class TypeStatuses:
    """The statuses of an issue type in a project.

    Attributes:
        id: of the issue type.
        names: id of each status -> its name.
    """

    id: str
    names: Mapping[str, str]


class JiraAdmin:
    """Calls with the bridge's own login. Each raises `JIRAError` when Jira refuses.

    Parameters:
        session: logged in.
    """

    def __init__(self, session: JiraSession) -> None:
        self._session = session
        self._root = str(session.server_url).rstrip("/")

    def lacking(self, project_key: str, permissions: Collection[str]) -> set[str]:
        """Those project permissions that the bridge's account does not have."""
        wanted = sorted(permissions)
        found = self._ask(
            "GET", "api/2/mypermissions", projectKey=project_key, permissions=",".join(wanted)
        )
        told = found.get("permissions") or {}
        return {key for key in wanted if not (told.get(key) or {}).get("havePermission")}

    def statuses(self, project_key: str) -> dict[str, TypeStatuses]:
        """The statuses of a project's workflows, by the name of the issue type."""
        found = self._ask("GET", f"api/2/project/{project_key}/statuses")
        return {
            one["name"]: TypeStatuses(
                str(one["id"]), {str(each["id"]): each["name"] for each in one["statuses"]}
            )
            for one in found
        }

    def offered_transitions(
        self, project_id: str, issue_type_id: str, passed: Collection[str]
    ) -> list[tuple[str, set[str]]]:
        """What Jira offers this account for the Issues that were changed last; one call.

        Parameters:
            passed: ids of statuses; Issues in one of them are left out.

        Returns:
            For each Issue the id of its status, and the ids of those that transitions lead to.
        """
        others = f" AND status not in ({', '.join(sorted(passed))})" if passed else ""
        found = self._ask(
            "GET",
            "api/2/search/jql" if self._session.is_jira_cloud else "api/2/search",
            jql=f"project = {project_id} AND issuetype = {issue_type_id}{others} "
            "ORDER BY updated DESC",
            maxResults=_SAMPLE,
            fields="status",
            expand="transitions",
        )
        return [
            (
                str(issue["fields"]["status"]["id"]),
                {str(one["to"]["id"]) for one in issue.get("transitions") or []},
            )
            for issue in found.get("issues") or []
        ]

    def workflow_targets(self, project_id: str, issue_type_id: str) -> set[str] | None:
        """Ids of the statuses that transitions of an issue type's workflow lead to; two calls.

        The one by which new Issues come to be is no way for those that are there already.

        Returns:
            `None` where the workflow is not shown: to nobody but administrators of Cloud, and not
            that of a team-managed project.
        """
        if not self._session.is_jira_cloud:
            return None
        try:
            schemes = self._ask("GET", "api/2/workflowscheme/project", projectId=project_id)
            if not schemes.get("values"):
                return None
            scheme = schemes["values"][0]["workflowScheme"]
            name = (scheme.get("issueTypeMappings") or {}).get(issue_type_id)
            found = self._values(
                "api/2/workflow/search",
                workflowName=name or scheme["defaultWorkflow"],
                expand="transitions",
            )
        except JIRAError as error:
            if error.status_code in _NOT_SHOWN:
                return None
            raise
        if not found:
            return None
        transitions = found[0].get("transitions") or []
        return {str(one["to"]) for one in transitions if one.get("type") != "initial"}

    def webhooks(self) -> list[dict[str, Any]]:
        """The webhooks that administrators registered, as Jira gives them."""
        found = self._ask("GET", "webhooks/1.0/webhook")
        return [one for one in found if isinstance(one, dict)]

    def create_webhook(
        self, name: str, url: str, events: Iterable[str], secret: str, jql: str
    ) -> None:
        """Registers a webhook.

        Parameters:
            name: for people.
            url: where it posts.
            events: names such as `jira:issue_updated`.
            secret: signs what it posts, on sites that sign.
            jql: tells only of what happens to Issues that it finds.
        """
        self._ask(
            "POST",
            "webhooks/1.0/webhook",
            {
                "name": name,
                "url": url,
                "events": list(events),
                "filters": {"issue-related-events-section": jql},
                "excludeBody": False,
                "secret": secret,
            },
        )

    def update_webhook(self, address: str, changes: Mapping[str, Any]) -> None:
        """Changes a webhook, given by its own address (`self`)."""
        self._ask("PUT", f"webhooks/1.0/webhook/{address.rstrip('/').rpartition('/')[2]}", changes)

    def create_field(self, name: str, kind: str, searcher: str) -> str:
        """Makes a custom field, and gives its id; both kinds as Jira's plug-in names them."""
        plugin = "com.atlassian.jira.plugin.system.customfieldtypes"
        made = self._ask(
            "POST",
            "api/2/field",
            {
                "name": name,
                "description": "Made for sg-jira, which links Issues with FPTR.",
                "type": f"{plugin}:{kind}",
                "searcherKey": f"{plugin}:{searcher}",
            },
        )
        return str(made["id"])

    def first_context(self, field_id: str) -> str | None:
        """The id of a field's first context. Cloud only."""
        found = self._values(f"api/2/field/{field_id}/context")
        return str(found[0]["id"]) if found else None

    def options(self, field_id: str, context: str) -> list[str]:
        """The choices of a field in a context. Cloud only."""
        found = self._values(f"api/2/field/{field_id}/context/{context}/option")
        return [str(one["value"]) for one in found]

    def add_options(self, field_id: str, context: str, values: Iterable[str]) -> None:
        """Adds choices to a field in a context. Cloud only."""
        body = {"options": [{"value": value} for value in values]}
        self._ask("POST", f"api/2/field/{field_id}/context/{context}/option", body)

    def screens_of(self, project_id: str, issue_type_ids: Collection[str]) -> set[str]:
        """Ids of the create and edit screens of a project's issue types. Cloud only; three calls.

        None for a team-managed project, whose fields are chosen on its own pages.
        """
        schemes = self._values("api/2/issuetypescreenscheme/project", projectId=project_id)
        if not schemes:
            return set()
        scheme = str(schemes[0]["issueTypeScreenScheme"]["id"])
        mapping = {
            str(one["issueTypeId"]): str(one["screenSchemeId"])
            for one in self._values(
                "api/2/issuetypescreenscheme/mapping", issueTypeScreenSchemeId=scheme
            )
        }
        wanted = {mapping.get(id, mapping.get("default")) for id in issue_type_ids} - {None}
        found = self._values("api/2/screenscheme", id=sorted(map(str, wanted)))
        screens = [one["screens"] for one in found if str(one["id"]) in wanted]
        return {
            str(of_scheme.get(operation) or of_scheme["default"])
            for of_scheme in screens
            for operation in ("create", "edit")
        }

    def tabs(self, screen: str) -> list[str]:
        """Ids of a screen's tabs."""
        return [str(one["id"]) for one in self._ask("GET", f"api/2/screens/{screen}/tabs")]

    def fields_on(self, screen: str) -> set[str]:
        """Ids of the fields on a screen; one call, and one for each tab."""
        return {
            str(one["id"])
            for tab in self.tabs(screen)
            for one in self._ask("GET", f"api/2/screens/{screen}/tabs/{tab}/fields")
        }

    def put_on(self, screen: str, field_id: str) -> None:
        """Adds a field to the first tab of a screen."""
        place = f"api/2/screens/{screen}/tabs/{self.tabs(screen)[0]}/fields"
        self._ask("POST", place, {"fieldId": field_id})

    def _values(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All values of Cloud's pages."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._ask("GET", path, startAt=str(len(found)), **params)
            here = page.get("values") or []
            found += here
            if page.get("isLast", True) or not here:
                return found

    def _ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        url = f"{self._root}/rest/{path}"
        data = None if body is None else json.dumps(body)
        answer = self._session._session.request(method, url, params=params, data=data)
        return answer.json() if answer.content else {}


def webhook_filter(project_keys: Iterable[str]) -> str:
    """The JQL that limits a webhook to projects; empty for all."""
    keys = ", ".join(sorted(project_keys))
    return f"project in ({keys})" if keys else ""
