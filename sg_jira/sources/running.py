"""Puts the sources together and runs them beside the engine, which gets what they find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from sg_jira.engine.breaker import Position
from sg_jira.engine.running import Engine
from sg_jira.errors import StoreAway
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.service_settings import ServiceSettings
from sg_jira.settings import POLL, Settings
from sg_jira.site_calls import Pass, Site
from sg_jira.sources.acknowledging import Acknowledging
from sg_jira.sources.event_log import EventLog
from sg_jira.sources.jira_changes import JiraChanges
from sg_jira.sources.jira_deletions import JiraDeletions
from sg_jira.sources.jira_intake import JiraIntake
from sg_jira.sources.log_entries import mapped_types, wanted_types
from sg_jira.sources.metrics import SourceMetrics
from sg_jira.sources.positions import FPTR, HOOKS, JIRA, Positions
from sg_jira.sources.projects import Projects
from sg_jira.sources.recognition import Recognition
from sg_jira.sources.watch import Reader, Rhythm, Watch
from sg_jira.sources.webhook_care import LONGEST_PAUSE, WebhookCare
from sg_jira.sources.webhook_states import Level, WebhookState, WebhookStates, as_json

#: Seconds that a stop waits for a look.
_GRACE: Final = 5.0


def _now() -> datetime:
    return datetime.now(timezone.utc)


def modes_of(settings: Settings, service: ServiceSettings) -> dict[str, str]:
    """What is looked at, and how each of them tells of changes."""
    modes = {FPTR: settings.fptr_source, JIRA: settings.jira_source}
    if service.url and settings.fptr_source != POLL:
        modes[HOOKS] = settings.fptr_source
    return modes


class Sources:
    """Looks at both sites what has changed, as often as the settings say.

    Looks after FPTR's own webhooks, too, once it knows to which address they post.

    Parameters:
        engine: gets the events.
        settings: what the settings file says.
        service: how the service behaves.
        bridge: gives the connected bridge; raises `Deferred` while there is none.
        word: tells an error in one line without secrets.
        on_schema_change: called when FPTR's schema has changed.
        clock: the present time, aware.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        service: ServiceSettings,
        bridge: Callable[[], Any],
        word: Callable[[BaseException], str],
        on_schema_change: Callable[[], None],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._clock = clock
        self._positions = Positions(engine.store)
        self._works = service.role != "web"
        self._modes = modes_of(settings, service)
        self._webhooks = WebhookStates(engine.store)
        metrics = SourceMetrics(engine.metrics.registry, self._ages, self._known_webhooks)

        def record() -> Pass:
            return Pass(observe=engine.metrics.called)

        readers = self._make_readers(engine, settings, service, on_schema_change)
        self._watches = [
            Watch(
                source,
                readers[source],
                Rhythm(self._every(source, service)),
                bridge=bridge,
                store=engine.store,
                record=record,
                tell=metrics.looked,
                word=word,
                clock=clock,
            )
            for source in self._modes
        ]
        self._acknowledging = Acknowledging(
            engine.store,
            lambda: FptrRest(settings.shotgun),
            record=record,
            tell=metrics.acknowledged,
            is_site_well=lambda: engine.breakers[Site.SHOTGUN].position is not Position.OPEN,
            word=word,
            clock=clock,
        )
        self._acknowledges = self._works and service.acknowledge

    def _make_readers(
        self,
        engine: Engine,
        settings: Settings,
        service: ServiceSettings,
        on_schema_change: Callable[[], None],
    ) -> dict[str, Reader]:
        names = tuple(settings.sync)
        projects = Projects(names)
        recognition = Recognition(engine.store, names)
        log = EventLog(
            self._positions,
            recognition,
            projects,
            wanted_types(settings.sync, settings.fptr_entity_types),
            engine.accept,
            self._clock,
            on_schema_change,
        )
        intake = JiraIntake(recognition, engine.accept, self._clock)
        mapped = mapped_types(settings.sync, settings.fptr_entity_types)
        jira = JiraChanges(
            self._positions,
            projects,
            intake,
            self._clock,
            timedelta(seconds=service.search_lag_seconds),
            JiraDeletions(projects, mapped, intake).look,
        )
        care = WebhookCare(
            lambda: FptrRest(settings.shotgun),
            service.url or "",
            names,
            self._webhooks,
            self._positions,
            self._catch_up_fptr,
            self._clock,
        )
        return {FPTR: log, JIRA: jira, HOOKS: care}

    def _every(self, source: str, service: ServiceSettings) -> timedelta:
        """The time between two looks."""
        if self._modes[source] == POLL:
            is_jira = source == JIRA
            seconds = service.jira_poll_seconds if is_jira else service.fptr_poll_seconds
            return timedelta(seconds=seconds)
        every = timedelta(seconds=service.catch_up_seconds)
        return min(every, LONGEST_PAUSE) if source == HOOKS else every

    def _catch_up_fptr(self) -> None:
        self._positions.ask([FPTR], self._clock())
        for watch in self._watches:
            watch.wake()

    def start(self, bridge: Any) -> None:
        """Begins to look with a bridge that was just connected."""
        if self._works:
            for watch in self._watches:
                watch.begin(bridge)
                watch.start()
        if self._acknowledges:
            self._acknowledging.start()

    def stop(self) -> None:
        """Begins no more looks."""
        for watch in self._watches:
            watch.stop(_GRACE)
        self._acknowledging.stop(_GRACE)

    def ask(self, scan: bool = False) -> dict[str, Any]:
        """Lets the process that looks do so at once; with `scan` everything is compared.

        Returns: what `status` tells. Raises `StoreAway`.
        """
        self._positions.ask(self._modes, self._clock(), scan)
        for watch in self._watches:
            watch.wake()
        return self.status()

    @property
    def looks(self) -> dict[str, tuple[int, int]]:
        """By source: the number of the look that began last, and of the last that ended well."""
        return {watch.source: (watch.begun, watch.last_done) for watch in self._watches}

    def status(self) -> dict[str, Any]:
        """How each source is read and when it was last, as JSON."""
        try:
            return {source: self._told(source, mode) for source, mode in self._modes.items()}
        except StoreAway:  # which the inbox tells
            return {}

    def _told(self, source: str, mode: str) -> dict[str, Any]:
        position = self._positions.get(source)
        webhooks = {"webhooks": as_json(self._webhooks.read())} if source == HOOKS else {}
        return {
            "mode": mode,
            "looked": position.looked and position.looked.isoformat(timespec="milliseconds"),
            "compared": position.scanned and position.scanned.isoformat(timespec="seconds"),
            "is_asked": position.is_asked,
            "problem": position.problem,
            **webhooks,
        }

    @property
    def warnings(self) -> list[str]:
        """What a person should know of FPTR's webhooks."""
        try:
            return [str(each) for each in self._known_webhooks() if each.level > Level.FINE]
        except StoreAway:  # which the inbox tells
            return []

    def _known_webhooks(self) -> list[WebhookState]:
        return self._webhooks.read() if HOOKS in self._modes else []

    def _ages(self) -> dict[str, float]:
        ages = {}
        for source in self._modes:
            position = self._positions.get(source)
            if position.reached is not None:
                ages[source] = (self._clock() - position.reached).total_seconds()
        return ages
