"""Finds where linked records and their Issues differ: what a full sync would write.

Each record is synced in full by its own handlers, the studio's included, without writing. A full
sync goes from FPTR to Jira, so where the two differ FPTR's value would win; Jira's wins where the
settings let a value go from Jira to FPTR only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any, Final

from sg_jira.bridge import Bridge
from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.events import full_sync_of
from sg_jira.handlers.generic.mapping import EntityRule, read_mapping
from sg_jira.readings import Ahead
from sg_jira.rehearsal import WouldCreate, Write, rehearsing
from sg_jira.site_calls import Site

#: Records that one query lists, and those whose values are read together.
PAGE: Final = 500
TOGETHER: Final = 100
#: Types that an entry's mapping names, but that are synced with the record they belong to.
_REMARKS: Final = ("Note", "TimeLog")
_ADD_WATCHER: Final = "POST issue/{}/watchers"
_MOVE: Final = "POST issue/{}/transitions"
#: Calls that make in an Issue what belongs to a Note, Reply or TimeLog.
_NEW_PARTS: Final = ("POST issue/{}/comment", "POST issue/{}/worklog")


@dataclass(frozen=True)
class Difference:
    """Something that a sync of a record would write.

    `source` is the site that it comes from, `there` what is there now. `part` is the Note or the
    like that it is about, where it is not the record itself.
    """

    entry: str
    record: str
    issue: str
    write: Write
    source: Site
    there: Any
    part: str | None = None

    @property
    def winner(self) -> Site | None:
        """The site whose value would be written to the other one; links are nobody's value."""
        return None if self.write.site is self.source else self.source

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "entry": self.entry,
            "record": self.record,
            "part": self.part,
            "issue": self.issue,
            "site": self.write.site.value,
            "call": self.write.endpoint,
            "target": self.write.record,
            "field": self.write.field,
            "there": self.there,
            "would_be": self.write.value,
            "wins": self.winner and self.winner.value,
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
    """What full syncs of records from FPTR to Jira would write, one after the other.

    Parameters:
        entry: the entry of the settings whose handlers decide.
        records: with `type`, `id`, `project` and their Issue's key.
    """
    for record, ahead in _read_ahead(bridge, entry, records):
        sync = _to_jira(bridge, entry, record, ahead)
        yield _compared(bridge, entry, record, Site.SHOTGUN, sync)


def compare_both_ways(
    bridge: Bridge, entry: str, settings: Mapping[str, Any], records: Iterable[Mapping[str, Any]]
) -> Iterator[Compared]:
    """The same, and what would come from Jira where the entry lets it go that way only.

    Parameters:
        settings: the entry itself.
        records: as for `compare`, each with an Issue.
    """
    mapping = read_mapping((settings.get("settings") or {}).get("entity_mapping"))
    for record, ahead in _read_ahead(bridge, entry, records):
        rule = mapping.of_entity(record["type"])
        found = []
        if rule is None or rule.direction.to_jira:
            sync = _to_jira(bridge, entry, record, ahead)
            found.append(_compared(bridge, entry, record, Site.SHOTGUN, sync))
        if fields := _only_from_jira(rule):
            sync = _from_jira(bridge, entry, record, fields)
            found.append(_compared(bridge, entry, record, Site.JIRA, sync))
        problems = (one.problem for one in found if one.problem)
        differences = [each for one in found for each in one.differences]
        yield replace(found[0], differences=differences, problem=next(problems, None))


def _only_from_jira(rule: EntityRule | None) -> list[str]:
    """The Jira fields whose values go to FPTR and never back."""
    if rule is None or not rule.direction.to_sg:
        return []
    parts = [(pair.jira_field, pair.direction) for pair in rule.pairs]
    if rule.status:
        parts.append(("status", rule.status.direction))
    both = rule.direction.to_jira
    return [name for name, way in parts if way.to_sg and not (both and way.to_jira)]


def _read_ahead(
    bridge: Bridge, entry: str, records: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], Ahead | None]]:
    """Records with what is read by the page of those that have Issues."""
    for kind, alike in groupby(records, lambda record: str(record["type"])):
        while page := list(islice(alike, TOGETHER)):
            linked = {
                one["id"]: full_sync_of(one) for one in page if one.get(SHOTGUN_JIRA_ID_FIELD)
            }
            ahead: dict[int, Ahead] = {}
            # What fails here fails for each of them again, which tells of it.
            with rehearsing(), suppress(Exception):
                for part in bridge.prepare_full_syncs(entry, kind, linked):
                    ahead.update(part)
            yield from ((one, ahead.get(one["id"])) for one in page)


def _to_jira(
    bridge: Bridge, entry: str, record: Mapping[str, Any], ahead: Ahead | None
) -> Callable[[], Any]:
    def sync() -> Any:
        with nullcontext() if ahead is None else bridge.reading_ahead(ahead):
            return bridge.sync_in_jira(entry, record["type"], record["id"], full_sync_of(record))

    return sync


