"""Lets a person of the site act from Python, by the same rules as over the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sg_jira.sandbox.jira.attachments import (
    add_attachment,
    delete_attachment,
    find_attachment,
)
from sg_jira.sandbox.jira.comments import add_comment, delete_comment, edit_comment, find_comment
from sg_jira.sandbox.jira.issues import (
    create_issue,
    delete_issue,
    edit_issue,
    transition_issue,
)
from sg_jira.sandbox.jira.links import add_link, delete_link, find_link
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Store
from sg_jira.sandbox.jira.times import format_time
from sg_jira.sandbox.jira.watchers import unwatch, watch
from sg_jira.sandbox.jira.worklogs import add_worklog, delete_worklog, edit_worklog, find_worklog

#: How a plain text stands for a value, by the field's type or the type of its items.
_WORDED: Final[Mapping[str, Callable[[str], Any]]] = {
    "option": lambda text: {"value": text},
    "priority": lambda text: {"name": text},
    "resolution": lambda text: {"name": text},
    "component": lambda text: {"name": text},
    "version": lambda text: {"name": text},
    "issuetype": lambda text: {"name": text},
    "issuelink": lambda text: {"key": text},
    "timetracking": lambda text: {"originalEstimate": text},
}


class JiraActor:
    """One person at work. Every refusal of the site is raised as `Refusal`.

    Fields are given by id or by name. Values are as in the REST API; a `Person` may stand for a
    user, and a text for an option, a priority, a component, a version, an issue's key or an
    original estimate.
    """

    def __init__(self, store: Store, person: Person) -> None:
        self._store = store
        self.person = person

    def create_issue(self, project: str, issue_type: str, **fields: Any) -> str:
        """Creates an issue; its key."""
        own = {"project": {"key": project}, "issuetype": {"name": issue_type}}
        with self._store.lock:
            body = {"fields": {**self._values(fields), **own}}
            return create_issue(self._store, self.person, body).key

    def edit(self, key: str, **fields: Any) -> None:
        """Sets fields of an issue."""
        with self._store.lock:
            issue = self._store.issue(key)
            edit_issue(self._store, self.person, issue, {"fields": self._values(fields)})

    def edit_many(self, keys: Iterable[str], **fields: Any) -> None:
        """Sets fields of several issues in one bulk operation."""
        bulk = str(uuid.uuid4())
        with self._store.lock:
            for key in keys:
                body = {"fields": self._values(fields)}
                edit_issue(self._store, self.person, self._store.issue(key), body, bulk)

    def transition(self, key: str, status_name: str, **fields: Any) -> None:
        """Moves an issue to a status by the first transition that leads there.

        Raises:
            Refusal: 400, none does from the issue's status.
        """
        with self._store.lock:
            issue = self._store.issue(key)
            for id, transition in issue.project.workflow.leaving(issue.status.name).items():
                if transition.to == status_name:
                    body = {"transition": {"id": id}, "fields": self._values(fields)}
                    return transition_issue(self._store, self.person, issue, body)
        raise Refusal(400, f"No transition leads from {issue.status.name} to {status_name}.")

    def delete_issue(self, key: str, with_subtasks: bool = False) -> None:
        """Deletes an issue."""
        with self._store.lock:
            delete_issue(self._store, self.person, self._store.issue(key), with_subtasks)

    def comment(self, key: str, body: str, answers: str | None = None) -> str:
        """Adds a comment, on Cloud perhaps as an answer to another one; its id."""
        data = {"body": body, "parentId": answers}
        with self._store.lock:
            return add_comment(self._store, self.person, self._store.issue(key), data).id

    def edit_comment(self, key: str, id: str, body: str) -> None:
        """Changes a comment's text."""
        with self._store.lock:
            issue = self._store.issue(key)
            edit_comment(self._store, self.person, issue, find_comment(issue, id), {"body": body})

    def delete_comment(self, key: str, id: str) -> None:
        """Deletes a comment."""
        with self._store.lock:
            issue = self._store.issue(key)
            delete_comment(self._store, self.person, issue, find_comment(issue, id))

    def log_work(
        self,
        key: str,
        seconds: int,
        comment: str | None = None,
        started: datetime | None = None,
    ) -> str:
        """Logs work, whose start has a time zone; the worklog's id."""
        data = _worklog_data(seconds, comment, started)
        with self._store.lock:
            return add_worklog(self._store, self.person, self._store.issue(key), data).id

    def edit_worklog(
        self,
        key: str,
        id: str,
        seconds: int | None = None,
        comment: str | None = None,
        started: datetime | None = None,
    ) -> None:
        """Changes what is given of a worklog."""
        data = _worklog_data(seconds, comment, started)
        with self._store.lock:
            issue = self._store.issue(key)
            edit_worklog(self._store, self.person, issue, find_worklog(issue, id), data)

    def delete_worklog(self, key: str, id: str) -> None:
        """Deletes a worklog."""
        with self._store.lock:
            issue = self._store.issue(key)
            delete_worklog(self._store, self.person, issue, find_worklog(issue, id))

    def attach(self, key: str, name: str, content: bytes, content_type: str | None = None) -> str:
        """Attaches a file to an issue; the attachment's id."""
        with self._store.lock:
            issue = self._store.issue(key)
            return add_attachment(self._store, self.person, issue, name, content, content_type).id

    def delete_attachment(self, id: str) -> None:
        """Deletes an attachment."""
        with self._store.lock:
            delete_attachment(self._store, self.person, *find_attachment(self._store, id))

    def watch(self, key: str, person: Person) -> None:
        """Lets a person watch an issue."""
        with self._store.lock:
            watch(self._store, self._store.issue(key), person, self.person)

    def unwatch(self, key: str, person: Person) -> None:
        """Ends a person's watching."""
        with self._store.lock:
            unwatch(self._store, self._store.issue(key), person, self.person)

    def link(self, type: str, inward: str, outward: str) -> str:
        """Links two issues by a link type's name; the link's id."""
        data = {
            "type": {"name": type},
            "inwardIssue": {"key": inward},
            "outwardIssue": {"key": outward},
        }
        with self._store.lock:
            return add_link(self._store, self.person, data).id

    def unlink(self, id: str) -> None:
        """Removes a link."""
        with self._store.lock:
            delete_link(self._store, self.person, find_link(self._store, id))

    def _values(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        ids = {field.name: field.id for field in self._store.fields.values()}
        values = {}
        for word, value in fields.items():
            id = word if word in self._store.fields else ids.get(word, word)
            values[id] = self._worded(id, value)
        return values

    def _worded(self, id: str, value: Any) -> Any:
        if isinstance(value, Person):
            return value.reference
        if isinstance(value, list | tuple):
            return [self._worded(id, one) for one in value]
        field = self._store.fields.get(id)
        if field is None or not isinstance(value, str):
            return value
        word = _WORDED.get(field.kind.items or field.kind.type)
        return word(value) if word else value


def _worklog_data(
    seconds: int | None, comment: str | None, started: datetime | None
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if seconds is not None:
        data["timeSpentSeconds"] = seconds
    if comment is not None:
        data["comment"] = comment
    if started is not None:
        data["started"] = format_time(started)
    return data
