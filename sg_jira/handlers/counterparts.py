"""What is known of a record's counterpart: the Issue that names it, and the key it has now."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import jira.resources

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.handlers.duplicates import Duplicates
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.unread import to_write
from sg_jira.jira_client import is_real_client
from sg_jira.outcomes import Skip
from sg_jira.readings import readings


class Counterparts(Duplicates):
    """A base of the handlers that link records with Jira."""

    def _issue_naming(self, jira_issue_key: str, sg_entity: Entity) -> jira.resources.Issue | None:
        """The Issue, when it exists and names this very record; else `None` with a warning."""
        record = f"{sg_entity['type']} {sg_entity['id']}"
        issue = self.get_jira_issue(jira_issue_key)
        if issue is None:
            self._skip(
                Skip.ISSUE_NOT_FOUND,
                f"Jira Issue {jira_issue_key} of {record} does not exist. Clear the {record} "
                f"field {SHOTGUN_JIRA_ID_FIELD} to have a new one created.",
                logging.WARNING,
            )
            return None
        named = self._record_named_by(issue)
        if named != (sg_entity["type"], sg_entity["id"]):
            if any(named) or not self._is_to_name(issue, sg_entity):
                self._tell_whose_it_is(issue, jira_issue_key, sg_entity)
                return None
            self._name_in_issue(issue, sg_entity)
        readings()[_own_issue(sg_entity)] = jira_issue_key
        return issue

    def _is_to_name(self, issue: jira.resources.Issue, sg_entity: Entity) -> bool:
        """Whether the record was made of this Issue, which was to name it and does not yet.

        Who was to do it may have given up: the event of the Issue can be dead, or wait behind
        this one.
        """
        links, subject = self._bridge.links, f"Issue:{issue.id}"
        if links.is_half_made(subject, f"{sg_entity['type']}:{sg_entity['id']}"):
            return True
        links.await_counterpart(subject)
        return False

    def _name_in_issue(self, jira_issue: jira.resources.Issue, record: Entity) -> None:
        # Before Jira tells it: what happens to either of them has to wait its turn from now on.
        self._bridge.links.join(f"Issue:{jira_issue.id}", f"{record['type']}:{record['id']}")
        to_write(jira_issue).update(
            fields={
                self._jira.jira_shotgun_type_field: record["type"],
                self._jira.jira_shotgun_id_field: str(record["id"]),
                self._jira.jira_shotgun_url_field: self._shotgun.get_entity_page_url(record),
            }
        )

    def is_home(self, sg_entity: Entity) -> bool:
        """Whether what belongs to a record may be written to the Issue of its key.

        Not to one that names another record: who copied the key would disclose it there. The
        Issue is read once, unless the bridge has made it; then it is remembered whose it is.

        Parameters:
            sg_entity: the record, with its key.

        Returns:
            Whether it may; else a reason is noted.
        """
        key = str(sg_entity[SHOTGUN_JIRA_ID_FIELD])
        subject = f"{sg_entity['type']}:{sg_entity['id']}"
        if (
            not is_real_client(self._jira)
            or readings().get(_own_issue(sg_entity)) == key
            or self._bridge.links.is_owner(key, subject)
        ):
            return True
        issue = self.get_jira_issue(key)
        if issue is None:
            return True  # who writes there finds out
        named = self._record_named_by(issue)
        if named == (sg_entity["type"], sg_entity["id"]):
            self._bridge.links.remember_owner(key, subject)
            return True
        if all(named):
            self._tell_whose_it_is(issue, key, sg_entity)
        return not all(named)

    def _skip_unless_told(self, reason: Skip, detail: str) -> bool:
        """For what has no Issue to be written to: `is_home` may have told better why."""
        if self._is_noted(Skip.DUPLICATED_RECORD, Skip.ISSUE_OF_ANOTHER_RECORD):
            return False
        return self._skip(reason, detail)

    def _key_now(self, sg_entity: Entity) -> Any:
        """The record's key as FPTR has it at this moment."""
        self._shotgun.forget_records()
        found = self._shotgun.find_one(
            sg_entity["type"], [["id", "is", sg_entity["id"]]], [SHOTGUN_JIRA_ID_FIELD]
        )
        return (found or {}).get(SHOTGUN_JIRA_ID_FIELD)

    def _tell_key(self, sg_entity: Entity | None) -> None:
        """Tells the links that a record has its key, if it has: nothing is open any more."""
        key = (sg_entity or {}).get(SHOTGUN_JIRA_ID_FIELD)
        if sg_entity and key:
            self._bridge.links.linked(f"{sg_entity['type']}:{sg_entity['id']}", str(key))

    def _await_counterparts(self, sg_entities: Iterable[Entity]) -> None:
        """For who needs the counterparts of records that have no key.

        Raises:
            CreationUnderWay: one of them is being made; the event is tried again when it is there.
        """
        for sg_entity in sg_entities:
            self._bridge.links.await_counterpart(f"{sg_entity['type']}:{sg_entity['id']}")

    def _filling(self, sg_entity: Entity) -> AbstractContextManager[None]:
        """Around the creation of a record's counterpart and the first sync of all its values."""
        return self._bridge.links.filling(f"{sg_entity['type']}:{sg_entity['id']}")

    def _is_made_lately(self, entity_type: str, entity_id: int) -> bool:
        """Whether a record is known, without reading it, to have a counterpart with all values."""
        subject, links = f"{entity_type}:{entity_id}", self._bridge.links
        return links.is_made_lately(subject) and not links.is_unfilled(subject)

    def _skip_part_of_a_creation(self, entity_type: str, entity_id: int) -> None:
        self._skip(
            Skip.PART_OF_A_CREATION,
            f"{entity_type} {entity_id} is synced as a whole by another event of its creation.",
        )

    def _is_unfilled(self, sg_entity: Entity) -> bool:
        """Whether the counterpart of a record was made, but perhaps not given all values."""
        return self._bridge.links.is_unfilled(f"{sg_entity['type']}:{sg_entity['id']}")


def _own_issue(sg_entity: Entity) -> tuple[str, str, int]:
    return "key of own issue", sg_entity["type"], sg_entity["id"]
