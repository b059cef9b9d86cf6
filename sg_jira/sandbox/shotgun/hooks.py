"""The webhooks of an FPTR site: makes and sends their deliveries, and keeps them for a week.

Source: developers.shotgridsoftware.com, the page on webhooks: an answer within six seconds, or a
second for each delivery of a batch; a status below 400 is a success; nothing is sent twice unless
somebody asks for it; a hundred failures within a day stop a webhook.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import requests

from sg_jira.sandbox.lanes import Lane, post
from sg_jira.sandbox.mishaps import Mishaps
from sg_jira.sandbox.shotgun.hook import (
    DeliveryStatus,
    EntityTypes,
    Hook,
    HookDelivery,
    HookStatus,
)
from sg_jira.sandbox.shotgun.hook_bodies import encode, envelope, make_data, signature
from sg_jira.sandbox.shotgun.records import Author, Clock, Row

_KEPT_FOR: Final = timedelta(days=7)
_MOST_KEPT: Final = 20_000
_BATCH_SIZE: Final = 50
_CONNECT_SECONDS: Final = 5.0
_SHOWN_OF_ANSWER: Final = 100


@dataclass
class HookTiming:
    """How long answers may take; may be changed at any time.

    Parameters:
        timeout: seconds for the answer to a request.
        per_delivery: seconds for each delivery of a batch, if that is more.
    """

    timeout: float = 6.0
    per_delivery: float = 1.0


class Hooks:
    """The webhooks of one site.

    Parameters:
        lock: the store's, so that a change and its deliveries become visible together.
        clock: of the site.
        owner: in whose name Python registers webhooks.
        address: gives the site's address.
    """

    def __init__(
        self, lock: threading.RLock, clock: Clock, owner: Author, address: Callable[[], str]
    ) -> None:
        self.condition = threading.Condition(lock)
        self._clock = clock
        self._owner = owner
        self._address = address
        self._hooks: dict[str, Hook] = {}
        self._lanes: dict[str, Lane[HookDelivery]] = {}
        self._deliveries: OrderedDict[str, HookDelivery] = OrderedDict()
        self._batches = 0
        #: What goes wrong between the site and the receivers.
        self.mishaps = Mishaps()
        #: How long answers may take.
        self.timing = HookTiming()

    def add(
        self,
        url: str,
        secret: str | None = None,
        entity_types: EntityTypes | None = None,
        *,
        batch: bool = False,
        author: Author | None = None,
        **details: Any,
    ) -> Hook:
        """Registers a webhook.

        Parameters:
            url, secret, entity_types, batch: see `Hook`.
            author: who registers it.
            details: more of `Hook`'s parameters, such as `projects`.
        """
        with self.condition:
            hook = Hook(
                url=url,
                entity_types=entity_types,
                created_at=self._clock(),
                created_by=author or self._owner,
                secret=secret,
                batch=batch,
                **details,
            )
            self._hooks[hook.id] = hook
            self._lanes[hook.id] = Lane(
                f"hook to {url}",
                self.condition,
                lambda deliveries: self._send(hook, deliveries),
                size=lambda: _BATCH_SIZE if hook.batch else 1,
                held=lambda: self.mishaps.held,
            )
            return hook

    def touch(self, hook: Hook, author: Author) -> None:
        """Notes that someone changed a webhook."""
        hook.updated_at, hook.updated_by = self._clock(), author

    def remove(self, hook: Hook) -> None:
        """Ends a webhook; what it has not sent is dropped, and its deliveries are forgotten."""
        with self.condition:
            del self._hooks[hook.id]
            self._lanes.pop(hook.id).end()
            for delivery in self.deliveries(hook):
                del self._deliveries[delivery.id]

    def clear(self) -> None:
        """Ends all webhooks."""
        for hook in self.registered():
            self.remove(hook)

    def registered(self) -> list[Hook]:
        """The registered webhooks, oldest first."""
        with self.condition:
            return list(self._hooks.values())

    def find(self, id: str) -> Hook | None:
        """The webhook with this id."""
        return self._hooks.get(id)

    def status(self, hook: Hook) -> HookStatus:
        """The health of a webhook at this moment."""
        with self.condition:
            return hook.status(self._clock())

    def deliveries(self, hook: Hook | None = None) -> list[HookDelivery]:
        """The deliveries of the last seven days, of one webhook or of all, oldest first."""
        with self.condition:
            self._forget_old()
            made = list(self._deliveries.values())
            return [one for one in made if hook is None or one.hook == hook.id]

    def find_delivery(self, id: str) -> HookDelivery | None:
        """The delivery with this id, unless it is older than a week."""
        with self.condition:
            self._forget_old()
            return self._deliveries.get(id)

    def hold(self) -> None:
        """Sends nothing until `release`."""
        self.mishaps.held = True

    def release(self) -> None:
        """Sends what was held."""
        self.mishaps.held = False
        self.look_again()

    def look_again(self) -> None:
        """Lets everything that waits see what was changed in `mishaps`."""
        with self.condition:
            self.condition.notify_all()

    @property
    def idle(self) -> bool:
        """Whether nothing is queued or in flight."""
        with self.condition:
            return all(lane.idle for lane in self._lanes.values())

    def wait_until_idle(self, timeout: float) -> bool:
        """Waits until nothing is queued or in flight; whether that was so in time (seconds)."""
        with self.condition:
            return self.condition.wait_for(lambda: self.idle, timeout)

    def announce(self, entries: Sequence[Row]) -> None:
        """Makes the deliveries of one change. Called under the store's lock."""
        for hook in self._hooks.values():
            wanted = [entry for entry in entries if hook.wants(entry)]
            batch = str(uuid.uuid4())
            self._batches += 1
            for index, entry in enumerate(wanted):
                if delays := self.mishaps.delays():
                    delivery = self._make(hook, entry, (batch, len(wanted), index))
                    for delay in delays:
                        self._lanes[hook.id].put(delivery, delay)

    def _make(self, hook: Hook, entry: Row, batch: tuple[str, int, int]) -> HookDelivery:
        id = str(uuid.uuid4())
        sequence = f"{self._batches}.{entry['id']}.{batch[2]}"
        data = make_data(entry, id, sequence)
        now = self._clock()
        made = HookDelivery(id, hook.id, entry["entity"], entry["id"], data, now, batch)
        self._deliveries[id] = made
        if len(self._deliveries) > _MOST_KEPT:
            self._deliveries.popitem(last=False)
        return made

    def redeliver(self, delivery: HookDelivery) -> None:
        """Sends a delivery once more, under its old id, even of a stopped webhook."""
        with self.condition:
            delivery.status = DeliveryStatus.PENDING
            self._lanes[delivery.hook].put(delivery)

    def test(self, hook: Hook) -> tuple[int | None, str | None]:
        """Posts an empty delivery; gives the status of the answer, or the error instead."""
        content = encode(envelope({}, self._clock()))
        try:
            answer = self._post(hook, content, self._headers(hook, content, str(uuid.uuid4())))
        except requests.RequestException as error:
            return None, type(error).__name__
        return answer.status_code, None

    def _send(self, hook: Hook, deliveries: list[HookDelivery]) -> tuple[()]:
        first = deliveries[0]
        with self.condition:
            if hook.stopped and first.sent_at is None:
                for one in deliveries:
                    one.status, one.error = DeliveryStatus.FAILED, f"webhook {hook.stopped.value}"
                return ()
            now = self._clock()
            data = [envelope(one.data, now) for one in deliveries]
            content = encode({"deliveries": data} if hook.batch else data[0])
            id = str(uuid.uuid4()) if hook.batch else first.id
            batch = (id, len(deliveries), 0) if hook.batch else first.batch
            headers = self._headers(hook, content, id, batch)
            for one in deliveries:
                one.sent_at, one.request_headers, one.request_body = now, headers, content
        started = time.monotonic()
        answer: requests.Response | None = None
        error: str | None = None
        try:
            answer = self._post(hook, content, headers, len(deliveries))
        except requests.RequestException as failure:
            error = type(failure).__name__
        seconds = time.monotonic() - started
        with self.condition:
            self._note(hook, deliveries, answer, error, seconds)
        return ()

    def _post(
        self, hook: Hook, content: bytes, headers: dict[str, str], count: int = 1
    ) -> requests.Response:
        limit = max(self.timing.timeout, self.timing.per_delivery * count)
        return post(hook.url, content, headers, (_CONNECT_SECONDS, limit), hook.validate_ssl_cert)

    def _note(
        self,
        hook: Hook,
        deliveries: Sequence[HookDelivery],
        answer: requests.Response | None,
        error: str | None,
        seconds: float,
    ) -> None:
        succeeded = answer is not None and answer.status_code < requests.codes.bad_request
        for one in deliveries:
            one.status = DeliveryStatus.DELIVERED if succeeded else DeliveryStatus.FAILED
            one.response_code = None if answer is None else answer.status_code
            one.response_body = None if answer is None else answer.text[:_SHOWN_OF_ANSWER]
            one.error, one.seconds = error, seconds
        if not succeeded:
            hook.note_failure(self._clock())

    def _headers(
        self, hook: Hook, content: bytes, id: str, batch: tuple[str, int, int] | None = None
    ) -> dict[str, str]:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-sg-webhook-id": hook.id,
            "x-sg-delivery-id": id,
            "x-sg-webhook-site-url": self._address(),
        }
        if batch is not None:
            names = ("x-sg-event-batch-id", "x-sg-event-batch-size", "x-sg-event-batch-index")
            headers.update(zip(names, map(str, batch), strict=True))
        if hook.secret:
            headers["x-sg-signature"] = signature(content, hook.secret)
        return headers

    def _forget_old(self) -> None:
        oldest = self._clock() - _KEPT_FOR
        while self._deliveries and next(iter(self._deliveries.values())).created_at < oldest:
            self._deliveries.popitem(last=False)
