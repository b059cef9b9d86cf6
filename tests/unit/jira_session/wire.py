"""A Jira Cloud site played by `requests_mock`: addresses, answers, and what was asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import requests_mock

SITE = "https://jira.test"
API = f"{SITE}/rest/api/2"
PAGE = "<html><head><title>Log in</title></head><body>" + "secret words " * 500
ACCOUNT = {"accountId": "own", "displayName": "Bridge", "emailAddress": "bridge@x.com"}
CLOUD = {"versionNumbers": [1001, 0, 0], "deploymentType": "Cloud"}
FIELDS = [
    {"id": "customfield_1", "key": "customfield_1", "name": "Shotgun Type"},
    {"id": "customfield_2", "key": "customfield_2", "name": "Shotgun ID"},
    {"id": "customfield_3", "name": "Shotgun URL"},
    {"id": "duedate", "name": "Due date"},
]


def asked(wire: requests_mock.Mocker) -> list[str]:
    """The requests so far, without the site."""
    found = []
    for one in wire.request_history:
        url = urlsplit(unquote(one.url.removeprefix(API)))
        found.append(f"{one.method} {url.path}" + (f"?{url.query}" if url.query else ""))
    return found


def issue_json(summary: str = "old", status: str = "To Do", **more: Any) -> dict[str, Any]:
    fields = {
        "summary": summary,
        "status": {"self": f"{API}/status/1", "name": status},
        "project": {"self": f"{API}/project/1", "key": "P"},
    }
    return {"self": f"{API}/issue/10", "id": "10", "key": "P-1", "fields": fields, **more}


EVERYTHING = {
    "editmeta": {"fields": {"summary": {"name": "Summary", "required": True}}},
    "transitions": [
        {"id": "11", "to": {"name": "Open"}, "hasScreen": False},
        {"id": "12", "to": {"name": "Done"}, "hasScreen": True},
    ],
}


#: The request by which an outdated issue is read.
READ = "GET /issue/10?expand=editmeta,transitions"
