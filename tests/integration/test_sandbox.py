"""Both sites together: the production on them, where they send things, and when they are quiet."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import jira
import pytest
import shotgun_api3
from flask import Flask, request

from sg_jira.bridge import Bridge
from sg_jira.sandbox import Flavour, Production, Sandbox
from sg_jira.sandbox.serving import SiteServer
from sg_jira.sandbox.shotgun import DEFAULT_PASSWORD
from tests.conftest import connect_bridge


class Receiver:
    """Plays a bridge: notes what is posted to it, and may do something before it answers."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.react: Callable[[str], None] = lambda path: None
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._take, methods=["POST"])
        self._server = SiteServer(app)
        self._server.start()
        self.url = self._server.url
        self.stop = self._server.stop

    def _take(self, path: str) -> str:
        assert request.is_json
        self.paths.append(path)
        self.react(path)
        return ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


def rename_task(sandbox: Sandbox, name: str) -> int:
    production = sandbox.production
    task = production.tasks["Rig Pip"]["id"]
    sandbox.shotgun.acting_as(production.producer.shotgun).update("Task", task, {"content": name})
    return int(task)


def create_issue(sandbox: Sandbox) -> str:
    production = sandbox.production
    assert production.producer.jira is not None
    actor = sandbox.jira.acting_as(production.producer.jira)
    return actor.create_issue(production.jira_key, "Task", summary="Sharpen pencils")


def test_bridge_connects_with_the_settings_of_an_empty_sandbox(empty_sandbox: Sandbox) -> None:
    bridge = connect_bridge(empty_sandbox)

    assert bridge.current_shotgun_user is not None
    assert bridge.current_shotgun_user["id"] == empty_sandbox.script["id"]
    assert bridge.jira.projects() == []
    bridge.shotgun.close()
    bridge.jira.close()


def test_the_settings_are_offered_as_the_variables_of_a_settings_file(sandbox: Sandbox) -> None:
    environment = sandbox.bridge_settings().environment

    assert environment["SGJIRA_SG_SITE"] == sandbox.shotgun.url
    assert environment["SGJIRA_JIRA_SITE"] == sandbox.jira.url
    assert set(environment) == {
        "SGJIRA_SG_SITE",
        "SGJIRA_SG_SCRIPT_NAME",
        "SGJIRA_SG_SCRIPT_KEY",
        "SGJIRA_JIRA_SITE",
        "SGJIRA_JIRA_USER",
        "SGJIRA_JIRA_USER_SECRET",
        "SGJIRA_FPTR_SECRET",
        "SGJIRA_JIRA_SECRET",
    }


def test_production_is_there_for_people_with_their_own_clients(
    sandbox: Sandbox, production: Production
) -> None:
    mira = production.producer
    assert mira.jira is not None
    credentials = sandbox.jira.credentials(mira.jira)
    sg = shotgun_api3.Shotgun(sandbox.shotgun.url, login=mira.login, password=DEFAULT_PASSWORD)
    client = jira.JIRA(sandbox.jira.url, basic_auth=(credentials.user, credentials.secret))

    project = sg.find_one("Project", [["sg_jira_key", "is", production.jira_key]], ["name"])
    tasks = sg.find("Task", [["project", "is", project]], ["sg_jira_key", "sg_sync_in_jira"])

    assert len(tasks) == 30
    assert not any(task["sg_jira_key"] or task["sg_sync_in_jira"] for task in tasks)
    assert client.project(production.jira_key).name == project["name"]
    assert client.search_issues(f"project = {production.jira_key}") == []
    client.close()
    sg.close()


def test_people_are_known_on_both_sites_by_mail_and_one_in_fptr_only(
    sandbox: Sandbox, production: Production, flavour: Flavour
) -> None:
    in_jira = {one.jira.email: one.jira.account_id for one in production.people if one.jira}
    records = {one["email"]: one for one in sandbox.shotgun.records("HumanUser")}

    assert len(in_jira) == 8
    assert set(records) - set(in_jira) == {production.person("odette").email}
    for email, account_id in in_jira.items():
        assert records[email]["sg_jira_account_id"] == (account_id or None)
        assert bool(account_id) == flavour.is_cloud


def test_unseeded_sandbox_says_that_it_has_no_production(empty_sandbox: Sandbox) -> None:
    with pytest.raises(LookupError, match="seeded=True"):
        _ = empty_sandbox.production


def test_both_sites_post_what_happens_to_the_bridge(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.forward_to(f"{receiver.url}/", "features")

    task = rename_task(sandbox, "Rig the otter")
    key = create_issue(sandbox)

    assert sandbox.wait_until_quiet()
    assert sorted(receiver.paths) == [
        f"jira2sg/features/issue/{key}",
        f"sg2jira/features/Task/{task}",
    ]


def test_only_the_latest_bridge_is_told(sandbox: Sandbox, receiver: Receiver) -> None:
    other = Receiver()
    sandbox.forward_to(other.url)
    sandbox.forward_to(receiver.url)

    rename_task(sandbox, "Rig the otter")
    create_issue(sandbox)

    assert sandbox.wait_until_quiet()
    assert len(receiver.paths) == 2
    assert other.paths == []
    other.stop()


def test_seeding_is_not_forwarded(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.forward_to(receiver.url)

    assert sandbox.wait_until_quiet()
    assert receiver.paths == []


def test_quiet_only_after_the_chain_of_answers_has_ended(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    def answer(path: str) -> None:
        """An FPTR change becomes a Jira change, which becomes an FPTR change, five times."""
        if path.startswith("sg2jira"):
            create_issue(sandbox)
        elif len(receiver.paths) < 10:
            rename_task(sandbox, f"Rig Pip, take {len(receiver.paths)}")

    receiver.react = answer
    sandbox.forward_to(receiver.url)
    rename_task(sandbox, "Rig Pip, take 0")

    assert sandbox.wait_until_quiet()
    assert Counter(path.split("/")[0] for path in receiver.paths) == {"sg2jira": 5, "jira2sg": 5}


def test_not_quiet_while_the_bridge_is_still_answering(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    working, may_answer = threading.Event(), threading.Event()

    def answer(path: str) -> None:
        working.set()
        assert may_answer.wait(10)

    receiver.react = answer
    sandbox.forward_to(receiver.url)
    rename_task(sandbox, "Rig the otter")
    assert working.wait(10)

    assert not sandbox.idle
    assert not sandbox.wait_until_quiet(timeout=0.05)
    may_answer.set()
    assert sandbox.wait_until_quiet()


def test_calls_of_the_bridge_are_counted_apart_from_those_of_people(
    sandbox: Sandbox, bridge: Bridge, production: Production
) -> None:
    sandbox.forget_calls()
    mira = production.producer
    sg = shotgun_api3.Shotgun(sandbox.shotgun.url, login=mira.login, password=DEFAULT_PASSWORD)
    sg.find("Task", [])
    sg.close()

    bridge.shotgun.find_one("Task", [])
    bridge.jira.project(production.jira_key)

    calls = sandbox.bridge_calls()
    assert calls.shotgun == {"find Task": 1}
    assert calls.jira == {"GET project/{key}": 1}
    assert calls.totals == (1, 1)


def test_port_of_another_program_is_named_and_nothing_stays_up(sandbox: Sandbox) -> None:
    taken = int(sandbox.jira.url.rpartition(":")[2])
    late = Sandbox(jira_port=taken)

    with pytest.raises(OSError, match=f"127.0.0.1:{taken}"):
        late.start()

    fptr_port = int(late.shotgun.url.rpartition(":")[2])
    again = Sandbox(shotgun_port=fptr_port)
    again.start()
    again.stop()
