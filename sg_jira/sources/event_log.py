"""Reads FPTR's event log from where it was left, and gives what it tells as events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sg_jira.events import Source, SyncEvent, event_from_shotgun
from sg_jira.sources.log_entries import (
    FIELDS,
    PROJECT_CHANGE,
    REPLY,
    SCHEMA_EVENTS,
    Entry,
    action_key,
    actions_of,
    is_wanted,
    payload_of,
    reply_of,
)
from sg_jira.sources.positions import FPTR, Positions
from sg_jira.sources.projects import ROUTING_FIELDS, Projects
from sg_jira.sources.recognition import Recognition
from sg_jira.sources.watch import Found

logger = logging.getLogger(__name__)

#: Entries that one call asks for, as FPTR's event daemon does.
BATCH: Final = 500
#: How long an id that was skipped may still turn up: as long as FPTR's event daemon waits.
#: https://github.com/shotgunsoftware/shotgunEvents
MAY_TURN_UP: Final = timedelta(minutes=5)
#: After this time an id that was skipped is not looked for even when all is compared.
GIVEN_UP: Final = timedelta(days=2)


@dataclass(frozen=True)
class EventLog:
    """Reads the log. One thread at a time may use it.

    Parameters:
        positions: how far it was read.
        recognition: tells what has arrived by another way.
        projects: tells which entry of the settings syncs a Project.
        types: types of the records whose changes are wanted.
        accept: takes the events.
        clock: the present time, aware.
        on_schema_change: called when FPTR's schema has changed.
        batch: entries that one call asks for.
    """

    positions: Positions
    recognition: Recognition
    projects: Projects
    types: Collection[str]
    accept: Callable[[SyncEvent], Any]
    clock: Callable[[], datetime]
    on_schema_change: Callable[[], None] = field(default=lambda: None)
    batch: int = BATCH

    def begin(self, bridge: Any) -> None:
        """Takes the present end of the log as the position, if there is none yet: one call.

        So it does where the log ends before the position: then the site was restored from a
        backup, or is another one. Raises whatever the client of FPTR raises, and `StoreAway`.
        """
        newest = _newest(bridge.shotgun)
        position = self.positions.get(FPTR).position
        if position is not None and newest >= position:
            return
        if position is not None:
            logger.warning(
                "FPTR's event log ends at %d, but was read up to %d before: it is read from its "
                "end on. What was changed in between has to be synced by hand.",
                newest,
                position,
            )
        now = self.clock()
        self.positions.put([FPTR], position=newest, looked=now, reached=now)

    def look(self, bridge: Any) -> Found:
        """Reads what is new, one call for each batch.

        Raises whatever the client of FPTR raises, and `StoreAway`; what was read until then is
        not read again.
        """
        if self.positions.get(FPTR).position is None:
            self.begin(bridge)
        position = self.positions.get(FPTR).position or 0
        missing = self.positions.missing(since=self.clock() - MAY_TURN_UP)
        total = 0
        while True:
            entries = _read(bridge.shotgun, position, missing, self.batch)
            ids = {int(entry["id"]) for entry in entries}
            total += self._take(bridge, entries)
            newest = max([position, *ids])
            skipped = _gaps(position, ids)
            if ids:
                self.positions.advance(FPTR, newest, ids, skipped, self.clock())
            position, missing = newest, []
            if len(entries) < self.batch:
                return Found(total)

    def scan(self, bridge: Any) -> Found:
        """Looks once more for the ids that have not turned up in time; at most one call each 500.

        Raises as `look` does.
        """
        total = 0
        missing = self.positions.missing()
        for start in range(0, len(missing), self.batch):
            some = missing[start : start + self.batch]
            found = _find(bridge.shotgun, [["id", "in", some]], self.batch)
            total += self._take(bridge, found)
            self.positions.advance(
                FPTR,
                self.positions.get(FPTR).position or 0,
                [int(entry["id"]) for entry in found],
                [],
                self.clock(),
            )
        self.positions.forget_missing(self.clock() - GIVEN_UP)
        return Found(total)

    def _take(self, bridge: Any, entries: Sequence[Entry]) -> int:
        """Gives those entries that are news to the engine, in the log's order."""
        for entry in entries:
            self._notice(entry)
        wanted = [entry for entry in entries if is_wanted(entry, self.types)]
        own = bridge.current_shotgun_user
        strangers = [entry for entry in wanted if not _is_by(entry, own)]
        if not strangers:
            return 0
        events = self._events(bridge, entries, strangers)
        new = self.recognition.news(events)
        for event in new:
            self.accept(event)
        return len(new)

    def _events(
        self, bridge: Any, entries: Sequence[Entry], wanted: Sequence[Entry]
    ) -> list[SyncEvent]:
        linked = self.projects.linked(bridge.shotgun)
        actions = actions_of(entries)
        names = {project.settings_name for project in linked.values()}
        known = self.recognition.known_entries(actions.values(), names)
        events = []
        for entry in sorted(with_projects(bridge.shotgun, wanted), key=lambda one: int(one["id"])):
            project = linked.get(entry["project"]["id"])
            action = action_key(entry)
            if project is None or (action and actions.get(action) in known):
                continue
            payload = payload_of(entry)
            if payload is not None:
                events.append(
                    event_from_shotgun(
                        project.settings_name,
                        payload["entity_type"],
                        payload["entity_id"],
                        payload,
                        received_at=self.clock(),
                        signed=True,
                        source=Source.EVENT_LOG,
                    )
                )
        return events

    def _notice(self, entry: Entry) -> None:
        """Forgets what the entry says is out of date."""
        kind = entry.get("event_type")
        if kind in SCHEMA_EVENTS:
            self.on_schema_change()
        elif kind == PROJECT_CHANGE and entry.get("attribute_name") in ROUTING_FIELDS:
            self.projects.forget()


