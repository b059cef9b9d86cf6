"""Compares a Task with its Issue, field by field. Pure: two records in, compared fields out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sg_jira.conversions.note_texts import note_from_comment
from sg_jira.errors import InvalidJiraValue


@dataclass(frozen=True)
class NoteFacts:
    """A Note as FPTR has it; `key` is its `<Issue key>/<comment id>`, or empty."""

    subject: str
    content: str
    key: str


@dataclass(frozen=True)
class TaskFacts:
    """A Task as FPTR has it. People are e-mails, the estimate counts minutes."""

    id: int
    title: str
    description: str
    status: str
    assignees: frozenset[str]
    due: str
    estimate: int
    tags: frozenset[str]
    cc: frozenset[str]
    notes: tuple[NoteFacts, ...]
    key: str
    url: str


@dataclass(frozen=True)
class IssueFacts:
    """An Issue as Jira has it. `comments` are bodies by id; `task` is what its fields name."""

    key: str
    url: str
    title: str
    description: str
    status: str
    assignee: str
    due: str
    estimate: int
    labels: frozenset[str]
    watchers: frozenset[str]
    comments: Mapping[str, str]
    task: str


@dataclass(frozen=True)
class ComparedField:
    """One field of both sides, as text for people, and whether they mean the same."""

    name: str
    shotgun: str
    jira: str
    equal: bool


def compare(
    task: TaskFacts, issue: IssueFacts | None, statuses: Mapping[str, str]
) -> list[ComparedField]:
    """The fields of a Task beside those of its Issue.

    Parameters:
        task: what FPTR has.
        issue: what Jira has; `None` when the Task has no Issue there.
        statuses: Jira status by FPTR status.
    """
    if issue is None:
        return [ComparedField("Issue", task.key or "no key", "not in Jira", False)]
    mapped = statuses.get(task.status, "")
    return [
        _linked(task, issue),
        _same("Title", task.title, issue.title),
        _same("Description", task.description, issue.description),
        ComparedField("Status", task.status, issue.status, mapped == issue.status),
        _assigned(task, issue),
        _same("Due date", task.due, issue.due),
        ComparedField(
            "Estimate",
            duration_text(task.estimate),
            duration_text(issue.estimate),
            task.estimate == issue.estimate,
        ),
        _same_set("Tags | labels", task.tags, issue.labels),
        _same_set("Cc | watchers", task.cc, issue.watchers),
        *_notes(task, issue),
    ]


def orphans(tasks: list[TaskFacts], issues: Mapping[str, IssueFacts]) -> list[ComparedField]:
    """Issues made for Tasks that do not know them."""
    claimed = {task.key for task in tasks}
    return [
        ComparedField("Issue", "no Task has this key", f"{key} names {issue.task}", False)
        for key, issue in issues.items()
        if issue.task and key not in claimed
    ]


def _linked(task: TaskFacts, issue: IssueFacts) -> ComparedField:
    me = f"Task {task.id}"
    both_ways = task.key == issue.key and issue.task == me and task.url == issue.url
    return ComparedField("Link", task.key, issue.task, both_ways)


def _same(name: str, shotgun: str, jira: str) -> ComparedField:
    return ComparedField(name, shotgun, jira, shotgun == jira)


def _same_set(name: str, shotgun: frozenset[str], jira: frozenset[str]) -> ComparedField:
    return _same(name, ", ".join(sorted(shotgun)), ", ".join(sorted(jira)))


def _assigned(task: TaskFacts, issue: IssueFacts) -> ComparedField:
    """Jira has one assignee; it has to be one of FPTR's."""
    equal = issue.assignee in task.assignees if task.assignees else not issue.assignee
    return ComparedField("Assignee", ", ".join(sorted(task.assignees)), issue.assignee, equal)


def _notes(task: TaskFacts, issue: IssueFacts) -> list[ComparedField]:
    """Each Note beside its comment, then the comments that look like a Note's but are of none."""
    prefix = f"{issue.key}/"
    fields = []
    for note in task.notes:
        comment = issue.comments.get(note.key.removeprefix(prefix))
        wanted = (note.subject, note.content)
        found = None if comment is None else _as_note(comment)
        jira = "no comment" if comment is None else _note_text(*(found or ("?", comment)))
        fields.append(ComparedField("Note", _note_text(*wanted), jira, found == wanted))
    claimed = {note.key for note in task.notes}
    fields += [
        ComparedField("Note", "no Note has this comment", _note_text(*left), False)
        for id, body in issue.comments.items()
        if f"{prefix}{id}" not in claimed and (left := _as_note(body)) is not None
    ]
    return fields


def _as_note(body: str) -> tuple[str, str] | None:
    try:
        return note_from_comment(body)
    except InvalidJiraValue:
        return None


def _note_text(subject: str, content: str) -> str:
    return f"{subject}: {content}"


def duration_text(minutes: int) -> str:
    """Minutes as text for people; empty for none."""
    hours, rest = divmod(minutes, 60)
    return " ".join(
        text for text, number in ((f"{hours} h", hours), (f"{rest} min", rest)) if number
    )
