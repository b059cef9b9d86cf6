"""Writes what changed in FPTR to Jira: the order of things, and the fields."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.conversions import jira_equality, moments
from sg_jira.conversions.kinds import CHILDREN_FIELD, SPECIAL_FIELDS
from sg_jira.conversions.merged_changes import merge
from sg_jira.conversions.texts import shorten_part
from sg_jira.errors import TRY_AGAIN, InvalidShotgunValue
from sg_jira.handlers.first_syncs import not_edited_since, still_to_write
from sg_jira.handlers.generic.acceptance import as_list, changed_links, is_on
from sg_jira.handlers.generic.filling import Meta
from sg_jira.handlers.generic.hierarchy import Hierarchy
from sg_jira.handlers.generic.jira_records import Resource
from sg_jira.handlers.generic.linked_remarks import LinkedRemarks
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, REMARKS, TIME_LOG
from sg_jira.handlers.generic.retired_records import RetiredRecords
from sg_jira.handlers.issue_comments import split_key
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.refusals import fields_refused, names_fields
from sg_jira.handlers.retirement import is_retirement
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.outcomes import Skip

#: What clears an estimate; an Issue that never had one is left alone.
_NO_ESTIMATE = {"originalEstimate": "0 m"}


@dataclass
class _Plan:
    """What is to be written to one counterpart. `special` holds (Jira target, FPTR value)."""

    values: dict[str, Any] = field(default_factory=dict)
    special: list[tuple[str, Any]] = field(default_factory=list)
    statuses: list[Any] = field(default_factory=list)
    is_clean: bool = True


class ToJira(LinkedRemarks, RetiredRecords, Hierarchy):
    """FPTR -> Jira. It reads the record, whatever the event says."""

    def process_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> bool:
        """Writes a change of a record to its counterpart, which is created if need be.

        A new counterpart, like the flag being turned on, makes a full sync.
        """
        meta = event["meta"]
        sg_field = meta["attribute_name"]
        read = self._at_hand.take(event)
        is_deletion = is_retirement(meta)
        if is_deletion and entity_type not in REMARKS:
            return self._follow_retirement(entity_type, entity_id, meta, read)
        sg_entity = read.get("record") or self._read_record(
            entity_type, entity_id, retired_only=is_deletion
        )
        if sg_entity is None:
            return self._skip(
                Skip.RECORD_NOT_FOUND, f"FPTR has no {entity_type} {entity_id} (any more)."
            )
        if is_deletion:
            return self._delete_jira_entity(sg_entity)
        jira_entity = None
        if sg_entity.get(SHOTGUN_JIRA_ID_FIELD):
            jira_entity = self._get_jira_entity(sg_entity)
            if jira_entity is None and not self._needs_new_issue():
                return False
        is_link = sg_field == LINK_FIELDS.get(entity_type)
        if jira_entity is not None and is_link and not self._is_kept(sg_entity, meta):
            return self._move(sg_entity, jira_entity, meta, [meta])
        if jira_entity is None:
            return self._create_and_fill(sg_entity, [meta])
        if sg_field == SHOTGUN_SYNC_IN_JIRA_FIELD or self._is_unfilled(sg_entity):
            return self._fill(sg_entity, jira_entity, [meta])
        return self._sync_sg_fields_to_jira(sg_entity, jira_entity, sg_field)

    def process_shotgun_events(
        self, entity_type: str, entity_id: int, events: Sequence[Event]
    ) -> list[bool]:
        """Writes several changes of a record at once.

        Where it is deleted, where something cannot be written, or where a studio has a way of
        its own, each event is processed by itself.
        """
        metas = {meta["attribute_name"]: meta for meta in merge([one["meta"] for one in events])}
        own = not are_shipped(self, ToJira, "process_shotgun_event")
        if len(events) == 1 or any(map(is_retirement, metas.values())) or own:
            return super().process_shotgun_events(entity_type, entity_id, events)
        sg_entity = self._at_hand.take(events[-1]).get("record") or self._read_record(
            entity_type, entity_id
        )
        if sg_entity is not None and self._sync_together(sg_entity, metas):
            return [True] * len(events)
        return super().process_shotgun_events(entity_type, entity_id, events)

    def _sync_together(self, sg_entity: Entity, metas: Mapping[str, Mapping[str, Any]]) -> bool:
        if not sg_entity.get(SHOTGUN_JIRA_ID_FIELD):
            return self._create_and_fill(sg_entity, metas.values())
        jira_entity = self._get_jira_entity(sg_entity)
        if jira_entity is None:
            return False
        links = metas.get(LINK_FIELDS.get(sg_entity["type"], ""))
        if links and not self._is_kept(sg_entity, links):
            return self._move(sg_entity, jira_entity, links, metas.values())
        if SHOTGUN_SYNC_IN_JIRA_FIELD in metas or self._is_unfilled(sg_entity):
            return self._fill(sg_entity, jira_entity, metas.values())
        own = not are_shipped(self, ToJira, "_sync_sg_fields_to_jira")
        if own or sg_entity["type"] == NOTE:
            return self._sync_sg_fields_to_jira(sg_entity, jira_entity)
        return self._write_fields(sg_entity, jira_entity, list(metas), is_whole=False)

    def _move(
        self, sg_entity: Entity, jira_entity: Resource, links: Meta, metas: Iterable[Meta]
    ) -> bool:
        """Deletes the counterpart, and makes one on the Issue it is linked to now, if any."""
        parts = split_key(sg_entity.get(SHOTGUN_JIRA_ID_FIELD))
        if parts and self._reads_real_jira:
            know = self._know_comment if sg_entity["type"] == NOTE else self._know_worklog
            know(parts[0], jira_entity)
        self._delete_jira_entity(sg_entity, update_sg=True)
        if not any(is_on(one) for one in self._homes_of_remark(changed_links(links)[1])):
            return True
        return self._create_and_fill(sg_entity, metas)

    def _is_kept(self, sg_entity: Entity, meta: Mapping[str, Any]) -> bool:
        """Whether the counterpart stays where it is after its record was linked otherwise.

        It goes when its own Issue's record is among those that were unlinked, and is not linked
        (again) now.
        """
        parts = split_key(sg_entity.get(SHOTGUN_JIRA_ID_FIELD))

        issue_key = parts[0] if parts else None

        def is_home(record: Entity) -> bool:
            return is_on(record) and record.get(SHOTGUN_JIRA_ID_FIELD) == issue_key

        left = self._homes_of_remark(changed_links(meta)[0])
        home = {(record["type"], record["id"]) for record in left if is_home(record)}
        if not home:
            return True
        now = sg_entity.get(LINK_FIELDS[sg_entity["type"]])
        links = now if isinstance(now, list) else [now]
        return any(link and (link["type"], link["id"]) in home for link in links)

    # ------------------------------------------------------------------ fields

    def _sync_sg_fields_to_jira(
        self, sg_entity: Entity, jira_entity: Resource, field_name: str | None = None
    ) -> bool:
        """Writes one field of the record to its counterpart, or all of them.

        Everything that can be written is written, in one update; an Issue's Notes and TimeLogs
        follow when all its fields are synced.

        Parameters:
            sg_entity: the record with its present values.
            jira_entity: its Issue, comment or worklog.
            field_name: the FPTR field; all of them when not given.

        Returns:
            Whether there was no error. Watchers, status and hierarchy do not count.
        """
        sg_type = sg_entity["type"]
        every_field = self._supported_shotgun_fields_for_shotgun_event(sg_type)
        fields = [field_name] if field_name else every_field
        needed = every_field if sg_type in REMARKS else fields
        if not sg_entity.keys() >= set(needed):
            sg_entity = (
                self._shotgun.consolidate_entity(sg_entity, fields=self._fields_to_read(sg_type))
                or sg_entity
            )
        if sg_type == NOTE:
            return self._sync_note_to_jira(sg_entity, jira_entity, field_name)
        is_clean = self._write_fields(sg_entity, jira_entity, fields, is_whole=not field_name)
        if field_name is None and sg_type != TIME_LOG and self._may_have_remarks(sg_entity):
            for linked_type in (TIME_LOG, NOTE):
                if self._sync_sg_linked_entities_to_jira(sg_entity, linked_type, jira_entity):
                    is_clean = False
        return is_clean

    def _write_fields(
        self, sg_entity: Entity, jira_entity: Resource, fields: Iterable[str], is_whole: bool
    ) -> bool:
        plan = self._plan(sg_entity, jira_entity, fields)
        changed = {
            name: value
            for name, value in plan.values.items()
            if not _holds(jira_entity, name, value)
        }
        is_repeated = self._is_unfilled(sg_entity)
        if is_repeated or self._is_made_now(sg_entity):
            holder = getattr(jira_entity, "fields", jira_entity)
            given = self._given_at_creation(sg_entity, jira_entity)
            left = still_to_write if is_repeated else not_edited_since
            changed = left(changed, given, lambda name: getattr(holder, name, None))
        for target, value in plan.special:
            self._write_special(target, value, jira_entity, is_whole)
        is_clean = self._update(jira_entity, changed) and plan.is_clean
        for status in plan.statuses:
            self._sync_sg_status_to_jira(status, sg_entity["type"], jira_entity)
        return is_clean

    def _sync_note_to_jira(
        self, sg_note: Entity, comment: jira.resources.Comment, field_name: str | None
    ) -> bool:
        present = getattr(comment, "body", None) or ""
        no_text = (LINK_FIELDS[NOTE], *self._file_fields)
        if field_name not in no_text and not self._is_unfilled(sg_note):
            old_body = present if self._file_fields else ""
            body = self._fitting_body(self._hook.compose_jira_comment_body, sg_note, old_body)
            if present.strip() != body.strip():
                comment.update(body=body)
        if field_name not in (None, *self._file_fields):
            return True
        key = split_key(sg_note.get(SHOTGUN_JIRA_ID_FIELD))
        return key is None or self._copy_files_of_note(sg_note, key[0], comment)

    def _plan(self, sg_entity: Entity, jira_entity: Resource, fields: Iterable[str]) -> _Plan:
        plan = _Plan()
        rule = self._mapping.of_entity(sg_entity["type"])
        if rule is None:
            return plan
        for sg_field in fields:
            sg_value = sg_entity.get(sg_field)
            if rule.status and rule.status.sg_field == sg_field and rule.status.direction.to_jira:
                plan.statuses.append(sg_value)
            if rule.sg_entity == TIME_LOG and sg_field in ("user", "description"):
                self._plan_worklog_comment(plan, sg_entity)
                continue
            for pair in rule.pairs_of_sg(sg_field):
                if not pair.direction.to_jira:
                    continue
                if pair.jira_field == "status":
                    plan.statuses.append(sg_value)
                elif pair.jira_field in SPECIAL_FIELDS:
                    plan.special.append((pair.jira_field, sg_value))
                else:
                    self._plan_value(plan, sg_value, jira_entity, pair.jira_field)
        return plan

    def _plan_worklog_comment(self, plan: _Plan, sg_time_log: Entity) -> None:
        rule = self._mapping.of_entity(TIME_LOG)
        pairs = list(rule.pairs_of_jira("comment")) if rule else []
        if pairs and not any(pair.direction.to_jira for pair in pairs):
            return
        plan.values["comment"] = shorten_part(
            self._hook.compose_jira_worklog_comment, sg_time_log, ["description"]
        )

    def _plan_value(
        self, plan: _Plan, sg_value: Any, jira_entity: Resource, jira_field: str
    ) -> None:
        properties = None
        if not isinstance(jira_entity, jira.resources.Worklog):
            properties = self._jira.get_jira_issue_edit_meta(jira_entity).get(jira_field)
            if not properties:
                plan.is_clean = self._skip(
                    Skip.NOT_ON_SCREEN,
                    f"Jira field {jira_field} of Issue {jira_entity.key} cannot be edited: it is "
                    "not on the edit screen.",
                    logging.WARNING,
                )
                return
        try:
            value = self._convert(sg_value, jira_entity, jira_field, properties)
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001  # a studio's hook may raise anything
            plan.is_clean = self._skip(
                Skip.VALUE_REFUSED, f"Jira field {jira_field}: {error}", logging.WARNING
            )
            if isinstance(error, InvalidShotgunValue) and _is_array(properties):
                plan.values[jira_field] = []  # what FPTR has no more goes all the same
            return
        if value is not None:
            plan.values[jira_field] = value
        elif sg_value:
            plan.is_clean = self._skip(
                Skip.VALUE_REFUSED,
                f"{sg_value!r} has no counterpart in the Jira field {jira_field}.",
                logging.WARNING,
            )
        elif properties is not None and not properties.get("required"):
            # What Jira requires cannot be taken away, nor a worklog's time and day.
            plan.values[jira_field] = None

    def _write_special(
        self, target: str, sg_value: Any, jira_issue: jira.resources.Issue, is_whole: bool
    ) -> None:
        own = not are_shipped(self, ToJira, "_sync_hierarchy_to_jira")
        if target == "watches":
            done = self._sync_sg_watchers_to_jira(sg_value, jira_issue)
        elif target == CHILDREN_FIELD and not (is_whole or own):
            done = self._sync_children(as_list(sg_value), jira_issue, only_others=True)
        else:
            done = self._sync_hierarchy_to_jira(sg_value, jira_issue, target)
        if not done:
            self._logger.warning("%s of Jira Issue %s is not complete.", target, jira_issue.key)

    def _update(self, jira_entity: Resource, values: dict[str, Any]) -> bool:
        """Writes the values in one update. What Jira refuses does not cost the others."""
        if not values:
            return True
        try:
            self._write(jira_entity, values)
            return True
        except JIRAError as error:
            if error.status_code != 400:
                raise
            if len(values) > 1 and not names_fields(error, values):
                # Nobody tells which one it is.
                done = [self._update(jira_entity, {name: values[name]}) for name in values]
                return all(done)
            refused = fields_refused(error, values)
            self._skip(
                Skip.VALUE_REFUSED,
                f"Jira refused {', '.join(sorted(refused))} of {jira_entity}: {error.text}",
                logging.WARNING,
            )
        self._update(jira_entity, {k: v for k, v in values.items() if k not in refused})
        return False


def _is_array(properties: Mapping[str, Any] | None) -> bool:
    """Whether a Jira field holds several values, and may hold none."""
    properties = properties or {}
    return (properties.get("schema") or {}).get("type") == "array" and not properties.get(
        "required"
    )


def _holds(jira_entity: Resource, name: str, value: Any) -> bool:
    """Whether a field of the counterpart already means the value that would be sent to it."""
    if not isinstance(jira_entity, jira.resources.Worklog):
        if jira_equality.holds(jira_entity, name, value):
            return True
        present = getattr(jira_entity.fields, name, None)
        if value == _NO_ESTIMATE and not getattr(present, "originalEstimate", None):
            return True
    else:
        present = getattr(jira_entity, name, None)
        if isinstance(present, str) and isinstance(value, str) and present.strip() == value.strip():
            return True
    if present == value:
        return True
    if not isinstance(value, str) or len(value) <= len("YYYY-MM-DD"):
        return False
    moment = moments.parse_moment(value)
    return moment is not None and moment == moments.parse_moment(present)
