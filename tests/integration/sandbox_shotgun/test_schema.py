"""Reading and changing the schema."""

import pytest
import shotgun_api3
from shotgun_api3 import Fault

from sg_jira.sandbox.shotgun import ShotgunSite

TYPES = (
    *("Project", "Task", "Asset", "Shot", "Sequence", "Version", "Note", "Reply", "TimeLog"),
    *("Ticket", "Step", "HumanUser", "Group", "Department", "ApiUser", "Status", "Tag"),
    *("EventLogEntry", "CustomEntity01", "CustomEntity10"),
)


def test_the_entity_types_have_a_name_and_are_visible(sg):
    types = sg.schema_entity_read()

    assert set(TYPES) <= set(types)
    assert types["ApiUser"] == {
        "name": {"value": "Script", "editable": False},
        "visible": {"value": True, "editable": False},
    }


def test_a_field_is_described_in_full(sg):
    field = sg.schema_field_read("Task", "sg_status_list")["sg_status_list"]

    assert set(field) == {
        "name",
        "description",
        "custom_metadata",
        "entity_type",
        "data_type",
        "editable",
        "mandatory",
        "unique",
        "properties",
        "visible",
        "ui_value_displayable",
    }
    assert field["name"] == {"value": "Status", "editable": True}
    assert field["entity_type"] == {"value": "Task", "editable": False}
    assert field["data_type"] == {"value": "status_list", "editable": False}
    properties = field["properties"]
    assert properties["default_value"]["value"] == "wtg"
    assert "ip" in properties["valid_values"]["value"]
    assert properties["display_values"]["value"]["ip"] == "In Progress"


def test_a_link_field_names_the_types_it_takes(sg):
    field = sg.schema_field_read("Task", "task_assignees")["task_assignees"]

    assert field["properties"]["valid_types"]["value"] == ["Group", "HumanUser"]
    assert field["properties"]["default_value"]["value"] is None


def test_all_fields_of_a_type_are_read_at_once(sg):
    fields = sg.schema_field_read("Task")

    assert {"content", "project", "est_in_mins", "addressings_cc", "tags"} <= set(fields)
    assert fields["content"]["mandatory"]["value"] is True
    assert fields["open_notes"]["editable"]["value"] is False


def test_the_whole_schema_is_read_at_once(sg):
    schema = sg.schema_read()

    assert schema["Shot"] == sg.schema_field_read("Shot")


def test_reading_what_does_not_exist_is_refused(sg):
    with pytest.raises(Fault, match=r"API schema_field_read\(\) 'Tsk'"):
        sg.schema_field_read("Tsk")
    with pytest.raises(Fault, match=r"Task\.sg_foo doesn't exist"):
        sg.schema_field_read("Task", "sg_foo")


@pytest.mark.parametrize(
    ("entity_type", "field", "data_type", "unique"),
    [
        ("Project", "sg_jira_key", "text", True),
        ("Project", "sg_jira_sync_url", "url", False),
        ("Task", "sg_jira_key", "text", True),
        ("Task", "sg_sync_in_jira", "checkbox", False),
        ("Task", "sg_jira_url", "url", False),
        ("Note", "sg_jira_key", "text", True),
        ("TimeLog", "sg_jira_key", "text", True),
        ("CustomEntity10", "sg_sync_in_jira", "checkbox", False),
        ("HumanUser", "sg_jira_account_id", "text", False),
    ],
)
def test_the_fields_of_the_bridge_are_there(sg, entity_type, field, data_type, unique):
    schema = sg.schema_field_read(entity_type, field)[field]

    assert (schema["data_type"]["value"], schema["unique"]["value"]) == (data_type, unique)


def test_a_site_may_come_without_the_fields_of_the_bridge():
    site = ShotgunSite(bridge_fields=False)
    site.start()
    site.add_script("pipeline", "key")
    client = shotgun_api3.Shotgun(site.url, script_name="pipeline", api_key="key")

    fields = client.schema_field_read("Task")

    assert [name for name in fields if "jira" in name] == []
    client.close()
    site.stop()


