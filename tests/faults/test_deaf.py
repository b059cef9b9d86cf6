"""Webhooks off for a while, and SIGKILL: what people did meanwhile is fetched, each edit once."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.sandbox import ACCOUNT_NAME
from tests.faults.people import People, check_both_sites
from tests.faults.victims import Victim, warm_parent
from tests.waiting import wait_until

#: Edits that nobody sends; `make faults` asks for more.
EDITS = int(os.environ.get("FAULTS_EDITS", "40"))
SEED = int(os.environ.get("FAULTS_SEED", "20260301"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


@pytest.fixture
def flavour() -> Flavour:
    """What is fetched from either kind of Jira has tests of its own."""
    return Flavour.CLOUD


@pytest.fixture
def victim(sandbox: Sandbox, tmp_path: Path) -> Iterator[Victim]:
    settings = write_settings(sandbox, tmp_path / "settings.py")
    environment = {"SGJIRA_SEARCH_LAG_SECONDS": "1", **sandbox.bridge_settings().proofs}
    one = Victim(warm_parent(), settings, environment)
    one.start()
    wait_until(lambda: is_up(one), "the bridge is up")
    sandbox.is_bridge_idle = lambda: one.is_idle
    sandbox.forward_to(one.url)
    yield one
    sandbox.stop_forwarding()
    one.terminate()


def is_up(victim: Victim) -> bool:
    told = victim.status()
    return bool(told and told["ready"] and told["settings"]["checked"])


def test_after_deafness_and_a_kill_both_sites_are_equal_and_each_edit_had_one_effect(
    sandbox: Sandbox, victim: Victim
) -> None:
    people = People(sandbox, random.Random(SEED))
    for _ in range(4):
        people.new_task()
    assert sandbox.wait_until_quiet(60)

    sandbox.stop_forwarding()
    sandbox.forget_calls()
    for edit in range(EDITS):
        people.do_something()
        if edit == EDITS // 2:
            victim.kill()
    victim.start()
    wait_until(lambda: is_up(victim), "the bridge is up again")
    catch_up(sandbox, victim)

    check_both_sites(sandbox, people)
    assert set(effects(sandbox, people).values()) == {1}
    sandbox.forget_calls()
    catch_up(sandbox, victim)
    assert writes(sandbox) == 0


def catch_up(sandbox: Sandbox, victim: Victim) -> None:
    """What is fetched may change the other site, so it is looked until that is known, too."""
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(f"{victim.url}/admin/catch-up", timeout=10).ok
    wait_until(lambda: has_looked(victim), "it was looked")
    assert sandbox.wait_until_quiet(60)


def has_looked(victim: Victim) -> bool:
    told = victim.status()
    return bool(told) and not any(each["is_asked"] for each in told["sources"].values())


def effects(sandbox: Sandbox, people: People) -> Counter[tuple[int, str, str]]:
    """How often the bridge has carried each text over: Task, field, text."""
    carried = [
        (event["meta"]["entity_id"], "sg_description", str(event["meta"]["new_value"]))
        for event in sandbox.shotgun.events()
        if event["user"]["type"] == "ApiUser" and event["attribute_name"] == "sg_description"
    ]
    access = sandbox.bridge_settings()
    for task in people.tasks:
        answer = requests.get(
            f"{access.jira_site}/rest/api/2/issue/{people.key(task)}?expand=changelog",
            auth=(access.jira_user, access.jira_secret),
            timeout=10,
        )
        carried += [
            (task, "summary", item["toString"])
            for history in answer.json()["changelog"]["histories"]
            for item in history["items"]
            if item["field"] == "summary" and history["author"]["displayName"] == ACCOUNT_NAME
        ]
    return Counter(carried)


def writes(sandbox: Sandbox) -> int:
    """The calls of the bridge that have changed something."""
    calls = sandbox.bridge_calls()
    return sum(
        count
        for name, count in (*calls.shotgun.items(), *calls.jira.items())
        if not name.startswith(("GET", "find", "schema_", "info"))
    )
