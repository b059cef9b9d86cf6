"""A store in a folder of the test, a clock that the test moves, and a bridge that does as told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from sg_jira.engine.breaker import make_breakers
from sg_jira.engine.drain import Drain
from sg_jira.engine.gathering import Gathering
from sg_jira.engine.identity import Identities
from sg_jira.engine.inbox import Inbox
from sg_jira.engine.inspection import Filter, Inspection
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.pacing import Pacing
from sg_jira.engine.passes import Passes
from sg_jira.engine.policy import Policy
from sg_jira.engine.sqlite_store import open_store
from sg_jira.engine.trouble import StoredTrouble
from sg_jira.engine.write_rows import rows_for
from sg_jira.events import event_from_jira, event_from_shotgun
from sg_jira.web.reasons import Redaction

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


class Records:
    """Answers what FPTR is asked for, always from one record."""

    def __init__(self, record: dict[str, Any] | None) -> None:
        self.record = record

    def find_one(self, entity_type: str, filters: Any, fields: list[str]) -> Any:
        return self.record and {name: self.record.get(name) for name in fields}


class StudioBridge:
    """Remembers what it was given; `act` decides what happens."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, Any]] = []
        self.act: Callable[[Any], Any] = lambda event: True
        self.act_on_all: Callable[[list[Any]], list[Any]] | None = None
        self.broken_entries: dict[str, Exception] = {}
        self.shotgun: Any = Records(None)
        self.jira: Any = None
        self.links: Any = None

    def get_syncer(self, name: str) -> Any:
        if name in self.broken_entries:
            raise self.broken_entries[name]

    def prepare_full_syncs(self, settings_name, entity_type, events):
        return ()

    def sync_in_jira(self, settings_name, entity_type, entity_id, event, **kwargs):
        self.seen.append((entity_type, entity_id, event))
        return self.act(event)

    def sync_in_shotgun(self, settings_name, resource_type, resource_id, event, **kwargs):
        return self.sync_in_jira(settings_name, resource_type, resource_id, event, **kwargs)

    def sync_all_in_jira(self, settings_name, entity_type, entity_id, events, present=None):
        if self.act_on_all:
            return self.act_on_all(events)
        is_own = (events[0].get("user") or {}).get("name") == "bot"
        if present is not None and not is_own:
            events = present(1)
        return [self.sync_in_jira(settings_name, entity_type, entity_id, events[0])]

    sync_all_in_shotgun = sync_all_in_jira


@dataclass
class Bench:
    """All parts of an engine without its threads."""

    store: Any
    clock: Clock
    bridge: StudioBridge = field(default_factory=StudioBridge)
    woken: list[str] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    blocks_on_dead: bool = False
    signed: bool = True

    def __post_init__(self) -> None:
        self.identities = Identities(self.store)
        self.inbox = Inbox(
            self.store,
            self.clock,
            self.identities.resolve,
            self.blocks_on_dead,
            lane_of=self.identities.lane_of,
        )
        self.inspection = Inspection(self.store, self.clock)
        self.links = DurableLinks(self.store, self.clock, search_lag=60)
        self.links.wake = self.woken.append
        self.trouble = StoredTrouble(self.store)
        dice = random.Random(1)
        self.breakers = make_breakers(self.trouble, self.clock, dice, self.policy.outage)
        self.entry_failures: dict[str, str] = {}
        self.stopping = False
        self.passes = Passes(
            self.breakers,
            Pacing(self.trouble, rows_for(self.store, self.clock), self.clock),
            self.policy,
            Redaction(["s3cret"]),
            self.clock,
            random.Random(1),
            lambda call, status: None,
            self.entry_failures,
            self.links.join,
            Gathering(self.store, self.clock, self.woken.append),
        )
        self.drain = Drain(
            self.inbox,
            lambda: self.bridge,
            self.passes,
            wake=self.woken.append,
            tell=lambda entry, fate: self.told.append(fate),
            is_stopping=lambda: self.stopping,
        )

    def fptr(self, number: int, task: int = 1, **told: Any) -> Any:
        """Accepts a change of a Task with this event-log number."""
        meta = {"type": "attribute_change", "attribute_name": "content", **told}
        payload = {"event_log_entry_id": number, "meta": meta}
        event = event_from_shotgun(
            "default", "Task", task, payload, received_at=self.clock(), signed=self.signed
        )
        return self.inbox.accept(event)

    def jira(self, payload: dict[str, Any], key: str = "CMT-1") -> Any:
        """Accepts a webhook of Jira."""
        event = event_from_jira(
            "default", "issue", key, payload, received_at=self.clock(), signed=self.signed
        )
        return self.inbox.accept(event)

    def states(self) -> list[str]:
        """The states of all events, in order."""
        return [row["state"] for row in self.inspection.find(Filter())]

    def events(self) -> list[dict[str, Any]]:
        """All events as people see them, in order."""
        return self.inspection.find(Filter())

    def values_seen(self) -> list[Any]:
        """The new values that the bridge was given."""
        return [event["meta"].get("new_value") for _, _, event in self.bridge.seen]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "store.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def bench(store, clock):
    return Bench(store, clock)
