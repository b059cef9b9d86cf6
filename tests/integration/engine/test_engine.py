"""The whole engine with its threads, and what it shows over HTTP and on the command line."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from sg_jira.cli import main
from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.policy import Policy
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.engine.schema import State
from sg_jira.errors import StoreAway, StoreRefused
from sg_jira.events import event_from_shotgun
from sg_jira.json_logs import JsonLines
from sg_jira.site_calls import Site, jira_call, make_call, shotgun_call
from sg_jira.sources.metrics import SourceMetrics
from sg_jira.web import create_app
from sg_jira.web.acceptance import EngineAcceptor
from sg_jira.web.admins import Admins
from sg_jira.web.connection import Readiness, with_engine
from sg_jira.web.engine_pages import make_engine_pages
from sg_jira.web.reasons import Redaction
from tests.integration.engine.conftest import NOON, Records, StudioBridge

DOCS = Path(__file__).parents[3] / "docs"
FORMER_STORE = Path(__file__).parents[2] / "data" / "store_0005.sql"
TOKEN = "a-token-that-is-long-enough"


class Running:
    """An engine at work, and the ways to it."""

    def __init__(self, path, **options):
        self.bridge = StudioBridge()
        self.bridge.act = self.act
        self.away: Deferred | None = None
        policy = Policy(attempts=1)
        self.engine = Engine(
            EngineOptions(path, policy=policy, **options), self.connected, Redaction(["s3cret"])
        )

    def connected(self):
        if self.away:
            raise self.away
        return self.bridge

    def act(self, event):
        if event["meta"].get("new_value") == "poison":
            raise KeyError("s3cret cause")
        return True

    def post(self, number, task=1, **meta):
        payload = {
            "event_log_entry_id": number,
            "meta": {"type": "attribute_change", "attribute_name": "content", **meta},
        }
        event = event_from_shotgun("default", "Task", task, payload, received_at=NOON, signed=True)
        return self.engine.accept(event)

    def app(self, token=None):
        admins = Admins(token)
        app = create_app(
            EngineAcceptor(self.engine),
            settings_names=["default"],
            readiness=lambda: with_engine(Readiness(True, True), self.engine.status()),
            reset=lambda: None,
            max_body_bytes=10_000,
            admins=admins,
            engine_pages=make_engine_pages(self.engine, admins, lambda compare: {}),
        )
        return app.test_client()


@pytest.fixture
def settings(tmp_path):
    """A settings file; the store is beside it."""
    path = tmp_path / "studio.py"
    path.write_text(
        'SHOTGUN = {"site": "x", "script_name": "x", "script_key": "x"}\n'
        'JIRA = {"site": "x", "user": "x", "secret": "x"}\n'
        'SYNC = {"default": {}}\n'
    )
    return path


@pytest.fixture
def running(settings):
    one = Running(settings.with_suffix(".events.sqlite3"))
    one.engine.start()
    yield one
    one.engine.stop(10)


@pytest.fixture
def dead(running, wait_until):
    """An engine with one dead letter."""
    running.post(1, new_value="poison")
    wait_until(lambda: running.engine.is_idle, "the event is dead")
    return running


def test_an_accepted_event_is_worked_on_at_once(running):
    receipt = running.post(1)

    assert running.engine.wait_for(receipt.seq, 10) == (State.SYNCED, None)


def test_a_store_of_a_former_version_is_upgraded_at_start_and_its_events_run(settings, wait_until):
    path = settings.with_suffix(".events.sqlite3")
    with closing(sqlite3.connect(path)) as former:
        former.executescript(FORMER_STORE.read_text())
        states = [state for (state,) in former.execute("SELECT state FROM event ORDER BY seq")]

    upgraded = Running(path)
    upgraded.bridge.shotgun = Records({"content": "read anew"})  # of those that ran before
    upgraded.engine.start()
    wait_until(lambda: upgraded.engine.is_idle, "all that waited has run")
    upgraded.engine.stop(10)

    assert states == ["synced", "waiting", "waiting", "running"]
    seen = {number: event["meta"]["new_value"] for _, number, event in upgraded.bridge.seen}
    assert seen == {1: "Dig", 2: "read anew", 3: "read anew"}


def test_events_wait_while_there_is_no_bridge_and_run_when_there_is_one(running, wait_until):
    running.away = Deferred(Reason.NOT_READY, 3600, "Jira is down")
    receipt = running.post(1)
    assert running.engine.wait_for(receipt.seq, 0.05)[0] is State.WAITING

    running.away = None
    running.engine.dispatcher.sweep_soon()
    wait_until(lambda: running.engine.is_idle, "the event has run")


def test_what_a_stop_leaves_is_done_by_the_next_start(settings, wait_until):
    path = settings.with_suffix(".events.sqlite3")
    first = Running(path)
    for number in range(5):
        first.post(number)
    first.engine.stop(0)

    second = Running(path)
    second.engine.start()
    wait_until(lambda: second.engine.is_idle, "all events have run")
    second.engine.stop(10)
    assert len(second.bridge.seen) == 5


def test_a_stop_lets_the_running_handler_finish_and_leaves_the_rest_waiting(settings):
    path = settings.with_suffix(".events.sqlite3")
    one = Running(path, workers=1)
    begun, go_on = threading.Event(), threading.Event()

    def act(event):
        begun.set()
        return go_on.wait(20)

    one.bridge.act = act
    one.post(1)
    one.post(2)
    one.post(3, task=2)
    one.engine.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=one.engine.stop, args=(10,))
    stopping.start()
    go_on.set()
    stopping.join(20)

    again = Running(path)
    counts = again.engine.inspection.overview().counts
    again.engine.stop(0)
    assert counts == {"synced": 1, "waiting": 2}


def test_a_second_engine_on_the_store_is_refused(running, settings):
    with pytest.raises(StoreRefused, match="Another bridge"):
        Running(settings.with_suffix(".events.sqlite3"))


def test_every_fate_is_one_line_in_the_log_without_payload(running, wait_until, caplog):
    with caplog.at_level(logging.INFO, "sg_jira.engine.running"):
        running.post(7, new_value="a secret plan")
        wait_until(lambda: any(hasattr(one, "fate") for one in caplog.records), "it was told")

    (record,) = [one for one in caplog.records if hasattr(one, "fate")]
    assert "fptr:7 of Task:1: synced" in record.getMessage()
    assert "plan" not in record.getMessage()
    told = json.loads(JsonLines().format(record))
    assert told["fate"]["outcome"] == "synced"
    assert told["level"] == "INFO"


def test_readyz_tells_inbox_dispatcher_breakers_and_entries(dead):
    told = dead.app().get("/readyz").get_json()

    assert told["ready"]
    assert (told["inbox"]["waiting"], told["inbox"]["dead"]) == (0, 1)
    assert told["inbox"]["oldest_seconds"] is None
    assert told["dispatcher"]["workers"] == 8
    assert told["breakers"]["jira"]["position"] == "closed"
    assert told["entries_not_ready"] == {}


def test_a_store_that_is_away_makes_senders_come_back(running, monkeypatch):
    client = running.app()

    def full(*_):
        raise StoreAway("database or disk is full")

    monkeypatch.setattr(running.engine.inbox, "accept_all", full)
    answer = client.post("/sg2jira/default/Task/1", json={})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_a_store_that_cannot_be_written_is_not_ready_until_it_can_without_anybody_sending(running):
    client = running.app()
    path = running.engine.store.path
    with closing(sqlite3.connect(path)) as other, other:
        for table in ("fact", "event"):
            other.execute(
                f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
    assert client.get("/readyz").status_code == 200, "nobody has tried to write yet"

    refused = client.post("/sg2jira/default/Task/1", json={})
    for _ in range(2):
        told = client.get("/readyz")
        assert told.status_code == 503
        assert "disk is full. Make room" in told.get_json()["inbox"]["reason"]
    with closing(sqlite3.connect(path)) as other, other:
        for table in ("fact", "event"):
            other.execute(f"DROP TRIGGER no_{table}")

    assert refused.status_code == 503
    assert client.get("/readyz").status_code == 200


def test_every_metric_is_documented_and_every_documented_one_exists(dead):
    SourceMetrics(dead.engine.metrics.registry, dict, list)
    text = dead.app().get("/metrics").get_data(as_text=True)
    exposed = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge|histogram)", text, re.MULTILINE))
    exposed = {name for name in exposed if not name.endswith("_created")}
    documented = set(
        re.findall(r"^\| `(sgjira_\w+)`", (DOCS / "metrics.md").read_text(), re.MULTILINE)
    )

    assert documented == exposed
    families = {one.name: one for one in text_string_to_metric_families(text)}
    (sample,) = families["sgjira_dead_letters"].samples
    assert sample.value == 1


@pytest.mark.parametrize("word", [*Reason, *State], ids=lambda word: word.value)
def test_every_state_and_reason_is_explained(word):
    assert f"| `{word.value}` |" in (DOCS / "queue.md").read_text()


def test_dead_letters_are_shown_and_replayed_over_http(dead, wait_until):
    client = dead.app()
    (listed,) = client.get("/admin/events?state=dead").get_json()["events"]
    shown = client.get(f"/admin/events/{listed['seq']}").get_json()
    assert listed["reason"] == "handler_failed"
    assert shown["payload"]["meta"]["new_value"] == "poison"
    assert "KeyError" in shown["trace"]
    assert "s3cret" not in json.dumps(shown)

    dead.bridge.act = lambda event: True
    answer = client.post(f"/admin/events/{listed['seq']}/replay")
    assert (answer.status_code, answer.get_json()["key"]) == (200, "Task:1")
    wait_until(lambda: dead.engine.is_idle, "it has run again")
    assert client.get("/admin/events/1").get_json()["state"] == "synced"
    assert client.post("/admin/events/1/replay").status_code == 409


def test_a_dead_letter_can_be_discarded_over_http(dead):
    client = dead.app()

    assert client.post("/admin/events/1/discard").get_json()["state"] == "discarded"
    assert client.post("/admin/events/99/discard").status_code == 404


@pytest.mark.parametrize("number", [99, 2**63 - 1, 2**63, 10**30])
def test_an_event_that_cannot_be_is_404(running, number):
    client = running.app()

    assert client.get(f"/admin/events/{number}").status_code == 404
    assert client.post(f"/admin/events/{number}/replay").status_code == 404
    assert client.post(f"/admin/events/{number}/discard").status_code == 404


@pytest.mark.parametrize(
    "query", ["state=odd", "since=soon", "limit=0", "limit=9999999999999", "limit=x"]
)
def test_a_filter_that_is_not_known_is_400(running, query):
    assert running.app().get(f"/admin/events?{query}").status_code == 400


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.1", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}),
    ],
)
@pytest.mark.parametrize("path", ["/admin/events", "/admin/events/1"])
def test_without_a_token_only_this_machine_sees_events(dead, address, headers, path):
    answer = dead.app().get(path, headers=headers, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == 403
    assert "poison" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("said", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
def test_a_wrong_token_is_refused_even_from_this_machine(dead, said):
    headers = {} if said is None else {"Authorization": said}

    assert dead.app(SecretStr(TOKEN)).get("/admin/events", headers=headers).status_code == 401


def test_everything_under_admin_needs_the_token(dead):
    client = dead.app(SecretStr(TOKEN))
    rules = [
        rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/admin/")
    ]
    statuses = {
        (rule.rule, method): client.open(
            rule.rule.replace("<int:seq>", "1"), method=method
        ).status_code
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if "<path:action>" not in rule.rule
    }

    assert len(statuses) >= 6
    assert set(statuses.values()) == {401}, statuses


def test_the_token_opens_the_pages_from_anywhere(dead):
    answer = dead.app(SecretStr(TOKEN)).get(
        "/admin/events",
        headers={"Authorization": f"Bearer {TOKEN}"},
        environ_base={"REMOTE_ADDR": "192.0.2.1"},
    )

    assert answer.status_code == 200


def sg_jira(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_lists_shows_and_replays_beside_a_running_service(dead, settings, wait_until):
    listed = sg_jira("dead-letters", "list", "--settings", settings, "--json")
    assert [one["reason"] for one in json.loads(listed.output)] == ["handler_failed"]
    assert "handler_failed" in sg_jira("dead-letters", "list", "--settings", settings).output
    shown = json.loads(sg_jira("events", "show", "--settings", settings, "--json", 1).output)
    assert shown["payload"]["meta"]["new_value"] == "poison"

    dead.bridge.act = lambda event: True
    replayed = sg_jira("dead-letters", "replay", "--settings", settings, "--all")

    assert (replayed.exit_code, replayed.output) == (
        0,
        "Waiting again: 1 events of 1 records.\n",
    )
    wait_until(lambda: dead.engine.is_idle, "the service has noticed")
    assert sg_jira("dead-letters", "replay", "--settings", settings, 1).exit_code == 1


def test_the_command_and_the_page_tell_the_calls_of_an_event(running, settings, wait_until):
    calls = [shotgun_call("read", {"type": "Task"}), jira_call("PUT", "/rest/api/2/issue/CMT-1")]
    running.bridge.act = lambda event: [make_call(call, lambda: True) for call in calls]
    running.post(1)
    wait_until(lambda: running.engine.is_idle, "the event has run")

    shown = json.loads(sg_jira("events", "show", "--settings", settings, "--json", 1).output)
    assert shown["calls"] == {"fptr": {"read Task": 1}, "jira": {"PUT issue/{}": 1}}
    assert running.app().get("/admin/events/1").get_json() == shown
    text = sg_jira("events", "show", "--settings", settings, 1).output
    assert "  fptr    1 read Task\n  jira    1 PUT issue/{}\n" in text


def test_the_command_filters_by_state_key_and_time(dead, settings, wait_until):
    dead.post(2, task=2)
    wait_until(lambda: dead.engine.is_idle, "all has run")

    def found(*options):
        listed = sg_jira("events", "list", "--settings", settings, "--json", *options)
        return [one["seq"] for one in json.loads(listed.output)]

    assert found() == [1, 2]
    assert found("--state", "synced") == [2]
    assert found("--key", "Task:1") == [1]
    assert found("--since", "2026-03-02") == []
    assert found("--limit", "1") == [2]


@pytest.mark.parametrize("columns", ["80", "30"])
def test_what_names_an_event_is_whole_on_any_terminal(
    dead, settings, wait_until, monkeypatch, columns
):
    dead.bridge.act = lambda event: 1 / 0
    dead.post(2, task=12345678901234567890)
    wait_until(lambda: dead.engine.is_idle, "all has run")
    monkeypatch.setenv("COLUMNS", columns)

    listed = sg_jira("events", "list", "--settings", settings).output

    received = json.loads(sg_jira("events", "list", "--settings", settings, "--json").output)
    for number, key, event in zip((1, 2), (1, 12345678901234567890), received, strict=True):
        (line,) = (one for one in listed.splitlines() if f"Task:{key} " in one)
        assert line.split()[:4] == [str(number), event["received_at"][:19], f"Task:{key}", "dead"]
    assert max(map(len, listed.splitlines())) <= 90
    assert "ZeroDivisionError" in "".join(one[60:].strip() for one in listed.splitlines())


def test_dead_letters_are_chosen_alike_to_be_listed_and_to_be_replayed(dead, settings):
    this = ("--reason", "handler_failed", "--entry", "default", "--direction", "sg2jira")
    others = (
        ("--reason", "site_refused"),
        ("--entry", "other"),
        ("--direction", "jira2sg"),
        ("--key", "Task:2"),
    )
    for options, found in (*((each, 0) for each in others), (this, 1)):
        listed = sg_jira("dead-letters", "list", "--settings", settings, "--json", *options)
        assert len(json.loads(listed.output)) == found
        replayed = sg_jira("dead-letters", "replay", "--settings", settings, "--all", *options)
        assert (replayed.exit_code == 0) is bool(found)


def test_the_command_shows_which_records_are_blocked_and_why(running, settings, wait_until):
    def refuse(event):
        raise requests.ConnectionError("[reset] by peer")

    running.bridge.act = refuse
    receipt = running.post(1, task=9)
    running.engine.wait_for(receipt.seq, 10)
    wait_until(lambda: running.engine.inspection.overview().blocked, "it has failed")

    (blocked,) = json.loads(sg_jira("events", "blocked", "--settings", settings, "--json").output)
    assert (blocked["ordering_key"], blocked["reason"]) == ("Task:9", "no_answer")
    assert "Task:9" in sg_jira("events", "blocked", "--settings", settings).output


@pytest.mark.parametrize(
    "said",
    ["The description " * 10, "x" * 200],
    ids=["words", "one word"],
)
def test_a_reason_that_is_too_long_for_a_list_says_so_at_a_word(
    running, settings, wait_until, monkeypatch, said
):
    def refuse(event):
        raise requests.ConnectionError(said)

    running.bridge.act = refuse
    receipt = running.post(1, task=9)
    running.engine.wait_for(receipt.seq, 10)
    wait_until(lambda: running.engine.inspection.overview().blocked, "it has failed")
    monkeypatch.setenv("COLUMNS", "250")

    for command in ("blocked", "list"):
        listed = sg_jira("events", command, "--settings", settings).output
        (line,) = (one.rstrip() for one in listed.splitlines() if "Task:9" in one)
        whole = json.loads(sg_jira("events", command, "--settings", settings, "--json").output)
        assert line.endswith("…")
        detail = line.partition("no_answer: ")[2]
        assert len(detail) <= 100
        assert whole[0]["detail"].startswith(detail.removesuffix("…").rstrip())
        assert said.strip() in whole[0]["detail"]
        if " " in said:
            assert detail.removesuffix(" …").split()[-1] in said.split()


def test_the_command_shows_what_is_known_of_the_sites(running, settings):
    running.engine.breakers[Site.JIRA].failed("Task:1", "rate_limited", 600.0, True)

    told = json.loads(sg_jira("events", "sites", "--settings", settings, "--json").output)
    assert (told["jira"]["position"], told["jira"]["reason"]) == ("open", "rate_limited")
    assert told["fptr"]["position"] == "closed"
    assert told == running.app().get("/readyz").get_json()["breakers"]
    assert "rate_limited" in sg_jira("events", "sites", "--settings", settings).output


def test_the_command_discards_and_erases(dead, settings):
    assert sg_jira("dead-letters", "discard", "--settings", settings, 1).exit_code == 0
    erased = sg_jira("events", "erase", "--settings", settings, "poison")

    assert erased.output == "1 events erased.\n"
    assert dead.engine.inspection.show(1)["payload"] == {"erased": True}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("dead-letters", "replay"), 2),
        (("dead-letters", "replay", "--all", "1"), 2),
        (("events", "erase", " "), 2),
        (("events", "show", "99"), 1),
    ],
)
def test_what_cannot_be_done_is_said_by_the_exit_code(running, settings, arguments, code):
    group, command, *rest = arguments

    assert sg_jira(group, command, "--settings", settings, *rest).exit_code == code


def test_without_a_store_the_command_says_so(settings):
    result = sg_jira("events", "list", "--settings", settings)

    assert result.exit_code == 1
    assert "There is no store" in result.output


def test_a_backup_made_beside_a_running_service_can_be_restored(dead, settings, tmp_path):
    store = settings.with_suffix(".events.sqlite3")
    copy = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    dead.post(2)
    dead.engine.stop(10)
    for end in ("-wal", "-shm"):
        Path(f"{store}{end}").unlink(missing_ok=True)
    copy.replace(store)

    restored = Running(store)
    counts = restored.engine.inspection.overview().counts
    restored.engine.stop(0)
    assert counts == {"dead": 1}
