"""Erasing a person, however the name is written."""

from __future__ import annotations

import pytest

from sg_jira.engine.cleaning import Cleaning
from sg_jira.engine.inbox import Fate
from sg_jira.engine.schema import State
from sg_jira.events import event_from_jira


@pytest.fixture
def cleaning(bench):
    return Cleaning(bench.store, bench.clock, batch=2)


def settle(bench, **fate):
    (entry,) = bench.inbox.take("Task:1", 1).entries
    bench.inbox.settle([Fate(entry.seq, State.DEAD, **fate)])
    return entry.seq


def test_a_person_is_erased_from_what_is_done_and_only_there(bench, store):
    bench.fptr(1, task=1, new_value="Ask Zoë_B (zoe@studio.example)")
    bench.fptr(2, task=2, new_value="Ask ZoëxB")
    bench.drain("Task:1")
    bench.drain("Task:2")
    bench.fptr(3, task=3, new_value="for zoë_b")
    cleaning = Cleaning(store, bench.clock)

    assert cleaning.erase_person("Zoë_B") == 1
    assert [bench.inspection.show(seq)["payload"].get("erased") for seq in (1, 2, 3)] == [
        True,
        None,
        None,
    ]
    assert cleaning.erase_person("ZOE@studio.example") == 0


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Zoë Émile", "Zoë Émile"),
        ("Zoë Émile", "ZOË ÉMILE"),
        ("Zoë Émile", "zoe\u0308 e\u0301mile"),
        ("Weiß", "WEISS"),
        ('Bob "B" O\'Neil', 'bob "b" o\'neil'),
        ("100%_\\ Zoe", "100%_\\ zoe"),
        ("Łukasz 张伟", "łukasz 张伟"),
    ],
)
def test_a_name_is_found_wherever_and_however_it_is_written(bench, cleaning, said, asked):
    text = f"No account for {said}."
    bench.fptr(1, new_value=text)
    in_payload = settle(bench)
    bench.fptr(2)
    in_detail = settle(bench, detail=text)
    bench.fptr(3)
    in_trace = settle(bench, trace=f"Traceback\n  {text}")
    bench.fptr(4, new_value="Zoe")
    other = settle(bench, detail="Bob", trace="100 Zoe")

    assert cleaning.erase_person(asked) == 3

    for seq in (in_payload, in_detail, in_trace):
        shown = bench.inspection.show(seq)
        assert (shown["payload"], shown["detail"], shown["trace"]) == ({"erased": True}, None, None)
    assert bench.inspection.show(other)["detail"] == "Bob"
    assert cleaning.erase_person(asked) == 0


def test_a_name_in_the_url_is_erased(bench, cleaning):
    event = event_from_jira(
        "default", "issue", "CMT-1", {}, received_at=bench.clock(), params={"user_key": ["zoë"]}
    )
    receipt = bench.inbox.accept(event)
    bench.inbox.take(receipt.ordering_key, 1)
    bench.inbox.settle([Fate(receipt.seq, State.SYNCED)])

    assert cleaning.erase_person("Zoë") == 1
    assert bench.inspection.show(receipt.seq)["params"] == {}
