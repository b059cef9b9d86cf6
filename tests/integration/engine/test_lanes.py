"""People's changes before back-fill: what waits for what, and for how long."""

from __future__ import annotations

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import shotgun_api3

from sg_jira.engine import back_fill
from sg_jira.engine.back_fill import BackFill
from sg_jira.engine.passes import EASE_SECONDS
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.engine.schema import Lane
from sg_jira.events import event_from_shotgun
from sg_jira.site_calls import Site, jira_call, make_call, shotgun_call
from sg_jira.web.reasons import Redaction
from tests.integration.engine.conftest import NOON, Records, StudioBridge
from tests.unit.engine.test_failures import jira_error

READ = jira_call("GET", "https://j/rest/api/2/issue/CMT-1")
PEOPLE = 900


def full_sync(bench, task, number=1):
    payload = {"event_log_entry_id": number, "meta": {"attribute_name": "content"}}
    return event_from_shotgun("default", "Task", task, payload, received_at=bench.clock())


@pytest.fixture
def both(bench):
    """Task 1 waits for back-fill, a person has edited Task 2, and both happened to Task 3."""
    bench.inbox.accept(full_sync(bench, 1), Lane.BULK)
    bench.fptr(2, task=2)
    bench.inbox.accept(full_sync(bench, 3, number=3), Lane.BULK)
    bench.fptr(4, task=3)
    return bench


def drain_all(bench):
    times = [bench.drain(f"Task:{task}") for task in (1, 2, 3)]
    return times, bench.states()


def test_back_fill_leaves_a_site_alone_that_is_near_a_limit(both, clock):
    both.passes.pacing.ease(Site.JIRA, 60.0)

    times, states = drain_all(both)
    assert times == [clock() + timedelta(seconds=60), None, None]
    assert states == ["waiting", "synced", "synced", "synced"]
    clock.seconds = 61
    assert drain_all(both)[1] == ["synced"] * 4


def answer(**headers):
    return lambda event: make_call(READ, lambda: SimpleNamespace(status_code=200, headers=headers))


def test_jira_says_itself_that_a_limit_is_near(both, clock):
    both.bridge.act = answer(**{"X-RateLimit-NearLimit": "true"})
    both.drain("Task:2")

    assert both.drain("Task:1") == clock() + timedelta(seconds=10)


def test_answers_without_such_headers_change_nothing(both):
    both.bridge.act = answer(**{"Content-Type": "application/json"})

    assert drain_all(both)[1] == ["synced"] * 4


def fail(call, error):
    def send():
        raise error

    return lambda event: make_call(call, send)


@pytest.mark.parametrize(
    ("call", "error", "waits"),
    [
        (shotgun_call("read", None), shotgun_api3.Fault("The server is busy"), True),
        (READ, jira_error(503), True),
        (READ, jira_error(429, **{"RateLimit-Reason": "jira-burst-based"}), True),
        (READ, jira_error(429, **{"RateLimit-Reason": "jira-per-issue-on-write"}), False),
        (READ, jira_error(400), False),
    ],
    ids=["overload", "503", "burst", "one issue", "refused"],
)
def test_back_fill_leaves_a_site_alone_that_asks_for_less(both, clock, call, error, waits):
    both.bridge.act = fail(call, error)
    both.drain("Task:2")
    both.bridge.act = lambda event: True

    expected = clock() + timedelta(seconds=EASE_SECONDS) if waits else None
    assert both.drain("Task:1") == expected


def test_being_near_a_limit_is_noted_rarely(both, clock):
    changes = []
    book = both.trouble
    write = book.change
    book.change = lambda site, step: changes.append(site) or write(site, step)
    for _ in range(50):
        before = book.known(Site.JIRA)
        both.passes.pacing.ease(Site.JIRA, 10.0)
        changes[-1] = book.known(Site.JIRA) != before
        clock.seconds += 0.2

    assert sum(changes) == 2


class Studio:
    """Two workers whose handler waits to be let go on, and who was handled in which order."""

    def __init__(self, **options):
        self.handled, self.go_on = [], threading.Semaphore(0)
        bridge = StudioBridge()
        bridge.shotgun = Records({"content": "present"})
        bridge.sync_in_jira = self.handle
        self.engine = Engine(EngineOptions(workers=2, **options), lambda: bridge, Redaction([]))

    def handle(self, name, kind, number, event, **kwargs):
        assert self.go_on.acquire(timeout=20)
        self.handled.append(number)
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_on.release(100)
        self.engine.stop(10)

    def edit(self, task):
        payload = {"event_log_entry_id": task, "meta": {"attribute_name": "content"}}
        self.engine.accept(event_from_shotgun("default", "Task", task, payload, received_at=NOON))

    @property
    def bulk_waiting(self):
        with self.engine.store.reading() as connection:
            asked = "SELECT count(*) FROM event WHERE lane = 'bulk' AND state != 'synced'"
            return connection.exec_driver_sql(asked).scalar()


def feed_while_people_edit(studio, wait_until, monkeypatch):
    """Fills twelve Tasks back, at most four at a time, while people edit others."""
    monkeypatch.setattr(back_fill, "MOST_WAITING", 4)
    engine, seen, pauses = studio.engine, [], []

    def pause():
        pauses.append(len(studio.handled))
        seen.append(studio.bulk_waiting)
        if len(pauses) in (1, 3):
            studio.edit(PEOPLE + len(pauses))
        before = len(studio.handled)
        studio.go_on.release()
        wait_until(lambda: len(studio.handled) > before, "a worker goes on")

    fill = BackFill(
        engine.inbox,
        engine.store,
        lambda: NOON,
        "all",
        "default",
        lambda key: engine.dispatcher.wake(key, lane=Lane.BULK),
        pause,
    )
    project = {"type": "Project", "id": 1}
    records = [{"type": "Task", "id": task, "project": project} for task in range(1, 13)]
    engine.start()
    fed = list(fill.feed(records))
    studio.go_on.release(20)
    wait_until(lambda: engine.is_idle, "all is done")

    assert len(fed) == 12
    assert max(seen) == 4, "no more than four wait at any time"
    assert sorted(studio.handled) == [*range(1, 13), PEOPLE + 1, PEOPLE + 3]
    for edit in (1, 3):
        # Those that had begun may end first.
        assert studio.handled.index(PEOPLE + edit) <= pauses[edit - 1] + 2
    assert list(fill.feed(records)) == [], "what is known is not fed again"
    progress = fill.progress()
    assert (progress.fed, progress.done) == (12, 12)


def test_edits_are_served_while_records_are_filled_back(tmp_path, wait_until, monkeypatch):
    with Studio(store=tmp_path / "store.sqlite3") as studio:
        feed_while_people_edit(studio, wait_until, monkeypatch)
