"""Several events of one record, handed over together: read once, written once."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira.sandbox import BridgeCalls, Sandbox
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.sandbox.shotgun import Entity
from tests.integration.test_generic_creation_once import Family, family, task

__all__ = ["family", "task"]


def to_jira(family: Family, record: Entity, *fields: str) -> list[Any]:
    events = [
        {
            "meta": {"type": "attribute_change", "attribute_name": field},
            "project": family.project,
        }
        for field in fields
    ]
    return family.bridge.sync_all_in_jira("it", record["type"], record["id"], events)


def edit(family: Family, record: Entity, **fields: Any) -> None:
    actor = family.sandbox.shotgun.acting_as(family.mira.shotgun)
    actor.update(record["type"], record["id"], fields)


def test_changed_fields_of_a_task_cost_one_read_on_each_side_and_one_write(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    edit(family, task, content="Feathers", sg_description="Deep", due_date="2031-02-03")
    sandbox.forget_calls()

    results = to_jira(family, task, "content", "sg_description", "due_date", "content")
    assert results == [True] * 4
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1}, jira={"GET issue/{key}": 1, "PUT issue/{key}": 1}
    )
    fields = sandbox.jira.issue(family.key(task))["fields"]
    assert (fields["summary"], fields["description"]) == ("Feathers", "Deep")


def test_the_events_of_a_creation_make_one_issue_with_one_read(
    family: Family, sandbox: Sandbox
) -> None:
    made = family.create("Task", content="Dive", sg_description="Deep", sg_sync_in_jira=True)
    sandbox.forget_calls()

    results = to_jira(family, made, "content", "sg_description", "sg_sync_in_jira")
    assert results == [True] * 3
    assert sandbox.bridge_calls().shotgun["find Task"] == 1
    assert [issue["key"] for issue in sandbox.jira.issues(JIRA_KEY)] == [family.key(made)]


def test_a_field_that_cannot_be_written_does_not_count_for_the_others(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    sandbox.jira.place_field("duedate", on_edit=False)
    edit(family, task, sg_description="Deep", due_date="2031-02-03")

    assert to_jira(family, task, "sg_description", "due_date") == [True]
    assert to_jira(family, task, "due_date") == [False]
    assert sandbox.jira.issue(family.key(task))["fields"]["description"] == "Deep"


def test_a_studios_own_method_gets_each_event(
    family: Family, task: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler: Any = family.bridge.get_syncer("it").handlers[0]
    seen: list[str] = []

    def own(entity_type: str, entity_id: int, event: Any) -> bool:
        seen.append(event["meta"]["attribute_name"])
        return True

    monkeypatch.setattr(handler, "process_shotgun_event", own)
    assert to_jira(family, task, "content", "sg_description") == [True]
    assert seen == ["content"]


def test_changes_of_an_issue_cost_one_read_on_each_side_and_one_write(
    family: Family, sandbox: Sandbox, task: Entity
) -> None:
    key = family.key(task)
    mira = family.mira.jira
    assert mira is not None
    sandbox.jira.acting_as(mira).edit(key, summary="Feathers", description="Deep")
    events = [
        {
            "webhookEvent": "jira:issue_updated",
            "issue": sandbox.jira.issue(key),
            "changelog": {"items": [{"field": field, "fieldId": field}]},
        }
        for field in ("summary", "description")
    ]
    sandbox.forget_calls()

    assert family.bridge.sync_all_in_shotgun("it", "issue", key, events) == [True, True]
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1, "update Task": 1}, jira={"GET issue/{key}": 1}
    )
    record = sandbox.shotgun.record("Task", task["id"])
    assert (record["content"], record["sg_description"]) == ("Feathers", "Deep")
