"""What is written to an Issue besides its fields: watchers, status, parent and children."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions.kinds import CHILDREN_FIELD
from sg_jira.handlers.generic.acceptance import as_list, is_on
from sg_jira.handlers.generic.base import GenericBase
from sg_jira.handlers.unread import to_write
from sg_jira.jira_client import is_clients_own
from sg_jira.jira_issues import LazyIssue
from sg_jira.outcomes import Skip


@dataclass(frozen=True)
class _Linked:
    """Keys of linked records.

    `synced` are those whose Issue may be written to, `listed` all; `is_complete` tells whether
    every linked record is among the first. `keyless` are the records that have none (yet).
    """

    synced: list[str]
    listed: frozenset[str]
    keyless: frozenset[tuple[str, Any]]
    is_complete: bool


class Hierarchy(GenericBase):
    """Each method tells whether it succeeded, and says in the log why not."""

    # ------------------------------------------------------------------ watchers and status

    def _sync_sg_watchers_to_jira(self, sg_value: Any, jira_issue: jira.resources.Issue) -> bool:
        """Makes the people of an FPTR field the watchers of the Issue, and nobody else.

        Groups and script users, and people unknown to Jira, are left out.

        Parameters:
            sg_value: a list of entities, or one entity.
        """
        wanted: dict[str, jira.resources.User] = {}
        for person in as_list(sg_value):
            user = self._watcher(jira_issue, person)
            if user is not None:
                wanted[self._handle(user)] = user
        if not wanted and not self._may_have_watchers(jira_issue):
            return True
        present = {self._handle(user) for user in self._jira.watchers(jira_issue).watchers}
        for handle in sorted(present - wanted.keys()):
            self._jira.remove_watcher(jira_issue.key, handle)
        for handle in wanted:
            if handle not in present:
                self._jira.add_watcher(jira_issue.key, handle)
        return True

    def _may_have_watchers(self, jira_issue: jira.resources.Issue) -> bool:
        if not hasattr(self._jira, "watchers"):  # a double that knows no watchers
            return False
        watches = getattr(jira_issue.fields, "watches", None)
        return getattr(watches, "watchCount", None) != 0

    def _handle(self, user: jira.resources.User) -> str:
        return str(user.accountId if self._jira.is_jira_cloud else user.name)

    def _sync_sg_status_to_jira(
        self, sg_value: str | None, entity_type: str, jira_issue: jira.resources.Issue
    ) -> bool:
        """Moves the Issue to the Jira status of an FPTR status, in one transition.

        Returns:
            Whether the Issue has that status now.
        """
        rule = self._mapping.of_entity(entity_type)
        status = rule.status if rule else None
        jira_status = status.codes.get(sg_value) if status and sg_value else None
        if not jira_status:
            return self._skip(
                Skip.STATUS_NOT_REACHED,
                f"FPTR status {sg_value!r} of {entity_type} is not mapped to any Jira status.",
                logging.WARNING,
            )
        comment = f"Updated from Flow Production Tracking {entity_type} moving to {sg_value}"
        if self._jira.set_jira_issue_status(jira_issue, jira_status, comment):
            return True
        return self._skip(
            Skip.STATUS_NOT_REACHED,
            f"Jira Issue {jira_issue.key} has no transition to {jira_status!r} from where it is.",
        )

    # ------------------------------------------------------------------ parent and children

    def _sync_hierarchy_to_jira(
        self, sg_linked_entities: Any, jira_issue: jira.resources.Issue, jira_field: str
    ) -> bool:
        """Gives the Issue its parent, or itself as parent to its children.

        Linked records are never synced on the way: they need their own Issue.

        Parameters:
            sg_linked_entities: the value of the FPTR field, one entity or several.
            jira_issue: the record's own Issue.
            jira_field: `parent` or `{{CHILDREN}}`.
        """
        links = as_list(sg_linked_entities)
        if jira_field == CHILDREN_FIELD:
            return self._sync_children(links, jira_issue)
        if not links:
            # Sent even when there is no parent: what is not shown to us may still be there.
            return self._set_parent(jira_issue, None)
        linked = self._keys_of(links)
        is_complete = linked.is_complete
        for key in linked.synced:
            if self._parent_key(jira_issue) == key:
                continue
            if self.get_jira_issue(key) is None:
                is_complete = self._no_linked_issue(key)
            else:
                is_complete = self._set_parent(jira_issue, key) and is_complete
        return is_complete

    def _sync_children(self, links: list[Any], jira_issue: jira.resources.Issue) -> bool:
        linked = self._keys_of(links)
        is_complete = linked.is_complete
        present = {child.key: child for child in self._children_of(jira_issue)}
        for key in linked.synced:
            if key in present:
                continue
            child = self.get_jira_issue(key)
            if child is None:
                is_complete = self._no_linked_issue(key)
            elif self._parent_key(child) != jira_issue.key:
                is_complete = self._set_parent(child, jira_issue.key) and is_complete
        for key, child in present.items():
            if key not in linked.listed and not self._is_of_one_without_key(child, linked):
                is_complete = self._set_parent(child, None) and is_complete
        return is_complete

    def _is_of_one_without_key(self, child: jira.resources.Issue, linked: _Linked) -> bool:
        """Whether a linked record is about to get this Issue's key: a new Issue has its parent
        before that."""
        return bool(linked.keyless) and self._record_named_by(child) in linked.keyless

    def _keys_of(self, links: list[Any]) -> _Linked:
        records = self._with_key_and_flag(links)
        self._await_counterparts(
            record for record in records if is_on(record) and not record.get(SHOTGUN_JIRA_ID_FIELD)
        )
        keys = {
            (record["type"], record["id"]): record.get(SHOTGUN_JIRA_ID_FIELD) for record in records
        }
        of_links = [(str(link.get("type")), link.get("id")) for link in links]
        keyless = frozenset(record for record in of_links if not keys.get(record))
        left_out = [
            record for record in of_links if record in keyless or not self._is_mapped(record[0])
        ]
        synced = [key for (sg_type, _), key in keys.items() if key and self._is_mapped(sg_type)]
        if left_out:
            self._logger.warning(
                "%d of %d linked records are not synced with Jira (type not mapped, or no %s): %s",
                len(left_out),
                len(links),
                SHOTGUN_JIRA_ID_FIELD,
                [f"{sg_type} {number}" for sg_type, number in left_out],
            )
        listed = frozenset(key for key in keys.values() if key)
        return _Linked(synced, listed, keyless, not left_out)

    def _is_mapped(self, sg_type: str) -> bool:
        rule = self._mapping.of_entity(sg_type)
        return rule is not None and not rule.is_remark

    def _no_linked_issue(self, key: str) -> bool:
        self._logger.warning("Jira Issue %s of a linked record does not exist.", key)
        return False

    def _set_parent(self, issue: jira.resources.Issue, parent_key: str | None) -> bool:
        try:
            to_write(issue).update(fields={"parent": {"key": parent_key} if parent_key else None})
        except JIRAError as error:
            if error.status_code != 400:
                raise
            if parent_key is None and self._parent_key(issue) is None:
                return True  # a type that has no parents, on Data Center
            self._logger.warning(
                "Jira refused %s as the parent of %s: %s", parent_key, issue.key, error.text
            )
            return False
        return True

    def _parent_key(self, issue: jira.resources.Issue) -> str | None:
        return getattr(getattr(issue.fields, "parent", None), "key", None)

    def _children_of(self, jira_issue: jira.resources.Issue) -> list[jira.resources.Issue]:
        """All Issues whose parent this is, as far as Jira's search has noticed."""
        jql = f"parent IN ('{jira_issue.key}')"
        if not is_clients_own(self._jira, "search_issues"):
            return list(self._jira.search_issues(jql) or [])
        names = (self._jira.jira_shotgun_type_field, self._jira.jira_shotgun_id_field)
        fields = ",".join(["parent", *filter(None, names)])
        found = self._jira.search_issues(jql, maxResults=0, fields=fields)
        return [LazyIssue.of(child) for child in found]
