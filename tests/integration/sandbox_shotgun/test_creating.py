"""Creating records, and what FPTR refuses."""

from datetime import datetime, timezone

import pytest
from shotgun_api3 import Fault


def test_the_answer_has_the_data_and_what_was_asked_for(sg, project, jane):
    data = {"content": "Rig", "project": project, "task_assignees": [jane], "est_in_mins": 90}

    created = sg.create("Task", data, return_fields=["sg_status_list"])

    assert created == {
        "type": "Task",
        "id": created["id"],
        "content": "Rig",
        "project": project,
        "task_assignees": [{"type": "HumanUser", "id": jane["id"], "name": "Jane Doe"}],
        "est_in_mins": 90,
        "sg_status_list": "wtg",
    }


def test_defaults_are_filled_in(site, sg, project, script):
    created = sg.create("Task", {"content": "Rig", "project": project})

    record = site.record("Task", created["id"])
    assert record["sg_status_list"] == "wtg"
    assert record["sg_sync_in_jira"] is False
    assert record["task_assignees"] == []
    assert record["due_date"] is None
    assert record["created_at"] == record["updated_at"] == "2024-05-15T12:00:00Z"
    assert record["created_by"] == record["updated_by"] == script


def test_ids_of_two_types_differ(sg, project, task, asset):
    assert len({project["id"], task["id"], asset["id"]}) == 3


def test_created_at_and_created_by_may_be_given(sg, project, jane):
    data = {
        "content": "Rig",
        "project": project,
        "created_at": datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        "created_by": jane,
    }

    created = sg.create("Task", data)

    assert created["created_at"] == datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert created["created_by"] == jane


def test_people_have_a_name_made_of_its_parts(sg):
    created = sg.create("HumanUser", {"firstname": "Ada", "lastname": "Byron", "login": "ada"})

    assert sg.find_one("HumanUser", [["id", "is", created["id"]]], ["name"])["name"] == "Ada Byron"


def test_the_parts_of_a_name_are_taken_from_it(site, jane):
    record = site.record("HumanUser", jane["id"])

    assert (record["firstname"], record["lastname"]) == ("Jane", "Doe")


def test_a_note_and_its_reply_belong_to_who_wrote_them(site, connect, jane, project):
    client = connect(login="jane", password="secret-of-jane")

    note = client.create("Note", {"content": "Hi", "project": project})
    reply = client.create("Reply", {"content": "Yes", "entity": note})

    assert site.record("Note", note["id"])["user"] == jane
    assert site.record("Note", note["id"])["subject"] == "Jane Doe's Note"
    assert site.record("Reply", reply["id"])["user"] == jane


def test_a_time_log_is_of_today_and_of_who_logged_it(site, connect, jane, project, task):
    client = connect(login="jane", password="secret-of-jane")

    log = client.create("TimeLog", {"entity": task, "project": project, "duration": 30})

    record = site.record("TimeLog", log["id"])
    assert (record["date"], record["user"], record["duration"]) == ("2024-05-15", jane, 30)


def test_a_url_comes_back_as_a_web_link(sg, project):
    data = {"code": "A", "project": project, "sg_jira_url": {"url": "http://j/b/A-1"}}

    created = sg.create("Asset", data)

    assert created["sg_jira_url"] == {
        "url": "http://j/b/A-1",
        "name": "http://j/b/A-1",
        "link_type": "web",
    }


def test_every_kind_of_value_comes_back_as_it_was_given(sg, project):
    version = {
        "code": "v1",
        "project": project,
        "frame_count": 12,
        "flagged": True,
        "sg_status_list": "vwd",
    }
    tag = sg.create("Tag", {"name": "hero"})

    created = sg.create("Version", version)
    person = sg.create("HumanUser", {"name": "A B", "login": "ab", "percent_capacity": 50})
    task = sg.create("Task", {"content": "T", "project": project, "due_date": "2024-02-29"})
    sg.update("Task", task["id"], {"tags": [tag], "color": "1,2,3"})

    assert {name: created[name] for name in version} == version
    assert person["percent_capacity"] == 50
    assert task["due_date"] == "2024-02-29"
    assert sg.find_one("Task", [["id", "is", task["id"]]], ["tags", "color"])["tags"] == [
        {"type": "Tag", "id": tag["id"], "name": "hero"}
    ]


