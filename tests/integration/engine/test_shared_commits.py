"""What several threads want to write at the same time is committed together."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.sqlite_store import open_store
from sg_jira.errors import StoreAway


@pytest.fixture
def commits(store):
    """A commit per item."""
    counted = []
    sa.event.listen(store.engine, "commit", lambda connection: counted.append(1))
    return counted


class Writers:
    """Threads that want to write while somebody else does, and what came of it."""

    def __init__(self, store, wait_until):
        self.store, self.wait_until = store, wait_until
        self.answers, self.errors = {}, {}

    def write_at_once(self, works):
        def write(number, work):
            try:
                self.answers[number] = self.store.write(work)
            except BaseException as error:  # noqa: BLE001  # told in the test's own thread
                self.errors[number] = error

        threads = [
            threading.Thread(target=write, args=(number, work)) for number, work in works.items()
        ]
        waiting = self.store._commits._waiting
        with self.store.writing():
            for thread in threads:
                thread.start()
            self.wait_until(lambda: len(waiting) == len(works), "all of them wait")
        for thread in threads:
            thread.join(20)


@pytest.fixture
def writers(store, wait_until):
    return Writers(store, wait_until)


def keep(name):
    def work(connection):
        write_fact(connection, name, "kept")
        return name

    return work


def is_kept(store, name):
    other = open_store(store.path, upgrade=False)
    with other.reading() as connection:
        found = read_fact(connection, name)
    other.close()
    return found == "kept"


def test_who_waits_at_the_same_time_shares_one_commit(store, writers, commits):
    names = "abcde"
    writers.write_at_once({name: keep(name) for name in names})

    assert len(commits) == 1 + 1, "that of the one they waited for, and theirs"
    assert writers.answers == {name: name for name in names}
    assert all(is_kept(store, name) for name in names)


def test_who_is_alone_commits_at_once(store, commits):
    assert store.write(keep("a")) == "a"
    assert len(commits) == 1
    assert is_kept(store, "a")


def test_one_that_fails_costs_only_itself(store, writers):
    def fail(connection):
        write_fact(connection, "half", "kept")
        raise LookupError("no such thing")

    writers.write_at_once({"a": keep("a"), "bad": fail, "b": keep("b")})

    assert writers.answers == {"a": "a", "b": "b"}
    assert is_kept(store, "a")
    assert is_kept(store, "b")
    assert not is_kept(store, "half")
    (error,) = writers.errors.values()
    assert isinstance(error, LookupError)


def test_a_disk_that_is_full_is_told_to_each_of_them_and_nothing_is_kept(store, writers):
    def fill(connection):
        connection.execute(sa.text("PRAGMA max_page_count = 1"))
        write_fact(connection, "much", "x" * 1_000_000)

    writers.write_at_once({"a": fill, "b": fill})

    assert {type(error) for error in writers.errors.values()} == {StoreAway}
    assert len(writers.errors) == 2
    assert not is_kept(store, "much")


def test_a_store_that_lets_nobody_write_is_asked_once_for_all(store, writers, monkeypatch):
    """Each would have to wait for as long as SQLite does."""
    begun = []

    @contextmanager
    def locked():
        begun.append(1)
        raise StoreAway("locked")
        yield

    monkeypatch.setattr(store._commits, "_transaction", locked)
    writers.write_at_once({"a": keep("a"), "b": keep("b"), "c": keep("c")})

    assert {type(error) for error in writers.errors.values()} == {StoreAway}
    assert len(writers.errors) == 3
    assert len(begun) == 1


def test_who_was_interrupted_while_writing_for_others_leaves_them_to_themselves(store, writers):
    def interrupt(connection):
        raise KeyboardInterrupt

    names = "abcd"
    writers.write_at_once({**{name: keep(name) for name in names}, "interrupted": interrupt})

    assert {type(error) for error in writers.errors.values()} == {KeyboardInterrupt}
    assert len(writers.answers) + len(writers.errors) == len(names) + 1
    assert len(writers.answers) >= len(names) - 1, "but for the one who wrote for all"
    assert all(is_kept(store, name) for name in writers.answers)
