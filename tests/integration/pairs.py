"""A Task and its Issue in a sandbox whose bridge is running: edit one side, look at the other."""

from __future__ import annotations

from typing import Any

from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.jira import JiraActor
from sg_jira.sandbox.shotgun import Actor, Entity

PATIENCE = 20.0


class Pair:
    """One Task of the demo production, synced or to be synced.

    Every edit is made in the name of a person and then waits until both sites are quiet.
    """

    def __init__(self, sandbox: Sandbox, task_id: int) -> None:
        self.sandbox = sandbox
        self.id = task_id
        self.link: Entity = {"type": "Task", "id": task_id}

    @property
    def task(self) -> dict[str, Any]:
        return self.sandbox.shotgun.record("Task", self.id)

    @property
    def key(self) -> str:
        key = self.task["sg_jira_key"]
        assert key, "The Task has no Issue."
        return str(key)

    @property
    def issue(self) -> dict[str, Any]:
        fields: dict[str, Any] = self.sandbox.jira.issue(self.key)["fields"]
        return fields

    @property
    def comments(self) -> list[dict[str, Any]]:
        """The Issue's comments but for those that say why its status changed."""
        comments = self.sandbox.jira.comments(self.key)
        return [one for one in comments if not one["body"].startswith("Updated from Shotgun")]

    def in_fptr(self, login: str = "mira") -> Actor:
        return self.sandbox.shotgun.acting_as(self.sandbox.production.person(login).shotgun)

    def in_jira(self, login: str = "mira") -> JiraActor:
        person = self.sandbox.production.person(login).jira
        assert person is not None
        return self.sandbox.jira.acting_as(person)

    def edit_task(self, **fields: Any) -> None:
        self.in_fptr().update("Task", self.id, fields)
        self.settle()

    def edit_issue(self, **fields: Any) -> None:
        self.in_jira().edit(self.key, **fields)
        self.settle()

    def add_note(self, subject: str, content: str) -> int:
        data = {"project": self.sandbox.production.project, "subject": subject}
        note = self.in_fptr().create("Note", {**data, "content": content, "tasks": [self.link]})
        self.settle()
        return int(note["id"])

    def settle(self) -> None:
        assert self.sandbox.wait_until_quiet(PATIENCE), "The bridge never came to rest."


def names(entities: list[dict[str, Any]]) -> set[str]:
    return {entity["name"] for entity in entities}


def create_task(sandbox: Sandbox, content: str, **fields: Any) -> Pair:
    """A new Task of the demo production; does not wait for anything."""
    producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
    data = {"project": sandbox.production.project, "content": content, **fields}
    return Pair(sandbox, int(producer.create("Task", data)["id"]))
