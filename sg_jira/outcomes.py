"""Why an event was not synced. The results of handlers themselves are plain booleans.

Handlers and syncers note their reason while they work; the Bridge hands it to whoever asked.
The note belongs to the thread (the context) that works on the event.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sg_jira.printable import printable


class Skip(str, Enum):
    """Reasons for not syncing an event; people filter and count by these words."""

    EMPTY_EVENT = "empty_event"
    NOT_A_FIELD_CHANGE = "not_a_field_change"
    NO_PROJECT = "no_project"
    ECHO = "echo"
    NO_HANDLER = "no_handler"
    NOT_LINKED = "not_linked"
    RECORD_NOT_FOUND = "record_not_found"
    SYNC_OFF = "sync_off"
    PROJECT_NOT_LINKED = "project_not_linked"
    JIRA_PROJECT_NOT_FOUND = "jira_project_not_found"
    PART_OF_A_CREATION = "part_of_a_creation"
    ISSUE_NOT_FOUND = "issue_not_found"
    ISSUE_OF_ANOTHER_RECORD = "issue_of_another_record"
    DUPLICATED_RECORD = "duplicated_record"
    COMMENT_NOT_FOUND = "comment_not_found"
    NOTE_NOT_LINKED = "note_not_linked"
    NOT_AN_ANSWER = "not_an_answer"
    SEVERAL_RECORDS = "several_records"
    VALUE_REFUSED = "value_refused"
    STATUS_NOT_REACHED = "status_not_reached"
    NOTHING_TO_WRITE = "nothing_to_write"
    OTHER_DIRECTION = "other_direction"
    DELETION_NOT_SYNCED = "deletion_not_synced"
    NO_SYNCED_RECORD = "no_synced_record"
    ISSUE_TYPE_NOT_FOUND = "issue_type_not_found"
    ISSUE_TYPE_NOT_MAPPED = "issue_type_not_mapped"
    NOT_ON_SCREEN = "not_on_screen"
    WORKLOG_NOT_FOUND = "worklog_not_found"
    NOT_CONFIRMED = "not_confirmed"
    ATTACHMENT_TOO_LARGE = "attachment_too_large"
    ATTACHMENT_ELSEWHERE = "attachment_elsewhere"
    ATTACHMENT_NOT_AVAILABLE = "attachment_not_available"


@dataclass(frozen=True)
class Skipped:
    """An event that was not synced: the reason, and what exactly it was, in words for people."""

    reason: Skip
    detail: str

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.detail}"


#: Reasons for which a part of an event may stay behind while the rest of it is synced.
_OF_PARTS: Final = frozenset(
    {
        Skip.VALUE_REFUSED,
        Skip.STATUS_NOT_REACHED,
        Skip.ATTACHMENT_TOO_LARGE,
        Skip.ATTACHMENT_ELSEWHERE,
        Skip.ATTACHMENT_NOT_AVAILABLE,
    }
)

_noted: ContextVar[Skipped | None] = ContextVar("sg_jira_noted_skip", default=None)
_left_out: ContextVar[tuple[Skipped, ...]] = ContextVar("sg_jira_left_out", default=())


def note_skip(reason: Skip, detail: str) -> Skipped:
    """Notes why the event at hand is not synced; a later note replaces an earlier one.

    The detail may quote what came from outside: it is made fit for one line.
    """
    skipped = Skipped(reason, printable(detail))
    _noted.set(skipped)
    if reason in _OF_PARTS and skipped not in _left_out.get():
        _left_out.set((*_left_out.get(), skipped))
    return skipped


def noted_skip() -> Skipped | None:
    """What was noted last for the event at hand, if anything."""
    return _noted.get()


def noted_parts() -> tuple[Skipped, ...]:
    """What was noted of single values and files of the event at hand, in order.

    They were left out, also when the rest of the event was synced.
    """
    return _left_out.get()


def forget_skip() -> None:
    """Starts afresh, for the next event."""
    _noted.set(None)
    _left_out.set(())
    _handler.set(None)


_handler: ContextVar[str | None] = ContextVar("sg_jira_noted_handler", default=None)


def note_handler(handler: object) -> None:
    """Notes who takes the event at hand."""
    _handler.set(type(handler).__name__)


def noted_handler() -> str | None:
    """The name of the class that takes the event at hand, if anybody does."""
    return _handler.get()
