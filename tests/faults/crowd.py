"""A crowd that edits everything that settings alone can sync, on both sites, at random.

Tasks and Issues, Notes and comments, TimeLogs and worklogs are made and edited on either site, and
deleted where deletions are synced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from sg_jira.sandbox import Sandbox
from tests.faults.people import Act, People

STATUSES: Final = {"wtg": "To Do", "ip": "In Progress", "fin": "Done"}
MAPPING: Final[list[dict[str, Any]]] = [
    {
        "sg_entity": "Task",
        "jira_issue_type": "Task",
        "field_mapping": [
            {"sg_field": "content", "jira_field": "summary"},
            {"sg_field": "sg_description", "jira_field": "description"},
            {"sg_field": "task_assignees", "jira_field": "assignee"},
            {"sg_field": "due_date", "jira_field": "duedate"},
        ],
        "status_mapping": {"sg_field": "sg_status_list", "mapping": STATUSES},
    },
    {"sg_entity": "Note", "sync_deletion_direction": "both_way"},
    {
        "sg_entity": "TimeLog",
        "sync_deletion_direction": "both_way",
        "field_mapping": [
            {"sg_field": "description", "jira_field": "comment"},
            {"sg_field": "duration", "jira_field": "timeSpentSeconds"},
            {"sg_field": "date", "jira_field": "started"},
        ],
    },
]
_LINKS: Final = {"Note": "tasks", "TimeLog": "entity"}
#: The bridge itself tells in a comment why a status changed; no Note belongs to it.
_OWN_WORDS: Final = "Updated from"


#: What the settings of the bridge say.
CROWD_ENTRY: Final = {
    "syncer": "sg_jira.EntitiesGenericSyncer",
    "settings": {"entity_mapping": MAPPING},
}


@dataclass(frozen=True)
class Remark:
    """A Note with its comment, or a TimeLog with its worklog."""

    sg_type: str
    record: dict[str, Any]
    issue: str
    number: str


class Crowd(People):
    """See the module. A value that both sites edit is edited only where they agree on it."""

    @property
    def acts(self) -> Mapping[Act, int]:
        return {
            self.new_task: 2,
            self.new_issue: 2,
            self.edit_task: 4,
            self.edit_issue: 4,
            self.edit_shared_field: 6,
            self.write_note: 2,
            self.write_comment: 2,
            self.log_time: 2,
            self.log_work: 2,
            self.edit_remark: 5,
            self.delete_remark: 2,
        }

    # ------------------------------------------------------------------ Tasks and Issues

    def new_issue(self) -> None:
        """An Issue that is to become a Task: at once, or when its flag is set later."""
        fields = {"summary": self.words("Issue"), "description": self.words("From Jira")}
        is_flagged = self.dice.random() < 0.5
        flag = {"Sync In FPTR": "True"}
        project = self.sandbox.production.jira_key
        key = self.jira.create_issue(project, "Task", **fields, **(flag if is_flagged else {}))
        if not is_flagged:
            self.jira.edit(key, **flag)

    def some_pair(self) -> int | None:
        self.tasks = [task["id"] for task in self.flagged_tasks()]
        return super().some_pair()

    def flagged_tasks(self) -> list[dict[str, Any]]:
        return self.sandbox.shotgun.records("Task", sg_sync_in_jira=True)

    def edit_shared_field(self) -> None:
        task = self.some_pair()
        if task is None:
            return
        record, fields = both(self.sandbox, task)
        shared = [name for name in SHARED if agree(self.sandbox, name, record, fields)]
        if shared:
            edit = {
                "due_date": self._edit_due_date,
                "sg_status_list": self._edit_status,
                "task_assignees": self._edit_assignee,
            }[self.dice.choice(shared)]
            edit(task, record, self.dice.random() < 0.5)

    def _edit_due_date(self, task: int, record: dict[str, Any], in_fptr: bool) -> None:
        day = (date(2031, 1, 1) + timedelta(days=self.count)).isoformat()
        if in_fptr:
            self.fptr.update("Task", task, {"due_date": day})
        else:
            self.jira.edit(self.key(task), duedate=day)

    def _edit_status(self, task: int, record: dict[str, Any], in_fptr: bool) -> None:
        code = self.dice.choice([one for one in STATUSES if one != record["sg_status_list"]])
        if in_fptr:
            self.fptr.update("Task", task, {"sg_status_list": code})
        else:
            self.jira.transition(self.key(task), STATUSES[code])

    def _edit_assignee(self, task: int, record: dict[str, Any], in_fptr: bool) -> None:
        people = self.sandbox.production.people[:4]
        person = self.dice.choice([None, *people])
        if in_fptr:
            links = [person.shotgun] if person else []
            self.fptr.update("Task", task, {"task_assignees": links})
        else:
            self.jira.edit(self.key(task), assignee=person.jira if person else None)

    # ------------------------------------------------------------------ what is said and logged

    def write_comment(self) -> None:
        task = self.some_pair()
        if task:
            self.jira.comment(self.key(task), self.words("Comment"))

    def log_time(self) -> None:
        task = self.some_pair()
        if task:
            work = {"description": self.words("Work"), "duration": self.minutes(), "date": DAY}
            link = {"type": "Task", "id": task}
            self.fptr.create(
                "TimeLog", {"project": self.sandbox.production.project, "entity": link, **work}
            )

    def log_work(self) -> None:
        task = self.some_pair()
        if task:
            seconds = self.minutes() * 60
            self.jira.log_work(self.key(task), seconds, self.words("Work"), STARTED)

    def minutes(self) -> int:
        """A duration that nobody has logged before."""
        return 10 + self.count

    def edit_remark(self) -> None:
        remark = self.some_remark()
        if remark is None:
            return
        in_fptr = self.dice.random() < 0.5
        if remark.sg_type == "TimeLog":
            self._edit_work(remark, in_fptr)
        else:
            self._edit_words(remark, in_fptr)

    def _edit_work(self, remark: Remark, in_fptr: bool) -> None:
        if in_fptr:
            self.fptr.update("TimeLog", remark.record["id"], {"duration": self.minutes()})
        else:
            self.jira.edit_worklog(remark.issue, remark.number, seconds=self.minutes() * 60)

    def _edit_words(self, remark: Remark, in_fptr: bool) -> None:
        text = self.words("Words")
        if in_fptr:
            self.fptr.update("Note", remark.record["id"], {"content": text})
        else:
            body = counterpart(self.sandbox, remark)["body"]
            old = remark.record["content"]
            self.jira.edit_comment(remark.issue, remark.number, body.replace(old, text))

    def delete_remark(self) -> None:
        remark = self.some_remark()
        if remark is None:
            return
        if self.dice.random() < 0.5:
            self.fptr.delete(remark.sg_type, remark.record["id"])
        elif remark.sg_type == "Note":
            self.jira.delete_comment(remark.issue, remark.number)
        else:
            self.jira.delete_worklog(remark.issue, remark.number)

    def some_remark(self) -> Remark | None:
        """A Note or TimeLog that is linked, and on which both sites agree."""
        found = [
            remark
            for remark in linked_remarks(self.sandbox)
            if is_equal(remark, counterpart(self.sandbox, remark))
        ]
        return self.dice.choice(found) if found else None


DAY: Final = "2031-02-03"
STARTED: Final = datetime(2031, 2, 4, 9, 30, tzinfo=timezone.utc)
#: Fields that are edited on both sites.
SHARED: Final = ("due_date", "sg_status_list", "task_assignees")


def both(sandbox: Sandbox, task: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The Task, and its Issue's fields."""
    record = sandbox.shotgun.record("Task", task)
    return record, sandbox.jira.issue(record["sg_jira_key"])["fields"]


