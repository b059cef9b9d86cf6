"""Puts the engine together and runs it: a process that receives, works, or does both."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, Final

from sg_jira.engine.breaker import held_until, make_breakers
from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.dispatch import Pulse, StoppableDispatcher
from sg_jira.engine.drain import Drain
from sg_jira.engine.gathering import Gathering
from sg_jira.engine.handing_over import SyncingBridge
from sg_jira.engine.identity import Identities, JiraFacts
from sg_jira.engine.inbox import Fate, Inbox, Receipt
from sg_jira.engine.inspection import Inspection
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.local import LocalDispatcher
from sg_jira.engine.log_keeper import LogKeeper
from sg_jira.engine.metrics import Metrics
from sg_jira.engine.opening import open_configured
from sg_jira.engine.pacing import Pacing
from sg_jira.engine.passes import Passes, Wording
from sg_jira.engine.policy import Policy
from sg_jira.engine.resets import Resets
from sg_jira.engine.schema import OPEN, Lane, State
from sg_jira.engine.taking import Entry
from sg_jira.engine.trouble import StoredTrouble
from sg_jira.engine.writability import check_writing
from sg_jira.engine.write_rows import rows_for
from sg_jira.errors import StoreAway
from sg_jira.events import SyncEvent
from sg_jira.links import SEARCH_LAG

logger = logging.getLogger(__name__)

#: Seconds between two clean-ups.
_CLEANING_SECONDS: Final = 3600.0
#: Seconds between two moves of what was written from SQLite's log into the file itself.
_TIDYING_SECONDS: Final = 1.0
#: Seconds between two looks at what other processes say.
_LISTENING_SECONDS: Final = 1.0
#: Seconds after which somebody who waits looks into the store again.
_LOOK_AGAIN: Final = 0.5


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class EngineOptions:
    """How the engine is set up; times in seconds where the name does not say otherwise.

    With a `database_url` the `store` is not used, and several processes may share the work;
    `works` tells whether this one takes part, `pulse` how often it looks around.
    """

    store: Path
    database_url: str | None = field(default=None, repr=False)
    works: bool = True
    pulse: Pulse = field(default_factory=Pulse)
    workers: int = 8
    handler_seconds: float = 120.0
    search_lag: float = SEARCH_LAG
    keep: timedelta = timedelta(days=14)
    blocks_on_dead: bool = False
    acknowledges: bool = False
    policy: Policy = field(default_factory=Policy)


class Engine:
    """Accepts events durably and works on them with a bridge, as soon as there is one.

    Parameters:
        options: how it is set up.
        bridge: gives the connected bridge; raises `Deferred` while there is none.
        wording: keeps secrets out of what is recorded.
        clock: the present time, aware.
        dice: for jitter.

    Raises:
        StoreRefused: the store cannot be used, or another process works on it.
        StoreAway: the store cannot be read or written.
    """

    def __init__(
        self,
        options: EngineOptions,
        bridge: Callable[[], SyncingBridge],
        wording: Wording,
        clock: Callable[[], datetime] = _now,
        dice: random.Random | None = None,
    ) -> None:
        dice = dice or random.Random()
        self._options = options
        #: Holds everything that has to survive a restart.
        self.store = open_configured(options.store, options.database_url, workers=options.workers)
        try:
            self._unlock = self.store.lock_dispatching()
        except BaseException:
            self.store.close()
            raise
        self._identities = Identities(self.store)
        self.inbox = self._make_inbox(clock)
        patience = options.policy.give_up_after
        self.links = DurableLinks(self.store, clock, options.search_lag, patience)
        self.inspection = Inspection(self.store, clock)
        book = StoredTrouble(self.store)
        self.breakers = make_breakers(book, clock, dice, options.policy.outage)
        #: Entry of the settings -> why it cannot be used at the moment.
        self.entry_failures: dict[str, str] = {}
        #: Forgets what this process has cached; called when another process was told to.
        self.on_reset: Callable[[], None] = lambda: None
        self._resets = Resets(self.store)
        self.dispatcher = self._make_dispatcher(clock)
        self.metrics = Metrics(
            self.inspection.overview, self.breakers, lambda: self.dispatcher.active_keys, clock
        )
        self.links.wake = self.dispatcher.wake
        for breaker in self.breakers.values():
            breaker.on_close = self.dispatcher.sweep_soon
        passes = Passes(
            self.breakers,
            Pacing(book, rows_for(self.store, clock), clock),
            options.policy,
            wording,
            clock,
            dice,
            self.metrics.called,
            self.entry_failures,
            self._join,
            Gathering(self.store, clock, partial(self.dispatcher.wake, lane=Lane.BULK)),
        )
        self._drain = Drain(
            self.inbox,
            bridge,
            passes,
            wake=self.dispatcher.wake,
            tell=self._tell,
            is_stopping=lambda: self.dispatcher.is_stopping,
        )
        self._cleaning = Cleaning(self.store, clock)
        self._waiters: dict[int, threading.Event] = {}
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins to work, unless it was stopped already; returns at once."""
        with self._starting:
            if self._stopping.is_set():
                return
            if self.store.is_shared:
                self._spawn("engine listening", self._listen)
            else:
                self._spawn("engine log", self._tidy_log)
                recovered = self.inbox.recover()
                for breaker in self.breakers.values():
                    breaker.recover()
                if recovered:
                    logger.warning("%d events were at work when the bridge last ended.", recovered)
            if self._options.works:
                self._spawn("engine", self._run)
                self._spawn("engine cleaning", self._clean)

    def _spawn(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _make_inbox(self, clock: Callable[[], datetime]) -> Inbox:
        return Inbox(
            self.store,
            clock,
            self._identities.resolve,
            self._options.blocks_on_dead,
            self._options.acknowledges,
            self._identities.lane_of,
        )

    def _make_dispatcher(self, clock: Callable[[], datetime]) -> StoppableDispatcher:
        options = self._options
        longest_drain = options.handler_seconds + options.policy.slice_seconds
        if options.database_url is None:
            return LocalDispatcher(
                self.inbox.waiting_keys,
                self.store.watch(),
                workers=options.workers,
                longest_drain=longest_drain,
                clock=clock,
                held_until=self._held_until,
            )
        # Only there with the extra.
        from sg_jira.engine.procrastinate_dispatcher import ProcrastinateDispatcher

        return ProcrastinateDispatcher(
            options.database_url,
            lambda: self.inbox.waiting_keys(OPEN),
            workers=options.workers,
            longest_drain=longest_drain,
            clock=clock,
            pulse=options.pulse,
        )

    def stop(self, grace: float) -> bool:
        """Begins no more work, lets what runs end within `grace` seconds, closes the store.

        What did not end in time waits for the next start.

        Returns: whether everything ended in time.
        """
        with self._starting:
            if self._stopping.is_set():
                return True
            self._stopping.set()
        ended = self.dispatcher.stop(grace)
        for thread in self._threads:
            thread.join(grace)
        if not ended:
            logger.warning("Some work did not end in time; it is repeated at the next start.")
        self._unlock()
        self.store.close()
        return ended

    def adopt(self, bridge: Any) -> Any:
        """Makes a bridge that was just connected use the durable links; gives it back.

        What Jira tells of itself is kept, so that keys can be told without asking it.
        """
        bridge.links = self.links
        jira = bridge.jira
        self._identities.learn(
            JiraFacts(
                type_field=jira.jira_shotgun_type_field,
                id_field=jira.jira_shotgun_id_field,
                own_names=frozenset(jira.own_identities.values()),
            ),
            bridge.current_shotgun_user,
        )
        return bridge

    def accept(self, event: SyncEvent) -> Receipt:
        """Keeps an event and lets it be worked on. Raises `StoreAway` when it cannot be kept."""
        return self.accept_all([event])[0]

    def accept_all(self, events: Sequence[SyncEvent]) -> list[Receipt]:
        """Keeps all of these events, or none, and lets them be worked on; see `accept`."""
        receipts = self.inbox.accept_all(events)
        for event, receipt in zip(events, receipts, strict=True):
            self.metrics.accepted(event, receipt.is_known)
            if not receipt.is_known:
                self.dispatcher.wake(receipt.ordering_key, lane=receipt.lane)
        return receipts

    def wait_for(self, seq: int, seconds: float) -> tuple[State, str | None]:
        """Waits until an event was worked on, or failed and waits for its next try.

        Returns: where it stands then, and why, in words.
        """
        settled = self._waiters.setdefault(seq, threading.Event())
        try:
            for _ in range(max(1, round(seconds / _LOOK_AGAIN))):
                state, _ = self.inbox.fate(seq)
                if state not in (State.WAITING, State.RUNNING) or settled.is_set():
                    break
                settled.wait(min(seconds, _LOOK_AGAIN))
            return self.inbox.fate(seq)
        finally:
            self._waiters.pop(seq, None)

    def replay(self, seqs: list[int]) -> dict[int, str]:
        """Lets dead or discarded events wait again; gives those that do, with their keys."""
        return self._woken(self.inspection.replay(seqs))

    def discard(self, seqs: list[int]) -> dict[int, str]:
        """Gives dead events up for good; gives those that were, with their keys."""
        return self._woken(self.inspection.discard(seqs))

    def tell_reset(self) -> None:
        """Lets the other processes forget what they have cached, within seconds."""
        if self.store.is_shared:
            self._resets.tell()

    def _woken(self, changed: dict[int, str]) -> dict[int, str]:
        for key in changed.values():
            self.dispatcher.wake(key)
        return changed

    @property
    def is_idle(self) -> bool:
        """Whether no event waits or is worked on."""
        return self.inbox.is_idle()

    def status(self) -> dict[str, Any]:
        """What `/readyz` tells of the engine, as JSON."""
        try:
            check_writing(self.store)
            overview = self.inspection.overview()
            breakers = {site.value: each.describe() for site, each in self.breakers.items()}
        except StoreAway as error:
            return {"inbox": {"ready": False, "reason": str(error)}}
        return {
            "inbox": {
                "ready": True,
                "waiting": overview.waiting,
                "dead": overview.dead,
                "oldest_seconds": overview.oldest_seconds,
                "blocked": overview.blocked,
            },
            "dispatcher": {
                "workers": self._options.workers if self._options.works else 0,
                "active": len(self.dispatcher.active_keys),
                "stopping": self.dispatcher.is_stopping,
            },
            "breakers": breakers,
            "entries_not_ready": dict(self.entry_failures),
        }

    def _join(self, subject: str, pair: str) -> None:
        self.links.join(subject, pair)
        self.dispatcher.wake(pair)

    def _run(self) -> None:
        self.dispatcher.run(self._drain)

    def _held_until(self) -> datetime | None:
        try:
            return held_until(self.breakers)
        except StoreAway:  # whoever drains finds out, and waits
            return None

    def _listen(self) -> None:
        while not self._stopping.wait(_LISTENING_SECONDS):
            try:
                if self._resets.is_told():
                    self.on_reset()
            except StoreAway as error:
                logger.warning("What other processes say cannot be heard: %s", error)

    def _tidy_log(self) -> None:
        with closing(LogKeeper(self.store)) as keeper:
            while not self._stopping.wait(_TIDYING_SECONDS):
                keeper.tidy()

    def _clean(self) -> None:
        while not self._stopping.is_set():
            try:
                deleted = self._cleaning.delete_old(self._options.keep)
            except StoreAway as error:
                logger.warning("Old events could not be deleted: %s", error)
            else:
                logger.debug("%d old events were deleted.", deleted)
            self._stopping.wait(_CLEANING_SECONDS)

    def _tell(self, entry: Entry, fate: Fate) -> None:
        self.metrics.settled(entry, fate)
        waiter = self._waiters.get(entry.seq)
        if waiter is not None:
            waiter.set()
        told = {
            "event": entry.event.id,
            "key": entry.event.ordering_key,
            "outcome": fate.state.value,
            "reason": fate.reason,
            "handler": fate.handler,
            "attempts": fate.attempts,
            "shotgun_calls": fate.shotgun_calls,
            "jira_calls": fate.jira_calls,
            "milliseconds": fate.milliseconds,
        }
        logger.info(
            "%s of %s: %s%s%s; attempts %d, calls %d FPTR %d Jira, %d ms",
            entry.event.id,
            entry.event.ordering_key,
            fate.state.value,
            f" ({fate.reason})" if fate.reason else "",
            f" by {fate.handler}" if fate.handler else "",
            fate.attempts,
            fate.shotgun_calls,
            fate.jira_calls,
            fate.milliseconds,
            extra={"fate": told},
        )
