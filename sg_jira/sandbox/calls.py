"""Counts the calls that a sandbox site receives, by endpoint and by caller."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Call:
    """One request that reached a site.

    `endpoint` names the operation (`update Task`, `PUT issue/{key}`), `caller` the account
    that made it (script name, login, account id, or `anonymous`), `status` the HTTP status
    of the answer (0 when the connection was cut).
    """

    endpoint: str
    caller: str
    status: int


class CallLog:
    """The calls since the start or the last `clear`. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def record(self, call: Call) -> None:
        """Adds a call."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forgets everything that was counted."""
        with self._lock:
            self._calls.clear()

    def list(self, endpoint: str = "*", caller: str = "*") -> list[Call]:
        """The calls whose endpoint and caller match these shell-style patterns, oldest first."""
        with self._lock:
            calls = list(self._calls)
        return [
            call
            for call in calls
            if fnmatchcase(call.endpoint, endpoint) and fnmatchcase(call.caller, caller)
        ]

    def count(self, endpoint: str = "*", caller: str = "*") -> int:
        """How many calls match."""
        return len(self.list(endpoint, caller))

    def by_endpoint(self, caller: str = "*") -> Mapping[str, int]:
        """Number of calls per endpoint."""
        return Counter(call.endpoint for call in self.list(caller=caller))

    def by_caller(self) -> Mapping[str, int]:
        """Number of calls per caller."""
        return Counter(call.caller for call in self.list())
