"""Keeps the write-ahead log of a SQLite store short, in a thread that nobody waits for.

SQLite lets whoever writes the thousandth page of the log move all of it into the file. Nobody else
can write meanwhile, and senders wait for their answers.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Final

from sg_jira.engine.store import Store

logger = logging.getLogger(__name__)

#: Pages from which on the log begins anew, for which nobody may write for a moment.
_LONG: Final = 1000


class LogKeeper:
    """Moves what was written from the log into the file, while others write.

    Parameters:
        store: a SQLite file.
    """

    def __init__(self, store: Store) -> None:
        assert store.path is not None, "only SQLite has such a log"
        self._store = store
        self._connection = sqlite3.connect(store.path, timeout=0, check_same_thread=False)

    def tidy(self) -> None:
        """Moves all of it, unless somebody still reads what was there before."""
        try:
            if self._move() < _LONG:
                return
            with self._store.nobody_writing():  # what has come since is little
                self._move()
        except sqlite3.OperationalError as error:  # disk full or away: who writes tells of it
            logger.debug("The log of the store could not be tidied: %s", error)

    def _move(self) -> int:
        """Moves what nobody reads in its old form; gives how many pages the log has."""
        told = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return int(told[1])

    def close(self) -> None:
        """Ends it."""
        self._connection.close()
