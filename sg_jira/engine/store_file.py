"""The files of a SQLite store: whether they are still those that were opened, and what ails them.

SQLite goes on with a file that has lost its name: all that is written there is lost with the
process, and nothing fails.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from sg_jira.errors import StoreAway

#: Only the bridge's own account may read what people wrote.
FILE_MODE: Final = 0o600
#: Where a file is: its disk, and its number there.
Identity = tuple[int, int]


class StoreFile:
    """A store's file and its write-ahead log, as they were when they were opened.

    Parameters:
        path: the file, which is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._opened = _identity_of(path)
        # There from the first commit on, and as long as a connection is open.
        self._opened_log: Identity | None = None

    def check(self) -> None:
        """Raises `StoreAway` unless the file is the one that was opened."""
        if _identity_of(self._path) != self._opened:
            raise StoreAway(
                f"The file {self._path} of the store was removed or replaced while it was in use. "
                "Move it back to where it was; or stop the bridge, and restore a backup."
            )

    def check_committed(self) -> None:
        """Raises `StoreAway` unless what was committed just now is where others look for it."""
        self.check()
        found = _identity_of(self._log)
        if self._opened_log is None:
            self._opened_log = found
        elif found != self._opened_log:
            raise StoreAway(
                f"The file {self._log} of the store was removed or replaced while it was in use. "
                "Restart the bridge."
            )

    def close(self) -> None:
        """All connections were closed, and SQLite may have removed the log."""
        self._opened_log = None


class Watch:
    """Tells whether somebody else wrote to a file. Any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._guard = threading.Lock()
        self._seen: int | None = None

    def is_changed(self) -> bool:
        """Whether somebody else wrote since this was last asked."""
        with self._guard:
            try:
                (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:  # whoever looks into the store finds out why
                return True
            before, self._seen = self._seen, int(version)
            return before != self._seen

    def close(self) -> None:
        """Ends it: SQLite keeps its log as long as any connection is open."""
        with self._guard:
            self._connection.close()


def make_file(path: Path) -> None:
    """Makes an empty file that nobody else may read. Raises `StoreAway`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, FILE_MODE))
    except OSError as error:
        raise StoreAway(
            f"The store {path} cannot be made: {error.strerror}. Set SGJIRA_STORE to a file in a "
            "folder that the bridge may write to."
        ) from error


def keep_private(path: Path) -> None:
    """Lets nobody else read the files of a store, as after a copy was put in place; ours only."""
    if sys.platform == "win32":  # which has no such modes
        return
    for ending in ("", "-wal", "-shm"):
        file = path.with_name(path.name + ending)
        with suppress(OSError):  # not there, or on a disk that knows no modes
            found = file.stat()
            if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != FILE_MODE:
                file.chmod(FILE_MODE)


def _identity_of(path: Path) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:  # nobody can open it by its name
        return None
    return found.st_dev, found.st_ino


_LET_WRITE: Final = (
    "Let the bridge's account read and write the file, those beside it (-wal, -shm, .dispatcher), "
    "and their folder."
)
#: What SQLite says of a file that it cannot use -> how to mend that.
_ADVICE: Final = {
    "readonly database": _LET_WRITE,
    "unable to open database file": _LET_WRITE,
    "disk is full": "Make room on its disk.",
}


def with_advice(error: object) -> str:
    """What SQLite says, and how to mend it where that is known."""
    said = f"{error}".rstrip(".\n") + "."
    advice = [advice for words, advice in _ADVICE.items() if words in said]
    return " ".join([said, *advice])
