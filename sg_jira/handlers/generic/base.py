"""What all parts of the generic handler share: the mapping, reading records, links between them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import jira.resources

from sg_jira.constants import (
    SHOTGUN_JIRA_ID_FIELD,
    SHOTGUN_SYNC_IN_JIRA_FIELD,
)
from sg_jira.conversions.generic_to_fptr import json_of
from sg_jira.handlers.generic.mapping import EntityRule, read_mapping
from sg_jira.handlers.issue_comments import IssueComments, or_none
from sg_jira.handlers.issue_people import IssuePeople
from sg_jira.handlers.retirement import Retirement
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.unread import unread
from sg_jira.handlers.upkeep_settings import LEFT_ALONE, RetirementRule
from sg_jira.jira_client import is_real_client
from sg_jira.readings import readings

if TYPE_CHECKING:
    from sg_jira.syncer import Syncer

PROJECT_KEY = f"project.Project.{SHOTGUN_JIRA_ID_FIELD}"
_CREATOR_EMAIL = "created_by.HumanUser.email"


class AtHand:
    """What was read to accept an event, for processing it right after in the same thread."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def keep(self, subject: Any, **read: Any) -> None:
        """Keeps what was read for this very event or Issue; what was kept before is gone."""
        self._of_thread.kept = (subject, read)

    def take(self, subject: Any) -> Mapping[str, Any]:
        """What was read for this very event or Issue, once; nothing else is ever given."""
        kept, read = getattr(self._of_thread, "kept", (None, {}))
        self._of_thread.kept = (None, {})
        return read if kept is subject else {}


