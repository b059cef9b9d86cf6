"""People who edit at random on both sites, and what must be true when all is quiet again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sg_jira.sandbox import Sandbox

Act = Callable[[], None]


class People:
    """Edits of Tasks, Issues and Notes; each field is edited on one side only.

    So the last edit of each wins, whatever happens in between.
    """

    def __init__(self, sandbox: Sandbox, dice: random.Random) -> None:
        self.sandbox, self.dice = sandbox, dice
        self.tasks: list[int] = []
        self.notes: list[int] = []
        self.said: dict[tuple[int, str], str] = {}
        producer = sandbox.production.producer
        self.fptr = sandbox.shotgun.acting_as(producer.shotgun)
        assert producer.jira is not None
        self.jira = sandbox.jira.acting_as(producer.jira)
        self.count = 0

    @property
    def acts(self) -> Mapping[Act, int]:
        """What people do, and how often."""
        return {self.new_task: 1, self.edit_task: 2, self.edit_issue: 1, self.write_note: 1}

    def do_something(self) -> None:
        self.count += 1
        acts = self.acts
        (act,) = self.dice.choices(list(acts), list(acts.values()))
        act()

    def new_task(self) -> None:
        data = {
            "project": self.sandbox.production.project,
            "content": self.words("Task"),
            "sg_sync_in_jira": True,
        }
        self.tasks.append(self.fptr.create("Task", data)["id"])

    def edit_task(self) -> None:
        if self.tasks:
            task, text = self.dice.choice(self.tasks), self.words("Title")
            self.said[task, "content"] = text
            self.fptr.update("Task", task, {"content": text})

    def edit_issue(self) -> None:
        task = self.some_pair()
        if task:
            text = self.words("Text")
            self.said[task, "sg_description"] = text
            self.jira.edit(self.key(task), description=text)

    def write_note(self) -> None:
        task = self.some_pair()
        if task:
            data = {
                "project": self.sandbox.production.project,
                "subject": self.words("Note"),
                "content": self.words("Words"),
                "tasks": [{"type": "Task", "id": task}],
            }
            self.notes.append(self.fptr.create("Note", data)["id"])

    def words(self, what: str) -> str:
        """A text that nobody has written before."""
        return f"{what} {self.count:05}"

    def some_pair(self) -> int | None:
        """One of the Tasks that are linked."""
        linked = [task for task in self.tasks if self.key(task)]
        return self.dice.choice(linked) if linked else None

    def key(self, task: int) -> str:
        return str(self.sandbox.shotgun.record("Task", task)["sg_jira_key"] or "")


def check_both_sites(sandbox: Sandbox, people: People) -> None:
    issues = sandbox.jira.issues(sandbox.production.jira_key)
    keys = Counter(people.key(task) for task in people.tasks)
    assert set(keys.values()) == {1}
    assert {issue["key"] for issue in issues} == set(keys), "an Issue too many, or one missing"
    for task in people.tasks:
        record = sandbox.shotgun.record("Task", task)
        fields = sandbox.jira.issue(people.key(task))["fields"]
        assert fields["summary"] == record["content"]
        assert (fields["description"] or "") == (record["sg_description"] or "")
        for (edited, name), text in people.said.items():
            if edited == task:
                assert record[name] == text, "an older edit has won"
    check_notes(sandbox, people, issues)


def check_notes(sandbox: Sandbox, people: People, issues: list[dict[str, Any]]) -> None:
    comments = [
        f"{issue['key']}/{comment['id']}"
        for issue in issues
        for comment in sandbox.jira.comments(issue["key"])
        if "Note" in comment["body"]
    ]
    linked = [sandbox.shotgun.record("Note", note)["sg_jira_key"] for note in people.notes]
    assert sorted(comments) == sorted(linked), "a comment too many, or one missing"
