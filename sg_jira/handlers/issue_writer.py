"""Writes FPTR records to Jira Issues: creation, field values, status."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.conversions import jira_equality, to_jira
from sg_jira.conversions.texts import one_line
from sg_jira.errors import InvalidShotgunValue
from sg_jira.handlers.issue_people import IssuePeople
from sg_jira.handlers.refusals import fields_refused
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip

_WATCHERS = "watches"


class IssueWriter(IssuePeople):
    """What handlers do to the Issue of a record; the base of `EntityIssueHandler`."""

    def _get_jira_issue_field_for_shotgun_field(
        self, shotgun_entity_type: str, shotgun_field: str
    ) -> str | None:
        """The id of the Jira field for an FPTR field, or `None`."""
        raise NotImplementedError(self._lacks("_get_jira_issue_field_for_shotgun_field"))

    def _get_jira_issue_and_validate(
        self, jira_issue_key: str, shotgun_entity: Entity
    ) -> jira.resources.Issue | None:
        """The Issue, when it exists and names this very record; else `None` with a warning.

        A deleted Issue is not created again: clear the record's key field to get a new one.
        """
        return self._issue_naming(jira_issue_key, shotgun_entity)

    def _create_jira_issue_for_entity(
        self,
        sg_entity: Entity,
        jira_project: jira.resources.Project,
        issue_type: str,
        summary: str,
        description: str | None = None,
        **properties: Any,
    ) -> jira.resources.Issue:
        """Creates the Issue of a record.

        Parameters:
            sg_entity: the record, with `created_by` where its creator is to be the reporter.
            jira_project: where to create it.
            issue_type: name of the issue type.
            summary: newlines are removed.
            description: empty when not given.
            properties: further Jira fields by id.

        Raises:
            ValueError: Jira requires a field that is not given.
        """
        data = self._data_of_new_issue(
            sg_entity, jira_project, summary=summary, description=description, **properties
        )
        return self._jira.create_issue_from_data(jira_project, issue_type, data)

    def _data_of_new_issue(
        self,
        sg_entity: Entity,
        jira_project: jira.resources.Project,
        summary: str,
        description: str | None = None,
        **properties: Any,
    ) -> dict[str, Any]:
        """Values for the new Issue of a record; see `_create_jira_issue_for_entity`."""
        return {
            "project": jira_project.raw,
            "summary": one_line(summary or ""),
            "description": description or "",
            self._jira.jira_shotgun_id_field: str(sg_entity["id"]),
            self._jira.jira_shotgun_type_field: sg_entity["type"],
            self._jira.jira_shotgun_url_field: self._shotgun.get_entity_page_url(sg_entity),
            "reporter": self._reporter(sg_entity, jira_project),
            **properties,
        }

    def _complete_link_fields(self, sg_entity: Entity, jira_issue: jira.resources.Issue) -> None:
        """Names the record in its new Issue where the create screen had no place for it."""
        editable = self._jira.get_jira_issue_edit_meta(jira_issue)
        values = {
            self._jira.jira_shotgun_id_field: str(sg_entity["id"]),
            self._jira.jira_shotgun_type_field: sg_entity["type"],
            self._jira.jira_shotgun_url_field: self._shotgun.get_entity_page_url(sg_entity),
        }
        self._update_jira_issue(
            jira_issue, {field: value for field, value in values.items() if field in editable}
        )

    def _get_jira_issue_field_sync_value(
        self,
        jira_project: jira.resources.Project,
        jira_issue: jira.resources.Issue,
        shotgun_entity_type: str,
        shotgun_field: str,
        added: list[Any] | None = None,
        removed: list[Any] | None = None,
        new_value: Any = None,
    ) -> tuple[str | None, Any]:
        """Which Jira field gets which value for a change of an FPTR field.

        Parameters:
            added, removed: what changed in a field with several values; then `new_value` does
                not count.
            new_value: the value of any other field.

        Returns:
            `(field id, value)`, or `(None, None)` when the change has no place in Jira.

        Raises:
            InvalidShotgunValue: the value has no Jira form.
        """
        jira_field = self._get_jira_issue_field_for_shotgun_field(
            shotgun_entity_type, shotgun_field
        )
        if not jira_field:
            return None, None
        schema = self._jira.get_jira_issue_edit_meta(jira_issue).get(jira_field)
        if not schema:
            if jira_field != _WATCHERS:  # never in there: watchers are written on their own
                self._logger.warning(
                    "Jira field %s of Issue %s cannot be edited: it is not on the edit screen.",
                    jira_field,
                    jira_issue,
                )
            return None, None
        if added is not None or removed is not None:
            value = self._get_jira_value_for_shotgun_list_changes(
                jira_project, jira_issue, jira_field, schema, added or [], removed or []
            )
        else:
            value = self._get_jira_value_for_shotgun_value(
                jira_project, jira_issue, jira_field, schema, new_value
            )
            if value is None and new_value:
                raise InvalidShotgunValue(
                    jira_field, new_value, f"{new_value!r} has no counterpart in Jira {jira_field}."
                )
            if schema["schema"]["type"] == "array":
                value = [value] if value else []
        try:
            return jira_field, self._jira.sanitize_jira_update_value(to_jira.raw(value), schema)
        except UserWarning as warning:
            self._logger.warning("Jira field %s is not written: %s", jira_field, warning)
            return None, None

    def _get_jira_value_for_shotgun_list_changes(
        self,
        jira_project: jira.resources.Project,
        jira_issue: jira.resources.Issue,
        jira_field: str,
        jira_field_schema: Mapping[str, Any],
        shotgun_added: list[Any],
        shotgun_removed: list[Any],
    ) -> Any:
        """The new full value of a Jira field after a change of a list in FPTR.

        What people set in Jira survives, as far as the change is not about it.

        Raises:
            InvalidShotgunValue: nothing in the change has a Jira form.
        """

        refused: list[InvalidShotgunValue] = []

        def convert(value: Any) -> Any:
            try:
                return self._get_jira_value_for_shotgun_value(
                    jira_project, jira_issue, jira_field, jira_field_schema, value
                )
            except InvalidShotgunValue as error:
                refused.append(error)
                self._skip(Skip.VALUE_REFUSED, str(error), logging.WARNING)
                return None

        current = getattr(jira_issue.fields, jira_field, None)
        if jira_field_schema["schema"]["type"] == "array":
            value = _list_after(current or [], shotgun_added, shotgun_removed, convert)
        else:
            value = _single_after(current, shotgun_added, shotgun_removed, convert)
            if value is not current and len(shotgun_added) > 1:
                self._logger.warning(
                    "Jira field %s of Issue %s takes one value only, %d were added in FPTR.",
                    jira_field,
                    jira_issue,
                    len(shotgun_added),
                )
        if refused and len(refused) == len(shotgun_added) + len(shotgun_removed):
            raise refused[0]
        return value

    def _get_jira_value_for_shotgun_value(
        self,
        jira_project: jira.resources.Project,
        jira_issue: jira.resources.Issue,
        jira_field: str,
        jira_field_schema: Mapping[str, Any],
        shotgun_value: Any,
    ) -> Any:
        """The Jira form of one FPTR value. The usual place for a studio's own conversions.

        Parameters:
            jira_field: id of the Jira field.
            jira_field_schema: its edit metadata.
            shotgun_value: a plain value or an entity.

        Returns:
            A resource, a dict, a string, ... ready for Jira; `None` for none.

        Raises:
            InvalidShotgunValue: the value has no Jira form.
        """
        schema_type = jira_field_schema["schema"]["type"]
        if to_jira.clears_field(shotgun_value, schema_type):
            return to_jira.empty_value(schema_type)
        entity = None
        if isinstance(shotgun_value, dict) and "type" in shotgun_value:
            entity = self._shotgun.consolidate_entity(shotgun_value)
            if entity is None:
                return None
        value = entity["name"] if entity else shotgun_value
        allowed_values = jira_field_schema.get("allowedValues")
        if allowed_values:
            allowed = to_jira.allowed_value(str(value), allowed_values)
            if allowed is None:
                self._logger.warning(
                    "Jira field %s of Issue %s does not allow %r.", jira_field, jira_issue, value
                )
            return allowed
        if jira_field in ("assignee", "reporter"):
            email = entity.get("email") if entity else shotgun_value
            return self._assignable_user(email, jira_project, jira_issue, value)
        form = to_jira.FIELD_FORMS.get(jira_field)
        if form:
            return form(jira_field, value)
        return entity or shotgun_value

    def _update_jira_issue(self, jira_issue: jira.resources.Issue, values: dict[str, Any]) -> None:
        """Writes the values that the Issue does not hold yet, in one update if there are any.

        Raises:
            JIRAError: Jira refuses the update.
        """
        changed = {
            field: value
            for field, value in values.items()
            if not jira_equality.holds(jira_issue, field, value)
        }
        if changed:
            self._write(jira_issue, changed)

    def _update_what_jira_takes(
        self, jira_issue: jira.resources.Issue, values: dict[str, Any]
    ) -> None:
        """`_update_jira_issue`, but a value that Jira refuses costs only its own field."""
        try:
            self._update_jira_issue(jira_issue, values)
        except JIRAError as error:
            if error.status_code != 400:
                raise
            refused = fields_refused(error, values)
            names = ", ".join(sorted(refused))
            self._skip(
                Skip.VALUE_REFUSED,
                f"Jira refuses {names} of Issue {jira_issue.key}: {error.text}",
                logging.WARNING,
            )
            others = {field: value for field, value in values.items() if field not in refused}
            if others:
                self._update_what_jira_takes(jira_issue, others)

    def _sync_shotgun_status_to_jira(
        self, jira_issue: jira.resources.Issue, shotgun_status: str, comment: str
    ) -> bool:
        """Moves the Issue to the Jira status of an FPTR status, in one transition.

        Returns:
            Whether the Issue has that status now.
        """
        jira_status = self._sg_jira_status_mapping.get(shotgun_status)
        if not jira_status:
            return self._skip(
                Skip.STATUS_NOT_REACHED,
                f"FPTR status {shotgun_status!r} is not mapped to any Jira status.",
                logging.WARNING,
            )
        if self._jira.set_jira_issue_status(jira_issue, jira_status, comment):
            return True
        return self._skip(
            Skip.STATUS_NOT_REACHED,
            f"Jira Issue {jira_issue} has no transition to {jira_status!r} from where it is.",
        )


def _list_after(
    current: list[Any],
    added: list[Any],
    removed: list[Any],
    convert: Callable[[Any], Any],
) -> list[Any]:
    gone = [value for value in map(convert, removed) if value]
    values = [value for value in current if not jira_equality.contains(gone, value)]
    for value in map(convert, added):
        if value and not jira_equality.contains(values, value):
            values.append(value)
    return values


def _single_after(
    current: Any,
    added: list[Any],
    removed: list[Any],
    convert: Callable[[Any], Any],
) -> Any:
    """Nobody is asked about values that cannot matter: an Issue keeps a value set in Jira."""
    if current and any(
        jira_equality.same(current, value) for value in map(convert, removed) if value
    ):
        current = None
    if current:
        return current
    return next((value for value in map(convert, added) if value), None)
