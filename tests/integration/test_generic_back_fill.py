"""Full syncs of many records of the generic family, prepared by the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from sg_jira import Bridge
from sg_jira.demo.service import RunningBridge
from sg_jira.engine.links import DurableLinks
from sg_jira.engine.sqlite_store import open_store
from sg_jira.handlers import EntitiesGenericHandler
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.web.http import HTTPServer
from tests.conftest import sockets_collected
from tests.integration.engine.conftest import Clock
from tests.integration.pairs import create_task
from tests.integration.test_back_fill import (
    MANY,
    assert_all_whole,
    calls_of_sync,
    check_that_a_note_has_one_comment,
    check_that_linked_notes_cost_nothing,
    cloud_only,
    halfway,
    issues_of,
    many_tasks,
    prepare,
    sync_prepared,
)

MAPPING: list[dict[str, Any]] = [
    {
        "sg_entity": "Task",
        "jira_issue_type": "Task",
        "field_mapping": [
            {"sg_field": "content", "jira_field": "summary"},
            {"sg_field": "sg_description", "jira_field": "description"},
            {"sg_field": "due_date", "jira_field": "duedate"},
        ],
    },
    {"sg_entity": "Note"},
    {
        "sg_entity": "TimeLog",
        "field_mapping": [{"sg_field": "description", "jira_field": "comment"}],
    },
]
GENERIC: dict[str, Any] = {
    "syncer": "sg_jira.EntitiesGenericSyncer",
    "settings": {"entity_mapping": MAPPING},
}


@pytest.fixture
def generic(bridge: Bridge) -> Bridge:
    """A bridge whose entry maps Tasks, Notes and TimeLogs."""
    bridge._sync_settings = {"default": GENERIC}
    bridge.get_syncer("default")
    return bridge


def test_a_page_of_records_costs_a_page_of_calls(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    search = "POST search/jql" if sandbox.flavour.is_cloud else "POST search"
    with sockets_collected(), RunningBridge(sandbox, tmp_path, entry=GENERIC):
        sandbox.stop_forwarding()
        tasks = many_tasks(sandbox, MANY)

        # One `find Task` lists them, one reads them. An Issue is made with all its values.
        assert calls_of_sync(sandbox, tmp_path, "new") == (
            {"find Task": 2, "find Note": 1, "find TimeLog": 1, "batch": 1},
            {"POST issue/bulk": 1, search: 1},
        )
        assert_all_whole(sandbox, tasks)

        tasks[7].in_fptr().update("Task", tasks[7].id, {"content": "Dig deeper"})
        assert calls_of_sync(sandbox, tmp_path, "again") == (
            {"find Task": 2, "find Note": 1, "find TimeLog": 1},
            {search: 1, "PUT issue/{key}": 1},
        )
        assert tasks[7].issue["summary"] == "Dig deeper"


@cloud_only
def test_what_is_not_synced_gets_no_issue(sandbox: Sandbox, generic: Bridge) -> None:
    tasks = many_tasks(sandbox)
    tasks[1].in_fptr().update("Task", tasks[1].id, {"sg_sync_in_jira": False})

    assert sync_prepared(generic, sandbox, tasks) == [True, False, True]
    assert sorted(issues_of(sandbox)) == ["Dig 0", "Dig 2"]


@cloud_only
def test_a_record_with_a_parent_waits_for_its_parents_issue(
    sandbox: Sandbox, bridge: Bridge
) -> None:
    summary = {"sg_field": "code", "jira_field": "summary"}
    asset = {"sg_entity": "Asset", "jira_issue_type": "Epic", "field_mapping": [summary]}
    pairs = [*MAPPING[0]["field_mapping"], {"sg_field": "entity", "jira_field": "parent"}]
    mapping = [{**MAPPING[0], "field_mapping": pairs}, asset]
    bridge._sync_settings = {"default": {**GENERIC, "settings": {"entity_mapping": mapping}}}
    home = sandbox.production.project
    script = sandbox.shotgun.acting_as(sandbox.script)
    kite = script.create("Asset", {"project": home, "code": "Kite", "sg_sync_in_jira": True})
    link = {"type": "Asset", "id": kite["id"]}
    part = create_task(sandbox, "Rig the kite", entity=link, sg_sync_in_jira=True)
    (alone,) = many_tasks(sandbox, 1)

    prepare(bridge, sandbox, [part, alone])
    assert list(issues_of(sandbox)) == ["Dig 0"]
    assert part.task["sg_jira_key"] is None


@cloud_only
@halfway
def test_what_stopped_halfway_is_taken_up_by_the_next_process(
    sandbox: Sandbox, generic: Bridge, tmp_path: Path, site: str, kind: FaultKind, endpoint: str
) -> None:
    tasks, clock = many_tasks(sandbox), Clock()
    getattr(sandbox, site).controls.faults.add(Fault(kind, endpoint=endpoint))
    store = open_store(tmp_path / "store.sqlite3")
    try:
        generic.links = DurableLinks(store, clock, search_lag=60)
        with pytest.raises((requests.ConnectionError, ConnectionError)):
            sync_prepared(generic, sandbox, tasks)

        generic.links = DurableLinks(store, clock, search_lag=60)
        assert sync_prepared(generic, sandbox, tasks) == [True] * 3
        assert_all_whole(sandbox, tasks)
    finally:
        store.close()


def asking(name: str) -> type[EntitiesGenericHandler]:
    """A studio's handler that has put something in the place of a member."""

    def ask(self: Any, sg_entity: Any, *args: Any) -> Any:
        self.asked.append(sg_entity["content"])
        return getattr(EntitiesGenericHandler, name)(self, sg_entity, *args)

    return type("Own", (EntitiesGenericHandler,), {name: ask, "asked": []})


