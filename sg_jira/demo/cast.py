"""The people of the story at work: each with their own real clients of both sites."""

from __future__ import annotations

from typing import Any

from jira.client import JIRA
from jira.resources import Issue
from shotgun_api3.shotgun import Shotgun

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.sandbox import Colleague, Sandbox
from sg_jira.sandbox.shotgun import DEFAULT_PASSWORD, Entity

#: Seconds to wait for an answer of a site.
_TIMEOUT = 30


class NotSynced(Exception):  # noqa: N818  # the message is what matters, and it is for people
    """The story needs a counterpart that is not there."""


class Cast:
    """The people of a sandbox's production, their clients, and where they find things.

    Parameters:
        sandbox: a seeded one that was started.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._shotgun: dict[str, Shotgun] = {}
        self._jira: dict[str, JIRA] = {}
        self._tasks: dict[str, Entity] = dict(sandbox.production.tasks)
        self._notes: dict[str, Entity] = {}

    @property
    def project(self) -> Entity:
        """The FPTR Project."""
        return self._sandbox.production.project

    @property
    def jira_key(self) -> str:
        """Key of the Jira project."""
        return self._sandbox.production.jira_key

    def person(self, login: str) -> Colleague:
        """Someone of the production."""
        return self._sandbox.production.person(login)

    def tag(self, name: str) -> Entity:
        """A tag."""
        return self._sandbox.production.tags[name]

    def shotgun(self, login: str) -> Shotgun:
        """This person's FPTR client."""
        if login not in self._shotgun:
            client = Shotgun(
                self._sandbox.shotgun.url, login=login, password=DEFAULT_PASSWORD, connect=False
            )
            client.config.timeout_secs = _TIMEOUT
            self._shotgun[login] = client
        return self._shotgun[login]

    def jira(self, login: str) -> JIRA:
        """This person's Jira client."""
        if login not in self._jira:
            account = self.person(login).jira
            assert account is not None, f"{login} has no Jira account"
            credentials = self._sandbox.jira.credentials(account)
            self._jira[login] = JIRA(
                self._sandbox.jira.url,
                basic_auth=(credentials.user, credentials.secret),
                max_retries=0,
                timeout=_TIMEOUT,
            )
        return self._jira[login]

    def account(self, login: str) -> dict[str, str]:
        """How a Jira field names this person."""
        account = self.person(login).jira
        assert account is not None, f"{login} has no Jira account"
        return account.reference

    def task(self, content: str) -> int:
        """The id of a Task, by the name it had at first."""
        return int(self._tasks[content]["id"])

    def create_task(self, login: str, content: str, **fields: Any) -> None:
        """Makes a Task in FPTR."""
        data = {"project": self.project, "content": content, **fields}
        self._tasks[content] = self.shotgun(login).create("Task", data)

    def update_task(self, login: str, content: str, **fields: Any) -> None:
        """Changes fields of a Task in FPTR."""
        self.shotgun(login).update("Task", self.task(content), fields)

    def create_note(self, login: str, task: str, subject: str, content: str) -> None:
        """Adds a Note to a Task in FPTR."""
        data = {
            "project": self.project,
            "subject": subject,
            "content": content,
            "tasks": [{"type": "Task", "id": self.task(task)}],
        }
        self._notes[subject] = self.shotgun(login).create("Note", data)

    def update_note(self, login: str, subject: str, **fields: Any) -> None:
        """Changes a Note in FPTR that was added with this subject."""
        self.shotgun(login).update("Note", self._notes[subject]["id"], fields)

    def issue(self, login: str, task: str) -> Issue:
        """A Task's Issue, loaded by this person. Raises `NotSynced` when it has none."""
        filters = [["id", "is", self.task(task)]]
        found: Any = self.shotgun(login).find_one("Task", filters, [SHOTGUN_JIRA_ID_FIELD])
        if not found or not found[SHOTGUN_JIRA_ID_FIELD]:
            raise NotSynced(f"The Task {task!r} has no Issue, so nobody can edit it in Jira.")
        return self.jira(login).issue(found[SHOTGUN_JIRA_ID_FIELD])

    def edit_comment(self, login: str, task: str, old: str, new: str) -> None:
        """Replaces a text in the comment of a Task's Issue that has it.

        Raises:
            NotSynced: no comment has it.
        """
        issue = self.issue(login, task)
        for comment in self.jira(login).comments(issue):
            if old in comment.body:
                comment.update(body=comment.body.replace(old, new))
                return
        raise NotSynced(f"{issue.key} has no comment that says {old!r}.")

    def close(self) -> None:
        """Ends all connections."""
        for client in self._shotgun.values():
            client.close()
        for session in self._jira.values():
            session.close()  # type: ignore[no-untyped-call]
