"""Of several processes that share a database, one looks at a site at a time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

from sg_jira.engine.postgres import open_postgres
from sg_jira.engine.store import Store
from sg_jira.events import Source, event_from_shotgun
from sg_jira.site_calls import Pass
from sg_jira.sources.positions import MOST_MISSING, Positions
from sg_jira.sources.recognition import Recognition
from sg_jira.sources.watch import Found, Rhythm, Watch

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Site:
    """A site that is looked at; while it is, something else may be tried."""

    def __init__(self) -> None:
        self.looks = 0
        self.meanwhile: Any = lambda: None

    def begin(self, bridge: Any) -> None:
        """Its position is there already."""

    def look(self, bridge: Any) -> Found:
        self.looks += 1
        self.meanwhile()
        return Found()

    def scan(self, bridge: Any) -> Found:
        return Found()


def watch(store: Store, site: Site) -> Watch:
    return Watch(
        "site",
        site,
        Rhythm(timedelta(minutes=10)),
        bridge=object,
        store=store,
        record=Pass,
        tell=lambda source, found: None,
        word=str,
        clock=lambda: NOON,
        dice=random.Random(1),
    )


def test_one_process_looks_while_another_one_is_about_to(store, database) -> None:
    other = open_postgres(database)
    try:
        site, late = Site(), Site()
        first, second = watch(store, site), watch(other, late)
        site.meanwhile = second.look_if_due

        assert first.look_if_due()
        assert (site.looks, late.looks) == (1, 0)
        assert second.look_if_due(), "it is free again"
    finally:
        other.close()


def test_positions_are_kept_as_on_sqlite(store) -> None:
    positions = Positions(store)
    positions.begin("fptr", position=5, looked=NOON)
    positions.begin("fptr", position=9)
    positions.advance("fptr", 10, [10], [6, 7, 8, 9], NOON)
    positions.advance("fptr", 11, [7, 11], range(20, 20 + MOST_MISSING), NOON)
    positions.put(["fptr", "jira:A"], reached=NOON)

    assert positions.get("fptr").position == 11
    assert positions.missing() == list(range(20, 20 + MOST_MISSING))
    assert positions.missing(since=NOON + timedelta(seconds=1)) == []
    assert positions.reached(["jira:A", "jira:B"]) == {"jira:A": NOON}
    positions.forget_missing(NOON + timedelta(seconds=1))
    assert positions.missing() == []


def test_what_has_not_arrived_is_news(store) -> None:
    body = {"event_log_entry_id": 5, "created_at": "2026-03-01T12:00:00Z"}
    fetched = event_from_shotgun(
        "default", "Task", 7, body, received_at=NOON, signed=True, source=Source.EVENT_LOG
    )

    assert Recognition(store, ("default",)).news([fetched]) == [fetched]
