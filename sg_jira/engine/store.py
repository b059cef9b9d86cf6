"""Opens the store: a SQLite file or another database, its transactions, its upgrade.

What is in it is known to `inbox` and `links`; how its tables came about to `migrations`.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sg_jira.engine.shared_commits import SharedCommits
from sg_jira.errors import StoreAway, StoreRefused
from sg_jira.seats import waiting

Answer = TypeVar("Answer")

#: Milliseconds that SQLite waits for another process that is writing.
BUSY_MILLISECONDS: Final = 5000
#: KiB that SQLite keeps of the file for each connection. By default it is 2000, and memory grows by
#: that for each of them; the system keeps the file in memory as well.
CACHE_KIB: Final = 256
#: Pages of the write-ahead log from which on whoever writes moves them into the file, for all. A
#: bridge that works on the store moves them before (`log_keeper`).
_LONGEST_LOG: Final = 8000
#: Only the bridge's own account may read what people wrote.
FILE_MODE: Final = 0o600
_READING: Final = "sg_jira_reading"
#: Any number that nobody else uses as an advisory lock of the database.
_UPGRADE_LOCK: Final = 0x5367_4A69


class Store:
    """An open store. Any thread may use it.

    Parameters:
        engine: of SQLAlchemy, connected to a database with our tables.
        path: the file, when it is SQLite.
    """

    def __init__(self, engine: sa.Engine, path: Path | None = None) -> None:
        self.engine = engine
        self.path = path
        # SQLite has one writer at a time; its own waiting polls, a lock does not.
        self._one_writer = threading.Lock()
        self._commits = SharedCommits(self._one_writer, self._transaction)
        # Who holds the lock writes with it: it is not fetched from the pool each time.
        self._writer: sa.Connection | None = None

    @property
    def place(self) -> str:
        """Where it is, for people; without a password."""
        return str(self.path or self.engine.url)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that may write, committed at the end.

        Raises:
            StoreAway: the database cannot write now (disk full, locked, gone).
        """
        turn = nullcontext() if self.is_shared else self._one_writer
        with waiting(), turn, self._transaction() as begun:
            yield begun

    def write(self, work: Callable[[sa.Connection], Answer]) -> Answer:
        """The answer of `work`, which may write; committed when this returns.

        For what is written all the time: on SQLite, what several threads want to write at the
        same time is committed together.

        Parameters:
            work: touches nothing but the connection, since it may be run twice, and in another
                thread.

        Raises:
            StoreAway: as for `writing`.
        """
        if not self.is_shared:
            with waiting():
                return self._commits.write(work)
        with waiting(), self._transaction() as connection:
            return work(connection)

    def nobody_writing(self) -> AbstractContextManager[Any]:
        """No thread of this process writes to the SQLite file meanwhile."""
        return self._one_writer

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Of SQLite's only writer, or of any connection to another database."""
        if self.is_shared:
            with _as_store_errors(), self.engine.begin() as connection:
                yield connection
            return
        with _as_store_errors():
            connection, self._writer = self._writer or self.engine.connect(), None
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()
                raise
            self._writer = connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads. Raises `StoreAway` when that is impossible now."""
        # SQLite reads from memory; another database is a site of its own.
        pause = waiting() if self.is_shared else nullcontext()
        with pause, _as_store_errors(), self.engine.connect() as connection:
            yield connection.execution_options(**{_READING: True})

    def watch(self) -> Callable[[], bool]:
        """A function that tells whether somebody else wrote since it was last asked.

        It costs microseconds on SQLite. Elsewhere nobody is asked: the answer is always no.
        """
        if self.path is None:
            return lambda: False
        connection = sqlite3.connect(self.path, check_same_thread=False)
        seen: list[int] = []

        def changed() -> bool:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            is_new = seen != [version]
            seen[:] = [version]
            return is_new

        return changed

    def lock_dispatching(self) -> Callable[[], None]:
        """Makes this process the only one that works on the store; gives what ends that.

        Raises:
            StoreRefused: another process works on it.
        """
        if self.path is None:
            return lambda: None
        lock = self.path.with_name(f"{self.path.name}.dispatcher")
        _make_file(lock)
        # SQLite's own lock: it works on every system and ends with the process, however it ends.
        holder = sqlite3.connect(lock, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            holder.close()
            raise StoreRefused(
                f"Another bridge works on the store {self.path}. Stop it first, or give this one "
                "a store of its own (SGJIRA_STORE)."
            ) from error
        return holder.close

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on the store at the same time."""
        return self.path is None

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Waits until no other process is in here with this name. Raises `StoreAway`.

        It ends with the process or its connection, however they end.
        """
        with self._locked(name, sa.func.pg_advisory_lock):
            yield

    @contextmanager
    def alone_or_not(self, name: str) -> Iterator[bool]:
        """Tells whether no other process is in here with this name; does not wait.

        Raises `StoreAway`. It ends as `alone` does.
        """
        with self._locked(name, sa.func.pg_try_advisory_lock) as is_mine:
            yield is_mine

    @contextmanager
    def _locked(self, name: str, lock: Callable[[int], Any]) -> Iterator[bool]:
        if not self.is_shared:
            yield True
            return
        number = _number_of(name)
        with ExitStack() as open_until_done:
            with _as_store_errors():
                connection = open_until_done.enter_context(self.engine.connect())
                connection.execution_options(isolation_level="AUTOCOMMIT")
                is_mine = connection.scalar(sa.select(lock(number))) is not False
            try:
                yield is_mine
            finally:
                try:
                    if is_mine:
                        connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))
                except DBAPIError:  # lost, and the lock with it
                    connection.invalidate()

    @contextmanager
    def alone_in(self, names: Iterable[str]) -> Iterator[list[str]]:
        """Gives those of the names with which no other process is in here; does not wait.

        Raises `StoreAway`. It ends as `alone` does, and needs one connection for all of them.
        """
        wanted = list(names)
        if not self.is_shared:
            yield wanted
            return
        with ExitStack() as open_until_done:
            with _as_store_errors():
                connection = open_until_done.enter_context(self.engine.connect())
                connection.execution_options(isolation_level="AUTOCOMMIT")
                mine = [
                    name
                    for name in wanted
                    if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_number_of(name))))
                ]
            try:
                yield mine
            finally:
                try:
                    for name in mine:
                        connection.execute(sa.select(sa.func.pg_advisory_unlock(_number_of(name))))
                except DBAPIError:  # lost, and the locks with it
                    connection.invalidate()

    def is_anybody_in(self, name: str) -> bool:
        """Whether another process is in `alone` with this name. Raises `StoreAway`."""
        if not self.is_shared:
            return False
        with self.reading() as connection:  # the lock ends with the transaction
            free = connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_number_of(name))))
        return not free

    def close(self) -> None:
        """Closes all connections."""
        with self._one_writer:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.engine.dispose()


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
    if path.exists() and path.stat().st_size:
        _check_file(path)
    elif not upgrade:
        raise StoreRefused(f"There is no store {path}. The bridge makes it when it first starts.")
    else:
        _make_file(path)
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


def _number_of(name: str) -> int:
    """The number by which PostgreSQL knows a lock."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@cache
