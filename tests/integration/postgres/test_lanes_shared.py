"""People's changes before back-fill, by the queue that several workers share."""

from __future__ import annotations

from pathlib import Path

from tests.integration.engine.test_lanes import Studio, feed_while_people_edit
from tests.integration.postgres.worker_process import QUICK


def test_edits_are_served_while_records_are_filled_back(database, wait_until, monkeypatch):
    with Studio(store=Path("unused"), database_url=database, pulse=QUICK) as studio:
        feed_while_people_edit(studio, wait_until, monkeypatch)
