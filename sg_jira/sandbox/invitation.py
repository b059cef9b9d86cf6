"""What people type by hand against a running sandbox, as text that can be copied. Pure text."""

from __future__ import annotations

from typing import Final

from sg_jira.sandbox.sandbox import Sandbox
from sg_jira.sandbox.shotgun import DEFAULT_PASSWORD

_PAGES: Final = """\
# In a browser: all records of both sites, to look at and to edit
{shotgun}/detail/Task/{task}
{shotgun}/
{jira}/
"""

_CLIENTS: Final = """\
# Python, as {name}; pip install shotgun_api3 jira
import shotgun_api3, jira
sg = shotgun_api3.Shotgun({shotgun!r}, login={login!r}, password={password!r})
jr = jira.JIRA({jira!r}, basic_auth=({user!r}, {secret!r}))
sg.find("Task", [["project.Project.sg_jira_key", "is", {key!r}]], ["content", "sg_status_list"])
jr.search_issues("project = {key} ORDER BY key")
"""

_EDITS: Final = """\
# A Task begins to sync:
sg.update("Task", {task}, {{"sg_sync_in_jira": True}})
# Its Issue, once the bridge has made it, and an edit there:
import time
task = lambda: sg.find_one("Task", [["id", "is", {task}]], ["content", "sg_jira_key"])
while not task()["sg_jira_key"]: time.sleep(0.1)

issue = jr.issue(task()["sg_jira_key"])
issue.update(summary="Renamed in Jira")
# The Task, once that has come back:
while task()["content"] != "Renamed in Jira": time.sleep(0.1)

task()
"""

_CURL: Final = """\
# The same from a shell: the Task begins to sync; what Jira has of the project
curl -s {shotgun}/api3/json -H 'Content-Type: application/json' -d '{{"method_name": "update",
  "params": [{{"user_login": "{login}", "user_password": "{password}"}}, {{"type": "Task",
  "id": {task}, "fields": [{{"field_name": "sg_sync_in_jira", "value": true}}]}}]}}'
curl -s -u '{user}:{secret}' '{jira}/rest/api/2/search{path}?jql=project={key}&fields=status'
"""

_KNOBS: Final = """\
# Calls counted, faults and latency, on either site (here: Jira answers 503 five times)
curl -s {shotgun}/_sandbox/calls
curl -s {jira}/_sandbox/faults -H 'Content-Type: application/json' \\
  -d '{{"kind": "status", "status": 503, "times": 5}}'
"""


def invite(sandbox: Sandbox, bridge_url: str | None) -> str:
    """Credentials and lines to type for a seeded sandbox that was started.

    Parameters:
        sandbox: the sandbox.
        bridge_url: where a bridge listens, if one does; then there are edits to watch it with.
    """
    producer = sandbox.production.producer
    assert producer.jira is not None, "the producer works on both sites"
    credentials = sandbox.jira.credentials(producer.jira)
    tasks = sandbox.production.tasks
    words = {
        "name": producer.name,
        "shotgun": sandbox.shotgun.url,
        "login": producer.login,
        "password": DEFAULT_PASSWORD,
        "jira": sandbox.jira.url,
        "user": credentials.user,
        "secret": credentials.secret,
        "key": sandbox.production.jira_key,
        "task": tasks["Animate SQ010_0020"]["id"],
        "path": "/jql" if sandbox.flavour.is_cloud else "",
    }
    parts = [_PAGES, _CLIENTS, _KNOBS]
    if bridge_url:
        parts = [_PAGES, _CLIENTS, _EDITS, _CURL, _KNOBS]
    return "\n".join(part.format(**words) for part in parts)


def environment_of_bridge(sandbox: Sandbox) -> str:
    """The lines of a `.env` file for a bridge between the sites of a sandbox."""
    settings = sandbox.bridge_settings()
    return "\n".join(f"{name}={value}" for name, value in settings.environment.items()) + "\n"
