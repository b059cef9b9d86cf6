"""Brings the tables of a store up to date: alembic's migrations, one process at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sg_jira.engine.store import Store
from sg_jira.errors import StoreRefused

#: Any number that nobody else uses as an advisory lock of the database.
_UPGRADE_LOCK: Final = 0x5367_4A69


def bring_up_to_date(store: Store, upgrade: bool) -> None:
    """Upgrades the tables in one transaction; a second process waits for it, then has nothing.

    Raises:
        StoreRefused: the tables are newer than this version, or older and not to be upgraded.
    """
    with store.writing() if upgrade else store.reading() as connection:
        if upgrade:
            take_upgrade_lock(connection)
        present = MigrationContext.configure(connection).get_current_heads()
        wanted = _scripts().get_heads()
        if set(present) == set(wanted):
            return
        check_revisions(store.place, present)
        if not upgrade:
            raise StoreRefused(
                f"The store {store.place} is of an older version. Start the bridge once, which "
                "upgrades it."
            )
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def take_upgrade_lock(connection: sa.Connection) -> None:
    """Lets one process at a time upgrade, until its transaction ends. SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))


def check_revisions(place: str, revisions: Sequence[str]) -> None:
    """Raises `StoreRefused` for tables that a newer version has made."""
    known = {script.revision for script in _scripts().walk_revisions()}
    unknown = [revision for revision in revisions if revision not in known]
    if unknown:
        raise StoreRefused(
            f"The store {place} was made by a newer version of sg-jira (step {unknown[0]}). "
            "Nothing was changed. Install that version again, or restore the backup made before "
            "the upgrade."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "sg_jira.engine:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
