"""What was read of the sites, while an event, or several of one record, are worked on.

They have all arrived before anything is read, so that one reading serves to accept and to
process all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_shared: ContextVar[dict[Hashable, Any] | None] = ContextVar("sg_jira_readings", default=None)


@contextmanager
def shared_readings() -> Iterator[None]:
    """From here to the end of the block, what was read once need not be read again."""
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def readings() -> dict[Hashable, Any]:
    """What was read so far; outside of a block nothing is kept."""
    shared = _shared.get()
    return {} if shared is None else shared
