"""Tells FPTR what became of its webhooks' deliveries, once their events are done.

In a thread of its own: no request and no event waits for it, and nothing depends on it. Where
several processes share a store, one of them tells at a time.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from sg_jira.engine.backoff import Backoff
from sg_jira.engine.deliveries import Deliveries, Settled
from sg_jira.engine.failures import retry_after_seconds
from sg_jira.engine.store import Store
from sg_jira.errors import StoreAway
from sg_jira.provisioning.fptr_rest import FptrRest, RestRefused
from sg_jira.site_calls import Pass, recording
from sg_jira.sources.outcome_words import words_for

logger = logging.getLogger(__name__)

#: Seconds between two rounds, and the most calls of a round: FPTR publishes no limit of its own.
TICK: Final = 1.0
MOST: Final = 10
#: How often one delivery is tried while the site cannot answer.
ATTEMPTS: Final = 5
#: After a call that failed: seconds that grow.
PAUSES: Final = Backoff(first=2.0, longest=300.0)
#: What the site says of this one delivery: it has forgotten it, or does not take the text.
_OF_THIS_ONE: Final = (400, 404, 410, 413, 422)


class Acknowledging:
    """See the module.

    Parameters:
        store: has the deliveries.
        rest: opens FPTR's REST API.
        record: makes what keeps the calls of a round.
        tell: told of each attempt: `told`, `refused`, `failed` or `given up`.
        is_site_well: whether FPTR is not in trouble.
        word: tells an error in one line without secrets.
        clock: the present time, aware.
        dice: for the jitter of waits.
    """

    def __init__(
        self,
        store: Store,
        rest: Callable[[], FptrRest],
        *,
        record: Callable[[], Pass],
        tell: Callable[[str], None],
        is_site_well: Callable[[], bool],
        word: Callable[[BaseException], str],
        clock: Callable[[], datetime],
        dice: random.Random | None = None,
    ) -> None:
        self._store = store
        self._deliveries = Deliveries(store)
        self._rest = rest
        self._record = record
        self._tell = tell
        self._is_site_well = is_site_well
        self._word = word
        self._clock = clock
        self._dice = dice or random.Random()
        self._failures = 0
        self._not_before: datetime | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="acknowledging", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Ends after the call that was begun, for which it waits."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(grace)

    def _run(self) -> None:
        with closing(self._rest()) as rest:
            while not self._stopping.wait(TICK):
                try:
                    self.go_round(rest)
                except StoreAway as error:
                    logger.warning("Deliveries cannot be acknowledged: %s", error)

    def go_round(self, rest: FptrRest) -> None:
        """Tells of the next few deliveries, a call for each. Raises `StoreAway`."""
        is_early = self._not_before is not None and self._clock() < self._not_before
        if is_early or not self._is_site_well():
            return
        with self._store.alone_or_not("acknowledging deliveries") as is_mine:
            if not is_mine:
                return
            with recording(self._record()):
                for each in self._deliveries.settled(MOST):
                    if self._stopping.is_set() or not self._acknowledge(rest, each):
                        return

    def _acknowledge(self, rest: FptrRest, settled: Settled) -> bool:
        """Tells of one delivery; gives whether to go on with the next one."""
        try:
            rest.acknowledge(settled.id, words_for(settled))
        except RestRefused as refused:
            if refused.status not in _OF_THIS_ONE:
                self._failed(settled, refused, refused.retry_after)
                return False
            logger.info("The delivery %s is not acknowledged: %s", settled.id, refused)
            self._deliveries.forget([settled.id])
            self._tell("refused")
        except OSError as error:  # of the network, or too late
            self._failed(settled, error, None)
            return False
        else:
            self._deliveries.told(settled)
            self._tell("told")
        self._failures, self._not_before = 0, None
        return True

    def _failed(self, settled: Settled, error: Exception, retry_after: str | None) -> None:
        self._failures += 1
        asked_for = retry_after_seconds(retry_after, self._clock())
        seconds = PAUSES.seconds(self._failures, asked_for, self._dice)
        self._not_before = self._clock() + timedelta(seconds=seconds)
        is_over = settled.attempts + 1 >= ATTEMPTS
        if is_over:
            self._deliveries.forget([settled.id])
        else:
            self._deliveries.failed(settled)
        self._tell("given up" if is_over else "failed")
        log = logger.warning if self._failures == 1 else logger.debug
        log(
            "FPTR could not be told what became of its deliveries, next try in %.0f s: %s",
            seconds,
            self._word(error),
        )
