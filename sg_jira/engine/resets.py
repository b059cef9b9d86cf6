"""Lets every process that shares a store forget what it has cached, when one is told to."""

from __future__ import annotations

from uuid import uuid4

from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.store import Store

_FACT = "reset"


class Resets:
    """One per process.

    Parameters:
        store: is shared by the processes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = self._present()

    def tell(self) -> None:
        """Tells all other processes. Raises `StoreAway` when that is impossible."""
        mine = uuid4().hex
        with self._store.writing() as connection:
            write_fact(connection, _FACT, mine)
        self._known = mine

    def is_told(self) -> bool:
        """Whether another process has told since this was last asked. Raises `StoreAway`."""
        present = self._present()
        is_new, self._known = present != self._known, present
        return is_new

    def _present(self) -> str | None:
        with self._store.reading() as connection:
            return read_fact(connection, _FACT)
