"""People's changes before back-fill: what waits for what, and for how long."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest
import shotgun_api3

from sg_jira.engine import back_fill
from sg_jira.engine.back_fill import BackFill
from sg_jira.engine.identity import Identities, JiraFacts
from sg_jira.engine.passes import EASE_SECONDS
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.engine.schema import Lane
from sg_jira.engine.sqlite_store import open_store
from sg_jira.events import Source, event_from_jira, event_from_shotgun, event_of_full_sync
from sg_jira.site_calls import Site, jira_call, make_call, shotgun_call
from sg_jira.web.reasons import Redaction
from tests.integration.engine.conftest import NOON, Records, StudioBridge
from tests.unit.engine.test_failures import jira_error

READ = jira_call("GET", "https://j/rest/api/2/issue/CMT-1")
PEOPLE = 900
OWN = {"accountId": "bot"}
OWN_ID = 7
MIRA = {"accountId": "mira"}


def full_sync(bench, task, number=1):
    payload = {"event_log_entry_id": number, "meta": {"attribute_name": "content"}}
    return event_from_shotgun(
        "default", "Task", task, payload, received_at=bench.clock(), source=Source.BACK_FILL
    )


@pytest.fixture
def both(bench):
    """Task 1 waits for back-fill, a person has edited Task 2, and both happened to Task 3."""
    bench.inbox.accept_all([full_sync(bench, 1)], Lane.BULK)
    bench.fptr(2, task=2)
    bench.inbox.accept_all([full_sync(bench, 3, number=3)], Lane.BULK)
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


def test_the_bridges_own_writes_are_looked_at_though_a_site_is_near_a_limit(both, clock):
    both.passes.pacing.ease(Site.JIRA, 60.0)
    echo = event_from_shotgun(
        "default",
        "Task",
        5,
        {"event_log_entry_id": 9, "meta": {"attribute_name": "content"}},
        received_at=clock(),
    )
    both.inbox.accept_all([echo], Lane.BULK)

    assert both.drain("Task:5") is None
    assert both.states()[-1] == "synced"


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
        self.begun, self.handled, self.go_on = [], [], threading.Semaphore(0)
        bridge = StudioBridge()
        bridge.shotgun = Records({"content": "present"})
        bridge.sync_in_jira = self.handle
        bridge.current_shotgun_user = {"type": "ApiUser", "id": OWN_ID}
        bridge.jira = SimpleNamespace(
            jira_shotgun_type_field="customfield_1",
            jira_shotgun_id_field="customfield_2",
            own_identities=OWN,
        )
        options = EngineOptions(**{"workers": 2, **options})
        self.engine = Engine(options, lambda: bridge, Redaction([]))
        self.engine.adopt(bridge)

    def handle(self, name, kind, number, event, **kwargs):
        self.begun.append(number)
        assert self.go_on.acquire(timeout=20)
        self.handled.append(number)
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_on.release(100)
        self.engine.stop(10)

    def edit(self, task, **told):
        payload = {"event_log_entry_id": task, "meta": {"attribute_name": "content"}, **told}
        return self.engine.accept(
            event_from_shotgun("default", "Task", task, payload, received_at=NOON)
        )

    def told_by_jira(self, **told):
        payload = {"webhookEvent": "jira:issue_updated", "issue": {"key": "CMT-1"}, **told}
        return self.engine.accept(
            event_from_jira("default", "issue", "CMT-1", payload, received_at=NOON)
        )

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
            edited = PEOPLE + len(pauses)
            studio.edit(edited)
            wait_until(lambda: edited in studio.begun, "the edit is begun at once")
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


@pytest.fixture
def studio(tmp_path):
    """One worker, which has not begun."""
    with Studio(store=tmp_path / "store.sqlite3", workers=1) as one:
        yield one


def all_handled(studio, wait_until):
    studio.engine.start()
    studio.go_on.release(100)
    wait_until(lambda: studio.engine.is_idle, "all is done")
    return studio.handled


def check_that_an_edit_goes_first(studio, wait_until):
    """Before two full syncs, and the bridge's own writes to three Tasks and to an Issue."""
    project = {"type": "Project", "id": 1}
    records = [{"type": "Task", "id": task, "project": project} for task in (1, 2)]
    fill = [event_of_full_sync("default", one, "all", NOON) for one in records]
    studio.engine.inbox.accept_all(fill, Lane.BULK)
    for task in (1, 2, 3):
        studio.edit(task, user={"type": "ApiUser", "id": OWN_ID})
    studio.told_by_jira(user=OWN)
    studio.edit(PEOPLE, user={"type": "HumanUser", "id": OWN_ID})

    handled = all_handled(studio, wait_until)
    assert handled[0] == PEOPLE
    assert handled[1:] == [1, 1, 2, 2, 3, "CMT-1"], "the others in the order of their arrival"


