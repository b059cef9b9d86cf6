"""Gives counterparts all values: new ones, and those whose first sync was cut short."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sg_jira.handlers.first_syncs import tells_new_record
from sg_jira.handlers.generic.base import PROJECT_KEY
from sg_jira.handlers.generic.jira_records import JiraRecords, Resource
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip
from sg_jira.readings import readings

Meta = Mapping[str, Any]

_GIVEN_TO_WORKLOGS: Final = ("timeSpentSeconds", "started")


class Filling(JiraRecords):
    """A first sync is on disk until it has ended well, so that the next event can repeat it."""

    if TYPE_CHECKING:  # given by other parts

        def _sync_sg_fields_to_jira(
            self, sg_entity: Entity, jira_entity: Resource, field_name: str | None = None
        ) -> bool: ...

    def _create_and_fill(self, sg_entity: Entity, metas: Iterable[Meta] = ()) -> bool:
        """Creates the counterpart and writes all values to it."""
        project_key = sg_entity.get(PROJECT_KEY)
        jira_project = self.get_jira_project(project_key) if project_key else None
        if jira_project is None:
            return self._skip(
                Skip.JIRA_PROJECT_NOT_FOUND, f"There is no Jira project {project_key}."
            )
        return self._sync_whole(
            sg_entity, lambda: self._create_jira_entity(sg_entity, jira_project), metas
        )

    def _may_have_remarks(self, sg_entity: Entity) -> bool:
        """Whether Notes and TimeLogs can be linked to a record.

        One that is synced because it was created has none yet. Each that follows has events of its
        own, which wait until the record has its Issue. FPTR's own webhooks tell of records of
        different types by different ways: there the remark's event may have come before.
        """
        return not readings().get(_is_new(sg_entity))

    def _fill(self, sg_entity: Entity, jira_entity: Resource, metas: Iterable[Meta] = ()) -> bool:
        """Writes all values to a counterpart that exists."""
        return self._sync_whole(sg_entity, lambda: jira_entity, metas)

    def _sync_whole(
        self, sg_entity: Entity, counterpart: Callable[[], Resource | None], metas: Iterable[Meta]
    ) -> bool:
        """Writes all values.

        Parameters:
            metas: the changes at hand. A repeated first sync spares what may have been edited
                since, so that these follow it.
        """
        is_repeated = self._is_unfilled(sg_entity)
        metas = list(metas)
        readings()[_is_new(sg_entity)] = bool(metas) and all(map(tells_new_record, metas))
        with self._filling(sg_entity):
            jira_entity = counterpart()
            if jira_entity is None:
                return False
            is_clean = self._sync_sg_fields_to_jira(sg_entity, jira_entity)
            is_clean = self._sync_replies_to_jira([sg_entity]) and is_clean
        edited = [meta["attribute_name"] for meta in metas if not meta.get("in_create")]
        known = self._supported_shotgun_fields_for_shotgun_event(sg_entity["type"])
        done = [
            self._sync_sg_fields_to_jira(sg_entity, jira_entity, sg_field)
            for sg_field in edited
            if is_repeated and sg_field in known
        ]
        return is_clean and all(done)

    def _given_at_creation(self, sg_entity: Entity, jira_entity: Resource) -> Collection[str]:
        """The fields that a counterpart may have been created with."""
        rule = self._mapping.of_entity(sg_entity["type"])
        if rule is None or rule.issue_type is None:
            return _GIVEN_TO_WORKLOGS
        return self._jira.get_project_issue_type_fields(jira_entity.fields.project, rule.issue_type)


def _is_new(sg_entity: Entity) -> tuple[str, Any, Any]:
    return "record is new", sg_entity["type"], sg_entity["id"]
