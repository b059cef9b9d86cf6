"""Another process learns that a comment belongs to a Note while this one takes events."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from sg_jira.engine.pairs import join
from sg_jira.engine.postgres import open_postgres
from tests.waiting import wait_until

COMMENT, NOTE = "Comment:10002", "Note:5"


def told(bench, at):
    remark = {"id": "10002", "updated": f"2026-03-01T12:00:{at:02}.000+0000"}
    bench.jira({"webhookEvent": "comment_updated", "comment": remark})


@pytest.fixture
def others(database):
    opened = open_postgres(database)
    yield opened
    opened.close()


def test_events_that_just_got_another_key_are_left_to_it(bench, store, others):
    told(bench, 1)
    taken = []
    taking = threading.Thread(target=lambda: taken.append(bench.inbox.take(COMMENT, 10)))

    with others.writing() as connection:
        join(connection, COMMENT, NOTE)
        taking.start()
        wait_until(lambda: somebody_waits_for_a_row(store), "a row is waited for")
    taking.join(30)

    assert [(one.moved_to, list(one.entries)) for one in taken] == [(NOTE, [])]
    assert len(bench.inbox.take(NOTE, 10).entries) == 1


def test_nothing_overtakes_what_runs_under_the_key_that_was_left(bench, store, others):
    told(bench, 1)
    assert len(bench.inbox.take(COMMENT, 10).entries) == 1, "another process works on it"
    told(bench, 2)

    joined = []

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def join_before_events_are_read(connection, cursor, statement, parameters, *more):
        if "LIMIT" in statement and not joined:
            joined.append(statement)
            with others.writing() as other:
                join(other, COMMENT, NOTE)

    taken = bench.inbox.take(NOTE, 10)

    assert joined
    assert taken.entries == ()
    assert taken.when is not None


def somebody_waits_for_a_row(store):
    with store.reading() as connection:
        return connection.scalar(
            sa.text(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
            )
        )
