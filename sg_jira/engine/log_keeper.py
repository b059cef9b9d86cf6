"""Keeps the write-ahead log of a SQLite store short, in a thread that nobody waits for.

SQLite lets whoever writes the thousandth page of the log move all of it into the file. Nobody else
can write meanwhile, and senders wait for their answers.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

#: How often the log is moved in a row, since others go on writing.
_TRIES: Final = 3


class LogKeeper:
    """Moves what was written from the log into the file, while others write.

    Parameters:
        path: the file of the store.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=0, check_same_thread=False)

    def tidy(self) -> None:
        """Moves all of it, unless somebody still reads what was there before."""
        for _ in range(_TRIES):
            try:
                told = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            except sqlite3.OperationalError as error:  # disk full or away: who writes tells of it
                logger.debug("The log of the store could not be tidied: %s", error)
                return
            _, written, moved = told
            if moved >= written:
                return

    def close(self) -> None:
        """Ends it."""
        self._connection.close()