def test_a_new_field_gets_a_name_and_records_get_its_empty_value(site, sg, task):
    name = sg.schema_field_create("Task", "checkbox", "Is it (done)?", {"description": "Tick"})

    assert name == "sg_is_it_done"
    assert site.record("Task", task["id"])["sg_is_it_done"] is False
    assert sg.schema_field_read("Task", name)[name]["description"]["value"] == "Tick"
    assert sg.update("Task", task["id"], {name: True})[name] is True


def test_a_second_field_of_the_same_name_is_numbered(sg):
    names = [sg.schema_field_create("Task", "text", "Mood") for _ in range(3)]

    assert names == ["sg_mood", "sg_mood_1", "sg_mood_2"]


def test_a_new_list_takes_its_values_only(sg, task):
    sg.schema_field_create("Task", "list", "Mood", {"valid_values": ["good", "bad"]})

    assert sg.update("Task", task["id"], {"sg_mood": "bad"})["sg_mood"] == "bad"
    with pytest.raises(Fault, match="good, bad"):
        sg.update("Task", task["id"], {"sg_mood": "so-so"})


def test_properties_of_a_field_change(sg):
    sg.schema_field_create("Task", "list", "Mood", {"valid_values": ["good"]})

    assert sg.schema_field_update("Task", "sg_mood", {"name": "M", "valid_values": ["a"]}) is True

    field = sg.schema_field_read("Task", "sg_mood")["sg_mood"]
    assert field["name"]["value"] == "M"
    assert field["properties"]["valid_values"]["value"] == ["a"]


def test_a_field_that_becomes_unique_is_unique_from_then_on(sg, project, task, asset):
    sg.schema_field_create("Task", "text", "Code")
    other = sg.create("Task", {"content": "B", "project": project, "sg_code": "X"})
    sg.update("Task", task["id"], {"sg_code": "x"})

    with pytest.raises(Fault, match="share a value"):
        sg.schema_field_update("Task", "sg_code", {"unique": True})
    sg.update("Task", task["id"], {"sg_code": "y"})
    sg.schema_field_update("Task", "sg_code", {"unique": True})

    with pytest.raises(Fault, match="must be unique"):
        sg.update("Task", task["id"], {"sg_code": "x"})
    assert sg.find_one("Task", [["sg_code", "is", "x"]])["id"] == other["id"]


def test_a_deleted_field_is_gone_with_its_values(sg, task):
    sg.schema_field_create("Task", "text", "Mood")
    sg.update("Task", task["id"], {"sg_mood": "good"})

    assert sg.schema_field_delete("Task", "sg_mood") is True

    with pytest.raises(Fault, match="doesn't exist"):
        sg.update("Task", task["id"], {"sg_mood": "bad"})
    sg.schema_field_create("Task", "text", "Mood")
    assert sg.find_one("Task", [], ["sg_mood"])["sg_mood"] is None


def test_changes_of_the_schema_are_in_the_event_log(site, sg):
    before = site.last_event_id

    sg.schema_field_create("Task", "text", "Mood")
    sg.schema_field_update("Task", "sg_mood", {"description": "x"})
    sg.schema_field_delete("Task", "sg_mood")

    assert [one["event_type"] for one in site.events(after=before)] == [
        "Shotgun_DisplayColumn_New",
        "Shotgun_DisplayColumn_Change",
        "Shotgun_DisplayColumn_Retirement",
    ]


@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("schema_field_create", ("Task", "poem", "Mood"), "'poem' is not a data type"),
        ("schema_field_create", ("Task", "text", " "), "needs a display name"),
        ("schema_field_create", ("Tsk", "text", "Mood"), "'Tsk'"),
        ("schema_field_create", ("Task", "number", "N", {"unique": True}), "cannot be unique"),
        ("schema_field_update", ("Task", "content", {"data_type": "url"}), "not an editable prop"),
        ("schema_field_update", ("Task", "content", {"name": 5}), "not a valid 'name'"),
        ("schema_field_update", ("Task", "sg_foo", {}), "doesn't exist"),
        ("schema_field_delete", ("Task", "content"), "system field"),
    ],
)
def test_a_change_of_the_schema_that_makes_no_sense_is_refused(sg, method, arguments, reason):
    with pytest.raises(Fault, match=reason):
        getattr(sg, method)(*arguments)


def test_the_statuses_of_the_site_are_records(sg):
    found = sg.find_one("Status", [["code", "is", "ip"]], ["name"])

    assert found["name"] == "In Progress"
