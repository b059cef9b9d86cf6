"""Keys that turned out to be one pair: what waits under each of them gets one row, in order.

An Issue, a comment or a worklog has a key of its own until its FPTR record is known.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import sqlalchemy as sa

from sg_jira.engine.schema import OPEN, State, alias, event, is_open
from sg_jira.engine.store import insert_into


def join(connection: sa.Connection, subject: str, pair: str) -> bool:
    """Remembers that a Jira subject (`Comment:7`) belongs to a pair (`Note:5`).

    What waits under the subject's own key waits under the pair's from now on.

    Returns: whether anything did.
    """
    _remember(connection, subject, pair)
    return _rekey(connection, subject, pair, State.WAITING)


def pair_known(connection: sa.Connection, subject: str) -> str | None:
    """The pair that a Jira subject is known to belong to."""
    pair: str | None = connection.scalar(_PAIR_OF, {"key": subject})
    return pair


def remember_owner(connection: sa.Connection, key: str, pair: str) -> None:
    """Remembers which record the Issue with this key names. Events never have such a subject."""
    _remember(connection, f"{_KEY}{key}", pair)


def owner_of(connection: sa.Connection, key: str) -> str | None:
    """The record that the Issue with this key is known to name."""
    return pair_known(connection, f"{_KEY}{key}")


def _remember(connection: sa.Connection, subject: str, pair: str) -> None:
    insert = insert_into(alias, connection.dialect.name)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[alias.c.subject],
            set_={"ordering_key": insert.excluded.ordering_key},
        ),
        {"subject": subject, "ordering_key": pair},
    )


def pair_of(connection: sa.Connection, key: str) -> str | None:
    """The pair that a key turned out to belong to, if any. All that is open goes to it.

    The caller is the only one who works on the key: what is running was left behind.
    """
    pair = pair_known(connection, key)
    if pair is None or pair == key:
        return None
    _rekey(connection, key, pair, *OPEN)
    return pair


class Elsewhere(Enum):
    """What there is under a pair's other keys.

    What is under way there, or was left behind there, has to end, or to be given to the pair,
    before anything else of the pair may begin.
    """

    NOTHING = auto()
    MOVED = auto()
    UNDER_WAY = auto()


def gather(connection: sa.Connection, pair: str) -> Elsewhere:
    """Takes what waits under the pair's other keys."""
    found = connection.execute(_OPEN_ELSEWHERE, {"pair": pair}).all()
    for row in found:
        _rekey(connection, row.ordering_key, pair, State.WAITING)
    if any(row.state == State.RUNNING.value for row in found):
        return Elsewhere.UNDER_WAY
    return Elsewhere.MOVED if found else Elsewhere.NOTHING


#: Before the keys of Issues, which are no subjects of events.
_KEY: Final = "key of "
_PAIR_OF: Final = sa.select(alias.c.ordering_key).where(alias.c.subject == sa.bindparam("key"))
_OPEN_ELSEWHERE: Final = (
    sa.select(event.c.ordering_key, event.c.state)
    .where(
        is_open(),
        event.c.ordering_key.in_(
            sa.select(alias.c.subject).where(
                alias.c.ordering_key == sa.bindparam("pair"),
                alias.c.subject != alias.c.ordering_key,
            )
        ),
    )
    .distinct()
)


def _rekey(connection: sa.Connection, key: str, pair: str, *states: State) -> bool:
    """`seq` keeps the order. Returns whether there was anything."""
    moved = connection.execute(
        sa.update(event)
        .where(event.c.ordering_key == key, event.c.state.in_([state.value for state in states]))
        .values(ordering_key=pair, state=State.WAITING.value)
    )
    return moved.rowcount > 0
