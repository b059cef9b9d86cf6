"""Full syncs of many Tasks: what they cost, and what becomes of those that go wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from jira.exceptions import JIRAError

from sg_jira import Bridge
from sg_jira.cli import main
from sg_jira.demo.service import RunningBridge
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.sqlite_store import open_store
from sg_jira.events import full_sync_of
from sg_jira.handlers import SyncHandler, TaskIssueHandler
from sg_jira.readings import Ahead
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.syncer import Syncer
from tests.conftest import sockets_collected
from tests.integration.engine.conftest import Clock
from tests.integration.pairs import Pair, create_task

#: Tasks in the test of the budget; they fit into one page of each site.
MANY = 36
#: Calls for Tasks, and not for what is learned of the sites.
PER_TASK = ("Task", "Note", "TimeLog", "batch", "issue/{key}", "bulk", "POST")
cloud_only = pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)


def many_tasks(sandbox: Sandbox, count: int = 3) -> list[Pair]:
    return [
        create_task(sandbox, f"Dig {one}", sg_description="Deep.", sg_sync_in_jira=True)
        for one in range(count)
    ]


def events_of(sandbox: Sandbox, tasks: list[Pair]) -> dict[int, Any]:
    project = sandbox.production.project
    return {
        task.id: full_sync_of({"type": "Task", "id": task.id, "project": project}) for task in tasks
    }


def prepare(
    bridge: Bridge, sandbox: Sandbox, tasks: list[Pair], name: str = "default"
) -> dict[int, Ahead]:
    parts = bridge.prepare_full_syncs(name, "Task", events_of(sandbox, tasks))
    return {number: ahead for part in parts for number, ahead in part.items()}


def sync_prepared(
    bridge: Bridge, sandbox: Sandbox, tasks: list[Pair], name: str = "default"
) -> Any:
    """Prepares full syncs together and then makes each of them, as the engine does."""
    events = events_of(sandbox, tasks)
    ahead = prepare(bridge, sandbox, tasks, name)
    results = []
    for number, event in events.items():
        if number in ahead:
            with bridge.reading_ahead(ahead[number]):
                results.append(bridge.sync_in_jira(name, "Task", number, event))
        else:
            results.append(bridge.sync_in_jira(name, "Task", number, event))
    return results


def issues_of(sandbox: Sandbox) -> dict[str, str]:
    """Summary -> key; fails when a record has several Issues."""
    shown = sandbox.jira.issues(JIRA_KEY)
    found = {issue["fields"]["summary"]: issue["key"] for issue in shown}
    assert len(found) == len(shown), "a Task has several Issues"
    return found


def assert_all_whole(sandbox: Sandbox, tasks: list[Pair]) -> None:
    assert issues_of(sandbox) == {task.task["content"]: task.key for task in tasks}
    assert {task.issue["description"] for task in tasks} == {"Deep."}


def calls_of_sync(sandbox: Sandbox, folder: Path, run: str) -> tuple[dict[str, int], ...]:
    """Fills all Tasks back; the calls for the Tasks themselves, to FPTR and to Jira.

    Connecting and learning of the sites costs others.
    """
    sandbox.forget_calls()
    arguments = ["sync", "--settings", str(folder / "settings.py"), "--run", run, "--json"]
    with sockets_collected():
        told = CliRunner().invoke(main, arguments)
    assert json.loads(told.output)["states"] == {"synced": MANY}, told.output
    calls = sandbox.bridge_calls()
    shotgun, jira = (
        {name: count for name, count in made.items() if any(one in name for one in PER_TASK)}
        for made in (calls.shotgun, calls.jira)
    )
    return shotgun, jira


def test_a_page_of_tasks_costs_a_page_of_calls(
    sandbox: Sandbox, live_bridge: RunningBridge, tmp_path: Path
) -> None:
    sandbox.stop_forwarding()  # echoes would cost nothing, but let a Task go on alone
    tasks = many_tasks(sandbox, MANY)
    search = "POST search/jql" if sandbox.flavour.is_cloud else "POST search"

    # One `find Task` lists them, one reads them.
    assert calls_of_sync(sandbox, tmp_path, "new") == (
        {"find Task": 2, "find Note": 1, "batch": 1},
        {"POST issue/bulk": 1, search: 1, "PUT issue/{key}": MANY},
    )
    assert_all_whole(sandbox, tasks)

    tasks[7].in_fptr().update("Task", tasks[7].id, {"content": "Dig deeper"})
    assert calls_of_sync(sandbox, tmp_path, "again") == (
        {"find Task": 2, "find Note": 1},
        {search: 1, "PUT issue/{key}": 1},
    )
    assert tasks[7].issue["summary"] == "Dig deeper"


def test_an_issue_that_jira_refuses_costs_only_itself(sandbox: Sandbox, bridge: Bridge) -> None:
    sandbox.jira.add_project("SIDE", "Side")
    script = sandbox.shotgun.acting_as(sandbox.script)
    other = script.create("Project", {"name": "Side", "sg_jira_key": "SIDE"})
    (warm,) = many_tasks(sandbox, 1)
    aside = create_task(sandbox, "Elsewhere", project=other, sg_sync_in_jira=True)
    sync_prepared(bridge, sandbox, [warm, aside])
    sandbox.jira.forbid(sandbox.account, "CREATE_ISSUES", "SIDE")
    refused = create_task(sandbox, "Refused", project=other, sg_sync_in_jira=True)
    tasks = many_tasks(sandbox, 2)
    sandbox.forget_calls()

    with pytest.raises((JIRAError, RuntimeError)):
        sync_prepared(bridge, sandbox, [tasks[0], tasks[1], refused])
    assert sandbox.bridge_calls().jira["POST issue/bulk"] == 1

    assert [task.key for task in tasks], "the others have their Issues"
    assert refused.task["sg_jira_key"] is None
    sandbox.jira.allow_everything(sandbox.account)
    assert sync_prepared(bridge, sandbox, [refused]) == [True]
    assert len(sandbox.jira.issues("SIDE")) == 2


#: What stops the preparation of a page after its Issues were created.
halfway = pytest.mark.parametrize(
    ("site", "kind", "endpoint"),
    [
        ("jira", FaultKind.LOST_ANSWER, "POST issue/bulk"),
        ("jira", FaultKind.RESET, "POST search*"),
        ("shotgun", FaultKind.RESET, "batch*"),
        ("shotgun", FaultKind.LOST_ANSWER, "batch*"),
    ],
    ids=["no answer of the creation", "not seen", "keys not written", "no answer for the keys"],
)


@cloud_only
@halfway
def test_what_stopped_halfway_is_taken_up_by_the_next_process(
    sandbox: Sandbox, bridge: Bridge, tmp_path: Path, site: str, kind: FaultKind, endpoint: str
) -> None:
    tasks, clock = many_tasks(sandbox), Clock()
    getattr(sandbox, site).controls.faults.add(Fault(kind, endpoint=endpoint))
    store = open_store(tmp_path / "store.sqlite3")
    try:
        bridge.links = DurableLinks(store, clock, search_lag=60)
        with pytest.raises((requests.ConnectionError, ConnectionError)):
            sync_prepared(bridge, sandbox, tasks)
        assert len(issues_of(sandbox)) == 3

        bridge.links = DurableLinks(store, clock, search_lag=60)  # nothing is known but the store
        assert sync_prepared(bridge, sandbox, tasks) == [True] * 3
        assert_all_whole(sandbox, tasks)
    finally:
        store.close()


@cloud_only
def test_who_has_an_issue_made_at_this_moment_gets_no_second_one(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    tasks = many_tasks(sandbox)
    with bridge.links.creating(f"Task:{tasks[1].id}"):
        prepare(bridge, sandbox, tasks)

    assert [task.task["sg_jira_key"] is None for task in tasks] == [False, True, False]


@cloud_only
def test_a_first_sync_that_is_still_to_come_is_made_by_whatever_comes_first(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    (task,) = many_tasks(sandbox, 1)
    prepare(bridge, sandbox, [task])
    task.in_jira().edit(task.key, summary="Brush")
    meta = {"type": "attribute_change", "attribute_name": "due_date", "new_value": None}

    event = {"meta": meta, "project": sandbox.production.project}
    assert bridge.sync_in_jira("default", "Task", task.id, event) is True
    assert (task.issue["summary"], task.issue["description"]) == ("Brush", "Deep.")


@cloud_only
def test_a_screen_without_a_place_for_the_record_has_issues_made_one_by_one(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    tasks = many_tasks(sandbox, 2)
    sandbox.jira.place_field("Shotgun ID", on_create=False)

    sync_prepared(bridge, sandbox, tasks)

    calls = sandbox.bridge_calls().jira
    assert (calls["POST issue"], calls.get("POST issue/bulk")) == (2, None)


class Own(TaskIssueHandler):
    """A studio's handler with a way of its own to create Issues."""

    asked: list[str] = []

    def _create_jira_issue_for_entity(self, sg_entity: Any, *args: Any, **properties: Any) -> Any:
        self.asked.append(sg_entity["content"])
        return super()._create_jira_issue_for_entity(sg_entity, *args, **properties)


