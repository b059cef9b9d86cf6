"""The file of the store: how it is made, upgraded, refused and locked."""

from __future__ import annotations

import itertools
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from sg_jira.engine.log_keeper import LogKeeper
from sg_jira.engine.schema import fact, metadata
from sg_jira.engine.sqlite_store import open_store
from sg_jira.errors import StoreAway, StoreRefused
from tests.integration.engine.conftest import Bench


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite3"


def test_the_steps_make_the_tables_that_the_code_knows(store):
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_may_read_the_file_and_what_belongs_to_it(store, path):
    store.lock_dispatching()
    with store.writing() as connection:
        connection.execute(sa.text("INSERT INTO fact VALUES ('a', 'b')"))

    modes = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {0o600}


def test_what_is_committed_is_on_disk_at_once(store):
    with store.reading() as connection:
        assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(sa.text("PRAGMA synchronous")) == 2


def test_memory_does_not_grow_by_what_was_read_of_the_file(store):
    with store.reading() as connection:
        assert -connection.scalar(sa.text("PRAGMA cache_size")) <= 512


def test_the_log_begins_anew_though_somebody_always_writes(store, path, monkeypatch):
    def write(number):
        with store.writing() as connection:
            connection.execute(sa.insert(fact), {"name": str(number), "value": "x" * 1_000_000})

    log = path.with_name(f"{path.name}-wal")
    with closing(LogKeeper(store)) as keeper:
        move = keeper._move
        numbers = itertools.count()

        def move_while_others_write():
            told = move()
            if not store.nobody_writing().locked():
                write(next(numbers))
            return told

        monkeypatch.setattr(keeper, "_move", move_while_others_write)
        for _ in range(5):
            for _ in range(5):
                write(next(numbers))
            keeper.tidy()

    assert log.stat().st_size < 15_000_000 < 25_000_000 < path.stat().st_size


def test_a_log_that_somebody_still_reads_stays_and_nobody_waits(store, path):
    with store.reading() as reader, closing(LogKeeper(store)) as keeper:
        reader.execute(sa.select(fact)).all()
        with store.writing() as connection:
            connection.execute(sa.insert(fact), {"name": "a", "value": "b"})
        keeper.tidy()
        assert reader.execute(sa.select(fact)).all() == []


def test_two_that_start_at_once_upgrade_it_once(path):
    problems = []

    def start():
        try:
            open_store(path).close()
        except StoreAway as error:  # told below, in the thread that asserts
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    open_store(path, upgrade=False).close()


def test_events_that_wait_survive_each_step_down_and_up(path, clock):
    store = open_store(path)
    bench = Bench(store, clock)
    bench.fptr(1, new_value="kept")
    before = bench.inspection.show(1)
    for step in ("0001", "head"):
        with store.writing() as connection:
            move_to_step(connection, step)
    after = bench.inspection.show(1)
    bench.drain("Task:1")
    states = bench.states()
    store.close()

    assert after == before
    assert states == ["synced"]


def move_to_step(connection, step):
    config = Config()
    config.set_main_option("script_location", "sg_jira.engine:migrations")
    config.attributes["connection"] = connection
    (command.downgrade if step < "head" else command.upgrade)(config, step)


def refused_untouched(path, match, error=StoreRefused):
    before = path.read_bytes()
    with pytest.raises(error, match=match):
        open_store(path)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version_is_refused_untouched(path):
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    refused_untouched(path, "newer version.*9999")


def test_a_file_that_is_no_database_is_refused_untouched(path):
    path.write_bytes(b"not a database, but somebody's notes\n" * 100)

    refused_untouched(path, "damaged")


def test_a_damaged_store_is_refused_untouched(path):
    store = open_store(path)
    with store.writing() as connection:
        connection.execute(
            sa.text("INSERT INTO fact VALUES (:name, :value)"),
            [{"name": str(number), "value": "x" * 500} for number in range(200)],
        )
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:40960] = os.urandom(40960 - 8192)
    path.write_bytes(content)

    refused_untouched(path, "damaged")


def test_somebody_elses_database_is_refused_untouched(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE holiday (day TEXT)")

    refused_untouched(path, "not a store of sg-jira")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")

    with pytest.raises(StoreAway, match="SGJIRA_STORE"):
        open_store(blocker / "store.sqlite3")


def test_the_command_line_makes_no_store(path):
    with pytest.raises(StoreRefused, match="There is no store"):
        open_store(path, upgrade=False)
    assert not path.exists()


def test_a_second_dispatcher_is_refused_until_the_first_one_ends(store):
    unlock = store.lock_dispatching()
    with pytest.raises(StoreRefused, match="Another bridge works on the store"):
        store.lock_dispatching()
    unlock()

    store.lock_dispatching()()


def test_the_lock_of_a_killed_process_is_free(store, path):
    hold = (
        "import sys, time, pathlib; from sg_jira.engine.sqlite_store import open_store\n"
        "open_store(pathlib.Path(sys.argv[1])).lock_dispatching(); print('held', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreRefused):
            store.lock_dispatching()
        process.kill()

    store.lock_dispatching()()


def test_a_write_of_another_process_is_noticed(store, path):
    changed = store.watch()
    changed()
    assert not changed()
    other = open_store(path, upgrade=False)
    with other.writing() as connection:
        connection.execute(sa.text("INSERT INTO fact VALUES ('a', 'b')"))
    other.close()

    assert changed()
    assert not changed()


def test_a_full_disk_is_said_as_store_away(store):
    def fill():
        with store.writing() as connection:
            connection.execute(sa.text("PRAGMA max_page_count = 1"))
            connection.execute(
                sa.text("INSERT INTO fact VALUES ('a', :value)"), {"value": "x" * 1_000_000}
            )

    with pytest.raises(StoreAway, match="full"):
        fill()