def _newest(shotgun: Any) -> int:
    order = [{"field_name": "id", "direction": "desc"}]
    newest = shotgun.find_one("EventLogEntry", [], ["id"], order)
    return int(newest["id"]) if newest else 0


def _read(shotgun: Any, position: int, missing: Sequence[int], batch: int) -> list[Entry]:
    """The entries after a position, and those that were missing."""
    after: Any = ["id", "greater_than", position]
    if not missing:
        return _find(shotgun, [after], batch)
    either = [after, ["id", "in", list(missing)]]
    return _find(shotgun, [{"filter_operator": "any", "filters": either}], batch)


def _find(shotgun: Any, filters: list[Any], batch: int) -> list[Entry]:
    order = [{"field_name": "id", "direction": "asc"}]
    found: list[Entry] = shotgun.find("EventLogEntry", filters, list(FIELDS), order, limit=batch)
    return found


def with_projects(shotgun: Any, entries: Sequence[Entry]) -> list[Entry]:
    """The entries, those of Replies with the Project of their Note; without those of none.

    Costs a call if there are Replies, and another one if some are deleted by now.
    """
    replies = {number for entry in entries if (number := reply_of(entry)) is not None}
    projects: dict[int, Any] = {}
    for retired in (False, True):
        lost = sorted(replies - projects.keys())
        if lost:
            found = shotgun.find(REPLY, [["id", "in", lost]], [_NOTE_PROJECT], retired_only=retired)
            projects |= {record["id"]: record.get(_NOTE_PROJECT) for record in found}
    whole = [
        {**entry, "project": entry.get("project") or projects.get(reply_of(entry) or 0)}
        for entry in entries
    ]
    return [entry for entry in whole if entry["project"]]


_NOTE_PROJECT: Final = "entity.Note.project"


def _gaps(position: int, ids: Collection[int]) -> list[int]:
    """The ids after a position that were skipped; the newest thousands, for a gap may be huge."""
    newest = max(ids, default=position)
    first = max(position + 1, newest - _LONGEST_GAP)
    return [number for number in range(first, newest) if number not in ids]


_LONGEST_GAP: Final = 5000


def _is_by(entry: Entry, own: Any) -> bool:
    user = entry.get("user")
    if not own or not user:
        return False
    return bool((user.get("type"), user.get("id")) == (own["type"], own["id"]))
