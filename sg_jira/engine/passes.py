"""One pass: hands an event, or several together, to the bridge, and tells how that went.

It records no fate; `drain` does.
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, Protocol

from sg_jira.conversions.texts import SHORTENED_MARK
from sg_jira.engine.awaiting import AtWork, at_work
from sg_jira.engine.breaker import Breakers, Position
from sg_jira.engine.failures import Deferred, Failure, Reason, Scope, classify
from sg_jira.engine.gathering import Gathering
from sg_jira.engine.handing_over import SyncingBridge, hand_over
from sg_jira.engine.inbox import Fate
from sg_jira.engine.latecomers import (
    Burst,
    Latecomers,
    MoreCame,
    did_more_come,
    may_have_latecomers,
)
from sg_jira.engine.pacing import Pacing
from sg_jira.engine.policy import Policy
from sg_jira.engine.schema import State
from sg_jira.engine.taking import Entry
from sg_jira.errors import StoreError
from sg_jira.events import Source, SyncEvent
from sg_jira.outcomes import forget_skip, noted_handler, noted_parts, noted_skip
from sg_jira.site_calls import Pass, Site, SiteCall, recording

#: Said when nobody noted why an event was not synced.
NO_REASON_NOTED: Final = "no handler wanted this event, or nothing needed to be written"

WITHOUT_REASON: Final = "not_wanted"


class Wording(Protocol):
    """Writes reasons and traces without secrets."""

    def reason(self, error: BaseException) -> str: ...

    def line(self, text: str) -> str: ...

    def masked(self, text: str) -> str: ...


@dataclass(frozen=True)
class Passes:
    """Runs passes.

    Parameters:
        breakers, pacing: told of every call's outcome; asked before every call.
        policy: how patient to be.
        wording: keeps secrets out of what is recorded.
        clock: the present time, aware.
        dice: for the jitter of waits.
        observe: sees every call to a site with its status.
        entry_failures: entry of the settings -> why it cannot be used; kept up to date here.
        join: told that a Jira subject (`Comment:7`) turned out to belong to a pair (`Note:5`).
        gathering: prepares full syncs of back-fill together.
    """

    breakers: Breakers
    pacing: Pacing
    policy: Policy
    wording: Wording
    clock: Callable[[], datetime]
    dice: random.Random
    observe: Callable[[SiteCall, str], None]
    entry_failures: dict[str, str]
    join: Callable[[str, str], None]
    gathering: Gathering

    def run(
        self,
        bridge: SyncingBridge,
        key: str,
        entries: list[Entry],
        late: Callable[[Sequence[Entry]], list[Entry]] = lambda taken: [],
    ) -> list[Fate]:
        """The fates of the first entries: at least one, perhaps not all.

        Parameters:
            entries: waiting events of one key, oldest first. Those of one subject and direction
                are handed over together where that is possible. What comes late is added.
            late: takes what came since and can go together with all of them.
        """
        together = self.together(entries)
        record = self._record()
        prepared = self.gathering.prepared(bridge, entries)
        if together == entries and may_have_latecomers(entries[0].event):
            burst = Burst(entries, late, self.policy.gather_seconds, self.clock)
            burst.complete_creation()
            together = self.together(entries)
            record.gate = Latecomers(self.pacing, burst.grow)
        try:
            fates = self._run_together(bridge, key, together, record, prepared)
        except MoreCame:
            together = self.together(entries)
            record = replace(self._record(), calls=record.calls)
            fates = self._run_together(bridge, key, together, record, nullcontext())
        if fates is None:
            # What a batch did before it failed counts as done by its first event.
            alone = replace(self._record(), places=record.places, calls=record.calls)
            fates = self._run_together(bridge, key, together[:1], alone, nullcontext())
        assert fates is not None, "an event alone cannot be taken apart"
        return fates

    def together(self, entries: Sequence[Entry]) -> list[Entry]:
        """The first entries that may go together: same subject, and none was tried before.

        A full sync of back-fill stays alone: it may use what was read before the others happened.
        """
        run = [entries[0]]
        for entry in entries[1:]:
            if _group(entry.event) != _group(run[0].event) or entry.is_old or run[0].is_old:
                break
            run.append(entry)
        return run

    def _run_together(
        self,
        bridge: SyncingBridge,
        key: str,
        entries: Sequence[Entry],
        record: Pass,
        prepared: AbstractContextManager[None],
    ) -> list[Fate] | None:
        """The fates of the first entries; `None` when they have to be taken apart."""
        started = perf_counter()
        work = AtWork(key, self.clock(), entries[0].failing_since, entries[0].runs)
        try:
            with recording(record), at_work(work):
                self._require_entry(bridge, entries[0].event)
                forget_skip()  # of what this thread worked on before
                with prepared:
                    results = hand_over(bridge, entries)
                verdicts = [bool(result) for result in results]
            _raise_swallowed(record, self.clock())
        # Studio code: anything may come out of it. The bridge has logged it with its traceback.
        except BaseException as error:
            if did_more_come(record):
                raise MoreCame from error
            failure = classify(error, record.site_of(error), self.clock())
            if not failure.transient and len(entries) > 1:
                return None
            fate = self._failed(key, entries[0], error, record, started)
            return [replace(fate, awaits_since=work.began) if fate.awaits else fate]
        self._worked(key, record)
        last = self._succeeded(entries[len(verdicts) - 1], verdicts[-1], record, started)
        earlier = zip(entries, verdicts[:-1], strict=False)
        skipped = self._skipped()
        return [
            *(_merged(last, entry.seq, None if verdict else skipped) for entry, verdict in earlier),
            last,
        ]

    def _record(self) -> Pass:
        return Pass(gate=self.pacing, observe=self.observe, hear=self.pacing.hear)

    def _require_entry(self, bridge: SyncingBridge, event: SyncEvent) -> None:
        """Raises `Deferred` while the entry of the settings cannot be used."""
        name = event.settings_name
        try:
            bridge.get_syncer(name)
        except (Exception, SystemExit) as error:  # whatever a studio's module or a site says
            why = self.entry_failures[name] = self.wording.reason(error)
            raise Deferred(
                Reason.NOT_READY,
                self.policy.not_ready_seconds,
                f"the settings' entry {name!r} cannot be used: {why}",
            ) from error
        self.entry_failures.pop(name, None)

    def _worked(self, key: str, record: Pass) -> None:
        pair = _pair_written(record) if key.partition(":")[0] in _JIRA_KINDS else None
        if pair is not None:
            self.join(key, pair)
        for site, breaker in self.breakers.items():
            if record.count(site):
                breaker.worked(key)
            else:
                breaker.passed(key)

    def _succeeded(self, entry: Entry, verdict: bool, record: Pass, started: float) -> Fate:
        reason, detail = (None, self._left_out(record)) if verdict else self._skipped()
        return Fate(
            entry.seq,
            State.SYNCED if verdict else State.SKIPPED,
            reason=reason,
            detail=detail,
            handler=noted_handler(),
            attempts=entry.attempts,
            **_cost(entry, record, started),
        )

    def _skipped(self) -> tuple[str, str]:
        """Why the events at hand, or some of them, were not synced."""
        skip = noted_skip()
        if skip is None:
            return WITHOUT_REASON, NO_REASON_NOTED
        return skip.reason.value, self.wording.line(skip.detail)

    def _left_out(self, record: Pass) -> str | None:
        """What of a synced event is not, or not in full, on the other site."""
        parts = [f"Left out: {part}" for part in noted_parts()]
        if any(SHORTENED_MARK in str(call.sent) for call in record.written):
            parts.append("A text is longer than Jira takes, and was shortened there.")
        return self.wording.line(" ".join(parts)) if parts else None

    def _failed(
        self, key: str, entry: Entry, error: BaseException, record: Pass, started: float
    ) -> Fate:
        now = self.clock()
        if isinstance(error, StoreError):
            raise error  # it is the store that fails, not this event
        failure = classify(error, record.site_of(error), now)
        is_alone = self._tell_breaker(key, failure)
        counts = failure.counts and is_alone
        self._tell_pacing(failure, record)
        attempts = entry.attempts + counts
        since = entry.failing_since or now
        is_over = counts and self.policy.is_enough(attempts, failure.transient)
        waits = self.policy.transient if failure.transient else self.policy.permanent
        seconds = waits.seconds(attempts or entry.runs, failure.retry_after, self.dice)
        return Fate(
            entry.seq,
            State.DEAD if is_over else State.WAITING,
            reason=failure.reason.value,
            detail=self.wording.reason(error),
            trace=self._trace(error),
            handler=noted_handler(),
            attempts=attempts,
            failing_since=since,
            not_before=None if is_over else now + timedelta(seconds=seconds),
            awaits=failure.awaits,
            **_cost(entry, record, started),
        )

    def _trace(self, error: BaseException) -> str:
        """How it came about: beginning and end of it, for what an exception says may be huge."""
        whole = "".join(traceback.format_exception(error))
        # What is cut first takes nothing of a secret that could be seen in the end.
        return _ends_of(self.wording.masked(_ends_of(whole, 50 * _LONGEST_TRACE)), _LONGEST_TRACE)

    def _tell_breaker(self, key: str, failure: Failure) -> bool:
        """Tells the site's breaker of a failure; gives whether the site is well otherwise.

        Waiting for a limit is no attempt, but it is for the breaker to know.
        """
        if not failure.transient or failure.site is None or failure.scope in _NARROW:
            return True
        breaker = self.breakers[failure.site]
        whole_site = failure.scope is Scope.SITE
        breaker.failed(key, failure.reason.value, failure.retry_after, whole_site)
        return breaker.position is Position.CLOSED

    def _tell_pacing(self, failure: Failure, record: Pass) -> None:
        """Spares what the site has asked to spare, and lets back-fill wait for a tired site."""
        if failure.site is None or failure.reason not in _TIRED:
            return
        if failure.scope in _NARROW and record.failures:
            is_issue = failure.scope is Scope.ISSUE
            keep_off = self.pacing.close if is_issue else self.pacing.spare
            keep_off(record.failures[-1][0], failure.retry_after or 1.0)
        if failure.scope is not Scope.ISSUE:
            self.pacing.ease(failure.site, failure.retry_after or EASE_SECONDS)


#: Reasons that tell of a site that wants less work.
_TIRED: Final = (Reason.RATE_LIMITED, Reason.SITE_UNAVAILABLE)
#: What tells nothing of the rest of the site.
_NARROW: Final = (Scope.ENDPOINT, Scope.ISSUE)
#: Seconds for which back-fill leaves a site alone that wants less work, when it does not say.
EASE_SECONDS: Final = 30.0


#: Characters.
_LONGEST_TRACE: Final = 20_000


def _ends_of(text: str, longest: int) -> str:
    """A text of about this many characters at most, without its middle."""
    half = longest // 2
    left_out = len(text) - 2 * half
    if left_out <= 0:
        return text
    return f"{text[:half]}\n[{left_out} characters are left out]\n{text[-half:]}"


def _merged(last: Fate, seq: int, skipped: tuple[str, str] | None) -> Fate:
    """The fate of an event that went together with a later one, which carries the cost."""
    if skipped is not None:
        reason, detail = skipped
        fate = replace(last, seq=seq, state=State.SKIPPED, reason=reason, detail=detail)
    elif last.state is State.SYNCED:
        fate = replace(last, seq=seq, state=State.MERGED, merged_into=last.seq)
    else:
        fate = replace(last, seq=seq, state=State.SYNCED, reason=None, detail=None)
    return replace(fate, **_NO_COST)


_NO_COST: Final[Mapping[str, Any]] = {
    "shotgun_calls": 0,
    "jira_calls": 0,
    "calls": Counter(),
    "milliseconds": 0,
}


def _cost(entry: Entry, record: Pass, started: float) -> dict[str, Any]:
    return {
        "shotgun_calls": record.count(Site.SHOTGUN),
        "jira_calls": record.count(Site.JIRA),
        "calls": Counter(entry.calls) + record.calls,
        "milliseconds": round((perf_counter() - started) * 1000),
        "written": frozenset(record.places),
        "has_read_issue": record.calls[_READ_ISSUE] > 0,
    }


_READ_ISSUE: Final = (Site.JIRA, "GET issue/{}")


def _raise_swallowed(record: Pass, now: datetime) -> None:
    """Raises a transient failure that a conversion has swallowed: its value was not written."""
    for call, error in record.failures:
        if isinstance(error, StoreError | MoreCame) or classify(error, call.site, now).transient:
            raise error


#: What the keys of Jira subjects begin with whose pair is not known.
_JIRA_KINDS: Final = ("Issue", "Comment", "Worklog")


def _pair_written(record: Pass) -> str | None:
    """The one FPTR record that a pass has written; `None` for several, or none."""
    targets = {call.target for call in record.written if call.site is Site.SHOTGUN}
    return targets.pop() if len(targets) == 1 else None


def _group(event: SyncEvent) -> tuple[Any, ...]:
    is_back_fill = event.source is Source.BACK_FILL
    return event.direction, event.settings_name, event.subject_type, event.subject_id, is_back_fill
