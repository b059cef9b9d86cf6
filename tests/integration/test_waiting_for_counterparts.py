"""What belongs to a record whose Issue is being made; and answers that a webhook makes up for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.pairs import Pair, create_task
from tests.integration.running_example import running_example
from tests.integration.test_generic_family import MAPPING, SUBTASKS, Studio, Wait, comments
from tests.waiting import wait_until

SLOW = Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.7)
#: Only a Task itself tells whose it is.
NO_CHILDREN = [{**MAPPING[0], "field_mapping": MAPPING[0]["field_mapping"][:2]}, *MAPPING[1:]]


@pytest.fixture
def flavour() -> Flavour:
    """Both kinds of Jira tell creations alike; `test_witnesses` has where they differ."""
    return Flavour.CLOUD


@pytest.fixture(autouse=True)
def _no_second_try(monkeypatch: pytest.MonkeyPatch, _scrubbed_environment: None) -> None:
    monkeypatch.setenv("SGJIRA_ATTEMPTS", "1")


@pytest.fixture
def pair(live_bridge: RunningBridge, sandbox: Sandbox) -> Pair:
    """A Task that is to be synced, but has no Issue yet."""
    pair = create_task(sandbox, "Build the pier")
    pair.settle()
    refusals = Fault(FaultKind.STATUS, endpoint="POST issue", status=400, times=None)
    sandbox.jira.controls.faults.add(refusals)
    pair.edit_task(sg_sync_in_jira=True)
    sandbox.jira.controls.faults.clear()
    return pair


def test_a_note_waits_for_the_issue_of_its_task(
    pair: Pair, sandbox: Sandbox, live_bridge: RunningBridge
) -> None:
    sandbox.jira.controls.faults.add(SLOW)
    pair.in_fptr().update("Task", pair.id, {"content": "Build the long pier"})
    note = pair.add_note("Planks", "Oak, please.")

    (comment,) = pair.comments
    assert "Oak, please." in comment["body"]
    key = sandbox.shotgun.record("Note", note)["sg_jira_key"]
    assert key == f"{pair.key}/{comment['id']}"
    found = requests.get(f"{live_bridge.url}/admin/events?key=Note:{note}", timeout=10).json()
    assert max(event["runs"] for event in found["events"]) > 1, "it had to wait"
    assert {event["attempts"] for event in found["events"]} == {0}


def test_a_comment_whose_answer_was_lost_is_known_by_its_webhook(
    pair: Pair, sandbox: Sandbox
) -> None:
    pair.edit_task(content="Build the long pier")
    sandbox.jira.controls.faults.add(
        Fault(FaultKind.LOST_ANSWER, endpoint="POST issue/{key}/comment")
    )
    calls = sandbox.jira.controls.calls
    calls.clear()
    note = pair.add_note("Planks", "Oak, please.")

    (comment,) = pair.comments
    assert sandbox.shotgun.record("Note", note)["sg_jira_key"] == f"{pair.key}/{comment['id']}"
    assert calls.count("POST issue/{key}/comment") == 1
    assert calls.count("GET issue/{key}/comment") == 0, "nobody had to look for it"


@pytest.fixture
def studio(
    sandbox: Sandbox, tmp_path: Path, wait_until_quiet: Wait, mapping: str
) -> Iterator[Studio]:
    syncer = "sg_jira.EntitiesGenericSyncer"
    chosen = {"usual": MAPPING, "sub-tasks": SUBTASKS, "no children": NO_CHILDREN}[mapping]
    with running_example(sandbox, tmp_path, syncer, entity_mapping=chosen) as url:
        yield Studio(sandbox, wait_until_quiet, url)


@pytest.mark.parametrize("mapping", ["sub-tasks"])
def test_a_sub_task_waits_for_the_issue_of_its_parent(studio: Studio, sandbox: Sandbox) -> None:
    sandbox.jira.controls.faults.add(SLOW)
    data = {"project": studio.project, "sg_sync_in_jira": True}
    otter = studio.in_fptr().create("Asset", {**data, "code": "Otter"})
    link = {"type": "Asset", "id": otter["id"]}
    task = studio.create("Task", content="Comb", entity=link, sg_sync_in_jira=True)

    assert studio.fields(task)["parent"]["key"] == studio.key(link)
    answers = [call.status for call in sandbox.jira.controls.calls.list("POST issue")]
    assert answers == [201, 201], "nothing had to be refused"


@pytest.mark.parametrize("mapping", ["usual"])
def test_a_worklog_whose_answer_was_lost_is_known_by_its_webhook(
    studio: Studio, sandbox: Sandbox
) -> None:
    task = studio.create("Task", content="Comb", sg_sync_in_jira=True)
    sandbox.jira.controls.faults.add(
        Fault(FaultKind.LOST_ANSWER, endpoint="POST issue/{key}/worklog")
    )
    calls = sandbox.jira.controls.calls
    calls.clear()
    log = studio.create("TimeLog", entity=task, duration=90, date="2031-02-03")

    assert studio.key(log).startswith(studio.key(task))
    assert calls.count("POST issue/{key}/worklog") == 1
    assert calls.count("GET issue/{key}/worklog") == 0, "nobody had to look for it"


@pytest.mark.parametrize(
    ("site", "endpoint"), [("shotgun", "create Task"), ("jira", "PUT issue/{key}")]
)
@pytest.mark.parametrize("mapping", ["usual"])
def test_an_edit_of_a_record_waits_until_its_issue_names_it(
    studio: Studio, sandbox: Sandbox, site: str, endpoint: str
) -> None:
    faults = getattr(sandbox, site).controls.faults
    faults.add(Fault(FaultKind.LOST_ANSWER if site == "shotgun" else FaultKind.RESET, endpoint))
    key = make_issue(studio, sandbox, summary="Comb")
    wait_until(lambda: sandbox.shotgun.records("Task", sg_jira_key=key), "the Task is there")
    (record,) = sandbox.shotgun.records("Task", sg_jira_key=key)
    task = {"type": "Task", "id": record["id"]}
    studio.change(task, due_date="2031-02-03")

    assert studio.fields(task)["duedate"] == "2031-02-03"


@pytest.mark.parametrize("mapping", ["usual"])
def test_an_edit_names_the_record_where_the_event_that_was_to_do_it_has_died(
    studio: Studio, sandbox: Sandbox
) -> None:
    refusal = Fault(FaultKind.STATUS, endpoint="PUT issue/{key}", status=400, times=None)
    sandbox.jira.controls.faults.add(refusal)
    key = make_issue(studio, sandbox, summary="Comb")
    studio.settle()
    (record,) = sandbox.shotgun.records("Task", sg_jira_key=key)
    task = {"type": "Task", "id": record["id"]}
    sandbox.jira.controls.faults.clear()
    studio.in_fptr().update("Task", task["id"], {"due_date": "2031-02-03"})
    studio.in_jira().edit(key, summary="Comb the fur")
    studio.settle()

    assert studio.fields(task)["duedate"] == "2031-02-03"
    assert studio.record(task)["content"] == "Comb the fur"


#: What a call to Jira takes: a Task is looked at on both sites before it is noted that it gets an
#: Issue.
JIRA_SECONDS = 0.2


@pytest.mark.parametrize("daemon", [True, False], ids=["event daemon", "FPTR's webhooks"])
@pytest.mark.parametrize("mapping", ["usual"])
def test_notes_and_time_follow_a_record_that_was_made_just_before(
    studio: Studio, sandbox: Sandbox, daemon: bool
) -> None:
    sandbox.forward_to(studio.bridge_url, "example", daemon=daemon)
    sandbox.jira.controls.faults.latency = JIRA_SECONDS
    person = studio.in_fptr()
    task = person.create(
        "Task", {"project": studio.project, "content": "Comb", "sg_sync_in_jira": True}
    )
    link = {"type": "Task", "id": task["id"]}
    words = {"subject": "Fur", "content": "Softly, please.", "tasks": [link]}
    person.create("Note", {"project": studio.project, **words})
    log = studio.create("TimeLog", entity=link, duration=90, date="2031-02-03")

    assert len(comments(sandbox, studio.key(link))) == 1
    assert studio.key(log).startswith(studio.key(link))


@pytest.mark.parametrize("daemon", [True, False], ids=["event daemon", "FPTR's webhooks"])
def test_a_note_follows_a_task_that_was_made_just_before(
    live_bridge: RunningBridge, sandbox: Sandbox, daemon: bool
) -> None:
    sandbox.forward_to(live_bridge.url, daemon=daemon)
    sandbox.jira.controls.faults.latency = JIRA_SECONDS
    pair = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    pair.add_note("Planks", "Oak, please.")

    (comment,) = pair.comments
    assert "Oak, please." in comment["body"]


def make_issue(studio: Studio, sandbox: Sandbox, kind: str = "Task", **fields: Any) -> str:
    """A new Issue, of which nothing was heard yet."""
    return studio.in_jira().create_issue(
        sandbox.production.jira_key, kind, **{"Sync In FPTR": "True", **fields}
    )


def events(studio: Studio, **chosen: str) -> list[dict[str, Any]]:
    found = requests.get(f"{studio.bridge_url}/admin/events", params=chosen, timeout=10).json()
    listed: list[dict[str, Any]] = found["events"]
    return listed


@pytest.mark.parametrize("mapping", ["no children"])
def test_a_task_waits_for_the_record_of_its_parent_issue(studio: Studio, sandbox: Sandbox) -> None:
    faults = sandbox.shotgun.controls.faults
    faults.add(Fault(FaultKind.SLOW, endpoint="create Asset", seconds=2.0))
    epic = make_issue(studio, sandbox, "Epic", summary="Otter")
    wait_until(lambda: not faults.waiting(), "the Asset is being made")
    child = make_issue(studio, sandbox, summary="Comb", parent=epic)
    studio.settle()

    (asset,) = sandbox.shotgun.records("Asset", sg_jira_key=epic)
    (task,) = sandbox.shotgun.records("Task", sg_jira_key=child)
    assert (task["entity"] or {}).get("id") == asset["id"]


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("mapping", ["usual"])
def test_nobody_waits_for_a_record_that_fptr_has_refused(
    studio: Studio, sandbox: Sandbox, status: int
) -> None:
    refusal = Fault(FaultKind.STATUS, endpoint="create Task", status=status, times=None)
    sandbox.shotgun.controls.faults.add(refusal)
    key = make_issue(studio, sandbox, summary="Comb")
    wait_until(lambda: events(studio, state="dead"), "the Issue's event is given up")
    studio.in_jira().comment(key, "Softly, please.")
    studio.settle()

    reasons = {event["reason"] for event in events(studio)}
    assert "record_not_found" in reasons
    assert "creation_under_way" not in reasons


@pytest.mark.parametrize("mapping", ["usual"])
def test_a_comment_whose_note_was_made_without_an_answer_waits_its_turn_with_it(
    studio: Studio, sandbox: Sandbox
) -> None:
    task = studio.create("Task", content="Comb", sg_sync_in_jira=True)
    key, person = studio.key(task), studio.in_jira()
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="create Note"))
    number = person.comment(key, "Softly.")
    studio.settle()
    (note,) = sandbox.shotgun.records("Note", sg_jira_key=f"{key}/{number}")
    faults = sandbox.jira.controls.faults
    faults.add(Fault(FaultKind.SLOW, endpoint="PUT issue/{key}/comment/{id}", seconds=2.0))
    studio.in_fptr().update("Note", note["id"], {"content": "Said in FPTR."})
    wait_until(lambda: not faults.waiting(), "it is being written")
    person.edit_comment(key, number, "Said in Jira.")
    studio.settle()

    (comment,) = comments(sandbox, key)
    assert sandbox.shotgun.record("Note", note["id"])["content"] in comment["body"]


@pytest.mark.parametrize("mapping", ["usual"])
def test_a_worklog_whose_time_log_was_made_without_an_answer_waits_its_turn_with_it(
    studio: Studio, sandbox: Sandbox
) -> None:
    key = studio.key(studio.create("Task", content="Comb", sg_sync_in_jira=True))
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="create TimeLog"))
    number = studio.in_jira().log_work(key, 3600)
    studio.settle()
    (log,) = sandbox.shotgun.records("TimeLog", sg_jira_key=f"{key}/{number}")
    studio.in_jira().edit_worklog(key, number, seconds=7200)
    studio.settle()

    assert sandbox.shotgun.record("TimeLog", log["id"])["duration"] == 120
    pair = events(studio, key=f"TimeLog:{log['id']}")
    assert "issue" in {event["subject_type"] for event in pair}, "what Jira tells has its key"
