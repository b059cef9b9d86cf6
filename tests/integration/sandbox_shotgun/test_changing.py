"""Updating, deleting and reviving records, alone and in batches."""

import pytest
from shotgun_api3 import Fault


def test_the_answer_of_an_update_has_the_new_values(sg, task):
    updated = sg.update("Task", task["id"], {"content": "Model", "est_in_mins": 5})

    assert updated == {"type": "Task", "id": task["id"], "content": "Model", "est_in_mins": 5}


def test_an_update_is_signed(site, sg, clock, script, task):
    clock.move(hours=1)

    sg.update("Task", task["id"], {"content": "Model"})

    record = site.record("Task", task["id"])
    assert record["updated_at"] == "2024-05-15T13:00:00Z"
    assert record["updated_by"] == script
    assert record["created_at"] == "2024-05-15T12:00:00Z"


def test_an_update_that_changes_nothing_leaves_no_trace(site, sg, clock, task, jane):
    before = site.last_event_id
    clock.move(hours=1)

    sg.update("Task", task["id"], {"content": "Rig", "task_assignees": [], "due_date": None})

    assert site.last_event_id == before
    assert site.record("Task", task["id"])["updated_by"] == jane


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("set", ["Omar Haddad"]), ("add", ["Jane Doe", "Omar Haddad"]), ("remove", ["Jane Doe"])],
)
def test_lists_of_links_are_set_added_to_or_removed_from(sg, task, jane, omar, mode, expected):
    sg.update("Task", task["id"], {"task_assignees": [jane]})

    sg.update(
        "Task",
        task["id"],
        {"task_assignees": [omar]},
        multi_entity_update_modes={"task_assignees": mode},
    )

    found = sg.find_one("Task", [["id", "is", task["id"]]], ["task_assignees"])
    assert [one["name"] for one in found["task_assignees"]] == expected


def test_an_unknown_update_mode_is_refused(sg, task):
    with pytest.raises(Fault, match="'merge'"):
        sg.update(
            "Task",
            task["id"],
            {"task_assignees": []},
            multi_entity_update_modes={"task_assignees": "merge"},
        )


@pytest.mark.parametrize("change", [{"content": None}, {"content": ""}, {"project": None}])
def test_what_is_required_cannot_be_emptied(sg, task, change):
    with pytest.raises(Fault, match="required"):
        sg.update("Task", task["id"], change)


@pytest.mark.parametrize("name", ["created_at", "created_by", "updated_at", "updated_by", "id"])
def test_the_record_of_who_and_when_cannot_be_changed(sg, task, name):
    with pytest.raises(Fault, match=rf"API update\(\) Task\.{name} is not editable"):
        sg.update("Task", task["id"], {name: None})


def test_an_update_with_one_wrong_field_changes_none(site, sg, task):
    with pytest.raises(Fault):
        sg.update("Task", task["id"], {"content": "Model", "sg_status_list": "xyz"})

    assert site.record("Task", task["id"])["content"] == "Rig"


def test_a_taken_key_undoes_the_fields_before_it(site, sg, project, task):
    sg.create("Task", {"content": "B", "project": project, "sg_jira_key": "K-1"})
    before = site.last_event_id

    with pytest.raises(Fault, match="unique"):
        sg.update("Task", task["id"], {"content": "Model", "sg_jira_key": "k-1"})

    assert site.record("Task", task["id"])["content"] == "Rig"
    assert site.last_event_id == before


def test_a_record_may_be_given_its_own_key_again(sg, task):
    sg.update("Task", task["id"], {"sg_jira_key": "K-1"})

    assert sg.update("Task", task["id"], {"sg_jira_key": "k-1"})["sg_jira_key"] == "k-1"


@pytest.mark.parametrize("number", [999, "1", None, True])
def test_an_unknown_record_cannot_be_changed(sg, number):
    with pytest.raises(Fault, match="does not exist"):
        sg.update("Task", number, {"content": "X"})


def test_a_retired_record_cannot_be_changed(sg, task):
    sg.delete("Task", task["id"])

    with pytest.raises(Fault, match="was retired"):
        sg.update("Task", task["id"], {"content": "X"})


def test_renaming_a_person_renames_the_parts(site, sg, jane):
    sg.update("HumanUser", jane["id"], {"lastname": "Roe"})
    assert site.record("HumanUser", jane["id"])["name"] == "Jane Roe"

    sg.update("HumanUser", jane["id"], {"name": "Mary Poe"})
    assert site.record("HumanUser", jane["id"])["lastname"] == "Poe"


