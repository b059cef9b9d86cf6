"""The port through which handlers know what is being created on the other site right now.

Creating a counterpart takes two writes: one there, and its key here. Between the two a write
may fail or another event may arrive. `Links.creating` lets one creation run at a time per
record, and remembers one that stayed half done, so that the next attempt finishes it instead
of creating a second counterpart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from sg_jira.copies import Copies, InMemoryCopies
from sg_jira.errors import CreationUnclear
from sg_jira.refusals import settles
from sg_jira.turns import Turns

#: Seconds by which Jira's search is taken to lag at most; Cloud's lags by seconds to minutes.
#: https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
SEARCH_LAG: Final = 120.0

#: FPTR types whose counterpart is part of an Issue: reading the Issue shows it at once.
PARTS_OF_ISSUES: Final = frozenset({"Note", "Reply", "TimeLog", "Attachment", "JiraFile"})
#: Subjects on Jira's side; their counterparts are FPTR records, which are found at once.
JIRA_SUBJECTS: Final = frozenset({"Issue", "Comment", "Worklog"})


def is_issue_of(subject: str) -> bool:
    """Whether the counterpart of a subject is an Issue."""
    return subject.partition(":")[0] not in PARTS_OF_ISSUES | JIRA_SUBJECTS


@dataclass(frozen=True)
class Told:
    """What the webhook of a new comment or worklog will tell, by which it is recognised.

    `issue` is the Issue's key, `words` a digest of what it says.
    """

    issue: str
    words: str


@dataclass
class Creation:
    """One record's counterpart in the making.

    Attributes:
        subject: the record, as `Task:123`.
        waited: whether another creation of this record ran just before; what was read about
            the record earlier may be out of date.
        unfinished_since: when an earlier attempt began that never finished (aware, UTC); the
            counterpart may exist. `None` when there was none.
        attempted: whether the other site was asked to create the counterpart and did not
            refuse; it may exist even if no answer came.
        made: key of the counterpart, as far as known.
        finished: whether the key has been written to the record.
        told: what the webhook of the counterpart will tell, where that is needed to know it.
    """

    subject: str
    waited: bool = False
    unfinished_since: datetime | None = None
    attempted: bool = False
    made: str | None = None
    finished: bool = False
    told: Told | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around the very call that creates: only an answer that refuses settles it.

        Raises:
            CreationUnclear: an earlier attempt may have succeeded, and it is too early to tell.
        """
        self.attempted = True
        try:
            yield
        except Exception as error:
            self.attempted = not settles(error)
            raise


#: The creation whose call to the other site is to be watched, if there is one.
_at_hand: ContextVar[Creation | None] = ContextVar("sg_jira_creation_at_hand", default=None)

Made = TypeVar("Made")


def attempt(creation: Creation, create: Callable[[], Made]) -> Made:
    """Lets `create` work while the sessions tell the creation when they ask the other site."""
    token = _at_hand.set(creation)
    try:
        return create()
    finally:
        _at_hand.reset(token)


@contextmanager
def asking(search_lags: bool = True, told: Told | None = None) -> Iterator[Creation | None]:
    """For sessions, around a call that creates: tells the creation at hand, if there is one.

    Parameters:
        search_lags: whether it has to be waited until the site's search can be believed.
        told: what the webhook of what is created will tell.
    """
    creation = _at_hand.get()
    if creation is None:
        yield None
        return
    creation.told = told
    with creation.asking() if search_lags else Creation.asking(creation):
        yield creation


