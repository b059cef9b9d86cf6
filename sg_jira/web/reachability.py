"""Asks whether the two sites answer at all. Costs no API call and carries no secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import requests

from sg_jira.connection_trouble import network_trouble
from sg_jira.settings import Settings

#: Seconds to connect, and to wait for the first byte.
_TIMEOUTS: Final = (3.0, 5.0)


@dataclass(frozen=True)
class Site:
    """One of the sites, and the way to it: the one its API client takes."""

    name: str
    url: str
    http_proxy: str | None = field(default=None, repr=False)  # may carry a password
    uses_environment: bool = False  # proxies named by environment variables count


@dataclass(frozen=True)
class SiteState:
    """Whether a site answers; if not, why."""

    name: str
    reachable: bool
    reason: str | None = None


class SiteChecks:
    """Looks at the sites when asked, but not more often than every `lifetime` seconds.

    Parameters:
        sites: the sites to look at.
        lifetime: how long an answer is kept, in seconds.
        clock: seconds that only grow.
    """

    def __init__(
        self, sites: Sequence[Site], lifetime: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sites = sites
        self._lifetime = lifetime
        self._clock = clock
        self._lock = threading.Lock()  # one look at a time, the others wait for its answer
        self._states: tuple[SiteState, ...] = ()
        self._good_until = float("-inf")

    def states(self) -> tuple[SiteState, ...]:
        """The state of every site, in order."""
        with self._lock:
            if self._clock() >= self._good_until:
                self._states = tuple(look_at(site) for site in self._sites)
                self._good_until = self._clock() + self._lifetime
            return self._states

    def forget(self) -> None:
        """The next question is answered afresh."""
        with self._lock:
            self._good_until = float("-inf")


def sites_of(settings: Settings) -> tuple[Site, ...]:
    """The sites that a settings file names."""
    return (
        Site("FPTR", settings.shotgun.site, http_proxy=settings.shotgun.http_proxy),
        Site("Jira", settings.jira.site, uses_environment=True),
    )


def look_at(site: Site) -> SiteState:
    """Asks a site's front page. Any answer counts but those that say 'not now'."""
    proxy = f"http://{site.http_proxy}" if site.http_proxy else None
    proxies = {"http": proxy, "https": proxy} if proxy else None
    with requests.Session() as session:
        session.trust_env = site.uses_environment
        try:
            with session.get(
                site.url, timeout=_TIMEOUTS, stream=True, allow_redirects=False, proxies=proxies
            ) as response:
                status = response.status_code
        except requests.exceptions.SSLError:
            # It answered. Whether its certificate is trusted is the API clients' business.
            return SiteState(site.name, True)
        except requests.RequestException as error:
            return SiteState(site.name, False, _why(site, error))
    if status >= 500:
        return SiteState(site.name, False, f"it answers with status {status}")
    return SiteState(site.name, True)


def _why(site: Site, error: requests.RequestException) -> str:
    """Why a site did not answer, without its address: that may hold a password."""
    found = network_trouble(site.name, error)
    return found.what if found else f"its address cannot be used ({type(error).__name__})"
