"""What the site writes into its event log."""

import pytest
import shotgun_api3


def told(events):
    """Events in short: type and attribute."""
    return [(one["event_type"], one["attribute_name"]) for one in events]


def test_a_creation_is_told_and_each_field_that_was_set(site, sg, project, jane):
    before = site.last_event_id

    created = sg.create(
        "Task",
        {"content": "Rig", "project": project, "task_assignees": [jane], "due_date": None},
    )

    events = site.events(after=before)
    assert told(events) == [
        ("Shotgun_Task_New", None),
        ("Shotgun_Task_Change", "content"),
        ("Shotgun_Task_Change", "project"),
        ("Shotgun_Task_Change", "task_assignees"),
    ]
    assert events[0]["meta"] == {
        "type": "new_entity",
        "entity_type": "Task",
        "entity_id": created["id"],
    }
    assert events[1]["meta"] == {
        "type": "attribute_change",
        "entity_type": "Task",
        "entity_id": created["id"],
        "attribute_name": "content",
        "field_data_type": "text",
        "old_value": None,
        "new_value": "Rig",
        "in_create": True,
    }
    assert all(one["meta"]["in_create"] for one in events[1:])


def test_each_changed_field_is_told_by_itself(site, sg, task):
    before = site.last_event_id

    sg.update("Task", task["id"], {"content": "Model", "est_in_mins": 60, "sg_description": None})

    first, second = site.events(after=before)
    assert (first["meta"]["old_value"], first["meta"]["new_value"]) == ("Rig", "Model")
    assert second["meta"] == {
        "type": "attribute_change",
        "entity_type": "Task",
        "entity_id": task["id"],
        "attribute_name": "est_in_mins",
        "field_data_type": "duration",
        "old_value": None,
        "new_value": 60,
    }


def test_an_entry_says_who_changed_what_and_when(site, connect, clock, jane, project, task):
    client = connect(login="jane", password="secret-of-jane")
    client.set_session_uuid("5a1d49b0")
    before = site.last_event_id
    clock.move(minutes=5)

    client.update("Task", task["id"], {"content": "Model"})

    (event,) = site.events(after=before)
    assert event["type"] == "EventLogEntry"
    assert event["user"] == jane
    assert event["project"] == project
    assert event["entity"] == {"type": "Task", "id": task["id"], "name": "Model"}
    assert event["session_uuid"] == "5a1d49b0"
    assert event["created_at"] == "2024-05-15T12:05:00Z"


def test_ids_increase_without_gaps(site, sg, task):
    before = site.last_event_id

    for name in "abc":
        sg.update("Task", task["id"], {"content": name})

    assert [one["id"] for one in site.events(after=before)] == [before + 1, before + 2, before + 3]


def test_lists_of_links_tell_what_was_added_and_removed(site, sg, task, jane, omar):
    sg.update("Task", task["id"], {"task_assignees": [jane]})
    before = site.last_event_id

    sg.update("Task", task["id"], {"task_assignees": [omar]})

    meta = site.events(after=before)[0]["meta"]
    assert "old_value" not in meta
    assert "new_value" not in meta
    (added,), (removed,) = meta["added"], meta["removed"]
    assert (added["type"], added["id"], added["name"]) == ("HumanUser", omar["id"], "Omar Haddad")
    assert (added["status"], added["valid"]) == ("act", "valid")
    assert added["uuid"]
    assert removed["id"] == jane["id"]


def test_a_single_link_tells_both_records(site, sg, project, task, asset):
    shot = sg.create("Shot", {"code": "010", "project": project})
    before = site.last_event_id

    sg.update("Task", task["id"], {"entity": shot})

    meta = site.events(after=before)[0]["meta"]
    assert (meta["old_value"]["name"], meta["new_value"]["name"]) == ("Dragon", "010")


def test_the_other_side_of_a_link_has_its_own_event(site, sg, project, task, asset):
    shot = sg.create("Shot", {"code": "010", "project": project})
    before = site.last_event_id

    sg.update("Task", task["id"], {"entity": shot})

    events = site.events(after=before)
    assert told(events) == [
        ("Shotgun_Task_Change", "entity"),
        ("Shotgun_Asset_Change", "tasks"),
        ("Shotgun_Shot_Change", "tasks"),
    ]
    assert events[1]["entity"]["id"] == asset["id"]
    assert events[1]["meta"]["removed"][0]["id"] == task["id"]
    assert events[2]["meta"]["added"][0]["id"] == task["id"]


def test_a_new_note_is_told_on_its_task_too(site, sg, project, task):
    before = site.last_event_id

    sg.create("Note", {"subject": "Hi", "project": project, "tasks": [task]})

    last = site.events(after=before)[-1]
    assert told([last]) == [("Shotgun_Task_Change", "notes")]
    assert "in_create" not in last["meta"]


