"""What can go wrong with a call to a sandbox site, on demand: `Fault` and the list of them."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any


class FaultKind(str, Enum):
    """How a call goes wrong.

    `STATUS` answers with `Fault.status` and the site's own error body, nothing is done;
    `RESET` cuts the connection before anything is done; `LOST_ANSWER` does the work, then
    cuts the connection; `SLOW` waits `Fault.seconds` and then works as usual; `DRIP` works,
    and sends its answer in small pieces over `Fault.seconds`.
    """

    STATUS = "status"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"
    SLOW = "slow"
    DRIP = "drip"


@dataclass
class Fault:
    """A fault that is waiting for its calls.

    Parameters:
        kind: what happens.
        endpoint, caller: shell-style patterns of the calls it applies to.
        times: how many calls it hits; `None` for all until it is cleared (an outage).
        chance: probability that it hits a matching call, 0 to 1.
        status, headers, message: the answer of a `STATUS` fault.
        seconds: duration of `SLOW` and `DRIP`.
    """

    kind: FaultKind
    endpoint: str = "*"
    caller: str = "*"
    times: int | None = 1
    chance: float = 1.0
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Service temporarily unavailable"
    seconds: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fault:
        """A fault from its JSON form: the parameters above by name, `kind` as text.

        Raises:
            ValueError: a name or a value is not one of a fault's; says which.
        """
        known = set(cls.__dataclass_fields__)
        if unknown := set(data) - known:
            raise ValueError(f"A fault has no {sorted(unknown)}; it has {sorted(known)}.")
        try:
            kind = FaultKind(data.get("kind"))
        except ValueError:
            kinds = ", ".join(kind.value for kind in FaultKind)
            raise ValueError(
                f"{data.get('kind')!r} is no kind of fault; use one of {kinds}."
            ) from None
        return cls(**{**data, "kind": kind})


class Faults:
    """The faults and the latency of one site. Safe to use from several threads.

    Parameters:
        seed: of the dice behind `Fault.chance`.
    """

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._dice = random.Random(seed)
        #: Seconds that every call takes at least, from its arrival to its answer.
        self.latency = 0.0

    def add(self, fault: Fault) -> Fault:
        """Lets this fault wait for its calls; gives it back, for `remove`."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Takes one fault away; one that is already used up is fine."""
        with self._lock:
            if fault in self._faults:
                self._faults.remove(fault)

    def clear(self) -> None:
        """Takes all faults and the latency away."""
        with self._lock:
            self._faults.clear()
            self.latency = 0.0

    def waiting(self) -> list[Fault]:
        """The faults that have not been used up."""
        with self._lock:
            return list(self._faults)

    def take(self, endpoint: str, caller: str) -> Fault | None:
        """The fault for this call, counted down; `None` when the call may go well."""
        with self._lock:
            for fault in self._faults:
                if not fnmatchcase(endpoint, fault.endpoint):
                    continue
                if not fnmatchcase(caller, fault.caller):
                    continue
                if fault.chance < 1 and self._dice.random() >= fault.chance:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None
