"""What an account may not do is refused with a fault, or is not there."""

from __future__ import annotations

from typing import Any

import pytest
import shotgun_api3

from sg_jira.sandbox.shotgun import Actor, Entity, ShotgunFault, ShotgunSite

_COUNT = [{"field": "id", "type": "count"}]


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("create", lambda sg, task, project: sg.create("Task", {"project": project})),
        ("update", lambda sg, task, project: sg.update("Task", task["id"], {"content": "A"})),
        ("delete", lambda sg, task, project: sg.delete("Task", task["id"])),
        ("delete", lambda sg, task, project: sg.revive("Task", task["id"])),
        ("read", lambda sg, task, project: sg.find("Task", [])),
        ("read", lambda sg, task, project: sg.summarize("Task", [], _COUNT)),
        ("schema", lambda sg, task, project: sg.schema_field_create("Task", "text", "Jira Key")),
        ("schema", lambda sg, task, project: sg.schema_field_delete("Task", "sg_jira_key")),
    ],
)  # fmt: skip
def test_forbidden_action_is_a_fault_and_others_may_go_on(
    site: ShotgunSite,
    sg: shotgun_api3.Shotgun,
    script: Entity,
    as_jane: Actor,
    task: Entity,
    project: Entity,
    action: str,
    call: Any,
) -> None:
    site.forbid(script, action, "Task")
    before = site.last_event_id

    with pytest.raises(shotgun_api3.Fault, match=f"Permission denied: you may not {action} Task$"):
        call(sg, task, project)

    assert site.last_event_id == before
    assert sg.find("Project", [])
    as_jane.update("Task", task["id"], {"content": "Model"})


def test_field_that_may_not_be_written_is_named(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, script: Entity, task: Entity
) -> None:
    site.forbid(script, "update", "Task", fields=["sg_status_list"])

    sg.update("Task", task["id"], {"content": "Model"})
    with pytest.raises(shotgun_api3.Fault, match=r"may not update Task\.sg_status_list"):
        sg.update("Task", task["id"], {"content": "Rig", "sg_status_list": "ip"})
    assert site.record("Task", task["id"])["content"] == "Model"


def test_batch_with_a_forbidden_request_does_nothing(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, script: Entity, task: Entity, asset: Entity
) -> None:
    site.forbid(script, "update", "Asset")
    before = site.last_event_id
    changes = [("Task", task["id"], {"content": "Model"}), ("Asset", asset["id"], {"code": "B"})]
    requests = [
        {"request_type": "update", "entity_type": name, "entity_id": id, "data": data}
        for name, id, data in changes
    ]

    with pytest.raises(shotgun_api3.Fault, match=r"request 1: .*may not update Asset$"):
        sg.batch(requests)

    assert site.record("Task", task["id"])["content"] == "Rig"
    assert site.last_event_id == before


def test_field_that_may_not_be_read_is_as_one_that_does_not_exist(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, script: Entity, task: Entity, asset: Entity
) -> None:
    site.forbid(script, "read", "Asset", fields=["code"])

    assert "code" not in sg.schema_field_read("Asset")
    with pytest.raises(shotgun_api3.Fault, match=r"Asset\.code doesn't exist"):
        sg.schema_field_read("Asset", "code")
    with pytest.raises(shotgun_api3.Fault, match="doesn't exist"):
        sg.find("Task", [["entity.Asset.code", "is", "Dragon"]])
    with pytest.raises(shotgun_api3.Fault, match="doesn't exist"):
        sg.find("Asset", [], order=[{"field_name": "code", "direction": "asc"}])
    found = sg.find_one("Task", [["id", "is", task["id"]]], ["content", "entity.Asset.code"])
    assert found == {"type": "Task", "id": task["id"], "content": "Rig"}


def test_type_that_may_not_be_read_is_not_in_the_schema(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, script: Entity
) -> None:
    site.forbid(script, "read", "EventLogEntry")

    assert "EventLogEntry" not in sg.schema_entity_read()
    assert "EventLogEntry" not in sg.schema_read()
    with pytest.raises(shotgun_api3.Fault, match="may not read EventLogEntry"):
        sg.find_one("EventLogEntry", [])


def test_permissions_are_given_back(
    site: ShotgunSite, sg: shotgun_api3.Shotgun, script: Entity, task: Entity
) -> None:
    site.forbid(script, "update", "Task")
    site.allow_everything(script)

    assert sg.update("Task", task["id"], {"content": "Model"})["content"] == "Model"


def test_python_is_refused_the_same(site: ShotgunSite, jane: Entity, task: Entity) -> None:
    site.forbid(jane, "update", "Task")

    with pytest.raises(ShotgunFault, match="may not update Task"):
        site.acting_as(jane).update("Task", task["id"], {"content": "Model"})
