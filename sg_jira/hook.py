"""The hook: values and texts of the generic family, for a studio to override in a file of its own.

Every method can be overridden. The plain conversions behind them are tables in `conversions`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.constants import SHOTGUN_JIRA_ACCOUNT_FIELD
from sg_jira.conversions import generic_to_fptr, generic_to_jira, moments, remark_texts, to_jira
from sg_jira.conversions.kinds import Kind
from sg_jira.errors import InvalidJiraValue, InvalidShotgunValue
from sg_jira.hook_file import load_class
from sg_jira.outcomes import Skip, note_skip
from sg_jira.shapes import is_empty

if TYPE_CHECKING:
    from sg_jira.bridge import Bridge
    from sg_jira.jira_session import JiraSession
    from sg_jira.shotgun_session import ShotgunSession

Entity = dict[str, Any]


class JiraHook:
    """What a studio may override for one entry of its settings.

    Parameters:
        bridge: the bridge the syncer works for.
        logger: the syncer's logger.
    """

    #: Matches the two known shapes of Jira Cloud account ids, and not ordinary user names.
    ACCOUNT_ID_RE = re.compile(r"^[0-9a-f:-]{20}")

    #: Subject, name of the author, content of a Note.
    COMMENT_BODY_TEMPLATE = remark_texts.COMMENT_BODY_TEMPLATE
    #: What Jira Cloud's editor makes of it; groups: subject, author, content.
    JIRA_COMMENT_REGEX = remark_texts.JIRA_COMMENT_REGEX
    #: Name of the author, description of a TimeLog.
    WORKLOG_BODY_TEMPLATE = remark_texts.WORKLOG_BODY_TEMPLATE
    #: Groups: author, description.
    JIRA_WORKLOG_REGEX = remark_texts.JIRA_WORKLOG_REGEX
    SG_DATE_FORMAT = moments.SG_DATE_FORMAT
    JIRA_DATE_FORMAT = moments.JIRA_DATE_FORMAT

    def __init__(self, bridge: Bridge, logger: logging.Logger) -> None:
        self._bridge = bridge
        self._logger = logger

    @property
    def _shotgun(self) -> ShotgunSession:
        return self._bridge.shotgun

    @property
    def _jira(self) -> JiraSession:
        return self._bridge.jira

    # ------------------------------------------------------------------ FPTR -> Jira

    def get_jira_value_from_sg_value(
        self,
        sg_value: Any,
        jira_entity: Any,
        jira_field: str,
        jira_field_properties: Mapping[str, Any] | None,
        skip_array_check: bool = False,
    ) -> Any:
        """The Jira form of one FPTR value.

        Parameters:
            sg_value: a plain value or an entity.
            jira_entity: the Issue or Worklog to write to. An Issue that is being created has no
                key yet, but its project and issue type.
            jira_field: id of the Jira field.
            jira_field_properties: its edit metadata (create metadata at creation); `None` for
                worklogs.
            skip_array_check: the value is one of several of a list, and stays as it is.

        Returns:
            JSON ready for Jira, a list for a field that holds several; `None` for no value.

        Raises:
            InvalidShotgunValue: the value has no Jira form.
        """
        if isinstance(jira_entity, jira.resources.Worklog):
            return self._worklog_value(sg_value, jira_field)
        properties = jira_field_properties or {}
        schema_type = (properties.get("schema") or {}).get("type", "")
        value = self._single_value(sg_value, jira_entity, jira_field, properties, schema_type)
        value = to_jira.raw(value)
        if schema_type == "array" and not skip_array_check:
            value = [] if value in (None, "", []) else [value]
        try:
            return self._jira.sanitize_jira_update_value(value, properties)
        except UserWarning as warning:
            self._logger.warning("Jira field %s is not written: %s", jira_field, warning)
            return None

    def _worklog_value(self, sg_value: Any, jira_field: str) -> Any:
        if jira_field == "timeSpentSeconds":
            return generic_to_jira.worklog_seconds(sg_value)
        if jira_field == "started":
            return self.format_jira_date(sg_value) if sg_value else None
        return sg_value

    def _single_value(
        self,
        sg_value: Any,
        jira_entity: Any,
        jira_field: str,
        properties: Mapping[str, Any],
        schema_type: str,
    ) -> Any:
        value = sg_value
        if is_empty(value):
            value = self.get_jira_default_value(schema_type)
            if not isinstance(value, int):  # an estimate of no time still has a form
                return value
        if generic_to_jira.is_entity(value):
            value = self._shotgun.consolidate_entity(value)
            if value is None:
                return None
        kind = generic_to_jira.element_kind(jira_field, properties)
        if kind is Kind.USER and not properties.get("allowedValues"):
            return self._jira_user(value, jira_entity)
        converted = generic_to_jira.convert(value, jira_field, properties)
        if converted is None and not isinstance(sg_value, bool):
            self._logger.warning("Jira field %s does not allow %r.", jira_field, sg_value)
        return converted

    def _jira_user(self, person: Any, jira_issue: Any) -> jira.resources.User | None:
        email = person.get("email") if isinstance(person, dict) else person
        if not email:
            self._logger.warning(
                "%s has no e-mail address in FPTR, by which to find the Jira user.", person
            )
            return None
        return self._jira.find_jira_assignee_for_issue(email, jira_issue.fields.project, jira_issue)

    def get_jira_value_from_sg_list(
        self,
        sg_value: list[Any],
        jira_entity: Any,
        jira_field: str,
        jira_field_properties: Mapping[str, Any] | None,
    ) -> Any:
        """The Jira form of an FPTR value that is a list.

        Returns:
            All elements that have a Jira form, for a field that holds several; else the first
            one that has.

        Raises:
            InvalidShotgunValue: no element has a Jira form, or the first one of a field that
                holds one has none.
        """
        arguments = (jira_entity, jira_field, jira_field_properties)
        schema = (jira_field_properties or {}).get("schema") or {}
        if schema.get("type") == "array":
            return self._elements(sg_value, *arguments)
        for element in sg_value:
            value = self.get_jira_value_from_sg_value(element, *arguments)
            if value is not None:
                return value
        if sg_value:
            return None
        return self.get_jira_value_from_sg_value(None, *arguments)

    def _elements(
        self,
        elements: list[Any],
        jira_entity: Any,
        jira_field: str,
        properties: Mapping[str, Any] | None,
    ) -> list[Any]:
        """The elements that have a Jira form: a label with a blank does not cost the others."""
        values, refused = [], []
        for element in elements:
            try:
                value = self.get_jira_value_from_sg_value(
                    element, jira_entity, jira_field, properties, True
                )
            except InvalidShotgunValue as error:
                self._logger.warning("%s", error)
                note_skip(Skip.VALUE_REFUSED, str(error))
                refused.append(error)
                continue
            if value is not None:
                values.append(value)
        if refused and len(refused) == len(elements):
            raise refused[0]
        return values

    @staticmethod
    def get_jira_default_value(jira_field_type: str) -> Any:
        """What an empty FPTR value is, for a Jira field of this schema type."""
        return {"string": "", "timetracking": 0}.get(jira_field_type)

    # ------------------------------------------------------------------ Jira -> FPTR

    def get_sg_value_from_jira_value(
        self,
        jira_value: Any,
        jira_entity: Any,
        sg_project: Entity,
        sg_field_properties: Mapping[str, Any],
    ) -> Any:
        """The FPTR value for the value of a Jira field.

        Parameters:
            jira_value: a resource of the client, a string, a number, or a list of them.
            jira_entity: the Issue or Worklog it belongs to.
            sg_project: where records are looked for by name.
            sg_field_properties: the FPTR field's schema.

        Raises:
            InvalidJiraValue: the value has no FPTR form.
            ValueError: fields of this data type cannot be set from Jira.
        """
        target = generic_to_fptr.Target.of(sg_field_properties)
        if target.data_type in ("entity", "multi_entity"):
            return self._linked_records(jira_value, sg_project, sg_field_properties)
        if isinstance(jira_entity, jira.resources.Worklog):
            if target.data_type == "date":
                return self._day_of_worklog(jira_value, jira_entity)
            if target.data_type in ("duration", "number") and jira_value:
                return int(jira_value) // 60
        return generic_to_fptr.convert(jira_value, target)

    def _day_of_worklog(self, started: str | None, worklog: jira.resources.Worklog) -> str | None:
        """A midnight stands for a day only where we wrote it; a person's clock may show one too."""
        if not started:
            return None
        author = getattr(worklog, "author", None)
        moment = moments.parse_moment(started)
        if (
            moment
            and author is not None
            and not self._jira.is_own_user(generic_to_fptr.json_of(author))
        ):
            started = moments.wall_clock(moment)
        return self.format_sg_date(started)

    def _linked_records(
        self, jira_value: Any, sg_project: Entity, sg_field_properties: Mapping[str, Any]
    ) -> Any:
        is_single = sg_field_properties["data_type"]["value"] == "entity"
        valid_types = (sg_field_properties["properties"].get("valid_types") or {}).get("value")
        found: list[Entity] = []
        values = jira_value if isinstance(jira_value, list) else [jira_value]
        for value in values:
            if is_empty(value):
                continue
            if isinstance(value, jira.resources.User):
                record = self.get_sg_user_from_jira_user(value)
            else:
                name = generic_to_fptr.text_of(value)
                record = self._shotgun.match_entity_by_name(name, valid_types or [], sg_project)
            if record is None:
                self._logger.warning("FPTR has nothing for %r of Jira.", str(value))
            else:
                found.append(record)
        if is_single:
            return found[0] if found else None
        return found

    def get_sg_user_from_jira_user(self, jira_user: Any) -> Entity | None:
        """The FPTR HumanUser of a Jira user: by account id on Cloud, else by e-mail.

        Returns:
            An entity with `id`, `type`, `email` and `name`, or `None` when nobody matches.
        """
        if self._jira.is_jira_cloud:
            field, identity = SHOTGUN_JIRA_ACCOUNT_FIELD, "accountId"
        else:
            field, identity = "email", "emailAddress"
        value = getattr(jira_user, identity, None)
        if not value:
            return None
        return self._shotgun.find_person(field, value)

    # ------------------------------------------------------------------ texts and days

    def compose_jira_comment_body(self, sg_note: Entity) -> str:
        """The body of a Note's comment."""
        return self.COMMENT_BODY_TEMPLATE % (
            sg_note.get("subject") or "",
            self._name_of(sg_note.get("user")),
            sg_note.get("content") or "",
        )

    def extract_jira_comment_data(
        self, jira_comment_body: str | None
    ) -> tuple[str | None, str, Entity | None]:
        """Subject, content and author out of the body of a comment.

        Returns:
            `(None, whole body, None)` for a comment that does not come from a Note.

        Raises:
            InvalidJiraValue: the form around the Note is broken, or FPTR does not know the
                author it names; the error's field is `content`.
        """
        remark = self._read_comment(jira_comment_body)
        return remark.subject, remark.content, self._author(remark, jira_comment_body)

    def _read_comment(self, body: str | None) -> remark_texts.Remark:
        remark = remark_texts.read_comment(body, self.JIRA_COMMENT_REGEX)
        if remark.is_broken:
            raise InvalidJiraValue(
                "content", body, "The panel around the Note in this comment is broken."
            )
        return remark

    def compose_jira_worklog_comment(self, sg_timelog: Entity) -> str:
        """The comment of a TimeLog's worklog."""
        return self.WORKLOG_BODY_TEMPLATE % (
            self._name_of(sg_timelog.get("user")),
            sg_timelog.get("description") or "",
        )

    def extract_jira_worklog_data(
        self, jira_worklog_comment: str | None
    ) -> tuple[str, Entity | None]:
        """Description and author out of the comment of a worklog.

        Returns:
            `(whole text, None)` for a worklog that does not come from a TimeLog.

        Raises:
            InvalidJiraValue: FPTR does not know the author it names.
        """
        remark = remark_texts.read_worklog(jira_worklog_comment, self.JIRA_WORKLOG_REGEX)
        return remark.content, self._author(remark, jira_worklog_comment)

    def _author(self, remark: remark_texts.Remark, text: str | None) -> Entity | None:
        if not remark.author:
            return None
        author = self._shotgun.find_person("name", remark.author)
        if author is None:
            raise InvalidJiraValue(
                "content", text, f"FPTR has no user {remark.author!r}, whom this text names."
            )
        return author

    def _name_of(self, user: Entity | None) -> str:
        if not user:
            return ""
        known = user if user.get("name") else self._shotgun.consolidate_entity(user)
        return str((known or {}).get("name") or "")

    def format_jira_date(self, sg_date: str) -> str:
        """A day of FPTR as Jira takes it: `2024-11-05` is `2024-11-05T00:00:00.000+0000`.

        Raises:
            ValueError: it is no day.
        """
        return moments.midnight(sg_date, self.SG_DATE_FORMAT)

    def format_sg_date(self, jira_date: str) -> str:
        """The day of a time of Jira: `2024-11-05T09:30:00.000+0200` is `2024-11-05`.

        A time that is midnight in UTC is the day that `format_jira_date` wrote, whatever offset
        Jira shows it with.

        Raises:
            ValueError: it is no time.
        """
        moment = datetime.strptime(jira_date, self.JIRA_DATE_FORMAT)
        return moments.day_of(moment, self.SG_DATE_FORMAT)


def load_hook_class(path: str | None) -> type[JiraHook]:
    """The hook class that a file defines, or `JiraHook` without one; see `load_class`.

    Raises:
        ValueError: the file defines no subclass of `JiraHook`.
        Exception: whatever executing the file raises.
    """
    return load_class(path, JiraHook)
