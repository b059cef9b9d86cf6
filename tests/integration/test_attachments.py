"""Files of Notes and of Issues travel, each once, between both sites over real HTTP."""

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
SYNCER = "sg_jira.TaskIssueSyncer"


@pytest.fixture(autouse=True)
def _quick_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"sync_attachments": "both_way"}


@pytest.fixture
def pair(sandbox: Sandbox, tmp_path: Path, settings: dict[str, Any]) -> Iterator[Pair]:
    """A Task that is synced by a bridge with these settings."""
    with running_example(sandbox, tmp_path, SYNCER, **settings):
        made = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
        made.settle()
        yield made


def attach(pair: Pair, note: int, name: str = "plate.png", content: bytes = PLATE) -> int:
    """Somebody attaches a file to a Note."""
    made = pair.in_fptr().upload("Note", note, name, content, "attachments")
    pair.settle()
    return int(made["id"])


def on_issue(pair: Pair) -> list[tuple[str, bytes]]:
    """Names and contents of the Issue's attachments."""
    jira = pair.sandbox.jira
    shown = jira.attachments(pair.key)
    return [(one["filename"], jira.attached(one["id"])) for one in shown]


def on_record(pair: Pair) -> list[tuple[str, bytes]]:
    """Names and contents of the files that are linked to the Task."""
    files = pair.sandbox.shotgun.records("Attachment")
    return [
        (one["display_name"], pair.sandbox.shotgun.files.content(one["id"])[1].content)
        for one in files
        if pair.id in [each["id"] for each in one["attachment_links"]]
    ]


def on_note(pair: Pair, note: int) -> list[str]:
    return [one["name"] for one in pair.sandbox.shotgun.record("Note", note)["attachments"]]


# ---------------------------------------------------------------------- FPTR -> Jira


def test_a_file_of_a_note_comes_to_the_issue_and_is_named_in_the_comment(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")

    attach(pair, note)

    assert on_issue(pair) == [("plate.png", PLATE)]
    (comment,) = pair.comments
    assert comment["body"].endswith("{panel}\n[^plate.png]")
    assert pair.sandbox.shotgun.record("Note", note)["content"] == "Longer ones, please."


def test_files_that_a_note_has_already_come_with_its_comment(pair: Pair, sandbox: Sandbox) -> None:
    note = pair.in_fptr().create(
        "Note", {"project": sandbox.production.project, "subject": "Planks", "content": "x"}
    )
    attach(pair, note["id"], "a.png")
    attach(pair, note["id"], "b.pdf", b"other")

    pair.in_fptr().update("Note", note["id"], {"tasks": [pair.link]})
    pair.settle()

    assert sorted(on_issue(pair)) == [("a.png", PLATE), ("b.pdf", b"other")]
    assert pair.comments[0]["body"].endswith("[^a.png]\n[^b.pdf]")


def test_an_edit_of_the_note_keeps_its_files_in_the_comment(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")
    attach(pair, note)

    pair.in_fptr().update("Note", note, {"content": "Shorter ones."})
    pair.settle()

    (comment,) = pair.comments
    assert "Shorter ones." in comment["body"]
    assert comment["body"].endswith("[^plate.png]")
    assert len(on_issue(pair)) == 1


@on_cloud
def test_an_edit_of_the_comment_leaves_note_and_files_alone(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")
    attach(pair, note)
    (comment,) = pair.comments

    body = comment["body"].replace("Longer", "Much longer")
    pair.in_jira("jonas").edit_comment(pair.key, comment["id"], body)
    pair.settle()

    record = pair.sandbox.shotgun.record("Note", note)
    assert record["content"] == "Much longer ones, please."
    assert on_note(pair, note) == ["plate.png"]
    assert len(pair.sandbox.shotgun.records("Attachment")) == 1


@on_cloud
def test_a_file_that_is_deleted_in_fptr_stays_in_jira(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")
    number = attach(pair, note)

    pair.in_fptr().update("Note", note, {"attachments": []})
    pair.in_fptr().delete("Attachment", number)
    pair.settle()

    assert on_issue(pair) == [("plate.png", PLATE)]


@on_cloud
def test_a_hostile_name_is_cleaned(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")

    attach(pair, note, "..\\..\\{panel}evil]|x!.png")

    ((name, _),) = on_issue(pair)
    assert name == "_panel_evil_x_.png"
    pair.in_fptr().update("Note", note, {"content": "Still read?"})
    pair.settle()
    assert "Still read?" in pair.comments[0]["body"]


# ---------------------------------------------------------------------- Jira -> FPTR


def test_a_file_of_the_issue_comes_to_the_task(pair: Pair) -> None:
    pair.in_jira().attach(pair.key, "Entwurf für A.exr", PLATE, "image/x-exr")
    pair.settle()

    assert on_record(pair) == [("Entwurf für A.exr", PLATE)]
    (file,) = pair.sandbox.shotgun.records("Attachment")
    assert file["this_file"]["content_type"] == "image/x-exr"


def test_a_file_that_a_notes_comment_shows_comes_to_the_note_as_the_same_file(pair: Pair) -> None:
    note = pair.add_note("Planks", "Longer ones, please.")
    (comment,) = pair.comments
    pair.in_jira().attach(pair.key, "sketch.png", PLATE)
    pair.settle()

    body = comment["body"].replace("please.", "please.\n!sketch.png|thumbnail!")
    pair.in_jira().edit_comment(pair.key, comment["id"], body)
    pair.settle()

    assert on_note(pair, note) == ["sketch.png"]
    assert len(pair.sandbox.shotgun.records("Attachment")) == 1
    assert on_issue(pair) == [("sketch.png", PLATE)]


@on_cloud
def test_a_file_that_is_deleted_in_jira_stays_in_fptr(pair: Pair) -> None:
    number = pair.in_jira().attach(pair.key, "sketch.png", PLATE)
    pair.settle()

    pair.in_jira().delete_attachment(number)
    pair.settle()

    assert on_record(pair) == [("sketch.png", PLATE)]


@on_cloud
def test_files_and_fields_that_change_together_both_arrive(pair: Pair) -> None:
    jira = pair.in_jira()
    jira.edit(pair.key, summary="Rebuild the pier")
    jira.attach(pair.key, "sketch.png", PLATE)
    pair.settle()

    assert pair.task["content"] == "Rebuild the pier"
    assert on_record(pair) == [("sketch.png", PLATE)]
