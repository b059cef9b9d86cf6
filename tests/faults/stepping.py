"""A bridge that moves one step at a time between two sites whose clock a test moves.

Senders lose, repeat and delay what they send, and people edit while the bridge is in the middle of
its work. One seed decides everything, so that a history that went wrong can be looked at again.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from sg_jira.connecting import connect
from sg_jira.demo.service import SETTINGS_NAME, write_settings
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.events import SyncEvent, event_from_jira, event_from_shotgun
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault
from sg_jira.sandbox.jira.events import Event as JiraEvent
from sg_jira.sandbox.shotgun import SYNCED_TYPES
from sg_jira.service_settings import read_service_settings
from sg_jira.settings import read_settings
from sg_jira.sources.running import Sources
from sg_jira.sources.watch import Watch
from sg_jira.web.reasons import Redaction

#: Chances that a message never arrives, arrives twice, or arrives late.
DROPPED: Final = 0.1
REPEATED: Final = 0.1
LATE: Final = 0.4
#: Seconds by which a message is late at most, as those of Jira's secondary lane.
LATEST: Final = 900.0
_MORNING: Final = datetime(2031, 3, 1, 8, tzinfo=timezone.utc)
_MOST_STEPS: Final = 2000


#: Record or Issue, field, value.
Write = tuple[str, str, str]


class Clock:
    """Each look at it takes a thousandth of a second, so that no two changes are of one moment."""

    def __init__(self) -> None:
        self.now = _MORNING

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Stepping:
    """Both sites, what is on its way between them, and the bridge. Call `close` in the end.

    Parameters:
        entry: what the settings of the bridge say under `SYNC`.
    """

    def __init__(self, folder: Path, flavour: Flavour, entry: Mapping[str, Any]) -> None:
        self.clock = Clock()
        self.sandbox = Sandbox(flavour, seeded=True, clock=self.clock)
        self.sandbox.start()
        file = write_settings(self.sandbox, folder / "settings.py", entry=entry)
        options = EngineOptions(store=folder / "events.sqlite3", workers=1, search_lag=1.0)
        self.engine = Engine(
            options, lambda: self.bridge, Redaction(()), self.clock, random.Random(0)
        )
        settings = read_settings(str(file))
        self.bridge = self.engine.adopt(connect(settings))
        sources = Sources(
            self.engine,
            settings,
            read_service_settings({}),
            lambda: self.bridge,
            repr,
            lambda: None,
            self.clock,
        )
        self._watches: list[Watch] = sources._watches
        for watch in self._watches:
            watch.begin(self.bridge)
        self._ask_sources = sources.ask
        self.dice = random.Random(0)
        #: What people do in the middle of a call of the bridge, if anything.
        self.interrupt: Callable[[], None] = lambda: None
        self._numbers = itertools.count()
        self._on_their_way: list[tuple[datetime, int, Callable[[], SyncEvent]]] = []
        self._told = self._begun = self.sandbox.shotgun.last_event_id
        self._written_in_jira: Counter[Write] = Counter()
        self._listen()

    def close(self) -> None:
        self.engine.stop(0)
        self.bridge.close()
        self.sandbox.stop()

    def begin(self, seed: int) -> None:
        """From now on these dice decide; nothing is on its way."""
        self.dice = random.Random(seed)
        self._on_their_way.clear()
        self._told = self._begun = self.sandbox.shotgun.last_event_id
        self._written_in_jira = Counter()

    def _listen(self) -> None:
        """Hears of all that Jira announces, and of each call to a site before it is answered."""
        webhooks = self.sandbox.jira.webhooks

        def announce(event: JiraEvent) -> None:
            if event.person == self.sandbox.account:
                self._note_changes(event)
            self._post(lambda: self._of_jira(event))

        webhooks.announce = announce  # type: ignore[method-assign]
        own = (
            self.sandbox.bridge_settings().jira_user,
            self.sandbox.bridge_settings().sg_script_name,
        )
        for site in (self.sandbox.shotgun, self.sandbox.jira):
            self._overhear(site.controls.faults, own)

    def _overhear(self, faults: Any, own: tuple[str, str]) -> None:
        take = faults.take

        def heard(endpoint: str, caller: str) -> Fault | None:
            self.clock.pass_by(0.05)
            if caller in own:
                self.interrupt()
            fault: Fault | None = take(endpoint, caller)
            return fault

        faults.take = heard

    def _note_changes(self, event: JiraEvent) -> None:
        items = (event.body.get("changelog") or {}).get("items") or []
        self._written_in_jira.update(
            (event.issue_key, item["field"], str(item["toString"])) for item in items
        )

    @property
    def written(self) -> Counter[Write]:
        """How often the bridge has given a field of a record or Issue a value, since `begin`."""
        own = self.sandbox.script
        in_fptr = (
            entry["meta"]
            for entry in self.sandbox.shotgun.events(self._begun)
            if (entry["user"]["type"], entry["user"]["id"]) == (own["type"], own["id"])
            and entry["meta"].get("type") == "attribute_change"
            and not entry["meta"].get("in_create")
        )
        return self._written_in_jira + Counter(
            (str(meta["entity_id"]), meta["attribute_name"], str(meta.get("new_value")))
            for meta in in_fptr
        )

    # ------------------------------------------------------------------ messages

    def _post(self, message: Callable[[], SyncEvent]) -> None:
        """Sends a message, or loses it; perhaps late, and perhaps twice."""
        if self.dice.random() < DROPPED:
            return
        for _ in range(2 if self.dice.random() < REPEATED else 1):
            late = self.dice.uniform(0, LATEST) if self.dice.random() < LATE else 0.0
            at = self.clock() + timedelta(seconds=late)
            heapq.heappush(self._on_their_way, (at, next(self._numbers), message))

    def _of_jira(self, event: JiraEvent) -> SyncEvent:
        return event_from_jira(
            SETTINGS_NAME,
            "issue",
            event.issue_key,
            event.body,
            received_at=self.clock(),
            signed=True,
        )

    def _of_fptr(self, entry: Mapping[str, Any]) -> SyncEvent:
        meta = entry["meta"]
        payload = {
            **{name: entry[name] for name in ("meta", "session_uuid", "user", "project")},
            "entity_type": meta["entity_type"],
            "entity_id": meta["entity_id"],
            "event_log_entry_id": entry["id"],
            "created_at": entry["created_at"],
        }
        return event_from_shotgun(
            SETTINGS_NAME,
            meta["entity_type"],
            meta["entity_id"],
            payload,
            received_at=self.clock(),
            signed=True,
        )

    def _send_what_happened_in_fptr(self) -> None:
        entries = self.sandbox.shotgun.events(self._told)
        self._told = self.sandbox.shotgun.last_event_id
        kinds = {f"Shotgun_{kind}_Change" for kind in SYNCED_TYPES}
        for entry in entries:
            if entry["event_type"] in kinds and entry["project"]:
                self._post(lambda entry=entry: self._of_fptr(entry))  # type: ignore[misc]

    def deliver(self) -> None:
        """What is due arrives."""
        self._send_what_happened_in_fptr()
        while self._on_their_way and self._on_their_way[0][0] <= self.clock.now:
            _, _, message = heapq.heappop(self._on_their_way)
            self.engine.accept(message())

    # ------------------------------------------------------------------ the bridge

    def work(self) -> bool:
        """Works on one record, if there is one to work on; gives whether there was."""
        now = self.clock()
        due = [one.key for one in self.engine.inbox.waiting_keys() if not one.at or one.at <= now]
        if due:
            self.engine._drain(self.dice.choice(due))
        return bool(due)

    def settle(self) -> None:
        """Lets all that is on its way arrive, and be worked on."""
        for _ in range(_MOST_STEPS):
            self.deliver()
            if self.work():
                continue
            self._send_what_happened_in_fptr()
            times = [one.at for one in self.engine.inbox.waiting_keys() if one.at]
            times += [at for at, _, _ in self._on_their_way[:1]]
            if not times:
                return
            self.clock.pass_by(max(0.0, (min(times) - self.clock.now).total_seconds()))
        raise AssertionError(f"it never ends: {self.engine.inbox.waiting_keys()}")

    def catch_up(self) -> None:
        """Looks once what has not arrived, and lets it be worked on."""
        self.clock.pass_by(60)
        self._ask_sources()
        for watch in self._watches:
            assert watch.look_if_due(), "nobody looked"
        self.settle()
