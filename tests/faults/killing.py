"""Kills bridges at seeded random moments while people edit, and looks at what became of events."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sg_jira.event_ids import jira_subject
from sg_jira.sandbox import Sandbox
from tests.faults.people import People
from tests.faults.victims import Senders, Victim
from tests.waiting import wait_until

#: What decides when whom is killed, and what people do.
SEED: Final = int(os.environ.get("FAULTS_SEED", "20260301"))

#: Calls that a bridge may make before it is killed, so that kills hit the work itself.
MOST_CALLS: Final = 80
#: Seconds without a call after which a bridge is killed in any case.
IDLE_SECONDS: Final = 0.3

Row = Mapping[str, Any]


def kill_while_people_edit(
    sandbox: Sandbox,
    people: People,
    victims: Sequence[Victim],
    kills: int,
    read_events: Callable[[], Sequence[Row]],
) -> None:
    """Kills again and again; in the end no accepted event is lost, given up or out of order.

    Parameters:
        victims: the first one receives.
        read_events: gives all events of the store in the order of their arrival.
    """
    dice, pause = people.dice, threading.Event()
    with Senders(sandbox, victims[0]) as senders:
        people.new_task()
        wait_until(lambda: all(victim.is_ready for victim in victims), "the bridge is up")
        for _ in range(kills):
            for _ in range(dice.randint(1, 4)):
                people.do_something()
                pause.wait(dice.uniform(0, 0.05))
            victim = dice.choice(victims)
            if dice.random() < 0.7:  # the others are killed while they start
                wait_until(lambda victim=victim: victim.is_ready, "the bridge is up")  # type: ignore[misc]
                let_work(sandbox, dice.randint(0, MOST_CALLS))
            pause.wait(dice.uniform(0, 0.05))
            victim.kill()
            victim.start()
        settle(sandbox, victims[0], senders)
        accepted = senders.accepted

    events = read_events()
    states = {event["id"]: event["state"] for event in events}
    assert accepted <= states.keys(), "an accepted event is lost"
    assert {states[event] for event in accepted} <= {"synced", "skipped", "merged"}
    check_order(events)


def let_work(sandbox: Sandbox, calls: int) -> None:
    """Waits until the sites have got so many more calls, or get none for a while."""
    now = calls_of_bridges(sandbox)
    wanted, pause, called = now + calls, threading.Event(), time.monotonic()
    while now < wanted and time.monotonic() < called + IDLE_SECONDS:
        pause.wait(0.002)
        before, now = now, calls_of_bridges(sandbox)
        if now != before:
            called = time.monotonic()


def calls_of_bridges(sandbox: Sandbox) -> int:
    """How many calls both sites have got."""
    of_jira = sandbox.jira.controls.calls.count(caller="?*@*")
    return sandbox.shotgun.controls.calls.count() + of_jira


def settle(sandbox: Sandbox, receiver: Victim, senders: Senders) -> None:
    """Waits until nothing is on its way, twice in a row with no call in between."""
    seen: list[int] = []

    def is_quiet() -> bool:
        now = sandbox.shotgun.last_event_id
        calls = calls_of_bridges(sandbox)
        idle = senders.is_idle and receiver.is_idle and senders.is_idle
        same = seen == [now, calls]
        seen[:] = [now, calls]
        return idle and same

    def what_is_not() -> list[Any]:
        told = senders.from_fptr.describe(), senders.from_jira.describe()
        return [*told, seen, receiver.status()]

    wait_until(is_quiet, "all is quiet", patience=300, instead=what_is_not)


def check_order(events: Sequence[Row]) -> None:
    """No event of a record, an Issue, a comment or a worklog was done before an earlier one."""
    earlier: dict[tuple[Any, ...], Row] = {}
    for event in events:
        subject = jira_subject(json.loads(event["payload"])) or event["subject_id"]
        place = (event["direction"], event["subject_type"], subject)
        before = earlier.get(place, event)
        assert event["done_at"] >= before["done_at"], f"{dict(event)} has overtaken {dict(before)}"
        earlier[place] = event
