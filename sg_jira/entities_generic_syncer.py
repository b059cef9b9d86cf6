"""The syncer for any entity types, by settings alone."""

from __future__ import annotations

from typing import Any

from sg_jira.handlers import EntitiesGenericHandler, SyncHandler
from sg_jira.syncer import Syncer


class EntitiesGenericSyncer(Syncer):
    """Syncs the entity types that the setting `entity_mapping` lists.

    Parameters:
        entity_mapping: a list of dicts; see `EntitiesGenericHandler`.
        kwargs: handed to `Syncer`.
    """

    def __init__(self, entity_mapping: list[dict[str, Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._entities_handler = EntitiesGenericHandler(self, entity_mapping or [])

    @property
    def handlers(self) -> list[SyncHandler]:
        """The one handler."""
        return [self._entities_handler]
