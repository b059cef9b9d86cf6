"""The budgets: what each operation may cost in calls to FPTR and to Jira, and not one call more.

A cost is written `FPTR calls | Jira calls`, by endpoint, with a number before what is called more
than once. What stands in braces by itself is another call on each kind of Jira site.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sg_jira.sandbox import BridgeCalls, Flavour
from tests.integration.budgets import operations as do
from tests.integration.budgets.operations import Operation

#: Calls that each kind of Jira site is asked by in its own way.
_WAYS: Final[Mapping[Flavour, Mapping[str, tuple[str, ...]]]] = {
    Flavour.CLOUD: {
        "{screen}": ("GET issue/createmeta",),
        "{search}": ("GET search/jql",),
        # Its webhooks do not say who has deleted a comment.
        "{own deletion}": ("find Note",),
        "{naming deletion}": ("GET field",),
    },
    Flavour.DATA_CENTER: {
        "{screen}": (
            "GET issue/createmeta/{project}/issuetypes",
            "GET issue/createmeta/{project}/issuetypes/{id}",
        ),
        "{search}": ("GET search",),
        "{own deletion}": (),
        "{naming deletion}": (),
    },
}
_ISSUE: Final = "GET issue/{key}"
_WRITE: Final = f"{_ISSUE}, PUT issue/{{key}}"
_MOVE: Final = "POST issue/{key}/transitions"
_COMMENT: Final = "GET issue/{key}/comment/{id}"
_WORKLOG: Final = "GET issue/{key}/worklog/{id}"
_PERSON: Final = "find HumanUser, schema_field_read HumanUser"
_ACCOUNT: Final = "GET user/assignable/search"
_ALL_REMARKS: Final = "GET issue/{key}/comment, GET issue/{key}/worklog"
_REMARK_SCHEMAS: Final = "schema_field_read Note, schema_field_read TimeLog"


def _cost(text: str, flavour: Flavour) -> Counter[str]:
    cost: Counter[str] = Counter()
    for part in filter(None, (one.strip() for one in text.split(","))):
        found = re.fullmatch(r"(?:(\d+) )?(.+)", part)
        assert found is not None
        for endpoint in _WAYS[flavour].get(found[2], (found[2],)):
            cost[endpoint] += int(found[1] or 1)
    return cost


@dataclass(frozen=True)
class Cost:
    """What an operation costs.

    Parameters:
        warm: `FPTR calls | Jira calls` while the bridge remembers what it has learned of the sites.
        learning: those that come on top when it remembers nothing.
    """

    warm: str
    learning: str

    def calls(self, flavour: Flavour, *, cold: bool) -> BridgeCalls:
        """The calls on a kind of Jira site."""
        texts = [self.warm, *([self.learning] if cold else [])]
        shotgun, jira = zip(*(text.split("|") for text in texts), strict=True)
        return BridgeCalls(
            shotgun=sum((_cost(text, flavour) for text in shotgun), Counter()),
            jira=sum((_cost(text, flavour) for text in jira), Counter()),
        )


#: What both families learn of a Task, its Issue and its Project before they write to Jira.
_TASK: Final = "schema_field_read Task"
_LEARN_TASK: Final = f"{_TASK} | GET field, GET project/{{key}}"
_LEARN_GENERIC: Final = f"{_TASK} | GET field, 2 GET project/{{key}}, {{screen}}"
_LEARN_ISSUE: Final = f"{_TASK} | GET field"
_NOTHING: Final = Cost(" | ", " | ")


@dataclass(frozen=True)
class Row:
    """An operation, and what it costs in each family of syncers; `None` where it is not synced.

    `flavours` are those of Jira on which it is possible.
    """

    name: str
    do: Operation
    task: Cost | None
    generic: Cost | None
    flavours: tuple[Flavour, ...] = tuple(Flavour)

    def cost(self, family: str) -> Cost | None:
        """What it costs in a family."""
        return self.task if family == "Task" else self.generic


def _both(name: str, operation: Operation, warm: str, learning: str) -> Row:
    cost = Cost(warm, learning)
    return Row(name, operation, cost, cost)


def _to_jira(name: str, operation: Operation, warm: str, sg: str = "", jira: str = "") -> Row:
    """A change of a Task: both families do the same, and learn the same but for the screen.

    Parameters:
        sg, jira: what they learn besides.
    """

    def learning(usual: str) -> str:
        left, _, right = usual.partition(" | ")
        return f"{left}, {sg} | {right}, {jira}"

    return Row(
        name,
        operation,
        Cost(warm, learning(_LEARN_TASK)),
        Cost(warm, learning(_LEARN_GENERIC)),
    )


TASKS_TO_JIRA: Final = (
    _to_jira("one field changed", do.one_field, f"find Task | {_WRITE}"),
    Row(
        "one field changed, told by somebody who signs nothing",
        do.one_field_unsigned,
        Cost(f"find Task | {_WRITE}", f"find Task, {_LEARN_TASK}"),
        Cost(f"find Task | {_WRITE}", _LEARN_GENERIC),
    ),
    _to_jira("the value is there already", do.there_already, f"find Task | {_ISSUE}"),
    _to_jira("four fields in one burst", do.four_fields, f"find Task | {_WRITE}"),
    _to_jira(
        "eight fields in one burst: status, assignee, one person in cc, ...",
        do.eight_fields,
        f"find Task | {_WRITE}, {_MOVE}, POST issue/{{key}}/watchers",
        "2 find HumanUser, schema_field_read HumanUser, schema_field_read Tag",
        f"2 {_ACCOUNT}",
    ),
    _to_jira("status changed", do.status, f"find Task | {_ISSUE}, {_MOVE}"),
    _to_jira("assignee changed", do.assignee, f"find Task | {_WRITE}", _PERSON, _ACCOUNT),
    _to_jira(
        "person added in cc",
        do.watcher,
        f"find Task | {_ISSUE}, POST issue/{{key}}/watchers",
        _PERSON,
        _ACCOUNT,
    ),
    Row(
        "person removed from cc",
        do.watcher_removed,
        Cost(
            f"find Task | {_ISSUE}, DELETE issue/{{key}}/watchers",
            f"{_TASK}, {_PERSON} | GET field, GET project/{{key}}, {_ACCOUNT}",
        ),
        Cost(
            f"find Task | {_ISSUE}, GET issue/{{key}}/watchers, DELETE issue/{{key}}/watchers",
            _LEARN_GENERIC,
        ),
    ),
    _to_jira("label added", do.label, f"find Task | {_WRITE}", "schema_field_read Tag"),
    Row(
        "parent changed (told by the Task and both parents)",
        do.parent,
        None,
        Cost(
            f"3 find Asset, 2 find Task | 4 {_ISSUE}, PUT issue/{{key}}, 2 {{search}}",
            f"schema_field_read Asset, {_TASK} | GET field, 3 GET project/{{key}}, 2 {{screen}}",
        ),
        (Flavour.CLOUD,),
    ),
    Row("a field that is not synced", do.not_wanted, _NOTHING, _NOTHING),
    Row("the bridge's own writes come back as events", do.echo, _NOTHING, _NOTHING),
)

FIRST_SYNCS: Final = (
    Row(
        "first sync of a Task without Notes",
        do.first_sync,
        Cost(
            f"find Task, update Task, find Note | POST issue, {_WRITE}",
            f"{_TASK}, schema_field_read HumanUser"
            f" | GET field, 2 GET project/{{key}}, {_ACCOUNT}, {{screen}}",
        ),
        Cost(
            f"find Task, update Task, find Note, find TimeLog | POST issue, {_WRITE}",
            f"{_TASK}, schema_field_read HumanUser, {_REMARK_SCHEMAS}"
            f" | GET field, 2 GET project/{{key}}, {_ACCOUNT}, {{screen}}",
        ),
    ),
    Row(
        "first sync of a Task with ten Notes",
        do.first_sync_with_notes,
        Cost(
            "2 find Task, update Task, find Note, 10 update Note"
            f" | POST issue, {_ISSUE}, 10 POST issue/{{key}}/comment",
            f"{_TASK}, schema_field_read HumanUser"
            f" | GET field, 2 GET project/{{key}}, {_ACCOUNT}, {{screen}}",
        ),
        Cost(
            "2 find Task, update Task, find Note, find TimeLog, 10 update Note"
            f" | POST issue, {_WRITE}, 10 POST issue/{{key}}/comment",
            f"{_TASK}, schema_field_read HumanUser, {_REMARK_SCHEMAS}"
            f" | GET field, 2 GET project/{{key}}, {_ACCOUNT}, {{screen}}",
        ),
    ),
    Row(
        "a Task made with sync on and everything set (15 events)",
        do.created_with_sync_on,
        Cost(
            f"find Task, update Task | POST issue, {_WRITE}, {_MOVE}, POST issue/{{key}}/watchers",
            f"{_TASK}, 2 find HumanUser, schema_field_read HumanUser, schema_field_read Tag"
            f" | GET field, 2 GET project/{{key}}, 2 {_ACCOUNT}, {{screen}}",
        ),
        Cost(
            f"find Task, update Task | POST issue, {_WRITE}, {_MOVE}, POST issue/{{key}}/watchers",
            f"{_TASK}, 2 find HumanUser, schema_field_read HumanUser, schema_field_read Tag"
            f" | GET field, 2 GET project/{{key}}, 2 {_ACCOUNT}, {{screen}}",
        ),
    ),
    Row(
        "sync turned off and on again",
        do.off_and_on,
        Cost(
            f"find Task, find Note | {_ISSUE}",
            f"{_TASK}, schema_field_read HumanUser | GET field, GET project/{{key}}, {_ACCOUNT}",
        ),
        Cost(
            f"2 find Task, find Note, find TimeLog | {_WRITE}",
            f"{_TASK}, {_REMARK_SCHEMAS} | GET field, 2 GET project/{{key}}, {{screen}}",
        ),
    ),
    Row(
        "an Issue's flag is turned on",
        do.flagged,
        None,
        Cost(
            f"find Task, find Project, create Task, update Task | {_WRITE}, {_ALL_REMARKS}",
            f"{_TASK}, {_REMARK_SCHEMAS} | GET field",
        ),
    ),
    Row(
        "an Issue is made with its flag on",
        do.issue_created_with_flag,
        None,
        Cost(
            f"find Task, find Project, create Task, update Task | {_WRITE}, {_ALL_REMARKS}",
            f"{_TASK}, {_REMARK_SCHEMAS} | GET field",
        ),
    ),
    Row(
        "the flag of an Issue with three comments is turned on",
        do.flagged_with_comments,
        None,
        Cost(
            "find Task, find Project, create Task, update Task, find Note, 3 create Note"
            f" | {_WRITE}, {_ALL_REMARKS}",
            f"{_TASK}, {_REMARK_SCHEMAS}, find HumanUser | GET field",
        ),
    ),
)

DELETIONS: Final = (
    Row(
        "a Task is deleted, and its Issue to be closed",
        do.deleted,
        Cost(f"find Task | {_ISSUE}, {_MOVE}", f"{_TASK} | GET field"),
        Cost(f"find Task | {_ISSUE}, {_MOVE}", f"{_TASK} | GET field"),
    ),
    Row("an Issue is deleted", do.issue_deleted, _NOTHING, _NOTHING),
)

NOTES_AND_TIME: Final = (
    Row(
        "Note created",
        do.note_created,
        Cost(
            "find Note, find Task, update Note | POST issue/{key}/comment",
            "schema_field_read Note | ",
        ),
        Cost(
            "find Note, find Task, update Note | POST issue/{key}/comment",
            "schema_field_read Note | GET project/{key}",
        ),
    ),
    _both(
        "Note edited",
        do.note_edited,
        f"find Note, find Task | {_COMMENT}, PUT issue/{{key}}/comment/{{id}}",
        "schema_field_read Note | ",
    ),
    Row(
        "Note moved to another Task",
        do.note_moved,
        Cost(
            "2 find Note, 2 find Task, update Note"
            f" | {_COMMENT}, DELETE issue/{{key}}/comment/{{id}}, POST issue/{{key}}/comment",
            "schema_field_read Note | ",
        ),
        Cost(
            "2 find Note, 2 find Task, 2 update Note, {own deletion}"
            f" | {_COMMENT}, DELETE issue/{{key}}/comment/{{id}}, POST issue/{{key}}/comment",
            "schema_field_read Note | GET project/{key}, {naming deletion}",
        ),
    ),
    Row(
        "Note deleted",
        do.note_deleted,
        None,
        Cost(
            f"find Note, {{own deletion}} | {_COMMENT}, DELETE issue/{{key}}/comment/{{id}}",
            "schema_field_read Note | {naming deletion}",
        ),
    ),
    _both("Reply created", do.replied, "find Reply, find Task | POST issue/{key}/comment", " | "),
    Row(
        "TimeLog created",
        do.time_logged,
        None,
        Cost(
            "find TimeLog, find Task, update TimeLog"
            " | POST issue/{key}/worklog, PUT issue/{key}/worklog/{id}",
            "schema_field_read TimeLog | GET project/{key}",
        ),
    ),
    Row(
        "TimeLog edited",
        do.time_log_edited,
        None,
        Cost(
            f"find TimeLog, find Task | {_WORKLOG}, PUT issue/{{key}}/worklog/{{id}}",
            "schema_field_read TimeLog | ",
        ),
    ),
    Row(
        "TimeLog deleted",
        do.time_log_deleted,
        None,
        Cost(
            f"2 find TimeLog, find Task"
            f" | {_WORKLOG}, DELETE issue/{{key}}/worklog/{{id}}, {_ISSUE}",
            "schema_field_read TimeLog | GET field",
        ),
    ),
)

TASKS_TO_FPTR: Final = (
    _both("one field changed in Jira", do.issue_field, "find Task, update Task | ", _LEARN_ISSUE),
    _both(
        "one field changed in Jira, by a webhook that is not signed",
        do.issue_field_unsigned,
        f"find Task, update Task | {_ISSUE}",
        _LEARN_ISSUE,
    ),
    _both("the value is in FPTR already", do.issue_there_already, "find Task | ", _LEARN_ISSUE),
    Row(
        "two edits of an Issue in one burst",
        do.issue_fields,
        Cost("find Task, update Task | ", _LEARN_ISSUE),
        Cost(f"find Task, update Task | {_ISSUE}", _LEARN_ISSUE),
    ),
    _both("status changed in Jira", do.issue_status, "find Task, update Task | ", _LEARN_ISSUE),
    _both(
        "assignee changed in Jira",
        do.issue_assignee,
        "find Task, update Task | ",
        f"find HumanUser, {_LEARN_ISSUE}",
    ),
    _both(
        "label added in Jira",
        do.issue_label,
        "find Tag, find Task, update Task | ",
        f"schema_field_read Tag, {_LEARN_ISSUE}",
    ),
    Row(
        "parent changed in Jira",
        do.issue_parent,
        None,
        Cost("find Asset, find Task, update Task | ", _LEARN_ISSUE),
        (Flavour.CLOUD,),
    ),
    _both(
        "an Issue that is not synced, by its type or its flag",
        do.issue_not_wanted,
        " | ",
        " | GET field",
    ),
    Row(
        "comment edited",
        do.comment_edited,
        Cost("find Note, update Note | ", " | "),
        Cost(
            f"find Note, find Task, update Note | {_ISSUE}, {_COMMENT}",
            "find HumanUser | GET field",
        ),
    ),
    Row(
        "comment written",
        do.commented,
        None,
        Cost(
            f"find Note, find Task, create Note | {_ISSUE}, {_COMMENT}",
            "schema_field_read Note, find HumanUser | GET field",
        ),
    ),
    Row(
        "comment deleted",
        do.comment_deleted,
        None,
        Cost(f"find Note, find Task, delete Note | {_ISSUE}", " | GET field"),
    ),
    _both(
        "comment that answers a Note",
        do.answered,
        "find Note, create Reply | GET issue/{key}/comment",
        "find HumanUser | ",
    ),
    Row(
        "work logged in Jira",
        do.work_logged,
        None,
        Cost(
            f"find TimeLog, find Task, create TimeLog | {_ISSUE}, {_WORKLOG}",
            "schema_field_read TimeLog, find HumanUser | GET field",
        ),
    ),
    Row(
        "worklog edited",
        do.worklog_edited,
        None,
        Cost(
            f"find TimeLog, find Task, update TimeLog | {_ISSUE}, {_WORKLOG}",
            "schema_field_read TimeLog, find HumanUser | GET field",
        ),
    ),
    Row(
        "worklog deleted",
        do.worklog_deleted,
        None,
        Cost(f"find TimeLog, find Task, delete TimeLog | {_ISSUE}", " | GET field"),
    ),
)

#: Heading -> rows.
TABLE: Final[Mapping[str, tuple[Row, ...]]] = {
    "From FPTR to Jira": TASKS_TO_JIRA,
    "From Jira to FPTR": TASKS_TO_FPTR,
    "First syncs": FIRST_SYNCS,
    "Notes, Replies and time": NOTES_AND_TIME,
    "Deletions": DELETIONS,
}
ROWS: Final = tuple(row for rows in TABLE.values() for row in rows)
