"""Puts the sources together and runs them beside the engine, which gets what they find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from sg_jira.engine.running import Engine
from sg_jira.errors import StoreAway
from sg_jira.settings import ServiceSettings, Settings
from sg_jira.site_calls import Pass
from sg_jira.sources.event_log import EventLog
from sg_jira.sources.jira_changes import JiraChanges
from sg_jira.sources.jira_deletions import JiraDeletions
from sg_jira.sources.jira_intake import JiraIntake
from sg_jira.sources.log_entries import mapped_types, wanted_types
from sg_jira.sources.metrics import SourceMetrics
from sg_jira.sources.positions import FPTR, JIRA, Positions
from sg_jira.sources.projects import Projects
from sg_jira.sources.recognition import Recognition
from sg_jira.sources.watch import Reader, Rhythm, Watch

POLL: Final = "poll"
#: Seconds that a stop waits for a look.
_GRACE: Final = 5.0


def _now() -> datetime:
    return datetime.now(timezone.utc)


class Sources:
    """Looks at both sites what has changed, as often as the settings say.

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
        self._modes = {
            FPTR: settings.fptr_source,
            JIRA: settings.jira_source,
        }
        self._readers = self._make_readers(engine, settings, service, on_schema_change)
        metrics = SourceMetrics(engine.metrics.registry, self._ages)
        self._watches = [
            Watch(
                source,
                reader,
                Rhythm(timedelta(seconds=self._seconds(source, service))),
                bridge=bridge,
                store=engine.store,
                record=lambda: Pass(observe=engine.metrics.called),
                tell=metrics.looked,
                word=word,
                clock=clock,
            )
            for source, reader in self._readers.items()
        ]

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
        return {FPTR: log, JIRA: jira}

    def _seconds(self, source: str, service: ServiceSettings) -> float:
        """The time between two looks."""
        if self._modes[source] != POLL:
            return service.catch_up_seconds
        is_jira = source == JIRA
        return service.jira_poll_seconds if is_jira else service.fptr_poll_seconds

    def start(self, bridge: Any) -> None:
        """Begins to look with a bridge that was just connected."""
        if self._works:
            for watch in self._watches:
                watch.begin(bridge)
                watch.start()

    def stop(self) -> None:
        """Begins no more looks."""
        for watch in self._watches:
            watch.stop(_GRACE)

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
        return {
            "mode": mode,
            "looked": position.looked and position.looked.isoformat(timespec="milliseconds"),
            "compared": position.scanned and position.scanned.isoformat(timespec="seconds"),
            "is_asked": position.is_asked,
            "problem": position.problem,
        }

    def _ages(self) -> dict[str, float]:
        ages = {}
        for source in self._modes:
            position = self._positions.get(source)
            if position.reached is not None:
                ages[source] = (self._clock() - position.reached).total_seconds()
        return ages
