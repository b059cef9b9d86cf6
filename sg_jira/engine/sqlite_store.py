"""Opens a store that is a SQLite file, and prepares its connections."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.store import READING, Store
from sg_jira.engine.store_file import keep_private, make_file, with_advice
from sg_jira.engine.upgrading import bring_up_to_date, check_revisions
from sg_jira.errors import StoreAway, StoreRefused

#: Milliseconds that SQLite waits for another process that is writing.
BUSY_MILLISECONDS: Final = 5000
#: KiB that SQLite keeps of the file for each connection. By default it is 2000, and memory grows by
#: that for each of them; the system keeps the file in memory as well.
CACHE_KIB: Final = 256
#: Pages of the write-ahead log from which on whoever writes moves them into the file, for all. A
#: bridge that works on the store moves them before (`log_keeper`).
_LONGEST_LOG: Final = 8000


def open_store(path: Path, *, upgrade: bool = True) -> Store:
    """Opens a SQLite file, which is made if there is none, and brings its tables up to date.

    Parameters:
        path: the file.
        upgrade: whether to make or upgrade its tables; otherwise they have to be as they should.

    Raises:
        StoreRefused: the file is damaged, is no store, or was made by a newer version. Nothing
            in it was touched.
        StoreAway: the file cannot be read or written.
    """
    if path.is_dir():
        raise StoreRefused(f"The store {path} is a folder. Set SGJIRA_STORE to a file in it.")
    if path.exists() and path.stat().st_size:
        _check_file(path)
        keep_private(path)
    elif not upgrade:
        raise StoreRefused(f"There is no store {path}. The bridge makes it when it first starts.")
    else:
        make_file(path)
    if upgrade:
        _write_ahead(path)
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        pool_size=8,
        max_overflow=64,
        connect_args={"check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_connection)
    sa.event.listen(engine, "begin", _begin)
    store = Store(engine, path)
    try:
        bring_up_to_date(store, upgrade)
    except BaseException:
        store.close()
        raise
    return store


def _write_ahead(path: Path) -> None:
    """Turns on the write-ahead log, which the file then keeps.

    SQLite does not wait for others here but fails at once, so we do the waiting.
    """
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    with closing(sqlite3.connect(path)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if time.monotonic() > deadline:
                    raise StoreAway(
                        f"The store {path} cannot be opened: {with_advice(error)}"
                    ) from error
                time.sleep(0.01)
            else:
                return


def _check_file(path: Path) -> None:
    """Raises `StoreRefused` for a file that is damaged or not ours; opens it for reading only."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise StoreRefused(_DAMAGED.format(path=path, why=found))
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            revisions = (
                [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
                if "alembic_version" in names
                else []
            )
    except sqlite3.OperationalError as error:
        raise StoreAway(f"The store {path} cannot be read: {with_advice(error)}") from error
    except sqlite3.DatabaseError as error:
        raise StoreRefused(_DAMAGED.format(path=path, why=error)) from error
    if names and not revisions:
        raise StoreRefused(f"{path} is a database, but not a store of sg-jira. Name another file.")
    check_revisions(str(path), revisions)


_DAMAGED: Final = (
    "The store {path} is damaged ({why}). Nothing was changed. Restore a backup, or move the file "
    "away to start with an empty store."
)


def _prepare_connection(connection: Any, record: Any) -> None:
    # The driver would begin transactions by itself, and too late: see `_begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_LONGEST_LOG}")
    # What is deleted is gone from the file, and not only when other rows need the room.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # A transaction that begins by reading could not write later if another one wrote meanwhile.
    mode = "DEFERRED" if connection.get_execution_options().get(READING) else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")
