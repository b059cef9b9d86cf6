"""Which events the generic handler takes. What the event itself tells is looked at first."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jira.resources

from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    JIRA_SHOTGUN_TYPE_FIELD,
    JIRA_SYNC_IN_FPTR_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions.generic_to_fptr import text_of
from sg_jira.handlers.duplicates import brings_a_key, may_bring_a_key
from sg_jira.handlers.generic.base import PROJECT_KEY, GenericBase
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, REMARKS, TIME_LOG, EntityRule
from sg_jira.handlers.retirement import is_retirement
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.outcomes import Skip
from sg_jira.readings import readings
from sg_jira.shapes import as_mapping

#: Part of the body that an event is about, by the first word of its name -> entity type in FPTR.
_PARTS: Final[Mapping[str, str | None]] = {"issue": None, "comment": NOTE, "worklog": TIME_LOG}
_ISSUE_IN_URL: Final = re.compile(r"/issue/([^/]+)/comment/")


@dataclass(frozen=True)
class JiraEvent:
    """What the body of a webhook is about.

    `part` is `issue`, `comment` or `worklog`; `action` `created`, `updated` or `deleted`.
    """

    part: str
    action: str

    @classmethod
    def of(cls, event: Event) -> JiraEvent:
        """What an accepted event is about."""
        part, _, action = str(event["webhookEvent"]).rpartition(":")[2].partition("_")
        return cls(part, action)

    @property
    def sg_entity(self) -> str | None:
        """The FPTR type of what it is about; `None` for an Issue."""
        return _PARTS[self.part]


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
        if any(is_on(one) and one.get(SHOTGUN_JIRA_ID_FIELD) for one in linked):
            return True
        if meta["attribute_name"] == field:
            before, _ = changed_links(meta)
            if any(is_on(one) for one in self._homes_of_remark(before)):
                return True
        self._await_counterparts(filter(is_on, linked))
        return self._skip(
            Skip.NO_SYNCED_RECORD, f"{subject} is linked to no record that is synced with Jira."
        )

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

    # ------------------------------------------------------------------ Jira events

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> bool:
        """Accepts changes of Issues of a mapped type whose flag is on, their comments and
        worklogs."""
        subject = f"Jira {resource_type} {resource_id}"
        if str(resource_type).lower() != "issue":
            return self._unwanted(subject, f"it is about a {resource_type}")
        if event.get("webhookEvent") not in self._supported_jira_webhook_events():
            return self._unwanted(subject, f"{event.get('webhookEvent')} is not synced")
        about = JiraEvent.of(event)
        part = event.get(about.part)
        if not part or not isinstance(part, Mapping):
            return self._unwanted(subject, f"it carries no {about.part}")
        if about.sg_entity:
            remark = self._mapping.of_entity(about.sg_entity)
            if remark is None:
                return self._unwanted(subject, f"no {about.sg_entity} is mapped")
            if not self._wants_remark_event(remark, about, part):
                return False
        elif not as_mapping(event.get("changelog")):
            return self._unwanted(subject, "it carries no changelog")
        issue_id = self._issue_named(about, event)
        if not issue_id:
            return self._unwanted(subject, "it names no Issue")
        if self._reads_real_jira and self._is_refused_by_body(event):
            return False
        return self._wants_jira_issue(issue_id, about, event)

    def _unwanted(self, subject: str, why: str) -> bool:
        self._logger.debug("The event of %s is not for us: %s.", subject, why)
        return False

    def _wants_remark_event(
        self, rule: EntityRule, about: JiraEvent, part: Mapping[str, Any]
    ) -> bool:
        writer = {"created": "author", "updated": "updateAuthor"}.get(about.action)
        if writer and self._is_own(as_mapping(part.get(str(writer)))):
            return self._skip(Skip.ECHO, f"The {about.part} was written by the bridge itself.")
        if not rule.direction.to_sg:
            return self._skip(
                Skip.OTHER_DIRECTION, f"{rule.sg_entity} is synced from FPTR to Jira only."
            )
        if about.action == "deleted" and not (rule.deletion and rule.deletion.to_sg):
            return self._skip(
                Skip.DELETION_NOT_SYNCED, f"Deleted {about.part}s are not deleted in FPTR."
            )
        return True

    def _issue_named(self, about: JiraEvent, event: Event) -> str | None:
        issue, part = as_mapping(event.get("issue")), event[about.part]
        named: tuple[Any, ...]
        if about.part == "issue":
            named = (issue.get("id"), issue.get("key"))
        else:
            named = (issue.get("key"), issue.get("id"), part.get("issueId"))
        found = next((str(name) for name in named if name), None)
        if found is None and not self._jira.is_jira_cloud:
            # Data Center's events of comments name the Issue in the comment's own URL only.
            url = _ISSUE_IN_URL.search(str(part.get("self") or ""))
            found = url.group(1) if url else None
        return found

    def _is_refused_by_body(self, event: Event) -> bool:
        """Whether the Issue in the body is one that is not synced, so that nobody is asked."""
        fields = as_mapping(as_mapping(event.get("issue")).get("fields"))
        issue_type = as_mapping(fields.get("issuetype")).get("name")
        if issue_type and self._mapping.of_issue_type(issue_type) is None:
            self._skip(
                Skip.ISSUE_TYPE_NOT_MAPPED, f"Issues of the type {issue_type} are not synced."
            )
            return True
        flag = self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD)
        if flag and flag in fields and text_of(fields[flag]) != "True":
            self._skip(Skip.SYNC_OFF, f"{JIRA_SYNC_IN_FPTR_FIELD} of the Issue is not True.")
            return True
        return False

    def _wants_jira_issue(self, issue_id: str, about: JiraEvent, event: Event) -> bool:
        try:
            issue = self._look_at_issue(issue_id)
        except RuntimeError as error:  # it has no project
            return self._skip(Skip.PROJECT_NOT_LINKED, str(error))
        if issue is None:
            return self._skip(Skip.ISSUE_NOT_FOUND, f"Jira has no Issue {issue_id}.")
        rule = self._rule_of_issue(issue)
        if rule is None or rule.issue_type not in self._supported_jira_issue_types_for_jira_event():
            return self._skip(
                Skip.ISSUE_TYPE_NOT_MAPPED, f"Issues of the type of {issue.key} are not synced."
            )
        if about.part == "issue" and not rule.direction.to_sg:
            return self._skip(
                Skip.OTHER_DIRECTION, f"{rule.sg_entity} is synced from FPTR to Jira only."
            )
        if not self._has_jira_flag(issue):
            return False
        sg_project, known = self._sg_project_of(issue, rule)
        if sg_project is None:
            return self._skip(
                Skip.PROJECT_NOT_LINKED,
                f"No FPTR Project has the {SHOTGUN_JIRA_ID_FIELD} {issue.fields.project.key} of "
                f"Jira Issue {issue.key}.",
            )
        if self._reads_real_jira and self._shotgun.has_real_client:
            self._at_hand.keep(event, issue=issue, project=sg_project, **known)
        return True

    def _look_at_issue(self, issue_id: str) -> jira.resources.Issue | None:
        seen = readings()
        if issue_id not in seen or not self._reads_real_jira:
            seen[issue_id] = self.get_jira_issue(issue_id)
        found: jira.resources.Issue | None = seen[issue_id]
        return found

    def _has_jira_flag(self, issue: jira.resources.Issue) -> bool:
        flag = self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD)
        if not flag or not hasattr(issue.fields, flag):
            return self._skip(
                Skip.NOT_ON_SCREEN,
                f"Jira Issue {issue.key} has no field {JIRA_SYNC_IN_FPTR_FIELD}.",
            )
        if text_of(getattr(issue.fields, flag)) != "True":
            return self._skip(
                Skip.SYNC_OFF, f"{JIRA_SYNC_IN_FPTR_FIELD} of Jira Issue {issue.key} is not True."
            )
        return True

    def _sg_project_of(
        self, issue: jira.resources.Issue, rule: EntityRule
    ) -> tuple[Entity | None, dict[str, Any]]:
        """The FPTR project of an Issue; and its record, where one query may bring both."""
        project_key = issue.fields.project.key
        known: dict[str, Any] = {}
        if self._shotgun.has_real_client:
            seen, key = readings(), (rule.sg_entity, issue.key)
            if key not in seen:
                seen[key] = self._find_records(
                    rule.sg_entity, [[SHOTGUN_JIRA_ID_FIELD, "is", issue.key]]
                )
            found: list[Entity] = seen[key]
            record = found[0] if found else None
            if len(found) < 2:
                known = {"record": record}
            if record and record.get("project") and record.get(PROJECT_KEY) == project_key:
                return record["project"], known
        return self._find_sg_project(project_key), known

    def _find_sg_project(self, project_key: str) -> Entity | None:
        found: Entity | None = self._shotgun.find_one(
            "Project", [[SHOTGUN_JIRA_ID_FIELD, "is", project_key]], [SHOTGUN_JIRA_ID_FIELD, "name"]
        )
        return found


_ACTIONS: Final = ("created", "updated", "deleted")


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
