"""Reads what the full syncs of many Tasks need by the page, and makes their Issues together.

The rest of each Task goes its ordinary way, which finds everything read, and an Issue whose first
sync is still to come. What cannot be done together is left to that way: Issues that Jira refused,
Tasks whose Issue may exist already, and all of them where a studio creates Issues in its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import jira.resources

from sg_jira import jira_bulk
from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.handlers.issue_creation import link_values
from sg_jira.handlers.retired_tasks import RetiredTasks
from sg_jira.handlers.sync_handler import Entity
from sg_jira.jira_issues import LazyIssue
from sg_jira.links import Creation
from sg_jira.readings import Ahead

PROJECT_KEY: Final = f"project.Project.{SHOTGUN_JIRA_ID_FIELD}"
_CREATOR_EMAIL: Final = "created_by.HumanUser.email"


class TasksAhead(RetiredTasks):
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

        Costs a read of FPTR for each page of 500 Tasks, and for each 50 of them a read of Jira,
        and two writes where they have no Issues.
        """
        if not (self._shotgun.has_real_client and self._jira.takes_pages):
            return
        names = {f"{entity_type}:{number}": number for number in entity_ids}
        with self._bridge.links.creating_free(names if self._creates_as_shipped else ()) as free:
            # Not before they are held: nobody else gives them an Issue from now on.
            tasks = self._shotgun.read_many(entity_type, entity_ids, self._task_fields)
            creations = {names[creation.subject]: creation for creation in free}
            for chunk in _chunks(tasks.values()):
                ahead = {task["id"]: Ahead(task) for task in chunk}
                for task, issue in self._issues_of(chunk, creations):
                    ahead[task["id"]].readings["issue", task[SHOTGUN_JIRA_ID_FIELD]] = issue
                yield ahead

    def _issues_of(
        self, sg_tasks: Collection[Entity], creations: Mapping[int, Creation]
    ) -> Iterator[tuple[Entity, LazyIssue]]:
        """Tasks with their Issues, which are created where that can be done together."""
        keys: dict[str, Entity] = {}
        for task in filter(_has_key, sg_tasks):
            keys.setdefault(task[SHOTGUN_JIRA_ID_FIELD], task)  # a copy reads it once more
        new = [task for task in sg_tasks if not _has_key(task) and task["id"] in creations]
        made = self._create_issues(new, creations)
        found = jira_bulk.read_many(
            self._jira, [*keys, *(issue.key for issue in made)], [issue.id for issue in made]
        )
        by_name = {self._record_named_by(issue): issue for issue in found}
        named = [
            (task, creations[task["id"]], by_name[task["type"], task["id"]])
            for task in new
            if creations[task["id"]].made and (task["type"], task["id"]) in by_name
        ]
        self._write_keys(named)
        yield from ((task, issue) for task, _, issue in named)
        yield from ((keys[issue.key], issue) for issue in found if issue.key in keys)

    def _create_issues(
        self, sg_tasks: Sequence[Entity], creations: Mapping[int, Creation]
    ) -> list[jira.resources.Issue]:
        """Creates Issues by one call, of whatever projects."""
        wanted = []
        for sg_task in sg_tasks:
            project = self._project_to_sync_with(sg_task["type"], sg_task["id"], sg_task)
            fields = None if project is None else self._fields_of_new_issue(sg_task, project)
            if fields is not None:
                wanted.append((creations[sg_task["id"]], fields))
        return _created(self._jira, wanted) if wanted else []

    def _fields_of_new_issue(
        self, sg_task: Entity, jira_project: jira.resources.Project
    ) -> dict[str, Any] | None:
        task = self._with_email_of_creator({**sg_task})
        data = self._data_of_new_issue(task, jira_project, **self._new_issue_of(task))
        return self._jira.fields_for_bulk(jira_project, self._issue_type, data)

    def _write_keys(self, named: Sequence[tuple[Entity, Creation, LazyIssue]]) -> None:
        """Writes the keys of new Issues to their Tasks, by one call.

        Which Issue is whose has been told by the Issues themselves.
        """
        if not named:
            return
        self._bridge.links.leave_unfilled(creation.subject for _, creation, _ in named)
        for _, creation, issue in named:
            creation.made = issue.key
        self._shotgun.batch(
            [
                {
                    "request_type": "update",
                    "entity_type": sg_task["type"],
                    "entity_id": sg_task["id"],
                    "data": link_values(issue),
                }
                for sg_task, _, issue in named
            ]
        )
        for sg_task, creation, issue in named:
            creation.finished = True
            sg_task[SHOTGUN_JIRA_ID_FIELD] = issue.key


def _has_key(sg_task: Entity) -> bool:
    return bool(sg_task[SHOTGUN_JIRA_ID_FIELD])


def _chunks(sg_tasks: Iterable[Entity]) -> Iterator[list[Entity]]:
    """As many as a call takes; those with Issues first, who need not wait for the others'."""
    for _, alike in groupby(sorted(sg_tasks, key=_has_key, reverse=True), _has_key):
        while chunk := list(islice(alike, jira_bulk.MOST_CREATED)):
            yield chunk


def _created(
    session: Any, wanted: Sequence[tuple[Creation, Mapping[str, Any]]]
) -> list[jira.resources.Issue]:
    """The new Issues. Each of them may exist if there was no answer, and the creations say so."""
    with ExitStack() as stack:
        for creation, _ in wanted:
            stack.enter_context(creation.asking())
        answers = jira_bulk.create_many(session, [fields for _, fields in wanted])
    for (creation, _), issue in zip(wanted, answers, strict=True):
        if issue is None:
            creation.attempted = False
        else:
            creation.made = issue.key
    return [issue for issue in answers if issue is not None]
