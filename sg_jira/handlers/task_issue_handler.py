"""Syncs FPTR Tasks with Jira Issues."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

import jira.resources

from sg_jira.constants import (
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_JIRA_URL_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
    TASK_FIELDS_MAPPING,
    TASK_ISSUE_FIELDS_MAPPING,
    TASK_ISSUE_STATUS_MAPPING,
)
from sg_jira.conversions.merged_changes import merge
from sg_jira.conversions.present_changes import with_present_values
from sg_jira.conversions.texts import one_line
from sg_jira.errors import InvalidShotgunValue
from sg_jira.handlers.duplicates import brings_a_key, may_bring_a_key
from sg_jira.handlers.first_syncs import is_covered
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.retirement import is_retirement
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.handlers.tasks_ahead import PROJECT_KEY, TasksAhead
from sg_jira.outcomes import Skip
from sg_jira.shapes import is_empty


class TaskIssueHandler(TasksAhead):
    """One FPTR Task is one Jira Issue.

    Studios edit the mappings in `sg_jira.constants` in place, or override the members here.
    """

    @property
    def _sg_jira_status_mapping(self) -> dict[str, str]:
        return TASK_ISSUE_STATUS_MAPPING

    @property
    def _supported_shotgun_fields_for_jira_event(self) -> list[str]:
        return [field for field in TASK_ISSUE_FIELDS_MAPPING.values() if field]

    def _supported_shotgun_fields_for_shotgun_event(self) -> list[str]:
        """FPTR Task fields whose changes go to Jira."""
        return list(TASK_FIELDS_MAPPING)

    def _get_jira_issue_field_for_shotgun_field(
        self, shotgun_entity_type: str, shotgun_field: str
    ) -> str | None:
        if shotgun_entity_type != "Task":
            return None
        return TASK_FIELDS_MAPPING.get(shotgun_field)

    def _get_shotgun_entity_field_for_issue_field(self, jira_field_id: str) -> str | None:
        return TASK_ISSUE_FIELDS_MAPPING.get(jira_field_id)

    def setup(self) -> None:
        """Checks the fields of FPTR Tasks.

        Raises:
            RuntimeError: one is missing or of another type.
        """
        self._shotgun.assert_field("Task", SHOTGUN_JIRA_ID_FIELD, "text", check_unique=True)
        self._shotgun.assert_field("Task", SHOTGUN_SYNC_IN_JIRA_FIELD, "checkbox")
        self._shotgun.assert_field("Task", SHOTGUN_JIRA_URL_FIELD, "url")

    def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> Any:
        """Accepts changes of a Task's mapped fields; decided from the event alone.

        So are a creation that brings a key along, as copies do, and, where the settings say what
        becomes of its Issue, a deletion.
        """
        meta = event["meta"]
        if entity_type != "Task":
            return False
        if is_retirement(meta):
            return self._wants_retirement(self._retirement_rule, f"Task {entity_id}")
        return meta[
            "attribute_name"
        ] in self._supported_shotgun_fields_for_shotgun_event() or brings_a_key(meta)

    def process_shotgun_event(self, entity_type: str, entity_id: int, event: Event) -> Any:
        """Writes the change to the Task's Issue, which is created if it does not exist yet.

        A new Issue, like the flag being turned on, makes a full sync.
        """
        meta = event["meta"]
        if is_retirement(meta):
            return self._follow_retirement(entity_type, entity_id, meta)
        opened = self._open_issue(entity_type, entity_id, [meta])
        if opened is None:
            return False
        sg_task, issue, jira_project, left = opened
        return all(self._sync_change_to_jira(sg_task, issue, jira_project, one) for one in left)

    def process_shotgun_events(
        self, entity_type: str, entity_id: int, events: Sequence[Event]
    ) -> list[Any]:
        """Writes what several changes come to: one read of the Task, one update of its Issue.

        A subclass with a way of its own for a single change is given one change at a time.
        """
        if not are_shipped(self, TaskIssueHandler, *_SINGULAR):
            return super().process_shotgun_events(entity_type, entity_id, events)
        retired = list(takewhile(lambda event: is_retirement(event["meta"]), events))
        if retired:  # only how it is now matters
            verdict = self.process_shotgun_event(entity_type, entity_id, retired[-1])
            return [verdict] * len(retired)
        events = list(takewhile(lambda event: not is_retirement(event["meta"]), events))
        metas = merge([event["meta"] for event in events])
        opened = self._open_issue(entity_type, entity_id, metas)
        if opened is None:
            return [False] * len(events)
        sg_task, issue, jira_project, left = opened
        verdicts = self._sync_changes_to_jira(sg_task, issue, jira_project, left)
        return [verdicts.get(event["meta"]["attribute_name"], True) for event in events]

    def _open_issue(
        self, entity_type: str, entity_id: int, metas: Sequence[Mapping[str, Any]]
    ) -> (
        tuple[Entity, jira.resources.Issue, jira.resources.Project, list[Mapping[str, Any]]] | None
    ):
        """The Task, its Issue, the Jira project, and the changes that are still to be written.

        The Issue is created, and the Task synced as a whole, where that is needed. `None`, with
        a reason noted, when there is nothing to be done.
        """
        if all(map(_is_part_of_a_creation, metas)) and self._is_made_lately(entity_type, entity_id):
            self._skip_part_of_a_creation(entity_type, entity_id)
            return None
        sg_task = self._read_task(entity_type, entity_id)
        jira_project = self._project_to_sync_with(entity_type, entity_id, sg_task)
        if sg_task is None or jira_project is None:
            return None
        if self._shotgun.has_real_client:
            fields = self._supported_shotgun_fields_for_shotgun_event()
            metas = with_present_values(metas, sg_task, fields)
        key = sg_task[SHOTGUN_JIRA_ID_FIELD]
        is_repeated = self._is_unfilled(sg_task)
        is_whole = not key or is_repeated
        left = [meta for meta in metas if is_whole or not _is_part_of_a_creation(meta)]
        if not left:
            self._skip_part_of_a_creation(entity_type, entity_id)
            return None
        changes = [meta for meta in left if meta["attribute_name"] != SHOTGUN_SYNC_IN_JIRA_FIELD]
        is_whole = is_whole or len(changes) < len(left)
        issue = None if is_whole else self._get_jira_issue_and_validate(key, sg_task)
        if is_whole or (issue is None and self._needs_new_issue()):
            issue = self._sync_whole(sg_task, jira_project)
            changes = [meta for meta in changes if not is_covered(sg_task, meta, is_repeated)]
        return None if issue is None else (sg_task, issue, jira_project, changes)

    def _sync_whole(
        self,
        sg_task: Entity,
        jira_project: jira.resources.Project,
        *for_new_one: Skip,
        prepare: Callable[[jira.resources.Issue], None] | None = None,
    ) -> jira.resources.Issue | None:
        """Syncs all of a Task; its Issue, which is created if it does not exist yet.

        Parameters:
            for_new_one: reasons for which a key that leads nowhere is replaced by that of a new
                Issue, besides those that the settings give.
            prepare: called with the Issue, unless it is new, before anything is written to it.
        """
        with self._filling(sg_task):
            found = self._issue_of(sg_task, jira_project, *for_new_one)
            if found is None:
                return None
            issue, is_new = found
            if prepare is not None and not is_new:
                prepare(issue)
            is_repeated = self._is_unfilled(sg_task)
            if is_new or is_repeated:
                self._complete_link_fields(sg_task, issue)
            left_alone = _left_alone(sg_task) if is_repeated else []
            if is_new and not is_repeated and self._shotgun.has_real_client:
                left_alone = _edited_since_creation(sg_task, issue)
            if left_alone:
                self._sync_shotgun_fields_to_jira(sg_task, issue, left_alone)
            else:
                self._sync_shotgun_fields_to_jira(sg_task, issue)
            return issue

    def _issue_of(
        self, sg_task: Entity, jira_project: jira.resources.Project, *for_new_one: Skip
    ) -> tuple[jira.resources.Issue, bool] | None:
        """The Task's Issue, and whether it was created just now; `None` with a reason noted."""
        key = sg_task[SHOTGUN_JIRA_ID_FIELD]
        issue = self._get_jira_issue_and_validate(key, sg_task) if key else None
        if issue is not None:
            return issue, False
        if key and not self._needs_new_issue(*for_new_one):
            return None
        issue = self._create_issue(sg_task, jira_project)
        return None if issue is None else (issue, True)

    def _read_task(
        self, entity_type: str, entity_id: int, is_retired: bool = False
    ) -> Entity | None:
        sg_task = self._shotgun.consolidate_entity(
            {"type": entity_type, "id": entity_id},
            fields=self._task_fields,
            retired_only=is_retired,
        )
        self._tell_key(sg_task)
        return sg_task and self._with_email_of_creator(sg_task)

    def _project_to_sync_with(
        self, entity_type: str, entity_id: int, sg_task: Entity | None
    ) -> jira.resources.Project | None:
        """The Jira project of a Task that is to be synced; `None`, with a reason, otherwise."""
        task = f"{entity_type} {entity_id}"
        if sg_task is None:
            self._skip(Skip.RECORD_NOT_FOUND, f"FPTR has no {task} (any more).", logging.WARNING)
            return None
        if not sg_task[SHOTGUN_SYNC_IN_JIRA_FIELD]:
            self._skip(Skip.SYNC_OFF, f"{SHOTGUN_SYNC_IN_JIRA_FIELD} of {task} is off.")
            return None
        project_key = sg_task[PROJECT_KEY]
        if not project_key:
            self._skip(
                Skip.PROJECT_NOT_LINKED,
                f"The FPTR Project of {task} has no {SHOTGUN_JIRA_ID_FIELD}, so it belongs to no "
                "Jira project.",
            )
            return None
        jira_project = self.get_jira_project(project_key)
        if jira_project is None:
            self._skip(
                Skip.JIRA_PROJECT_NOT_FOUND,
                f"There is no Jira project {project_key}, or the bridge's account cannot see it; "
                f"{task} belongs to it.",
                logging.WARNING,
            )
        return jira_project

    def _create_issue(
        self, sg_task: Entity, jira_project: jira.resources.Project
    ) -> jira.resources.Issue | None:
        return self._create_linked_issue(
            sg_task,
            jira_project,
            lambda: self._create_jira_issue_for_entity(
                sg_task, jira_project, self._issue_type, **self._new_issue_of(sg_task)
            ),
        )

    @property
    def _creates_as_shipped(self) -> bool:
        """Whether no subclass has a way of its own from a full sync to the Task's new Issue."""
        return are_shipped(self, TaskIssueHandler, *_CREATING)

    def _sync_change_to_jira(
        self,
        sg_task: Entity,
        jira_issue: jira.resources.Issue,
        jira_project: jira.resources.Project,
        meta: Mapping[str, Any],
    ) -> bool:
        verdicts = self._sync_changes_to_jira(sg_task, jira_issue, jira_project, [meta])
        return verdicts[meta["attribute_name"]]

    def _sync_changes_to_jira(
        self,
        sg_task: Entity,
        jira_issue: jira.resources.Issue,
        jira_project: jira.resources.Project,
        metas: Sequence[Mapping[str, Any]],
    ) -> dict[str, bool]:
        """Writes changes of different fields, values in one update.

        Returns:
            FPTR field -> whether its change was written.
        """
        values: dict[str, Any] = {}
        verdicts: dict[str, bool] = {}
        others = []
        for meta in metas:
            sg_field = meta["attribute_name"]
            try:
                jira_field, value = self._get_jira_issue_field_sync_value(
                    jira_project,
                    jira_issue,
                    sg_task["type"],
                    sg_field,
                    meta.get("added"),
                    meta.get("removed"),
                    meta.get("new_value"),
                )
            except InvalidShotgunValue as error:
                verdicts[sg_field] = self._skip(Skip.VALUE_REFUSED, str(error), logging.WARNING)
                continue
            if not jira_field:
                others.append(meta)
                continue
            if jira_field in values:  # two FPTR fields share it: the later one builds on the first
                self._update_jira_issue(jira_issue, values)
                values = {}
            values[jira_field] = value
            verdicts[sg_field] = True
        if values:
            self._update_jira_issue(jira_issue, values)
        for meta in others:
            verdicts[meta["attribute_name"]] = self._sync_special_change(sg_task, jira_issue, meta)
        return verdicts

    def _sync_special_change(
        self, sg_task: Entity, jira_issue: jira.resources.Issue, meta: Mapping[str, Any]
    ) -> bool:
        """Writes the change of a field that is no plain value in Jira."""
        sg_field = meta["attribute_name"]
        if sg_field == "sg_status_list":
            status = meta.get("new_value") or ""
            return self._sync_shotgun_status_to_jira(
                jira_issue,
                status,
                f"Updated from Shotgun Task ({sg_task['id']}) moving to {status}",
            )
        if sg_field == "addressings_cc":
            self._sync_shotgun_cced_changes_to_jira(
                jira_issue, meta.get("added") or [], meta.get("removed") or []
            )
            return True
        return self._skip(
            Skip.NOTHING_TO_WRITE,
            f"The change of {sg_field} of {sg_task['type']} {sg_task['id']} has no place in Jira.",
        )

    def _sync_shotgun_fields_to_jira(
        self,
        sg_entity: Entity,
        jira_issue: jira.resources.Issue,
        exclude_shotgun_fields: Iterable[str] | None = None,
    ) -> None:
        """Full sync: writes all mapped values of the Task to its Issue.

        Parameters:
            sg_entity: the Task with its present values.
            jira_issue: its Issue.
            exclude_shotgun_fields: FPTR fields to leave alone.
        """
        excluded = set(exclude_shotgun_fields or ())
        jira_project = jira_issue.get_field("project")
        values: dict[str, Any] = {}
        for sg_field, jira_field in TASK_FIELDS_MAPPING.items():
            if jira_field is None or sg_field in excluded:
                continue
            value = sg_entity.get(sg_field)
            change = (
                {"added": value, "removed": []} if isinstance(value, list) else {"new_value": value}
            )
            try:
                field_id, jira_value = self._get_jira_issue_field_sync_value(
                    jira_project, jira_issue, sg_entity["type"], sg_field, **change
                )
            except InvalidShotgunValue as error:
                self._logger.warning("%s", error)
                continue
            if field_id:
                values[field_id] = jira_value
        self._update_what_jira_takes(jira_issue, values)
        status = sg_entity.get("sg_status_list")
        if status and "sg_status_list" not in excluded:
            self._sync_shotgun_status_to_jira(
                jira_issue,
                status,
                f"Updated from Shotgun Task({sg_entity['id']}) moving to {status}",
            )
        watching = sg_entity.get("addressings_cc")
        if watching and "addressings_cc" not in excluded:
            self._sync_shotgun_cced_changes_to_jira(jira_issue, watching, [])