class Links(Protocol):
    """What handlers ask of whoever keeps the links.

    Attributes:
        copies: which file is the copy of which.
    """

    copies: Copies

    def creating(self, subject: str) -> AbstractContextManager[Creation]:
        """Holds the record for as long as its counterpart is created.

        The body creates through `attempt`, which keeps `attempted` true to what happened. It
        sets `made` when the counterpart exists, and `finished` when its key is written. A body
        that attempted and ends without `finished` leaves an open intent for the next one.
        """

    def creating_free(self, subjects: Iterable[str]) -> AbstractContextManager[list[Creation]]:
        """Holds those of the records whose counterpart nobody else is making, or has half made.

        For who creates many counterparts by one call; nobody is waited for. The others are left
        to `creating`. The body enters `Creation.asking` of each that it asks for, and keeps
        `attempted`, `made` and `finished` true to what happened.
        """

    def leave_unfilled(self, subjects: Iterable[str]) -> None:
        """Tells that counterparts were made, and that the first sync of all values is to follow.

        As after a body of `filling` that did not end well.
        """

    def join(self, subject: str, pair: str) -> None:
        """Tells that a Jira subject (`Comment:7`) is the counterpart of a record (`Note:5`).

        What happens to either of them waits its turn in one row from then on.
        """

    def remember_owner(self, key: str, subject: str) -> None:
        """Tells that an Issue, by its key, names this record (`Task:123`), and so is its own.

        Nobody need read it to know that. What `creating` has made need not be told.
        """

    def is_owner(self, key: str, subject: str) -> bool:
        """Whether an Issue is known to be a record's own: to name it, whoever else has its key."""

    def linked(self, subject: str, made: str | None = None, pair: str | None = None) -> None:
        """Tells that a counterpart is known, so that nothing about it need be open any more.

        It may be told each time that one is seen; nearly always that costs nothing.

        Parameters:
            subject: the record, as `Task:123`; or the Issue, comment or worklog.
            made: the key of the counterpart; `None` for one that was found by its key, of which
                there cannot be another one.
            pair: the record that a comment or worklog has; what is open is joined with it, as
                `join` does.
        """

    def is_half_made(self, subject: str, pair: str) -> bool:
        """Whether a record was made of an Issue, and the creation is not finished.

        Parameters:
            subject: the Issue, as `Issue:10001`.
            pair: the record, with which it was joined.
        """

    def await_counterpart(self, subject: str) -> None:
        """For who needs the counterpart of a record, and finds that it has none.

        Returns at once when none is being made, and to who has waited for too long.

        Raises:
            CreationUnderWay: one is being made; try again when it is there.
        """

    def filling(self, subject: str) -> AbstractContextManager[None]:
        """Around a creation and the first sync of all values, which follows it.

        A body that does not end well leaves the record unfilled, also when the process dies. One
        inside of another one of the same record does nothing.
        """

    def is_unfilled(self, subject: str) -> bool:
        """Whether an earlier first sync of all values of a record did not end well.

        The next event of the record has to repeat it, whatever it is about. After a few tries
        that failed for good it is given up.
        """

    def is_made_lately(self, subject: str) -> bool:
        """Whether the counterpart of a record is known to have been made just now.

        It may have been made and that not be known any more, which costs whoever asks a reading.
        """


class _SearchedCreation(Creation):
    """A creation whose earlier attempt was looked for by a search that lags."""

    believed_at: datetime | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """See `Creation.asking`."""
        if self.believed_at and self.believed_at > datetime.now(timezone.utc):
            raise CreationUnclear(
                f"An earlier creation for {self.subject} had no answer, and Jira's search may not "
                f"show its Issue yet. Try again after {self.believed_at:%H:%M:%S} UTC."
            )
        with super().asking():
            yield


#: Tries of a first sync that fails for good. Then its event is dead, and later ones are not held
#: up by what it could not write.
FILLING_TRIES: Final = 3

#: The records whose first sync is under way in this thread, and whether it is repeated.
_being_filled: ContextVar[Mapping[str, bool]] = ContextVar(
    "sg_jira_being_filled", default=MappingProxyType({})
)


def filled_again(subject: str) -> bool | None:
    """For `Links`: whether the first sync under way is a repetition; `None` without one."""
    return _being_filled.get().get(subject)


@contextmanager
def fill(subject: str, again: bool) -> Iterator[None]:
    """For `Links`: around a first sync."""
    token = _being_filled.set({**_being_filled.get(), subject: again})
    try:
        yield
    finally:
        _being_filled.reset(token)


