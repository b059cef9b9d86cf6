"""Files with a studio's doubles, which know none: nothing is called, everything else works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira.bridge import Bridge
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

TASKS = {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"sync_attachments": "both_way"}}


@pytest.fixture
def bridge(make_bridge: Callable[..., Bridge]) -> Bridge:
    return make_bridge({"default": TASKS})


def test_doubles_are_asked_for_no_files(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, project: Entity, synced_task: Entity
) -> None:
    syncer = bridge.get_syncer("default")
    note_handler: Any = syncer.handlers[2]
    meta = {"type": "attribute_change", "attribute_name": "attachments", "added": []}
    key = fptr.record(synced_task)["sg_jira_key"]

    assert syncer.attachments is None
    assert "attachments" not in note_handler._shotgun_note_fields
    assert not bridge.sync_in_jira("default", "Note", 1, {"meta": meta, "project": project})

    item = {"field": "Attachment", "fieldId": "attachment", "to": "10001", "toString": "a.png"}
    session: Any = bridge.jira
    fields = {
        "issuetype": {"name": "Task"},
        session.jira_shotgun_id_field: str(synced_task["id"]),
        session.jira_shotgun_type_field: "Task",
    }
    body = {
        "webhookEvent": "jira:issue_updated",
        "issue": {"id": "1", "key": key, "fields": fields},
        "changelog": {"items": [item]},
    }
    assert not bridge.sync_in_shotgun("default", "issue", key, body)