def test_an_edit_goes_before_the_bridges_own_writes_and_what_is_filled_back(studio, wait_until):
    check_that_an_edit_goes_first(studio, wait_until)


def test_an_edit_takes_along_what_came_before_it_for_the_same_record(studio, wait_until):
    studio.edit(1, user={"type": "ApiUser", "id": OWN_ID})
    studio.edit(2, user={"type": "ApiUser", "id": OWN_ID})
    event = {"event_log_entry_id": 99, "meta": {"attribute_name": "content"}}
    studio.engine.accept(event_from_shotgun("default", "Task", 2, event, received_at=NOON))

    assert all_handled(studio, wait_until) == [2, 2, 1]


@pytest.mark.parametrize(
    ("told", "lane"),
    [
        ({"user": OWN}, Lane.BULK),
        ({"user": MIRA}, Lane.LIVE),
        ({"user": None}, Lane.LIVE),
        ({}, Lane.LIVE),
        ({"webhookEvent": "comment_created", "comment": {"updateAuthor": OWN}}, Lane.BULK),
        ({"webhookEvent": "comment_updated", "comment": {"updateAuthor": MIRA}}, Lane.LIVE),
        ({"webhookEvent": "comment_deleted", "comment": {"updateAuthor": OWN}}, Lane.LIVE),
        ({"webhookEvent": "worklog_updated", "worklog": {"updateAuthor": OWN}}, Lane.BULK),
        ({"user": MIRA, "comment": {"updateAuthor": OWN}}, Lane.LIVE),
    ],
)
def test_who_did_it_in_jira_says_how_urgent_it_is(studio, told, lane):
    assert studio.told_by_jira(**told).lane is lane


@pytest.mark.parametrize("user", [None, {}, {"type": "ApiUser", "id": 8}, "bot", {"id": OWN_ID}])
def test_what_others_did_in_fptr_is_urgent(studio, user):
    assert studio.edit(1, user=user).lane is Lane.LIVE


def test_a_process_hears_of_the_own_accounts_what_another_one_has_learned(bench, store):
    other = Identities(store)
    facts = JiraFacts("customfield_1", "customfield_2", frozenset(OWN.values()))
    other.learn(facts, {"type": "ApiUser", "id": OWN_ID})
    payload = {"event_log_entry_id": 1, "user": {"type": "ApiUser", "id": OWN_ID}}
    lanes = [
        bench.inbox.accept(
            event_from_shotgun("default", "Task", task, payload, received_at=NOON)
        ).lane
        for task in (1, 2)
    ]

    assert lanes == [Lane.LIVE, Lane.BULK], "with the first event that it takes"


def test_the_own_accounts_are_known_before_the_sites_answer(studio, tmp_path):
    with closing(open_store(tmp_path / "store.sqlite3")) as store:
        lane_of = Identities(store).lane_of
        payload = {"user": {"type": "ApiUser", "id": OWN_ID}}
        event = event_from_shotgun("default", "Task", 1, payload, received_at=NOON)

        assert lane_of(event) is Lane.BULK