def insert_into(table: sa.Table, dialect: str) -> Any:
    """An insert of the dialect's own kind, which knows `on_conflict_...`; built once."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@cache
def insert_or_ignore(table: sa.Table, dialect: str) -> Any:
    """An insert that does nothing when the row is there already; built once."""
    return insert_into(table, dialect).on_conflict_do_nothing()


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, FILE_MODE))
    except OSError as error:
        raise StoreAway(
            f"The store {path} cannot be made: {error.strerror}. Set SGJIRA_STORE to a file in a "
            "folder that the bridge may write to."
        ) from error


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
                    raise StoreAway(f"The store {path} cannot be opened: {error}.") from error
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
        raise StoreAway(f"The store {path} cannot be read: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise StoreRefused(_DAMAGED.format(path=path, why=error)) from error
    if names and not revisions:
        raise StoreRefused(f"{path} is a database, but not a store of sg-jira. Name another file.")
    _check_revisions(str(path), revisions)


_DAMAGED: Final = (
    "The store {path} is damaged ({why}). Nothing was changed. Restore a backup, or move the file "
    "away to start with an empty store."
)


def _check_revisions(place: str, revisions: list[str]) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    unknown = [revision for revision in revisions if revision not in known]
    if unknown:
        raise StoreRefused(
            f"The store {place} was made by a newer version of sg-jira (step {unknown[0]}). "
            "Nothing was changed. Install that version again, or restore the backup made before "
            "the upgrade."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "sg_jira.engine:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def take_upgrade_lock(connection: sa.Connection) -> None:
    """Lets one process at a time upgrade, until its transaction ends. SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))


def bring_up_to_date(store: Store, upgrade: bool) -> None:
    """Upgrades the tables in one transaction; a second process waits for it, then has nothing.

    Raises:
        StoreRefused: the tables are newer than this version, or older and not to be upgraded.
    """
    with store.writing() if upgrade else store.reading() as connection:
        if upgrade:
            take_upgrade_lock(connection)
        present = MigrationContext.configure(connection).get_current_heads()
        wanted = _scripts().get_heads()
        if set(present) == set(wanted):
            return
        _check_revisions(store.place, list(present))
        if not upgrade:
            raise StoreRefused(
                f"The store {store.place} is of an older version. Start the bridge once, which "
                "upgrades it."
            )
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_connection(connection: Any, record: Any) -> None:
    # The driver would begin transactions by itself, and too late: see `_begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_LONGEST_LOG}")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # A transaction that begins by reading could not write later if another one wrote meanwhile.
    mode = "DEFERRED" if connection.get_execution_options().get(_READING) else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreAway(f"The store cannot be used at the moment: {error.orig}") from error
    except PoolTimeout as error:
        raise StoreAway("The store is too busy.") from error
