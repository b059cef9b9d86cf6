"""Hands events to the bridge: alone, or several of one subject together, with present values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from sg_jira.engine.gathering import PreparingBridge
from sg_jira.engine.guard import refresh
from sg_jira.engine.taking import Entry
from sg_jira.events import Direction, Payload, SyncEvent
from sg_jira.readings import trusting_body

#: Names of query parameters that would collide with the sync methods' own parameters.
_OWN_PARAMETERS: Final = frozenset(
    {"self", "settings_name", "entity_type", "entity_id", "resource_type", "resource_id", "event"}
)


class SyncingBridge(PreparingBridge, Protocol):
    """What the engine asks of a bridge."""

    @property
    def shotgun(self) -> Any: ...

    @property
    def jira(self) -> Any: ...

    def get_syncer(self, name: str) -> Any: ...

    def sync_in_jira(
        self, settings_name: str, entity_type: str, entity_id: int, event: Any, **kwargs: Any
    ) -> Any: ...

    def sync_in_shotgun(
        self, settings_name: str, resource_type: str, resource_id: str, event: Any, **kwargs: Any
    ) -> Any: ...

    def sync_all_in_jira(
        self,
        settings_name: str,
        entity_type: str,
        entity_id: int,
        events: Sequence[Any],
        present: Callable[[int], list[Payload]] | None,
    ) -> list[Any]: ...

    def sync_all_in_shotgun(
        self,
        settings_name: str,
        resource_type: str,
        resource_id: str,
        events: Sequence[Any],
        present: Callable[[int], list[Payload]] | None,
    ) -> list[Any]: ...


def hand_over(bridge: SyncingBridge, entries: Sequence[Entry]) -> list[Any]:
    """What the bridge says of the first entries: at least of one, perhaps not of all.

    Parameters:
        bridge: gets them.
        entries: of one subject, direction and entry of the settings, oldest first.

    Raises:
        Exception: whatever a handler raises.
    """
    return _SYNC_ALL[entries[0].event.direction](bridge, entries)


def _sync_all_in_jira(bridge: SyncingBridge, entries: Sequence[Entry]) -> list[Any]:
    event, payloads = entries[0].event, [entry.event.payload for entry in entries]
    if len(entries) == 1 and entries[0].is_plain:
        return [
            bridge.sync_in_jira(
                event.settings_name,
                event.subject_type,
                int(event.subject_id),
                event=payloads[0],
                **_extra(event),
            )
        ]
    return bridge.sync_all_in_jira(
        event.settings_name,
        event.subject_type,
        int(event.subject_id),
        payloads,
        _present(bridge, entries),
    )


def _sync_all_in_shotgun(bridge: SyncingBridge, entries: Sequence[Entry]) -> list[Any]:
    event, payloads = entries[0].event, [entry.event.payload for entry in entries]
    if len(entries) == 1 and entries[0].is_plain:
        with trusting_body():
            result = bridge.sync_in_shotgun(
                event.settings_name,
                event.subject_type,
                str(event.subject_id),
                event=payloads[0],
                **_extra(event),
            )
        return [result]
    return bridge.sync_all_in_shotgun(
        event.settings_name,
        event.subject_type,
        str(event.subject_id),
        payloads,
        _present(bridge, entries),
    )


def _present(
    bridge: SyncingBridge, entries: Sequence[Entry]
) -> Callable[[int], list[Payload]] | None:
    """Reads the values of the first entries anew, where any may have been overtaken."""
    if all(entry.is_plain for entry in entries):
        return None

    def present(count: int) -> list[Payload]:
        first = entries[:count]
        fresh = iter(refresh([each.event for each in first if not each.is_plain], bridge))
        return [each.event.payload if each.is_plain else next(fresh) for each in first]

    return present


_SYNC_ALL: Final = {
    Direction.SHOTGUN_TO_JIRA: _sync_all_in_jira,
    Direction.JIRA_TO_SHOTGUN: _sync_all_in_shotgun,
}


def _extra(event: SyncEvent) -> dict[str, list[str]]:
    return {name: values for name, values in event.params.items() if name not in _OWN_PARAMETERS}
