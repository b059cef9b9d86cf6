"""How an event and its calls become a row of the store, and a row becomes these. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sg_jira.engine.schema import State
from sg_jira.events import Direction, Source, SyncEvent
from sg_jira.site_calls import Site

#: Calls by site and endpoint, as a pass counts them.
Calls = Mapping[tuple[Site, str], int]


def values_of(arriving: SyncEvent) -> dict[str, Any]:
    """The row of an event that arrives, but for its key and its lane."""
    return {
        "id": arriving.id,
        "settings_name": arriving.settings_name,
        "direction": arriving.direction.value,
        "subject_type": arriving.subject_type,
        "subject_id": str(arriving.subject_id),
        "params": json.dumps(dict(arriving.params)),
        "payload": json.dumps(dict(arriving.payload)),
        "source": arriving.source.value,
        "signed": arriving.signed,
        "occurred_at": arriving.occurred_at,
        "received_at": arriving.received_at,
        "state": State.WAITING.value,
    }


def event_of(row: Any) -> SyncEvent:
    """The event that a row of the inbox holds."""
    direction = Direction(row.direction)
    is_record = direction is Direction.SHOTGUN_TO_JIRA
    return SyncEvent(
        id=row.id,
        direction=direction,
        settings_name=row.settings_name,
        subject_type=row.subject_type,
        subject_id=int(row.subject_id) if is_record else row.subject_id,
        ordering_key=row.ordering_key,
        source=Source(row.source),
        signed=row.signed,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        params=json.loads(row.params),
        payload=json.loads(row.payload),
    )


def text_of_calls(calls: Calls) -> str | None:
    """Calls as a column of text; `None` without any."""
    by_site: dict[str, dict[str, int]] = {}
    for (site, endpoint), number in sorted(calls.items()):
        by_site.setdefault(site.value, {})[endpoint] = number
    return json.dumps(by_site) if by_site else None


def calls_of(text: str | None) -> Counter[tuple[Site, str]]:
    """The calls that a column tells."""
    by_site = json.loads(text or "{}")
    return Counter(
        {
            (Site(site), endpoint): number
            for site, numbers in by_site.items()
            for endpoint, number in numbers.items()
        }
    )
