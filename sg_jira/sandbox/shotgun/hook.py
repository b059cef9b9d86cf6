"""One webhook of an FPTR site: what it is registered for, its health, and its deliveries' fate."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sg_jira.sandbox.shotgun.hook_bodies import operation
from sg_jira.sandbox.shotgun.records import Author, Ref, Row

#: How long failures count, and how many of them stop a webhook.
_FAILURES_COUNT: Final = timedelta(hours=24)
MOST_FAILURES: Final = 100

#: Which operations on which types: `{"Task": {"create": [], "update": ["content"]}}`; no field
#: names after `update` stand for all of them, and no operations for every one.
EntityTypes = Mapping[str, Mapping[str, Sequence[str]]]


class HookStatus(str, Enum):
    """The health of a webhook: `UNSTABLE` after a failure within 24 hours, `FAILED` after 100."""

    ACTIVE = "active"
    UNSTABLE = "unstable"
    FAILED = "failed"
    DISABLED = "disabled"


class DeliveryStatus(str, Enum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass
class HookDelivery:
    """One entry of the event log on its way to one webhook.

    Parameters:
        id: of the delivery, in its body and among the headers.
        hook: id of the webhook.
        entity, event_id: what it is about.
        data: the `data` of its body.
        created_at: when it was made.
        batch: id, size and index of the change that it belongs to.
        request_headers, request_body: of the request that was sent last.
        response_code, response_body: of the last answer; the latter is cut.
        error: why there was no answer.
        seconds: until the answer came.
        acknowledgement: what the receiver said about it later.
    """

    id: str
    hook: str
    entity: Ref
    event_id: int
    data: dict[str, Any]
    created_at: datetime
    batch: tuple[str, int, int]
    status: DeliveryStatus = DeliveryStatus.PENDING
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: bytes = b""
    response_code: int | None = None
    response_body: str | None = None
    error: str | None = None
    seconds: float | None = None
    sent_at: datetime | None = None
    acknowledgement: str | None = None


@dataclass
class Hook:
    """A registered webhook.

    Parameters:
        url: where to.
        entity_types: what it is told; `None` for everything.
        created_at, created_by: when and by whom it was registered.
        secret: signs the bodies.
        projects: ids; `None` for everything.
        batch: whether one request brings up to fifty deliveries.
        validate_ssl_cert: whether the receiver's certificate must be valid.
        name, description, notifications: for people.
    """

    url: str
    entity_types: EntityTypes | None
    created_at: datetime
    created_by: Author
    secret: str | None = None
    projects: Sequence[int] | None = None
    batch: bool = False
    validate_ssl_cert: bool = True
    name: str = ""
    description: str = ""
    notifications: tuple[Any, ...] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    updated_at: datetime | None = None
    updated_by: Author | None = None
    stopped: HookStatus | None = None
    failures: deque[datetime] = field(default_factory=deque)

    def wants(self, entry: Row) -> bool:
        """Whether it is told of an entry of the event log."""
        what = operation(entry)
        if what is None or self.stopped or not self._covers(entry["project"]):
            return False
        if self.entity_types is None:
            return True
        wanted = self.entity_types.get(entry["entity"].type)
        if not wanted or what not in wanted:
            return wanted is not None and not wanted
        return what != "update" or not wanted[what] or entry["attribute_name"] in wanted[what]

    def _covers(self, project: Ref | None) -> bool:
        return self.projects is None or (project is not None and project.id in self.projects)

    def status(self, now: datetime) -> HookStatus:
        """Its health at this moment."""
        if self.stopped:
            return self.stopped
        return HookStatus.UNSTABLE if self._recent(now) else HookStatus.ACTIVE

    def note_failure(self, now: datetime) -> None:
        """A delivery failed; too many of them stop the webhook."""
        self.failures.append(now)
        if self._recent(now) >= MOST_FAILURES:
            self.stopped = HookStatus.FAILED

    def _recent(self, now: datetime) -> int:
        while self.failures and self.failures[0] <= now - _FAILURES_COUNT:
            self.failures.popleft()
        return len(self.failures)

    def start(self) -> None:
        """Lets a stopped webhook work again; its failures are forgotten."""
        self.stopped = None
        self.failures.clear()
