"""Creates Issues with all that FPTR has for their create screen."""

from __future__ import annotations

from typing import Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import JIRA_SYNC_IN_FPTR_FIELD, SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions.kinds import SPECIAL_FIELDS
from sg_jira.conversions.texts import one_line, shorten
from sg_jira.errors import TRY_AGAIN
from sg_jira.handlers.generic.acceptance import as_list, is_on
from sg_jira.handlers.generic.base import GenericBase
from sg_jira.handlers.generic.mapping import EntityRule
from sg_jira.handlers.refusals import fields_refused
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip


class NewIssues(GenericBase):
    """An Issue of the mapped type for a record."""

    def _create_jira_issue(
        self, sg_entity: Entity, jira_project: jira.resources.Project
    ) -> tuple[jira.resources.Issue | None, str | None]:
        """Creates the Issue of a record, with all mapped values that its create screen takes.

        Raises:
            ValueError: Jira requires a field for which FPTR has nothing.
        """
        rule = self._mapping.of_entity(sg_entity["type"])
        if rule is None or rule.issue_type is None:
            self._skip(Skip.ISSUE_TYPE_NOT_MAPPED, f"{sg_entity['type']} has no issue type.")
            return None, None
        data = self._issue_data(sg_entity, jira_project, rule)
        mapped = self._mapped_values(sg_entity, jira_project, rule)
        try:
            issue = self._jira.create_issue_from_data(
                jira_project, rule.issue_type, {**data, **mapped}
            )
        except JIRAError as error:
            refused = fields_refused(error, mapped)
            if error.status_code != 400 or not mapped:
                raise
            self._logger.warning("Jira refused %s of a new Issue: %s", refused, error.text)
            kept = {name: value for name, value in mapped.items() if name not in refused}
            issue = self._jira.create_issue_from_data(
                jira_project, rule.issue_type, {**data, **kept}
            )
        return issue, issue.key

    def _issue_data(
        self, sg_entity: Entity, jira_project: jira.resources.Project, rule: EntityRule
    ) -> dict[str, Any]:
        name_field = self._shotgun.get_entity_name_field(sg_entity["type"])
        summary_field = next((p.sg_field for p in rule.pairs_of_jira("summary")), name_field)
        summary = sg_entity.get(summary_field) or sg_entity.get(name_field) or ""
        flag = self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD)
        return {
            "project": jira_project.raw,
            "summary": shorten(one_line(str(summary))),
            "description": "",
            self._jira.jira_shotgun_id_field: str(sg_entity["id"]),
            self._jira.jira_shotgun_type_field: sg_entity["type"],
            self._jira.jira_shotgun_url_field: self._shotgun.get_entity_page_url(sg_entity),
            "reporter": self._reporter(sg_entity, jira_project),
            **({flag: {"value": str(rule.direction.to_sg)}} if flag else {}),
        }

    def _mapped_values(
        self, sg_entity: Entity, jira_project: jira.resources.Project, rule: EntityRule
    ) -> dict[str, Any]:
        """Values for the create screen. What cannot be converted is reported by the full sync."""
        screen = self._jira.get_project_issue_type_fields(jira_project, str(rule.issue_type))
        draft = _draft(jira_project, str(rule.issue_type))
        values: dict[str, Any] = {}
        for pair in rule.pairs:
            sg_value = sg_entity.get(pair.sg_field)
            field = pair.jira_field
            if (
                not pair.direction.to_jira
                or field in (*SPECIAL_FIELDS, "status", "summary")
                or field not in screen
                or sg_value in (None, "", [])
            ):
                continue
            try:
                value = self._convert(sg_value, draft, field, screen[field])
            except TRY_AGAIN:
                raise
            except Exception as error:  # noqa: BLE001  # a studio's hook may raise anything
                self._logger.debug("Jira field %s is left for later: %s", field, error)
                continue
            if value not in (None, "", []):
                values[field] = value
        if "parent" in screen:
            values |= self._parent_at_creation(sg_entity, rule)
        return values

    def _parent_at_creation(self, sg_entity: Entity, rule: EntityRule) -> dict[str, Any]:
        """The parent, which a sub-task has to have from the beginning."""
        for pair in rule.pairs_of_jira("parent"):
            links = as_list(sg_entity.get(pair.sg_field)) if pair.direction.to_jira else []
            mapped = [link for link in links if self._mapping.of_entity(link.get("type"))]
            records = self._with_key_and_flag(mapped)
            for record in records:
                if record.get(SHOTGUN_JIRA_ID_FIELD):
                    return {"parent": {"key": record[SHOTGUN_JIRA_ID_FIELD]}}
            self._await_counterparts(filter(is_on, records))
        return {}

    def _convert(self, sg_value: Any, jira_entity: Any, field: str, properties: Any) -> Any:
        convert = (
            self._hook.get_jira_value_from_sg_list
            if isinstance(sg_value, list)
            else self._hook.get_jira_value_from_sg_value
        )
        return convert(sg_value, jira_entity, field, properties)


def _draft(jira_project: jira.resources.Project, issue_type: str) -> jira.resources.Issue:
    """An Issue that does not exist yet: it has neither key nor id."""
    fields = {"project": jira_project.raw, "issuetype": {"name": issue_type}}
    return jira.resources.Issue({}, None, {"key": None, "id": None, "fields": fields})  # type: ignore[arg-type]
