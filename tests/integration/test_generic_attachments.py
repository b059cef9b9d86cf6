"""Files of Notes and of Issues with the generic family, by settings alone, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.web.http import HTTPServer
from tests.integration.pairs import Pair, create_task
from tests.integration.running_example import running_example

#: Where the kind of Jira makes no difference.
on_cloud = pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
PLATE = b"\x89PNG" + bytes(range(256)) * 8
MAPPING: list[dict[str, Any]] = [
    {
        "sg_entity": "Task",
        "jira_issue_type": "Task",
        "field_mapping": [{"sg_field": "content", "jira_field": "summary"}],
    },
    {"sg_entity": "Note"},
]


@pytest.fixture
def direction() -> str:
    """The setting `sync_attachments`."""
    return "both_way"


@pytest.fixture
def pair(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, direction: str
) -> Iterator[Pair]:
    """A Task that is synced by the generic family, files included."""
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    syncer = "sg_jira.EntitiesGenericSyncer"
    settings = {"entity_mapping": MAPPING, "sync_attachments": direction}
    with running_example(sandbox, tmp_path, syncer, **settings):
        made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
        made.settle()
        yield made


def attach(pair: Pair, note: int, name: str = "plate.png") -> None:
    pair.in_fptr().upload("Note", note, name, PLATE, "attachments")
    pair.settle()


def on_issue(pair: Pair) -> list[str]:
    return [one["filename"] for one in pair.sandbox.jira.attachments(pair.key)]


def files(pair: Pair) -> list[dict[str, Any]]:
    return pair.sandbox.shotgun.records("Attachment")


def on_note(pair: Pair, note: int) -> list[str]:
    return [one["name"] for one in pair.sandbox.shotgun.record("Note", note)["attachments"]]


def test_a_file_of_a_note_comes_to_the_issue_and_stays_named_in_the_comment(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")
    attach(pair, note)

    pair.in_fptr().update("Note", note, {"content": "Shorter ones."})
    pair.settle()

    assert on_issue(pair) == ["plate.png"]
    (comment,) = pair.comments
    assert "Shorter ones." in comment["body"]
    assert comment["body"].endswith("[^plate.png]")


@on_cloud
def test_files_that_a_note_has_already_come_with_its_comment(pair: Pair, sandbox: Sandbox) -> None:
    note = pair.in_fptr().create(
        "Note", {"project": sandbox.production.project, "subject": "Planks", "content": "x"}
    )
    attach(pair, note["id"])

    pair.in_fptr().update("Note", note["id"], {"tasks": [pair.link]})
    pair.settle()

    assert on_issue(pair) == ["plate.png"]
    assert pair.comments[0]["body"].endswith("[^plate.png]")


@on_cloud
def test_what_the_cloud_editor_makes_of_the_comment_is_read_as_without_files(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")
    attach(pair, note)
    (comment,) = pair.comments

    body = (
        "{panel:bgColor=#deebff}\n*Planks*\n\n_Note created from FPTR by Mira Halvorsen_\n"
        "Oak, please.\n{panel}\n!plate.png|width=200!"
    )
    pair.in_jira("jonas").edit_comment(pair.key, comment["id"], body)
    pair.settle()

    record = pair.sandbox.shotgun.record("Note", note)
    assert (record["subject"], record["content"]) == ("Planks", "Oak, please.")
    assert on_note(pair, note) == ["plate.png"]
    assert len(files(pair)) == 1


def test_a_file_of_the_issue_comes_to_the_record(pair: Pair) -> None:
    pair.in_jira().attach(pair.key, "sketch.png", PLATE)
    pair.settle()

    (file,) = files(pair)
    assert file["display_name"] == "sketch.png"
    assert [one["id"] for one in file["attachment_links"]] == [pair.id]


def test_a_file_that_a_comment_shows_comes_to_its_note_as_the_same_file(pair: Pair) -> None:
    jira = pair.in_jira()
    jira.attach(pair.key, "sketch.png", PLATE)
    jira.comment(pair.key, "Like this:\n!sketch.png|thumbnail!")
    pair.settle()

    (note,) = pair.sandbox.shotgun.records("Note", tasks=[pair.link])
    assert on_note(pair, note["id"]) == ["sketch.png"]
    assert len(files(pair)) == 1
    assert on_issue(pair) == ["sketch.png"]


def test_files_that_an_issue_has_already_come_with_its_record(pair: Pair, sandbox: Sandbox) -> None:
    jira = pair.in_jira()
    key = jira.create_issue(sandbox.production.jira_key, "Task", summary="Paint the pier")
    jira.attach(key, "sketch.png", PLATE)
    pair.settle()
    assert files(pair) == []

    jira.edit(key, **{"Sync In FPTR": "True"})
    pair.settle()

    (task,) = sandbox.shotgun.records("Task", sg_jira_key=key)
    (file,) = files(pair)
    assert [one["id"] for one in file["attachment_links"]] == [task["id"]]


@on_cloud
@pytest.mark.parametrize("direction", ["sg_to_jira", "jira_to_sg"])
def test_files_may_travel_one_way_only(pair: Pair, direction: str) -> None:
    pair.in_jira().attach(pair.key, "sketch.png", PLATE)
    note = pair.add_note("Planks", "Longer ones, please.")
    attach(pair, note)
    pair.edit_task(sg_sync_in_jira=False)
    pair.edit_task(sg_sync_in_jira=True)

    assert ("plate.png" in on_issue(pair)) is (direction == "sg_to_jira")
    names = [file["display_name"] for file in files(pair)]
    assert ("sketch.png" in names) is (direction == "jira_to_sg")
