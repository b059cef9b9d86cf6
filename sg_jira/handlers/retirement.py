"""What becomes of the Issue of a record that is deleted in FPTR (retired there), or brought back.

Only an Issue that names exactly this record is ever touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import jira.resources
from jira.exceptions import JIRAError

from sg_jira import jira_transitions
from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD, SHOTGUN_SYNC_IN_JIRA_FIELD
from sg_jira.events import RETIREMENT
from sg_jira.handlers.counterparts import Counterparts
from sg_jira.handlers.sync_handler import Entity
from sg_jira.handlers.upkeep_settings import (
    LEFT_ALONE,
    OnRetirement,
    RetirementRule,
)
from sg_jira.outcomes import Skip

_LABELS: Final = "labels"
#: What the bridge's account needs in the Jira project for each of these.
_PERMISSIONS: Final[Mapping[OnRetirement, str]] = {
    OnRetirement.CLOSE: "Transition Issues (on Jira Data Center also Close Issues)",
    OnRetirement.LABEL: "Edit Issues",
    OnRetirement.DELETE_ISSUE: "Delete Issues",
}


def is_retirement(meta: Mapping[str, Any]) -> bool:
    """Whether an event tells that a record was deleted or brought back."""
    return bool(meta.get("attribute_name") == RETIREMENT)


class Retirement(Counterparts):
    """A base of the handlers for which one record is one Issue."""

    @property
    def _retirement_rule(self) -> RetirementRule:
        """What the entry says about deleted records."""
        # A studio's stand-in for a syncer may know nothing of it.
        return getattr(self._syncer, "_retirement_rule", LEFT_ALONE)

    def _wants_retirement(self, rule: RetirementRule, subject: str) -> bool:
        """Whether a record's deletion or return is to be synced; notes a reason otherwise."""
        return rule.is_active or self._skip(
            Skip.DELETION_NOT_SYNCED, f"The deletion of {subject} is not synced to Jira."
        )

    def _as_it_is_now(
        self, meta: Mapping[str, Any], read: Callable[[bool], Entity | None]
    ) -> tuple[Entity | None, bool]:
        """A record and whether it is deleted at this moment, whatever the event says.

        An event may come late, when the record is back already, or is deleted again.

        Parameters:
            meta: of the event; tells where to look first.
            read: reads the record among the deleted ones, or among the living.
        """
        told = "new_value" not in meta or bool(meta["new_value"])
        for is_retired in (told, not told):
            record = read(is_retired)
            if record is not None:
                return record, is_retired
        return None, told

    def _retire_issue(self, sg_entity: Entity, rule: RetirementRule) -> bool:
        """Closes, labels or deletes the Issue of a deleted record.

        Raises:
            JIRAError: Jira refuses; the message says what is missing.
        """
        record = f"{sg_entity['type']} {sg_entity['id']}"
        key = sg_entity.get(SHOTGUN_JIRA_ID_FIELD)
        if not sg_entity.get(SHOTGUN_SYNC_IN_JIRA_FIELD):
            return self._skip(
                Skip.SYNC_OFF, f"{SHOTGUN_SYNC_IN_JIRA_FIELD} of the deleted {record} is off."
            )
        if not key:
            return self._skip(Skip.NOTHING_TO_WRITE, f"The deleted {record} has no Issue.")
        act = self._actions.get(rule.action)
        if act is None or not self._wants_retirement(rule, record):
            return False
        issue = self.get_jira_issue(key)
        if issue is None:
            return self._no_issue_left(key, record)
        if self._record_named_by(issue) != (sg_entity["type"], sg_entity["id"]):
            self._tell_whose_it_is(issue, key, sg_entity)
            return False
        try:
            return act(issue, rule, record)
        except JIRAError as error:
            if error.status_code == 404:
                return self._no_issue_left(key, record)
            raise _explained(error, rule.action, key, record) from error

    def _no_issue_left(self, key: str, record: str) -> bool:
        return self._skip(
            Skip.ISSUE_NOT_FOUND,
            f"Jira Issue {key} of the deleted {record} is gone already, nothing is left to do.",
            logging.INFO,
        )

    @property
    def _actions(
        self,
    ) -> Mapping[OnRetirement, Callable[[jira.resources.Issue, RetirementRule, str], bool]]:
        return {
            OnRetirement.CLOSE: self._close,
            OnRetirement.LABEL: self._label,
            OnRetirement.DELETE_ISSUE: self._delete,
        }

    def _close(self, issue: jira.resources.Issue, rule: RetirementRule, record: str) -> bool:
        comment = f"{record} was deleted in Flow Production Tracking"
        if rule.status:
            is_closed = self._jira.set_jira_issue_status(issue, rule.status, comment)
        else:
            is_closed = jira_transitions.close(self._jira, issue, comment)
        if is_closed:
            return True
        where = repr(rule.status) if rule.status else "any status of the category Done"
        return self._skip(
            Skip.STATUS_NOT_REACHED,
            f"Jira Issue {issue.key} of the deleted {record} cannot be closed: no transition "
            f"leads from where it is to {where}, or the bridge's account may not use it.",
            logging.WARNING,
        )

    def _label(self, issue: jira.resources.Issue, rule: RetirementRule, record: str) -> bool:
        labels = _labels_of(issue)
        if rule.label in labels:
            return True
        if _LABELS not in self._jira.get_jira_issue_edit_meta(issue):
            return self._skip(
                Skip.NOT_ON_SCREEN,
                f"Jira Issue {issue.key} of the deleted {record} cannot be labelled: labels are "
                "not on its edit screen.",
                logging.WARNING,
            )
        issue.update(fields={_LABELS: [*labels, rule.label]})
        return True

    def _delete(self, issue: jira.resources.Issue, rule: RetirementRule, record: str) -> bool:
        issue.delete()  # type: ignore[no-untyped-call]
        self._logger.info("Jira Issue %s of the deleted %s was deleted.", issue.key, record)
        return True

    def _take_back(
        self,
        issue: jira.resources.Issue,
        rule: RetirementRule,
        reopen: Callable[[], object],
    ) -> None:
        """Undoes what the deletion did to the Issue of a record that is back.

        Parameters:
            reopen: gives the Issue the status that its record has; called when it is closed. That
                comes before any field, as closed Issues often cannot be edited.
        """
        if rule.action is OnRetirement.LABEL and rule.label in _labels_of(issue):
            kept = [label for label in _labels_of(issue) if label != rule.label]
            issue.update(fields={_LABELS: kept})
        if rule.action is OnRetirement.CLOSE and _is_closed(issue, rule):
            reopen()