class OwnValues(TaskIssueHandler):
    """A studio's handler with a way of its own to write values."""

    asked: list[str] = []

    def _get_jira_issue_field_sync_value(
        self, project: Any, issue: Any, *args: Any, **more: Any
    ) -> Any:
        self.asked.append(issue.key)
        return super()._get_jira_issue_field_sync_value(project, issue, *args, **more)


class OwnSyncer(Syncer):
    """A studio's syncer whose handler knows nothing of pages."""

    @property
    def handlers(self) -> list[SyncHandler]:
        return [SyncHandler(self)]

    def setup(self) -> None: ...


@pytest.fixture
def studio(bridge: Bridge) -> Iterator[Any]:
    """Lets a handler of the studio's own sync Tasks."""

    def use(handler: Any) -> str:
        handler.asked.clear()
        entry = {"syncer": "tests.contract.probes.SwappingSyncer", "settings": {"task": handler}}
        bridge._sync_settings = {"studio": entry}
        return "studio"

    return use


@cloud_only
def test_a_studio_that_creates_issues_itself_is_asked_for_each(
    sandbox: Sandbox, bridge: Bridge, studio: Any
) -> None:
    tasks = many_tasks(sandbox)

    assert sync_prepared(bridge, sandbox, tasks, studio(Own)) == [True] * 3
    assert Own.asked == ["Dig 0", "Dig 1", "Dig 2"]
    calls = sandbox.bridge_calls()
    assert (calls.jira["POST issue"], calls.jira.get("POST issue/bulk")) == (3, None)
    assert calls.shotgun["find Task"] == 1, "they are read together all the same"
    assert_all_whole(sandbox, tasks)


