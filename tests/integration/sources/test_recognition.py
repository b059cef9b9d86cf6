"""A fetched change that has arrived by another way is recognised, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sg_jira.engine.inbox import Inbox
from sg_jira.engine.sqlite_store import open_store
from sg_jira.events import Source, SyncEvent, event_from_jira, event_from_shotgun
from sg_jira.sources.recognition import Recognition

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Known:
    """What has arrived, and what is fetched."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(folder / "events.sqlite3")
        self.inbox = Inbox(self.store, lambda: NOON, lambda connection, event: event.ordering_key)
        self.recognition = Recognition(self.store, ("default", "other"))

    def arrives(self, event: SyncEvent) -> None:
        self.inbox.accept(event)

    def is_news(self, *events: SyncEvent) -> list[bool]:
        news = self.recognition.news(events)
        return [event in news for event in events]


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Known]:
    made = Known(tmp_path)
    yield made
    made.store.close()


def body(number: int | None, field: str = "content", value: str = "x") -> dict[str, Any]:
    return {
        "event_log_entry_id": number,
        "created_at": NOON.isoformat().replace("+00:00", "Z"),
        "meta": {"type": "attribute_change", "attribute_name": field, "new_value": value},
    }


def told(payload: dict[str, Any], *, signed: bool = True, after: float = 1.0) -> SyncEvent:
    at = NOON + timedelta(seconds=after)
    return event_from_shotgun("default", "Task", 7, payload, received_at=at, signed=signed)


def fetched(payload: dict[str, Any], name: str = "default") -> SyncEvent:
    at = NOON + timedelta(minutes=20)
    return event_from_shotgun(
        name, "Task", 7, payload, received_at=at, signed=True, source=Source.EVENT_LOG
    )


def test_what_has_not_arrived_is_news(known: Known) -> None:
    assert known.is_news(fetched(body(5))) == [True]


def test_a_signed_event_with_the_same_id_is_known_for_every_entry(known: Known) -> None:
    known.arrives(told(body(5)))

    assert known.is_news(fetched(body(5)), fetched(body(5), "other")) == [False, False]


def test_an_unsigned_event_of_the_same_change_is_known(known: Known) -> None:
    known.arrives(told(body(5), signed=False))

    assert known.is_news(fetched(body(5))) == [False]


def test_a_guessed_id_hides_nothing(known: Known) -> None:
    known.arrives(told(body(5), signed=False, after=-1))
    known.arrives(told(body(6, "nothing"), signed=False))

    assert known.is_news(fetched(body(5)), fetched(body(6))) == [True, True]


def test_an_event_without_id_is_adopted_by_one_entry_only(known: Known) -> None:
    known.arrives(told(body(None), signed=False))

    assert known.is_news(fetched(body(5)), fetched(body(6))) == [False, True]
    assert known.is_news(fetched(body(5))) == [False]


@pytest.mark.parametrize("after", [-120.0, 16 * 60.0])
def test_an_event_of_another_time_is_not_adopted(known: Known, after: float) -> None:
    known.arrives(told(body(None), after=after))

    assert known.is_news(fetched(body(5))) == [True]


def test_an_event_with_another_value_is_not_adopted(known: Known) -> None:
    known.arrives(told(body(None, value="y")))

    assert known.is_news(fetched(body(5))) == [True]


def test_a_log_entry_that_has_arrived_is_known_signed_or_not(known: Known) -> None:
    known.arrives(told(body(5), signed=False))
    known.arrives(told(body(6)))

    assert known.recognition.known_entries([5, 6, 7], {"default"}) == {5, 6}


def test_a_jira_change_told_by_an_unsigned_webhook_is_known(known: Known) -> None:
    def change(signed: bool, field: str, at: datetime) -> SyncEvent:
        return event_from_jira(
            "default",
            "issue",
            "LAN-1",
            {
                "webhookEvent": "jira:issue_updated",
                "timestamp": int(NOON.timestamp() * 1000),
                "issue": {"id": "10", "key": "LAN-1"},
                "changelog": {"id": "77", "items": [{"field": field, "fieldId": field}]},
            },
            received_at=at,
            signed=signed,
        )

    known.arrives(change(False, "summary", NOON + timedelta(seconds=1)))

    assert known.is_news(change(True, "summary", NOON)) == [False]
    assert known.is_news(change(True, "labels", NOON)) == [True]
