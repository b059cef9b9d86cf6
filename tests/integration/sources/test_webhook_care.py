"""FPTR's webhooks are looked after: one that FPTR has stopped is noticed, told, and turned on."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from sg_jira.demo.service import RunningBridge
from sg_jira.engine.failures import Deferred
from sg_jira.engine.sqlite_store import open_store
from sg_jira.provisioning.fptr_rest import FptrRest
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.shotgun.hook import Hook, HookStatus
from sg_jira.settings import ShotgunSettings
from sg_jira.sources.positions import HOOKS, Positions
from sg_jira.sources.webhook_care import WebhookCare
from sg_jira.sources.webhook_states import Level, WebhookState, WebhookStates
from sg_jira.web.http import HTTPServer
from tests.integration.pairs import create_task
from tests.integration.sources.service import catch_up, events, service, sources


@pytest.fixture
def flavour() -> Flavour:
    return Flavour.CLOUD


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def metrics(bridge: RunningBridge) -> str:
    return requests.get(f"{bridge.url}/metrics", timeout=10).text


def test_a_webhook_that_fptr_stopped_is_told_turned_on_and_what_it_missed_is_fetched_once(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    hooks, port = sandbox.shotgun.hooks, free_port()
    own = {"SGJIRA_URL": f"http://127.0.0.1:{port}"}
    with service(sandbox, tmp_path, port=port, variables=own) as bridge:
        sandbox.forward_to(bridge.url, daemon=False)
        (hook,) = [one for one in hooks.registered() if "Task" in (one.entity_types or {})]
        pair = create_task(sandbox, "Paint the kite", sg_sync_in_jira=True)
        pair.settle()

        # Wrongly signed, the last few of a hundred deliveries are refused.
        hook.secret = "not the one that the bridge knows"
        hook.failures.extend([datetime.now(timezone.utc)] * 95)
        for number in range(5):
            pair.in_fptr().update("Task", pair.id, {"sg_description": f"Tail of {number} m"})
        assert hooks.wait_until_idle(20)
        assert hooks.status(hook) is HookStatus.FAILED
        pair.in_fptr().update("Task", pair.id, {"content": "Paint the big kite"})
        catch_up(sandbox, bridge)

        # FPTR would only be refused again, which it says itself.
        assert hooks.status(hook) is HookStatus.FAILED
        (warning,) = requests.get(f"{bridge.url}/readyz", timeout=10).json()["warnings"]
        assert "FPTR's webhook of Task for the entry 'default' was stopped by FPTR" in warning
        assert "what FPTR sends to try it is answered with 401" in warning
        assert 'sgjira_fptr_webhooks{status="failed"} 1.0' in metrics(bridge)
        assert pair.issue["summary"] == "Paint the big kite", "it is fetched all the same"

        hook.secret = sandbox.bridge_settings().daemon_token
        sandbox.forget_calls()
        pair.in_fptr().update("Task", pair.id, {"content": "Paint the huge kite"})
        catch_up(sandbox, bridge)
        catch_up(sandbox, bridge)  # turning it on has asked for another look

        assert hooks.status(hook) is HookStatus.ACTIVE
        assert pair.issue["summary"] == "Paint the huge kite"
        for delivery in hooks.deliveries(hook):
            hooks.redeliver(delivery)
        pair.edit_task(sg_description="No tail at all")
        assert pair.issue["description"] == "No tail at all"
        assert sandbox.bridge_calls().jira["PUT issue/{key}"] == 2, "one for each edit"
        newest = events(bridge, key=f"Task:{pair.id}", direction="sg2jira")[-1]
        assert newest["source"] == "fptr-webhook"
        assert requests.get(f"{bridge.url}/readyz", timeout=10).json()["warnings"] == []
        (seen,) = [
            one for one in sources(bridge)[HOOKS]["webhooks"] if one["entity_type"] == "Task"
        ]
        assert (seen["status"], seen["times_enabled"]) == ("active", 1)
        again = 'sgjira_fptr_webhook_enabled_again{entity_type="Task",settings_name="default"} 1.0'
        assert again in metrics(bridge)


class Watched:
    """The webhooks of a site, looked at by the parts alone."""

    address = "http://127.0.0.1:9"  # nobody listens there

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.site = sandbox.shotgun
        self.caught_up = 0
        self.store = open_store(folder / "events.sqlite3")
        self.positions = Positions(self.store)
        self.states = WebhookStates(self.store)
        access = sandbox.bridge_settings()
        script = ShotgunSettings(
            access.sg_site, access.sg_script_name, SecretStr(access.sg_script_key)
        )
        self.care = WebhookCare(
            lambda: FptrRest(script),
            self.address,
            ("default",),
            self.states,
            self.positions,
            self.catch_up,
            lambda: datetime.now(timezone.utc),
        )

    def catch_up(self) -> None:
        self.caught_up += 1

    def hook(self, url: str = "", stopped: HookStatus | None = None) -> Hook:
        hook = self.site.hooks.add(url or f"{self.address}/sg2jira/default", None, {"Task": {}})
        hook.stopped = stopped
        return hook

    def look(self) -> list[WebhookState]:
        self.care.look(object())
        return self.states.read()

    def answers(self, endpoint: str, status: int, **headers: str) -> None:
        fault = Fault(
            FaultKind.STATUS, endpoint=endpoint, status=status, times=1, headers=dict(headers)
        )
        self.site.controls.faults.add(fault)

    def calls(self) -> dict[str, int]:
        counted: dict[str, int] = dict(self.sandbox.bridge_calls().shotgun)
        self.sandbox.forget_calls()
        return counted


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """Both sites, for the tests that need no running bridge; each leaves them as they were."""
    with Sandbox(Flavour.CLOUD, seeded=True) as running:
        yield running


@pytest.fixture
def watched(shared_sandbox: Sandbox, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(shared_sandbox, tmp_path)
    yield made
    made.store.close()
    shared_sandbox.shotgun.hooks.clear()
    shared_sandbox.shotgun.controls.faults.clear()


def test_what_a_person_switched_off_and_what_posts_elsewhere_stays_as_it_is(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    off = watched.hook(stopped=HookStatus.DISABLED)
    strangers = [
        watched.hook(url, HookStatus.FAILED)
        for url in (
            "https://other.example/sg2jira/default",
            f"{watched.address}/sg2jira/another_entry",
            f"{watched.address}/elsewhere",
        )
    ]
    watched.calls()
    (seen,) = watched.look()
    watched.look()

    assert watched.site.hooks.status(off) is HookStatus.DISABLED
    assert {watched.site.hooks.status(one) for one in strangers} == {HookStatus.FAILED}
    assert (seen.id, seen.level, watched.caught_up) == (off.id, Level.WARNING, 0)
    assert caplog.text.count("is switched off (disabled), which the bridge leaves so") == 1
    assert watched.calls() == {"POST auth/access_token": 2, "GET webhook/hooks": 2}


@pytest.mark.parametrize("offers_no_test", [False, True])
def test_one_that_was_stopped_is_turned_on_where_the_site_cannot_say_whether_it_works(
    watched: Watched, offers_no_test: bool
) -> None:
    hook = watched.hook(stopped=HookStatus.FAILED)
    if offers_no_test:
        watched.answers("POST webhook/hooks/{id}/test_connection", 404)
    (seen,) = watched.look()

    is_on = watched.site.hooks.status(hook) is HookStatus.ACTIVE
    assert (is_on, watched.caught_up) == (offers_no_test, int(offers_no_test))
    assert (seen.why_off is None) is offers_no_test
    if not offers_no_test:
        assert "does not get an answer (ConnectionError)" in str(seen)


def test_failed_deliveries_are_told_at_ten_and_at_fifty_and_once_each(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.hook()
    caplog.set_level(logging.INFO)
    mira = watched.sandbox.production.person("mira").shotgun
    (task, *_) = watched.sandbox.production.tasks.values()
    levels = []
    for total in (1, 9, 10, 11, 50, 51):
        failed = len(watched.site.hooks.deliveries())
        for number in range(failed, total):
            actor = watched.site.acting_as(mira)
            actor.update("Task", task["id"], {"content": f"Sail {number}"})
        assert watched.site.hooks.wait_until_idle(20)
        (seen,) = watched.look()
        assert seen.failures == total
        levels.append(seen.level)

    assert levels == [Level.FINE] * 2 + [Level.WARNING] * 2 + [Level.URGENT] * 2
    told = [record for record in caplog.records if "deliveries failed within" in record.message]
    assert [record.levelno for record in told] == [logging.WARNING, logging.ERROR]


def test_a_site_that_does_not_show_its_webhooks_is_told_once(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        watched.answers("GET webhook/hooks", 403)
        found = watched.care.look(object())
        assert found.problem
        assert "FPTR does not let the script user look after its webhooks" in found.problem
        watched.positions.put([HOOKS], problem=found.problem)

    assert caplog.text.count("When it stops one, nobody notices") == 1


def test_a_site_that_cannot_answer_now_is_looked_at_when_it_says(watched: Watched) -> None:
    watched.answers("GET webhook/hooks", 503, **{"Retry-After": "90"})
    with pytest.raises(Deferred) as told:
        watched.look()
    assert told.value.seconds == 90


def test_a_webhook_that_may_not_be_turned_on_is_told(watched: Watched) -> None:
    watched.hook(stopped=HookStatus.FAILED)
    watched.answers("POST webhook/hooks/{id}/test_connection", 404)
    watched.answers("PUT webhook/hooks/{id}", 403)
    (seen,) = watched.look()

    assert "is not turned on again: the script user may not (HTTP 403" in str(seen)
    assert watched.caught_up == 0