@cloud_only
def test_a_studio_that_converts_values_itself_is_asked_about_the_real_issue(
    sandbox: Sandbox, bridge: Bridge, studio: Any
) -> None:
    tasks = many_tasks(sandbox)

    sync_prepared(bridge, sandbox, tasks, studio(OwnValues))
    assert set(OwnValues.asked) == {task.key for task in tasks}
    assert sandbox.bridge_calls().jira["POST issue/bulk"] == 1


@cloud_only
def test_a_syncer_that_prepares_nothing_is_asked_for_nothing(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    tasks = many_tasks(sandbox, 2)
    syncer = "tests.integration.test_back_fill.OwnSyncer"
    bridge._sync_settings = {"default": {"syncer": syncer}}
    bridge.get_syncer("default")
    sandbox.forget_calls()

    assert prepare(bridge, sandbox, tasks) == {}
    assert sandbox.bridge_calls().totals == (0, 0)


@cloud_only
def test_keys_that_people_have_made_up_do_not_spoil_the_page(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    tasks = many_tasks(sandbox)
    for task, key in zip(tasks, (f"{JIRA_KEY}-999", "x) OR (key != y", None), strict=True):
        task.in_fptr().update("Task", task.id, {"sg_jira_key": key})

    assert sync_prepared(bridge, sandbox, tasks) == [False, False, True]
    assert list(issues_of(sandbox)) == ["Dig 2"]


@cloud_only
def test_notes_are_read_by_the_page(sandbox: Sandbox, bridge: Bridge) -> None:
    tasks = many_tasks(sandbox)
    data = {"project": sandbox.production.project, "content": "Oak?"}
    for task in tasks[:2]:
        task.in_fptr().create("Note", {**data, "subject": f"For {task.id}", "tasks": [task.link]})

    sync_prepared(bridge, sandbox, tasks)

    assert [len(task.comments) for task in tasks] == [1, 1, 0]
    assert sandbox.bridge_calls().shotgun["find Note"] == 1


def check_that_linked_notes_cost_nothing(sandbox: Sandbox, bridge: Bridge) -> None:
    """Three Tasks have two Notes each; one of these was edited while nobody looked."""
    tasks = many_tasks(sandbox)
    data = {"project": sandbox.production.project, "content": "Oak?"}
    notes = [
        task.in_fptr().create("Note", {**data, "subject": f"Wood {one}", "tasks": [task.link]})
        for task in tasks
        for one in range(2)
    ]
    assert all(sync_prepared(bridge, sandbox, tasks))
    tasks[0].in_fptr().update("Note", notes[0]["id"], {"content": "Pine."})
    sandbox.forget_calls()

    assert all(sync_prepared(bridge, sandbox, tasks))
    shotgun, jira = sandbox.bridge_calls().shotgun, sandbox.bridge_calls().jira
    assert (shotgun["find Task"], shotgun["find Note"]) == (1, 1)
    assert jira == {"POST search/jql": 1, "PUT issue/{key}/comment/{id}": 1}
    assert "Pine." in tasks[0].comments[0]["body"]
    assert [len(task.comments) for task in tasks] == [2, 2, 2]


@cloud_only
def test_linked_notes_are_compared_with_what_the_page_has_brought(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    check_that_linked_notes_cost_nothing(sandbox, bridge)


def check_that_a_note_has_one_comment(sandbox: Sandbox, bridge: Bridge) -> None:
    """Its own event comes after its Task was prepared, and before that is synced."""
    (task,) = many_tasks(sandbox, 1)
    project = sandbox.production.project
    data = {"project": project, "content": "Oak?", "subject": "Wood", "tasks": [task.link]}
    note = task.in_fptr().create("Note", data)
    ahead = prepare(bridge, sandbox, [task])
    meta = {"type": "attribute_change", "attribute_name": "tasks", "added": [task.link]}
    event = {"meta": {**meta, "removed": []}, "project": project}
    assert bridge.sync_in_jira("default", "Note", note["id"], event)
    assert len(task.comments) == 1

    with bridge.reading_ahead(ahead[task.id]):
        bridge.sync_in_jira("default", "Task", task.id, events_of(sandbox, [task])[task.id])
    assert len(task.comments) == 1


@cloud_only
def test_a_note_that_is_synced_meanwhile_gets_no_second_comment(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    check_that_a_note_has_one_comment(sandbox, bridge)
