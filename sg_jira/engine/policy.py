"""How patient the engine is. Plain values; where they come from is decided in `settings`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sg_jira.engine.backoff import Backoff


@dataclass(frozen=True)
class Policy:
    """Limits of the drain.

    Attributes:
        batch: events of one key that are taken at once.
        slice_seconds: after this time a drain lets other keys have the worker.
        gather_seconds: once a second change of an edit has come, how long the next one is waited
            for. FPTR tells them a few milliseconds after each other.
        flush_seconds: fates are written to the store at least this often.
        attempts: tries of an event that fails for good, before it is dead.
        give_up_after: how long an event is tried again for reasons that pass, while its site is
            well.
        transient, permanent: the waits between tries.
        outage: how long no work is begun that needs a site in trouble, before one key tries.
        not_ready_seconds: wait while the bridge or the entry of the settings cannot work.
    """

    batch: int = 200
    slice_seconds: float = 10.0
    gather_seconds: float = 0.05
    flush_seconds: float = 0.05
    attempts: int = 3
    give_up_after: timedelta = timedelta(days=3)
    transient: Backoff = field(default_factory=Backoff)
    permanent: Backoff = field(default_factory=lambda: Backoff(first=1.0, longest=30.0))
    outage: Backoff = field(default_factory=lambda: Backoff(first=2.0, longest=60.0))
    not_ready_seconds: float = 30.0

    def is_enough(self, attempts: int, transient: bool) -> bool:
        """Whether an event is to be given up.

        Only the waits between its own attempts count: in none of them was its site, or the bridge
        itself, known to be down.

        Parameters:
            attempts: how many were made.
            transient: whether the last one failed for a reason that passes.
        """
        if transient:
            return self.transient.total(attempts) > self.give_up_after.total_seconds()
        return attempts >= self.attempts
