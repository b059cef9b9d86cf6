"""Compares any record with its Issue, row by row. Pure: what was read in, compared fields out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sg_jira.demo.comparison import ComparedField


@dataclass(frozen=True)
class RecordFacts:
    """A synced FPTR record. Values are texts by row; remarks, by key, are its Notes and TimeLogs.

    A remark's key is `Note LAN-1/12`, or `Note 7` for one that has no counterpart.
    """

    name: str
    key: str
    url: str
    values: Mapping[str, str]
    remarks: Mapping[str, str]


@dataclass(frozen=True)
class CounterpartFacts:
    """An Issue, with values and remarks in the words of `RecordFacts`.

    `record` is what its fields name, like `Task 12`; `wanted` whether it is to be synced.
    """

    key: str
    url: str
    record: str
    wanted: bool
    values: Mapping[str, str]
    remarks: Mapping[str, str]


def compare_record(
    record: RecordFacts, issue: CounterpartFacts | None, statuses: Mapping[str, str]
) -> list[ComparedField]:
    """The rows of a record beside those of its Issue.

    Parameters:
        record: what FPTR has.
        issue: what Jira has; `None` when the record has no Issue there.
        statuses: Jira status by FPTR status.
    """
    if issue is None:
        return [ComparedField("Issue", record.key or "no key", "not in Jira", False)]
    linked = (record.key, record.name, record.url) == (issue.key, issue.record, issue.url)
    rows = [
        ComparedField("Link", record.key, issue.record, linked),
        ComparedField("Sync flag", "on", "on" if issue.wanted else "off", issue.wanted),
    ]
    for name, shotgun in record.values.items():
        jira = issue.values[name]
        rows.append(ComparedField(name, shotgun, jira, _is_same(name, shotgun, jira, statuses)))
    for key in dict.fromkeys([*record.remarks, *issue.remarks]):
        kind, _, number = key.partition(" ")
        shotgun = record.remarks.get(key, f"nothing for {number}")
        jira = issue.remarks.get(key, f"nothing for {number}")
        rows.append(ComparedField(kind, shotgun, jira, shotgun == jira))
    return rows


def left_over(
    records: Iterable[RecordFacts], issues: Mapping[str, CounterpartFacts]
) -> list[ComparedField]:
    """Issues that name a record, or ask for one, and that no synced record knows."""
    claimed = {record.key for record in records}
    return [
        ComparedField("Issue", "no record has this key", f"{key} {issue.record}".strip(), False)
        for key, issue in issues.items()
        if key not in claimed and (issue.record or issue.wanted)
    ]


def _is_same(name: str, shotgun: str, jira: str, statuses: Mapping[str, str]) -> bool:
    if name == "Status":
        return statuses.get(shotgun) == jira
    if name == "Assignee":  # Jira has one, who has to be one of FPTR's
        return jira in shotgun.split(", ") if shotgun else not jira
    return shotgun == jira
