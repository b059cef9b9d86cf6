"""The FPTR records of Issues, comments and worklogs: finding, creating (once) and retiring them.

The key field is unique in FPTR, so that a record that was made is found by it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions.generic_to_fptr import text_of
from sg_jira.handlers.generic.acceptance import is_on
from sg_jira.handlers.generic.jira_acceptance import JiraAcceptance
from sg_jira.handlers.generic.mapping import REMARKS, EntityRule
from sg_jira.handlers.issue_creation import LINK_NAME
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip
from sg_jira.readings import readings


class JustCreated(dict[str, Any]):
    """A record that was created for the event at hand, so that all its fields are to be synced."""


class SgRecords(JiraAcceptance):
    """One FPTR record for an Issue, a Note for a comment, a TimeLog for a worklog."""

    if TYPE_CHECKING:  # given by another part

        def _create_remark(self, sg_type: str, key: str, home: Entity) -> Entity | bool: ...

    def _record_of_issue(self, rule: EntityRule, jira_issue: jira.resources.Issue) -> Entity | None:
        found = self._find_records(rule.sg_entity, [[SHOTGUN_JIRA_ID_FIELD, "is", jira_issue.key]])
        return self._own_record_among(found, jira_issue)

    # ------------------------------------------------------------------ Issues

    def _sync_jira_issue_to_sg(self, jira_issue: jira.resources.Issue) -> Entity | bool:
        """Finds the record of an Issue, or creates it.

        Returns:
            The record; `False`, with a reason, when the Issue was linked to one that is gone.
        """
        rule = self._rule_of_issue(jira_issue)
        if rule is None:
            return self._skip(
                Skip.ISSUE_TYPE_NOT_MAPPED,
                f"Issues of the type of {jira_issue.key} are not synced.",
            )
        read = self._at_hand.take(jira_issue)
        record = read["record"] if "record" in read else self._record_of_issue(rule, jira_issue)
        named = [
            getattr(jira_issue.fields, field, None)
            for field in (self._jira.jira_shotgun_type_field, self._jira.jira_shotgun_id_field)
        ]
        if record:
            if self._is_copy(record, jira_issue):
                return False
            if not any(named):
                self._name_in_issue(jira_issue, record)  # left undone when it was created
            self._bridge.links.linked(f"Issue:{jira_issue.id}")
            return record
        if any(named):
            return self._skip(
                Skip.RECORD_NOT_FOUND,
                f"Jira Issue {jira_issue.key} was linked to {named[0]} {named[1]} of FPTR, which "
                f"has not its key. Clear its field {JIRA_SHOTGUN_ID_FIELD} to have a new one made.",
                logging.WARNING,
            )
        project = read.get("project") or self._find_sg_project(jira_issue.fields.project.key)
        if project is None:
            return self._skip(
                Skip.PROJECT_NOT_LINKED,
                f"No FPTR Project belongs to the Jira project of {jira_issue.key}.",
            )
        return self._create_record_of_issue(jira_issue, rule, project)

    def _create_record_of_issue(
        self, jira_issue: jira.resources.Issue, rule: EntityRule, project: Entity
    ) -> Entity:
        name_field = self._shotgun.get_entity_name_field(rule.sg_entity)
        mapped = next((pair.jira_field for pair in rule.pairs_of_sg(name_field)), "summary")
        name = text_of(getattr(jira_issue.fields, mapped, None)) or jira_issue.fields.summary
        data: Entity = {
            "project": link_to(project),
            name_field: name,
            SHOTGUN_JIRA_ID_FIELD: jira_issue.key,
            SHOTGUN_JIRA_URL_FIELD: {
                "url": jira_issue.permalink(),  # type: ignore[no-untyped-call]
                "name": LINK_NAME,
            },
            SHOTGUN_SYNC_IN_JIRA_FIELD: rule.direction.to_jira,
        }
        with self._bridge.links.creating(f"Issue:{jira_issue.id}") as creation:
            record = None
            if creation.waited or creation.unfinished_since:
                record = self._record_of_issue(rule, jira_issue)
            if record is None:
                with creation.asking():
                    record = {**data, **self._create_with_values(rule.sg_entity, data)}
            creation.made = str(record["id"])
            self._name_in_issue(jira_issue, record)
            self._bridge.links.remember_owner(jira_issue.key, subject_of(record))
            creation.finished = True
            return JustCreated(record)

    def _create_with_values(self, sg_type: str, data: Entity) -> Entity:
        """The new record with all it holds, so that it is given nothing but what differs: somebody
        may edit it before its values are written."""
        if not self._shotgun.has_real_client:
            return dict(self._shotgun.create(sg_type, data))
        fields = self._supported_shotgun_fields_for_shotgun_event(sg_type)
        return dict(self._shotgun.create(sg_type, data, return_fields=fields))

    # ------------------------------------------------------------------ comments and worklogs

    def _sync_jira_entity_to_sg(
        self,
        jira_issue: jira.resources.Issue,
        jira_entity_id: str,
        sg_entity_type: str,
        webhook_action: str,
    ) -> Entity | bool | None:
        """Finds, creates or retires the Note of a comment or the TimeLog of a worklog.

        Parameters:
            jira_issue: the Issue it belongs to.
            jira_entity_id: id of the comment or worklog.
            sg_entity_type: `Note` or `TimeLog`.
            webhook_action: `created`, `updated` or `deleted`.

        Returns:
            The record; `False`, with a reason, when there is none and none is to be made.
        """
        home = self._synced_record_of(jira_issue)
        if home is None:
            return False
        is_deletion = webhook_action.endswith("deleted")
        key = f"{jira_issue.key}/{jira_entity_id}"
        found = self._records_with_key(sg_entity_type, key)
        if len(found) > 1:
            return self._skip(
                Skip.SEVERAL_RECORDS,
                f"{len(found)} records of the type {sg_entity_type} have the key {key}: "
                f"{[record['id'] for record in found]}. Clear the key of the wrong ones.",
                logging.WARNING,
            )
        if found:
            if is_deletion:
                self._shotgun.delete(sg_entity_type, found[0]["id"])
            subject = f"{REMARKS[sg_entity_type]}:{jira_entity_id}"
            self._bridge.links.linked(subject, pair=subject_of(found[0]))
            return found[0]
        if is_deletion:
            return self._skip(Skip.RECORD_NOT_FOUND, f"No {sg_entity_type} has the key {key}.")
        return self._create_remark(sg_entity_type, key, home)

    def _records_with_key(self, sg_type: str, key: str) -> list[Entity]:
        """The Notes or TimeLogs of a comment or worklog: at most one, unless keys were copied."""
        known: dict[str, list[Entity]] = readings().get(("with keys", sg_type), {})
        if key.lower() in known:
            return known[key.lower()]
        return self._find_records(sg_type, [[SHOTGUN_JIRA_ID_FIELD, "is", key]])

    def _know_records(self, sg_type: str, keys: list[str]) -> None:
        """Reads at once what `_records_with_key` will be asked for within `shared_readings`."""
        known: dict[str, list[Entity]] = readings().setdefault(("with keys", sg_type), {})
        known.update((key.lower(), []) for key in keys)  # FPTR compares without regard to case
        for record in self._find_records(sg_type, [[SHOTGUN_JIRA_ID_FIELD, "in", keys]]):
            known[record[SHOTGUN_JIRA_ID_FIELD].lower()].append(record)

    def _synced_record_of(self, jira_issue: jira.resources.Issue) -> Entity | None:
        """The one record of an Issue, when its flag is set."""
        rule = self._rule_of_issue(jira_issue)
        if rule is None:
            self._skip(Skip.ISSUE_TYPE_NOT_MAPPED, f"{jira_issue.key} is of no synced type.")
            return None
        known = self._at_hand.take(jira_issue).get("record")
        found = (
            [known]
            if known
            else self._find_records(rule.sg_entity, [[SHOTGUN_JIRA_ID_FIELD, "is", jira_issue.key]])
        )
        if not found:
            self._bridge.links.await_counterpart(f"Issue:{jira_issue.id}")
        if len(found) != 1:
            self._skip(
                Skip.SEVERAL_RECORDS if found else Skip.RECORD_NOT_FOUND,
                f"{len(found)} FPTR records are Jira Issue {jira_issue.key}, one is needed.",
            )
            return None
        if self._is_copy(found[0], jira_issue):
            return None
        if not is_on(found[0]):
            self._skip(
                Skip.SYNC_OFF,
                f"{SHOTGUN_SYNC_IN_JIRA_FIELD} of {found[0]['type']} {found[0]['id']} is off.",
            )
            return None
        return found[0]


def subject_of(record: Entity) -> str:
    """What a record is called in ordering keys."""
    return f"{record['type']}:{record['id']}"


def link_to(record: Entity) -> Entity:
    """A record as the value of a link field."""
    return {key: record[key] for key in ("type", "id", "name") if key in record}
