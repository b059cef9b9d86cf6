"""Which Tasks are synced, and with which Issues."""

from __future__ import annotations

from typing import Final

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.handlers.counterparts import Counterparts
from sg_jira.handlers.sync_handler import Entity
from sg_jira.readings import readings

#: Under which name it is kept which Tasks need not be read.
SYNCED_TASKS: Final = "keys of synced tasks"


class SyncedTasks(Counterparts):
    """A base of the handlers of what is linked to Tasks."""

    def _synced_issue_keys(self, sg_tasks: list[Entity]) -> list[str]:
        """Issue keys of those of the Tasks that are synced, in the order of the Tasks."""
        ids = [task["id"] for task in sg_tasks]
        known = self._keys_of_synced_tasks(ids)
        return [known[task_id] for task_id in ids if known[task_id]]

    def _home_keys(self, sg_tasks: list[Entity], among: str | None = None) -> list[str]:
        """The same of those Issues to which may be written for the Tasks; see `is_home`.

        Parameters:
            sg_tasks: the Tasks.
            among: the only Issue key that matters, if there is one.
        """
        ids = [task["id"] for task in sg_tasks]
        known = self._keys_of_synced_tasks(ids)
        tasks = [
            {"type": "Task", "id": task_id, SHOTGUN_JIRA_ID_FIELD: known[task_id]}
            for task_id in ids
            if known[task_id] and among in (None, known[task_id])
        ]
        return [task[SHOTGUN_JIRA_ID_FIELD] for task in tasks if self.is_home(task)]

    def _keys_of_synced_tasks(self, task_ids: list[int]) -> dict[int, str]:
        """Task id -> Issue key, which is empty when the Task is not synced."""
        known: dict[int, str] = readings().setdefault(SYNCED_TASKS, {})
        missing = [task_id for task_id in dict.fromkeys(task_ids) if task_id not in known]
        if missing:
            found = self._shotgun.find(
                "Task",
                [["id", "in", missing], [SHOTGUN_JIRA_ID_FIELD, "is_not", None]],
                [SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD],
            )
            known.update(dict.fromkeys(missing, ""))
            known.update(
                (task["id"], task[SHOTGUN_JIRA_ID_FIELD] or "")
                for task in found
                if task[SHOTGUN_SYNC_IN_JIRA_FIELD]
            )
        return known
