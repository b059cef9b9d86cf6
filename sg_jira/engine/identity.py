"""Which ordering key an arriving event has, told from the store alone, without an API call.

A linked pair has one key for both directions, that of its FPTR side (`Task:123`). It is found by
the aliases in the store, or because the Issue itself names its record.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.failures import Reason
from sg_jira.engine.schema import Lane, State, alias, creation, event
from sg_jira.engine.store import Store
from sg_jira.events import Direction, SyncEvent
from sg_jira.shapes import as_mapping
from sg_jira.witnesses import CLOCK_SKEW, witness_of

KeyResolver = Callable[[sa.Connection, SyncEvent], str]

_FACT: Final = "jira"
#: Apart from the other one, which processes of an older version read as well.
_SHOTGUN_FACT: Final = "fptr"


@dataclass(frozen=True)
class JiraFacts:
    """Ids of our fields in Jira, and what names the bridge's own account there."""

    type_field: str
    id_field: str
    own_names: frozenset[str] = frozenset()

    def pair_named_by(self, payload: Mapping[str, Any]) -> str | None:
        """The key of the record that the Issue in a webhook names, as `Task:123`."""
        issue = payload.get("issue")
        fields = issue.get("fields") if isinstance(issue, Mapping) else None
        if not isinstance(fields, Mapping):
            return None
        kind, number = fields.get(self.type_field), fields.get(self.id_field)
        try:
            return f"{kind}:{int(float(number))}" if kind and number else None
        except (TypeError, ValueError, OverflowError):
            return None

    def is_own(self, user: object) -> bool:
        """Whether a user in a webhook is the bridge's own account."""
        if not isinstance(user, Mapping):
            return False
        return any(str(user.get(name)) in self.own_names for name in ("accountId", "name", "key"))

    def tells_own_write(self, payload: Mapping[str, Any]) -> bool:
        """Whether a webhook tells of something that the bridge itself has written."""
        if "user" in payload:
            return self.is_own(payload["user"])
        remark = as_mapping(payload.get("comment") or payload.get("worklog"))
        return not _tells_deletion(payload) and self.is_own(remark.get("updateAuthor"))


class Identities:
    """Finds ordering keys. What it knows of Jira survives restarts, so that it does not need Jira.

    Parameters:
        store: holds the aliases and the facts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        with store.reading() as connection:
            self._facts = _known_facts(connection)
            self._own_user = read_fact(connection, _SHOTGUN_FACT)

    def learn(self, facts: JiraFacts, own_user: Mapping[str, Any] | None = None) -> None:
        """Keeps what the sites told about themselves.

        Parameters:
            facts: of Jira.
            own_user: of FPTR, with which the bridge writes; `None` when it is not known.
        """
        named = _name_of(own_user)
        with self._lock:
            if (facts, named) == (self._facts, self._own_user):
                return
            values = {**vars(facts), "own_names": sorted(facts.own_names)}
            with self._store.writing() as connection:
                write_fact(connection, _FACT, json.dumps(values))
                write_fact(connection, _SHOTGUN_FACT, named)
            self._facts, self._own_user = facts, named

    def lane_of(self, arriving: SyncEvent) -> Lane:
        """The lane of an event that arrives: nobody waits for what the bridge itself has done.

        It only says when an event is looked at. What becomes of it is for the syncer to say.
        """
        if arriving.direction is Direction.SHOTGUN_TO_JIRA:
            is_own = (
                bool(self._own_user) and _name_of(arriving.payload.get("user")) == self._own_user
            )
        else:
            is_own = self._facts is not None and self._facts.tells_own_write(arriving.payload)
        return Lane.BULK if is_own else Lane.LIVE

    def resolve(self, connection: sa.Connection, arriving: SyncEvent) -> str:
        """The ordering key of an event, and what its arrival proves.

        The bridge's own creation of an Issue comes back as a webhook: it witnesses a creation
        whose answer was lost, and what waited to be sure goes on.
        """
        if self._facts is None or self._own_user is None:
            # Another process may have learned them meanwhile.
            self._facts = _known_facts(connection)
            self._own_user = read_fact(connection, _SHOTGUN_FACT)
        if arriving.direction is Direction.SHOTGUN_TO_JIRA:
            return arriving.ordering_key
        known: str | None = connection.scalar(_KNOWN, {"subject": arriving.ordering_key})
        named = self._facts.pair_named_by(arriving.payload) if self._facts else None
        if named and self._is_own_creation(arriving.payload):
            _witness(connection, named, str(arriving.payload["issue"].get("key")))
        if known is None and arriving.signed and self._facts:
            # Nobody reads again what it says; so only what is proved is believed.
            known = _witness_remark(connection, self._facts, arriving.payload)
        # A comment or worklog is not its Issue: not all that tells of it has the Issue's fields.
        is_issue = arriving.ordering_key.startswith("Issue:")
        return known or (named if is_issue else None) or arriving.ordering_key

    def _is_own_creation(self, payload: Mapping[str, Any]) -> bool:
        return (
            self._facts is not None
            and payload.get("webhookEvent") == "jira:issue_created"
            and self._facts.is_own(payload.get("user"))
        )


def _name_of(user: object) -> str:
    """An FPTR user as `ApiUser:12`; nothing for anything else."""
    known = as_mapping(user)
    return f"{known['type']}:{known['id']}" if known.get("type") and known.get("id") else ""


def _tells_deletion(payload: Mapping[str, Any]) -> bool:
    return str(payload.get("webhookEvent")).endswith("_deleted")


#: Built once: it is asked for every event of Jira.
_KNOWN: Final = sa.select(alias.c.ordering_key).where(alias.c.subject == sa.bindparam("subject"))


def _known_facts(connection: sa.Connection) -> JiraFacts | None:
    text = read_fact(connection, _FACT)
    if text is None:
        return None
    values = json.loads(text)
    return JiraFacts(**{**values, "own_names": frozenset(values["own_names"])})


def _witness_remark(
    connection: sa.Connection, facts: JiraFacts, payload: Mapping[str, Any]
) -> str | None:
    """The pair whose comment or worklog this webhook tells of, if it is one that is waited for.

    It need not be looked for then. Where two are alike nobody can tell; they are looked for.
    """
    witness = witness_of(payload)
    if witness is None or witness.created is None or not facts.is_own(witness.author):
        return None
    places = creation.c.place.in_(witness.issues) if witness.issues else sa.true()
    rows = connection.execute(
        sa.select(creation.c.subject, creation.c.place).where(
            creation.c.words.in_(witness.words),
            places,
            creation.c.made.is_(None),
            creation.c.finished.is_(None),
            creation.c.began <= witness.created + CLOCK_SKEW,
        )
    ).all()
    if len(rows) != 1:
        return None
    ((pair, place),) = rows
    _witness(connection, pair, f"{place}/{witness.subject.partition(':')[2]}")
    return str(pair)


def _witness(connection: sa.Connection, pair: str, key: str) -> None:
    found = connection.execute(
        sa.update(creation)
        .where(
            creation.c.subject == pair,
            creation.c.made.is_(None),
            creation.c.finished.is_(None),
        )
        .values(made=key)
    )
    if found.rowcount:
        connection.execute(
            sa.update(event)
            .where(
                event.c.ordering_key == pair,
                event.c.state == State.WAITING.value,
                event.c.reason == Reason.CREATION_UNCLEAR.value,
            )
            .values(not_before=None)
        )
