"""Reads both sites for the story `generic`, through their real clients, into what is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jira.client import JIRA
from jira.resources import Comment, Issue, Worklog
from shotgun_api3.shotgun import Shotgun

from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    JIRA_SHOTGUN_TYPE_FIELD,
    JIRA_SYNC_IN_FPTR_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions.remark_texts import read_comment, read_worklog
from sg_jira.demo.comparison import duration_text
from sg_jira.demo.generic_comparison import CounterpartFacts, RecordFacts
from sg_jira.demo.generic_settings import MAPPING

#: Subject of the Note that a comment becomes.
_NO_SUBJECT: Final = "Comment created from Jira"
_BY_ID: Final[list[Any]] = [{"field_name": "id", "direction": "asc"}]

Record = Mapping[str, Any]


@dataclass(frozen=True)
class _Row:
    """A row of the comparison: how each site's value becomes its text.

    The second parameter of `shotgun` gives a record's e-mail or Issue key, of `jira` the watchers
    and children of an Issue.
    """

    name: str
    shotgun: Callable[[Any, Callable[[Record], str]], str]
    jira: Callable[[Record, Callable[[str], Iterable[str]]], str]


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(filter(None, words)))


def _estimate(fields: Record) -> int:
    seconds: int = (fields.get("timetracking") or {}).get("originalEstimateSeconds", 0)
    return seconds // 60


#: Jira field of the mapping -> its row.
_ROWS: Final = {
    "summary": _Row("Title", lambda v, _: v, lambda f, _: f["summary"]),
    "description": _Row("Description", lambda v, _: v or "", lambda f, _: f["description"] or ""),
    "status": _Row("Status", lambda v, _: v or "", lambda f, _: f["status"]["name"]),
    "assignee": _Row(
        "Assignee",
        lambda v, name: _joined(map(name, v)),
        lambda f, _: (f.get("assignee") or {}).get("emailAddress", ""),
    ),
    "duedate": _Row("Due date", lambda v, _: v or "", lambda f, _: f.get("duedate") or ""),
    "timetracking": _Row(
        "Estimate",
        lambda v, _: duration_text(v or 0),
        lambda f, _: duration_text(_estimate(f)),
    ),
    "labels": _Row(
        "Tags | labels",
        lambda v, _: _joined(tag["name"] for tag in v),
        lambda f, _: _joined(f["labels"]),
    ),
    "watches": _Row(
        "Cc | watchers",
        lambda v, name: _joined(map(name, v)),
        lambda _, linked: _joined(linked("watchers")),
    ),
    "parent": _Row(
        "Parent",
        lambda v, name: name(v) if v else "",
        lambda f, _: (f.get("parent") or {}).get("key", ""),
    ),
    "{{CHILDREN}}": _Row(
        "Children",
        lambda v, name: _joined(map(name, v)),
        lambda _, linked: _joined(linked("children")),
    ),
}


def _rows(element: Record) -> list[tuple[str, _Row]]:
    """The FPTR fields of an element of the mapping, with their rows."""
    pairs = [(pair["sg_field"], _ROWS[pair["jira_field"]]) for pair in element["field_mapping"]]
    return [*pairs, (element["status_mapping"]["sg_field"], _ROWS["status"])]


def _elements() -> dict[str, Record]:
    return {one["sg_entity"]: one for one in MAPPING if "jira_issue_type" in one}


# ---------------------------------------------------------------------- FPTR


def read_records(client: Shotgun, project: Record) -> list[RecordFacts]:
    """The synced records of a Project, of all mapped types, with their Notes and TimeLogs."""
    mine = ["project", "is", project]
    found: dict[str, list[Any]] = {}
    for sg_type, element in _elements().items():
        fields = [field for field, _ in _rows(element)]
        fields += [SHOTGUN_JIRA_ID_FIELD, SHOTGUN_JIRA_URL_FIELD]
        synced = [mine, [SHOTGUN_SYNC_IN_JIRA_FIELD, "is", True]]
        found[sg_type] = client.find(sg_type, synced, fields, _BY_ID)
    people: list[Any] = client.find("HumanUser", [], ["email"])
    names: dict[tuple[str, int], str] = {
        ("HumanUser", person["id"]): person["email"] for person in people
    }
    for sg_type, records in found.items():
        names |= {(sg_type, one["id"]): one[SHOTGUN_JIRA_ID_FIELD] or "" for one in records}
    remarks = _remarks_by_record(client, mine)

    def name(link: Record) -> str:
        return names.get((link["type"], link["id"]), "")

    return [
        RecordFacts(
            name=f"{sg_type} {record['id']}",
            key=record[SHOTGUN_JIRA_ID_FIELD] or "",
            url=(record[SHOTGUN_JIRA_URL_FIELD] or {}).get("url", ""),
            values={
                row.name: row.shotgun(record[field], name)
                for field, row in _rows(_elements()[sg_type])
            },
            remarks=remarks[sg_type, record["id"]],
        )
        for sg_type, records in found.items()
        for record in records
    ]


def _remarks_by_record(
    client: Shotgun, mine: list[Any]
) -> defaultdict[tuple[str, int], dict[str, str]]:
    """What is said about each record, by type and id: key -> text."""
    said: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    fields = ["subject", "content", "user", "tasks", SHOTGUN_JIRA_ID_FIELD]
    notes: list[Any] = client.find("Note", [mine], fields, _BY_ID)
    for note in notes:
        text = _note_text(note["subject"], note["content"] or "", _author(note))
        for task in note["tasks"]:
            said["Task", task["id"]][_key("Note", note)] = text
    fields = ["description", "duration", "date", "user", "entity", SHOTGUN_JIRA_ID_FIELD]
    logs: list[Any] = client.find("TimeLog", [mine], fields, _BY_ID)
    for log in logs:
        text = _log_text(log["description"], log["duration"], log["date"], _author(log))
        if log["entity"]:
            said[log["entity"]["type"], log["entity"]["id"]][_key("TimeLog", log)] = text
    return said


def _key(kind: str, record: Record) -> str:
    return f"{kind} {record[SHOTGUN_JIRA_ID_FIELD] or record['id']}"


def _author(record: Record) -> str:
    return str((record["user"] or {}).get("name", ""))


def _note_text(subject: str, content: str, author: str) -> str:
    return f"{subject}: {content} ({author})"


def _log_text(description: str, minutes: int, day: str, author: str) -> str:
    return f"{description}: {duration_text(minutes)}, {day} ({author})"


# ---------------------------------------------------------------------- Jira


def read_counterparts(client: JIRA, project_key: str, own_name: str) -> dict[str, CounterpartFacts]:
    """The Issues of a Jira project by key.

    Parameters:
        client: of a person who sees all of them.
        project_key: of the project.
        own_name: of the bridge's account; what it says on its own, as with a change of status,
            is no Note.
    """
    found = client.search_issues(
        f"project = {project_key} ORDER BY key", maxResults=False, fields="*all"
    )
    issues = [issue for issue in found if isinstance(issue, Issue)]
    reader = _IssueReader(client, issues, own_name)
    return {issue.key: reader.read(issue) for issue in issues}


class _IssueReader:
    """Reads Issues; all of them are known, as one tells its parent and not its children."""

    def __init__(self, client: JIRA, issues: Iterable[Issue], own_name: str) -> None:
        self._client = client
        self._own_name = own_name
        ids = {field["name"].lower(): field["id"] for field in client.fields()}
        self._flag = ids[JIRA_SYNC_IN_FPTR_FIELD.lower()]
        self._naming = [
            ids[name.lower()] for name in (JIRA_SHOTGUN_TYPE_FIELD, JIRA_SHOTGUN_ID_FIELD)
        ]
        self._rows = {one["jira_issue_type"]: _rows(one) for one in _elements().values()}
        self._children: defaultdict[str, list[str]] = defaultdict(list)
        for issue in issues:
            parent = issue.raw["fields"].get("parent") or {}
            self._children[parent.get("key", "")].append(issue.key)

    def read(self, issue: Issue) -> CounterpartFacts:
        fields: Record = issue.raw["fields"]

        def linked(what: str) -> Iterable[str]:
            if what == "children":
                return self._children[issue.key]
            return [one.emailAddress for one in self._client.watchers(issue).watchers]

        url: str = issue.permalink()  # type: ignore[no-untyped-call]
        return CounterpartFacts(
            key=issue.key,
            url=url,
            record=" ".join(filter(None, (fields.get(id) for id in self._naming))),
            wanted=(fields.get(self._flag) or {}).get("value") == "True",
            values={
                row.name: row.jira(fields, linked)
                for _, row in self._rows.get(fields["issuetype"]["name"], [])
            },
            remarks={
                **_comments(issue.key, self._client.comments(issue), self._own_name),
                **_worklogs(issue.key, self._client.worklogs(issue.key)),
            },
        )


def _comments(key: str, comments: Iterable[Comment], own_name: str) -> dict[str, str]:
    said = {}
    for comment in comments:
        remark = read_comment(comment.body)
        writer = comment.author.displayName
        if remark.subject is None and writer == own_name:
            continue
        said[f"Note {key}/{comment.id}"] = _note_text(
            remark.subject or _NO_SUBJECT, remark.content, remark.author or writer
        )
    return said


def _worklogs(key: str, worklogs: Iterable[Worklog]) -> dict[str, str]:
    said = {}
    for worklog in worklogs:
        remark = read_worklog(worklog.comment)
        said[f"TimeLog {key}/{worklog.id}"] = _log_text(
            remark.content,
            worklog.timeSpentSeconds // 60,
            worklog.started[:10],
            remark.author or worklog.author.displayName,
        )
    return said
