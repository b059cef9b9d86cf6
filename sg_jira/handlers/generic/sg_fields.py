"""Values of an Issue, a comment or a worklog as values of its FPTR record."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jira.resources
from shotgun_api3.shotgun import ShotgunError

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.conversions import (
    generic_to_fptr,
    generic_to_jira,
    remark_texts,
    shotgun_values,
)
from sg_jira.conversions.kinds import CHILDREN_FIELD, SYSTEM_KINDS, Kind
from sg_jira.conversions.texts import is_shortened, keeps_longer, one_line, shortened_forms
from sg_jira.errors import TRY_AGAIN, InvalidJiraValue
from sg_jira.handlers.first_syncs import still_to_write
from sg_jira.handlers.generic.mapping import NOTE, REMARKS, TIME_LOG, EntityRule
from sg_jira.handlers.generic.sg_records import JustCreated, SgRecords
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip
from sg_jira.shapes import is_empty

#: Subject of a Note whose comment has none.
NO_SUBJECT = "Comment created from Jira"


@dataclass
class _Found:
    """What is to be written to one record."""

    values: Entity = field(default_factory=dict)
    is_clean: bool = True


class SgFields(SgRecords):
    """Each method tells whether there was no error; one field's error does not cost the others."""

    def _sync_jira_fields_to_sg(
        self,
        jira_issue: jira.resources.Issue,
        jira_key: str,
        sg_entity: Entity,
        jira_fields: Iterable[str] | None = None,
    ) -> bool:
        """Writes values from Jira to a record, in one update.

        Parameters:
            jira_issue: the Issue.
            jira_key: its key; for a Note or TimeLog the key of the comment or worklog,
                `ISSUE-1/1234`, or its id alone.
            sg_entity: the record, with its present values as far as they are known.
            jira_fields: ids of the Jira fields; everything when not given, an Issue's comments
                and worklogs included.

        Returns:
            Whether there was no error.
        """
        sg_type = sg_entity["type"]
        own_id = str(jira_key).rpartition("/")[2]
        if sg_type == NOTE:
            return self._sync_jira_comment_to_sg(jira_issue.key, own_id, sg_entity)
        rule = self._mapping.of_entity(sg_type)
        if rule is None:
            return self._skip(Skip.ISSUE_TYPE_NOT_MAPPED, f"{sg_type} is not mapped.")
        source: Any = jira_issue
        if sg_type == TIME_LOG:
            source = self._get_jira_issue_worklog(jira_issue.key, own_id)
            if source is None:
                return self._skip(
                    Skip.WORKLOG_NOT_FOUND, f"Jira has no worklog {jira_key} any more."
                )
        kind = REMARKS[TIME_LOG] if sg_type == TIME_LOG else str(rule.issue_type)
        wanted = (
            self._supported_jira_fields_for_jira_event(kind) if jira_fields is None else jira_fields
        )
        found = _Found()
        for jira_field in wanted:
            self._collect(found, rule, source, jira_field, sg_entity)
        if sg_type == TIME_LOG and "comment" not in wanted and isinstance(sg_entity, JustCreated):
            person = self._person_behind(getattr(source, "author", None))
            found.values |= {"user": shotgun_values.plain(person)} if person else {}
        is_clean = found.is_clean
        if jira_fields is None and sg_type != TIME_LOG:
            for sync_all in (self._sync_jira_comments_to_sg, self._sync_jira_worklogs_to_sg):
                if SHOTGUN_SYNC_IN_JIRA_FIELD in sg_entity and self._shotgun.has_real_client:
                    self._at_hand.keep(jira_issue, record=sg_entity)
                is_clean = sync_all(jira_issue) and is_clean
        values = found.values
        if sg_type != TIME_LOG and self._bridge.links.is_unfilled(f"Issue:{jira_issue.id}"):
            given = (self._shotgun.get_entity_name_field(sg_type),)
            values = still_to_write(values, given, sg_entity.get)
        return self._write_to_sg(sg_entity, values) and is_clean

    def _values_from(self, worklog: jira.resources.Worklog, sg_time_log: Entity) -> Entity:
        """The values of a worklog that can be told."""
        rule, found = self._mapping.of_entity(TIME_LOG), _Found()
        for jira_field in self._supported_jira_fields_for_jira_event(REMARKS[TIME_LOG]):
            if rule is not None:
                self._collect(found, rule, worklog, jira_field, sg_time_log)
        return found.values

    def _collect(
        self, found: _Found, rule: EntityRule, source: Any, jira_field: str, sg_entity: Entity
    ) -> None:
        status = rule.status
        if jira_field == "status" and status and status.direction.to_sg:
            self._collect_value(found, source, jira_field, status.sg_field, sg_entity)
        for pair in rule.pairs_of_jira(jira_field):
            if pair.direction.to_sg and jira_field != CHILDREN_FIELD:
                self._collect_value(found, source, jira_field, pair.sg_field, sg_entity)

    def _collect_value(
        self, found: _Found, source: Any, jira_field: str, sg_field: str, sg_entity: Entity
    ) -> None:
        schema = self._shotgun.get_field_schema(sg_entity["type"], sg_field)
        if not schema or not (schema.get("editable") or {}).get("value", True):
            found.is_clean = self._skip(
                Skip.VALUE_REFUSED,
                f"The FPTR field {sg_field} of {sg_entity['type']} cannot be edited.",
                logging.WARNING,
            )
            return
        try:
            values = self._values_for(source, jira_field, sg_field, schema, sg_entity)
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001  # a studio's hook may raise anything
            found.is_clean = self._skip(
                Skip.VALUE_REFUSED,
                f"Jira field {jira_field} cannot be set as {sg_field} of {sg_entity['type']} "
                f"{sg_entity['id']}: {error}",
                logging.WARNING,
            )
            return
        found.values.update(values)

    def _values_for(
        self,
        source: Any,
        jira_field: str,
        sg_field: str,
        schema: Mapping[str, Any],
        sg_entity: Entity,
    ) -> Entity:
        """FPTR field -> value for one Jira field; empty when there is nothing to set.

        Raises:
            TooEarly, StoreError: it has to be asked again.
            Exception: there is no such value, or the hook cannot convert it.
        """
        is_worklog = isinstance(source, jira.resources.Worklog)
        if jira_field == "comment" and is_worklog:
            return self._without_shortened(sg_entity, self._worklog_text(source, sg_field))
        if jira_field == "watches":
            if not hasattr(self._jira, "watchers"):  # a double that knows no watchers
                return {}
            return {sg_field: self._people_watching(source, schema)}
        if jira_field == "status":
            return self._status_value(source, sg_entity["type"], sg_field)
        if jira_field == "parent":
            return {sg_field: self._parent_record(source, schema)}
        holder = source if is_worklog else source.fields
        if not hasattr(holder, jira_field):
            raise LookupError("it has no such field")
        project = sg_entity.get("project") or self._project_for(source, schema)
        jira_value = getattr(holder, jira_field)
        value = self._hook.get_sg_value_from_jira_value(jira_value, source, project, schema)
        if value == 0 and sg_entity.get(sg_field, 0) is None and _is_nothing(jira_value):
            return {}  # nothing on either side: no zero need be made of it
        kept = generic_to_jira.unfit_for_labels(sg_entity.get(sg_field))
        if kept and self._is_of_labels(source, jira_field, jira_value):
            value = _with(value, kept)
        return {sg_field: self._fitting(value, sg_field, schema, sg_entity)}

    def _is_of_labels(self, source: Any, jira_field: str, jira_value: Any) -> bool:
        """Whether a field holds labels: lists of words. An empty one does not tell by itself."""
        if isinstance(source, jira.resources.Worklog) or jira_field in SYSTEM_KINDS:
            return SYSTEM_KINDS.get(jira_field) is Kind.LABELS
        if not is_empty(jira_value):
            return isinstance(jira_value, list) and all(isinstance(one, str) for one in jira_value)
        properties = self._jira.get_jira_issue_edit_meta(source).get(jira_field) or {}
        return generic_to_jira.element_kind(jira_field, properties) is Kind.LABELS

    def _project_for(self, source: Any, schema: Mapping[str, Any]) -> Entity:
        """Where to look for records by name, when the record does not tell its project."""
        if schema["data_type"]["value"] not in ("entity", "multi_entity"):
            return {}
        return self._find_sg_project(source.fields.project.key) or {}

    def _fitting(
        self, value: Any, sg_field: str, schema: Mapping[str, Any], sg_entity: Entity
    ) -> Any:
        """The value as it can be written; what FPTR has stays where Jira has less of it.

        Raises:
            InvalidJiraValue: it is a text that was shortened for Jira, and edited there.
        """
        present = sg_entity.get(sg_field)
        data_type = schema["data_type"]["value"]
        if isinstance(value, str) and isinstance(present, str):
            if value in (one_line(present), *shortened_forms(present)):
                return present
            if is_shortened(value, present):
                raise keeps_longer(sg_entity, sg_field, value)
        if data_type == "list" and value:
            return self._list_value(str(value), sg_field, schema, sg_entity["type"])
        return value

    def _list_value(
        self, value: str, sg_field: str, schema: Mapping[str, Any], sg_type: str
    ) -> str:
        """A valid value of a list field; one that FPTR does not know yet is added to it."""
        valid = list(
            ((schema.get("properties") or {}).get("valid_values") or {}).get("value") or []
        )
        for known in valid:
            if known.lower() == value.lower():
                return str(known)
        self._logger.info("Adding %r to the valid values of %s.%s.", value, sg_type, sg_field)
        self._shotgun.schema_field_update(sg_type, sg_field, {"valid_values": [*valid, value]})
        self._shotgun.clear_cached_field_schema(sg_type)
        return value

    def _status_value(self, issue: jira.resources.Issue, sg_type: str, sg_field: str) -> Entity:
        rule = self._mapping.of_entity(sg_type)
        name = issue.fields.status.name
        for code, jira_name in rule.status.codes.items() if rule and rule.status else ():
            if jira_name == name:
                return {sg_field: code}
        self._logger.debug("No FPTR status is mapped to %r of Jira.", name)
        return {}

    def _people_watching(self, issue: jira.resources.Issue, schema: Mapping[str, Any]) -> Any:
        count = getattr(getattr(issue.fields, "watches", None), "watchCount", None)
        users = [] if count == 0 else self._jira.watchers(issue).watchers
        people = [
            shotgun_values.plain(person)
            for person in map(self._hook.get_sg_user_from_jira_user, users)
            if person is not None
        ]
        if schema["data_type"]["value"] == "multi_entity":
            return people
        return people[0] if people else None

    def _parent_record(self, issue: jira.resources.Issue, schema: Mapping[str, Any]) -> Any:
        """The record of the parent Issue; parents are never created."""
        found = None
        parent = getattr(issue.fields, "parent", None)
        if parent is not None:
            if not hasattr(getattr(parent, "fields", None), "issuetype"):
                parent = self.get_jira_issue(parent.key)
            rule = self._rule_of_issue(parent) if parent is not None else None
            if rule and parent is not None:
                found = self._shotgun.find_one(
                    rule.sg_entity, [[SHOTGUN_JIRA_ID_FIELD, "is", parent.key]], []
                )
                if found is None:
                    self._bridge.links.await_counterpart(f"Issue:{parent.id}")
        link = {"type": found["type"], "id": found["id"]} if found else None
        if schema["data_type"]["value"] == "multi_entity":
            return [link] if link else []
        return link

    # ------------------------------------------------------------------ texts

    def _worklog_text(self, worklog: jira.resources.Worklog, sg_field: str) -> Entity:
        text = getattr(worklog, "comment", None)
        try:
            description, user = self._hook.extract_jira_worklog_data(text)
        except InvalidJiraValue as error:
            self._logger.warning("%s", error)
            remark = remark_texts.read_worklog(text, self._hook.JIRA_WORKLOG_REGEX)
            description, user = remark.content, None
        values: Entity = {sg_field: description or ""}
        user = user or self._person_behind(getattr(worklog, "author", None))
        if user:
            values["user"] = shotgun_values.plain(user)
        return values

    def _person_behind(self, jira_user: Any) -> Entity | None:
        """The FPTR user who wrote something in Jira; the bridge itself is nobody."""
        if jira_user is None or self._is_own(jira_user):
            return None
        return self._hook.get_sg_user_from_jira_user(jira_user)

    def _sync_jira_comment_to_sg(
        self, jira_issue_key: str, jira_comment_id: str, sg_entity: Entity
    ) -> bool:
        """Writes a comment to its Note.

        A comment that the bridge wrote and that has lost its heading says less than the Note,
        which stays as it is.
        """
        comment = self._get_jira_issue_comment(jira_issue_key, jira_comment_id)
        if comment is None:
            return self._skip(
                Skip.COMMENT_NOT_FOUND,
                f"Jira has no comment {jira_issue_key}/{jira_comment_id} any more.",
            )
        body = getattr(comment, "body", None) or ""
        try:
            subject, values = self._values_of_comment(comment)
        except InvalidJiraValue as error:
            return self._skip(
                Skip.VALUE_REFUSED,
                f"Jira comment {jira_issue_key}/{jira_comment_id}: {error}",
                logging.WARNING,
            )
        is_known = sg_entity.get("subject") and not isinstance(sg_entity, JustCreated)
        if subject is None and is_known and self._is_own(getattr(comment, "author", None)):
            return self._skip(
                Skip.VALUE_REFUSED,
                f"Jira comment {jira_issue_key}/{jira_comment_id} has lost the heading of FPTR "
                f"Note {sg_entity['id']}, which keeps its subject and content.",
                logging.WARNING,
            )
        whole = self._without_shortened(sg_entity, values)
        done = self._write_to_sg(sg_entity, whole) and (
            whole == values or self._is_its_comment(comment, sg_entity)
        )
        return self._sync_comment_files_to_sg(f"{jira_issue_key}/", body, sg_entity) and done

    def _values_of_comment(self, comment: jira.resources.Comment) -> tuple[str | None, Entity]:
        """The subject that a comment tells, if any, and the values of its Note.

        Raises:
            InvalidJiraValue: it cannot be read.
        """
        subject, content, user = self._read_comment(getattr(comment, "body", None) or "")
        user = user or self._person_behind(getattr(comment, "author", None))
        values: Entity = {"subject": subject or NO_SUBJECT, "content": content}
        if user:
            values["user"] = shotgun_values.plain(user)
        return subject, values

    def _read_comment(self, body: str) -> tuple[str | None, str, Entity | None]:
        """As the hook's; an author unknown in FPTR does not cost the rest."""
        try:
            return self._hook.extract_jira_comment_data(body)
        except InvalidJiraValue as error:
            remark = remark_texts.read_comment(body, self._hook.JIRA_COMMENT_REGEX)
            if remark.is_broken or remark.subject is None:
                raise
            self._logger.warning("%s", error)
            return remark.subject, remark.content, None

    # ------------------------------------------------------------------ writing

    def _write_to_sg(self, sg_entity: Entity, values: Entity) -> bool:
        """Writes what differs, in one update. What FPTR refuses does not cost the others.

        Raises:
            ShotgunError: FPTR refuses all of it.
        """
        changed = {
            name: shotgun_values.plain(value)
            for name, value in values.items()
            if name not in sg_entity or not shotgun_values.holds(sg_entity[name], value)
        }
        if not changed:
            return True
        try:
            self._shotgun.update(sg_entity["type"], sg_entity["id"], changed)
            return True
        except ShotgunError:
            if len(changed) == 1:
                raise
        failures: list[ShotgunError] = []
        for name, value in changed.items():
            try:
                self._shotgun.update(sg_entity["type"], sg_entity["id"], {name: value})
            except ShotgunError as error:
                failures.append(error)
                self._skip(Skip.VALUE_REFUSED, f"FPTR refused {name}: {error}", logging.WARNING)
        if len(failures) == len(changed):
            raise failures[0]
        return False


def _with(value: Any, kept: list[Any]) -> Any:
    """A value from labels, and what FPTR has besides that no label can hold."""
    if isinstance(value, list):
        return [*value, *(one for one in kept if one not in value)]
    return value or kept[0]


def _is_nothing(jira_value: Any) -> bool:
    return is_empty(generic_to_fptr.minutes_of(jira_value))
