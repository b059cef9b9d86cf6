"""Both sites together: starts and stops them, points them at a bridge, knows when all is quiet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Final

from sg_jira.sandbox.jira import Flavour, JiraSite, Person
from sg_jira.sandbox.production import Production, seed_production
from sg_jira.sandbox.shotgun import SYNCED_TYPES, Entity, Forwarder, ShotgunSite

#: The bridge's own accounts. The secrets open nothing but a sandbox.
SCRIPT_NAME: Final = "jira_bridge"
SCRIPT_KEY: Final = "key-of-jira_bridge"
ACCOUNT_NAME: Final = "FPTR Bridge"
ACCOUNT_EMAIL: Final = "fptr-bridge@lantern-bay.example"

#: Seconds between two looks at whether all is quiet.
_POLL_SECONDS: Final = 0.003


#: What the event daemon shows and FPTR signs its webhooks with, and what Jira signs its own with.
DAEMON_TOKEN: Final = "sandbox-daemon-token"
WEBHOOK_SECRET: Final = "sandbox-webhook-secret"


@dataclass(frozen=True)
class BridgeSettings:
    """What the settings of a bridge have to say to connect to a sandbox.

    `daemon_token` and `webhook_secret` prove to it what comes from FPTR, and from Jira.
    """

    sg_site: str
    sg_script_name: str
    sg_script_key: str
    jira_site: str
    jira_user: str
    jira_secret: str
    daemon_token: str = DAEMON_TOKEN
    webhook_secret: str = WEBHOOK_SECRET

    @property
    def proofs(self) -> dict[str, str]:
        """Variables that let a bridge recognise what comes from the sandbox."""
        return {"SGJIRA_FPTR_SECRET": self.daemon_token, "SGJIRA_JIRA_SECRET": self.webhook_secret}

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables of the environment, or of a `.env` file."""
        return {
            "SGJIRA_SG_SITE": self.sg_site,
            "SGJIRA_SG_SCRIPT_NAME": self.sg_script_name,
            "SGJIRA_SG_SCRIPT_KEY": self.sg_script_key,
            "SGJIRA_JIRA_SITE": self.jira_site,
            "SGJIRA_JIRA_USER": self.jira_user,
            "SGJIRA_JIRA_USER_SECRET": self.jira_secret,
            **self.proofs,
        }


@dataclass(frozen=True)
class BridgeCalls:
    """How often the bridge called each endpoint of the two sites."""

    shotgun: Mapping[str, int]
    jira: Mapping[str, int]

    @property
    def totals(self) -> tuple[int, int]:
        """The number of calls on FPTR and on Jira."""
        return sum(self.shotgun.values()), sum(self.jira.values())


def _now() -> datetime:
    return datetime.now(timezone.utc)


