"""Notes and comments kept in step by the real service over real HTTP."""

from __future__ import annotations

import pytest

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Production, Sandbox
from tests.integration.pairs import Pair, create_task

PANEL = "\n{panel:title=%s}\n%s\n{panel}\n"


@pytest.fixture
def pair(sandbox: Sandbox, live_bridge: RunningBridge) -> Pair:
    """A plain Task that is synced, without Notes."""
    made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
    made.settle()
    return made


def note(pair: Pair, number: int) -> dict[str, object]:
    return pair.sandbox.shotgun.record("Note", number)


def test_note_becomes_a_comment(pair: Pair) -> None:
    number = pair.add_note("Planks", "Longer ones, please.\n{code}x{code}")

    (comment,) = pair.comments
    assert (
        comment["body"].strip()
        == (PANEL % ("Planks", "Longer ones, please.\n{code}x{code}")).strip()
    )
    assert note(pair, number)["sg_jira_key"] == f"{pair.key}/{comment['id']}"


def test_notes_that_were_there_before_come_along_when_the_flag_is_turned_on(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    pair = Pair(sandbox, production.tasks["Rig Pip"]["id"])

    pair.edit_task(sg_sync_in_jira=True)

    assert len(pair.comments) == 2
    assert "{panel:title=Shoulders}" in pair.comments[0]["body"]
    assert "{simple}" in pair.comments[1]["body"]


@pytest.mark.parametrize("edit", [{"subject": "Boards"}, {"content": "Shorter ones, please."}])
def test_edited_note_rewrites_its_comment(pair: Pair, edit: dict[str, str]) -> None:
    number = pair.add_note("Planks", "Longer ones, please.")

    pair.in_fptr().update("Note", number, edit)
    pair.settle()

    said = {"subject": "Planks", "content": "Longer ones, please.", **edit}
    (comment,) = pair.comments
    assert comment["body"].strip() == (PANEL % (said["subject"], said["content"])).strip()


def test_unlinked_note_loses_its_comment_and_its_key(pair: Pair) -> None:
    number = pair.add_note("Planks", "Longer ones, please.")

    pair.in_fptr().update("Note", number, {"tasks": []})
    pair.settle()

    assert pair.comments == []
    assert not note(pair, number)["sg_jira_key"]


def test_note_linked_to_another_synced_task_moves_to_its_issue(
    pair: Pair, sandbox: Sandbox
) -> None:
    other = create_task(sandbox, "Tear down the pier", sg_sync_in_jira=True)
    other.settle()
    number = pair.add_note("Planks", "Longer ones, please.")

    pair.in_fptr().update("Note", number, {"tasks": [other.link]})
    pair.settle()

    assert pair.comments == []
    assert len(other.comments) == 1
    assert str(note(pair, number)["sg_jira_key"]).startswith(f"{other.key}/")


def test_comment_edited_in_jira_comes_back_to_the_note(pair: Pair) -> None:
    number = pair.add_note("Planks", "Longer ones, please.")
    (comment,) = pair.comments

    body = comment["body"].replace("Longer", "Much longer").replace("=Planks", "=Oak planks")
    pair.in_jira("jonas").edit_comment(pair.key, comment["id"], body)
    pair.settle()

    assert note(pair, number)["content"] == "Much longer ones, please."
    assert note(pair, number)["subject"] == "Oak planks"
    assert [one["body"] for one in pair.comments] == [body]


def test_comment_whose_panel_was_removed_leaves_the_note_alone(pair: Pair) -> None:
    number = pair.add_note("Planks", "Longer ones, please.")
    (comment,) = pair.comments

    pair.in_jira("jonas").edit_comment(pair.key, comment["id"], "Just do it.")
    pair.settle()

    assert note(pair, number)["content"] == "Longer ones, please."


def test_comment_written_in_jira_makes_no_note(pair: Pair, sandbox: Sandbox) -> None:
    before = len(sandbox.shotgun.records("Note"))

    pair.in_jira("jonas").comment(pair.key, "Who ordered this?")
    pair.settle()

    assert len(sandbox.shotgun.records("Note")) == before


def test_note_of_a_task_that_is_not_synced_stays_in_fptr(
    sandbox: Sandbox, live_bridge: RunningBridge, production: Production
) -> None:
    task = create_task(sandbox, "Sharpen pencils")

    number = task.add_note("Which ones", "The blunt ones.")

    assert note(task, number)["sg_jira_key"] is None
    assert sandbox.jira.issues(production.jira_key) == []


@pytest.mark.parametrize("kind", ["Asset", "Shot"])
def test_note_of_another_record_than_a_task_stays_in_fptr_at_no_call_to_jira(
    pair: Pair, sandbox: Sandbox, kind: str
) -> None:
    record = sandbox.production.assets["Pip"] if kind == "Asset" else _first_shot(sandbox)
    pair.in_fptr().update(kind, record["id"], {"sg_sync_in_jira": True})
    pair.settle()
    sandbox.forget_calls()

    written = {"project": sandbox.production.project, "subject": "Wet", "note_links": [record]}
    number = pair.in_fptr().create("Note", {**written, "content": "Too wet."})["id"]
    pair.in_fptr().update("Note", number, {"content": "Much too wet."})
    pair.settle()

    assert note(pair, number)["sg_jira_key"] is None
    assert pair.comments == []
    assert sandbox.bridge_calls().jira == {}


def _first_shot(sandbox: Sandbox) -> dict[str, object]:
    return next(iter(sandbox.production.shots.values()))
