"""The one narrow place where events come in.

Whoever receives an event hands it to an `Acceptor` and answers with what that says. Today the
event is worked on within its request; a durable queue is another `Acceptor`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from time import perf_counter
from typing import Any, Final, Protocol

from sg_jira.events import Direction, SyncEvent
from sg_jira.turns import Turns
from sg_jira.web.reasons import Redaction

logger = logging.getLogger(__name__)

#: Said when nobody noted why an event was not synced.
NO_REASON_NOTED: Final = "no handler wanted this event, or nothing needed to be written"

#: Names of query parameters that would collide with the sync methods' own parameters.
_OWN_PARAMETERS: Final = frozenset(
    {"self", "settings_name", "entity_type", "entity_id", "resource_type", "resource_id", "event"}
)


class Fate(str, Enum):
    """What became of an event."""

    SYNCED = "synced"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Accepted:
    """An event that was taken, and what became of it. The reason is one line for people."""

    event_id: str
    fate: Fate
    reason: str | None = None


class NotReady(Exception):  # noqa: N818  # the service is as it should be, the sites are not
    """Events cannot be taken now.

    Parameters:
        reason: what is missing, in one line.
        retry_after: seconds after which to try again.
    """

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Acceptor(Protocol):
    """Takes events."""

    def accept(self, event: SyncEvent) -> Accepted:
        """Takes an event and says what became of it. Raises `NotReady` when it cannot."""
        ...


class SyncingBridge(Protocol):
    """What the web service asks of a bridge."""

    @property
    def current_shotgun_user(self) -> Any: ...

    def sync_in_jira(
        self, settings_name: str, entity_type: str, entity_id: int, event: Any, **kwargs: Any
    ) -> Any: ...

    def sync_in_shotgun(
        self, settings_name: str, resource_type: str, resource_id: str, event: Any, **kwargs: Any
    ) -> Any: ...

    def reset(self) -> None: ...


class ImmediateAcceptor:
    """Works on each event in the thread that brings it, behind earlier ones of the same record.

    Parameters:
        bridge: gives the connected bridge; raises `NotReady` while there is none.
        redaction: keeps secrets out of the reasons.
    """

    def __init__(self, bridge: Callable[[], SyncingBridge], redaction: Redaction) -> None:
        self._bridge = bridge
        self._redaction = redaction
        self._turns = Turns()

    def accept(self, event: SyncEvent) -> Accepted:
        """Syncs the event. Raises `NotReady` while the bridge is not connected."""
        bridge = self._bridge()
        with self._turns.turn(event.ordering_key):
            return self._work_on(bridge, event)

    def _work_on(self, bridge: SyncingBridge, event: SyncEvent) -> Accepted:
        started = perf_counter()
        try:
            synced = _SYNC[event.direction](bridge, event)
        # Studio code: anything may come out of it. The bridge has logged it with its traceback.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            outcome = Accepted(event.id, Fate.FAILED, self._redaction.reason(error))
        else:
            outcome = self._outcome(bridge, event, synced)
        logger.log(
            logging.ERROR if outcome.fate is Fate.FAILED else logging.INFO,
            "%s %r %s: %s in %.3f s (%s)",
            event.direction.value,
            event.settings_name,
            event.id,
            outcome.fate.value,
            perf_counter() - started,
            outcome.reason or "written",
        )
        return outcome

    def _outcome(self, bridge: SyncingBridge, event: SyncEvent, synced: Any) -> Accepted:
        if synced:
            return Accepted(event.id, Fate.SYNCED)
        noted = getattr(bridge, "last_skip_reason", lambda: None)()
        return Accepted(event.id, Fate.SKIPPED, self._redaction.line(noted or NO_REASON_NOTED))


def _sync_in_jira(bridge: SyncingBridge, event: SyncEvent) -> Any:
    return bridge.sync_in_jira(
        event.settings_name,
        event.subject_type,
        int(event.subject_id),
        event=event.payload,
        **_extra(event),
    )


def _sync_in_shotgun(bridge: SyncingBridge, event: SyncEvent) -> Any:
    return bridge.sync_in_shotgun(
        event.settings_name,
        event.subject_type,
        str(event.subject_id),
        event=event.payload,
        **_extra(event),
    )


_SYNC: Final = {
    Direction.SHOTGUN_TO_JIRA: _sync_in_jira,
    Direction.JIRA_TO_SHOTGUN: _sync_in_shotgun,
}


def _extra(event: SyncEvent) -> dict[str, list[str]]:
    return {name: values for name, values in event.params.items() if name not in _OWN_PARAMETERS}
