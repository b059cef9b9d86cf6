"""Turns the flag "Sync In Jira" of a Task into a full sync by other handlers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sg_jira.constants import SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.sync_handler import Event, SyncHandler
from sg_jira.readings import Ahead

if TYPE_CHECKING:
    from sg_jira.syncer import Syncer


class EnableSyncingHandler(SyncHandler):
    """Accepts only the flag of a Task being turned on, and lets its handlers process the event.

    Parameters:
        syncer: the syncer this handler works for.
        handlers: the first one is the primary; the others only run when it did its work.

    Raises:
        ValueError: `handlers` is empty.
    """

    def __init__(self, syncer: Syncer, handlers: Sequence[SyncHandler]) -> None:
        super().__init__(syncer)
        if not handlers:
            raise ValueError(
                "EnableSyncingHandler needs at least one handler to run when syncing is enabled."
            )
        self._primary_handler = handlers[0]
        self._secondary_handlers = list(handlers[1:])

    def setup(self) -> None:
        """Sets all handlers up."""
        for handler in (self._primary_handler, *self._secondary_handlers):
            handler.setup()

    def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> bool:
        """Accepts the flag of a Task being turned on, nothing else."""
        meta = event["meta"]
        return (
            entity_type == "Task"
            and meta["attribute_name"] == SHOTGUN_SYNC_IN_JIRA_FIELD
            and bool(meta.get("new_value"))
        )

    def process_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> bool:
        """Runs the primary handler and, when it did its work, every secondary one.

        Secondary handlers get the Task's event whatever entity type they are made for, and
        their results do not matter.
        """
        with self._bridge.links.filling(f"{entity_type}:{entity_id}"):
            if not self._primary_handler.process_shotgun_event(entity_type, entity_id, event):
                return False
            for handler in self._secondary_handlers:
                handler.process_shotgun_event(entity_type, entity_id, event)
            return True

    def prepare_full_syncs(
        self, entity_type: str, entity_ids: Sequence[int]
    ) -> Iterator[dict[int, Ahead]]:
        """What all handlers have read ahead, of those Tasks for which the primary one has."""
        if not are_shipped(self, EnableSyncingHandler, "process_shotgun_event"):
            return
        others: dict[int, Ahead] = {}
        for handler in self._secondary_handlers:
            for part in handler.prepare_full_syncs(entity_type, entity_ids):
                for number, more in part.items():
                    others.setdefault(number, more).readings.update(more.readings)
        for part in self._primary_handler.prepare_full_syncs(entity_type, entity_ids):
            for number in part.keys() & others.keys():
                part[number].readings.update(others[number].readings)
            yield part

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> bool:
        """Jira has no such flag for this family: always `False`."""
        return False

    def process_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Never called by the syncer, since no Jira event is accepted."""
        return False