def test_deleting_retires_and_tells_whether_it_did(sg, task):
    assert sg.delete("Task", task["id"]) is True
    assert sg.delete("Task", task["id"]) is False

    assert sg.find_one("Task", [["id", "is", task["id"]]]) is None
    assert sg.find_one("Task", [["id", "is", task["id"]]], retired_only=True)["id"] == task["id"]


def test_reviving_brings_a_record_back_and_tells_whether_it_did(sg, task):
    sg.delete("Task", task["id"])

    assert sg.revive("Task", task["id"]) is True
    assert sg.revive("Task", task["id"]) is False
    assert sg.find_one("Task", [["id", "is", task["id"]]], ["content"])["content"] == "Rig"


@pytest.mark.parametrize("method", ["delete", "revive"])
def test_what_never_was_cannot_be_deleted_or_revived(sg, method):
    with pytest.raises(Fault, match="999 does not exist"):
        getattr(sg, method)("Task", 999)


def test_nobody_sees_a_link_to_a_retired_record(sg, project, task, asset, jane):
    note = sg.create("Note", {"content": "Hi", "project": project, "tasks": [task]})
    sg.delete("Asset", asset["id"])
    sg.delete("Note", note["id"])

    found = sg.find_one(
        "Task", [["id", "is", task["id"]]], ["entity", "notes", "entity.Asset.code"]
    )

    assert (found["entity"], found["notes"], found["entity.Asset.code"]) == (None, [], None)


def test_a_link_is_back_when_its_record_is_revived(sg, project, task):
    note = sg.create("Note", {"content": "Hi", "project": project, "tasks": [task]})
    other = sg.create("Note", {"content": "Ho", "project": project})
    sg.delete("Note", note["id"])
    sg.update("Task", task["id"], {"notes": [other]}, {"notes": "add"})

    sg.revive("Note", note["id"])

    found = sg.find_one("Task", [["id", "is", task["id"]]], ["notes"])
    assert {one["id"] for one in found["notes"]} == {note["id"], other["id"]}


def test_a_retired_record_still_shows_its_links(sg, project, task):
    note = sg.create("Note", {"content": "Hi", "project": project, "tasks": [task]})
    sg.delete("Note", note["id"])

    found = sg.find_one("Note", [["id", "is", note["id"]]], ["tasks"], retired_only=True)

    assert [one["id"] for one in found["tasks"]] == [task["id"]]


def test_a_batch_does_all_kinds_of_requests(site, sg, project, task, asset, jane):
    results = sg.batch(
        [
            {
                "request_type": "create",
                "entity_type": "Task",
                "data": {"content": "A", "project": project},
                "return_fields": ["sg_status_list"],
            },
            {
                "request_type": "update",
                "entity_type": "Task",
                "entity_id": task["id"],
                "data": {"task_assignees": [jane]},
                "multi_entity_update_modes": {"task_assignees": "add"},
            },
            {"request_type": "delete", "entity_type": "Asset", "entity_id": asset["id"]},
        ]
    )

    assert results[0]["sg_status_list"] == "wtg"
    assert results[1]["task_assignees"][0]["name"] == "Jane Doe"
    assert results[2] is True
    assert len(site.records("Task")) == 2


def test_a_batch_with_one_wrong_request_does_nothing(site, sg, project, task, asset):
    before = site.last_event_id
    requests = [
        {"request_type": "create", "entity_type": "Task", "data": {"content": "A"}},
        {"request_type": "update", "entity_type": "Task", "entity_id": 999, "data": {"content": 1}},
    ]
    requests[0]["data"] |= {"project": project, "sg_jira_key": "K-1", "entity": asset}
    requests.insert(1, {"request_type": "delete", "entity_type": "Task", "entity_id": task["id"]})

    with pytest.raises(Fault, match=r"request 2: .*does not exist"):
        sg.batch(requests)

    assert [one["id"] for one in site.records("Task")] == [task["id"]]
    assert [one["id"] for one in site.record("Asset", asset["id"])["tasks"]] == [task["id"]]
    assert site.last_event_id == before
    created = sg.create("Task", {"content": "A", "project": project, "sg_jira_key": "K-1"})
    assert created["id"] == task["id"] + 1
