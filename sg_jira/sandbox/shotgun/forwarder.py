"""Plays FPTR's event daemon with the bridge's trigger plug-in: posts changes to the bridge."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import requests

from sg_jira.sandbox.shotgun.records import Record
from sg_jira.sandbox.shotgun.schema import CUSTOM_ENTITIES
from sg_jira.sandbox.shotgun.site import ShotgunSite

#: Types whose changes are posted when nothing else is said.
SYNCED_TYPES: Final = (
    "Note",
    "Task",
    "Ticket",
    "Project",
    "Asset",
    "Shot",
    "TimeLog",
    "Reply",
    *CUSTOM_ENTITIES,
)
_KEPT_DELIVERIES: Final = 1000
_CONNECT_SECONDS: Final = 5
_WAIT_SECONDS: Final = 60


@dataclass(frozen=True)
class Delivery:
    """An event that was posted: the answer's `status`, or the `error` that came instead."""

    event_id: int
    url: str
    status: int | None = None
    error: str | None = None


class Forwarder:
    """Posts each `Shotgun_<Type>_Change` event of a project to `<url>/<type>/<id>`.

    One at a time and in order. A post that fails is noted in `deliveries` and never repeated, as
    the daemon does.

    Parameters:
        site: whose event log is read.
        url: a route of the bridge, such as `http://127.0.0.1:9090/sg2jira/default`.
        entity_types: whose changes are posted.
        timeout: seconds to wait for the answer to a post.
        token: shown with each post, as the plug-in does with SGDAEMON_SGJIRA_TOKEN.
    """

    def __init__(
        self,
        site: ShotgunSite,
        url: str,
        entity_types: Collection[str] = SYNCED_TYPES,
        timeout: float = 60.0,
        token: str | None = None,
    ) -> None:
        self._site = site
        self._url = url.rstrip("/")
        self._event_types = {f"Shotgun_{one}_Change" for one in entity_types}
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._position = site.shown_events
        self._deliveries: deque[Delivery] = deque(maxlen=_KEPT_DELIVERIES)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def deliveries(self) -> list[Delivery]:
        """What was posted last, oldest first; the newest thousand."""
        return list(self._deliveries)

    @property
    def idle(self) -> bool:
        """Whether everything in the log was posted or given up, and nothing is on its way."""
        return self._position >= self._site.expected_events

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop, or was stopped."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Follows the event log from its current end."""
        self._stopping.clear()
        self._position = self._site.shown_events
        self._thread = threading.Thread(
            target=self._follow, name=f"forwarder to {self._url}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stops after the post that is on its way; does nothing when it is not running."""
        if self._thread is None:
            return
        self._stopping.set()
        self._site.wake_waiting()
        self._thread.join()
        self._thread = None

    def _follow(self) -> None:
        while not self._stopping.is_set():
            for event in self._site.wait_for_appearance(
                self._position, _WAIT_SECONDS, self._stopping.is_set
            ):
                if self._stopping.is_set():
                    return
                self._forward(event)
                # Only now, so that `idle` is never true while an event is on its way.
                self._position += 1

    def _forward(self, event: Record) -> None:
        meta = event["meta"]
        if event["event_type"] not in self._event_types or event["project"] is None:
            return
        url = f"{self._url}/{meta['entity_type']}/{meta['entity_id']}"
        try:
            status = self._post(url, _payload(event))
        except requests.RequestException as error:
            self._deliveries.append(Delivery(event["id"], url, error=str(error)))
        else:
            self._deliveries.append(Delivery(event["id"], url, status))

    def _post(self, url: str, payload: dict[str, Any]) -> int:
        """Posts over a connection of its own, as the plug-in does: a kept one may have died."""
        with requests.Session() as session:
            # A proxy of the environment has no business between two local servers.
            session.trust_env = False
            timeout = (_CONNECT_SECONDS, self._timeout)
            answer = session.post(url, json=payload, headers=self._headers, timeout=timeout)
            return answer.status_code


def _payload(event: Record) -> dict[str, Any]:
    """What the plug-in posts: who changed what, and the log entry's id and time."""
    meta = event["meta"]
    return {
        "meta": meta,
        "session_uuid": event["session_uuid"],
        "user": event["user"],
        "project": event["project"],
        "entity_type": meta["entity_type"],
        "entity_id": meta["entity_id"],
        "event_log_entry_id": event["id"],
        "created_at": event["created_at"],
    }
