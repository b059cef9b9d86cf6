"""The syncer for any entity types, by settings alone."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import SkipValidation

from sg_jira.handlers import EntitiesGenericHandler, SyncHandler
from sg_jira.handlers.generic.mapping import Direction
from sg_jira.syncer import Syncer


class EntitiesGenericSyncer(Syncer):
    """Syncs the entity types that the setting `entity_mapping` lists.

    Parameters:
        entity_mapping: the keys of its elements are those of `handlers.generic.mapping.Element`.
        kwargs: handed to `Syncer`.
    """

    def __init__(
        self,
        entity_mapping: Annotated[
            list[dict[str, Any]] | None,
            "list of dicts: which FPTR types and fields go with which Jira issue types and fields",
            SkipValidation,  # `mapping_check` looks into it, and says it better
        ] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._entities_handler = EntitiesGenericHandler(self, entity_mapping or [])

    @property
    def handlers(self) -> list[SyncHandler]:
        """The one handler."""
        return [self._entities_handler]

    @property
    def deletion_of_notes(self) -> Direction | None:
        """As the mapping says for Notes."""
        return self._entities_handler.deletion_of_notes
