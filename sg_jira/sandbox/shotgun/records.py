"""The values that the parts of the FPTR site hand to each other. No behaviour of the site here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

#: A link as FPTR's API writes it: `type`, `id` and, in answers, `name`.
Entity = dict[str, Any]
#: A record as FPTR's API answers it.
Record = dict[str, Any]
#: A record as it is stored: `type`, `id` and every field, links as `Ref`.
Row = dict[str, Any]
#: Gives the current time, aware of its zone.
Clock = Callable[[], datetime]

EVENT_LOG: Final = "EventLogEntry"
DATETIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"

#: Field that names a record where it is not `code`.
NAME_FIELDS: Final = {
    "Project": "name",
    "Task": "content",
    "Note": "subject",
    "Reply": "content",
    "TimeLog": "description",
    "Ticket": "title",
    "HumanUser": "name",
    "Department": "name",
    "ApiUser": "firstname",
    "Status": "name",
    "Tag": "name",
    "Attachment": "display_name",
    EVENT_LOG: "event_type",
}


class Ref(NamedTuple):
    """Which record: its type and id."""

    type: str
    id: int


@dataclass(frozen=True)
class Author:
    """Who makes a change, and in which session.

    `actual` is the script or person behind a change that was made in another person's name.
    """

    user: Ref
    session_uuid: str | None = None
    actual: Ref | None = None


def ref_of(row: Row) -> Ref:
    """The reference to a stored record."""
    return Ref(row["type"], row["id"])
