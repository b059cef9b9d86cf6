"""Hands what happened on a sandbox's sites to a bridge: one by one, or as the engine does it."""

from __future__ import annotations

from typing import Any

from sg_jira import Bridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.shotgun import Entity


class Changes:
    """What happens to one FPTR record from now on.

    Parameters:
        name: the entry of the bridge's settings.
    """

    def __init__(self, sandbox: Sandbox, bridge: Bridge, name: str = "default") -> None:
        self._sandbox, self._bridge, self._name = sandbox, bridge, name
        self._last = sandbox.shotgun.last_event_id

    def of(self, record: Entity) -> list[dict[str, Any]]:
        """The record's field changes, each given once."""
        events = [
            event
            for event in self._sandbox.shotgun.events(self._last)
            if event["event_type"] == f"Shotgun_{record['type']}_Change"
            and event["meta"]["entity_id"] == record["id"]
        ]
        self._last = self._sandbox.shotgun.last_event_id
        return events

    def hand_over_together(self, record: Entity) -> list[Any]:
        """All that waits for the record, as the engine hands it over."""
        events = self.of(record)
        results: list[Any] = []
        while len(results) < len(events):
            rest = events[len(results) :]
            results += self._bridge.sync_all_in_jira(self._name, record["type"], record["id"], rest)
        self._last = self._sandbox.shotgun.last_event_id  # what the bridge wrote is no edit
        return results

    def hand_over_singly(self, record: Entity) -> list[Any]:
        """The same, one after the other."""
        results = [
            self._bridge.sync_in_jira(self._name, record["type"], record["id"], event)
            for event in self.of(record)
        ]
        self._last = self._sandbox.shotgun.last_event_id
        return results
