"""Base of handlers for which one FPTR record is one Jira Issue; studios derive from it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shotgun_api3.shotgun import ShotgunError

from sg_jira.constants import JIRA_SHOTGUN_ID_FIELD, SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions.shotgun_values import as_id, plain, same
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.attachments import added_files
from sg_jira.handlers.issue_creation import IssueCreation
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.retirement import Retirement
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.outcomes import Skip, noted_skip
from sg_jira.printable import printable
from sg_jira.shapes import as_mapping

if TYPE_CHECKING:
    from sg_jira.syncer import Syncer

_JIRA_ISSUE_EVENTS = ("jira:issue_updated", "jira:issue_created")


class EntityIssueHandler(IssueCreation, Retirement):
    """One FPTR record is one Jira Issue.

    A subclass supplies the accept and process methods for FPTR events, the field mappings
    (`_get_jira_issue_field_for_shotgun_field`, `_get_shotgun_entity_field_for_issue_field`,
    `_supported_shotgun_fields_for_jira_event`) and `_sg_jira_status_mapping`.

    Parameters:
        syncer: the syncer this handler works for.
        issue_type: name of the Jira issue type handled.
    """

    def __init__(self, syncer: Syncer, issue_type: str) -> None:
        super().__init__(syncer)
        self._issue_type = issue_type

    # ------------------------------------------------------------------ to be supplied

    @property
    def _supported_shotgun_fields_for_jira_event(self) -> list[str]:
        """FPTR fields to read before a Jira event is processed."""
        raise NotImplementedError(self._lacks("_supported_shotgun_fields_for_jira_event"))

    def _get_shotgun_entity_field_for_issue_field(self, jira_field_id: str) -> str | None:
        """The FPTR field for the id of a Jira field, or `None`."""
        raise NotImplementedError(self._lacks("_get_shotgun_entity_field_for_issue_field"))

    # ------------------------------------------------------------------ Jira -> FPTR

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Accepts changes of linked Issues of the handled type; decided from the event alone."""
        if str(resource_type).lower() != "issue":
            return self._reject(resource_id, f"it is about a {resource_type}, not an issue")
        issue = event.get("issue")
        if not issue or not isinstance(issue, Mapping):
            return self._reject(resource_id, "it carries no issue")
        if event.get("webhookEvent") not in _JIRA_ISSUE_EVENTS:
            return self._reject(resource_id, f"{event.get('webhookEvent')} is not synced")
        if not event.get("changelog") or not isinstance(event["changelog"], Mapping):
            return self._reject(resource_id, "it carries no changelog")
        fields = issue.get("fields")
        if not fields or not isinstance(fields, Mapping):
            return self._reject(resource_id, "its issue carries no fields")
        issue_type = as_mapping(fields.get("issuetype")).get("name")
        if issue_type != self._issue_type:
            return self._skip(
                Skip.ISSUE_TYPE_NOT_MAPPED,
                f"Jira Issue {resource_id} is of type {issue_type}; {self._issue_type} is synced.",
            )
        if not (
            fields.get(self._jira.jira_shotgun_id_field)
            and fields.get(self._jira.jira_shotgun_type_field)
        ):
            return self._skip(
                Skip.NOT_LINKED, f"Jira Issue {resource_id} is not linked to a record in FPTR."
            )
        return True

    def _reject(self, resource_id: str, why: str) -> bool:
        self._logger.debug(
            "%s rejects the event of Jira Issue %s: %s.",
            type(self).__name__,
            printable(str(resource_id)),
            printable(why),
        )
        return False

    def process_jira_event(self, resource_type: str, resource_id: str, event: Event) -> Any:
        """Writes the changed fields of the Issue to its FPTR record, in one update.

        Raises:
            ValueError: the Issue's field "Shotgun ID" is no number.
        """
        issue = event["issue"]
        sg_entity = self._read_linked_entity(issue)
        if sg_entity is None:
            return False
        items = event["changelog"].get("items")
        values = self._values_for_shotgun(sg_entity, issue, items)
        if values:
            self._write_to_shotgun(sg_entity, values)
        files = self._added_files(items)
        if files and not self._sync_files_to_shotgun(sg_entity, files):
            return False
        return True if values or files else self._skip_unplaced(issue)

    def process_jira_events(
        self, resource_type: str, resource_id: str, events: Sequence[Event]
    ) -> list[Any]:
        """Writes what several changes of an Issue come to, in one update of its record.

        A subclass with a way of its own for a single change is given one change at a time.
        """
        linked = {self._names_of_record(event["issue"]) for event in events}
        own = not are_shipped(self, EntityIssueHandler, "process_jira_event")
        if own or len(linked) > 1:
            return super().process_jira_events(resource_type, resource_id, events)
        issue = events[-1]["issue"]
        sg_entity = self._read_linked_entity(issue)
        if sg_entity is None:
            return [False] * len(events)
        values: Entity = {}
        verdicts = []
        for event in events:
            items = event["changelog"].get("items")
            changed = self._values_for_shotgun({**sg_entity, **values}, event["issue"], items)
            values.update(changed)
            verdicts.append(bool(changed))
        if values:
            self._write_to_shotgun(sg_entity, values)
        for place, event in enumerate(events):
            files = self._added_files(event["changelog"].get("items"))
            if files:
                verdicts[place] = self._sync_files_to_shotgun(sg_entity, files)
        if not all(verdicts):
            self._skip_unplaced(issue)
        return verdicts

    def _added_files(self, items: Any) -> set[str]:
        """The attachments that a changelog tells as added, where files travel to FPTR."""
        return added_files(items) if self._attachments and self._attachments.to_sg else set()

    def _sync_files_to_shotgun(self, sg_entity: Entity, added: set[str]) -> bool:
        """Copies files that were attached to the record's Issue. Returns whether all are there.

        The Issue is the one that the record's key names, whatever the webhook says.
        """
        key = sg_entity.get(SHOTGUN_JIRA_ID_FIELD)
        if not self._attachments or not key:
            record = f"{sg_entity['type']} {sg_entity['id']}"
            return self._skip(Skip.NOT_LINKED, f"{record} of FPTR does not name its Issue.")
        return self._attachments.issue_to_record(key, sg_entity, added)

    def _names_of_record(self, issue: Mapping[str, Any]) -> tuple[str, str]:
        """What an Issue says which FPTR record it belongs to."""
        fields = issue["fields"]
        session = self._jira
        names = (session.jira_shotgun_type_field, session.jira_shotgun_id_field)
        return str(fields.get(names[0])), str(fields.get(names[1]))

    def _skip_unplaced(self, issue: Mapping[str, Any]) -> bool:
        if noted_skip() is None:  # else a refused value says it better
            self._skip(
                Skip.NOTHING_TO_WRITE,
                f"Nothing that changed in Jira Issue {issue.get('key')} has a place in FPTR.",
            )
        return False

    def _values_for_shotgun(
        self, sg_entity: Entity, issue: Mapping[str, Any], items: Any
    ) -> Entity:
        present = dict(sg_entity)
        values: Entity = {}
        for item in items if isinstance(items, list) else []:
            field_id, change = (
                self._changed_field(item) if isinstance(item, Mapping) else (None, {})
            )
            if not field_id:
                continue
            try:
                sg_field, value = self._get_shotgun_entity_field_sync_value(
                    present, issue, field_id, change
                )
            except InvalidJiraValue as error:
                self._skip(Skip.VALUE_REFUSED, str(error), logging.WARNING)
                continue
            if sg_field:
                # A later item of the same field goes on from here.
                present[sg_field] = values[sg_field] = value
        return values

    def _read_linked_entity(self, issue: Mapping[str, Any]) -> Entity | None:
        fields = issue["fields"]
        sg_type = fields[self._jira.jira_shotgun_type_field]
        sg_id = as_id(fields[self._jira.jira_shotgun_id_field])
        if sg_id is None:
            raise ValueError(
                f"Jira Issue {issue.get('key')}: its field {JIRA_SHOTGUN_ID_FIELD} holds "
                f"{fields[self._jira.jira_shotgun_id_field]!r}, which is no number. Correct or "
                "clear the field in Jira."
            )
        sg_entity = self._read_named_record(sg_type, sg_id)
        if sg_entity is None:
            self._skip(
                Skip.RECORD_NOT_FOUND,
                f"FPTR has no {sg_type} {sg_id}, which Jira Issue {issue.get('key')} names.",
                logging.WARNING,
            )
            return None
        return sg_entity if self._is_issue_of(sg_entity, issue) else None

    def _read_named_record(self, sg_type: Any, sg_id: int) -> Entity | None:
        """A record by what people can edit in Jira: also the name of a type that there is not."""
        wanted = [*self._supported_shotgun_fields_for_jira_event]
        try:
            if self._shotgun.get_field_schema(sg_type, SHOTGUN_JIRA_ID_FIELD):
                wanted.append(SHOTGUN_JIRA_ID_FIELD)
            return self._shotgun.consolidate_entity({"type": sg_type, "id": sg_id}, fields=wanted)
        except (ShotgunError, KeyError):  # a double of FPTR's client raises the latter
            try:
                self._shotgun.assert_entity_type(sg_type)
            except RuntimeError:
                return None
            raise

    def _is_issue_of(self, sg_entity: Entity, issue: Mapping[str, Any]) -> bool:
        """Whether the Issue is the one of the record, and not a clone that names it too.

        An Issue that was moved has another key now; Jira finds it by the old one as well. A key
        that leads to no Issue of this record makes no other Issue a clone.
        """
        key = sg_entity.get(SHOTGUN_JIRA_ID_FIELD)
        if not key or key == issue.get("key"):
            return True
        own = self.get_jira_issue(key)
        if (
            own is None
            or str(own.id) == str(issue.get("id"))
            or self._record_named_by(own) != (sg_entity["type"], sg_entity["id"])
        ):
            return True
        return self._skip(
            Skip.ISSUE_OF_ANOTHER_RECORD,
            f"Jira Issue {issue.get('key')} names {sg_entity['type']} {sg_entity['id']}, whose "
            f"Issue is {key}. It was probably cloned: clear its field {JIRA_SHOTGUN_ID_FIELD}.",
            logging.WARNING,
        )

    def _changed_field(self, change: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
        """The id of the Jira field that an item of the changelog is about, and the item.

        Jira tells a new estimate in seconds, under another name than that of the field to which
        it belongs; this makes it a change of `timetracking`, in minutes.
        """
        field_id = change.get("fieldId") or self._jira.get_jira_issue_field_id(
            str(change.get("field"))
        )
        if field_id != "timeoriginalestimate" or self._get_shotgun_entity_field_for_issue_field(
            field_id
        ):
            return field_id, change
        told = change.get("to") or change.get("toString")
        seconds = as_id(told)
        minutes = told if seconds is None else str(seconds // 60)
        return "timetracking", {**change, "fieldId": "timetracking", "toString": minutes}

    def _write_to_shotgun(self, sg_entity: Entity, values: Entity) -> None:
        """Writes the values that the record does not hold yet, in one update if there are any."""
        changed = {
            field: plain(value)
            for field, value in values.items()
            if field not in sg_entity or not same(sg_entity[field], value)
        }
        if changed:
            self._shotgun.update(sg_entity["type"], sg_entity["id"], changed)

    def _get_shotgun_entity_field_sync_value(
        self,
        shotgun_entity: Entity,
        jira_issue: Mapping[str, Any],
        jira_field_id: str,
        change: Mapping[str, Any],
    ) -> tuple[str | None, Any]:
        """Which FPTR field gets which value for one item of the changelog.

        Parameters:
            shotgun_entity: the record with its present values.
            jira_issue: the webhook's Issue, as JSON.
            jira_field_id: id of the changed Jira field.
            change: the item.

        Returns:
            `(field, value)`, or `(None, None)` when the change has no place in FPTR.

        Raises:
            InvalidJiraValue: the value has no FPTR form.
            ValueError: the FPTR field does not exist, or cannot take such a value.
        """
        sg_field = self._get_shotgun_entity_field_for_issue_field(jira_field_id)
        if not sg_field:
            return None, None
        schema = self._shotgun.get_field_schema(shotgun_entity["type"], sg_field)
        if not schema:
            raise ValueError(
                f"FPTR {shotgun_entity['type']} has no field {sg_field}, to which the Jira field "
                f"{jira_field_id} is mapped."
            )
        if not schema["editable"]["value"]:
            self._logger.debug("FPTR field %s is not editable.", sg_field)
            return None, None
        if jira_field_id == "assignee":
            value = self._get_shotgun_assignment_from_jira_issue_change(
                shotgun_entity, sg_field, schema, jira_issue, change
            )
        else:
            value = self._get_shotgun_value_from_jira_change(
                shotgun_entity, sg_field, schema, change, jira_issue["fields"].get(jira_field_id)
            )
        return sg_field, value
