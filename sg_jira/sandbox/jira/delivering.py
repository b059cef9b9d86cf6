"""One webhook's requests: their headers, their signature, and what an answer means.

Sources: developer.atlassian.com/cloud/jira/platform/webhooks (headers, retries, lanes) and
confluence.atlassian.com/adminjiraserver/managing-webhooks (Data Center).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

import requests

from sg_jira.sandbox.jira.events import Event
from sg_jira.sandbox.jira.flavour import Flavour
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.lanes import post

#: Statuses that Cloud answers by trying again, besides 5xx.
_RETRIED: Final = frozenset({408, 409, 425, 429})
#: How often Cloud tries again; Data Center sends once.
_RETRIES: Final[Mapping[Flavour, int]] = {Flavour.CLOUD: 5, Flavour.DATA_CENTER: 0}
#: Seconds from one attempt to the next, at least and at most.
_RETRY_SECONDS: Final = (360.0, 900.0)
#: Seconds to connect and to wait for an answer.
_TIMEOUT: Final = (5.0, 20.0)
_AGENTS: Final[Mapping[Flavour, str]] = {
    Flavour.CLOUD: "Atlassian Webhook HTTP Client",
    Flavour.DATA_CENTER: "Atlassian HttpClient / JIRA",
}
_IDENTIFIER: Final = "X-Atlassian-Webhook-Identifier"


@dataclass
class Timing:
    """When requests are sent; may be changed at any time.

    Parameters:
        retries: how often an event that nobody took is sent again.
        time_factor: what the 6 to 15 minutes between two attempts are multiplied by.
        primary: seconds until what a person did is sent; at most 30 on Cloud.
        secondary: the same for what follows from it, such as comments deleted with their issue;
            up to 15 minutes on Cloud.
    """

    retries: int
    time_factor: float = 0.0001
    primary: float = 0.0
    secondary: float = 0.0

    def __post_init__(self) -> None:
        self._dice = random.Random(0)

    @classmethod
    def of(cls, flavour: Flavour) -> Timing:
        """That of a flavour, without any delay."""
        return cls(_RETRIES[flavour])

    def delay(self, event: Event) -> float:
        """Seconds until an event is sent for the first time."""
        return self.secondary if event.secondary else self.primary

    def pause(self) -> float:
        """Seconds until an event is sent again."""
        return self._dice.uniform(*_RETRY_SECONDS) * self.time_factor


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
    """One event on its way to one webhook; `attempt` counts from 1."""

    event: Event
    url: str
    headers: dict[str, str]
    content: bytes
    attempt: int = 1

    @property
    def again(self) -> Message:
        """The next attempt."""
        headers = {**self.headers, "X-Atlassian-Webhook-Retry": str(self.attempt)}
        return replace(self, headers=headers, attempt=self.attempt + 1)


def make_message(
    event: Event, url: str, flavour: Flavour, secret: str | None, with_body: bool
) -> Message:
    """The request that tells a webhook of an event.

    Parameters:
        url: where to; `${issue.key}` and `${issue.id}` in it are replaced.
        secret: signs the body; `None` for sites and webhooks that do not sign.
        with_body: whether it says more than that something happened.
    """
    content = json.dumps(event.body).encode() if with_body else b""
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": _AGENTS[flavour],
        _IDENTIFIER: str(uuid.uuid4()),
    }
    if flavour.is_cloud:
        headers["X-Atlassian-Webhook-Flow"] = "Secondary" if event.secondary else "Primary"
    if secret:
        digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature"] = f"sha256={digest}"
    return Message(event, _address(url, event), headers, content)


def send(message: Message, retries: int, note: Callable[[Delivery], None]) -> bool:
    """Sends a message once.

    Parameters:
        retries: how often it may be sent again.
        note: is told of the delivery once it is settled.

    Returns: whether it is to be sent again.
    """
    status: int | None = None
    error: str | None = None
    try:
        status = post(message.url, message.content, message.headers, _TIMEOUT).status_code
    except requests.RequestException as failure:
        error = type(failure).__name__
    failed = status is None or status in _RETRIED or status >= 500
    if failed and message.attempt <= retries:
        return True
    note(
        Delivery(
            event=message.event.name,
            url=message.url,
            identifier=message.headers[_IDENTIFIER],
            status=status,
            error=error,
            attempts=message.attempt,
            body=message.event.body,
        )
    )
    return False


def _address(url: str, event: Event) -> str:
    url = url.replace("${issue.key}", quote(event.issue_key))
    url = url.replace("${issue.id}", event.issue_id)
    return f"{url}{_who(url, event.person)}"


def _who(url: str, person: Person) -> str:
    """Data Center names the person in the query."""
    if person.flavour.is_cloud:
        return ""
    query = urlencode({"user_id": person.name, "user_key": person.key})
    return f"{'&' if '?' in url else '?'}{query}"
