"""The one narrow place where events come in: from the web service into the engine.

Whoever receives an event hands it to an `Acceptor` and answers with what that says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sg_jira.engine.running import Engine
from sg_jira.events import SyncEvent
from sg_jira.seats import at_leisure
from sg_jira.web.replies import Refusal


@dataclass(frozen=True)
class Accepted:
    """An event that was taken.

    `outcome` is None when nobody waited for it, else what became of it so far: `synced`,
    `skipped`, `merged`, `dead`, or `waiting`. The reason is one line for people.
    """

    event_id: str
    outcome: str | None = None
    reason: str | None = None


class NotReady(Exception):  # noqa: N818  # the service is as it should be, something else is not
    """Something cannot be done now.

    Parameters:
        reason: what is missing, in one line.
        retry_after: seconds after which to try again.
    """

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Acceptor(Protocol):
    """Takes events."""

    def accept(self, events: Sequence[SyncEvent], wait: float = 0.0) -> list[Accepted]:
        """Takes the events of one request; when it returns, all of them are safe.

        Parameters:
            events: what arrived, oldest first.
            wait: seconds to wait for the outcome of the last one.

        Raises:
            StoreAway: they cannot be kept now; none of them is.
        """
        ...


class EngineAcceptor:
    """Keeps events in the engine's inbox, on disk, before it says that they were taken.

    Parameters:
        engine: works on them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accept(self, events: Sequence[SyncEvent], wait: float = 0.0) -> list[Accepted]:
        """See `Acceptor.accept`."""
        receipts = self._engine.accept_all(events)
        accepted = [Accepted(event.id) for event in events]
        if wait > 0 and accepted:
            with at_leisure():
                state, reason = self._engine.wait_for(receipts[-1].seq, wait)
            accepted[-1] = replace(accepted[-1], outcome=state.value, reason=reason)
        return accepted


class WorkerAcceptor:
    """Takes nothing: this process only works on events that others take."""

    def accept(self, events: Sequence[SyncEvent], wait: float = 0.0) -> list[Accepted]:
        """Raises `Refusal`."""
        raise Refusal(
            403,
            "This process takes no events, it only works on them.",
            "Send them to a process with the role web or all.",
        )
