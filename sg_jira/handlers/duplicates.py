"""Records with the key of an Issue that names another record: copies, and links that were moved.

FPTR copies the key along when somebody duplicates a record. Whose the Issue is, is told by its
own fields; the record that these name, and the Issue itself, are never written here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, TypeVar

import jira.resources

from sg_jira.constants import (
    JIRA_SHOTGUN_ID_FIELD,
    JIRA_SHOTGUN_TYPE_FIELD,
    SHOTGUN_JIRA_ID_FIELD,
)
from sg_jira.conversions.shotgun_values import as_id
from sg_jira.events import WHOLE_CREATION
from sg_jira.handlers.sync_handler import Entity, SyncHandler
from sg_jira.outcomes import Skip, noted_skip

#: The words of the setting `on_duplicate`.
DuplicateWords = Literal["report", "new_issue"]


class OnDuplicate(str, Enum):
    """What becomes of a record that was duplicated with its key; the words of the setting."""

    REPORT = "report"
    NEW_ISSUE = "new_issue"


_LINK_FIELDS: Final = f"{JIRA_SHOTGUN_TYPE_FIELD} and {JIRA_SHOTGUN_ID_FIELD}"
Found = TypeVar("Found", bound=Mapping[str, Any])


@dataclass(frozen=True)
class Owner:
    """The record that an Issue names, as FPTR has it."""

    record: Entity
    is_retired: bool

    @property
    def key(self) -> str:
        """The key that it has itself; empty when it has none."""
        return str(self.record.get(SHOTGUN_JIRA_ID_FIELD) or "")


def brings_a_key(meta: Mapping[str, Any]) -> bool:
    """Whether an event tells that a record was created with a key, as copies are.

    The bridge writes the key of a new Issue after the record was created.
    """
    return bool(
        meta.get("attribute_name") == SHOTGUN_JIRA_ID_FIELD
        and meta.get("in_create")
        and meta.get("new_value")
    )


def may_bring_a_key(meta: Mapping[str, Any]) -> bool:
    """Whether an event of a creation may be that of a copy, though the record has a key."""
    return brings_a_key(meta) or bool(meta.get(WHOLE_CREATION))


class Duplicates(SyncHandler):
    """A base of the handlers that link records with Jira."""

    def _record_named_by(self, jira_issue: jira.resources.Issue) -> tuple[Any, int | None]:
        """Type and id of the record that an Issue's own fields name."""
        named_type = getattr(jira_issue.fields, self._jira.jira_shotgun_type_field, None)
        named_id = getattr(jira_issue.fields, self._jira.jira_shotgun_id_field, None)
        return named_type, as_id(named_id)

    def _own_record_among(
        self, found: Sequence[Found], issue: jira.resources.Issue
    ) -> Found | None:
        """Which of the records with an Issue's key is its own: the one it names, else the first."""
        if len(found) > 1:
            named = self._record_named_by(issue)
            own = (one for one in found if (one["type"], one["id"]) == named)
            return next(own, found[0])
        return found[0] if found else None

    def _is_copy(self, sg_entity: Entity, issue: jira.resources.Issue) -> bool:
        """Whether the Issue is that of another record, from which this one has its key.

        Asks nobody as long as the Issue names the record, or none. Notes a reason otherwise.
        """
        named = self._record_named_by(issue)
        if not all(named) or named == (sg_entity["type"], sg_entity["id"]):
            return False
        self._tell_whose_it_is(issue, str(sg_entity.get(SHOTGUN_JIRA_ID_FIELD)), sg_entity)
        return self._is_noted(Skip.DUPLICATED_RECORD)

    def _tell_whose_it_is(
        self, issue: jira.resources.Issue, jira_issue_key: str, sg_entity: Entity
    ) -> None:
        """Notes why the Issue of a record's key is not the record's own, and what to do.

        Parameters:
            issue: the Issue, which does not name the record.
            jira_issue_key: the key by which it was found.
            sg_entity: the record.
        """
        record = f"{sg_entity['type']} {sg_entity['id']}"
        named_type, named_id = self._record_named_by(issue)
        is_named = bool(named_type and named_id)
        owner = None
        if named_type and named_id and sg_entity.get(SHOTGUN_JIRA_ID_FIELD) == jira_issue_key:
            owner = self._read_owner(str(named_type), named_id)
        if owner is not None and self._has_issue(owner, jira_issue_key, issue):
            self._tell_of_copy(issue, record, owner)
            return
        whose = f"name {named_type} {named_id}" if is_named else "name no record"
        if owner is not None:
            whose += f", which {'was deleted and ' * owner.is_retired}has "
            whose += f"the Issue {owner.key}" if owner.key else "no Issue"
        elif is_named:
            whose += ", which FPTR does not have, or does not show to the bridge"
        self._skip(
            Skip.ISSUE_OF_ANOTHER_RECORD,
            f"Jira Issue {jira_issue_key} is not the one of {record}: its fields {_LINK_FIELDS} "
            f"{whose}. If it belongs to {record} now, enter that there; else clear "
            f"{SHOTGUN_JIRA_ID_FIELD} of {record} to have a new one created.",
            logging.WARNING,
        )

    def _tell_of_copy(self, issue: jira.resources.Issue, record: str, owner: Owner) -> None:
        one = owner.record
        told = f"Jira Issue {issue.key} belongs to {one['type']} {one['id']} {one['name']!r}"
        deleted = ", which was deleted" * owner.is_retired
        told += f" ({self._shotgun.get_entity_page_url(one)}){deleted}. {record} has the same "
        told += f"{SHOTGUN_JIRA_ID_FIELD}, so it was probably duplicated from it"
        if self._on_duplicate is OnDuplicate.NEW_ISSUE:
            self._skip(Skip.DUPLICATED_RECORD, f"{told}.", logging.INFO)
            return
        self._skip(
            Skip.DUPLICATED_RECORD,
            f"{told}, and its changes do not go to Jira. Clear {SHOTGUN_JIRA_ID_FIELD} of "
            f"{record}, and its next change creates an Issue of its own.",
            logging.WARNING,
        )

    def _read_owner(self, sg_type: str, sg_id: int) -> Owner | None:
        """The living or deleted record; `None` when there is none that could have an Issue."""
        try:
            self._shotgun.assert_entity_type(sg_type)
        except RuntimeError:  # people may have typed anything
            return None
        if not self._shotgun.get_field_schema(sg_type, SHOTGUN_JIRA_ID_FIELD):
            return None
        name_field = self._shotgun.get_entity_name_field(sg_type)
        for is_retired in (False, True):
            found = self._shotgun.find_one(
                sg_type,
                [["id", "is", sg_id]],
                [name_field, SHOTGUN_JIRA_ID_FIELD],
                retired_only=is_retired,
            )
            if found:
                return Owner({**found, "name": found.get(name_field)}, is_retired)
        return None

    def _has_issue(self, owner: Owner, key: str, issue: jira.resources.Issue) -> bool:
        """Whether the Issue is the owner's, by its key of now or one from before it was moved."""
        if not owner.key:
            return False
        if owner.key.casefold() in (key.casefold(), str(issue.key).casefold()):
            return True
        own = self.get_jira_issue(owner.key)
        return own is not None and str(own.id) == str(issue.id)

    # ------------------------------------------------------------------ an Issue of its own

    @property
    def _on_duplicate(self) -> OnDuplicate:
        # A studio's stand-in for a syncer may know nothing of it.
        return getattr(self._syncer, "_on_duplicate", OnDuplicate.REPORT)

    def _needs_new_issue(self, *reasons: Skip) -> bool:
        """Whether a record whose key has just led nowhere is to get an Issue of its own.

        Copies are, where the settings say so.

        Parameters:
            reasons: noted reasons for which it is to get one as well.
        """
        if self._on_duplicate is OnDuplicate.NEW_ISSUE:
            reasons += (Skip.DUPLICATED_RECORD,)
        return self._is_noted(*reasons)

    def _is_noted(self, *reasons: Skip) -> bool:
        noted = noted_skip()
        return noted is not None and noted.reason in reasons