@pytest.mark.parametrize(
    ("entity_type", "data", "reason"),
    [
        ("Tsk", {}, "'Tsk' is not a valid entity type"),
        ("Task", {"sg_foo": 1}, "Task.sg_foo doesn't exist"),
        ("Task", {"content": 5}, "expected \\[str, None\\].*Task.content.*got int"),
        ("Task", {"est_in_mins": "90"}, "expected \\[int, None\\].*Task.est_in_mins"),
        ("Task", {"est_in_mins": True}, "expected \\[int, None\\].*Task.est_in_mins"),
        ("Task", {"est_in_mins": 2**31}, "out of range"),
        ("Task", {"milestone": "yes"}, "expected \\[bool, None\\].*Task.milestone"),
        ("Task", {"due_date": "tomorrow"}, "not a valid date.*YYYY-MM-DD"),
        ("Task", {"due_date": "2024-02-30"}, "not a valid date"),
        ("Task", {"created_at": "noon"}, "not a valid date and time"),
        ("Task", {"sg_status_list": "xyz"}, "Value is not legal; valid values are: wtg, rdy"),
        ("Task", {"sg_priority_1": "urgent"}, "Value is not legal"),
        ("Task", {"sg_jira_url": "http://j"}, "expected \\[dict with 'url'"),
        ("Task", {"task_assignees": {"type": "Group", "id": 1}}, "expected \\[list"),
        ("Task", {"task_assignees": ["jane"]}, "expected \\[dict with 'type' and 'id'"),
        ("Task", {"entity": {"type": "Tag", "id": 1}}, "Tag is not a valid entity type.*Asset"),
        ("Task", {"entity": {"type": "Asset", "id": 99}}, "Asset 99: it does not exist"),
        ("Task", {"updated_at": None}, "Task.updated_at is not editable"),
        ("Task", {"open_notes": []}, "Task.open_notes is not editable"),
        ("Task", {"id": 7}, "Task.id is not editable"),
        ("Task", {"project": None}, "Task.project.*required"),
        ("Task", {"content": ""}, "Task.content.*required"),
        ("EventLogEntry", {"event_type": "Mine"}, "cannot be created"),
    ],
)
def test_what_does_not_fit_is_refused(site, sg, project, entity_type, data, reason):
    good = {"content": "Rig", "project": project} if entity_type == "Task" else {}
    before = site.last_event_id

    with pytest.raises(Fault, match=f"API create\\(\\).*{reason}"):
        sg.create(entity_type, {**good, **data})

    assert site.records("Task") == []
    assert site.last_event_id == before


def test_a_record_without_a_project_is_refused(sg):
    with pytest.raises(Fault, match=r"Asset\.project"):
        sg.create("Asset", {"code": "A"})


def test_a_decimal_may_be_whole_and_no_text(sg, project):
    sg.schema_field_create("Asset", "float", "Weight")

    assert sg.create("Asset", {"code": "A", "project": project, "sg_weight": 2})["sg_weight"] == 2.0
    with pytest.raises(Fault, match="expected \\[float, None\\]"):
        sg.create("Asset", {"code": "B", "project": project, "sg_weight": "2"})


def test_a_key_is_unique_whatever_its_case(sg, project, task):
    sg.update("Task", task["id"], {"sg_jira_key": "FILM-1"})

    with pytest.raises(Fault, match=f"Task.sg_jira_key must be unique.*Task {task['id']}"):
        sg.create("Task", {"content": "B", "project": project, "sg_jira_key": "film-1"})


def test_empty_keys_are_not_compared(sg, project):
    for key in ("", "", None, None):
        sg.create("Task", {"content": "B", "project": project, "sg_jira_key": key})


def test_the_key_of_a_retired_record_is_free(sg, project, task):
    sg.update("Task", task["id"], {"sg_jira_key": "FILM-1"})
    sg.delete("Task", task["id"])

    created = sg.create("Task", {"content": "B", "project": project, "sg_jira_key": "FILM-1"})

    assert created["sg_jira_key"] == "FILM-1"
    with pytest.raises(Fault, match="must be unique"):
        sg.revive("Task", task["id"])


def test_a_task_is_assigned_to_people_and_groups(sg, project, jane):
    group = sg.create("Group", {"code": "Riggers", "users": [jane]})

    created = sg.create(
        "Task", {"content": "T", "project": project, "task_assignees": [jane, group]}
    )

    assert [one["name"] for one in created["task_assignees"]] == ["Jane Doe", "Riggers"]
