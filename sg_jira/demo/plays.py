"""The stories there are: what people do, the settings it needs, and how both sites are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sg_jira.constants import TASK_ISSUE_STATUS_MAPPING
from sg_jira.demo.cast import Cast
from sg_jira.demo.comparison import ComparedField, compare, orphans
from sg_jira.demo.generic_comparison import compare_record, left_over
from sg_jira.demo.generic_reading import read_counterparts, read_records
from sg_jira.demo.generic_settings import MAPPING, STATUSES, TICKET_STATUSES
from sg_jira.demo.generic_story import generic_story
from sg_jira.demo.reading import read_issues, read_tasks
from sg_jira.demo.service import TASKS_ENTRY
from sg_jira.demo.tasks_story import STORY
from sg_jira.demo.telling import Step
from sg_jira.sandbox import Flavour
from sg_jira.sandbox.sandbox import ACCOUNT_NAME

#: Whose clients read both sites for the comparison.
_READER: Final = "mira"


@dataclass(frozen=True)
class ComparedPair:
    """A record and its counterpart, field by field."""

    title: str
    fields: Sequence[ComparedField]


@dataclass(frozen=True)
class Play:
    """A story.

    Attributes:
        entry: of `SYNC` in the bridge's settings.
        steps: what people do, on this kind of Jira.
        compare: reads both sites and compares all pairs.
    """

    entry: Mapping[str, Any]
    steps: Callable[[Flavour], Sequence[Step]]
    compare: Callable[[Cast], list[ComparedPair]]


def _compare_tasks(cast: Cast) -> list[ComparedPair]:
    tasks = read_tasks(cast.shotgun(_READER), cast.project)
    issues = read_issues(cast.jira(_READER), cast.jira_key)
    pairs = [
        ComparedPair(
            f"Task {task.id} and {task.key or 'no Issue'}",
            compare(task, issues.get(task.key), TASK_ISSUE_STATUS_MAPPING),
        )
        for task in tasks
    ]
    return _with_rest(pairs, orphans(tasks, issues))


def _compare_records(cast: Cast) -> list[ComparedPair]:
    records = read_records(cast.shotgun(_READER), cast.project)
    issues = read_counterparts(cast.jira(_READER), cast.jira_key, ACCOUNT_NAME)
    pairs = [
        ComparedPair(
            f"{record.name} and {record.key or 'no Issue'}",
            compare_record(
                record,
                issues.get(record.key),
                TICKET_STATUSES if record.name.startswith("Ticket") else STATUSES,
            ),
        )
        for record in records
    ]
    return _with_rest(pairs, left_over(records, issues))


def _with_rest(pairs: list[ComparedPair], rest: list[ComparedField]) -> list[ComparedPair]:
    return [*pairs, ComparedPair("Issues without a record", rest)] if rest else pairs


#: By name; the first is the default.
PLAYS: Final[Mapping[str, Play]] = {
    "tasks": Play(TASKS_ENTRY, lambda _: STORY, _compare_tasks),
    "generic": Play(
        {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": {"entity_mapping": MAPPING}},
        generic_story,
        _compare_records,
    ),
}