def reasons_for_new_issue(rule: RetirementRule) -> tuple[Skip, ...]:
    """For what a record that is back gets a new Issue: where the old one was deleted for it."""
    return (Skip.ISSUE_NOT_FOUND,) if rule.action is OnRetirement.DELETE_ISSUE else ()


def _is_closed(issue: jira.resources.Issue, rule: RetirementRule) -> bool:
    if rule.status:
        return bool(issue.fields.status.name == rule.status)
    return jira_transitions.is_done(issue)


def _labels_of(issue: jira.resources.Issue) -> list[str]:
    return list(getattr(issue.fields, _LABELS, None) or [])


def _explained(error: JIRAError, action: OnRetirement, key: str, record: str) -> JIRAError:
    """A refusal of Jira, in words for who has to mend it; any other error as it is."""
    if error.status_code == 403:
        why = (
            f"the bridge's Jira account may not do that. Grant it {_PERMISSIONS[action]} in the "
            f"project of {key}"
        )
    elif error.status_code == 400 and action is OnRetirement.DELETE_ISSUE:
        why = f"{error.text} Sub-tasks are not deleted along: delete or move them first"
    else:
        return error
    return JIRAError(
        f"Jira Issue {key} of the deleted {record} stays as it is (on_retirement="
        f"{action.value!r}): {why}, then replay this event.",
        status_code=error.status_code,
        url=error.url,
        response=error.response,
    )
