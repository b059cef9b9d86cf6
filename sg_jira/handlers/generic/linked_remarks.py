"""Writes all Notes, with their Replies, or all TimeLogs of a record to its Issue."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions.shotgun_values import same
from sg_jira.handlers.generic.acceptance import as_list
from sg_jira.handlers.generic.base import PROJECT_KEY
from sg_jira.handlers.generic.jira_records import JiraRecords, Resource
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, TIME_LOG
from sg_jira.handlers.issue_comments import split_key
from sg_jira.handlers.sync_handler import Entity
from sg_jira.readings import readings, shared_readings


class LinkedRemarks(JiraRecords):
    """What they have in common is read once."""

    if TYPE_CHECKING:  # given by another part

        def _sync_sg_fields_to_jira(
            self, sg_entity: Entity, jira_entity: Resource, field_name: str | None = None
        ) -> bool: ...

    def _sync_sg_linked_entities_to_jira(
        self, sg_entity: Entity, linked_entity_type: str, jira_issue: jira.resources.Issue
    ) -> bool:
        """Syncs all Notes or TimeLogs of a record.

        Returns:
            Whether there were errors (sic).
        """
        if not self._has_remarks(sg_entity["type"], linked_entity_type):
            return False
        found: list[Entity] | None = readings().get(_remarks_of(sg_entity, linked_entity_type))
        if found is None:
            found = self._read_remarks([sg_entity], linked_entity_type)[sg_entity["id"]]
        with shared_readings():
            self._know_counterparts(found, jira_issue)
            done = [self._sync_linked(linked, jira_issue) for linked in found]
        here = [one for one in found if _issue_of(one) == jira_issue.key]
        return not all([*done, self._sync_replies_to_jira(here)])

    def _has_remarks(self, sg_type: str, linked_type: str) -> bool:
        """Whether Notes, or TimeLogs, of records of a type go to Jira."""
        rule = self._mapping.of_entity(linked_type)
        return (
            rule is not None
            and rule.direction.to_jira
            and self._can_link(linked_type, LINK_FIELDS[linked_type], sg_type)
        )

    def _read_remarks(
        self, sg_entities: Sequence[Entity], linked_type: str
    ) -> dict[int, list[Entity]]:
        """The Notes or TimeLogs of records of one type, by the records' ids."""
        link = LINK_FIELDS[linked_type]
        homes = [{"type": one["type"], "id": one["id"]} for one in sg_entities]
        asked = [link, "in", homes] if len(homes) > 1 else [link, "is", homes[0]]
        found = self._find_records(linked_type, [asked])
        return {
            home["id"]: [
                linked
                for linked in found
                # Not of a record of another type that has the same id.
                if any(same(one, home) for one in as_list(linked.get(link)))
            ]
            for home in homes
        }

    def _remarks_ahead(self, sg_entities: Sequence[Entity]) -> dict[int, dict[Any, list[Entity]]]:
        """The same of both types, by what `_sync_sg_linked_entities_to_jira` looks for."""
        ahead: dict[int, dict[Any, list[Entity]]] = {one["id"]: {} for one in sg_entities}
        for linked_type in (TIME_LOG, NOTE):
            if sg_entities and self._has_remarks(sg_entities[0]["type"], linked_type):
                found = self._read_remarks(sg_entities, linked_type)
                for one in sg_entities:
                    ahead[one["id"]][_remarks_of(one, linked_type)] = found[one["id"]]
        return ahead

    def _know_counterparts(self, linked: list[Entity], jira_issue: jira.resources.Issue) -> None:
        """Reads at once what all of these Notes or TimeLogs will need."""
        keys = [split_key(one.get(SHOTGUN_JIRA_ID_FIELD)) for one in linked]
        here = {key[1] for key in keys if key and key[0] == jira_issue.key}
        is_note = bool(linked) and linked[0]["type"] == NOTE
        if is_note:
            self._read_comments_ahead(jira_issue.key, here)
        elif len(here) > 1 and self._reads_real_jira:
            for worklog in self._jira.worklogs(jira_issue.key):
                self._know_worklog(jira_issue.key, worklog)
        new = (as_list(one.get(LINK_FIELDS[one["type"]])) for one in linked if not _has_key(one))
        self._homes_of_remark(chain.from_iterable(new))

    def _sync_linked(self, linked: Entity, jira_issue: jira.resources.Issue) -> bool:
        """Syncs a Note or TimeLog as a whole. Returns whether there was no error."""
        if not _has_key(linked):
            project = self.get_jira_project(str(linked.get(PROJECT_KEY)))
            counterpart = project and self._create_jira_entity(linked, project)
        elif _issue_of(linked) != jira_issue.key:
            return True
        else:
            counterpart = self._get_jira_entity(linked)
        return counterpart is not None and self._sync_sg_fields_to_jira(linked, counterpart)


def _remarks_of(sg_entity: Entity, linked_type: str) -> tuple[str, str, str, int]:
    return "remarks of", linked_type, sg_entity["type"], sg_entity["id"]


def _issue_of(remark: Entity) -> str:
    """Key of the Issue with the counterpart of a Note or TimeLog; empty without one."""
    return (split_key(remark.get(SHOTGUN_JIRA_ID_FIELD)) or ("",))[0]


def _has_key(record: Entity) -> bool:
    return bool(record.get(SHOTGUN_JIRA_ID_FIELD))
