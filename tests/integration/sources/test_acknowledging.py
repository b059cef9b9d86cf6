"""FPTR is told what became of its webhooks' deliveries, by setting, and nothing depends on it."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from sg_jira.engine.deliveries import Settled
from sg_jira.engine.failures import Reason
from sg_jira.engine.inbox import Fate, Inbox
from sg_jira.engine.passes import WITHOUT_REASON
from sg_jira.engine.schema import State
from sg_jira.engine.sqlite_store import open_store
from sg_jira.events import Source, event_from_shotgun
from sg_jira.outcomes import Skip
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.settings import ShotgunSettings
from sg_jira.site_calls import Pass
from sg_jira.sources.acknowledging import ATTEMPTS, MOST, Acknowledging
from sg_jira.sources.outcome_words import MEANINGS, words_for
from sg_jira.web.http import HTTPServer
from tests.integration.pairs import create_task
from tests.integration.sources.service import events, service

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
PUT = "PUT webhook/deliveries/{id}"


@pytest.fixture
def flavour() -> Flavour:
    return Flavour.CLOUD


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batched"])
def test_each_delivery_is_acknowledged_once_with_its_outcome(
    sandbox: Sandbox, tmp_path: Path, batch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    monkeypatch.setattr("sg_jira.sources.acknowledging.TICK", 0.02)
    hooks, pause = sandbox.shotgun.hooks, threading.Event()
    with service(sandbox, tmp_path, variables={"SGJIRA_ACKNOWLEDGE": "yes"}) as bridge:
        sandbox.forward_to(bridge.url, daemon=False, batch=batch)
        pair = create_task(sandbox, "Paint the kite", sg_sync_in_jira=True)
        pair.settle()
        pair.edit_task(content="Paint the big kite")
        for _ in range(1000):
            if all(one.acknowledgement for one in hooks.deliveries()):
                break
            pause.wait(0.02)

        told = [one.acknowledgement or "" for one in hooks.deliveries()]
        seqs = {event["seq"] for event in events(bridge, direction="sg2jira")}
    assert {text.rpartition(" ")[2].rstrip(".") for text in told} == set(map(str, seqs))
    assert any(text.startswith("sg-jira: synced. Event") for text in told)
    assert any("(echo: the bridge itself made the change)" in text for text in told)
    assert "kite" not in "".join(told), "what people wrote stays here"
    assert sandbox.bridge_calls().shotgun[PUT] == len(told)


class Told:
    """Deliveries of a site whose events are done, and a clock that stands still until moved."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.now = NOON
        self.outcomes: list[str] = []
        self.is_well = True
        self.store = open_store(folder / "events.sqlite3")
        access = sandbox.bridge_settings()
        self.site = ShotgunSettings(
            access.sg_site, access.sg_script_name, SecretStr(access.sg_script_key)
        )
        self.rest = FptrRest(self.site)
        sandbox.shotgun.hooks.add("http://127.0.0.1:9/sg2jira/default", None, {"Task": {}})

    def settle(self, number: int, state: State = State.SYNCED, reason: str | None = None) -> None:
        """That many edits were delivered, and worked on."""
        mira = self.sandbox.production.person("mira").shotgun
        (task, *_) = self.sandbox.production.tasks.values()
        hooks = self.sandbox.shotgun.hooks
        before = len(hooks.deliveries())
        for _ in range(number):
            actor = self.sandbox.shotgun.acting_as(mira)
            actor.update("Task", task["id"], {"content": f"{self.sandbox.shotgun.last_event_id}"})
        inbox = Inbox(
            self.store, lambda: NOON, lambda connection, event: event.ordering_key, False, True
        )
        for delivery in hooks.deliveries()[before:]:
            payload = {"event_log_entry_id": delivery.event_id, "delivery_id": delivery.id}
            event = event_from_shotgun(
                "default",
                "Task",
                1,
                payload,
                received_at=NOON,
                signed=True,
                source=Source.SHOTGUN_WEBHOOK,
            )
            inbox.settle([Fate(inbox.accept(event).seq, state, reason=reason)])

    def rounds(self, number: int = 1, of: Acknowledging | None = None) -> None:
        """Lets that many rounds be made, each of them when it is due."""
        acknowledging = of or self.acknowledging()
        for _ in range(number):
            acknowledging.go_round(self.rest)
            self.now += timedelta(minutes=10)

    def acknowledging(self) -> Acknowledging:
        return Acknowledging(
            self.store,
            lambda: self.rest,
            record=Pass,
            tell=self.outcomes.append,
            is_site_well=lambda: self.is_well,
            word=str,
            clock=lambda: self.now,
            dice=random.Random(1),
        )

    def fails(self, status: int, times: int, **headers: str) -> None:
        fault = Fault(
            FaultKind.STATUS, endpoint=PUT, status=status, times=times, headers=dict(headers)
        )
        self.sandbox.shotgun.controls.faults.add(fault)

    @property
    def said(self) -> list[str | None]:
        return [one.acknowledgement for one in self.sandbox.shotgun.hooks.deliveries()]


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """Both sites, for the tests that need no running bridge; each leaves them as they were."""
    with Sandbox(Flavour.CLOUD, seeded=True) as running:
        yield running


