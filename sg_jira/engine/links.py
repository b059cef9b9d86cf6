"""The durable `Links`: what is being created survives a restart, and pairs keep one key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from sg_jira.copies import Copies
from sg_jira.engine.awaiting import Awaiting, present_work
from sg_jira.engine.copies import DurableCopies
from sg_jira.engine.failures import classify
from sg_jira.engine.pairs import join, owner_of, pair_known, remember_owner
from sg_jira.engine.schema import creation
from sg_jira.engine.store import Store, insert_into, insert_or_ignore
from sg_jira.errors import TRY_AGAIN, CreationUnclear
from sg_jira.links import FILLING_TRIES, Creation, fill, filled_again, is_issue_of
from sg_jira.site_calls import site_of_failure
from sg_jira.turns import Turns

#: What the counterpart of such a record is called in ordering keys.
_PARTS: Final = {"Note": "Comment", "Reply": "Comment", "TimeLog": "Worklog"}


#: What is on disk as soon as it is known.
_NOTED: Final = ("attempted", "made")


class _Intent(Creation):
    """A creation whose steps are on disk before the other site is asked.

    Jira's search lags behind its writes. Who looked there for the Issue of an earlier attempt
    and is about to make another one has to wait until the search can be believed.
    """

    began: datetime
    clock: Callable[[], datetime]
    believed_at: datetime | None = None
    write: Callable[[_Intent], None] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        changed = getattr(self, name, None) != value
        super().__setattr__(name, value)
        if changed and self.write and (name in _NOTED or (name == "told" and self.attempted)):
            self.write(self)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """See `Creation.asking`."""
        wait = (self.believed_at - self.clock()).total_seconds() if self.believed_at else 0.0
        if wait > 0:
            raise CreationUnclear(
                f"An earlier creation for {self.subject} had no answer, and Jira's search may not "
                f"show its Issue before another {wait:.0f} s."
            )
        with super().asking():
            yield


class DurableLinks:
    """See the module; the port is `sg_jira.links.Links`.

    Parameters:
        store: holds aliases and creations.
        clock: the present time, aware.
        search_lag: seconds after which Jira's search shows what was created.
        patience: how long an event waits at most for the counterpart of another record.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        search_lag: float,
        patience: timedelta = timedelta(days=3),
    ) -> None:
        self.copies: Copies = DurableCopies(store)
        self._store = store
        self._clock = clock
        self._search_lag = timedelta(seconds=search_lag)
        self._turns = Turns()
        self._awaiting = Awaiting(store, clock, self._is_held, patience)
        #: Lets a key be drained that waited for a creation, or was given events of another key.
        self.wake: Callable[[str], None] = lambda key: None

    @contextmanager
    def creating(self, subject: str) -> Iterator[Creation]:
        """See `Links.creating`."""
        is_over = False
        try:
            with self._turns.turn(subject) as waited, self._store.alone(f"creating {subject}"):
                # What another process has just done is not known here.
                intent = self._open(subject, waited or self._store.is_shared)
                try:
                    yield intent
                finally:
                    if intent.finished and (intent.attempted or intent.unfinished_since):
                        self._close(subject, intent.made)
                    is_over = intent.finished or not intent.attempted
        finally:
            # Not before the record is free: who is woken looks whether it is.
            if is_over:
                self._let_go_on(subject)

    @contextmanager
    def creating_free(self, subjects: Iterable[str]) -> Iterator[list[Creation]]:
        """See `Links.creating_free`."""
        intents: list[_Intent] = []
        try:
            with self._turns.free_turns(subjects) as free, ExitStack() as stack:
                names = {f"creating {subject}": subject for subject in free}
                mine = [names[name] for name in stack.enter_context(self._store.alone_in(names))]
                opened = [self._open(subject, self._store.is_shared) for subject in mine]
                intents = [intent for intent in opened if intent.unfinished_since is None]
                try:
                    yield [*intents]
                finally:
                    for intent in intents:
                        if intent.finished and intent.attempted:
                            self._close(intent.subject, intent.made)
        finally:
            for intent in intents:
                if intent.finished or not intent.attempted:
                    self._let_go_on(intent.subject)

    def _let_go_on(self, subject: str) -> None:
        for key in self._awaiting.wake(subject):
            self.wake(key)

    def _open(self, subject: str, waited: bool) -> _Intent:
        with self._store.reading() as connection:
            row = connection.execute(_open_row(subject)).first()
        intent = _Intent(
            subject,
            waited=waited,
            unfinished_since=None if row is None else row.began,
            attempted=row is not None,
            made=None if row is None else row.made,
        )
        intent.clock = self._clock
        intent.began = self._clock() if row is None else row.began
        if row is not None and is_issue_of(subject):
            intent.believed_at = row.began + self._search_lag
        intent.write = self._write
        return intent

    def _write(self, intent: _Intent) -> None:
        with self._store.writing() as connection:
            if not intent.attempted and not intent.made:
                connection.execute(sa.delete(creation).where(creation.c.subject == intent.subject))
                return
            told = intent.told
            noted = {
                "began": intent.began,
                "made": intent.made,
                "finished": None,
                "place": told and told.issue,
                "words": told and told.words,
            }
            insert = insert_into(creation, connection.dialect.name)
            connection.execute(
                insert.on_conflict_do_update(index_elements=[creation.c.subject], set_=noted),
                {"subject": intent.subject, **noted},
            )

    def _close(self, subject: str, made: str | None, pair: str | None = None) -> None:
        part = _part_made(subject, made)
        joined = (part, subject) if part else (subject, pair) if pair else None
        with self._store.writing() as connection:
            connection.execute(
                sa.update(creation)
                .where(creation.c.subject == subject)
                .values(finished=self._clock())
            )
            is_moved = joined is not None and join(connection, *joined)
            if made and is_issue_of(subject):
                remember_owner(connection, made, subject)
        if joined and is_moved:
            self.wake(joined[1])

    def remember_owner(self, key: str, subject: str) -> None:
        """See `Links.remember_owner`."""
        with self._store.writing() as connection:
            remember_owner(connection, key, subject)

    def is_owner(self, key: str, subject: str) -> bool:
        """See `Links.is_owner`."""
        with self._store.reading() as connection:
            return owner_of(connection, key) == subject

    def linked(self, subject: str, made: str | None = None, pair: str | None = None) -> None:
        """See `Links.linked`.

        Only who runs an event again can find something open: what ran it first was killed between
        writing the key and saying so.
        """
        work = present_work()
        if work is None or work.runs <= 1 or self._turns.is_taken(subject):
            return
        with self._store.reading() as connection:
            row = connection.execute(_open_row(subject)).first()
        # A record may have the key of an earlier counterpart while another one is made.
        if row is not None and made in (None, row.made):
            self._close(subject, made, pair)
            self._let_go_on(subject)

    def is_half_made(self, subject: str, pair: str) -> bool:
        """See `Links.is_half_made`."""
        with self._store.reading() as connection:
            is_open = connection.execute(_open_row(subject)).first() is not None
            return is_open and pair_known(connection, subject) == pair

    def await_counterpart(self, subject: str) -> None:
        """See `Links.await_counterpart`."""
        self._awaiting.require(subject)

    def _is_held(self, subject: str) -> bool:
        return self._turns.is_taken(subject) or self._store.is_anybody_in(f"creating {subject}")

    @contextmanager
    def filling(self, subject: str) -> Iterator[None]:
        """See `Links.filling`."""
        if filled_again(subject) is not None:
            yield
            return
        failures = self._begin_filling(subject)
        with fill(subject, failures is not None):
            try:
                yield
            # A studio's code may also end with `sys.exit`, which fails the event like an error.
            except (Exception, SystemExit) as error:
                if self._fails_for_good(error):
                    self._end_filling(subject, (failures or 0) + 1)
                raise
            self._end_filling(subject)

    def leave_unfilled(self, subjects: Iterable[str]) -> None:
        """See `Links.leave_unfilled`; in one transaction."""
        began = self._clock()
        rows = [
            {"subject": f"{_VALUES}{subject}", "began": began, "made": "0"} for subject in subjects
        ]
        if rows:
            with self._store.writing() as connection:
                connection.execute(insert_or_ignore(creation, connection.dialect.name), rows)

    def is_unfilled(self, subject: str) -> bool:
        """See `Links.is_unfilled`."""
        again = filled_again(subject)
        if again is not None:
            return again
        with self._store.reading() as connection:
            return connection.scalar(_FAILURES, {"subject": f"{_VALUES}{subject}"}) is not None

    def is_made_lately(self, subject: str) -> bool:
        """See `Links.is_made_lately`."""
        finished = sa.select(creation.c.finished).where(creation.c.subject == subject)
        with self._store.reading() as connection:
            return connection.scalar(finished) is not None

    def _begin_filling(self, subject: str) -> int | None:
        """Notes on disk what is about to be written; gives how often an earlier one has failed."""
        row = {"subject": f"{_VALUES}{subject}", "began": self._clock(), "made": "0"}
        with self._store.writing() as connection:
            failures = connection.scalar(_FAILURES, {"subject": f"{_VALUES}{subject}"})
            connection.execute(insert_or_ignore(creation, connection.dialect.name), row)
        return None if failures is None else int(failures)

    def _end_filling(self, subject: str, failures: int = FILLING_TRIES) -> None:
        """Notes the failures, or that there is nothing to be done (any more)."""
        this = creation.c.subject == f"{_VALUES}{subject}"
        with self._store.writing() as connection:
            if failures < FILLING_TRIES:
                connection.execute(sa.update(creation).where(this).values(made=str(failures)))
            else:
                connection.execute(sa.delete(creation).where(this))

    def _fails_for_good(self, error: BaseException) -> bool:
        if isinstance(error, TRY_AGAIN):
            return False
        return not classify(error, site_of_failure(error), self._clock()).transient

    def join(self, subject: str, pair: str) -> None:
        """See `Links.join`; in one transaction."""
        with self._store.writing() as connection:
            is_moved = join(connection, subject, pair)
        if is_moved:
            self.wake(pair)


#: Rows of first syncs stand beside those of the creations; `made` counts their failures.
_VALUES: Final = "values of "


#: Built once, since every change of a record asks for it.
_FAILURES: Final = sa.select(creation.c.made).where(creation.c.subject == sa.bindparam("subject"))


def _open_row(subject: str) -> sa.Select[Any]:
    return sa.select(creation).where(creation.c.subject == subject, creation.c.finished.is_(None))


def _part_made(subject: str, made: str | None) -> str | None:
    """The key of the comment or worklog that was made: `ISSUE-1/1234` -> `Comment:1234`."""
    kind = _PARTS.get(subject.partition(":")[0])
    number = str(made or "").rpartition("/")[2]
    return f"{kind}:{number}" if kind and number else None
