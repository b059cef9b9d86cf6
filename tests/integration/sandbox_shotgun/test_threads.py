"""Conversations about a Note."""

from __future__ import annotations

import pytest
from shotgun_api3.shotgun import Fault


@pytest.fixture
def note(sg, project, clock):
    note = sg.create("Note", {"subject": "Ears", "content": "Too long?", "project": project})
    clock.move(minutes=5)
    sg.create("Reply", {"content": "A little", "entity": note})
    clock.move(minutes=5)
    sg.create("Reply", {"content": "Much better", "entity": note})
    return note


def test_a_thread_is_the_note_and_then_its_replies_in_order(sg, note):
    thread = sg.note_thread_read(note["id"])

    assert [(one["type"], one["content"]) for one in thread] == [
        ("Note", "Too long?"),
        ("Reply", "A little"),
        ("Reply", "Much better"),
    ]
    assert thread[0]["created_by"]["name"] == thread[1]["user"]["name"] == "pipeline"
    assert thread[1]["user"]["valid"] == "valid"


def test_files_of_the_note_are_part_of_its_thread(sg, site, script, note):
    file = site.acting_as(script).upload("Note", note["id"], "ears.png", b"PNG", "attachments")

    thread = sg.note_thread_read(note["id"])
    assert ("Attachment", file["id"]) in {(one["type"], one["id"]) for one in thread}


def test_further_fields_are_told_by_type(sg, note):
    fields = {"Note": ["subject"], "Reply": ["entity"]}
    first, second, _ = sg.note_thread_read(note["id"], fields)

    assert first["subject"] == "Ears"
    assert second["entity"]["id"] == note["id"]


def test_a_retired_reply_is_no_longer_part_of_it(sg, site, note):
    for reply in site.records("Reply"):
        sg.delete("Reply", reply["id"])

    assert [one["type"] for one in sg.note_thread_read(note["id"])] == ["Note"]


def test_there_is_no_thread_without_a_note(sg, note):
    with pytest.raises(Fault, match="does not exist"):
        sg.note_thread_read(note["id"] + 1)


def test_a_reply_has_no_key_of_jira_and_no_project(sg):
    """FPTR has no page for Replies on which somebody could add a field."""
    assert not {"sg_jira_key", "project"} & sg.schema_field_read("Reply").keys()
