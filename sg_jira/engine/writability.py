"""Whether the store can be written, for `/readyz`. Reading works on a disk that is full, too."""

from __future__ import annotations

from functools import partial
from typing import Final

import sqlalchemy as sa

from sg_jira.engine.facts import write_fact
from sg_jira.engine.store import Store

#: The fact that is written to find out.
_TRIAL: Final = "tried to write"
#: Larger than most events: a little always fits into what the files have already.
_TRIAL_BYTES: Final = 256 * 1024


def check_writing(store: Store) -> None:
    """Raises `StoreAway` when the last write failed, and another one fails now as well.

    While nobody sends anything nobody writes, and who sends may wait for the bridge to be ready.
    """
    if store.has_failed_to_write:
        store.write(partial(_write, text="x" * _TRIAL_BYTES))
        store.write(partial(_write, text=""))


def _write(connection: sa.Connection, text: str) -> None:
    write_fact(connection, _TRIAL, text)
