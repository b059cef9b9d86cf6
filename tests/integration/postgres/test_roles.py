"""The service in several processes: who receives, who works, and what reaches all of them."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
import shotgun_api3
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.demo.service import RunningBridge, write_settings
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.sandbox import Flavour
from sg_jira.sandbox.sandbox import SCRIPT_KEY, SCRIPT_NAME
from sg_jira.service_settings import read_service_settings
from sg_jira.web.reasons import Redaction
from sg_jira.web.serving import create_server
from tests.conftest import sockets_collected
from tests.faults.victims import Victim, warm_parent


@pytest.fixture
def flavour():
    """Roles do not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.fixture
def settings(sandbox, tmp_path):
    return str(write_settings(sandbox, tmp_path / "settings.py"))


@pytest.fixture
def start(database, settings, sandbox):
    """Starts a process with a role; FPTR is told what became of its deliveries."""
    begun = []
    ours = {**sandbox.bridge_settings().proofs, "SGJIRA_ACKNOWLEDGE": "yes"}

    def _start(role):
        environment = {"SGJIRA_DATABASE_URL": database, "SGJIRA_ROLE": role, **ours}
        process = Victim(warm_parent(), settings, environment)
        process.start()
        begun.append(process)
        return process

    yield _start
    for process in begun:
        process.terminate()


def ready(process):
    told = process.status()
    return bool(told and told["ready"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_one_receives_another_one_works_and_a_reset_reaches_both(start, sandbox, wait_until):
    web, worker = start("web"), start("worker")
    wait_until(lambda: ready(web) and ready(worker), "both are ready")
    assert not web.status()["connected"]
    sandbox.is_bridge_idle = lambda: web.is_idle
    sandbox.forward_to(web.url, "default", daemon=False)
    production = sandbox.production
    producer = sandbox.shotgun.acting_as(production.producer.shotgun)
    task = producer.create(
        "Task", {"project": production.project, "content": "Light it", "sg_sync_in_jira": True}
    )

    def key():
        return sandbox.shotgun.record("Task", task["id"])["sg_jira_key"]

    wait_until(lambda: bool(key()), "the worker has made an Issue")
    wait_until(lambda: web.is_idle, "all is done")
    assert sandbox.jira.issue(key())["fields"]["summary"] == "Light it"

    def acknowledged():
        told = [one.acknowledgement for one in sandbox.shotgun.hooks.deliveries()]
        return bool(told) and all(told)

    wait_until(acknowledged, "the worker has told what became of what the other one received")

    refused = requests.post(f"{worker.url}/sg2jira/default/Task/1", json={}, timeout=10)
    assert refused.status_code == 403
    assert "role web" in refused.text

    def reads_of_schema():
        return sandbox.shotgun.controls.calls.count("schema_field_read*")

    known = reads_of_schema()
    assert requests.post(f"{web.url}/admin/reset", timeout=10).status_code == 200

    def reads_anew():
        producer.update("Task", task["id"], {"content": f"Light it, take {time.monotonic()}"})
        sandbox.wait_until_quiet()
        return reads_of_schema() > known

    wait_until(reads_anew, "the worker has read the schema anew")
    sandbox.stop_forwarding()


def test_a_reset_is_heard_by_every_other_process_once(database, wait_until):
    engines, heard = [], []
    for number in range(3):
        options = EngineOptions(Path("unused"), database_url=database, works=False)
        engine = Engine(options, lambda: None, Redaction([]))
        engine.on_reset = lambda number=number: heard.append(number)
        engine.start()
        engines.append(engine)

    engines[0].tell_reset()

    wait_until(lambda: len(heard) == 2, "both others have heard it")
    for engine in engines:
        engine.stop(5)
    assert sorted(heard) == [1, 2]


def test_a_change_of_fptrs_schema_is_heard_by_the_other_processes_too(
    database, sandbox, tmp_path, monkeypatch, wait_until
):
    heard = []
    options = EngineOptions(Path("unused"), database_url=database, works=False)
    other = Engine(options, lambda: None, Redaction([]))
    other.on_reset = lambda: heard.append(True)
    other.start()
    monkeypatch.setenv("SGJIRA_DATABASE_URL", database)
    with ExitStack() as stack:
        bridge = stack.enter_context(RunningBridge(sandbox, tmp_path))
        client = shotgun_api3.Shotgun(sandbox.shotgun.url, SCRIPT_NAME, SCRIPT_KEY)
        client.schema_field_create("Task", "text", "Colour")
        client.close()
        assert requests.post(f"{bridge.url}/admin/catch-up", timeout=10).status_code == 200

        wait_until(lambda: heard, "the other process has heard it")
        with sockets_collected():
            stack.close()
    other.stop(5)


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_role_that_shares_the_work_is_refused_without_postgresql(role, settings):
    result = CliRunner().invoke(main, ["serve", "--settings", settings, "--role", role])

    assert result.exit_code == 1
    assert "needs PostgreSQL: set SGJIRA_DATABASE_URL" in " ".join(result.output.split())


def test_the_option_counts_more_than_the_variable(database):
    environment = {"SGJIRA_ROLE": "web", "SGJIRA_DATABASE_URL": database}

    assert read_service_settings(environment).role == "web"
    assert read_service_settings(environment, role="worker").role == "worker"


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "postgresql://host", "events.sqlite3", "postgresql://h:port/db"]
)
def test_a_url_that_is_none_is_refused_and_never_shown(url):
    with pytest.raises(ValueError, match="SGJIRA_DATABASE_URL must be a URL like") as caught:
        read_service_settings({"SGJIRA_DATABASE_URL": url})

    assert url not in str(caught.value)


def test_the_databases_password_is_a_secret():
    service = read_service_settings({"SGJIRA_DATABASE_URL": "postgresql://me:s%40cret@db/events"})

    assert "s%40cret" not in repr(service)
    assert set(service.secrets) == {"s%40cret", "s@cret"}


def test_the_command_line_shows_and_replays_what_is_in_the_database(
    bench, database, settings, monkeypatch
):
    monkeypatch.setenv("SGJIRA_DATABASE_URL", database)

    def refuse(event):
        raise KeyError("no")

    bench.bridge.act = refuse
    bench.fptr(1)
    for _ in range(3):
        bench.drain("Task:1")
        bench.clock.seconds += 60
    listed = CliRunner().invoke(main, ["dead-letters", "list", "--settings", settings, "--json"])
    (dead,) = json.loads(listed.output)

    replayed = CliRunner().invoke(
        main, ["dead-letters", "replay", "--settings", settings, str(dead["seq"])]
    )

    assert "Waiting again: 1" in replayed.output
    assert bench.states() == ["waiting"]
    with bench.store.reading() as connection:
        jobs = connection.exec_driver_sql("SELECT lock, status::text FROM procrastinate_jobs")
        assert jobs.all() == [("Task:1", "todo")]


def test_a_service_with_postgresql_makes_no_file(database, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("SGJIRA_DATABASE_URL", database)
    before = set(tmp_path.iterdir())

    create_server(0, "127.0.0.1", settings).stop()

    assert set(tmp_path.iterdir()) == before
