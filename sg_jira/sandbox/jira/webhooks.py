"""The webhooks that are registered on a site, and which of its events each of them is told."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from sg_jira.sandbox.jira.delivering import Delivery, Message, Timing, make_message, send
from sg_jira.sandbox.jira.events import Event
from sg_jira.sandbox.jira.flavour import Flavour
from sg_jira.sandbox.jira.jql import parse
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.lanes import Lane
from sg_jira.sandbox.mishaps import Mishaps

_KEPT: Final = 2000


class Webhook:
    """One registered webhook; `Webhooks` makes and ends it. Its attributes may be changed.

    Parameters:
        id: its number.
        lane: takes its messages.
        url: where to; `${issue.key}` and `${issue.id}` in it are replaced.
        events: names such as `jira:issue_updated`; `None` for all.
        secret: signs the bodies.
        name: for people.
        jql: tells only of what happens to issues that it finds; empty for all.
        with_body: whether requests say more than that something happened.
    """

    def __init__(
        self,
        id: int,
        lane: Lane[Message],
        url: str,
        events: Collection[str] | None,
        secret: str | None,
        name: str,
        jql: str,
        with_body: bool,
    ) -> None:
        self.id = id
        self.lane = lane
        self.url = url
        self.events = None if events is None else frozenset(events)
        self.secret = secret
        self.name = name
        self.jql = jql
        self.with_body = with_body
        self.enabled = True
        #: By whom and when it was last changed over HTTP.
        self.updated: tuple[Person, datetime] | None = None

    def wants(self, event: Event) -> bool:
        """Whether it is registered for events of this name."""
        return self.enabled and (self.events is None or event.name in self.events)


class Webhooks:
    """The webhooks of one site.

    Parameters:
        lock: the store's lock; whoever changes the store under it also queues the events under
            it, so that `idle` never misses an event between a change and its sending.
        flavour: kind of site.
        signs: whether the site knows secrets; Data Center does from 10.0 on.
        finds: whether JQL finds the issue of an event.
    """

    def __init__(
        self,
        lock: threading.RLock,
        flavour: Flavour,
        signs: bool,
        finds: Callable[[str, Event], bool],
    ) -> None:
        self.condition = threading.Condition(lock)
        self.signs = signs
        self._flavour = flavour
        self._finds = finds
        self._webhooks: dict[int, Webhook] = {}
        self._numbers = itertools.count(1)
        #: What goes wrong between the site and its receivers.
        self.mishaps = Mishaps()
        #: When requests are sent.
        self.timing = Timing.of(flavour)
        #: How many events there were, whether or not anybody wanted them.
        self.announced = 0
        #: What was sent, or given up, the latest last; only so many are kept.
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)

    def add(
        self,
        url: str,
        events: Collection[str] | None = None,
        secret: str | None = None,
        *,
        name: str = "",
        jql: str = "",
        with_body: bool = True,
        at_once: int = 1,
    ) -> Webhook:
        """Registers a webhook; see `Webhook` for the parameters.

        Parameters:
            at_once: how many requests may be under way at the same time. Jira Cloud has up to 20,
                which then may overtake each other.

        Raises:
            Refusal: 400, the JQL cannot be read.
        """
        parse(jql)
        with self.condition:
            lane = Lane(
                f"webhook {url}",
                self.condition,
                self._send,
                held=lambda: self.mishaps.held,
                at_once=at_once,
            )
            number = next(self._numbers)
            webhook = Webhook(number, lane, url, events, secret, name or url, jql, with_body)
            self._webhooks[number] = webhook
            return webhook

    def registered(self) -> list[Webhook]:
        """The registered webhooks, oldest first."""
        with self.condition:
            return list(self._webhooks.values())

    def remove(self, webhook: Webhook) -> None:
        """Ends a webhook; what it has not sent is dropped."""
        with self.condition:
            del self._webhooks[webhook.id]
            webhook.lane.end()

    def clear(self) -> None:
        """Ends all webhooks."""
        for webhook in self.registered():
            self.remove(webhook)

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
        """Nothing is queued or in flight."""
        with self.condition:
            return all(webhook.lane.idle for webhook in self._webhooks.values())

    def wait_until_idle(self, timeout: float) -> bool:
        """Waits until nothing is queued or in flight; whether that was so in time (seconds)."""
        with self.condition:
            return self.condition.wait_for(lambda: self.idle, timeout)

    def announce(self, event: Event) -> None:
        """Queues an event for the webhooks that want it. Called under the store's lock."""
        self.announced += 1
        for webhook in self._webhooks.values():
            if webhook.wants(event) and (not webhook.jql or self._finds(webhook.jql, event)):
                secret = webhook.secret if self.signs else None
                message = make_message(event, webhook.url, self._flavour, secret, webhook.with_body)
                for delay in self.mishaps.delays():
                    webhook.lane.put(message, self.timing.delay(event) + delay)

    def _send(self, messages: list[Message]) -> list[tuple[float, Message]]:
        return [
            (self.timing.pause(), message.again)
            for message in messages
            if send(message, self.timing.retries, self._note)
        ]

    def _note(self, delivery: Delivery) -> None:
        with self.condition:
            self.deliveries.append(delivery)
