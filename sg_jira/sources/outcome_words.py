"""What FPTR is told of an event's outcome: a line for people, without anything of the event. Pure.

The details of an outcome may quote names and values, so that they stay in the bridge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sg_jira.engine.deliveries import Settled
from sg_jira.engine.failures import Reason
from sg_jira.engine.passes import WITHOUT_REASON
from sg_jira.outcomes import Skip

#: Reason -> what it means; the whole story is in the documentation.
MEANINGS: Final[Mapping[str, str]] = {
    Skip.EMPTY_EVENT.value: "the event says no change",
    Skip.NOT_A_FIELD_CHANGE.value: "it is not about a field of a record",
    Skip.NO_PROJECT.value: "the record belongs to no Project",
    Skip.ECHO.value: "the bridge itself made the change",
    Skip.NO_HANDLER.value: "nothing in the settings syncs this",
    Skip.NOT_LINKED.value: "the Issue belongs to no record",
    Skip.RECORD_NOT_FOUND.value: "the record is not there, or the script user may not see it",
    Skip.SYNC_OFF.value: "syncing of the record is off",
    Skip.PROJECT_NOT_LINKED.value: "the Project has no Jira key",
    Skip.JIRA_PROJECT_NOT_FOUND.value: "there is no such Jira project to be seen",
    Skip.PART_OF_A_CREATION.value: "another event of the same creation syncs everything",
    Skip.ISSUE_NOT_FOUND.value: "the Issue is not there any more",
    Skip.ISSUE_OF_ANOTHER_RECORD.value: "the Issue names another record",
    Skip.DUPLICATED_RECORD.value: "the record is a copy, the Issue belongs to the original",
    Skip.COMMENT_NOT_FOUND.value: "the comment was deleted in Jira",
    Skip.NOTE_NOT_LINKED.value: "the Note has no synced Task or no comment",
    Skip.NOT_AN_ANSWER.value: "the comment answers no Note",
    Skip.SEVERAL_RECORDS.value: "several records have the same key",
    Skip.VALUE_REFUSED.value: "a value has no counterpart in Jira",
    Skip.STATUS_NOT_REACHED.value: "no transition in Jira leads to this status",
    Skip.NOTHING_TO_WRITE.value: "the change has no place in Jira",
    Skip.OTHER_DIRECTION.value: "it is synced in the other direction only",
    Skip.DELETION_NOT_SYNCED.value: "deletions of this kind are not synced",
    Skip.NO_SYNCED_RECORD.value: "nothing that it is linked to is synced",
    Skip.ISSUE_TYPE_NOT_FOUND.value: "the Jira project lacks the issue type",
    Skip.ISSUE_TYPE_NOT_MAPPED.value: "the settings do not sync this issue type",
    Skip.NOT_ON_SCREEN.value: "a field is not on its Jira screen",
    Skip.WORKLOG_NOT_FOUND.value: "the worklog was deleted in Jira",
    Skip.NOT_CONFIRMED.value: "the site says otherwise by now",
    Skip.ATTACHMENT_TOO_LARGE.value: "a file is too large",
    Skip.ATTACHMENT_ELSEWHERE.value: "a file is kept where the bridge may not fetch it",
    Skip.ATTACHMENT_NOT_AVAILABLE.value: "a file is not to be had",
    WITHOUT_REASON: "nothing had to be written",
    Reason.RATE_LIMITED.value: "a site limited the calls",
    Reason.SITE_UNAVAILABLE.value: "a site was in trouble",
    Reason.NO_ANSWER.value: "a site did not answer",
    Reason.LOGIN_REFUSED.value: "a site refused the bridge's account",
    Reason.NOT_READY.value: "the bridge, or the entry of its settings, could not be used",
    Reason.SITE_REFUSED.value: "a site refused it",
    Reason.VALUE_REFUSED.value: "a value has no counterpart in Jira",
    Reason.HANDLER_FAILED.value: "the bridge's handler failed",
    Reason.CREATION_UNCLEAR.value: "it is not clear whether the Issue was made",
    Reason.CREATION_UNDER_WAY.value: "what it belongs to was never made",
}


def words_for(settled: Settled) -> str:
    """The line: what became of the event, why, and by which number the bridge knows it."""
    what = f"sg-jira: {settled.state}"
    if settled.merged_into is not None:
        what += f" into event {settled.merged_into}"
    if settled.reason is not None:
        means = MEANINGS.get(settled.reason)
        what += f" ({settled.reason}: {means})" if means else f" ({settled.reason})"
    return f"{what}. Event {settled.seq}."