def agree(
    sandbox: Sandbox, name: str, record: Mapping[str, Any], fields: Mapping[str, Any]
) -> bool:
    """Whether both sites have the same value."""
    if name == "sg_status_list":
        return STATUSES.get(record[name]) == fields["status"]["name"]
    if name == "task_assignees":
        assignee = fields["assignee"]
        names = [sandbox.shotgun.record("HumanUser", one["id"])["name"] for one in record[name]]
        return names == ([assignee["displayName"]] if assignee else [])
    other = {"due_date": "duedate", "content": "summary", "sg_description": "description"}[name]
    return (record[name] or "") == (fields[other] or "")


def linked_remarks(sandbox: Sandbox) -> list[Remark]:
    """The Notes and TimeLogs that have a key whose comment or worklog is there."""
    found = []
    for sg_type in _LINKS:
        for record in sandbox.shotgun.records(sg_type):
            issue, _, number = str(record["sg_jira_key"] or "").partition("/")
            if number and counterpart(sandbox, remark := Remark(sg_type, record, issue, number)):
                found.append(remark)
    return found


def counterpart(sandbox: Sandbox, remark: Remark) -> dict[str, Any]:
    """The comment or worklog; empty when there is none."""
    read = sandbox.jira.comments if remark.sg_type == "Note" else sandbox.jira.worklogs
    return next((one for one in read(remark.issue) if one["id"] == remark.number), {})


