"""Reads what the full syncs of many records need by the page, and makes their Issues together.

A record that has a parent in Jira is left to itself, for its parent has to have an Issue first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sg_jira.events import full_sync_of
from sg_jira.handlers.generic.acceptance import as_list
from sg_jira.handlers.generic.base import PROJECT_KEY, with_creator
from sg_jira.handlers.generic.mapping import EntityRule
from sg_jira.handlers.generic.to_jira import ToJira
from sg_jira.handlers.issues_ahead import IssuesAhead
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.sync_handler import Entity
from sg_jira.readings import Ahead

#: What a subclass may override to decide itself whether, and how, a record gets an Issue.
_CREATING: Final = (
    "process_shotgun_event",
    "_get_jira_entity",
    "_create_jira_entity",
    "_create_jira_issue",
)


class RecordsAhead(ToJira, IssuesAhead):
    """The part of the generic handler for back-fill."""

    @property
    def reads_to_accept(self) -> bool:
        """Yes: whether a record is synced is told by its flag, and by its Project."""
        return True

    def prepare_full_syncs(
        self, entity_type: str, entity_ids: Sequence[int]
    ) -> Iterator[dict[int, Ahead]]:
        """See `SyncHandler.prepare_full_syncs`.

        Costs a read of FPTR for each page of 500 records, another one for their Notes and for their
        TimeLogs, and what `_with_issues` tells.
        """
        rule = self._mapping.of_entity(entity_type)
        if rule is None or rule.is_remark or not rule.direction.to_jira or not self._takes_pages:
            return
        creating = entity_ids if are_shipped(self, ToJira, *_CREATING) else ()
        with self._free_creations(entity_type, creating) as creations:
            found = self._shotgun.read_many(
                entity_type, entity_ids, self._fields_to_read(entity_type)
            )
            records = [record for record in found.values() if self._is_accepted(record)]
            remarks = self._remarks_ahead(records)
            for part in self._with_issues(records, creations):
                for number, ahead in part.items():
                    ahead.readings.update(remarks[number])
                yield part

    def _is_accepted(self, record: Entity) -> bool:
        """Whether this handler would be given the record's full sync. What was read is used."""
        kind, number = record["type"], record["id"]
        with self._shotgun.remembering(record):
            taker = self._syncer.accept_shotgun_event(kind, number, full_sync_of(record))
        return taker is self

    def _fields_for_bulk(self, sg_entity: Entity) -> dict[str, Any] | None:
        rule = self._mapping.of_entity(sg_entity["type"])
        project = self.get_jira_project(str(sg_entity.get(PROJECT_KEY)))
        if rule is None or project is None or _has_parent(sg_entity, rule):
            return None
        record = with_creator({**sg_entity})
        data = self._issue_data(record, project, rule)
        mapped = self._mapped_values(record, project, rule)
        return self._jira.fields_for_bulk(project, str(rule.issue_type), {**data, **mapped})


def _has_parent(record: Entity, rule: EntityRule) -> bool:
    """Whether a record's Issue may need one that it is a part of."""
    pairs = (pair for pair in rule.pairs_of_jira("parent") if pair.direction.to_jira)
    return any(as_list(record.get(pair.sg_field)) for pair in pairs)
