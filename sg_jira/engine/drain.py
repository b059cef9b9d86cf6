"""Works on all waiting events of one key, in order; the same for every dispatcher."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

from sg_jira.engine.breaker import give_back, let_in
from sg_jira.engine.crossings import Writes, is_crossed, places_of, run_again, written_since
from sg_jira.engine.failures import Deferred
from sg_jira.engine.guard import Change, changes_of
from sg_jira.engine.handing_over import SyncingBridge
from sg_jira.engine.inbox import Fate, Inbox
from sg_jira.engine.passes import Passes
from sg_jira.engine.schema import State
from sg_jira.engine.taking import Entry, Taken
from sg_jira.errors import StoreAway
from sg_jira.events import Direction, SyncEvent
from sg_jira.outcomes import Skip
from sg_jira.places import Place
from sg_jira.seats import computing

logger = logging.getLogger(__name__)

#: Seconds to wait for a store that is away.
_STORE_PAUSE = 2.0


@dataclass
class _Ledger:
    """Fates that are not in the store yet."""

    key: str
    told: list[tuple[Entry, Fate]] = field(default_factory=list)
    processed: list[Change] = field(default_factory=list)
    written: dict[Place, int] = field(default_factory=dict)
    echoes: list[SyncEvent] = field(default_factory=list)

    def note(self, entries: Sequence[Entry], fates: Sequence[Fate], begun: datetime) -> None:
        """Adds the fates of the first entries."""
        for entry, fate in zip(entries, fates, strict=False):
            self.told.append((entry, fate))
            if fate.reason == Skip.ECHO.value:
                self.echoes.append(entry.event)
            again = {run_again(self.key, entry.event.direction)} if entry.runs > 1 else set()
            self.written.update(written_since(fate.written | again, begun))
            if fate.state not in (State.WAITING, State.DEAD):
                self.processed += changes_of(entry.event)

    def clear(self) -> None:
        """Forgets what is in the store now."""
        self.told.clear()
        self.processed.clear()
        self.written.clear()
        self.echoes.clear()


class Drain:
    """Calling it with a key drains it; the answer is when to come back, if at all.

    Parameters:
        inbox: where events wait and fates are recorded.
        bridge: gives the connected bridge; raises `Deferred` while there is none.
        passes: runs events.
        wake: lets another key be drained.
        tell: told of each event's fate once it is recorded.
        is_stopping: whether to leave the rest waiting.
        timer: seconds that only grow.
    """

    def __init__(
        self,
        inbox: Inbox,
        bridge: Callable[[], SyncingBridge],
        passes: Passes,
        *,
        wake: Callable[[str], None],
        tell: Callable[[Entry, Fate], None],
        is_stopping: Callable[[], bool],
        timer: Callable[[], float] = monotonic,
    ) -> None:
        self._inbox = inbox
        self._bridge = bridge
        self._passes = passes
        self._wake = wake
        self._tell = tell
        self._is_stopping = is_stopping
        self._timer = timer

    def __call__(self, key: str) -> datetime | None:
        """Drains a key. Nobody else may drain it at the same time."""
        try:
            with computing():
                return self._drain(key)
        except StoreAway as error:
            logger.error("Work on %s stops for the moment: %s", key, error)
            return self._later(_STORE_PAUSE)

    def _drain(self, key: str) -> datetime | None:
        until = self._passes.gathering.until(key)
        if until is not None:
            return until
        try:
            bridge = self._bridge()
        except Deferred as error:
            return self._later(error.seconds)
        breakers = self._passes.breakers
        until = let_in(breakers, key)
        if until is not None:
            return until
        try:
            return self._take_and_work(bridge, key)
        finally:
            give_back(breakers, key)

    def _take_and_work(self, bridge: SyncingBridge, key: str) -> datetime | None:
        eased = self._passes.pacing.eased_until()
        taken = self._inbox.take(key, self._passes.policy.batch, eased)
        if taken.moved_to is not None:
            self._wake(taken.moved_to)
        if not taken.entries:
            return taken.when
        return self._work(bridge, key, taken)

    def _work(self, bridge: SyncingBridge, key: str, taken: Taken) -> datetime | None:
        policy = self._passes.policy
        begin = flushed = self._timer()
        left, ledger = list(taken.entries), _Ledger(key)
        times = [taken.when] if taken.when else []
        released: list[int] = []
        try:
            while left:
                if self._is_stopping() or self._timer() - begin > policy.slice_seconds:
                    times.append(self._later(0))
                    break
                begun = self._passes.clock()
                fates = self._passes.run(bridge, key, left, self._inbox.take_late)
                ledger.note(left, fates, begun)
                done, left = left[: len(fates)], left[len(fates) :]
                held, anew = done[-1].event, _told_anew(done, fates)
                left = [_crossed(key, entry, ledger.written, held, anew) for entry in left]
                if fates[-1].not_before is not None:
                    times.append(fates[-1].not_before)
                    # Only what the same entry of the settings makes of the record has to wait.
                    behind = [e for e in left if e.event.settings_name == held.settings_name]
                    released += [entry.seq for entry in behind]
                    left = [entry for entry in left if entry not in behind]
                if self._inbox.blocks_on_dead and any(f.state is State.DEAD for f in fates):
                    break
                until = let_in(self._passes.breakers, key) if left else None
                if until is not None:
                    times.append(until)
                    break
                # Whoever dies now would call the sites again for what is not recorded.
                called = any(fate.shotgun_calls or fate.jira_calls for fate in fates)
                if called or self._timer() - flushed > policy.flush_seconds:
                    self._flush(ledger)
                    flushed = self._timer()
        except BaseException:
            # The first of them were handed over: what they have written is not known any more.
            left = left[len(self._passes.together(left)) :]
            raise
        finally:
            self._flush(ledger, [*released, *(entry.seq for entry in left)])
        return min(times, default=None)

    def _flush(self, ledger: _Ledger, released: Sequence[int] = ()) -> None:
        if not ledger.told and not released:
            return
        fates = [fate for _, fate in ledger.told]
        if self._inbox.settle(fates, released, ledger.processed, ledger.written, ledger.echoes):
            self._wake(ledger.key)
        for entry, fate in ledger.told:
            self._tell(entry, fate)
        ledger.clear()

    def _later(self, seconds: float) -> datetime:
        return self._passes.clock() + timedelta(seconds=seconds)


def _told_anew(done: Sequence[Entry], fates: Sequence[Fate]) -> set[Place]:
    """What a pass took from the sites as it is now, whatever its events told."""
    return {
        place
        for entry, fate in zip(done, fates, strict=True)
        if fate.state is not State.SKIPPED
        and (not entry.is_plain or (fate.has_read_issue and _is_from_jira(entry)))
        for place in places_of(entry.event)
    }


def _is_from_jira(entry: Entry) -> bool:
    return entry.event.direction is Direction.JIRA_TO_SHOTGUN


def _crossed(key: str, entry: Entry, writes: Writes, before: SyncEvent, anew: Set[Place]) -> Entry:
    """The entry, in the knowledge of what was written, or told anew, since it was taken.

    Parameters:
        before: an event of the last pass.
        anew: what that pass told as it is now: what waited meanwhile would go back from there.
    """
    event = entry.event
    is_overtaken = (
        event.settings_name == before.settings_name
        and event.direction is before.direction
        and not anew.isdisjoint(places_of(event))
    )
    if not entry.is_plain or not (is_overtaken or is_crossed(key, event, writes)):
        return entry
    return replace(entry, is_crossed=True)
