"""Worklogs: adding, editing and deleting them. They leave the remaining estimate alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sg_jira.sandbox.jira.comments import check_length
from sg_jira.sandbox.jira.durations import parse_duration
from sg_jira.sandbox.jira.events import Announcer
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Issue, Store, Worklog
from sg_jira.sandbox.jira.times import parse_time


def find_worklog(issue: Issue, id: str) -> Worklog:
    """The worklog with this id. Raises `Refusal` 404."""
    if id not in issue.worklogs:
        raise Refusal(404, f"Cannot find worklog with id: '{id}'.")
    return issue.worklogs[id]


def read_worklog(
    store: Store, data: Mapping[str, Any], old: Worklog | None = None
) -> dict[str, Any]:
    """The `seconds`, `started` and `comment` that a request gives or leaves as they were.

    Raises:
        Refusal: 400, the time spent is missing or is no time, the start is no time, or the
            comment is too long.
    """
    read: dict[str, Any] = {"started": store.clock(), "comment": None}
    if old is not None:
        read = {"seconds": old.seconds, "started": old.started, "comment": old.comment}
    if data.get("timeSpentSeconds") is not None or data.get("timeSpent") is not None:
        read["seconds"] = _seconds(data)
    if "seconds" not in read:
        _refuse("timeLogged", "You must indicate the time spent working.")
    if data.get("started") is not None:
        read["started"] = _started(data["started"])
    if "comment" in data:
        read["comment"] = check_length(data["comment"]) if data["comment"] else data["comment"]
    return read


def add_worklog(store: Store, person: Person, issue: Issue, data: Mapping[str, Any]) -> Worklog:
    """Logs work of this person; an author in the data is ignored, as Jira does."""
    store.permissions.require(person, Permission.WORK_ON_ISSUES, issue.project.id)
    now = store.clock()
    read = read_worklog(store, data)
    worklog = Worklog(
        id=store.next_id("worklog"),
        author=person.id,
        updater=person.id,
        created=now,
        updated=now,
        **read,
    )
    issue.worklogs[worklog.id] = worklog
    issue.updated = now
    Announcer(store, person, now).worklog("created", issue, worklog)
    return worklog


def edit_worklog(
    store: Store, person: Person, issue: Issue, worklog: Worklog, data: Mapping[str, Any]
) -> None:
    """Changes a worklog; what it already has changes nothing."""
    store.permissions.require_of_author(
        person,
        worklog.author,
        Permission.EDIT_OWN_WORKLOGS,
        Permission.EDIT_ALL_WORKLOGS,
        issue.project.id,
    )
    read = read_worklog(store, data, worklog)
    if all(getattr(worklog, word) == value for word, value in read.items()):
        return
    for word, value in read.items():
        setattr(worklog, word, value)
    worklog.updater = person.id
    worklog.updated = issue.updated = store.clock()
    Announcer(store, person, worklog.updated).worklog("updated", issue, worklog)


def delete_worklog(store: Store, person: Person, issue: Issue, worklog: Worklog) -> None:
    """Deletes a worklog."""
    store.permissions.require_of_author(
        person,
        worklog.author,
        Permission.DELETE_OWN_WORKLOGS,
        Permission.DELETE_ALL_WORKLOGS,
        issue.project.id,
    )
    del issue.worklogs[worklog.id]
    issue.updated = store.clock()
    store.deleted_worklogs.append((worklog.id, issue.updated))
    Announcer(store, person, issue.updated).worklog("deleted", issue, worklog)


def _seconds(data: Mapping[str, Any]) -> int:
    try:
        given = data.get("timeSpentSeconds")
        seconds = int(given) if given is not None else parse_duration(str(data["timeSpent"]))
    except (TypeError, ValueError):
        _refuse("timeLogged", "Invalid time duration entered.")
    # Jira counts whole minutes.
    if seconds < 60:
        _refuse("timeLogged", "You must indicate the time spent working.")
    return seconds - seconds % 60


def _started(value: Any) -> Any:
    try:
        return parse_time(str(value))
    except ValueError:
        _refuse("started", f"Cannot parse '{value}' as a date in yyyy-MM-dd'T'HH:mm:ss.SSSZ form.")


def _refuse(field: str, message: str) -> Any:
    raise Refusal(400, errors={field: message})
