"""A worker in a process of its own, whose bridge writes down when it begins and ends an event."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import psycopg

from sg_jira.engine.dispatch import Pulse
from sg_jira.engine.postgres import connection_text
from sg_jira.engine.running import Engine, EngineOptions
from sg_jira.web.reasons import Redaction
from tests.integration.engine.conftest import Records, StudioBridge

QUICK = Pulse(heartbeat=0.2, dead_after=2.0, look=0.05, sweep="* * * * * *")
#: Seconds that an event takes.
_WORK = 0.01


class WritingBridge(StudioBridge):
    """Keeps no list of its own: what happened is in the table `run`, in order."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.shotgun = Records({"content": "present"})
        self._url = connection_text(url)
        self._threads = threading.local()

    def sync_in_jira(
        self, settings_name: str, entity_type: str, entity_id: int, event: Any, **kwargs: Any
    ) -> bool:
        number = event["event_log_entry_id"]
        self._write(entity_id, number, "begin")
        threading.Event().wait(_WORK)
        self._write(entity_id, number, "end")
        return True

    def sync_all_in_jira(
        self,
        settings_name: str,
        entity_type: str,
        entity_id: int,
        events: Any,
        present: Any = None,
    ) -> list[bool]:
        return [self.sync_in_jira(settings_name, entity_type, entity_id, events[0])]

    def _write(self, task: int, number: int, what: str) -> None:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = psycopg.connect(self._url, autocommit=True)
        self._threads.connection.execute(
            "INSERT INTO run (task, number, pid, what) VALUES (%s, %s, %s, %s)",
            (task, number, os.getpid(), what),
        )


def work(url: str) -> None:
    """Works until it is killed."""
    bridge = WritingBridge(url)
    options = EngineOptions(Path("unused"), database_url=url, workers=4, pulse=QUICK)
    Engine(options, lambda: bridge, Redaction([])).start()
    threading.Event().wait()
