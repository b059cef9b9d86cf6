"""The event daemon's plug-in in a daemon, between the FPTR sandbox and the real service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Production, Sandbox
from sg_jira.sandbox.shotgun import Actor
from tests.integration.running_example import running_example
from triggers import sg_jira_event_trigger as trigger

SCRIPT = ("event_daemon", "key-of-event_daemon")
FIELDS = [
    "id",
    "event_type",
    "attribute_name",
    "meta",
    "entity",
    "user",
    "project",
    "session_uuid",
    "created_at",
]


class Daemon:
    """Does what the shotgunEvents daemon does with one plug-in, one poll at a time."""

    def __init__(self, url: str) -> None:
        self.logger = logging.getLogger("plugin.sg_jira_event_trigger")
        self._url = url
        self._sg = shotgun_api3.Shotgun(url, *SCRIPT)
        newest = self._sg.find_one(
            "EventLogEntry", [], ["id"], order=[{"column": "id", "direction": "desc"}]
        )
        self._last_id = newest["id"]
        self.errors: list[Exception] = []

    def registerCallback(  # noqa: N802  # the daemon's name
        self,
        script_name: str,
        script_key: str,
        callback: Callable[..., None],
        match_events: dict[str, list[str]],
        args: Any,
        stopOnError: bool = True,  # noqa: N803
    ) -> None:
        assert not stopOnError
        self._plug_in_sg = shotgun_api3.Shotgun(self._url, script_name, script_key)
        self._callback, self._filter, self.routes = callback, match_events, args

    def poll(self) -> None:
        events = self._sg.find(
            "EventLogEntry",
            [["id", "greater_than", self._last_id]],
            FIELDS,
            order=[{"column": "id", "direction": "asc"}],
            limit=500,
        )
        for event in events:
            self._last_id = event["id"]
            if event["event_type"] in self._filter:
                self._process(event)

    def _process(self, event: dict[str, Any]) -> None:
        try:
            self._callback(self._plug_in_sg, self.logger, event, self.routes)
        except Exception as error:  # noqa: BLE001  # the daemon logs whatever a plug-in raises
            self.errors.append(error)

    def close(self) -> None:
        self._sg.close()
        self._plug_in_sg.close()


@pytest.fixture
def flavour() -> Flavour:
    """The plug-in does not see Jira."""
    return Flavour.CLOUD


@pytest.fixture
def producer(sandbox: Sandbox, production: Production) -> Actor:
    return sandbox.shotgun.acting_as(production.producer.shotgun)


@pytest.fixture
def set_url(
    sandbox: Sandbox, production: Production, producer: Actor
) -> Callable[[str | None], None]:
    def set_url(url: str | None) -> None:
        value = None if url is None else {"url": url, "name": "bridge"}
        producer.update("Project", production.project["id"], {"sg_jira_sync_url": value})

    return set_url


@pytest.fixture
def bridge_url(live_bridge: RunningBridge, sandbox: Sandbox) -> str:
    """The real service; only the daemon tells it what happens in FPTR."""
    sandbox.stop_forwarding()
    return f"{live_bridge.url}/sg2jira/default"


@pytest.fixture
def daemon(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    monkeypatch.setenv("SGDAEMON_SGJIRA_NAME", SCRIPT[0])
    monkeypatch.setenv("SGDAEMON_SGJIRA_KEY", SCRIPT[1])
    monkeypatch.setenv("SGDAEMON_SGJIRA_RETRY_SECONDS", "0")
    sandbox.shotgun.add_script(*SCRIPT)
    daemon = Daemon(sandbox.shotgun.url)
    trigger.registerCallbacks(daemon)
    yield daemon
    daemon.close()


def key_of(sandbox: Sandbox, production: Production) -> str | None:
    task = sandbox.shotgun.record("Task", production.tasks["Rig Pip"]["id"])
    key: str | None = task["sg_jira_key"]
    return key


def test_a_task_that_is_switched_on_reaches_jira_through_the_daemon(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    daemon: Daemon,
    bridge_url: str,
    set_url: Callable[[str], None],
) -> None:
    set_url(f"{bridge_url}/")
    producer.update("Task", production.tasks["Rig Pip"]["id"], {"sg_sync_in_jira": True})

    daemon.poll()
    assert sandbox.wait_until_quiet()

    assert daemon.errors == []
    assert daemon.routes == {production.project["id"]: bridge_url}
    key = key_of(sandbox, production)
    assert key is not None
    assert sandbox.jira.issue(key)["fields"]["summary"] == "Rig Pip"

    producer.update("Task", production.tasks["Rig Pip"]["id"], {"content": "Rig the otter"})
    daemon.poll()
    assert sandbox.wait_until_quiet()

    assert sandbox.jira.issue(key)["fields"]["summary"] == "Rig the otter"


def test_a_task_that_is_deleted_and_brought_back_reaches_jira_through_the_daemon(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    daemon: Daemon,
    set_url: Callable[[str], None],
    tmp_path: Path,
) -> None:
    task = production.tasks["Rig Pip"]["id"]
    rule = {"on_retirement": "label", "retired_label": "deleted"}

    def labels_after(change: Callable[[], object]) -> list[str]:
        change()
        daemon.poll()
        assert sandbox.wait_until_quiet()
        fields = sandbox.jira.issue(str(key_of(sandbox, production)))["fields"]
        return [one for one in fields["labels"] if one == "deleted"]

    with running_example(sandbox, tmp_path, "sg_jira.TaskIssueSyncer", **rule) as url:
        sandbox.stop_forwarding()
        set_url(f"{url}/sg2jira/example")

        assert labels_after(lambda: producer.update("Task", task, {"sg_sync_in_jira": True})) == []
        assert labels_after(lambda: producer.delete("Task", task)) == ["deleted"]
        assert labels_after(lambda: producer.revive("Task", task)) == []
    assert daemon.errors == []


def test_a_project_that_gets_its_url_later_is_found(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    daemon: Daemon,
    bridge_url: str,
    set_url: Callable[[str], None],
) -> None:
    task = production.tasks["Rig Pip"]["id"]
    producer.update("Task", task, {"content": "Rig the otter"})
    daemon.poll()
    assert daemon.routes == {production.project["id"]: None}

    set_url(bridge_url)
    producer.update("Task", task, {"sg_sync_in_jira": True})
    daemon.poll()
    assert sandbox.wait_until_quiet()

    assert daemon.errors == []
    assert key_of(sandbox, production) is not None


def test_a_schema_change_resets_the_bridge_with_the_next_event(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    daemon: Daemon,
    bridge_url: str,
    set_url: Callable[[str], None],
) -> None:
    set_url(bridge_url)
    task = production.tasks["Rig Pip"]["id"]
    producer.update("Task", task, {"sg_sync_in_jira": True})
    daemon.poll()
    assert sandbox.wait_until_quiet()
    admin = shotgun_api3.Shotgun(sandbox.shotgun.url, *SCRIPT)
    admin.schema_field_create("Task", "text", "Colour")
    admin.close()
    daemon.poll()
    assert daemon.routes == {}
    sandbox.forget_calls()

    producer.update("Task", task, {"content": "Rig the otter"})
    daemon.poll()
    assert sandbox.wait_until_quiet()

    assert daemon.errors == []
    assert "schema_field_read Task" in sandbox.bridge_calls().shotgun


def test_an_unknown_settings_name_is_an_error_for_the_daemons_log(
    production: Production,
    producer: Actor,
    daemon: Daemon,
    bridge_url: str,
    set_url: Callable[[str], None],
) -> None:
    set_url(bridge_url.replace("default", "nothing"))
    producer.update("Task", production.tasks["Rig Pip"]["id"], {"sg_sync_in_jira": True})

    daemon.poll()

    [error] = daemon.errors
    assert "400" in str(error)


def test_the_daemon_goes_on_while_no_bridge_is_there(
    production: Production,
    producer: Actor,
    daemon: Daemon,
    set_url: Callable[[str], None],
) -> None:
    set_url("http://127.0.0.1:9/sg2jira/default")
    for status in ("ip", "fin"):
        producer.update("Task", production.tasks["Rig Pip"]["id"], {"sg_status_list": status})

    daemon.poll()

    assert len(daemon.errors) == 2


@pytest.mark.parametrize("names_project", [True, False])
def test_replies_reach_jira_through_the_daemon_whether_or_not_their_events_name_a_project(
    sandbox: Sandbox,
    production: Production,
    producer: Actor,
    set_url: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    names_project: bool,
) -> None:
    monkeypatch.setenv("SGDAEMON_SGJIRA_ENTITY_TYPES", "Reply")
    daemon: Daemon = request.getfixturevalue("daemon")
    if not names_project:
        process = daemon._process
        monkeypatch.setattr(daemon, "_process", lambda event: process(_without_project(event)))

    def settle() -> None:
        daemon.poll()
        assert sandbox.wait_until_quiet()
        assert daemon.errors == []

    with running_example(
        sandbox, tmp_path, "sg_jira.TaskIssueSyncer", sync_replies="both_way"
    ) as url:
        sandbox.stop_forwarding()
        set_url(f"{url}/sg2jira/example")
        producer.update("Task", production.tasks["Rig Pip"]["id"], {"sg_sync_in_jira": True})
        settle()
        note = sandbox.shotgun.records("Note", subject="Shoulders")[0]
        reply = producer.create(
            "Reply", {"content": "Wider.", "entity": {"type": "Note", "id": note["id"]}}
        )
        settle()
        comments = sandbox.jira.comments(str(key_of(sandbox, production)))
        assert f"Reply {reply['id']} to Note" in comments[-1]["body"]
        producer.delete("Reply", reply["id"])
        settle()


def _without_project(event: dict[str, Any]) -> dict[str, Any]:
    is_of_reply = str(event["event_type"]).startswith("Shotgun_Reply_")
    return {**event, "project": None} if is_of_reply else event