class Sandbox:
    """An FPTR site and a Jira site on this machine, with accounts for a bridge between them.

    Use it in a `with` statement, or call `start` and `stop`.

    Parameters:
        flavour: Jira Cloud or Jira Data Center.
        seeded: with the demo production; otherwise the sites have no projects and no people.
        bridge_fields: whether the sites have the fields that a bridge needs; production and
            bridge need them.
        host: the address to listen on.
        shotgun_port, jira_port: the ports; 0 takes a free one.
        clock: gives both sites the present time, with a time zone.
    """

    def __init__(
        self,
        flavour: Flavour = Flavour.CLOUD,
        *,
        seeded: bool = False,
        bridge_fields: bool = True,
        host: str = "127.0.0.1",
        shotgun_port: int = 0,
        jira_port: int = 0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        #: The two sites.
        self.shotgun = ShotgunSite(
            host=host, port=shotgun_port, clock=clock, bridge_fields=bridge_fields
        )
        self.jira = JiraSite(
            flavour, host=host, port=jira_port, clock=clock, bridge_fields=bridge_fields
        )
        #: The bridge's own accounts on them.
        self.script: Entity = self.shotgun.add_script(SCRIPT_NAME, SCRIPT_KEY)
        self.account: Person = self.jira.add_person(ACCOUNT_NAME, ACCOUNT_EMAIL, is_program=True)
        #: Posts FPTR's events; `None` until `forward_to` starts one.
        self.forwarder: Forwarder | None = None
        #: Tells whether the bridge has worked on all that it has taken; to be set by who knows.
        self.is_bridge_idle: Callable[[], bool] = lambda: True
        self._production: Production | None = None
        if seeded:
            self._production = seed_production(self.shotgun, self.jira, clock().date())

    @property
    def flavour(self) -> Flavour:
        """The kind of Jira site."""
        return self.jira.flavour

    @property
    def production(self) -> Production:
        """The demo production. Raises `LookupError` when it was not asked for."""
        if self._production is None:
            raise LookupError("This sandbox has no production: make it with seeded=True.")
        return self._production

    def start(self) -> None:
        """Serves both sites. Raises `OSError` when a port is taken; then neither is served."""
        self.shotgun.start()
        try:
            self.jira.start()
        except OSError:
            self.shotgun.stop()
            raise

    def stop(self) -> None:
        """Stops forwarding and serving; what the sites hold can still be read from Python."""
        self.stop_forwarding()
        self.jira.stop()
        self.shotgun.stop()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def bridge_settings(self) -> BridgeSettings:
        """Addresses and credentials for a bridge; to be asked once the sandbox was started."""
        credentials = self.jira.credentials(self.account)
        return BridgeSettings(
            sg_site=self.shotgun.url,
            sg_script_name=SCRIPT_NAME,
            sg_script_key=SCRIPT_KEY,
            jira_site=self.jira.url,
            jira_user=credentials.user,
            jira_secret=credentials.secret,
        )

    def forward_to(
        self,
        url: str,
        settings_name: str = "default",
        *,
        daemon: bool = True,
        batch: bool = False,
        at_once: int = 1,
    ) -> None:
        """Sends what happens from now on to a bridge, and to no other one.

        Parameters:
            url: of the bridge, such as `http://127.0.0.1:9090`.
            settings_name: the entry of its settings that is to sync it.
            daemon: play FPTR's event daemon; otherwise FPTR sends its own webhooks.
            batch: let those bring several deliveries at once.
            at_once: how many requests of Jira may be under way at the same time.
        """
        self.stop_forwarding()
        bridge = url.rstrip("/")
        to_jira = f"{bridge}/sg2jira/{settings_name}"
        if daemon:
            self.forwarder = Forwarder(self.shotgun, to_jira, token=DAEMON_TOKEN)
            self.forwarder.start()
        else:
            for entity_type in SYNCED_TYPES:
                self.shotgun.hooks.add(to_jira, DAEMON_TOKEN, {entity_type: {}}, batch=batch)
        self.jira.webhooks.add(
            f"{bridge}/jira2sg/{settings_name}/issue/${{issue.key}}",
            secret=WEBHOOK_SECRET,
            at_once=at_once,
        )

    def stop_forwarding(self) -> None:
        """Sends nothing more; what was not sent yet is dropped."""
        self.jira.webhooks.clear()
        self.shotgun.hooks.clear()
        if self.forwarder is not None:
            self.forwarder.stop()
            self.forwarder = None

    @property
    def idle(self) -> bool:
        """Whether everything that has happened was sent, on both sides, and worked on."""
        forwarded = self.forwarder is None or self.forwarder.idle
        sent = self.shotgun.hooks.idle and self.jira.webhooks.idle
        return forwarded and sent and self.is_bridge_idle()

    def wait_until_quiet(self, timeout: float = 10.0) -> bool:
        """Waits until nothing is on its way and the bridge has nothing to answer any more.

        A bridge's answer to one side makes an event on that side, so it is quiet only when both
        sides are idle twice in a row and neither saw an event or a call in between.

        Parameters:
            timeout: seconds to wait at most.

        Returns: whether it became quiet in time.
        """
        deadline = time.monotonic() + timeout
        seen: tuple[int, int, int] | None = None
        while time.monotonic() < deadline:
            now = self._activity()
            idle = self.idle
            if idle and now == seen:
                return True
            seen = now if idle else None
            self.jira.webhooks.wait_until_idle(_POLL_SECONDS)
            time.sleep(_POLL_SECONDS)
        return False

    def _activity(self) -> tuple[int, int, int]:
        """Numbers of which one grows whenever something happens."""
        return (
            self.shotgun.last_event_id,
            self.shotgun.controls.calls.count(),
            self.jira.controls.calls.count(),
        )

    def bridge_calls(self) -> BridgeCalls:
        """The calls that the bridge's own accounts made since the start or `forget_calls`."""
        return BridgeCalls(
            shotgun=self.shotgun.controls.calls.by_endpoint(SCRIPT_NAME),
            jira=self.jira.controls.calls.by_endpoint(self.jira.credentials(self.account).user),
        )

    def forget_calls(self) -> None:
        """Starts counting calls afresh, on both sites."""
        self.shotgun.controls.calls.clear()
        self.jira.controls.calls.clear()
