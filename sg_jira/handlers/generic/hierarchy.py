"""What is written to an Issue besides its fields: watchers, status and parent; see `children`."""

from __future__ import annotations

import logging
from typing import Any

import jira.resources

from sg_jira.conversions.kinds import CHILDREN_FIELD
from sg_jira.handlers.generic.acceptance import as_list
from sg_jira.handlers.generic.children import Children
from sg_jira.outcomes import Skip


class Hierarchy(Children):
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
        present: set[str] = set()
        if self._may_have_watchers(jira_issue):
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
