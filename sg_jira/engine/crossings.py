"""Recognises changes that crossed a write of the bridge, so that both sites end equal.

Two people edit the same field at the same moment, one on each site. The bridge carries the first
change over, and so overwrites the second, whose event still comes and still tells the value that
is gone. It is told with the present value instead: the change that was carried first stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from sg_jira.engine.guard import Change
from sg_jira.engine.schema import newest
from sg_jira.engine.watermarks import Marks
from sg_jira.event_ids import jira_subject
from sg_jira.events import Direction, SyncEvent
from sg_jira.places import WHOLE, Place, field_of_item, name_in, names_written, was_written

#: How long after a write of the bridge an event about the same field may have been on its way, at
#: most: as long as Jira Cloud tries to deliver one. Once the write itself has come back as an
#: event, later events are newer than it, and older ones have a lower number; this time counts only
#: where it comes back late, or never. https://community.developer.atlassian.com/t/30554
ON_ITS_WAY: Final = timedelta(minutes=30)

#: When places were written last, in milliseconds since 1970.
Writes = Mapping[Place, int]

_OTHER: Final = {
    Direction.SHOTGUN_TO_JIRA: Direction.JIRA_TO_SHOTGUN,
    Direction.JIRA_TO_SHOTGUN: Direction.SHOTGUN_TO_JIRA,
}
_MARK: Final = "written:"


def places_of(event: SyncEvent) -> list[Place]:
    """What an event says was changed."""
    if event.direction is Direction.SHOTGUN_TO_JIRA:
        meta = event.payload.get("meta")
        field = name_in(meta.get("attribute_name")) if isinstance(meta, Mapping) else None
        return [Place(f"{event.subject_type}:{event.subject_id}", field)] if field else []
    subject = jira_subject(event.payload)
    if subject is None:
        return []
    if subject[0] != "Issue":
        return [Place(":".join(subject), WHOLE)]
    issue, changelog = event.payload.get("issue"), event.payload.get("changelog")
    items = changelog.get("items") if isinstance(changelog, Mapping) else None
    told = (issue.get("id"), issue.get("key")) if isinstance(issue, Mapping) else ()
    names = {name for each in told if (name := name_in(each))}
    fields = [
        field
        for item in (items if isinstance(items, Sequence) else ())
        if isinstance(item, Mapping) and (field := field_of_item(item))
    ]
    return [Place(f"Issue:{name}", field) for name in names for field in fields]


def run_again(key: str, direction: Direction) -> Place:
    """Stands for all that a pass may have written before its process was killed."""
    return Place(f"pair:{key}", direction.value)


def watched(key: str, event: SyncEvent) -> list[Place]:
    """The places whose writes by the bridge an event may have crossed."""
    return [*places_of(event), run_again(key, _OTHER[event.direction])]


def is_crossed(key: str, event: SyncEvent, writes: Writes) -> bool:
    """Whether the bridge wrote what an event is about after, or just before, it came. Pure."""
    since = _milliseconds(event.received_at - ON_ITS_WAY)
    recent = [place for place, at in writes.items() if at > since]
    return any(
        was_written(place, [each.field for each in recent if each.record == place.record])
        for place in watched(key, event)
    )


def marks_watched(key: str, events: Iterable[SyncEvent]) -> list[Change]:
    """The watermarks that tell when the bridge wrote what events are about."""
    return [
        Change(f"{_MARK}{record}", field, 0)
        for event in events
        for record, field in watched(key, event)
    ]


def writes_among(marks: Marks) -> dict[Place, int]:
    """When places were written, of the watermarks that were read. Pure."""
    return {
        Place(record[len(_MARK) :], field): at
        for (record, field), at in marks.items()
        if record.startswith(_MARK)
    }


def marks_of(writes: Writes) -> list[Change]:
    """The watermarks that remember what the bridge has written. Pure."""
    return [Change(f"{_MARK}{place.record}", place.field, at) for place, at in writes.items()]


def forget_writes(connection: sa.Connection, echoes: Iterable[SyncEvent]) -> None:
    """Forgets the writes that have come back as events: what comes now comes after them."""
    for echo in echoes:
        for place in places_of(echo):
            connection.execute(
                _FORGET,
                {
                    "written": f"{_MARK}{place.record}",
                    "fields": sorted(names_written(place.field)),
                    "before": _milliseconds(echo.received_at),
                },
            )


#: Built once, since building it costs more than running it.
_FORGET: Final = sa.delete(newest).where(
    newest.c.record == sa.bindparam("written"),
    newest.c.field.in_(sa.bindparam("fields", expanding=True)),
    newest.c.source_id <= sa.bindparam("before"),
)


def written_since(places: Iterable[Place], begun: datetime) -> Writes:
    """What a pass has written, from its begin on: the write may come back before the pass ends."""
    return dict.fromkeys(places, _milliseconds(begun))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
