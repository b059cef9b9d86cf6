"""Remembers, per record and field, the number of the newest change that was processed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.guard import Change
from sg_jira.engine.schema import newest
from sg_jira.engine.store import insert_into

#: (record, field) -> number of the newest change.
Marks = dict[tuple[str, str], int]


def read_marks(connection: sa.Connection, changes: Iterable[Change]) -> Marks:
    """The numbers of the newest processed changes of the same records."""
    records = {change.record for change in changes}
    if not records:
        return {}
    rows = connection.execute(_MARKS, {"records": sorted(records)})
    return {(row.record, row.field): row.source_id for row in rows}


_MARKS: Final = sa.select(newest).where(
    newest.c.record.in_(sa.bindparam("records", expanding=True))
)


def pass_marks(marks: Marks, changes: Iterable[Change]) -> bool:
    """Whether one of the changes is older than its mark; raises the marks to the others. Pure
    but for `marks`."""
    is_old = False
    for record, field, number in changes:
        is_old = is_old or number < marks.get((record, field), 0)
        marks[record, field] = max(number, marks.get((record, field), 0))
    return is_old


def raise_marks(connection: sa.Connection, changes: Iterable[Change], now: datetime) -> None:
    """Remembers processed changes; a number never goes down."""
    highest: Marks = {}
    pass_marks(highest, changes)
    if highest:
        connection.execute(
            _raising(connection.dialect.name),
            [
                {"record": record, "field": field, "source_id": number, "at": now}
                # In one order for all, so that two workers cannot wait for each other.
                for (record, field), number in sorted(highest.items())
            ],
        )


@cache
def _raising(dialect: str) -> Any:
    insert = insert_into(newest, dialect)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[newest.c.record, newest.c.field],
        set_={
            "source_id": sa.case(
                (newest.c.source_id < new.source_id, new.source_id), else_=newest.c.source_id
            ),
            "at": new.at,
        },
    )
