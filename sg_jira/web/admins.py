"""Who may see and decide what is under /admin, and how often somebody unknown may ask."""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from cachetools import TTLCache
from flask import request
from pydantic import SecretStr

from sg_jira.web.replies import Refusal

#: What a proxy adds to requests that do not come from this machine.
_PROXY_HEADERS: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
#: Sources that are remembered, and for how many seconds.
_SOURCES: Final = 10_000
_MINUTE: Final = 60
#: How often the caches may be reset in a minute by whoever shows no token.
RESETS_PER_MINUTE: Final = 30


class SourceLimit:
    """Counts what each source does within a minute.

    Parameters:
        most: how often it may.
        clock: seconds that only grow.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: TTLCache[tuple[str, int], int] = TTLCache(_SOURCES, 2 * _MINUTE, clock)

    def count(self, source: str) -> None:
        """Counts one request. Raises `Refusal` (429) when there were too many in this minute."""
        now = self._clock()
        with self._lock:
            key = (source, int(now // _MINUTE))
            so_far = self._counts[key] = self._counts.get(key, 0) + 1
        if so_far > self._most:
            raise Refusal(
                429,
                f"More than {self._most} requests within a minute.",
                "Send it again later.",
                retry_after=max(1, _MINUTE - int(now % _MINUTE)),
            )


class Admins:
    """Knows who may.

    Parameters:
        token: who sends it as `Authorization: Bearer ...` may; without one, only this machine.
        others: further secrets that are good enough to reset the caches: the event daemon posts
            that, with the token that it has.
    """

    def __init__(self, token: SecretStr | None, others: Sequence[SecretStr] = ()) -> None:
        self._token = token
        self._others = others
        self._resets = SourceLimit(RESETS_PER_MINUTE)

    def check(self) -> None:
        """Raises `Refusal` when the present request may not see or decide."""
        if self._token is not None:
            _require([self._token])
            return
        is_here = ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback
        via_proxy = any(name in request.headers for name in _PROXY_HEADERS)
        if not is_here or via_proxy or not _is_loopback_name(request.host):
            raise Refusal(
                403,
                "Without an admin token this page is for this machine only.",
                "Set SGJIRA_ADMIN_TOKEN.",
            )

    def check_reset(self) -> None:
        """Raises `Refusal` when the present request may not reset the caches.

        Until there is a token everybody may, now and then: the event daemons that studios run
        post it without one.
        """
        if self._token is not None:
            _require([self._token, *self._others])
        else:
            self._resets.count(request.remote_addr or "")


def _require(tokens: Sequence[SecretStr]) -> None:
    said = request.headers.get("Authorization", "").encode("utf-8", "replace")
    known = [f"Bearer {token.get_secret_value()}".encode() for token in tokens]
    if not any(hmac.compare_digest(said, each) for each in known):
        raise Refusal(401, "This needs the admin token.", "Send Authorization: Bearer TOKEN.")


def _is_loopback_name(host: str) -> bool:
    """Whether a browser was told to talk to this machine, and not to a name that leads here."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