class InMemoryLinks:
    """Links for a Bridge that is used as a plain library: kept for the life of the process.

    Parameters:
        search_lag: seconds after which Jira's search is believed to show what was created.
    """

    def __init__(self, search_lag: float = SEARCH_LAG) -> None:
        self._search_lag = timedelta(seconds=search_lag)
        self.copies: Copies = InMemoryCopies()
        self._turns = Turns()
        self._open: dict[str, Creation] = {}
        #: Record -> how often its first sync failed.
        self._unfilled: dict[str, int] = {}
        #: Key of an Issue -> the record that it names.
        self._owners: dict[str, str] = {}

    @contextmanager
    def creating(self, subject: str) -> Iterator[Creation]:
        """See `Links.creating`."""
        with self._turns.turn(subject) as waited:
            earlier = self._open.get(subject)
            creation = _SearchedCreation(
                subject,
                waited=waited,
                unfinished_since=None if earlier is None else earlier.unfinished_since,
                attempted=earlier is not None,
                made=None if earlier is None else earlier.made,
            )
            began = datetime.now(timezone.utc)
            if creation.unfinished_since and is_issue_of(subject):
                creation.believed_at = creation.unfinished_since + self._search_lag
            try:
                yield creation
            finally:
                if creation.attempted and not creation.finished:
                    creation.unfinished_since = creation.unfinished_since or began
                    self._open[subject] = creation
                else:
                    self._open.pop(subject, None)
                self._remember_made(creation)

    @contextmanager
    def creating_free(self, subjects: Iterable[str]) -> Iterator[list[Creation]]:
        """See `Links.creating_free`."""
        began = datetime.now(timezone.utc)
        with self._turns.free_turns(one for one in subjects if one not in self._open) as free:
            creations = [Creation(subject) for subject in free]
            try:
                yield creations
            finally:
                for creation in creations:
                    if creation.attempted and not creation.finished:
                        creation.unfinished_since = began
                        self._open[creation.subject] = creation
                    self._remember_made(creation)

    def leave_unfilled(self, subjects: Iterable[str]) -> None:
        """See `Links.leave_unfilled`."""
        for subject in subjects:
            self._unfilled.setdefault(subject, 1)

    def join(self, subject: str, pair: str) -> None:
        """See `Links.join`. Without a queue nothing waits."""

    def remember_owner(self, key: str, subject: str) -> None:
        """See `Links.remember_owner`."""
        self._owners[key] = subject

    def is_owner(self, key: str, subject: str) -> bool:
        """See `Links.is_owner`."""
        return self._owners.get(key) == subject

    def _remember_made(self, creation: Creation) -> None:
        if creation.finished and creation.made and is_issue_of(creation.subject):
            self.remember_owner(creation.made, creation.subject)

    def linked(self, subject: str, made: str | None = None, pair: str | None = None) -> None:
        """See `Links.linked`. What is kept in memory ends with the process that left it open."""

    def is_half_made(self, subject: str, pair: str) -> bool:
        """See `Links.is_half_made`. Nothing is joined here."""
        return False

    def await_counterpart(self, subject: str) -> None:
        """See `Links.await_counterpart`. Nobody would try again, so nobody has to wait."""

    @contextmanager
    def filling(self, subject: str) -> Iterator[None]:
        """See `Links.filling`."""
        if filled_again(subject) is not None:
            yield
            return
        with fill(subject, self.is_unfilled(subject)):
            try:
                yield
            except Exception:
                self._unfilled[subject] = self._unfilled.get(subject, 0) + 1
                raise
            self._unfilled.pop(subject, None)

    def is_unfilled(self, subject: str) -> bool:
        """See `Links.is_unfilled`."""
        again = filled_again(subject)
        return again if again is not None else 0 < self._unfilled.get(subject, 0) < FILLING_TRIES

    def is_made_lately(self, subject: str) -> bool:
        """See `Links.is_made_lately`. Only what is open is remembered."""
        return False
