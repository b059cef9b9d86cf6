"""Opens the store on PostgreSQL, so that several machines can share it.

Brings our tables and those of procrastinate up to date. Needs the extra `postgres`; import it only
where a database was configured.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
import sqlalchemy as sa
from procrastinate.schema import SchemaManager, migrations_path
from psycopg.types.string import StrDumper

from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.store import Store
from sg_jira.engine.upgrading import bring_up_to_date, take_upgrade_lock
from sg_jira.errors import StoreRefused

#: Connections beside those of the workers: requests that arrive, pages, clean-ups.
_OTHER_CONNECTIONS: Final = 8
#: Parameters of libpq. A database whose machine is gone is noticed in half a minute.
CONNECT_ARGUMENTS: Final = {
    "application_name": "sg-jira",
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_JOBS_STEP: Final = "procrastinate"


def open_postgres(url: str, *, workers: int = 1, upgrade: bool = True) -> Store:
    """Opens a database, and brings its tables up to date.

    Parameters:
        url: as libpq knows it: `postgresql://user:password@host/database`.
        workers: records that are worked on at the same time; the pool is as large as they need.
        upgrade: whether to make or upgrade tables; otherwise they have to be as they should.

    Raises:
        StoreRefused: somebody else's tables are in it, or those of a newer version. Nothing in it
            was touched.
        StoreAway: the database cannot be reached.
    """
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=workers + _OTHER_CONNECTIONS,
        max_overflow=2 * workers,  # who creates a record and its parent keeps two more meanwhile
        pool_timeout=10,
        pool_pre_ping=True,  # connections that were lost are replaced before anybody notices
        connect_args=CONNECT_ARGUMENTS,
    )
    sa.event.listen(engine, "connect", _prepare_connection)
    store = Store(engine)
    try:
        _refuse_other_tables(store)
        bring_up_to_date(store, upgrade)
        while _upgrade_jobs_once(store, upgrade):
            pass
    except BaseException:
        store.close()
        raise
    return store


def connection_text(url: str) -> str:
    """The URL as libpq itself reads it, password and all. Not to be shown."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class _StorableText(StrDumper):
    """PostgreSQL keeps no zero characters and no half characters; what sites say may have them."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd").encode("utf-8", "replace").decode())


def _prepare_connection(connection: Any, record: Any) -> None:
    connection.adapters.register_dumper(str, _StorableText)


def _refuse_other_tables(store: Store) -> None:
    with store.reading() as connection:
        names = sa.inspect(connection).get_table_names()
    if names and "alembic_version" not in names:
        raise StoreRefused(
            f"The database {store.place} has tables of somebody else ({names[0]}). Give the "
            "bridge a database of its own (SGJIRA_DATABASE_URL)."
        )


def _upgrade_jobs_once(store: Store, upgrade: bool) -> bool:
    """Takes procrastinate's tables one step further; gives whether there may be another one.

    Each step has a transaction of its own, for some steps need what an earlier one has committed.
    """
    steps = sorted(path.name for path in migrations_path.glob("*.sql"))
    with store.writing() if upgrade else store.reading() as connection:
        if upgrade:
            take_upgrade_lock(connection)
        present = read_fact(connection, _JOBS_STEP)
        if present == steps[-1]:
            return False
        if not upgrade:
            raise StoreRefused(
                f"The job tables in {store.place} are of another version. Start the bridge once, "
                "which upgrades them."
            )
        if present is None:
            script, step = SchemaManager.get_schema(), steps[-1]
        elif present > steps[-1]:
            raise StoreRefused(
                f"The job tables in {store.place} were made by a newer version of procrastinate "
                f"(step {present}). Nothing was changed. Install that version again."
            )
        else:
            step = next(name for name in steps if name > present)
            script = (migrations_path / step).read_text(encoding="utf-8")
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute(script)  # many statements at once, which only the driver itself takes
        except psycopg.Error as error:
            raise StoreRefused(
                f"The job tables in {store.place} could not be upgraded (step {step}): {error}"
            ) from error
        write_fact(connection, _JOBS_STEP, step)
        return True