@pytest.fixture
def studio(bridge: Bridge) -> Callable[[Any], str]:
    """Lets a handler of the studio's own sync records."""

    def use(handler: Any) -> str:
        syncer = "tests.contract.probes.GenericSwappingSyncer"
        settings = {"entity_mapping": MAPPING, "handler": handler}
        bridge._sync_settings = {"studio": {"syncer": syncer, "settings": settings}}
        return "studio"

    return use


@cloud_only
@pytest.mark.parametrize("name", ["_create_jira_issue", "_create_jira_entity", "_get_jira_entity"])
def test_a_studio_that_makes_issues_its_own_way_is_asked_for_each(
    sandbox: Sandbox, bridge: Bridge, studio: Callable[[Any], str], name: str
) -> None:
    tasks, handler = many_tasks(sandbox), asking(name)

    assert sync_prepared(bridge, sandbox, tasks, studio(handler)) == [True] * 3
    if name != "_get_jira_entity":  # that one is asked for a key, which none of them has
        assert handler.asked == ["Dig 0", "Dig 1", "Dig 2"]  # type: ignore[attr-defined]
    calls = sandbox.bridge_calls()
    assert (calls.jira["POST issue"], calls.jira.get("POST issue/bulk")) == (3, None)
    assert calls.shotgun["find Task"] == 1, "they are read together all the same"
    assert_all_whole(sandbox, tasks)


@cloud_only
def test_a_studio_that_accepts_its_own_way_is_asked_for_each(
    sandbox: Sandbox, bridge: Bridge, studio: Callable[[Any], str]
) -> None:
    class Choosy(EntitiesGenericHandler):
        def accept_shotgun_event(self, entity_type: str, entity_id: int, event: Any) -> bool:
            wanted = super().accept_shotgun_event(entity_type, entity_id, event)
            return wanted and entity_id != tasks[0].id

    tasks = many_tasks(sandbox)
    assert sync_prepared(bridge, sandbox, tasks, studio(Choosy)) == [False, True, True]
    assert sorted(issues_of(sandbox)) == ["Dig 1", "Dig 2"]


@cloud_only
def test_a_note_of_several_records_becomes_one_comment(sandbox: Sandbox, generic: Bridge) -> None:
    tasks = many_tasks(sandbox)
    links = [task.link for task in tasks[:2]]
    data = {"project": sandbox.production.project, "content": "Oak?", "subject": "Wood"}
    tasks[0].in_fptr().create("Note", {**data, "tasks": links})

    assert sync_prepared(generic, sandbox, tasks) == [True] * 3
    assert [len(task.comments) for task in tasks] == [1, 0, 0]
    assert len(sandbox.jira.issues(JIRA_KEY)) == 3

    sandbox.forget_calls()
    assert sync_prepared(generic, sandbox, tasks) == [True] * 3
    assert sandbox.bridge_calls().shotgun["find Note"] == 1


@cloud_only
def test_a_note_that_is_synced_meanwhile_gets_no_second_comment(
    sandbox: Sandbox, generic: Bridge
) -> None:
    check_that_a_note_has_one_comment(sandbox, generic)


@cloud_only
def test_linked_notes_are_compared_with_what_the_page_has_brought(
    sandbox: Sandbox, generic: Bridge
) -> None:
    check_that_linked_notes_cost_nothing(sandbox, generic)