def _from_jira(
    bridge: Bridge, entry: str, record: Mapping[str, Any], fields: Sequence[str]
) -> Callable[[], Any]:
    """As if these fields of the record's Issue had changed."""

    def sync() -> Any:
        key = record[SHOTGUN_JIRA_ID_FIELD]
        items = [
            {"field": name, "fieldId": bridge.jira.get_jira_issue_field_id(name) or name}
            for name in fields
        ]
        event = {
            "webhookEvent": "jira:issue_updated",
            "issue": {"key": key},  # it is read by the handler, whatever the event says
            "changelog": {"items": items},
        }
        return bridge.sync_in_shotgun(entry, "issue", key, event)

    return sync


def _compared(
    bridge: Bridge, entry: str, record: Mapping[str, Any], source: Site, sync: Callable[[], Any]
) -> Compared:
    name, issue = f"{record['type']}:{record['id']}", str(record[SHOTGUN_JIRA_ID_FIELD] or "")
    problem = None
    with rehearsing() as rehearsal:
        try:
            verdict = sync()
            problem = None if verdict else bridge.last_skip_reason() or "it would not be synced"
        except WouldCreate:
            problem = "a new Issue, comment, file or record would be made"
        except Exception as error:  # noqa: BLE001  # a studio's handler may raise anything
            problem = f"{type(error).__name__}: {error}"
    writes = _that_change_something(bridge, issue, rehearsal.writes)
    writes = _with_named_status(bridge, issue, writes)
    there = _read_present(bridge, record, issue, writes)
    differences = [
        Difference(entry, name, issue, each, source, there(each), part if part != name else None)
        for each, part in zip(writes, _parts_of(writes), strict=True)
    ]
    return Compared(name, issue, differences, problem)


def _that_change_something(bridge: Bridge, issue: str, writes: Sequence[Write]) -> list[Write]:
    """Without the watchers who watch already: a handler need not look before it adds them."""
    if not any(one.endpoint == _ADD_WATCHER for one in writes):
        return list(writes)
    told = bridge.jira.watchers(issue).raw.get("watchers") or []
    watching = {user.get("accountId") or user.get("name") for user in told}
    return [one for one in writes if one.endpoint != _ADD_WATCHER or one.value not in watching]


def _with_named_status(bridge: Bridge, issue: str, writes: Sequence[Write]) -> list[Write]:
    """With the status that a transition leads to, in place of the transition's id."""
    if not any(one.endpoint == _MOVE and one.field == "status" for one in writes):
        return list(writes)
    leads_to = {str(one["id"]): one["to"] for one in bridge.jira.transitions(issue)}

    def named(one: Write) -> Write:
        if one.endpoint != _MOVE or one.field != "status" or not isinstance(one.value, Mapping):
            return one
        return replace(one, value=leads_to.get(str(one.value.get("id")), one.value))

    return [named(one) for one in writes]


def _parts_of(writes: Sequence[Write]) -> list[str | None]:
    """The FPTR record that each write is about, as far as the writes tell.

    A new comment or worklog is about the record that gets its key by the next write; where two
    records get keys one after the other nobody can tell which is whose.
    """
    found: list[str | None] = []
    keyed: set[str] = set()  # records that get a key by what comes next
    made: list[Write] = []  # what makes the comment or worklog with that key
    for one in reversed(writes):
        if one.site is Site.SHOTGUN:
            if made:
                keyed, made = set(), []
            if one.field == SHOTGUN_JIRA_ID_FIELD:
                keyed.add(one.record)
            found.append(one.record)
            continue
        is_another = any(one.endpoint != each.endpoint or one.field == each.field for each in made)
        if one.endpoint not in _NEW_PARTS or is_another:
            keyed = set()
        made.append(one)
        found.append(next(iter(keyed)) if len(keyed) == 1 else None)
    return found[::-1]


def _read_present(
    bridge: Bridge, record: Mapping[str, Any], issue: str, writes: Sequence[Write]
) -> Callable[[Write], Any]:
    """Reads what writes are to; gives a function that tells what is there now."""
    name = f"{record['type']}:{record['id']}"
    names = sorted({one.field for one in writes if one.record == name})
    fields: Mapping[str, Any] = {}
    values: Mapping[str, Any] = {}
    if issue and any(one.site is Site.JIRA for one in writes):
        fields = bridge.jira.issue(issue).raw.get("fields", {})
    if names:
        values = bridge.shotgun.find_one(record["type"], [["id", "is", record["id"]]], names) or {}

    def there(write: Write) -> Any:
        if write.site is Site.SHOTGUN:
            return values.get(write.field) if write.record == name else None
        return None if "comment" in write.endpoint else fields.get(write.field)

    return there
