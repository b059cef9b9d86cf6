"""The open store, a SQLite file or another database: its transactions and its locks.

What is in it is known to `inbox` and `links`; how it is opened to `opening`.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sg_jira.engine.shared_commits import SharedCommits
from sg_jira.engine.store_file import StoreFile, Watch, make_file, with_advice
from sg_jira.errors import StoreAway, StoreRefused
from sg_jira.seats import waiting

Answer = TypeVar("Answer")

#: Seconds for which everybody waits at most until SQLite's log is shortened.
SHORTEN_SECONDS: Final = 2.0
#: The execution option of a transaction that only reads.
READING: Final = "sg_jira_reading"


class Store:
    """An open store. Any thread may use it.

    Parameters:
        engine: of SQLAlchemy, connected to a database with our tables.
        path: the file, when it is SQLite.
    """

    def __init__(self, engine: sa.Engine, path: Path | None = None) -> None:
        self.engine = engine
        self.path = path
        self._file = StoreFile(path) if path else None
        # SQLite has one writer at a time; its own waiting polls, a lock does not.
        self._one_writer = threading.Lock()
        self._commits = SharedCommits(self._one_writer, self._transaction)
        # Who holds the lock writes with it: it is not fetched from the pool each time.
        self._writer: sa.Connection | None = None
        self._watches: list[Watch] = []
        #: Whether the last write came to nothing, since the database could not do it.
        self.has_failed_to_write = False

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

    def shorten_log(self) -> bool:
        """Lets SQLite's log have nothing that the file has; gives whether that was possible.

        Whoever writes meanwhile waits for it, and it waits for whoever still reads.
        """
        if self.path is None:
            return True
        with closing(sqlite3.connect(self.path, timeout=SHORTEN_SECONDS)) as connection:
            try:
                (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError:  # others have come first
                return False
        return not is_busy

    def nobody_writing(self) -> AbstractContextManager[Any]:
        """No thread of this process writes to the SQLite file meanwhile."""
        return self._one_writer

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Of SQLite's only writer, or of any connection to another database."""
        try:
            with self._begun() as connection:
                yield connection
        except StoreAway:
            self.has_failed_to_write = True
            raise
        self.has_failed_to_write = False

    @contextmanager
    def _begun(self) -> Iterator[sa.Connection]:
        if self._file is None:
            with self._as_store_errors(), self.engine.begin() as connection:
                yield connection
            return
        with self._as_store_errors():
            self._file.check()
            connection, self._writer = self._writer or self.engine.connect(), None
            try:
                with connection.begin():
                    yield connection
                self._file.check_committed()
            except BaseException:
                connection.close()
                raise
            self._writer = connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads. Raises `StoreAway` when that is impossible now."""
        # SQLite reads from memory; another database is a site of its own.
        pause = waiting() if self.is_shared else nullcontext()
        if self._file is not None:
            self._file.check()
        with pause, self._as_store_errors(), self.engine.connect() as connection:
            yield connection.execution_options(**{READING: True})

    def watch(self) -> Callable[[], bool]:
        """A function that tells whether somebody else wrote since it was last asked.

        It costs microseconds on SQLite. Elsewhere nobody is asked: the answer is always no.
        """
        if self.path is None:
            return lambda: False
        watch = Watch(self.path)
        self._watches.append(watch)
        return watch.is_changed

    def lock_dispatching(self) -> Callable[[], None]:
        """Makes this process the only one that works on the store; gives what ends that.

        Raises:
            StoreRefused: another process works on it.
            StoreAway: that cannot be found out.
        """
        if self.path is None:
            return lambda: None
        lock = self.path.with_name(f"{self.path.name}.dispatcher")
        make_file(lock)
        # SQLite's own lock: it works on every system and ends with the process, however it ends.
        holder = sqlite3.connect(lock, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            holder.close()
            if "locked" in str(error):
                raise StoreRefused(
                    f"Another bridge works on the store {self.path}. Stop it first, or give this "
                    "one a store of its own (SGJIRA_STORE)."
                ) from error
            raise StoreAway(
                f"The file {lock}, which keeps other bridges out, cannot be used: "
                f"{with_advice(error)} It holds nothing; while no bridge runs it may be deleted."
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
            with self._as_store_errors():
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
            with self._as_store_errors():
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
        # It ends with the transaction, and others who ask at the same moment share it.
        lock = sa.func.pg_try_advisory_xact_lock_shared(_number_of(name))
        with self.reading() as connection:
            free = connection.scalar(sa.select(lock))
        return not free

    @contextmanager
    def _as_store_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            what = f"The store {self.path}" if self.path else "The store"
            raise StoreAway(
                f"{what} cannot be used at the moment: {with_advice(error.orig)}"
            ) from error
        except PoolTimeout as error:
            raise StoreAway("The store is too busy.") from error

    def close(self) -> None:
        """Closes all connections; SQLite then has everything in the file itself."""
        for watch in self._watches:
            watch.close()
        with self._one_writer:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.engine.dispose()
        if self._file is not None:
            self._file.close()


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
