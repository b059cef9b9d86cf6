"""People's changes before back-fill, by the queue that several workers share."""

from __future__ import annotations

from pathlib import Path

from tests.integration.engine.test_lanes import (
    Studio,
    check_that_an_edit_goes_first,
    feed_while_people_edit,
)
from tests.integration.postgres.worker_process import QUICK


def test_edits_are_served_while_records_are_filled_back(database, wait_until, monkeypatch):
    with Studio(store=Path("unused"), database_url=database, pulse=QUICK) as studio:
        feed_while_people_edit(studio, wait_until, monkeypatch)


def test_an_edit_goes_before_the_bridges_own_writes_and_what_is_filled_back(database, wait_until):
    options = {"database_url": database, "pulse": QUICK, "workers": 1}
    with Studio(store=Path("unused"), **options) as studio:
        check_that_an_edit_goes_first(studio, wait_until)
