"""Looks after FPTR's webhooks that post to this bridge: FPTR stops those that fail too often.

One that FPTR has stopped is turned on again, and what it did not tell is fetched from the event
log. One that a person has switched off stays off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sg_jira.engine.failures import Deferred, Reason, retry_after_seconds
from sg_jira.provisioning.fptr_health import (
    ACTIVE,
    COUNTED_FOR,
    STOPPED,
    TOO_MANY_FAILURES,
    UNSTABLE,
)
from sg_jira.provisioning.fptr_rest import FptrRest, RestRefused
from sg_jira.provisioning.linked_projects import TO_JIRA, entry_of_address
from sg_jira.sources.positions import HOOKS, Positions
from sg_jira.sources.watch import Found
from sg_jira.sources.webhook_states import Level, WebhookState, WebhookStates

logger = logging.getLogger(__name__)

#: How long one may be stopped unnoticed.
LONGEST_PAUSE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class WebhookCare:
    """A `Reader` for a `Watch`. One thread at a time may use it.

    Parameters:
        rest: opens FPTR's REST API.
        address: where the sites reach this bridge; only what posts there is its own.
        entries: names of all entries under `SYNC`.
        states: keeps what was seen.
        positions: tells what was wrong at the last look.
        catch_up: lets FPTR's event log be read soon.
        clock: the present time, aware.
    """

    rest: Callable[[], FptrRest]
    address: str
    entries: Collection[str]
    states: WebhookStates
    positions: Positions
    catch_up: Callable[[], None]
    clock: Callable[[], datetime]

    def begin(self, bridge: Any) -> None:
        """Nothing: the first look comes at once."""

    def look(self, bridge: Any) -> Found:
        """Sees how the webhooks are: two calls, one more for each that is not well, and two to
        turn one on again.

        Raises `Deferred` or what the network raises when FPTR cannot answer now, and `StoreAway`.
        """
        before = {each.id: each for each in self.states.read()}
        try:
            with closing(self.rest()) as rest:
                seen = [self._look_at(rest, hook, before) for hook in self._own_hooks(rest)]
        except RestRefused as refused:
            if not refused.is_final:
                seconds = retry_after_seconds(refused.retry_after, self.clock())
                why = Reason.SITE_UNAVAILABLE
                raise Deferred(why, seconds or _PAUSE, f"FPTR's webhooks: {refused}") from refused
            problem = f"FPTR does not let the script user look after its webhooks ({refused})."
            if self.positions.get(HOOKS).problem != problem:
                logger.warning("%s When it stops one, nobody notices.", problem)
            self.states.write([])
            return Found(problem=problem)
        self.states.write(seen)
        for each in seen:
            _report(each, before.get(each.id))
        return Found()

    def scan(self, bridge: Any) -> Found:
        """Nothing more to see."""
        return Found()

    def _own_hooks(self, rest: FptrRest) -> list[Mapping[str, Any]]:
        return [hook for hook in rest.hooks() if self._entry(hook) in self.entries]

    def _entry(self, hook: Mapping[str, Any]) -> str | None:
        return entry_of_address(str(hook.get("url")), TO_JIRA, self.address)

    def _look_at(
        self, rest: FptrRest, hook: Mapping[str, Any], before: Mapping[str, WebhookState]
    ) -> WebhookState:
        number = str(hook["id"])
        kinds = ", ".join(hook.get("entity_types") or {}) or "all types"
        status = str(hook.get("status") or ACTIVE)
        old = before.get(number)
        state = WebhookState(
            number,
            kinds,
            self._entry(hook) or "",
            status,
            enabled=old.enabled if old else None,
            times_enabled=old.times_enabled if old else 0,
        )
        if status == UNSTABLE:
            since = self.clock() - COUNTED_FOR
            failed = rest.failed_deliveries(number, since, size=TOO_MANY_FAILURES)
            return replace(state, failures=len(failed))
        return self._turn_on(rest, state) if status == STOPPED else state

    def _turn_on(self, rest: FptrRest, state: WebhookState) -> WebhookState:
        """The webhook, on again; or why it stays off: FPTR cannot reach this bridge by it."""
        why_not = _trouble_of(rest, state.id)
        if why_not is not None:
            return replace(state, failures=TOO_MANY_FAILURES, why_off=why_not)
        try:
            rest.update_hook(state.id, {"status": ACTIVE})
        except RestRefused as refused:
            if not refused.is_final:
                raise
            why_not = f"the script user may not ({refused})"
            return replace(state, failures=TOO_MANY_FAILURES, why_off=why_not)
        self.catch_up()
        logger.warning(
            "FPTR had stopped its webhook of %s for the entry %r (%s), as too many of its "
            "deliveries failed. It was turned on again, and what it did not tell is fetched.",
            state.entity_type,
            state.entry,
            state.id,
        )
        return replace(
            state,
            status=ACTIVE,
            enabled=self.clock().isoformat(timespec="seconds"),
            times_enabled=state.times_enabled + 1,
        )


#: Seconds to wait when FPTR cannot answer and does not say for how long.
_PAUSE: Final = 60.0


def _trouble_of(rest: FptrRest, number: str) -> str | None:
    """Why a webhook's deliveries would fail again, if the site's own test says so."""
    try:
        told = rest.test_connection(number)
    except RestRefused as refused:
        # A site that does not offer the test is no reason to leave the webhook off.
        if refused.is_final:
            return None
        raise
    if told.get("success") is not False:
        return None
    status, error = told.get("response_code"), told.get("error")
    said = f"is answered with {status}" if status else f"does not get an answer ({error})"
    return f"what FPTR sends to try it {said}"


def _report(state: WebhookState, old: WebhookState | None) -> None:
    """Logs what has changed since the last look."""
    was = old.level if old else Level.FINE
    is_news = old is None or (state.status, state.why_off) != (old.status, old.why_off)
    if state.level > was or (is_news and state.level > Level.FINE):
        log = logger.error if state.level is Level.URGENT else logger.warning
        log("%s", state)
    elif was > Level.FINE and state.level is Level.FINE:
        logger.info("FPTR's webhook of %s for %r is well again.", state.entity_type, state.entry)
