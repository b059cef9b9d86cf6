"""Which deliveries of FPTR's webhooks are to be acknowledged: once their events are done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.deliveries import KEPT_BY_FPTR, Deliveries
from sg_jira.engine.inbox import Fate, Inbox, Receipt
from sg_jira.engine.schema import State
from sg_jira.events import Source, event_from_shotgun


class Book:
    """Takes deliveries and settles their events, on the store of a bench."""

    def __init__(self, bench: Any, acknowledges: bool = True) -> None:
        self.bench = bench
        self.deliveries = Deliveries(bench.store)
        self.inbox = Inbox(
            bench.store, bench.clock, bench.identities.resolve, acknowledges=acknowledges
        )

    def take(self, delivery: Any, number: int = 7, **told: Any) -> Receipt:
        payload = {"event_log_entry_id": number, "delivery_id": delivery}
        how = {"signed": True, "source": Source.SHOTGUN_WEBHOOK, **told}
        event = event_from_shotgun(
            "default", "Task", 1, payload, received_at=self.bench.clock(), **how
        )
        return self.inbox.accept(event)

    def settle(self, receipt: Receipt, state: State, **fate: Any) -> None:
        self.inbox.settle([Fate(receipt.seq, state, **fate)])

    @property
    def due(self) -> list[tuple[str, str]]:
        return [(each.id, each.state) for each in self.deliveries.settled(10)]


def test_a_delivery_is_due_once_its_event_is_done_and_until_it_was_told(bench):
    book = Book(bench)
    first, second = book.take("d-1", 1), book.take("d-2", 2)
    assert book.due == []

    book.settle(second, State.SKIPPED, reason="echo")
    book.settle(first, State.SYNCED)
    assert book.due == [("d-1", "synced"), ("d-2", "skipped")]

    book.deliveries.told(book.deliveries.settled(1)[0])
    assert book.due == [("d-2", "skipped")]


def test_a_delivery_of_a_known_event_and_one_that_comes_again_are_due(bench):
    book = Book(bench)
    book.settle(book.take("d-1"), State.SYNCED)
    book.take("d-2")  # another webhook tells the same
    assert book.due == [("d-1", "synced"), ("d-2", "synced")]

    for each in book.deliveries.settled(10):
        book.deliveries.told(each)
    book.take("d-1")
    assert book.due == [("d-1", "synced")]


def test_a_dead_letter_is_told_and_what_becomes_of_it_again(bench):
    book = Book(bench)
    receipt = book.take("d-1")
    book.settle(receipt, State.DEAD, reason="site_refused")
    (dead,) = book.deliveries.settled(10)
    book.deliveries.told(dead)
    assert book.due == []
    book.take("d-1")  # sent again
    assert book.due == [("d-1", "dead")]

    book.deliveries.told(dead)
    book.settle(receipt, State.SYNCED)
    assert book.due == [("d-1", "synced")]


def test_what_is_not_signed_not_delivered_or_no_id_is_not_noted(bench):
    book = Book(bench)
    odd = [
        book.take("d-1", 1, signed=False),
        book.take("d-2", 2, source=Source.EVENT_DAEMON),
        *(book.take(id, 3 + n) for n, id in enumerate([None, 5, "", "../hooks/1", "d" * 65])),
        Book(bench, acknowledges=False).take("d-3", 20),
    ]
    for receipt in odd:
        book.settle(receipt, State.SYNCED)

    assert book.due == []


def test_what_fptr_has_forgotten_by_now_is_forgotten(bench, clock):
    book = Book(bench)
    book.take("d-1", 1)
    clock.seconds += KEPT_BY_FPTR.total_seconds() + 1
    receipts = book.take("d-1", 1), book.take("d-2", 2)
    clock.seconds += 10
    old = book.take("d-3", 3)
    clock.seconds += KEPT_BY_FPTR.total_seconds() - 5
    Cleaning(bench.store, clock).delete_old(timedelta(days=14))
    for receipt in (*receipts, old):
        book.settle(receipt, State.SYNCED)

    assert book.due == [("d-3", "synced")]
