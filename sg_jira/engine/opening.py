"""Opens the store that was configured: a SQLite file, or a PostgreSQL database."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sg_jira.engine.sqlite_store import open_store
from sg_jira.engine.store import Store
from sg_jira.errors import StoreRefused


def open_configured(
    path: Path, database_url: str | None, *, workers: int = 1, upgrade: bool = True
) -> Store:
    """The store.

    Parameters:
        path: the SQLite file, used when there is no database.
        database_url: of PostgreSQL.
        workers: records that are worked on at the same time.
        upgrade: whether to make or upgrade tables.

    Raises:
        StoreRefused: it cannot be used; nothing in it was touched.
        StoreAway: it cannot be reached.
    """
    if database_url is None:
        return open_store(path, upgrade=upgrade)
    missing = [name for name in ("psycopg", "procrastinate") if find_spec(name) is None]
    if missing:
        raise StoreRefused(
            f"SGJIRA_DATABASE_URL needs {' and '.join(missing)}: pip install 'sg-jira[postgres]'."
        )
    from sg_jira.engine.postgres import open_postgres  # only there with the extra

    return open_postgres(database_url, workers=workers, upgrade=upgrade)
