"""Sends the site's events to the webhooks that are registered, one thread for each, in order.

Source of headers and retries: developer.atlassian.com/cloud/jira/platform/webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import uuid
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import requests

from sg_jira.sandbox.jira.events import Event
from sg_jira.sandbox.jira.people import Person

#: Statuses that Jira answers by trying again, besides 5xx.
_RETRIED: Final = frozenset({408, 409, 425, 429})
_RETRIES: Final = 5
#: Seconds to connect and to wait for an answer.
_TIMEOUT: Final = (5.0, 20.0)
_KEPT: Final = 2000


@dataclass(frozen=True)
class Delivery:
    """One event sent to one webhook: `status` of the last answer, or the `error` without one.

    `attempts` counts requests, `identifier` is the same in each of them.
    """

    event: str
    url: str
    identifier: str
    status: int | None
    error: str | None
    attempts: int
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Message:
    """One event on its way to one webhook."""

    event: Event
    url: str
    headers: dict[str, str]
    content: bytes


class Webhook:
    """One registered webhook with its queue; `Webhooks` makes and ends it."""

    def __init__(
        self, owner: Webhooks, url: str, events: Collection[str] | None, secret: str | None
    ) -> None:
        self.url = url
        self.events = frozenset(events) if events is not None else None
        self._owner = owner
        self._secret = secret
        self.queue: deque[Message] = deque()
        self.in_flight = False
        self.ended = False
        self._thread = threading.Thread(target=self._run, name=f"webhook {url}", daemon=True)
        self._thread.start()

    def wants(self, event: Event) -> bool:
        """Whether it is registered for this event."""
        return self.events is None or event.name in self.events

    def message(self, event: Event) -> Message:
        """The request for an event."""
        content = json.dumps(event.body).encode()
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": str(uuid.uuid4()),
            "X-Atlassian-Webhook-Flow": "Secondary" if event.secondary else "Primary",
        }
        if self._secret:
            digest = hmac.new(self._secret.encode(), content, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        return Message(event, self._address(event), headers, content)

    def _address(self, event: Event) -> str:
        url = self.url.replace("${issue.key}", quote(event.issue_key))
        url = url.replace("${issue.id}", event.issue_id)
        return f"{url}{_who(url, event.person)}"

    def _run(self) -> None:
        condition = self._owner.condition
        with requests.Session() as session:
            # A proxy of the environment has no business between two local servers.
            session.trust_env = False
            while True:
                with condition:
                    condition.wait_for(lambda: self.queue or self.ended)
                    if self.ended:
                        return
                    message = self.queue.popleft()
                    self.in_flight = True
                delivery = self._deliver(session, message)
                with condition:
                    self.in_flight = False
                    self._owner.deliveries.append(delivery)
                    condition.notify_all()

    def _deliver(self, session: requests.Session, message: Message) -> Delivery:
        status: int | None = None
        error: str | None = None
        for attempt in itertools.count(1):
            headers = dict(message.headers)
            if attempt > 1:
                headers["X-Atlassian-Webhook-Retry"] = str(attempt - 1)
            status = error = None
            try:
                status = session.post(
                    message.url,
                    data=message.content,
                    headers=headers,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                ).status_code
            except requests.RequestException as failure:
                error = type(failure).__name__
            again = status is None or status in _RETRIED or status >= 500
            if not again or attempt > _RETRIES or self._owner.paused_and_ended(self):
                break
        return Delivery(
            event=message.event.name,
            url=message.url,
            identifier=message.headers["X-Atlassian-Webhook-Identifier"],
            status=status,
            error=error,
            attempts=attempt,
            body=message.event.body,
        )


class Webhooks:
    """The webhooks of one site.

    Parameters:
        lock: the store's lock; whoever changes the store under it also queues the events under
            it, so that `idle` never misses an event between a change and its sending.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self.condition = threading.Condition(lock)
        self._webhooks: list[Webhook] = []
        #: Seconds between the attempts to deliver one event.
        self.retry_pause = 0.05
        #: What was sent, or given up, the latest last; only so many are kept.
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)

    def add(
        self, url: str, events: Collection[str] | None = None, secret: str | None = None
    ) -> Webhook:
        """Registers a webhook.

        Parameters:
            url: where to; `${issue.key}` and `${issue.id}` in it are replaced.
            events: names such as `jira:issue_updated`, `comment_created`; `None` for all.
            secret: signs the bodies (`X-Hub-Signature`, HMAC-SHA256).
        """
        with self.condition:
            webhook = Webhook(self, url, events, secret)
            self._webhooks.append(webhook)
        return webhook

    def remove(self, webhook: Webhook) -> None:
        """Ends a webhook; what it has not sent is dropped."""
        with self.condition:
            self._webhooks.remove(webhook)
            webhook.ended = True
            webhook.queue.clear()
            self.condition.notify_all()

    def clear(self) -> None:
        """Ends all webhooks."""
        with self.condition:
            for webhook in list(self._webhooks):
                self.remove(webhook)

    @property
    def idle(self) -> bool:
        """Nothing is queued or in flight."""
        with self.condition:
            return not any(webhook.queue or webhook.in_flight for webhook in self._webhooks)

    def wait_until_idle(self, timeout: float) -> bool:
        """Waits until nothing is queued or in flight; whether that was so in time (seconds)."""
        with self.condition:
            return self.condition.wait_for(lambda: self.idle, timeout)

    def announce(self, event: Event) -> None:
        """Queues an event for the webhooks that want it. Called under the store's lock."""
        with self.condition:
            for webhook in self._webhooks:
                if webhook.wants(event):
                    webhook.queue.append(webhook.message(event))
            self.condition.notify_all()

    def paused_and_ended(self, webhook: Webhook) -> bool:
        """Waits the pause between two attempts; whether the webhook ended meanwhile."""
        with self.condition:
            return self.condition.wait_for(lambda: webhook.ended, self.retry_pause)


def _who(url: str, person: Person) -> str:
    """Data Center names the person in the query."""
    if person.flavour.is_cloud:
        return ""
    query = urlencode({"user_id": person.name, "user_key": person.key})
    return f"{'&' if '?' in url else '?'}{query}"
