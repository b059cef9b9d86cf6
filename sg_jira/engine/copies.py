"""The durable `Copies`: what is the copy of what, for as long as the store lives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import sqlalchemy as sa

from sg_jira.copies import Copy
from sg_jira.engine.schema import file_copy
from sg_jira.engine.store import Store, insert_into


class DurableCopies:
    """See the module; the port is `sg_jira.copies.Copies`.

    Parameters:
        store: holds the copies.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, source: str) -> list[Copy]:
        """See `Copies.of`."""
        with self._store.reading() as connection:
            rows = connection.execute(sa.select(file_copy).where(file_copy.c.source == source))
            return [Copy(**row._mapping) for row in rows]

    def sources(self, files: Iterable[str]) -> dict[str, str]:
        """See `Copies.sources`."""
        wanted = list(files)
        if not wanted:
            return {}
        columns = sa.select(file_copy.c.made, file_copy.c.source)
        with self._store.reading() as connection:
            rows = connection.execute(columns.where(file_copy.c.made.in_(wanted)))
            return {row.made: row.source for row in rows}

    def remember(self, copy: Copy) -> None:
        """See `Copies.remember`."""
        with self._store.writing() as connection:
            insert = insert_into(file_copy, connection.dialect.name)
            given = {"made": insert.excluded.made, "name": insert.excluded.name}
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[file_copy.c.source, file_copy.c.place], set_=given
                ),
                asdict(copy),
            )

    def forget(self, source: str) -> None:
        """See `Copies.forget`."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(file_copy).where(file_copy.c.source == source))
