"""The files of a SQLite store: whether they are still those that were opened, and what ails them.

SQLite goes on with a file that has lost its name: all that is written there is lost with the
process, and nothing fails.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from typing import Final

from sg_jira.errors import StoreAway

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
    said = str(error)
    advice = [advice for words, advice in _ADVICE.items() if words in said]
    return f"{said}. {advice[0]}" if advice else said
