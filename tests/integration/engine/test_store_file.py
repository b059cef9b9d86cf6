"""The files of the store under a running bridge: removed, renamed, replaced, and moved back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing

import pytest
import sqlalchemy as sa

from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.schema import event
from sg_jira.engine.sqlite_store import open_store
from sg_jira.errors import StoreAway, StoreRefused
from tests.integration.engine.conftest import NOON
from tests.integration.engine.test_engine import running, settings

__all__ = ["running", "settings"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps a file that is open")


def beside(path, ending):
    return path.with_name(f"{path.name}{ending}")


def remove(path):
    path.unlink()


def rename(path):
    path.rename(beside(path, ".old"))


def replace(path):
    copy = beside(path, ".copy")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(path)


def remove_all(path):
    for ending in ("", "-wal", "-shm"):
        beside(path, ending).unlink()


def remove_folder(path):
    path.parent.rename(beside(path.parent, ".old"))


def remove_log(path):
    beside(path, "-wal").unlink()


def replace_log(path):
    copy = beside(path, ".copy")
    shutil.copy(beside(path, "-wal"), copy)
    copy.replace(beside(path, "-wal"))


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    opened = open_store(folder / "store.sqlite3")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "lose",
    [remove, rename, replace, remove_all, remove_folder, remove_log, replace_log],
    ids=lambda lose: lose.__name__,
)
def test_what_is_written_into_a_lost_file_is_not_said_to_be_kept(store, lose):
    store.write(lambda connection: write_fact(connection, "before", "kept"))
    lose(store.path)

    with pytest.raises(StoreAway, match="removed or replaced"):
        store.write(lambda connection: write_fact(connection, "after", "lost"))
    with pytest.raises(StoreAway, match="removed or replaced"), store.writing() as connection:
        write_fact(connection, "after", "lost")


def test_a_file_that_is_lost_while_it_is_written_keeps_nothing(store):
    def work(connection):
        write_fact(connection, "after", "lost")
        rename(store.path)

    with pytest.raises(StoreAway, match="removed or replaced"):
        store.write(work)


def test_no_other_file_is_made_where_the_lost_one_was(store):
    rename(store.path)

    with pytest.raises(StoreAway, match="removed or replaced"), store.reading():
        pass
    assert not store.path.exists()


def test_a_file_that_is_moved_back_goes_on(store):
    store.write(lambda connection: write_fact(connection, "before", "kept"))
    rename(store.path)
    with pytest.raises(StoreAway):
        store.write(lambda connection: write_fact(connection, "between", "lost"))
    beside(store.path, ".old").rename(store.path)

    store.write(lambda connection: write_fact(connection, "after", "kept"))

    other = open_store(store.path, upgrade=False)
    with other.reading() as connection:
        assert [read_fact(connection, name) for name in ("before", "after")] == ["kept", "kept"]
    other.close()


def test_senders_come_back_while_the_file_is_away(running):
    client = running.app()
    path = running.engine.store.path
    rename(path)

    refused = client.post("/sg2jira/default/Task/1", json={})
    ready = client.get("/readyz")
    beside(path, ".old").rename(path)
    accepted = client.post("/sg2jira/default/Task/1", json={})

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert ready.status_code == 503
    assert ready.get_json()["inbox"]["ready"] is False
    assert str(path) in ready.get_json()["inbox"]["reason"]
    assert accepted.status_code == 200
    assert client.get("/readyz").status_code == 200


def test_what_was_erased_or_deleted_is_in_no_file_while_the_bridge_runs(running, wait_until):
    names = [f"zoe.{number}@studio.example" for number in (1, 2)]
    for number, name in enumerate(names, start=1):
        running.post(number, new_value=f"{name} " * 500)
    wait_until(lambda: running.engine.is_idle, "they were worked on")
    path = running.engine.store.path
    files = [beside(path, ending) for ending in ("", "-wal")]

    def occurs(name):
        return any(name.encode() in file.read_bytes() for file in files)

    assert occurs(names[0])
    other = open_store(path, upgrade=False)
    assert Cleaning(other, lambda: NOON).erase_person(names[0].upper()) == 1
    other.close()
    assert not occurs(names[0])

    with running.engine.store.writing() as connection:
        connection.execute(sa.delete(event))
    assert running.engine.store.shorten_log()
    assert not occurs(names[1])


def test_a_log_that_somebody_reads_is_told_not_to_be_short(store, caplog, monkeypatch):
    monkeypatch.setattr("sg_jira.engine.store.SHORTEN_SECONDS", 0.1)
    with store.reading() as reader:
        reader.execute(sa.select(event)).all()
        store.write(lambda connection: write_fact(connection, "later", "kept"))

        assert Cleaning(store, lambda: NOON).erase_person("zoe") == 0

    assert "Erase again later" in caplog.text
    assert store.shorten_log()


def test_the_file_alone_holds_everything_once_the_bridge_has_stopped(running, wait_until):
    running.post(1)
    wait_until(lambda: running.engine.is_idle, "it was worked on")
    path = running.engine.store.path
    running.engine.stop(10)

    assert not beside(path, "-wal").exists()
    assert not beside(path, "-shm").exists()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT state FROM event").fetchall() == [("synced",)]


def test_nobody_else_may_read_a_copy_that_was_put_in_place(store):
    store.close()
    store.path.chmod(0o644)
    log = beside(store.path, "-wal")
    log.touch(0o644)

    opened = open_store(store.path)
    with opened.reading() as connection:
        read_fact(connection, "any")
        modes = {stat.S_IMODE(file.stat().st_mode) for file in store.path.parent.iterdir()}
    opened.close()

    assert modes == {0o600}


def test_a_file_of_somebody_else_keeps_its_mode(store, monkeypatch):
    store.path.chmod(0o644)
    monkeypatch.setattr("os.geteuid", lambda: store.path.stat().st_uid + 1)

    open_store(store.path).close()

    assert stat.S_IMODE(store.path.stat().st_mode) == 0o644


def test_a_lock_that_cannot_be_used_is_not_another_bridge(store):
    lock = beside(store.path, ".dispatcher")
    lock.write_bytes(b"somebody's notes\n" * 100)

    with pytest.raises(StoreAway, match=f"{lock}.*not a database.*may be deleted"):
        store.lock_dispatching()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("unable to open database file", "and their folder"),
        ("attempt to write a readonly database", "and their folder"),
    ],
)
def test_a_folder_that_cannot_be_written_is_not_another_bridge(store, monkeypatch, said, advice):
    class Holder:
        def execute(self, statement):
            raise sqlite3.OperationalError(said)

        def close(self):
            pass

    monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: Holder())

    with pytest.raises(StoreAway, match=f"{said}.*{advice}"):
        store.lock_dispatching()


def test_a_folder_is_told_to_be_one(tmp_path):
    with pytest.raises(StoreRefused, match=r"is a folder.*SGJIRA_STORE"):
        open_store(tmp_path)
