"""A store on PostgreSQL: how it is made, upgraded, refused, and how it bears lost connections."""

from __future__ import annotations

import shutil
import threading
from datetime import datetime, timezone

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from sg_jira.engine import opening, postgres
from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.opening import open_configured
from sg_jira.engine.postgres import connection_text, open_postgres
from sg_jira.engine.schema import metadata
from sg_jira.engine.store import _number_of
from sg_jira.errors import StoreAway, StoreRefused


def tables_of(url):
    with psycopg.connect(connection_text(url)) as connection:
        return {
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        }


def test_the_steps_make_the_tables_that_the_code_knows(store):
    def is_ours(thing, name, kind, reflected, compared_to):
        return not (kind == "table" and name.startswith("procrastinate_"))

    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        assert compare_metadata(context, metadata) == []


def test_several_that_start_at_once_upgrade_it_once(empty_database):
    problems = []

    def start():
        try:
            open_postgres(empty_database).close()
        except (StoreAway, StoreRefused) as error:  # told below, in the thread that asserts
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    open_postgres(empty_database, upgrade=False).close()


def test_the_command_line_makes_no_tables(empty_database):
    with pytest.raises(StoreRefused, match="Start the bridge once"):
        open_postgres(empty_database, upgrade=False)

    assert tables_of(empty_database) == set()


def test_a_database_with_somebody_elses_tables_is_refused_untouched(empty_database):
    with psycopg.connect(connection_text(empty_database)) as connection:
        connection.execute("CREATE TABLE holiday (day TEXT)")

    with pytest.raises(StoreRefused, match=r"somebody else \(holiday\).*SGJIRA_DATABASE_URL"):
        open_postgres(empty_database)

    assert tables_of(empty_database) == {"holiday"}


def test_tables_of_a_newer_version_are_refused(database, store):
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreRefused, match=r"newer version.*9999"):
        open_postgres(database)


def test_job_tables_of_a_newer_version_are_refused(database, store):
    with store.writing() as connection:
        write_fact(connection, "procrastinate", "99.00.00_01_later.sql")

    with pytest.raises(StoreRefused, match=r"newer version of procrastinate \(step 99"):
        open_postgres(database)


def test_job_tables_of_an_older_version_are_upgraded_step_by_step(
    database, store, monkeypatch, tmp_path
):
    for path in postgres.migrations_path.glob("*.sql"):
        shutil.copy(path, tmp_path)
    (tmp_path / "98.sql").write_text("CREATE TABLE step (name TEXT); SELECT 1")
    (tmp_path / "99.sql").write_text("INSERT INTO step VALUES ('100 %')")
    monkeypatch.setattr(postgres, "migrations_path", tmp_path)

    open_postgres(database).close()
    open_postgres(database).close()

    with store.reading() as connection:
        assert connection.scalars(sa.text("SELECT name FROM step")).all() == ["100 %"]
        assert read_fact(connection, "procrastinate") == "99.sql"


def test_a_step_of_the_job_tables_that_fails_is_said(database, store, monkeypatch, tmp_path):
    (tmp_path / "99.sql").write_text("DROP TABLE nobody_has_it")
    monkeypatch.setattr(postgres, "migrations_path", tmp_path)

    with pytest.raises(StoreRefused, match=r"99\.sql.*nobody_has_it"):
        open_postgres(database)


def test_a_database_that_cannot_be_reached_is_said_without_its_password():
    with pytest.raises(StoreAway) as caught:
        open_postgres("postgresql://bridge:s3cret@127.0.0.1:9/events")

    assert "127.0.0.1" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(opening, "find_spec", lambda name: None)

    with pytest.raises(StoreRefused, match=r"pip install 'sg-jira\[postgres\]'"):
        open_configured(tmp_path / "unused", "postgresql://localhost/events")


