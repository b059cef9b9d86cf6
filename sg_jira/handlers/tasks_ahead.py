"""Reads what the full syncs of many Tasks need by the page, and makes their Issues together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.handlers.issues_ahead import IssuesAhead
from sg_jira.handlers.retired_tasks import RetiredTasks
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.synced_tasks import SYNCED_TASKS
from sg_jira.readings import Ahead

PROJECT_KEY: Final = f"project.Project.{SHOTGUN_JIRA_ID_FIELD}"
_CREATOR_EMAIL: Final = "created_by.HumanUser.email"


class TasksAhead(RetiredTasks, IssuesAhead):
    """A base of `TaskIssueHandler`, which gives what is only declared here."""

    if TYPE_CHECKING:

        @property
        def _creates_as_shipped(self) -> bool: ...
        def _supported_shotgun_fields_for_shotgun_event(self) -> list[str]: ...

    @property
    def _task_fields(self) -> list[str]:
        """What to read of a Task."""
        return [
            "created_by",
            *([_CREATOR_EMAIL] if self._shotgun.has_real_client else []),
            PROJECT_KEY,
            SHOTGUN_JIRA_ID_FIELD,
            SHOTGUN_SYNC_IN_JIRA_FIELD,
            *self._supported_shotgun_fields_for_shotgun_event(),
        ]

    def _with_email_of_creator(self, sg_task: Entity) -> Entity:
        """The Task; saves asking for its creator when a reporter is needed."""
        creator = sg_task.get("created_by")
        if creator and sg_task.get(_CREATOR_EMAIL):
            sg_task["created_by"] = {**creator, "email": sg_task[_CREATOR_EMAIL]}
        return sg_task

    def _new_issue_of(self, sg_task: Entity) -> dict[str, Any]:
        """What the Issue of a Task is created with."""
        minutes = max(sg_task.get("est_in_mins") or 0, 0)
        return {
            "summary": sg_task["content"],
            "timetracking": {"originalEstimate": f"{minutes} m"},
        }

    def prepare_full_syncs(
        self, entity_type: str, entity_ids: Sequence[int]
    ) -> Iterator[dict[int, Ahead]]:
        """See `SyncHandler.prepare_full_syncs`.

        Costs a read of FPTR for each page of 500 Tasks, and what `_with_issues` tells.
        """
        if not self._takes_pages:
            return
        creating = entity_ids if self._creates_as_shipped else ()
        with self._free_creations(entity_type, creating) as creations:
            tasks = self._shotgun.read_many(entity_type, entity_ids, self._task_fields)
            for part in self._with_issues(tasks.values(), creations):
                for number, ahead in part.items():
                    if ahead.record[SHOTGUN_JIRA_ID_FIELD]:
                        ahead.readings[SYNCED_TASKS] = {number: _key_if_on(ahead.record)}
                yield part

    def _fields_for_bulk(self, sg_entity: Entity) -> dict[str, Any] | None:
        project = self._project_to_sync_with(sg_entity["type"], sg_entity["id"], sg_entity)
        if project is None:
            return None
        task = self._with_email_of_creator({**sg_entity})
        data = self._data_of_new_issue(task, project, **self._new_issue_of(task))
        return self._jira.fields_for_bulk(project, self._issue_type, data)


def _key_if_on(sg_task: Entity) -> str:
    return str(sg_task[SHOTGUN_JIRA_ID_FIELD]) if sg_task[SHOTGUN_SYNC_IN_JIRA_FIELD] else ""
