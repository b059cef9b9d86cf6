"""Reads both sites as they are, through their real clients, into what is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from jira.client import JIRA
from jira.resources import Issue
from shotgun_api3.shotgun import Shotgun

from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    JIRA_SHOTGUN_TYPE_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.demo.comparison import IssueFacts, NoteFacts, TaskFacts

_TASK_FIELDS: Final = (
    "content",
    "sg_description",
    "sg_status_list",
    "task_assignees",
    "due_date",
    "est_in_mins",
    "tags",
    "addressings_cc",
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
)
_BY_ID: Final[list[Any]] = [{"field_name": "id", "direction": "asc"}]
_NOTE_FIELDS: Final = ("subject", "content", "tasks", SHOTGUN_JIRA_ID_FIELD)

Record = Mapping[str, Any]


def read_tasks(client: Shotgun, project: Record) -> list[TaskFacts]:
    """The Tasks of a Project that are synced, with their Notes."""
    mine = ["project", "is", project]
    synced = [mine, [SHOTGUN_SYNC_IN_JIRA_FIELD, "is", True]]
    tasks = client.find("Task", synced, list(_TASK_FIELDS), _BY_ID)
    notes = client.find("Note", [mine], list(_NOTE_FIELDS), _BY_ID)
    people: list[Any] = client.find("HumanUser", [], ["email"])
    emails = {person["id"]: person["email"] for person in people}
    return [_task(task, notes, emails) for task in tasks]


def _task(task: Record, notes: Iterable[Record], emails: Mapping[int, str]) -> TaskFacts:
    def mails(people: Iterable[Record]) -> frozenset[str]:
        return frozenset(emails[one["id"]] for one in people if one["type"] == "HumanUser")

    return TaskFacts(
        id=task["id"],
        title=task["content"],
        description=task["sg_description"] or "",
        status=task["sg_status_list"] or "",
        assignees=mails(task["task_assignees"]),
        due=task["due_date"] or "",
        estimate=task["est_in_mins"] or 0,
        tags=frozenset(tag["name"] for tag in task["tags"]),
        cc=mails(task["addressings_cc"]),
        notes=tuple(
            NoteFacts(note["subject"], note["content"] or "", note[SHOTGUN_JIRA_ID_FIELD] or "")
            for note in notes
            if any(linked["id"] == task["id"] for linked in note["tasks"])
        ),
        key=task[SHOTGUN_JIRA_ID_FIELD] or "",
        url=(task[SHOTGUN_JIRA_URL_FIELD] or {}).get("url", ""),
    )


def read_issues(client: JIRA, project_key: str) -> dict[str, IssueFacts]:
    """The Issues of a Jira project by key, with their comments and watchers."""
    ids = {field["name"].lower(): field["id"] for field in client.fields()}
    type_field = ids[JIRA_SHOTGUN_TYPE_FIELD.lower()]
    id_field = ids[JIRA_SHOTGUN_ID_FIELD.lower()]
    found = client.search_issues(
        f"project = {project_key} ORDER BY key", maxResults=False, fields="*all"
    )
    return {
        issue.key: _issue(client, issue, type_field, id_field)
        for issue in found
        if isinstance(issue, Issue)
    }


def _issue(client: JIRA, issue: Issue, type_field: str, id_field: str) -> IssueFacts:
    fields: Record = issue.raw["fields"]
    names = [fields.get(type_field) or "", fields.get(id_field) or ""]
    url: str = issue.permalink()  # type: ignore[no-untyped-call]
    return IssueFacts(
        key=issue.key,
        url=url,
        title=fields["summary"],
        description=fields.get("description") or "",
        status=fields["status"]["name"],
        assignee=(fields.get("assignee") or {}).get("emailAddress", ""),
        due=fields.get("duedate") or "",
        estimate=(fields.get("timetracking") or {}).get("originalEstimateSeconds", 0) // 60,
        labels=frozenset(fields.get("labels") or ()),
        watchers=frozenset(one.emailAddress for one in client.watchers(issue).watchers),
        comments={comment.id: comment.body for comment in client.comments(issue)},
        task=" ".join(names) if all(names) else "",
    )
