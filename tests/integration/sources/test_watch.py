"""When it is looked: at start, on a schedule, when somebody asks, and later after a failure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.sqlite_store import open_store
from sg_jira.site_calls import Pass
from sg_jira.sources.positions import Positions
from sg_jira.sources.watch import Found, Rhythm, Watch

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
EVERY = timedelta(minutes=10)


class Looked:
    """A site that is looked at, with a clock that stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.bridge: Any = object()
        self.told: list[int | None] = []
        self.store = open_store(folder / "events.sqlite3")
        self.positions = Positions(self.store)

    def begin(self, bridge: Any) -> None:
        self.positions.begin("site", looked=self.now)

    def look(self, bridge: Any) -> Found:
        self.calls.append("look")
        if self.error:
            raise self.error
        return Found(2)

    def scan(self, bridge: Any) -> Found:
        self.calls.append("scan")
        return Found(1)

    def connected(self) -> Any:
        if self.bridge is None:
            raise Deferred(Reason.NOT_READY, 1, "not connected")
        return self.bridge

    def watch(self) -> Watch:
        return Watch(
            "site",
            self,
            Rhythm(EVERY),
            bridge=self.connected,
            store=self.store,
            record=Pass,
            tell=lambda source, found: self.told.append(found),
            word=str,
            clock=lambda: self.now,
            dice=random.Random(1),
        )

    def after(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Looked]:
    made = Looked(tmp_path)
    yield made
    made.store.close()


def test_the_very_first_start_looks_when_the_time_has_passed(site: Looked) -> None:
    watch = site.watch()
    watch.begin(site.bridge)

    assert not watch.look_if_due()
    site.after(minutes=10)
    assert watch.look_if_due()
    assert not watch.look_if_due()
    assert site.calls == ["look"]


def test_a_later_start_looks_at_once(site: Looked) -> None:
    site.watch().begin(site.bridge)
    again = site.watch()
    again.begin(site.bridge)

    assert again.look_if_due()
    assert site.told == [2]


def test_whoever_asks_is_heard_before_the_time(site: Looked) -> None:
    watch = site.watch()
    watch.begin(site.bridge)
    site.after(seconds=1)
    site.positions.ask(["site"], site.now)
    site.after(seconds=1)

    assert watch.look_if_due()
    assert not watch.look_if_due()


def test_a_failure_is_told_and_looked_at_again_ever_later(site: Looked) -> None:
    watch = site.watch()
    watch.begin(site.bridge)
    site.after(minutes=10)
    site.error = OSError("nobody there")
    assert watch.look_if_due()
    assert site.positions.get("site").problem == "nobody there"
    assert not watch.look_if_due()

    site.after(seconds=3)
    assert watch.look_if_due()
    site.after(seconds=2)
    assert not watch.look_if_due(), "the second wait is longer than the first"
    site.error = None
    site.after(seconds=10)
    assert watch.look_if_due()
    assert site.positions.get("site").problem is None
    assert site.told == [None, None, 2]


def test_everything_is_compared_once_a_day_or_when_somebody_asks(site: Looked) -> None:
    watch = site.watch()
    watch.begin(site.bridge)
    site.after(minutes=10)
    watch.look_if_due()
    assert site.calls == ["look"]

    site.after(days=1)
    watch.look_if_due()
    assert site.calls == ["look", "look", "scan"]
    site.after(seconds=1)
    site.positions.ask(["site"], site.now, scan=True)
    site.after(seconds=1)
    watch.look_if_due()
    assert site.calls == ["look", "look", "scan", "look", "scan"]


def test_without_a_bridge_nothing_is_looked_at(site: Looked) -> None:
    watch = site.watch()
    watch.begin(site.bridge)
    site.after(minutes=10)
    site.bridge = None

    assert not watch.look_if_due()
    assert site.calls == []


def test_a_watch_that_was_stopped_ends(site: Looked) -> None:
    watch = site.watch()
    watch.begin(site.bridge)
    watch.start()
    watch.stop(5)

    assert site.calls == []