class GenericBase(IssueComments, IssuePeople, Retirement):
    """The base of all parts.

    Parameters:
        syncer: the syncer this handler works for.
        entity_mapping: the setting; checked by `setup`.
    """

    def __init__(self, syncer: Syncer, entity_mapping: list[dict[str, Any]]) -> None:
        super().__init__(syncer)
        self._entity_mapping_setting = entity_mapping
        self._mapping = read_mapping(entity_mapping)
        self._at_hand = AtHand()

    if TYPE_CHECKING:  # given by other parts

        def _supported_shotgun_fields_for_shotgun_event(self, entity_type: str) -> list[str]: ...
        def _is_its_comment(self, comment: jira.resources.Comment, sg_note: Entity) -> bool: ...
        def _know_records(self, sg_type: str, keys: list[str]) -> None: ...
        def _is_synced_home(self, record: Entity) -> bool: ...
        def _records_with_key(self, sg_type: str, key: str) -> list[Entity]: ...
        def _sync_jira_comments_to_sg(self, jira_issue: jira.resources.Issue) -> bool: ...
        def _sync_jira_worklogs_to_sg(self, jira_issue: jira.resources.Issue) -> bool: ...

    # ------------------------------------------------------------------ FPTR

    def _fields_to_read(self, sg_type: str) -> list[str]:
        """What is read of a record whose change goes to Jira."""
        rule = self._mapping.of_entity(sg_type)
        of_issues = [SHOTGUN_SYNC_IN_JIRA_FIELD, "created_by"]
        if self._shotgun.has_real_client:
            of_issues.append(_CREATOR_EMAIL)
        return [
            SHOTGUN_JIRA_ID_FIELD,
            "project",
            PROJECT_KEY,
            *([] if rule and rule.is_remark else of_issues),
            *self._supported_shotgun_fields_for_shotgun_event(sg_type),
        ]

    def _read_record(self, sg_type: str, sg_id: int, retired_only: bool = False) -> Entity | None:
        found = self._shotgun.consolidate_entity(
            {"type": sg_type, "id": sg_id},
            fields=self._fields_to_read(sg_type),
            retired_only=retired_only,
        )
        self._tell_key(found)
        return None if found is None else with_creator(found)

    def _find_records(self, sg_type: str, filters: list[list[Any]]) -> list[Entity]:
        """Living records, with all that `_read_record` reads."""
        fields = [
            self._shotgun.get_entity_name_field(sg_type),
            *self._fields_to_read(sg_type),
        ]
        found = self._shotgun.find(sg_type, filters, list(dict.fromkeys(fields)))
        return [with_creator(record) for record in found]

    def _is_syncable(self, sg_type: str) -> bool:
        """Whether records of this type have a key and a flag, so that they can be Issues."""
        rule = self._mapping.of_entity(sg_type)
        if rule is not None:
            return not rule.is_remark
        return all(
            self._shotgun.get_field_schema(sg_type, field)
            for field in (SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD)
        )

    def _homes_of_remark(self, links: Iterable[Any]) -> list[Entity]:
        """What a Note or TimeLog is linked to, as `_with_key_and_flag`, but each read once.

        One that gets its key in the meantime looks for its Notes and TimeLogs itself.
        """
        return self._with_key_and_flag(links, readings().setdefault("keys and flags", {}))

    def _with_key_and_flag(
        self, links: Iterable[Any], known: dict[tuple[str, int], Entity | None] | None = None
    ) -> list[Entity]:
        """The linked records that exist, with key and flag, in the order of the links.

        Parameters:
            links: to records.
            known: those that need not be read, `None` for one that is gone; grows.
        """
        entities = [link for link in links if isinstance(link, Mapping) and link.get("id")]
        known = {} if known is None else known
        for sg_type in dict.fromkeys(str(link.get("type")) for link in entities):
            if not self._is_syncable(sg_type):
                continue
            ids = [link["id"] for link in entities if link.get("type") == sg_type]
            missing = [sg_id for sg_id in dict.fromkeys(ids) if (sg_type, sg_id) not in known]
            if not missing:
                continue
            known.update(dict.fromkeys((sg_type, sg_id) for sg_id in missing))
            for record in self._shotgun.find(
                sg_type,
                [["id", "in", missing]],
                [SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD],
            ):
                known[sg_type, record["id"]] = record
        ordered = dict.fromkeys((str(link.get("type")), link["id"]) for link in entities)
        return [record for link in ordered if (record := known.get(link))]

    def _retirement_of(self, rule: EntityRule) -> RetirementRule:
        """What becomes of the Issues of a type's deleted records: its own rule, or the entry's."""
        if rule.is_remark:
            return LEFT_ALONE
        return rule.retirement or self._retirement_rule

    def _can_link(self, sg_type: str, field: str, to_type: str) -> bool:
        """Whether a link field takes records of a type.

        FPTR may match such a filter by id alone. A studio's double need not describe this.
        """
        if not self._shotgun.has_real_client:
            return True
        schema = self._shotgun.get_field_schema(sg_type, field) or {}
        valid = ((schema.get("properties") or {}).get("valid_types") or {}).get("value")
        return not valid or to_type in valid

    # ------------------------------------------------------------------ Jira

    @property
    def _reads_real_jira(self) -> bool:
        return is_real_client(self._jira)

    def _is_own(self, jira_user: Any) -> bool:
        """Whether a user, as the client or a webhook shows it, is the bridge's own account."""
        return self._jira.is_own_user(json_of(jira_user))

    def _rule_of_issue(self, jira_issue: jira.resources.Issue) -> EntityRule | None:
        issue_type = getattr(jira_issue.fields, "issuetype", None)
        return self._mapping.of_issue_type(getattr(issue_type, "name", None))

    def _get_jira_issue_worklog(
        self, jira_issue_key: str, jira_worklog_id: str
    ) -> jira.resources.Worklog | None:
        """The worklog, read from Jira, or `None` when there is none."""
        known: dict[str, jira.resources.Worklog] = readings().get(_worklogs_of(jira_issue_key), {})
        if str(jira_worklog_id) in known:
            return known[str(jira_worklog_id)]
        found = or_none(self._jira.worklog, jira_issue_key, str(jira_worklog_id))
        return unread(found) if found is not None and self._reads_real_jira else found

    def _know_worklog(self, jira_issue_key: str, worklog: jira.resources.Worklog) -> None:
        """Saves reading a worklog that is at hand; to be used within `shared_readings`."""
        known = readings().setdefault(_worklogs_of(jira_issue_key), {})
        known[str(worklog.id)] = unread(worklog) if self._reads_real_jira else worklog


def _worklogs_of(jira_issue_key: str) -> tuple[str, str]:
    return "worklogs of", jira_issue_key


def with_creator(record: Entity) -> Entity:
    """Puts the creator's e-mail, where it was read along, to where it is looked for."""
    creator, email = record.get("created_by"), record.get(_CREATOR_EMAIL)
    if creator and email:
        record["created_by"] = {**creator, "email": email}
    return record