def _edited_since_creation(sg_task: Entity, issue: jira.resources.Issue) -> list[str]:
    """The fields whose values an Issue was made with, but has no more: somebody, or a rule of Jira,
    was quick."""
    fields = issue.fields
    title, text = one_line(sg_task["content"] or ""), getattr(fields, "description", None)
    is_title_edited = fields.summary != title
    is_text_edited = text and is_empty(sg_task.get("sg_description"))
    edited = {"content": is_title_edited, "sg_description": is_text_edited}
    return [field for field, is_edited in edited.items() if is_edited]


def _is_part_of_a_creation(meta: Mapping[str, Any]) -> bool:
    return bool(meta.get("in_create")) and not may_bring_a_key(meta)


def _left_alone(sg_task: Entity) -> list[str]:
    """The fields that a repeated first sync does not write, as `first_syncs` tells."""
    empty = [field for field in TASK_FIELDS_MAPPING if is_empty(sg_task.get(field))]
    return [*_GIVEN_AT_CREATION, *empty]


#: FPTR fields whose values Issues are created with.
_GIVEN_AT_CREATION: Final = ("content", "est_in_mins")


#: What a subclass may override to handle a single change in its own way.
_SINGULAR: Final = ("process_shotgun_event", "_sync_change_to_jira")
#: What a subclass may override to decide itself whether, and how, a Task gets an Issue.
_CREATING: Final = (
    "process_shotgun_event",
    "_create_jira_issue_for_entity",
    "_get_jira_issue_and_validate",
)
