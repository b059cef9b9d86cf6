"""Small facts that the store keeps by name, as the ids of our Jira fields."""

from __future__ import annotations

import sqlalchemy as sa

from sg_jira.engine.schema import fact
from sg_jira.engine.store import insert_into


def read_fact(connection: sa.Connection, name: str) -> str | None:
    """What is kept under a name."""
    value: str | None = connection.scalar(sa.select(fact.c.value).where(fact.c.name == name))
    return value


def write_fact(connection: sa.Connection, name: str, value: str) -> None:
    """Keeps a value under a name; it takes the place of an earlier one."""
    insert = insert_into(fact, connection.dialect.name)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[fact.c.name], set_={"value": insert.excluded.value}
        ),
        {"name": name, "value": value},
    )
