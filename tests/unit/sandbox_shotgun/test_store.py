"""The store undoes what was done in a transaction that fails."""

from contextlib import contextmanager, suppress

import pytest

from sg_jira.sandbox.shotgun.records import Ref
from sg_jira.sandbox.shotgun.schema import Schema
from sg_jira.sandbox.shotgun.store import Store


class DoomError(Exception):
    """Ends a transaction."""


@contextmanager
def doomed(store):
    """A transaction that fails in the end."""
    with suppress(DoomError), store.transaction():
        yield
        raise DoomError


@pytest.fixture
def schema():
    return Schema()


@pytest.fixture
def store(schema):
    return Store(schema)


@pytest.fixture
def key(schema):
    return schema.field("Task", "sg_jira_key")


@pytest.fixture
def row(store):
    with store.transaction():
        return store.insert("Task", {"content": "Rig", "sg_jira_key": "K-1"})


def test_a_failed_transaction_leaves_everything_as_it_was(store, row, key):
    with doomed(store):
        store.put(row, "content", "Model")
        store.put(row, "sg_jira_key", "K-2")
        store.retire(row)
        store.insert("Task", {"content": "New", "sg_jira_key": "K-1"})

    assert row == {"type": "Task", "id": row["id"], "content": "Rig", "sg_jira_key": "K-1"}
    assert store.holder(key, "k-1") is row
    assert store.holder(key, "K-2") is None
    assert list(store.living("Task")) == [row["id"]]
    assert store.retired("Task") == {}
    assert store.last_id("Task") == row["id"]


def test_a_revival_is_undone_too(store, row, key):
    with store.transaction():
        store.retire(row)

    with doomed(store):
        store.revive(row)

    assert store.holder(key, "K-1") is None
    assert not store.is_living(Ref("Task", row["id"]))


def test_an_inner_transaction_is_part_of_the_outer_one(store, row):
    with doomed(store), store.transaction():
        store.put(row, "content", "Model")

    assert row["content"] == "Rig"


def test_only_living_records_hold_a_unique_value(store, row, key):
    with store.transaction():
        store.retire(row)
    assert store.holder(key, "K-1") is None

    with store.transaction():
        store.revive(row)
    assert store.holder(key, "k-1") is row
