"""Finds where linked records and their Issues differ: what a full sync would write.

Each record is synced in full by its own handlers, the studio's included, without writing. A full
sync goes from FPTR to Jira, so where the two differ FPTR's value would win.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sg_jira.bridge import Bridge
from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.events import full_sync_of
from sg_jira.rehearsal import Rehearsal, WouldCreate, Write, rehearsing
from sg_jira.site_calls import Site

#: Records that one query reads.
PAGE: Final = 500
#: Types that an entry's mapping names, but that are synced with the record they belong to.
_REMARKS: Final = ("Note", "TimeLog")


@dataclass(frozen=True)
class Difference:
    """Something that a full sync of a record would write; `there` is what the Issue has now."""

    entry: str
    record: str
    issue: str
    write: Write
    there: Any

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "entry": self.entry,
            "record": self.record,
            "issue": self.issue,
            "site": self.write.site.value,
            "call": self.write.endpoint,
            "target": self.write.record,
            "field": self.write.field,
            "there": self.there,
            "would_be": self.write.value,
        }


@dataclass(frozen=True)
class Compared:
    """A record that was compared. `problem` tells why that was not possible, or not wholly."""

    record: str
    issue: str
    differences: Sequence[Difference] = ()
    problem: str | None = None


def types_of_entry(entry: Mapping[str, Any]) -> list[str]:
    """The FPTR types whose records an entry of the settings syncs to Issues."""
    mapping = (entry.get("settings") or {}).get("entity_mapping")
    if not mapping:
        return ["Task"]
    named = (element.get("sg_entity") for element in mapping)
    return [each for each in dict.fromkeys(named) if each and each not in _REMARKS]


def synced_records(
    bridge: Bridge,
    entity_type: str,
    ids: Sequence[int] = (),
    project: str | None = None,
    filters: Sequence[Sequence[Any]] = (),
    *,
    linked_only: bool = False,
) -> Iterator[dict[str, Any]]:
    """The records of a type whose syncing is on, in the order of their ids.

    Parameters:
        ids: only these; none means all.
        project: only those of the FPTR Project with this name.
        filters: only those of which these hold, as FPTR's Python API has them.
        linked_only: only those that have an Issue.
    """
    wanted: list[Sequence[Any]] = [
        *filters,
        [SHOTGUN_SYNC_IN_JIRA_FIELD, "is", True],
        [f"project.Project.{SHOTGUN_JIRA_ID_FIELD}", "is_not", None],
    ]
    if linked_only:
        wanted.append([SHOTGUN_JIRA_ID_FIELD, "is_not", None])
    if ids:
        wanted.append(["id", "in", list(ids)])
    if project:
        wanted.append(["project.Project.name", "is", project])
    order = [{"field_name": "id", "direction": "asc"}]
    last = 0
    while True:
        # By id and not by page: what is linked meanwhile moves no record out of sight.
        found = bridge.shotgun.find(
            entity_type,
            [*wanted, ["id", "greater_than", last]],
            ["project", SHOTGUN_JIRA_ID_FIELD],
            order=order,
            limit=PAGE,
        )
        yield from found
        if len(found) < PAGE:
            return
        last = found[-1]["id"]


def compare(bridge: Bridge, entry: str, records: Iterable[Mapping[str, Any]]) -> Iterator[Compared]:
    """Compares records with their Issues, one after the other; writes nothing.

    Parameters:
        entry: the entry of the settings whose handlers decide.
        records: with `type`, `id`, `project` and their Issue's key.
    """
    for record in records:
        yield _compared(bridge, entry, record)


def _compared(bridge: Bridge, entry: str, record: Mapping[str, Any]) -> Compared:
    name, issue = f"{record['type']}:{record['id']}", str(record[SHOTGUN_JIRA_ID_FIELD] or "")
    problem = None
    with rehearsing() as rehearsal:
        try:
            verdict = bridge.sync_in_jira(entry, record["type"], record["id"], full_sync_of(record))
            problem = None if verdict else bridge.last_skip_reason() or "it would not be synced"
        except WouldCreate:
            problem = "a new Issue, comment or record would be made"
        except Exception as error:  # noqa: BLE001  # a studio's handler may raise anything
            problem = f"{type(error).__name__}: {error}"
    return Compared(name, issue, _told(bridge, entry, name, issue, rehearsal), problem)


def _told(
    bridge: Bridge, entry: str, name: str, issue: str, rehearsal: Rehearsal
) -> list[Difference]:
    if not rehearsal.writes:
        return []
    fields = bridge.jira.issue(issue).raw.get("fields", {}) if issue else {}
    return [
        Difference(entry, name, issue, write, fields.get(write.field) if _is_here(write) else None)
        for write in rehearsal.writes
    ]


def _is_here(write: Write) -> bool:
    """Whether a write is one of the Issue's own fields."""
    return write.site is Site.JIRA and "comment" not in write.endpoint
