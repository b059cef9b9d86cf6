"""What `sg-jira diff` tells, and that it writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sg_jira.bridge import Bridge
from sg_jira.cli import main
from sg_jira.demo.service import write_settings
from sg_jira.events import full_sync_of
from sg_jira.rehearsal import WouldCreate, rehearsing
from sg_jira.sandbox import Flavour, Sandbox
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task


def sync(bridge: Bridge, task: Pair) -> Any:
    meta = {"type": "attribute_change", "attribute_name": "sg_sync_in_jira", "new_value": True}
    project = task.sandbox.production.project
    return bridge.sync_in_jira("default", "Task", task.id, {"meta": meta, "project": project})


@pytest.fixture
def pair(sandbox: Sandbox, bridge: Bridge) -> Pair:
    """A synced Task that nobody watches over from here on."""
    made = create_task(sandbox, "Dig", sg_sync_in_jira=True, due_date="2031-02-03")
    assert sync(bridge, made)
    return made


@pytest.fixture
def diff(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COLUMNS", "160")
    settings = write_settings(sandbox, tmp_path / "settings.py")

    def run(*arguments: str) -> Result:
        with sockets_collected():
            return CliRunner().invoke(main, ["diff", "--settings", str(settings), *arguments])

    return run


def writes_of(sandbox: Sandbox) -> list[str]:
    calls = sandbox.bridge_calls()
    names = [*calls.shotgun, *calls.jira]
    return [name for name in names if name.startswith(("PUT", "POST issue", "update", "create"))]


def test_equal_sites_are_told_equal(
    sandbox: Sandbox, bridge: Bridge, diff: Any, pair: Pair
) -> None:
    mira = sandbox.production.person("mira").shotgun
    pair.in_fptr().update("Task", pair.id, {"addressings_cc": [mira], "task_assignees": [mira]})
    assert sync(bridge, pair)

    told = diff()

    assert told.exit_code == 0, told.output
    assert "1 compared: 0 differ, 0 with problems." in told.output


def test_what_differs_is_told_and_nothing_is_written(
    sandbox: Sandbox, diff: Any, pair: Pair
) -> None:
    pair.in_fptr().update("Task", pair.id, {"content": "Dig deep", "sg_status_list": "ip"})
    pair.in_jira().edit(pair.key, duedate="2032-01-01")
    task, issue = pair.task, pair.issue
    sandbox.forget_calls()

    told = diff("--json")

    assert told.exit_code == 1
    found = {
        each["field"]: (each["there"], each["would_be"])
        for each in json.loads(told.output)["differences"]
        if each["site"] == "jira"
    }
    assert found["summary"] == ("Dig", "Dig deep")
    assert found["duedate"] == ("2032-01-01", "2031-02-03")
    assert found["status"][0]["name"] == issue["status"]["name"]
    assert {each["wins"] for each in json.loads(told.output)["differences"]} == {"fptr"}
    assert writes_of(sandbox) == []
    assert (pair.task, pair.issue) == (task, issue)
    assert "Dig deep" in diff().output


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
@pytest.mark.parametrize("whole", [False, True], ids=["two fields", "all of it"])
def test_where_values_come_from_jira_only_jira_wins(
    sandbox: Sandbox, diff: Any, pair: Pair, tmp_path: Path, whole: bool
) -> None:
    one_way = {"sync_direction": "jira_to_sg"}
    element = {
        "sg_entity": "Task",
        "jira_issue_type": "Task",
        "field_mapping": [
            {"sg_field": "content", "jira_field": "summary", **(one_way if whole else {})},
            {"sg_field": "due_date", "jira_field": "Due date", **one_way},
        ],
        "status_mapping": {"sg_field": "sg_status_list", "mapping": {"fin": "Done"}, **one_way},
        **(one_way if whole else {}),
    }
    entry = {
        "syncer": "sg_jira.EntitiesGenericSyncer",
        "settings": {"entity_mapping": [element]},
    }
    write_settings(sandbox, tmp_path / "settings.py", entry=entry)
    pair.in_jira().edit(
        pair.key,
        summary="Dig!",
        duedate="2032-01-01",
        **{sandbox.jira.field("Sync In FPTR").id: "True"},
    )
    pair.in_jira().transition(pair.key, "Done")
    task = pair.task

    told = json.loads(diff("--json").output)

    assert told["problems"] == []
    found = {
        (each["field"], each["there"], each["would_be"], each["wins"])
        for each in told["differences"]
    }
    assert found >= {
        ("due_date", "2031-02-03", "2032-01-01", "jira"),
        ("sg_status_list", "wtg", "fin", "jira"),
        ("content", "Dig", "Dig!", "jira") if whole else ("summary", "Dig!", "Dig", "fptr"),
    }
    assert pair.task == task


@pytest.mark.parametrize("kind", ["tasks", "generic"])
def test_statuses_are_told_by_name_and_new_comments_with_their_note(
    sandbox: Sandbox, diff: Any, pair: Pair, tmp_path: Path, kind: str
) -> None:
    if kind == "generic":
        task = {
            "sg_entity": "Task",
            "jira_issue_type": "Task",
            "field_mapping": [{"sg_field": "content", "jira_field": "summary"}],
            "status_mapping": {"sg_field": "sg_status_list", "mapping": {"fin": "Done"}},
        }
        mapping = {"entity_mapping": [task, {"sg_entity": "Note"}]}
        entry = {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": mapping}
        write_settings(sandbox, tmp_path / "settings.py", entry=entry)
    note = {"project": sandbox.production.project, "tasks": [pair.link], "content": "Mind the roof"}
    notes = [pair.in_fptr().create("Note", {**note, "subject": one})["id"] for one in ("A", "B")]
    pair.in_fptr().update("Task", pair.id, {"sg_status_list": "fin"})

    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in diff().output.splitlines()
        if line.startswith("│")
    ]

    shown = {(row[0], row[2]) for row in rows if row[2] != "status"}
    assert [row[3:5] for row in rows if row[2] == "status"] == [["To Do", "Done"]]
    assert shown >= {(f"Note:{number}", "body") for number in notes}
    assert (f"Task:{pair.id}", "body") not in shown
    told = json.loads(diff("--json").output)["differences"]
    bodies = {one["part"]: one["would_be"] for one in told if one["field"] == "body"}
    for number, subject in zip(notes, ("A", "B"), strict=True):
        assert f"title={subject}" in bodies[f"Note:{number}"]
    assert {one["record"] for one in told} == {f"Task:{pair.id}"}


def test_a_record_whose_issue_is_gone_is_told(diff: Any, pair: Pair) -> None:
    pair.in_jira().delete_issue(pair.key)

    told = diff("--id", str(pair.id))

    assert told.exit_code == 1
    assert "1 with problems" in told.output


def test_only_what_is_asked_for_is_compared(sandbox: Sandbox, diff: Any, pair: Pair) -> None:
    name = pair.sandbox.production.project["name"]

    assert "1 compared" in diff("--project", name, "--type", "Task").output
    unknown = diff("--project", "Another")
    assert (unknown.exit_code, "no Project called 'Another'" in unknown.output) == (1, True)
    assert "0 compared" in diff("--id", "4711").output


def test_an_entry_that_is_not_there_is_told(diff: Any, pair: Pair) -> None:
    told = diff("--entry", "other")

    assert told.exit_code == 1
    assert "no entry 'other'; they have default" in told.output


def test_a_rehearsal_ends_where_an_issue_would_be_made(sandbox: Sandbox, bridge: Bridge) -> None:
    task = create_task(sandbox, "New", sg_sync_in_jira=True)
    with rehearsing() as rehearsal, pytest.raises(WouldCreate):
        sync(bridge, task)

    assert {write.field for write in rehearsal.writes} >= {"summary", "project", "issuetype"}
    assert sandbox.jira.issues(sandbox.production.jira_key) == []


GENERIC = {
    "syncer": "sg_jira.EntitiesGenericSyncer",
    "settings": {
        "entity_mapping": [
            {
                "sg_entity": "Task",
                "jira_issue_type": "Task",
                "field_mapping": [{"sg_field": "content", "jira_field": "summary"}],
            }
        ]
    },
}


@pytest.mark.parametrize("entry", [None, GENERIC], ids=["tasks", "generic"])
def test_records_and_issues_are_read_by_the_page(
    sandbox: Sandbox, bridge: Bridge, diff: Any, tmp_path: Path, entry: Any
) -> None:
    tasks = [create_task(sandbox, f"Dig {number}", sg_sync_in_jira=True) for number in range(12)]
    assert all(sync(bridge, task) for task in tasks)
    unlinked = create_task(sandbox, "Not yet", sg_sync_in_jira=True)
    if entry:
        write_settings(sandbox, tmp_path / "settings.py", entry=entry)
    sandbox.forget_calls()

    told = diff()

    assert told.exit_code == 0, told.output
    assert "12 compared: 0 differ" in told.output
    calls = sandbox.bridge_calls()
    search = "POST search/jql" if sandbox.flavour.is_cloud else "POST search"
    assert (calls.shotgun["find Task"], calls.jira[search]) == (2, 1), "listed once, read once"
    assert calls.jira.get("GET issue/{key}") is None
    assert unlinked.task["sg_jira_key"] is None
    assert len(sandbox.jira.issues(sandbox.production.jira_key)) == 12


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_a_rehearsal_makes_no_issues_by_the_page(sandbox: Sandbox, bridge: Bridge) -> None:
    task = create_task(sandbox, "Dig", sg_sync_in_jira=True)
    event = full_sync_of({**task.link, "project": sandbox.production.project})

    with rehearsing(), pytest.raises(WouldCreate):
        list(bridge.prepare_full_syncs("default", "Task", {task.id: event}))
    assert sandbox.jira.issues(sandbox.production.jira_key) == []
