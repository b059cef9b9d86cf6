"""What is known of FPTR's webhooks that post to this bridge; in the store, for all processes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final

from sg_jira.engine.facts import read_fact, write_fact
from sg_jira.engine.store import Store
from sg_jira.provisioning.fptr_health import (
    DELIVERING,
    MANY_FAILURES,
    SOME_FAILURES,
    STOPPED,
    TOO_MANY_FAILURES,
)

_FACT: Final = "fptr webhooks"


class Level(int, Enum):
    """How bad it is."""

    FINE = 0
    WARNING = 1
    URGENT = 2


@dataclass(frozen=True)
class WebhookState:
    """One webhook, as it was seen last.

    Attributes:
        id: FPTR's.
        entity_type, entry: what it tells of, and the entry of the settings in its address.
        status: FPTR's word: `active`, `unstable` (some deliveries failed), `failed` (FPTR has
            stopped it) or `disabled` (a person has switched it off).
        failures: deliveries that failed within 24 hours, counted up to `TOO_MANY_FAILURES`.
        enabled: when the bridge has turned it on again, as ISO text.
        times_enabled: how often it has.
        why_off: why it cannot be turned on again.
    """

    id: str
    entity_type: str
    entry: str
    status: str
    failures: int = 0
    enabled: str | None = None
    times_enabled: int = 0
    why_off: str | None = None

    @property
    def level(self) -> Level:
        """How bad it is."""
        if self.status == STOPPED or self.failures >= MANY_FAILURES:
            return Level.URGENT
        is_fine = self.status in DELIVERING and self.failures < SOME_FAILURES
        return Level.FINE if is_fine else Level.WARNING

    def __str__(self) -> str:
        what = f"FPTR's webhook of {self.entity_type} for the entry {self.entry!r}"
        if self.status == STOPPED:
            return (
                f"{what} was stopped by FPTR, as too many of its deliveries failed, and is not "
                f"turned on again: {self.why_off}. Until it is, its changes are fetched."
            )
        if self.status not in DELIVERING:
            return (
                f"{what} is switched off ({self.status}), which the bridge leaves so: turn it on "
                "in FPTR if that is not meant. Until it is, its changes are fetched."
            )
        return (
            f"{what}: at least {self.failures} deliveries failed within 24 hours. FPTR stops it at "
            f"{TOO_MANY_FAILURES}. Find out what it is answered, in FPTR's list of its deliveries."
        )


class WebhookStates:
    """Keeps them. Every method raises `StoreAway` when the store is away.

    Parameters:
        store: holds them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self) -> list[WebhookState]:
        """As they were seen last."""
        with self._store.reading() as connection:
            text = read_fact(connection, _FACT)
        return [WebhookState(**each) for each in json.loads(text or "[]")]

    def write(self, states: Sequence[WebhookState]) -> None:
        """Replaces what was known."""
        text = json.dumps([asdict(each) for each in states])
        with self._store.writing() as connection:
            write_fact(connection, _FACT, text)


def as_json(states: Sequence[WebhookState]) -> list[Mapping[str, Any]]:
    """For `/readyz`."""
    return [asdict(each) for each in states]
