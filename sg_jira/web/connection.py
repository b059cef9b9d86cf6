"""Connects the bridge to its sites in the background, and says how that is going.

A site that is down when the service starts must not keep the service down.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from sg_jira.connecting import NotConnected
from sg_jira.web.acceptance import NotReady
from sg_jira.web.reachability import SiteChecks
from sg_jira.web.reasons import Redaction

logger = logging.getLogger(__name__)

#: Seconds between the first two attempts; each further pause is twice as long.
FIRST_PAUSE: Final = 1.0
#: Characters that are told of both sites, so that how to mend each of them is told in full.
_LONGEST: Final = 1500

UNKNOWN_OWN_USER: Final = (
    "The bridge cannot find its own script user in FPTR, so it cannot recognise its own changes "
    "when they come back: the two sites may feed each other. Check the script's name and that it "
    "may read ApiUser records."
)
NOT_AUTHENTICATED: Final = (
    "Requests need not be signed: whoever reaches this port can make the bridge ask both sites. "
    "Set SGJIRA_FPTR_SECRET and SGJIRA_JIRA_SECRET, and let only your own network, FPTR's event "
    "daemon and Jira reach it."
)


@dataclass(frozen=True)
class Readiness:
    """Whether events can be worked on; if not, what is missing. As JSON: `as_dict`."""

    ready: bool
    connected: bool
    reason: str | None = None
    sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    engine: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The body of `/readyz`."""
        return {
            "ready": self.ready,
            "connected": self.connected,
            "reason": self.reason,
            "sites": self.sites,
            **self.engine,
            "warnings": self.warnings,
        }


class ConnectedBridge(Protocol):
    """What the service itself asks of a bridge."""

    @property
    def current_shotgun_user(self) -> Any: ...

    def reset(self) -> None: ...


class BridgeConnection:
    """Builds the bridge in a thread of its own, again and again until it succeeds.

    Parameters:
        build: makes a connected bridge, or raises.
        checks: tells which site does not answer.
        redaction: keeps secrets out of the reasons.
        longest_pause: seconds between two attempts at most.
        on_start: called before the first attempt.
        on_connected: called with the bridge when there is one.
        warnings: what needs attention in any case.
    """

    def __init__(
        self,
        build: Callable[[], Any],
        checks: SiteChecks,
        redaction: Redaction,
        longest_pause: float,
        on_start: Callable[[], None] = lambda: None,
        on_connected: Callable[[Any], None] = lambda bridge: None,
        warnings: Sequence[str] = (),
    ) -> None:
        self._build = build
        self._checks = checks
        self._redaction = redaction
        self._longest_pause = longest_pause
        self._on_start = on_start
        self._on_connected = on_connected
        self._warnings = warnings
        self._pause = min(FIRST_PAUSE, longest_pause)
        self._bridge: ConnectedBridge | None = None
        self._own_user_known = True
        self._reason = "the bridge has not been connected to the sites yet"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bridge connection", daemon=True)

    def start(self) -> None:
        """Begins to connect; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Gives up connecting, and the connections that were made.

        Does not wait for an attempt that hangs in a call to a site.
        """
        if self._stopping.is_set():
            return
        self._stopping.set()
        close = getattr(self._bridge, "close", None)  # bridges of studios may lack it
        if close is not None:
            close()

    def bridge(self) -> Any:
        """The connected bridge. Raises `NotReady` while there is none."""
        if self._bridge is None:
            raise NotReady(self._reason, retry_after=max(1, round(self._pause)))
        return self._bridge

    def reset(self) -> None:
        """Makes the bridge forget what it has cached; without a bridge nothing is.

        Raises `NotReady` when that fails, for a site may be asked.
        """
        self._checks.forget()
        if self._bridge is None:
            return
        try:
            self._bridge.reset()
        except Exception as error:  # whatever a site or its client does ends here, and is said
            logger.exception("The bridge could not be reset")
            raise NotReady(self._redaction.reason(error), round(self._longest_pause)) from error

    def readiness(self) -> Readiness:
        """What `/readyz` tells. May look at the sites, which takes seconds when one is down."""
        states = self._checks.states()
        connected = self._bridge is not None
        away = [f"{state.name}: {state.reason}" for state in states if not state.reachable]
        reason = "; ".join(away) or (None if connected else self._reason)
        warnings = list(self._warnings)
        if not self._own_user_known:
            warnings.insert(0, UNKNOWN_OWN_USER)
        return Readiness(
            ready=connected and not away,
            connected=connected,
            reason=reason,
            sites={
                state.name: {"reachable": state.reachable, "reason": state.reason}
                for state in states
            },
            warnings=warnings,
        )

    def _run(self) -> None:
        self._on_start()
        while not self._stopping.is_set():
            if self._attempt():
                return
            self._stopping.wait(self._pause)
            self._pause = min(self._pause * 2, self._longest_pause)

    def _attempt(self) -> bool:
        try:
            bridge = self._build()
            self._own_user_known = bridge.current_shotgun_user is not None
        except NotConnected as error:  # says all that a trace could
            self._failed(self._redaction.line(str(error), _LONGEST))
            return False
        except Exception as error:  # whatever either site or client does ends here, and is retried
            self._failed(self._redaction.reason(error))
            logger.debug("The attempt that failed", exc_info=True)
            return False
        self._checks.forget()
        self._bridge = bridge
        logger.info("Connected to both sites")
        self._on_connected(bridge)
        return True

    def _failed(self, reason: str) -> None:
        self._reason = reason
        logger.warning(
            "Not connected to the sites, next attempt in %.0f s: %s", self._pause, reason
        )


def with_engine(readiness: Readiness, engine: dict[str, Any]) -> Readiness:
    """The readiness of the connection together with what the engine tells of itself.

    A store that cannot be used makes the service unready; waiting events do not.
    """
    inbox = engine["inbox"]
    reasons = [readiness.reason, inbox.get("reason")]
    return replace(
        readiness,
        ready=readiness.ready and inbox["ready"],
        reason="; ".join(filter(None, reasons)) or None,
        engine=engine,
    )
