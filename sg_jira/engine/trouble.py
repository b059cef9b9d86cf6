"""What all workers know of a site's trouble. It is in the store, so that each of them has it.

What follows from it is decided by `breaker` and `pacing`.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa

from sg_jira.engine.schema import trouble
from sg_jira.engine.store import Store, insert_or_ignore
from sg_jira.site_calls import Site

#: Seconds after which a worker looks again what the others have found out, while all is well.
LOOK_SECONDS: Final = 0.2

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Trouble:
    """What is known of one site; nothing, when all is well.

    Attributes:
        failing: keys that failed since the site last answered well.
        until: no work that needs the site is begun before; `None` while its breaker is closed.
        times_open: how often in a row the breaker opened.
        reason: why it opened last.
        probe: the key that looks whether the trouble is over, until `probe_until` at most.
        probes: keys that were let through to look, since it opened.
        spared: endpoint -> until when the site wants no calls of it.
        near_limit_until: until then, back-fill leaves the rest of the limit to people's changes.
    """

    failing: tuple[str, ...] = ()
    until: datetime | None = None
    times_open: int = 0
    reason: str | None = None
    probe: str | None = None
    probe_until: datetime | None = None
    probes: int = 0
    spared: Mapping[str, datetime] = field(default_factory=dict)
    near_limit_until: datetime | None = None

    def without_past(self, now: datetime) -> Trouble:
        """The same without what is over by itself."""
        spared = {endpoint: until for endpoint, until in self.spared.items() if until > now}
        near = self.near_limit_until
        if len(spared) == len(self.spared) and (near is None or near > now):
            return self
        return replace(self, spared=spared, near_limit_until=near if near and near > now else None)


#: Nothing is known against a site.
WELL: Final = Trouble()

#: What comes after what is known, and an answer for whoever asked. Pure: it may be run twice.
Step = Callable[[Trouble], "tuple[Trouble, Answer]"]


class TroubleBook(Protocol):
    """Keeps each site's trouble."""

    def known(self, site: Site) -> Trouble:
        """What is known; perhaps a moment old. Costs next to nothing."""
        ...

    def change(self, site: Site, step: Step[Answer]) -> Answer:
        """Takes a step from what is known now, alone; gives the step's answer."""
        ...


class StoredTrouble:
    """The book in the store. While all is well it is read a few times a second, and not written.

    Parameters:
        store: may be shared with other processes.
        timer: seconds that only grow.

    Raises:
        StoreAway: from any method.
    """

    def __init__(self, store: Store, timer: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._timer = timer
        self._lock = threading.Lock()
        # Who works alone need not look at what it wrote itself.
        self._lifetime = LOOK_SECONDS if store.is_shared else math.inf
        self._good_until = -math.inf
        self._known: dict[Site, Trouble] = {}

    def known(self, site: Site) -> Trouble:
        """See `TroubleBook.known`."""
        with self._lock:
            if self._timer() >= self._good_until:
                with self._store.reading() as connection:
                    self._known = read_trouble(connection)
                self._good_until = self._timer() + self._lifetime
            return self._known.get(site, WELL)

    def change(self, site: Site, step: Step[Answer]) -> Answer:
        """See `TroubleBook.change`."""
        known = self.known(site)
        after, answer = step(known)
        if after == known == WELL:
            return answer
        if self._store.is_shared:
            self._forget()
            known = self.known(site)
            after, answer = step(known)
        if after == known:
            return answer
        with self._store.writing() as connection:
            known = _lock_trouble(connection, site)
            after, answer = step(known)
            if after != known:
                _write_trouble(connection, site, after)
            with self._lock:
                self._known = {**self._known, site: after}
        return answer

    def _forget(self) -> None:
        with self._lock:
            self._good_until = -math.inf


def read_trouble(connection: sa.Connection) -> dict[Site, Trouble]:
    """What the store knows of each site."""
    return {Site(row.site): _trouble_of(row) for row in connection.execute(sa.select(trouble))}


def _lock_trouble(connection: sa.Connection, site: Site) -> Trouble:
    connection.execute(
        insert_or_ignore(trouble, connection.dialect.name),
        {"site": site.value, **_values_of(WELL)},
    )
    wanted = sa.select(trouble).where(trouble.c.site == site.value).with_for_update()
    return _trouble_of(connection.execute(wanted).one())


def _write_trouble(connection: sa.Connection, site: Site, known: Trouble) -> None:
    connection.execute(
        sa.update(trouble).where(trouble.c.site == site.value).values(_values_of(known))
    )


def _values_of(known: Trouble) -> dict[str, Any]:
    spared = {endpoint: until.timestamp() for endpoint, until in known.spared.items()}
    return {
        **vars(known),
        "failing": json.dumps(known.failing),
        "spared": json.dumps(spared),
    }


def _trouble_of(row: Any) -> Trouble:
    values = {name: value for name, value in row._mapping.items() if name != "site"}
    spared = {
        endpoint: datetime.fromtimestamp(seconds, timezone.utc)
        for endpoint, seconds in json.loads(row.spared).items()
    }
    return Trouble(**{**values, "failing": tuple(json.loads(row.failing)), "spared": spared})