def test_lost_connections_are_replaced(bench, store, server):
    bench.fptr(1)
    with store.reading() as connection:
        name = connection.scalar(sa.text("SELECT current_database()"))
    server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )

    bench.fptr(2)

    assert bench.states() == ["waiting", "waiting"]


def test_while_the_database_is_away_nothing_is_taken(bench, store, server):
    with store.reading() as connection:
        name = connection.scalar(sa.text("SELECT current_database()"))
    server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    with pytest.raises(StoreAway):
        bench.fptr(1)
    server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    bench.fptr(2)
    assert bench.states() == ["waiting"]


def test_text_that_postgresql_cannot_keep_is_kept_as_well_as_it_can(store):
    with store.writing() as connection:
        write_fact(connection, "said", "zero \0 and half \ud800 characters")

    with store.reading() as connection:
        assert read_fact(connection, "said") == "zero \ufffd and half ? characters"


def test_what_a_dead_process_left_running_is_taken_again(bench):
    bench.fptr(1)
    bench.inbox.take("Task:1", 10)

    (entry,) = bench.inbox.take("Task:1", 10).entries

    assert entry.runs == 2
    assert entry.is_old


def test_one_process_at_a_time_makes_the_counterpart_of_a_record(database, store, wait_until):
    other = open_postgres(database)
    mine, theirs = DurableLinks(store, now, 60), DurableLinks(other, now, 60)
    order = []

    def make():
        with theirs.creating("Task:1") as creation:
            order.append("theirs")
            assert creation.waited  # so that it looks whether there is one by now

    with mine.creating("Task:1"), theirs.creating("Task:2"):
        thread = threading.Thread(target=make)
        thread.start()
        wait_until(lambda: somebody_waits_for_a_lock(store), "the other one has to wait")
        order.append("mine")
    thread.join(10)
    other.close()

    assert order == ["mine", "theirs"]


def test_who_makes_many_counterparts_leaves_out_what_another_process_makes(database, store):
    other = open_postgres(database)
    mine, theirs = DurableLinks(store, now, 60), DurableLinks(other, now, 60)

    with theirs.creating("Task:2"), mine.creating_free(["Task:1", "Task:2", "Task:3"]) as free:
        assert [creation.subject for creation in free] == ["Task:1", "Task:3"]
        with theirs.creating_free(["Task:3", "Task:4"]) as left:
            assert [creation.subject for creation in left] == ["Task:4"]
    with theirs.creating_free(["Task:1"]) as free:
        assert [creation.subject for creation in free] == ["Task:1"], "it was let go"
    other.close()


def test_what_another_process_is_about_to_make_is_waited_for(bench, database):
    other = open_postgres(database)
    theirs = DurableLinks(other, bench.clock, 60)

    def act(event):
        bench.links.await_counterpart("Task:1")
        return True

    bench.bridge.act = act
    bench.fptr(1, task=2)
    theirs.wake = bench.woken.append
    with theirs.creating("Task:1"):
        bench.drain("Task:2")
        assert bench.events()[0]["reason"] == "creation_under_way"
    other.close()

    assert bench.woken == ["Task:2"]
    bench.drain("Task:2")
    assert bench.states() == ["synced"]


def test_who_asks_whether_anybody_is_in_does_not_seem_to_be_in(store):
    asked = threading.Barrier(2)
    answers = []

    def ask():
        with store.reading() as connection:
            lock = sa.func.pg_try_advisory_xact_lock_shared
            assert connection.scalar(sa.select(lock(_number_of("creating Task:1"))))
            asked.wait(30)
            asked.wait(30)

    asker = threading.Thread(target=ask)
    asker.start()
    asked.wait(30)
    answers.append(store.is_anybody_in("creating Task:1"))
    asked.wait(30)
    asker.join(30)

    assert answers == [False]


def somebody_waits_for_a_lock(store):
    with store.reading() as connection:
        return connection.scalar(
            sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        )


def now():
    return datetime.now(timezone.utc)