def test_a_retirement_is_told_twice(site, sg, task):
    before = site.last_event_id

    sg.delete("Task", task["id"])
    sg.delete("Task", task["id"])

    first, second = site.events(after=before)
    assert told([first, second]) == [
        ("Shotgun_Task_Retirement", None),
        ("Shotgun_Task_Change", "retirement_date"),
    ]
    assert first["meta"]["type"] == "entity_retirement"
    assert second["meta"] == {
        "type": "attribute_change",
        "entity_type": "Task",
        "entity_id": task["id"],
        "attribute_name": "retirement_date",
        "field_data_type": "date_time",
        "old_value": None,
        "new_value": "2024-05-15T12:00:00Z",
    }


def test_the_log_does_not_link_to_a_retired_record(site, sg, project, task):
    before = site.last_event_id

    sg.delete("Task", task["id"])

    assert [(one["entity"], one["project"]) for one in site.events(after=before)] == [
        (None, project),
        (None, project),
    ]


def test_a_revival_is_told_twice(site, sg, task):
    sg.delete("Task", task["id"])
    before = site.last_event_id

    sg.revive("Task", task["id"])
    sg.revive("Task", task["id"])

    first, second = site.events(after=before)
    assert told([first, second]) == [
        ("Shotgun_Task_Revival", None),
        ("Shotgun_Task_Change", "retirement_date"),
    ]
    assert second["meta"]["old_value"] == "2024-05-15T12:00:00Z"
    assert second["meta"]["new_value"] is None


def test_a_project_is_its_own_project_and_a_reply_has_its_notes(site, sg, project):
    note = sg.create("Note", {"subject": "Hi", "project": project})
    before = site.last_event_id

    sg.update("Project", project["id"], {"sg_description": "x"})
    sg.create("Reply", {"content": "Yes", "entity": note})

    assert {one["project"]["id"] for one in site.events(after=before)} == {project["id"]}


def test_people_and_tags_have_no_project(site, sg):
    before = site.last_event_id

    sg.create("Tag", {"name": "hero"})

    assert {one["project"] for one in site.events(after=before)} == {None}


def test_a_script_that_generates_no_events_leaves_none(site, sg, as_jane, script, task):
    as_jane.update("ApiUser", script["id"], {"generate_event_log_entries": False})
    before = site.last_event_id

    sg.update("Task", task["id"], {"content": "Model"})

    assert site.last_event_id == before


def test_editing_an_answer_does_not_edit_the_log(site, task):
    site.events()[-1]["meta"]["type"] = "edited"

    assert site.events()[-1]["meta"]["type"] == "attribute_change"


def test_the_log_can_be_read_and_not_written(site, sg, task):
    with pytest.raises(shotgun_api3.Fault, match="EventLogEntry records cannot be"):
        sg.delete("EventLogEntry", site.last_event_id)


def test_waiting_for_events_ends_with_one_or_with_the_time(site, as_jane, task):
    last = site.last_event_id

    assert site.wait_for_events(last, timeout=0) is False
    as_jane.update("Task", task["id"], {"content": "Model"})
    assert site.wait_for_events(last, timeout=0) is True


def poll(client, after):
    """What the event daemon asks for every few seconds."""
    return client.find(
        "EventLogEntry",
        [["id", "greater_than", after]],
        [
            "id",
            "event_type",
            "attribute_name",
            "meta",
            "entity",
            "user",
            "project",
            "session_uuid",
            "created_at",
        ],
        order=[{"column": "id", "direction": "asc"}],
        limit=500,
    )


def test_the_event_daemon_follows_the_log_beside_its_plug_ins(site, sg, connect, task, project):
    site.add_script("plug-in", "key-of-plug-in")
    plug_in = connect(script_name="plug-in", api_key="key-of-plug-in")
    newest = sg.find_one("EventLogEntry", [], ["id"], order=[{"column": "id", "direction": "desc"}])
    seen = newest["id"]
    assert poll(sg, seen) == []

    plug_in.update("Task", task["id"], {"content": "Model", "sg_status_list": "ip"})
    first = poll(sg, seen)
    seen = first[-1]["id"]
    plug_in.update("Task", task["id"], {"content": "Rig"})
    second = poll(sg, seen)

    assert [one["attribute_name"] for one in first + second] == [
        "content",
        "sg_status_list",
        "content",
    ]
    assert first[0]["meta"]["new_value"] == "Model"
    assert first[0]["user"]["name"] == "plug-in"
    assert first[0]["project"] == project
