"""Several worker processes on one database, and what becomes of the work of a killed one."""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from pathlib import Path

import psycopg
import pytest

from sg_jira.engine.postgres import connection_text
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.events import event_from_shotgun
from sg_jira.web.reasons import Redaction
from tests.integration.engine.conftest import NOON
from tests.integration.postgres.worker_process import work

TASKS, CHANGES = 4, 25

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked")


@pytest.fixture
def runs(database):
    """Gives what the workers wrote down, in order."""
    with psycopg.connect(connection_text(database), autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE run (id BIGSERIAL, task INT, number INT, pid INT, what TEXT)"
        )
        yield lambda: connection.execute(
            "SELECT task, number, pid, what FROM run ORDER BY id"
        ).fetchall()


@pytest.fixture
def start_worker(database, runs):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.postgres.worker_process"])
    begun = []

    def _start():
        process = context.Process(target=work, args=(database,), daemon=True)
        process.start()
        begun.append(process)
        return process

    yield _start
    for process in begun:
        process.kill()
        process.join()


@pytest.fixture
def web(database):
    """A process that only receives: this one."""
    engine = Engine(
        EngineOptions(Path("unused"), database_url=database, works=False),
        lambda: None,
        Redaction([]),
    )
    engine.start()
    yield engine
    engine.stop(5)


def post(web, number, task):
    meta = {"type": "attribute_change", "attribute_name": "content", "new_value": "new"}
    payload = {"event_log_entry_id": number, "meta": meta}
    return web.accept(event_from_shotgun("default", "Task", task, payload, received_at=NOON))


def post_all(web):
    for number in range(1, CHANGES + 1):
        for task in range(1, TASKS + 1):
            post(web, number * 10 + task, task)


def check_order(runs, killed=()):
    """Per task: nobody began while another one was at it, and nothing overtook."""
    of_tasks = defaultdict(list)
    for task, number, pid, what in runs:
        of_tasks[task].append((number, pid, what))
    assert len(of_tasks) == TASKS
    for task, steps in of_tasks.items():
        open_run, done = None, []
        for number, pid, what in steps:
            if what == "begin":
                assert open_run is None or open_run[1] in killed, (task, number, open_run)
                open_run = (number, pid)
            else:
                assert open_run == (number, pid)
                open_run = None
                if number not in done:
                    done.append(number)
        assert done == [number * 10 + task for number in range(1, CHANGES + 1)]


def test_workers_share_the_keys_and_each_key_keeps_its_order(web, start_worker, runs, wait_until):
    workers = [start_worker(), start_worker()]
    post_all(web)

    wait_until(lambda: web.is_idle, "all is done")
    check_order(runs())
    assert {pid for _, _, pid, _ in runs()} <= {worker.pid for worker in workers}


def test_a_killed_workers_keys_go_on_in_order_and_nothing_is_lost(
    web, start_worker, runs, wait_until
):
    first = start_worker()
    post_all(web)
    wait_until(lambda: len(runs()) > TASKS * 4, "the first worker is in the middle of it")
    first.kill()
    first.join()
    start_worker()
    start_worker()

    wait_until(lambda: web.is_idle, "the others have done it")
    assert web.inspection.overview().counts == {"synced": TASKS * CHANGES}
    check_order(runs(), killed={first.pid})


def test_who_only_receives_is_told_the_outcome(web, start_worker, runs):
    start_worker()
    receipt = post(web, 1, 1)

    assert web.wait_for(receipt.seq, 15)[0].value == "synced"
