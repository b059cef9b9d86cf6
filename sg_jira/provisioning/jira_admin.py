"""Jira's own administration: rights, webhooks, custom fields and screens, which need rights.

https://developer.atlassian.com/cloud/jira/platform/rest/v2/ and
https://developer.atlassian.com/server/jira/platform/rest/; webhooks:
https://developer.atlassian.com/cloud/jira/platform/webhooks/. The `jira` client has none of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sg_jira.jira_session import JiraSession


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

    def statuses(self, project_key: str) -> dict[str, set[str]]:
        """The statuses of a project's workflows, by the name of the issue type."""
        found = self._ask("GET", f"api/2/project/{project_key}/statuses")
        return {one["name"]: {each["name"] for each in one["statuses"]} for one in found}

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

    def _ask(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        url = f"{self._root}/rest/{path}"
        data = None if body is None else json.dumps(body)
        answer = self._session._session.request(method, url, params=params, data=data)
        return answer.json() if answer.content else {}


def webhook_filter(project_keys: Iterable[str]) -> str:
    """The JQL that limits a webhook to projects; empty for all."""
    keys = ", ".join(sorted(project_keys))
    return f"project in ({keys})" if keys else ""


def field_ids(fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Ids of fields by their name in lower case."""
    return {str(one["name"]).lower(): str(one["id"]) for one in fields}
