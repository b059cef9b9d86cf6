"""What becomes of the Issue of a Task that is deleted in FPTR, and of a Task that is back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.handlers.entity_issue_handler import EntityIssueHandler
from sg_jira.handlers.retirement import reasons_for_new_issue
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip


class RetiredTasks(EntityIssueHandler):
    """A base of `TaskIssueHandler`, which gives what is only declared here."""

    if TYPE_CHECKING:

        def _read_task(
            self, entity_type: str, entity_id: int, is_retired: bool = False
        ) -> Entity | None: ...
        def _project_to_sync_with(
            self, entity_type: str, entity_id: int, sg_task: Entity | None
        ) -> jira.resources.Project | None: ...
        def _sync_whole(
            self,
            sg_task: Entity,
            jira_project: jira.resources.Project,
            *for_new_one: Skip,
            prepare: Callable[[jira.resources.Issue], None] | None = None,
        ) -> jira.resources.Issue | None: ...

    def _follow_retirement(self, entity_type: str, entity_id: int, meta: Mapping[str, Any]) -> bool:
        """Does with a deleted Task's Issue what the settings say; syncs a Task that is back.

        Parameters:
            meta: of the event; whether the Task is deleted now is read, as it may be old.
        """
        rule = self._retirement_rule
        sg_task, is_retired = self._as_it_is_now(
            meta, lambda retired: self._read_task(entity_type, entity_id, retired)
        )
        if sg_task is not None and is_retired:
            return self._retire_issue(sg_task, rule)
        jira_project = self._project_to_sync_with(entity_type, entity_id, sg_task)
        if sg_task is None or jira_project is None:
            return False
        status = sg_task.get("sg_status_list") or ""
        comment = f"{entity_type} {entity_id} was brought back in Flow Production Tracking"

        def take_back(issue: jira.resources.Issue) -> None:
            self._take_back(
                issue,
                rule,
                reopen=lambda: self._sync_shotgun_status_to_jira(issue, status, comment),
            )

        reasons = reasons_for_new_issue(rule)
        return self._sync_whole(sg_task, jira_project, *reasons, prepare=take_back) is not None
