"""The durable `Links`: what is being created survives a restart, and pairs keep one key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.engine.failures import Deferred, Reason
from sg_jira.engine.inbox import rekey
from sg_jira.engine.schema import alias, creation
from sg_jira.engine.store import Store, insert_or_ignore
from sg_jira.links import Creation
from sg_jira.turns import Turns

#: FPTR types whose counterpart is part of an Issue: it is found by reading the Issue, at once.
#: Value: what the counterpart is called in ordering keys.
PARTS_OF_ISSUES: Final = {"Note": "Comment", "Reply": "Comment", "TimeLog": "Worklog"}
#: Subjects on Jira's side; their counterparts are FPTR records, which are found at once.
_JIRA_SUBJECTS: Final = frozenset({"Issue", "Comment", "Worklog"})


@dataclass
class _Intent(Creation):
    """A creation whose steps are on disk before the other site is asked.

    Jira's search lags behind its writes. Who looked there for the Issue of an earlier attempt
    and is about to make another one has to wait until the search can be believed.
    """

    began: datetime | None = None
    surely_none_at: datetime | None = None
    clock: Callable[[], datetime] | None = None
    write: Callable[[_Intent], None] | None = field(default=None, repr=False)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "attempted" and value and self.__dict__.get("write"):
            self._refuse_to_guess()
        changed = self.__dict__.get(name) != value
        super().__setattr__(name, value)
        write = self.__dict__.get("write")
        if changed and write and name in ("attempted", "made"):
            write(self)

    def _refuse_to_guess(self) -> None:
        if self.surely_none_at is None or self.clock is None or self.made:
            return
        wait = (self.surely_none_at - self.clock()).total_seconds()
        if wait > 0:
            raise Deferred(
                Reason.CREATION_UNCLEAR,
                wait,
                f"an earlier creation for {self.subject} had no answer, and Jira's search may not "
                "show its Issue yet",
            )


class DurableLinks:
    """See the module; the port is `sg_jira.links.Links`.

    Parameters:
        store: holds aliases and creations.
        clock: the present time, aware.
        search_lag: seconds after which Jira's search shows what was created.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], search_lag: float) -> None:
        self._store = store
        self._clock = clock
        self._search_lag = timedelta(seconds=search_lag)
        self._turns = Turns()

    @contextmanager
    def creating(self, subject: str) -> Iterator[Creation]:
        """See `Links.creating`."""
        with self._turns.turn(subject) as waited:
            intent = self._open(subject, waited)
            try:
                yield intent
            finally:
                if intent.finished and (intent.attempted or intent.unfinished_since):
                    self._close(intent)

    def _open(self, subject: str, waited: bool) -> _Intent:
        with self._store.reading() as connection:
            row = connection.execute(
                sa.select(creation).where(creation.c.subject == subject)
            ).first()
        intent = _Intent(
            subject,
            waited=waited,
            unfinished_since=None if row is None else row.began,
            attempted=row is not None,
            made=None if row is None else row.made,
            began=self._clock() if row is None else row.began,
            surely_none_at=self._surely_none_at(subject, None if row is None else row.began),
            clock=self._clock,
        )
        intent.write = self._write
        return intent

    def _surely_none_at(self, subject: str, began: datetime | None) -> datetime | None:
        kind = subject.partition(":")[0]
        is_searched = kind not in PARTS_OF_ISSUES and kind not in _JIRA_SUBJECTS
        return began + self._search_lag if began and is_searched else None

    def _write(self, intent: _Intent) -> None:
        with self._store.writing() as connection:
            if not intent.attempted and not intent.made:
                connection.execute(sa.delete(creation).where(creation.c.subject == intent.subject))
                return
            connection.execute(
                insert_or_ignore(creation, connection.dialect.name),
                {"subject": intent.subject, "began": intent.began},
            )
            connection.execute(
                sa.update(creation)
                .where(creation.c.subject == intent.subject)
                .values(made=intent.made)
            )

    def _close(self, intent: _Intent) -> None:
        with self._store.writing() as connection:
            connection.execute(sa.delete(creation).where(creation.c.subject == intent.subject))
            part = _part_made(intent) if intent.finished else None
            if part is not None:
                _join(connection, part, intent.subject)

    def join(self, subject: str, pair: str) -> None:
        """Remembers that a Jira subject (`Comment:7`) belongs to a pair (`Note:5`).

        What waits under the subject's own key then waits under the pair's; in one transaction.
        """
        with self._store.writing() as connection:
            _join(connection, subject, pair)


def _join(connection: sa.Connection, subject: str, pair: str) -> None:
    connection.execute(sa.delete(alias).where(alias.c.subject == subject))
    connection.execute(sa.insert(alias).values(subject=subject, ordering_key=pair))
    rekey(connection, subject, pair)


def _part_made(intent: Creation) -> str | None:
    """The key of the comment or worklog that was made: `ISSUE-1/1234` -> `Comment:1234`."""
    kind = PARTS_OF_ISSUES.get(intent.subject.partition(":")[0])
    number = str(intent.made or "").rpartition("/")[2]
    return f"{kind}:{number}" if kind and number else None
