"""What becomes of the Issue of a record that is deleted in FPTR, and of a record that is back.

Notes and TimeLogs are no Issues; their deletion is told by `sync_deletion_direction`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.handlers.generic.filling import Filling
from sg_jira.handlers.generic.mapping import EntityRule
from sg_jira.handlers.retirement import reasons_for_new_issue
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip


class RetiredRecords(Filling):
    """A base of `ToJira`, which gives what is only declared here."""

    if TYPE_CHECKING:

        def _sync_sg_status_to_jira(
            self, sg_value: str | None, entity_type: str, jira_issue: jira.resources.Issue
        ) -> bool: ...

    def _follow_retirement(
        self, sg_type: str, sg_id: int, meta: Mapping[str, Any], read: Mapping[str, Any]
    ) -> bool:
        """Does with a deleted record's Issue what the settings say; syncs a record that is back.

        Parameters:
            meta: of the event; whether the record is deleted now is read, as it may be old.
            read: what was read of the record to accept the event, if anything.
        """
        rule = self._mapping.of_entity(sg_type)
        record, is_retired = read.get("record"), bool(read.get("is_retired"))
        if record is None:
            record, is_retired = self._as_it_is_now(
                meta, lambda retired: self._read_record(sg_type, sg_id, retired_only=retired)
            )
        if record is None or rule is None:
            return self._skip(Skip.RECORD_NOT_FOUND, f"FPTR has no {sg_type} {sg_id} (any more).")
        if is_retired:
            return self._retire_issue(record, self._retirement_of(rule))
        return self._sync_returned(record, rule)

    def _sync_returned(self, record: Entity, rule: EntityRule) -> bool:
        """Syncs all of a record that is back."""
        retirement = self._retirement_of(rule)
        issue = None
        if record.get(SHOTGUN_JIRA_ID_FIELD):
            issue = self._get_jira_entity(record)
            if issue is None and not self._needs_new_issue(*reasons_for_new_issue(retirement)):
                return False
        if issue is None:
            return self._create_and_fill(record)
        self._take_back(issue, retirement, reopen=lambda: self._reopen(record, rule, issue))
        return self._fill(record, issue)

    def _reopen(self, record: Entity, rule: EntityRule, issue: jira.resources.Issue) -> bool:
        """Gives the Issue the status of its record, even if only Jira's statuses are synced."""
        if rule.status is None:
            return self._skip(
                Skip.STATUS_NOT_REACHED,
                f"Jira Issue {issue.key} stays closed: no status is mapped for {rule.sg_entity}.",
            )
        status = record.get(rule.status.sg_field)
        return self._sync_sg_status_to_jira(status, rule.sg_entity, issue)