def is_equal(remark: Remark, shown: Mapping[str, Any]) -> bool:
    """Whether both sites say the same."""
    record = remark.record
    if remark.sg_type == "Note":
        return str(record["content"]) in shown["body"]
    return bool(
        (record["description"] or "") in (shown.get("comment") or "")
        and (record["duration"] or 0) * 60 == shown["timeSpentSeconds"]
        and record["date"] == shown["started"][:10]
    )


def check_crowd(sandbox: Sandbox, crowd: Crowd) -> None:
    """Nothing is missing, nothing is there twice, and both sites say the same."""
    tasks = crowd.flagged_tasks()
    issues = {issue["key"] for issue in sandbox.jira.issues(sandbox.production.jira_key)}
    keys = [task["sg_jira_key"] for task in tasks]
    assert_same(keys, issues, "Issues of Tasks")
    for task in tasks:
        record, fields = both(sandbox, task["id"])
        for name in ("content", "sg_description", *SHARED):
            assert agree(sandbox, name, record, fields), (name, record[name], record["sg_jira_key"])
    for (task, name), text in crowd.said.items():
        present = sandbox.shotgun.record("Task", task)[name]
        assert present == text, f"an older edit of {name} of Task {task} has won"
    check_remarks(sandbox, tasks, issues)


def assert_same(here: Iterable[Any], there: Iterable[Any], what: str) -> None:
    missing, extra = Counter(here) - Counter(there), Counter(there) - Counter(here)
    assert not missing | extra, f"{what}: FPTR alone has {missing}, Jira alone {extra}"


def check_remarks(sandbox: Sandbox, tasks: list[dict[str, Any]], issues: set[str]) -> None:
    ours = {task["id"] for task in tasks}
    for sg_type, link in _LINKS.items():
        read = sandbox.jira.comments if sg_type == "Note" else sandbox.jira.worklogs
        there = [
            f"{key}/{one['id']}"
            for key in issues
            for one in read(key)
            if not str(one.get("body")).startswith(_OWN_WORDS)
        ]
        records = [
            record
            for record in sandbox.shotgun.records(sg_type)
            if any(one["id"] in ours for one in _as_list(record[link]))
        ]
        here = [str(record["sg_jira_key"]) for record in records]
        assert_same(here, there, f"counterparts of {sg_type}s")
    for remark in linked_remarks(sandbox):
        assert is_equal(remark, counterpart(sandbox, remark)), remark


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
