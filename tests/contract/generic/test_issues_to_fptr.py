"""An Issue changed in Jira, and its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from shotgun_api3 import ShotgunError

from sg_jira import Bridge
from sg_jira.handlers import EntitiesGenericHandler
from tests.contract.conftest import Person
from tests.contract.events import change, issue_event, text_change
from tests.contract.generic.jira_site import FLAG, ON, RATING, GenericStore
from tests.doubles.jira_metadata import COLOUR, SHOTGUN_ID, SHOTGUN_TYPE, SHOTGUN_URL
from tests.doubles.shotgun_double import Entity, ShotgunSite
from tests.doubles.shotgun_schema import field

Change = Callable[..., Any]


@pytest.fixture
def fields(jira: GenericStore, issue_key: str) -> dict[str, Any]:
    """The fields of the Issue, to edit as a person would."""
    found: dict[str, Any] = jira.issues[issue_key]["fields"]
    return found


# Fields


def test_a_changed_field_is_written_as_the_issue_has_it(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields.update(summary="Feathers", description="not in the changelog")

    assert change_in_jira(issue_key, text_change("summary", "an older value")) is True
    assert fptr.record(synced_task)["content"] == "Feathers"
    assert fptr.writes() == [("Task", synced_task["id"], {"content": "Feathers"})]


def test_fields_are_found_by_name_where_the_changelog_has_no_id(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields[COLOUR] = {"id": "10101", "value": "Green"}

    assert change_in_jira(issue_key, change("Colour", after=("10101", "Green"))) is True
    assert fptr.record(synced_task)["sg_colour"] == "Green"


def test_values_that_are_already_there_are_not_written(
    change_in_jira: Change, fptr: ShotgunSite, synced_task: Entity, issue_key: str
) -> None:
    assert change_in_jira(issue_key, text_change("summary", "Fur")) is True
    assert fptr.writes() == []


def test_a_change_of_fields_that_are_not_mapped_does_nothing_and_succeeds(
    change_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    jira.add_comment(issue_key, "words")

    assert change_in_jira(issue_key, change("priority", field_id="priority")) is True
    assert fptr.writes() == []
    assert jira.calls.count("comments", "worklogs") == 0


def test_the_jira_flag_syncs_everything_in_one_update(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields.update(summary="Feathers", description="soft", duedate="2024-12-24")

    assert change_in_jira(issue_key, change("Sync In FPTR", field_id=FLAG)) is True
    (write,) = fptr.writes()
    assert write[2] == {
        "content": "Feathers",
        "sg_description": "soft",
        "due_date": "2024-12-24",
    }


def test_a_field_that_only_goes_to_jira_is_not_written(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    mapping[0]["field_mapping"][0]["sync_direction"] = "sg_to_jira"
    fields.update(summary="Feathers")

    assert change_in_jira(issue_key, text_change("summary", "x")) is True
    assert fptr.writes() == []


def test_a_status_that_only_goes_to_jira_is_not_written(
    change_in_jira: Change,
    mapping: list[Any],
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    mapping[0]["status_mapping"]["sync_direction"] = "sg_to_jira"
    fields["status"] = jira.status("Done")

    assert change_in_jira(issue_key, change("status", field_id="status")) is True
    assert fptr.writes() == []


def test_without_any_changelog_everything_is_synced(
    handler: EntitiesGenericHandler,
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields.update(description="soft", duedate="2024-12-24")
    event = issue_event(jira, issue_key)
    del event["changelog"]

    assert handler.process_jira_event("issue", issue_key, event) is True
    record = fptr.record(synced_task)
    assert (record["sg_description"], record["due_date"]) == ("soft", "2024-12-24")


def test_the_hook_gets_the_value_the_issue_the_project_and_the_schema(
    change_in_jira: Change,
    generic: Bridge,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    project: Entity,
    fields: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []

    def shout(value: Any, *more: Any) -> str:
        seen.append((value, *more))
        return str(value).upper()

    hook = generic.get_syncer("entities").hook
    monkeypatch.setattr(hook, "get_sg_value_from_jira_value", shout)
    fields.update(summary="Feathers")

    assert change_in_jira(issue_key, text_change("summary", "x")) is True
    ((value, issue, sg_project, schema),) = seen
    assert (value, issue.key, sg_project["id"]) == ("Feathers", issue_key, project["id"])
    assert schema == fptr.schema["Task"]["content"]
    assert fptr.record(synced_task)["content"] == "FEATHERS"


def test_an_exception_of_the_hook_costs_only_the_field(
    change_in_jira: Change,
    generic: Bridge,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hook = generic.get_syncer("entities").hook
    shipped = hook.get_sg_value_from_jira_value

    def fail(value: Any, *more: Any) -> Any:
        if value == "soft":
            raise KeyError("no such shelf")
        return shipped(value, *more)

    monkeypatch.setattr(hook, "get_sg_value_from_jira_value", fail)
    fields.update(summary="Feathers", description="soft")

    items = [text_change("description", "x"), text_change("summary", "x")]
    assert change_in_jira(issue_key, *items) is False
    assert fptr.record(synced_task)["content"] == "Feathers"


def test_a_field_that_fptr_does_not_let_edit_costs_only_itself(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    mapping[0]["field_mapping"][1]["sg_field"] = "sg_frozen"
    fields.update(summary="Feathers", description="soft")
    items = [text_change("summary", "x"), text_change("description", "x")]

    assert change_in_jira(issue_key, *items) is False
    assert fptr.record(synced_task)["content"] == "Feathers"


def test_a_field_that_the_issue_lacks_costs_only_itself(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields.update(summary="Feathers")
    del fields["description"]

    items = [text_change("summary", "x"), text_change("description", "x")]
    assert change_in_jira(issue_key, *items) is False
    assert fptr.record(synced_task)["content"] == "Feathers"


def test_a_value_that_does_not_fit_costs_only_itself(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields.update(summary="Feathers", duedate="24 December")

    items = [text_change("duedate", "x"), text_change("summary", "x")]
    assert change_in_jira(issue_key, *items) is False
    assert fptr.record(synced_task)["content"] == "Feathers"


def test_a_value_that_fptr_refuses_does_not_cost_the_others(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields.update(summary="Feathers", description="soft")
    for _ in range(2):
        fptr.calls.fail("update", ShotgunError("no"))

    items = [text_change("summary", "x"), text_change("description", "x")]
    assert change_in_jira(issue_key, *items) is False
    record = fptr.record(synced_task)
    assert (record["content"] == "Feathers") is not (record["sg_description"] == "soft")


def test_a_list_value_that_fptr_does_not_know_is_added_to_it(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields[COLOUR] = {"id": "1", "value": "Dark Green"}

    assert change_in_jira(issue_key, change("Colour", field_id=COLOUR)) is True
    assert fptr.record(synced_task)["sg_colour"] == "Dark Green"
    valid = fptr.schema["Task"]["sg_colour"]["properties"]["valid_values"]["value"]
    assert valid == ["Red", "Green", "Dark Green"]


def test_an_estimate_comes_back_in_minutes(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    fields["timetracking"] = {"originalEstimate": "1h 30m", "originalEstimateSeconds": 5400}

    assert change_in_jira(issue_key, change("timeoriginalestimate", after=("5400", "5400"))) is True
    assert fptr.record(synced_task)["est_in_mins"] == 90


def test_an_assignee_arrives_and_an_unknown_one_is_left_out(
    change_in_jira: Change,
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    bob: Person,
) -> None:
    item = change("assignee", field_id="assignee")
    fields["assignee"] = bob.jira
    assert change_in_jira(issue_key, item) is True
    assert [person["id"] for person in fptr.record(synced_task)["task_assignees"]] == [
        bob.fptr["id"]
    ]

    fields["assignee"] = jira.add_person("Zed", "zed@elsewhere.test")
    assert change_in_jira(issue_key, item) is True
    assert fptr.record(synced_task)["task_assignees"] == []


def test_a_single_link_without_match_is_empty(
    change_in_jira: Change,
    mapping: list[Any],
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    ann: Person,
) -> None:
    mapping[0]["field_mapping"][2]["sg_field"] = "sg_supervisor"
    fptr.change(synced_task, sg_supervisor=ann.fptr)
    fields["assignee"] = jira.add_person("Zed", "zed@elsewhere.test")

    assert change_in_jira(issue_key, change("assignee", field_id="assignee")) is True
    assert fptr.record(synced_task)["sg_supervisor"] is None


def test_watchers_arrive_at_a_full_sync_without_unknown_ones(
    change_in_jira: Change,
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    bob: Person,
) -> None:
    fields["watches"] = {"watchCount": 2}
    jira.watchers[issue_key] = [bob.jira, jira.add_person("Zed", "zed@elsewhere.test")]

    change_in_jira(issue_key, change("Sync In FPTR", field_id=FLAG))
    watching = fptr.record(synced_task)["addressings_cc"]
    assert [person["id"] for person in watching] == [bob.fptr["id"]]


@pytest.mark.parametrize(
    ("status", "code"), [("Done", "fin"), ("In Progress", "ip"), ("done", "wtg"), ("Open", "wtg")]
)
def test_a_status_becomes_the_first_code_with_exactly_its_name(
    change_in_jira: Change,
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    status: str,
    code: str,
) -> None:
    fields["status"] = jira.status(status)

    assert change_in_jira(issue_key, change("status", field_id="status")) is True
    assert fptr.record(synced_task)["sg_status_list"] == code


def test_a_text_that_jira_had_to_shorten_stays_whole_in_fptr(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
) -> None:
    whole = "fur " * 100
    fptr.change(synced_task, content=whole)
    fields["summary"] = whole[:237] + "... [see Shotgun]."

    assert change_in_jira(issue_key, text_change("summary", "x")) is True
    assert fptr.record(synced_task)["content"] == whole


@pytest.mark.parametrize("labels", [["wet"], []])
def test_tags_that_no_label_can_hold_stay_when_the_labels_are_edited(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    labels: list[str],
) -> None:
    tags = {name: fptr.add("Tag", name=name) for name in ("wet", "dry", "big hero")}
    fptr.change(synced_task, tags=[tags["dry"], tags["big hero"]])
    fields["labels"] = labels

    assert change_in_jira(issue_key, change("labels", field_id="labels")) is True
    found = [tag["id"] for tag in fptr.record(synced_task)["tags"]]
    assert found == [tags[name]["id"] for name in [*labels, "big hero"]]


# Parents


@pytest.mark.parametrize("named", ["IssueParentAssociation", "Parent"])
def test_a_new_parent_is_the_record_of_the_parent_issue(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    asset: Entity,
    epic_key: str,
    named: str,
) -> None:
    fields["parent"] = {"key": epic_key, "fields": {"issuetype": {"name": "Epic"}}}

    assert change_in_jira(issue_key, change(named)) is True
    linked = fptr.record(synced_task)["entity"]
    assert (linked["type"], linked["id"]) == ("Asset", asset["id"])


@pytest.mark.parametrize("issue_type", ["Epic", "Story"])
def test_a_parent_that_is_not_synced_is_none_and_not_created(
    change_in_jira: Change,
    jira: GenericStore,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    asset: Entity,
    issue_type: str,
) -> None:
    fptr.change(synced_task, entity=asset)
    fields["parent"] = {"key": jira.add_issue(issue_type=issue_type)}

    assert change_in_jira(issue_key, change("IssueParentAssociation")) is True
    assert fptr.record(synced_task)["entity"] is None


def test_no_parent_is_none_though_the_issue_lacks_the_field(
    change_in_jira: Change,
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
    asset: Entity,
) -> None:
    fptr.change(synced_task, entity=asset)

    assert change_in_jira(issue_key, change("IssueParentAssociation")) is True
    assert fptr.record(synced_task)["entity"] is None


def test_a_change_of_parent_where_none_is_mapped_does_nothing(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    synced_task: Entity,
    issue_key: str,
) -> None:
    mapping[0]["field_mapping"].pop(7)

    assert change_in_jira(issue_key, change("IssueParentAssociation")) is True
    assert fptr.writes() == []


def test_children_are_no_field_of_jira_and_no_error(
    change_in_jira: Change, jira: GenericStore, fptr: ShotgunSite, asset: Entity, epic_key: str
) -> None:
    assert change_in_jira(epic_key, change("Sync In FPTR", field_id=FLAG)) is True


def test_each_element_has_its_own_status(
    change_in_jira: Change, mapping: list[Any], asset: Entity, epic_key: str, fptr: ShotgunSite
) -> None:
    del mapping[0]["status_mapping"]
    mapping[1]["status_mapping"] = {"sg_field": "sg_status_list", "mapping": {"ip": "To Do"}}

    assert change_in_jira(epic_key, change("Sync In FPTR", field_id=FLAG)) is True
    assert fptr.record(asset)["sg_status_list"] == "ip"


# Creation


@pytest.fixture
def new_key(jira: GenericStore, project: Entity) -> str:
    """An Issue with its flag on that FPTR does not know."""
    return jira.add_issue(summary="Whiskers", description="long", **{FLAG: ON})


def test_an_issue_with_its_flag_on_becomes_a_record(
    change_in_jira: Change, fptr: ShotgunSite, jira: GenericStore, project: Entity, new_key: str
) -> None:
    assert change_in_jira(new_key, change("Sync In FPTR", field_id=FLAG)) is True

    (record,) = fptr.rows["Task"].values()
    assert record["content"] == "Whiskers"
    assert record["sg_description"] == "long"
    assert record["project"]["id"] == project["id"]
    assert record["sg_jira_key"] == new_key
    assert record["sg_jira_url"]["name"] == "View in Jira"
    assert record["sg_sync_in_jira"] is True
    named = {
        SHOTGUN_TYPE: "Task",
        SHOTGUN_ID: str(record["id"]),
        SHOTGUN_URL: f"{fptr.url}/detail/Task/{record['id']}",
    }
    assert [call.args for call in jira.calls.of("Issue.update")] == [(new_key, named)]


@pytest.mark.parametrize(
    ("pair", "name"),
    [
        ({"sg_field": "content", "jira_field": "description"}, "long"),
        ({"sg_field": "sg_description", "jira_field": "summary"}, "Whiskers"),
    ],
    ids=["mapped to another field", "not mapped"],
)
def test_a_record_made_for_an_issue_has_its_name_from_the_field_mapped_to_it(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    new_key: str,
    pair: dict[str, str],
    name: str,
) -> None:
    mapping[0]["field_mapping"] = [pair]

    assert change_in_jira(new_key) is True
    (created,) = fptr.calls.of("create")
    assert created.args[1]["content"] == name


def test_a_record_made_for_an_issue_gets_everything_whatever_the_changelog_says(
    change_in_jira: Change, fptr: ShotgunSite, new_key: str
) -> None:
    assert change_in_jira(new_key, name="jira:issue_created") is True
    (record,) = fptr.rows["Task"].values()
    assert record["sg_description"] == "long"


def test_a_record_that_only_comes_from_jira_has_its_flag_off(
    change_in_jira: Change, mapping: list[Any], fptr: ShotgunSite, new_key: str
) -> None:
    mapping[0]["sync_direction"] = "jira_to_sg"

    assert change_in_jira(new_key) is True
    (record,) = fptr.rows["Task"].values()
    assert record["sg_sync_in_jira"] is False


@pytest.mark.parametrize("left", [{SHOTGUN_ID: "77"}, {SHOTGUN_TYPE: "Task"}])
def test_an_issue_that_was_linked_before_gets_no_new_record(
    change_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    new_key: str,
    left: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    jira.issues[new_key]["fields"].update(left)

    assert change_in_jira(new_key) is False
    assert fptr.rows["Task"] == {}
    assert new_key in caplog.text


def test_a_record_that_its_issue_does_not_name_yet_is_not_made_twice(
    change_in_jira: Change, fptr: ShotgunSite, jira: GenericStore, new_key: str
) -> None:
    jira.calls.fail("Issue.update", ConnectionError("gone"))
    with pytest.raises(ConnectionError):
        change_in_jira(new_key)

    assert change_in_jira(new_key) is True
    (record,) = fptr.rows["Task"].values()
    assert jira.fields_of(new_key)[SHOTGUN_ID] == str(record["id"])


# What studios override


def test_a_studios_own_method_is_called_for_every_step(
    generic: Bridge,
    change_in_jira: Change,
    change_in_fptr: Change,
    synced_task: Entity,
    issue_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []
    handler = generic.get_syncer("entities").handlers[0]
    for name in (
        "_sync_jira_issue_to_sg",
        "_sync_jira_fields_to_sg",
        "_sync_jira_comments_to_sg",
        "_sync_jira_worklogs_to_sg",
        "_get_jira_entity",
        "_sync_sg_fields_to_jira",
        "_sync_sg_watchers_to_jira",
        "_sync_sg_status_to_jira",
        "_sync_sg_linked_entities_to_jira",
        "_sync_hierarchy_to_jira",
    ):

        def spy(*args: Any, _name: str = name, **more: Any) -> Any:
            called.append(_name)
            return getattr(type(handler), _name)(handler, *args, **more)

        monkeypatch.setattr(handler, name, spy)

    change_in_jira(issue_key, change("Sync In FPTR", field_id=FLAG))
    assert called == [
        "_sync_jira_issue_to_sg",
        "_sync_jira_fields_to_sg",
        "_sync_jira_comments_to_sg",
        "_sync_jira_worklogs_to_sg",
    ]
    called.clear()
    change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True)
    assert called == [
        "_get_jira_entity",
        "_sync_sg_fields_to_jira",
        "_sync_sg_watchers_to_jira",
        "_sync_hierarchy_to_jira",
        "_sync_sg_status_to_jira",
        "_sync_sg_linked_entities_to_jira",
        "_sync_sg_linked_entities_to_jira",
    ]


@pytest.mark.parametrize(
    ("data_type", "jira_value", "expected"),
    [("float", 2.5, 2.5), ("percent", 40.0, 40), ("number", 3.0, 3)],
)
def test_numbers_of_all_kinds_arrive(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    generic: Bridge,
    synced_task: Entity,
    issue_key: str,
    fields: dict[str, Any],
    data_type: str,
    jira_value: float,
    expected: Any,
) -> None:
    fptr.schema["Task"]["sg_figure"] = field(data_type)
    fptr.rows["Task"][synced_task["id"]]["sg_figure"] = None
    mapping[0]["field_mapping"].append({"sg_field": "sg_figure", "jira_field": RATING})
    fields[RATING] = jira_value

    assert change_in_jira(issue_key, change("Rating", field_id=RATING)) is True
    assert fptr.record(synced_task)["sg_figure"] == expected


def test_the_supported_fields_and_types_are_those_of_the_mapping(
    handler: EntitiesGenericHandler,
) -> None:
    assert handler._supported_shotgun_entities_for_shotgun_event() == [
        "Task",
        "Asset",
        "Note",
        "TimeLog",
    ]
    assert handler._supported_shotgun_fields_for_shotgun_event("Note") == [
        "subject",
        "content",
        "user",
        "tasks",
    ]
    assert handler._supported_shotgun_fields_for_shotgun_event("TimeLog") == [
        "description",
        "duration",
        "date",
        "user",
        "entity",
    ]
    assert "sg_status_list" in handler._supported_shotgun_fields_for_shotgun_event("Task")
    assert handler._supported_jira_issue_types_for_jira_event() == ["Task", "Epic"]
    assert "status" in handler._supported_jira_fields_for_jira_event("Task")
    assert "status" not in handler._supported_jira_fields_for_jira_event("Epic")
    assert handler._supported_jira_fields_for_jira_event("Worklog") == [
        "comment",
        "timeSpentSeconds",
        "started",
    ]
