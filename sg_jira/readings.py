"""What was read of the sites, while an event, or several of one record, are worked on.

They have all arrived before anything is read, so that one reading serves to accept and to
process all of them. What full syncs of many records need can be read ahead, by the page.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_shared: ContextVar[dict[Hashable, Any] | None] = ContextVar("sg_jira_readings", default=None)
_ahead: ContextVar[Mapping[Hashable, Any]] = ContextVar(
    "sg_jira_readings_ahead", default=MappingProxyType({})
)


@dataclass
class Ahead:
    """What was read ahead for the full sync of one record.

    Attributes:
        record: the record itself, with all fields that were asked for.
        readings: whatever else, by the names under which handlers look for it.
    """

    record: dict[str, Any]
    readings: dict[Hashable, Any] = field(default_factory=dict)


@contextmanager
def reading_ahead(ahead: Ahead) -> Iterator[None]:
    """Until the end of the block, nothing need be read that was read ahead."""
    token = _ahead.set(ahead.readings)
    try:
        yield
    finally:
        _ahead.reset(token)


@contextmanager
def shared_readings() -> Iterator[None]:
    """From here to the end of the block, what was read once need not be read again."""
    token = _shared.set(dict(_ahead.get()))
    try:
        yield
    finally:
        _shared.reset(token)


_trusted: ContextVar[bool] = ContextVar("sg_jira_trusted_body", default=False)


@contextmanager
def trusting_body() -> Iterator[None]:
    """From here to the end of the block, the body of the event at hand tells the truth: its sender
    has signed it, and nothing that came later was worked on."""
    token = _trusted.set(True)
    try:
        yield
    finally:
        _trusted.reset(token)


def is_body_trusted() -> bool:
    """Whether what the body of the event at hand tells need not be read."""
    return _trusted.get()


def readings() -> dict[Hashable, Any]:
    """What was read so far; outside of a block nothing is kept."""
    shared = _shared.get()
    return {} if shared is None else shared