@pytest.fixture
def told(shared_sandbox: Sandbox, tmp_path: Path) -> Iterator[Told]:
    made = Told(shared_sandbox, tmp_path)
    yield made
    made.rest.close()
    made.store.close()
    shared_sandbox.shotgun.hooks.clear()
    shared_sandbox.shotgun.controls.faults.clear()


def test_a_round_makes_few_calls_and_the_next_one_goes_on_where_it_was(told: Told) -> None:
    told.settle(MOST + 2)
    told.rounds()
    assert told.outcomes == ["told"] * MOST

    told.sandbox.shotgun.tokens.expire()  # which costs a call for a new one, and no delivery
    told.rounds()  # of another process
    assert told.outcomes == ["told"] * (MOST + 2)
    assert all(text and text.startswith("sg-jira: synced. Event ") for text in told.said)


def test_a_site_that_cannot_answer_is_left_alone_and_nothing_is_tried_for_ever(told: Told) -> None:
    told.settle(2)
    told.fails(503, ATTEMPTS)
    acknowledging = told.acknowledging()
    acknowledging.go_round(told.rest)
    acknowledging.go_round(told.rest)
    assert told.outcomes == ["failed"], "it waits"

    told.now += timedelta(minutes=10)
    told.rounds(ATTEMPTS, acknowledging)
    assert told.outcomes == ["failed"] * (ATTEMPTS - 1) + ["given up", "told"]
    assert [text is None for text in told.said] == [True, False]


def test_as_long_as_the_site_asks_for_nothing_is_sent(told: Told) -> None:
    told.settle(1)
    told.fails(429, 1, **{"Retry-After": "1800"})
    acknowledging = told.acknowledging()
    told.rounds(3, acknowledging)
    assert told.outcomes == ["failed"]

    told.rounds(2, acknowledging)
    assert told.outcomes == ["failed", "told"]


def test_a_delivery_that_the_site_has_forgotten_holds_up_no_other(told: Told) -> None:
    told.settle(2)
    told.fails(404, 1)
    told.rounds(2)

    assert told.outcomes == ["refused", "told"]


def test_a_site_in_trouble_is_not_called(told: Told) -> None:
    told.settle(1)
    told.is_well = False
    told.rounds()

    assert told.outcomes == []


def test_a_dead_letter_is_told_with_its_reason(told: Told) -> None:
    told.settle(1, State.DEAD, Reason.SITE_REFUSED.value)
    told.rounds(2)

    assert told.said == ["sg-jira: dead (site_refused: a site refused it). Event 1."]
    assert told.outcomes == ["told"]


def test_every_reason_has_words_and_the_longest_line_is_short_enough_for_fptr() -> None:
    reasons = {*(each.value for each in (*Skip, *Reason)), WITHOUT_REASON}
    assert set(MEANINGS) == reasons
    lines = [words_for(Settled("d", 0, 2**63, "merged", each, 2**63)) for each in reasons]
    assert max(len(json.dumps(line)) for line in lines) < 4096
    assert all(
        line.startswith("sg-jira: merged into event 9223372036854775808 (") for line in lines
    )
