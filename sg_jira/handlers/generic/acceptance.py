"""What the generic handler syncs, and which events of FPTR it takes.

What the event itself tells is looked at first.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import jira.resources

from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    JIRA_SHOTGUN_TYPE_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.handlers.duplicates import brings_a_key, may_bring_a_key
from sg_jira.handlers.generic.base import PROJECT_KEY, GenericBase
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, REMARKS, TIME_LOG, EntityRule
from sg_jira.handlers.retirement import is_retirement
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.outcomes import Skip
from sg_jira.readings import readings

_ACTIONS: Final = ("created", "updated", "deleted")


class Acceptance(GenericBase):
    """Accepts or rejects; a rejection is never an exception."""

    def _supported_shotgun_entities_for_shotgun_event(self) -> list[str]:
        """FPTR entity types whose changes go to Jira."""
        return [rule.sg_entity for rule in self._mapping.rules]

    def _supported_shotgun_fields_for_shotgun_event(self, entity_type: str) -> list[str]:
        """FPTR fields of an entity type whose changes go to Jira."""
        rule = self._mapping.of_entity(entity_type)
        files = self._file_fields if entity_type == NOTE else []
        return [*rule.sg_fields, *files] if rule else []

    @staticmethod
    def _supported_jira_webhook_events() -> list[str]:
        """Names of the webhook events that go to FPTR."""
        return [
            "jira:issue_created",
            "jira:issue_updated",
            *(f"{part}_{action}" for part in ("comment", "worklog") for action in _ACTIONS),
        ]

    def _supported_jira_issue_types_for_jira_event(self) -> list[str]:
        """Names of the issue types whose changes go to FPTR."""
        return [rule.issue_type for rule in self._mapping.rules if rule.issue_type]

    def _supported_jira_fields_for_jira_event(self, jira_entity_type: str) -> list[str]:
        """Jira fields whose changes go to FPTR.

        Parameters:
            jira_entity_type: name of an issue type, or `Worklog`.
        """
        rule = (
            self._mapping.of_entity(TIME_LOG)
            if jira_entity_type == REMARKS[TIME_LOG]
            else self._mapping.of_issue_type(jira_entity_type)
        )
        return rule.jira_fields if rule else []

    # ------------------------------------------------------------------ FPTR events

    def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> bool:
        """Accepts changes of synced fields of records that are linked to Jira, or are to be."""
        subject = f"{entity_type} {entity_id}"
        meta = event["meta"]
        rule = self._mapping.of_entity(entity_type)
        if not self._wants_change(rule, meta, subject) or rule is None:
            return False
        record, is_retired = self._look_at_present(rule, entity_id, meta)
        if record is None:
            return self._skip(Skip.RECORD_NOT_FOUND, f"FPTR has no {subject}.")
        if not record.get(PROJECT_KEY):
            return self._skip(
                Skip.PROJECT_NOT_LINKED,
                f"The FPTR Project of {subject} has no {SHOTGUN_JIRA_ID_FIELD}.",
            )
        may_be_copy = may_bring_a_key(meta) and not rule.is_remark
        is_part = meta.get("in_create") and record.get(SHOTGUN_JIRA_ID_FIELD)
        if is_part and not may_be_copy and not self._is_unfilled(record):
            return self._skip(
                Skip.PART_OF_A_CREATION,
                f"{subject} is synced as a whole by another event of its creation.",
            )
        if rule.is_remark:
            is_wanted = self._wants_remark(record, meta, subject)
        else:
            is_wanted = is_retired or self._wants_issue(rule, record, subject)
        if is_wanted and self._shotgun.has_real_client:
            self._at_hand.keep(event, record=record, is_retired=is_retired)
        return is_wanted

    def _look_at_present(
        self, rule: EntityRule, sg_id: int, meta: Mapping[str, Any]
    ) -> tuple[Entity | None, bool]:
        """The record that an event is about, and whether it is a deleted one."""
        if not is_retirement(meta) or rule.is_remark:
            return self._look_at_record(rule.sg_entity, sg_id, is_retirement(meta)), False
        return self._as_it_is_now(
            meta, lambda is_retired: self._look_at_record(rule.sg_entity, sg_id, is_retired)
        )

    def _look_at_record(self, sg_type: str, sg_id: int, is_deletion: bool) -> Entity | None:
        seen, key = readings(), (sg_type, sg_id, is_deletion)
        if key not in seen or not self._shotgun.has_real_client:
            seen[key] = self._read_record(sg_type, sg_id, retired_only=is_deletion)
        found: Entity | None = seen[key]
        return found

    def _wants_change(self, rule: EntityRule | None, meta: Mapping[str, Any], subject: str) -> bool:
        field = meta["attribute_name"]
        if (
            rule is None
            or rule.sg_entity not in self._supported_shotgun_entities_for_shotgun_event()
        ):
            self._logger.debug("%s is of no type that is synced.", subject)
            return False
        if not rule.direction.to_jira:
            return self._skip(
                Skip.OTHER_DIRECTION, f"{rule.sg_entity} is synced from Jira to FPTR only."
            )
        if is_retirement(meta):
            if rule.is_remark and rule.deletion and rule.deletion.to_jira:
                return True
            return self._wants_retirement(self._retirement_of(rule), subject)
        if field == SHOTGUN_SYNC_IN_JIRA_FIELD or (brings_a_key(meta) and not rule.is_remark):
            return True
        if field in self._supported_shotgun_fields_for_shotgun_event(rule.sg_entity):
            return True
        self._logger.debug("The field %s of %s is not synced.", field, subject)
        return False

    def _wants_remark(self, record: Entity, meta: Mapping[str, Any], subject: str) -> bool:
        if is_retirement(meta):
            if record.get(SHOTGUN_JIRA_ID_FIELD):
                return True
            return self._skip(Skip.NOTHING_TO_WRITE, f"{subject} has no counterpart in Jira.")
        field = LINK_FIELDS[record["type"]]
        linked = self._homes_of_remark(as_list(record.get(field)))
        if any(self._is_synced_home(one) for one in linked):
            return True
        if meta["attribute_name"] == field:
            before, _ = changed_links(meta)
            if any(is_on(one) for one in self._homes_of_remark(before)):
                return True
        self._await_counterparts(filter(is_on, linked))
        return self._skip_unless_told(
            Skip.NO_SYNCED_RECORD, f"{subject} is linked to no record that is synced with Jira."
        )

    def _is_synced_home(self, record: Entity) -> bool:
        """Whether a Note or TimeLog of a record may be written to its Issue; see `is_home`."""
        return bool(is_on(record) and record.get(SHOTGUN_JIRA_ID_FIELD)) and self.is_home(record)

    def _wants_issue(self, rule: EntityRule, record: Entity, subject: str) -> bool:
        if not is_on(record):
            return self._skip(Skip.SYNC_OFF, f"{SHOTGUN_SYNC_IN_JIRA_FIELD} of {subject} is off.")
        key = record[PROJECT_KEY]
        project = self.get_jira_project(key)
        if project is None:
            return self._skip(
                Skip.JIRA_PROJECT_NOT_FOUND,
                f"There is no Jira project {key}, or the bridge's account cannot see it; "
                f"{subject} belongs to it.",
                logging.WARNING,
            )
        return self._has_create_screen(rule, project, subject)

    def _has_create_screen(
        self, rule: EntityRule, project: jira.resources.Project, subject: str
    ) -> bool:
        issue_type = str(rule.issue_type)
        try:
            screen = self._jira.get_project_issue_type_fields(project, issue_type)
        except KeyError:
            return self._skip(
                Skip.ISSUE_TYPE_NOT_FOUND,
                f"The Jira project {project.key} has no issue type {issue_type!r}, which "
                f"{subject} needs.",
                logging.WARNING,
            )
        except RuntimeError as error:
            return self._skip(Skip.NOT_ON_SCREEN, str(error), logging.WARNING)
        needed = {
            JIRA_SHOTGUN_ID_FIELD: self._jira.jira_shotgun_id_field,
            JIRA_SHOTGUN_TYPE_FIELD: self._jira.jira_shotgun_type_field,
        }
        missing = [name for name, field_id in needed.items() if field_id not in screen]
        if not missing:
            return True
        # Somebody will mend the screen now, and the next attempt has to see that.
        self._jira.forget_create_screen(project, issue_type)
        return self._skip(
            Skip.NOT_ON_SCREEN,
            f"{' and '.join(missing)} are not on the screen for creating a {issue_type} in the "
            f"Jira project {project.key}, so that {subject} could not be named.",
            logging.WARNING,
        )


def is_on(record: Entity) -> bool:
    """Whether the sync flag of a record is set."""
    return bool(record.get(SHOTGUN_SYNC_IN_JIRA_FIELD))


def as_list(value: Any) -> list[Any]:
    """The links of a field that holds one or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def changed_links(meta: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """The records that a link field was linked to before a change, and those it is linked to now.

    Single links come as old and new value, several as removed and added ones.
    """
    before = as_list(meta.get("old_value")) or as_list(meta.get("removed"))
    after = as_list(meta.get("new_value")) or as_list(meta.get("added"))
    return before, after
