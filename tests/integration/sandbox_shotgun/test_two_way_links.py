"""Links that FPTR keeps on both records."""

import pytest


def names(site, entity_type, entity_id, field):
    value = site.record(entity_type, entity_id)[field]
    return [one["name"] for one in value] if isinstance(value, list) else value and value["name"]


def test_a_task_appears_on_its_asset(site, task, asset):
    assert names(site, "Asset", asset["id"], "tasks") == ["Rig"]


def test_moving_a_task_moves_it_on_the_other_side(site, sg, project, task, asset):
    shot = sg.create("Shot", {"code": "010", "project": project})

    sg.update("Task", task["id"], {"entity": shot})

    assert names(site, "Asset", asset["id"], "tasks") == []
    assert names(site, "Shot", shot["id"], "tasks") == ["Rig"]


def test_giving_an_asset_a_task_takes_it_from_the_other(site, sg, project, task, asset):
    other = sg.create("Asset", {"code": "Knight", "project": project, "tasks": [task]})

    assert names(site, "Task", task["id"], "entity") == "Knight"
    assert names(site, "Asset", asset["id"], "tasks") == []
    assert names(site, "Asset", other["id"], "tasks") == ["Rig"]


def test_taking_a_task_from_an_asset_empties_its_link(site, sg, task, asset):
    sg.update("Asset", asset["id"], {"tasks": []})

    assert site.record("Task", task["id"])["entity"] is None


@pytest.mark.parametrize(
    ("entity_type", "field", "data", "opposite"),
    [
        ("Note", "tasks", {"subject": "N", "content": "x"}, "notes"),
        ("Version", "sg_task", {"code": "V"}, "sg_versions"),
        ("CustomEntity01", "sg_tasks", {"code": "S"}, "custom_entity01_sg_tasks_custom_entity01s"),
        ("Task", "upstream_tasks", {"content": "T"}, "downstream_tasks"),
    ],
)
def test_what_is_linked_to_a_task_appears_on_it(
    site, sg, project, task, entity_type, field, data, opposite
):
    value = task if field == "sg_task" else [task]

    created = sg.create(entity_type, {**data, "project": project, field: value})

    assert [one["id"] for one in site.record("Task", task["id"])[opposite]] == [created["id"]]


def test_replies_appear_on_their_note(site, sg, project):
    note = sg.create("Note", {"subject": "N", "project": project})

    sg.create("Reply", {"content": "Yes", "entity": note})

    assert names(site, "Note", note["id"], "replies") == ["Yes"]


def test_notes_appear_on_what_they_are_about(site, sg, project, asset):
    sg.create("Note", {"subject": "N", "project": project, "note_links": [asset]})

    assert names(site, "Asset", asset["id"], "notes") == ["N"]


def test_only_notes_that_are_not_closed_are_open(site, sg, project, task):
    sg.create("Note", {"subject": "A", "project": project, "tasks": [task]})
    closed = {"subject": "B", "project": project, "tasks": [task], "sg_status_list": "clsd"}
    sg.create("Note", closed)

    assert names(site, "Task", task["id"], "open_notes") == ["A"]
    assert names(site, "Task", task["id"], "notes") == ["A", "B"]


def test_logged_time_is_summed_up_on_the_task(site, sg, project, task):
    for minutes in (30, 45):
        sg.create("TimeLog", {"entity": task, "project": project, "duration": minutes})

    assert site.record("Task", task["id"])["time_logs_sum"] == 75


def test_departments_know_their_people(site, sg, jane):
    department = sg.create("Department", {"name": "Rigging"})

    sg.update("HumanUser", jane["id"], {"department": department})

    assert names(site, "Department", department["id"], "users") == ["Jane Doe"]


def test_removing_what_was_not_linked_leaves_the_other_side_alone(site, sg, project, task, asset):
    other = sg.create("Asset", {"code": "Knight", "project": project})

    sg.update("Asset", other["id"], {"tasks": [task]}, {"tasks": "remove"})

    assert names(site, "Task", task["id"], "entity") == "Dragon"
