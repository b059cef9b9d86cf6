"""Gives what was found in Jira to the engine, unless it has arrived by another way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sg_jira.events import Source, SyncEvent, event_from_jira
from sg_jira.sources.recognition import Recognition


@dataclass(frozen=True)
class JiraIntake:
    """See the module.

    Parameters:
        recognition: tells what has arrived by another way.
        accept: takes the events.
        clock: the present time, aware.
    """

    recognition: Recognition
    accept: Callable[[SyncEvent], Any]
    clock: Callable[[], datetime]

    def take(self, settings_name: str, issue_key: str, bodies: Iterable[dict[str, Any]]) -> int:
        """Gives how many of the webhook bodies of an Issue were news. Raises `StoreAway`."""
        events = [
            event_from_jira(
                settings_name,
                "issue",
                issue_key,
                body,
                received_at=self.clock(),
                signed=True,
                source=Source.JIRA_SEARCH,
            )
            for body in bodies
        ]
        news = self.recognition.news(events)
        for event in news:
            self.accept(event)
        return len(news)
