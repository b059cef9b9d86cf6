"""An Issue changed in Jira."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sg_jira import Bridge, constants
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers import SyncHandler
from tests.contract.conftest import Person
from tests.contract.events import change, issue_event, shotgun_event, text_change
from tests.doubles.jira_metadata import COLOUR, NICKNAME, POINTS, SHOTGUN_ID, SHOTGUN_TYPE
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite


@pytest.fixture
def sync(
    bridge: Bridge, jira: JiraStore, synced_task: Entity, issue_key: str
) -> Callable[..., Any]:
    """Tells the bridge that fields of the linked issue changed."""

    def send(*items: dict[str, Any], **fields: Any) -> Any:
        event = issue_event(jira, issue_key, *items)
        event["issue"]["fields"].update(fields)
        return bridge.sync_in_shotgun("default", "issue", issue_key, event)

    return send


def warned(caplog: pytest.LogCaptureFixture) -> bool:
    return "WARNING" in {record.levelname for record in caplog.records}


# Finding the record


@pytest.mark.parametrize("flag", [True, False])
def test_a_change_comes_back_whatever_the_flag_says(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, flag: bool
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=flag)

    assert sync(text_change("summary", "Long fur")) is True
    assert fptr.record(synced_task)["content"] == "Long fur"


def test_a_project_without_jira_key_does_not_matter(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, project: Entity
) -> None:
    fptr.change(project, sg_jira_key=None)

    assert sync(text_change("summary", "Long fur")) is True


@pytest.mark.parametrize("bad", ["12a", "x", "1.5", "-"])
def test_an_id_that_is_no_number_is_a_value_error(sync: Any, bad: str) -> None:
    with pytest.raises(ValueError, match=bad):
        sync(text_change("summary", "x"), **{SHOTGUN_ID: bad})


def test_an_id_stored_as_a_number_is_fine(sync: Any, synced_task: Entity) -> None:
    for number in (synced_task["id"], float(synced_task["id"])):
        assert sync(text_change("summary", f"Fur {number}"), **{SHOTGUN_ID: number}) is True


@pytest.mark.parametrize("own", ["no key", "a deleted Issue", "somebody else's Issue"])
def test_the_record_that_the_issue_names_is_written_whatever_its_key_says(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, own: str
) -> None:
    keys = {
        "no key": None,
        "a deleted Issue": "PROJ-404",
        "somebody else's Issue": jira.add_linked_issue({"type": "Task", "id": 77777}),
    }
    fptr.change(synced_task, sg_jira_key=keys[own])

    assert sync(text_change("summary", "Long fur")) is True
    assert fptr.record(synced_task)["content"] == "Long fur"


def test_a_clone_of_the_records_own_issue_is_left_alone(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    clone = jira.add_linked_issue(synced_task, summary="Fur")
    event = issue_event(jira, clone, text_change("summary", "Feathers"))

    assert bridge.sync_in_shotgun("default", "issue", clone, event) is False
    assert fptr.writes() == []


def test_a_record_that_is_gone_is_false_with_a_warning_and_none_is_made(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    fptr.retire(synced_task)

    assert sync(text_change("summary", "x")) is False
    assert fptr.writes() == []
    assert warned(caplog)


@pytest.mark.parametrize("name", ["task", "Nonsense"])
def test_a_type_that_fptr_does_not_have_is_no_record(
    sync: Any, fptr: ShotgunSite, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert sync(text_change("summary", "x"), **{SHOTGUN_TYPE: name}) is False
    assert fptr.writes() == []
    assert warned(caplog)


# The changelog


def test_several_changes_are_one_write(sync: Any, fptr: ShotgunSite, synced_task: Entity) -> None:
    assert sync(text_change("summary", "Long fur"), text_change("description", "red")) is True

    assert fptr.writes() == [
        ("Task", synced_task["id"], {"content": "Long fur", "sg_description": "red"})
    ]


@pytest.mark.parametrize("items", [[], {}])
def test_an_empty_changelog_writes_nothing(
    bridge: Bridge, jira: JiraStore, fptr: ShotgunSite, issue_key: str, items: Any
) -> None:
    event = issue_event(jira, issue_key)
    event["changelog"]["items"] = items

    assert bridge.sync_in_shotgun("default", "issue", issue_key, event) is False
    assert fptr.writes() == []


def test_a_change_of_an_unmapped_field_writes_nothing(sync: Any, fptr: ShotgunSite) -> None:
    parent = change("IssueParentAssociation", before=("1", "PROJ-8"), after=("2", "PROJ-9"))

    assert sync(text_change("priority", "High"), parent) is False
    assert fptr.writes() == []


def test_a_changelog_without_field_ids_is_read_by_name(
    sync: Any, fptr: ShotgunSite, synced_task: Entity
) -> None:
    assert sync(change("Summary", after=(None, "Long fur"))) is True
    assert sync(change("description", after=(None, "red"))) is True
    record = fptr.record(synced_task)
    assert (record["content"], record["sg_description"]) == ("Long fur", "red")


def test_a_bad_value_costs_only_its_item(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    bad = change("duedate", field_id="duedate", after=("tomorrow", "tomorrow"))

    assert sync(bad, text_change("summary", "Long fur")) is True
    assert fptr.record(synced_task)["content"] == "Long fur"
    assert fptr.record(synced_task)["due_date"] is None
    assert warned(caplog)


def test_an_issue_in_the_event_that_lacks_the_changed_field_is_fine(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    event = issue_event(jira, issue_key, text_change("summary", "Long fur"))
    del event["issue"]["fields"]["summary"]

    assert bridge.sync_in_shotgun("default", "issue", issue_key, event) is True


def test_a_name_that_was_cut_for_jira_does_not_come_back_cut(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    long_name = "long fur " * 40
    fptr.change(synced_task, content=long_name)
    event = shotgun_event(synced_task, "content", new_value=long_name)
    bridge.sync_in_jira("default", "Task", synced_task["id"], event)
    cut = jira.fields_of(issue_key)["summary"]

    echo = issue_event(jira, issue_key, text_change("summary", cut))
    bridge.sync_in_shotgun("default", "issue", issue_key, echo)

    assert len(cut) <= 255
    assert fptr.record(synced_task)["content"] == long_name


def test_an_event_of_the_creation_is_processed_alike(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    event = issue_event(
        jira, issue_key, text_change("summary", "Long fur"), name="jira:issue_created"
    )

    assert bridge.sync_in_shotgun("default", "issue", issue_key, event) is True


def test_no_call_to_jira_is_needed(
    sync: Any, jira: JiraStore, synced_task: Entity, bob: Person
) -> None:
    sync(text_change("summary", "x"))
    jira.calls.forget()
    assignee = change("assignee", field_id="assignee", after=(bob.id, "Bob Ray"))

    assert sync(text_change("summary", "y"), assignee, assignee=bob.jira) is True
    assert [call for call in jira.calls.made if call.name != "current_user"] == []


# Field by field


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Maps a Jira field to an FPTR field as a studio does, in place."""

    def extend(jira_field: str, shotgun_field: str) -> None:
        monkeypatch.setitem(constants.TASK_ISSUE_FIELDS_MAPPING, jira_field, shotgun_field)

    return extend


RESULTS: dict[str, tuple[str, tuple[Any, Any], Any]] = {
    "text": ("sg_description", (None, "some text"), "some text"),
    "no text": ("sg_description", (None, None), None),
    "date": ("due_date", ("2024-05-06", "06/May/24"), "2024-05-06"),
    "no date": ("due_date", (None, None), None),
    "empty date": ("due_date", ("", ""), None),
    "number": ("sg_complexity", (None, "8"), 8),
    "no number": ("sg_complexity", (None, None), None),
    "cleared number": ("sg_complexity", (None, ""), None),
    "duration": ("est_in_mins", (None, "90"), 90),
    "ticked": ("sg_urgent", (None, "Yes"), True),
    "empty box": ("sg_urgent", (None, ""), False),
    "no box": ("sg_urgent", (None, None), False),
    "box says False": ("sg_urgent", (None, "False"), False),
    "box says No": ("sg_urgent", (None, "No"), False),
    "list value": ("sg_colour", (None, "Green"), "Green"),
    "list value in another case": ("sg_colour", (None, "gREEN"), "Green"),
    "empty list": ("sg_colour", (None, None), ""),
    "no list": ("sg_colour", (None, ""), ""),
    "status": ("sg_status_list", ("3", "In Progress"), "ip"),
    "status in another case": ("sg_status_list", ("3", "in progress"), "ip"),
    "no status": ("sg_status_list", (None, None), None),
}


@pytest.mark.parametrize(("field", "after", "result"), RESULTS.values(), ids=RESULTS)
def test_a_value_is_read_by_the_type_of_the_shotgun_field(
    sync: Any,
    mapped: Any,
    fptr: ShotgunSite,
    synced_task: Entity,
    field: str,
    after: tuple[Any, Any],
    result: Any,
) -> None:
    mapped(NICKNAME, field)
    fptr.change(
        synced_task,
        sg_complexity=1,
        sg_urgent=not result,
        due_date="2001-01-01",
        sg_description="before",
    )

    assert sync(change("Nickname", field_id=NICKNAME, after=after)) is True
    assert fptr.writes() == [("Task", synced_task["id"], {field: result})]


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("due_date", ("06.05.2024", "06.05.2024")),
        ("due_date", ("2024-13-45", "2024-13-45")),
        ("sg_complexity", (None, "many")),
        ("sg_complexity", (None, "1.5")),
        ("est_in_mins", (None, "2h")),
        ("sg_status_list", ("9", "In Review")),
    ],
)
def test_a_value_that_fits_nowhere_is_not_written(
    sync: Any,
    mapped: Any,
    fptr: ShotgunSite,
    synced_task: Entity,
    field: str,
    after: tuple[Any, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    mapped(NICKNAME, field)

    assert sync(change("Nickname", field_id=NICKNAME, after=after)) is False
    assert fptr.writes() == []
    assert warned(caplog)


def test_a_decimal_of_a_whole_number_is_taken(
    sync: Any, mapped: Any, fptr: ShotgunSite, synced_task: Entity
) -> None:
    mapped(POINTS, "sg_complexity")

    assert sync(change("Points", field_id=POINTS, after=(None, "8.0"))) is True
    assert fptr.record(synced_task)["sg_complexity"] == 8


def test_the_first_code_of_a_shared_status_is_taken(
    sync: Any, monkeypatch: pytest.MonkeyPatch, fptr: ShotgunSite, synced_task: Entity
) -> None:
    monkeypatch.setitem(constants.TASK_ISSUE_STATUS_MAPPING, "zzz", "In Progress")

    sync(change("status", field_id="status", after=("3", "In Progress")))
    assert fptr.record(synced_task)["sg_status_list"] == "ip"


def test_a_new_list_value_is_added_to_the_shotgun_field(
    sync: Any, bridge: Bridge, mapped: Any, fptr: ShotgunSite, synced_task: Entity
) -> None:
    mapped(COLOUR, "sg_colour")

    assert sync(change("Colour", field_id=COLOUR, after=("1", "Blue"))) is True

    assert fptr.calls.of("schema_field_update")[0].args == (
        "Task",
        "sg_colour",
        {"valid_values": ["Red", "Green", "Blue"]},
    )
    assert fptr.record(synced_task)["sg_colour"] == "Blue"
    schema = bridge.shotgun.get_field_schema("Task", "sg_colour")
    assert schema is not None
    assert schema["properties"]["valid_values"]["value"] == ["Red", "Green", "Blue"]


def test_a_list_value_added_once_is_known_from_then_on(
    sync: Any, mapped: Any, fptr: ShotgunSite
) -> None:
    mapped(COLOUR, "sg_colour")
    for _ in range(2):
        sync(change("Colour", field_id=COLOUR, after=("1", "Blue")))

    assert fptr.calls.count("schema_field_update") == 1


def test_a_field_of_no_known_type_is_a_value_error(sync: Any, mapped: Any) -> None:
    mapped(NICKNAME, "sg_ratio")

    with pytest.raises(ValueError, match=r"sg_ratio|float"):
        sync(change("Nickname", field_id=NICKNAME, after=(None, "1.5")))


def test_a_target_that_does_not_exist_is_a_value_error(sync: Any, mapped: Any) -> None:
    mapped(NICKNAME, "sg_no_such_field")

    with pytest.raises(ValueError, match="sg_no_such_field"):
        sync(change("Nickname", field_id=NICKNAME, after=(None, "x")))


def test_a_field_that_cannot_be_edited_is_left_alone(
    sync: Any, mapped: Any, fptr: ShotgunSite
) -> None:
    mapped(NICKNAME, "sg_frozen")

    assert sync(change("Nickname", field_id=NICKNAME, after=(None, "x"))) is False
    assert fptr.writes() == []


@pytest.mark.parametrize(("seconds", "minutes"), [("7200", 120), ("5400", 90), (None, None)])
def test_an_estimate_comes_back_in_minutes(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, seconds: str | None, minutes: int | None
) -> None:
    fptr.change(synced_task, est_in_mins=7)
    item = change(
        "timeoriginalestimate",
        field_id="timeoriginalestimate",
        before=("420", "420"),
        after=(seconds, seconds),
    )

    assert sync(item) is True
    assert fptr.record(synced_task)["est_in_mins"] == minutes


# Labels


@pytest.fixture
def tags(fptr: ShotgunSite, synced_task: Entity) -> dict[str, Entity]:
    """Tags of the site; the first two are on the Task."""
    made = {name: fptr.add("Tag", name=name) for name in ("Hairy", "two words", "wet", "red")}
    fptr.change(synced_task, tags=[made["Hairy"], made["two words"]])
    return made


def labels(before: str, after: str) -> dict[str, Any]:
    return change("labels", field_id="labels", before=(None, before), after=(None, after))


def ids(entities: list[Entity]) -> list[int]:
    return [entity["id"] for entity in entities]


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        ("", "wet", ["Hairy", "two words", "wet"]),
        ("hairy", "", ["two words"]),
        ("hairy", "wet red", ["two words", "wet", "red"]),
        ("", "WET", ["Hairy", "two words", "wet"]),
        ("hairy wet", "hairy wet red", ["Hairy", "two words", "red"]),
        ("", "hairy wet", ["Hairy", "two words", "wet"]),
    ],
)
def test_labels_move_tags_by_name_and_the_rest_stays(
    sync: Any,
    fptr: ShotgunSite,
    synced_task: Entity,
    tags: dict[str, Entity],
    before: str,
    after: str,
    result: list[str],
) -> None:
    assert sync(labels(before, after)) is True
    assert ids(fptr.record(synced_task)["tags"]) == ids([tags[name] for name in result])


def test_an_unknown_label_is_left_out_with_a_warning(
    sync: Any,
    fptr: ShotgunSite,
    synced_task: Entity,
    tags: dict[str, Entity],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert sync(labels("", "unknown wet")) is True
    assert ids(fptr.record(synced_task)["tags"]) == ids(
        [tags[name] for name in ("Hairy", "two words", "wet")]
    )
    assert warned(caplog)
    assert fptr.calls.count("create") == 0


def test_a_label_is_looked_for_among_the_types_that_the_field_takes(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, project: Entity, tags: dict[str, Entity]
) -> None:
    fptr.add("Asset", code="furry", project=project)

    assert sync(labels("", "furry wet")) is True
    assert {entity["type"] for entity in fptr.record(synced_task)["tags"]} == {"Tag"}
    assert ids(fptr.record(synced_task)["tags"])[-1] == tags["wet"]["id"]


def test_of_two_tags_with_one_name_both_go(
    sync: Any, fptr: ShotgunSite, synced_task: Entity
) -> None:
    twins = [fptr.add("Tag", name="twin") for _ in range(2)]
    other = fptr.add("Tag", name="other")
    fptr.change(synced_task, tags=[twins[0], other, twins[1]])

    assert sync(labels("twin", "")) is True
    assert ids(fptr.record(synced_task)["tags"]) == [other["id"]]


def component(before: str | None, after: str | None) -> dict[str, Any]:
    return change("Component", field_id="components", before=("1", before), after=("2", after))


def test_names_with_blanks_are_read_from_the_issues_own_list(
    sync: Any, mapped: Any, fptr: ShotgunSite, synced_task: Entity, project: Entity
) -> None:
    mapped("components", "sg_parts")
    fur, hair = (fptr.add("Asset", code=name, project=project) for name in ("Fur", "Hair Dynamics"))
    fptr.change(synced_task, sg_parts=[fur])
    both = [{"name": "Fur"}, {"name": "Hair Dynamics"}]

    assert sync(component(None, "Hair Dynamics"), components=both) is True
    assert ids(fptr.record(synced_task)["sg_parts"]) == [fur["id"], hair["id"]]


def test_a_name_with_blanks_that_vanished_is_taken_out(
    sync: Any, mapped: Any, fptr: ShotgunSite, synced_task: Entity, project: Entity
) -> None:
    mapped("components", "sg_parts")
    names = ("Fur", "Hair Dynamics", "Hair", "Dynamics")
    parts = [fptr.add("Asset", code=name, project=project) for name in names]
    fptr.change(synced_task, sg_parts=parts)

    assert sync(component("Hair Dynamics", None), components=[{"name": "Fur"}]) is True
    assert ids(fptr.record(synced_task)["sg_parts"]) == ids([parts[0], *parts[2:]])


# Assignee


def assignee(before: Person | None, after: Person | None) -> dict[str, Any]:
    def pair(person: Person | None) -> tuple[Any, Any]:
        return (person.id, person.jira["displayName"]) if person else (None, None)

    return change("assignee", field_id="assignee", before=pair(before), after=pair(after))


def test_a_new_assignee_is_appended_and_the_old_one_taken_out(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, ann: Person, bob: Person
) -> None:
    group = fptr.add("Group", code="Everybody")
    fptr.change(synced_task, task_assignees=[group, ann.fptr])

    assert sync(assignee(ann, bob), assignee=bob.jira) is True
    assert [
        (entity["type"], entity["id"]) for entity in fptr.record(synced_task)["task_assignees"]
    ] == [("Group", group["id"]), ("HumanUser", bob.fptr["id"])]


def test_an_assignee_who_is_there_is_not_appended_twice(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, bob: Person
) -> None:
    fptr.change(synced_task, task_assignees=[bob.fptr])

    sync(assignee(None, bob), assignee=bob.jira)
    assert ids(fptr.record(synced_task)["task_assignees"]) == [bob.fptr["id"]]


def test_unassigning_takes_the_person_out(
    sync: Any, fptr: ShotgunSite, synced_task: Entity, ann: Person, bob: Person
) -> None:
    fptr.change(synced_task, task_assignees=[ann.fptr, bob.fptr])

    assert sync(assignee(ann, None), assignee=None) is True
    assert ids(fptr.record(synced_task)["task_assignees"]) == [bob.fptr["id"]]


def test_an_assignee_unknown_in_shotgun_costs_the_item(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, ann: Person
) -> None:
    fptr.change(synced_task, task_assignees=[ann.fptr])
    stranger = jira.add_person("Stranger", "stranger@x.test")
    item = change("assignee", field_id="assignee", after=(jira.user_id(stranger), "Stranger"))

    assert sync(item, assignee=stranger) is False
    assert ids(fptr.record(synced_task)["task_assignees"]) == [ann.fptr["id"]]


def test_a_former_assignee_unknown_in_shotgun_is_ignored(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, bob: Person
) -> None:
    stranger = jira.add_person("Stranger", "stranger@x.test")
    item = {**assignee(None, bob), "from": jira.user_id(stranger), "fromString": "Stranger"}

    assert sync(item, assignee=bob.jira) is True
    assert ids(fptr.record(synced_task)["task_assignees"]) == [bob.fptr["id"]]


@pytest.mark.parametrize("answer", ["404", "None"])
def test_a_former_assignee_unknown_even_in_jira_is_ignored(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, bob: Person, answer: str
) -> None:
    jira.unknown_user_is_none = answer == "None"
    item = {**assignee(None, bob), "from": "qm:portal-customer", "fromString": "Gone"}

    assert sync(item, assignee=bob.jira) is True
    assert ids(fptr.record(synced_task)["task_assignees"]) == [bob.fptr["id"]]


def test_a_former_assignee_by_user_name_is_resolved_through_jira(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, ann: Person
) -> None:
    jira.legacy_names["ann.lee"] = ann.jira
    fptr.change(synced_task, task_assignees=[ann.fptr])
    item = {**assignee(ann, None), "from": "ann.lee"}

    assert sync(item, assignee=None) is True
    assert fptr.record(synced_task)["task_assignees"] == []


def test_an_empty_single_field_takes_the_assignee(
    sync: Any, mapped: Any, fptr: ShotgunSite, synced_task: Entity, bob: Person
) -> None:
    mapped("assignee", "sg_supervisor")

    assert sync(assignee(None, bob), assignee=bob.jira) is True
    assert fptr.record(synced_task)["sg_supervisor"]["id"] == bob.fptr["id"]


def test_a_single_field_that_holds_somebody_else_stays(
    sync: Any, mapped: Any, fptr: ShotgunSite, synced_task: Entity, ann: Person, bob: Person
) -> None:
    mapped("assignee", "sg_supervisor")
    fptr.change(synced_task, sg_supervisor=ann.fptr)

    sync(assignee(None, bob), assignee=bob.jira)
    assert fptr.record(synced_task)["sg_supervisor"]["id"] == ann.fptr["id"]


@pytest.mark.parametrize("followed", [True, False])
def test_a_single_field_is_cleared_or_replaced_with_its_person(
    sync: Any,
    mapped: Any,
    fptr: ShotgunSite,
    synced_task: Entity,
    ann: Person,
    bob: Person,
    followed: bool,
) -> None:
    mapped("assignee", "sg_supervisor")
    fptr.change(synced_task, sg_supervisor=ann.fptr)
    after = bob if followed else None

    assert sync(assignee(ann, after), assignee=after and after.jira) is True
    supervisor = fptr.record(synced_task)["sg_supervisor"]
    assert (supervisor and supervisor["id"]) == (bob.fptr["id"] if followed else None)


@pytest.mark.parametrize("field", ["sg_description", "tags"])
def test_an_assignee_field_that_takes_no_people_is_a_value_error(
    sync: Any, mapped: Any, bob: Person, field: str
) -> None:
    mapped("assignee", field)

    with pytest.raises(ValueError, match=field):
        sync(assignee(None, bob), assignee=bob.jira)


def test_an_issue_whose_assignee_is_empty_by_now_raises_nothing(
    sync: Any, synced_task: Entity, bob: Person
) -> None:
    sync(assignee(None, bob), assignee=None)


def test_an_error_of_shotgun_reaches_the_caller(sync: Any, fptr: ShotgunSite) -> None:
    fptr.calls.fail("update", ConnectionResetError("lost"))

    with pytest.raises(ConnectionResetError, match="lost"):
        sync(text_change("summary", "Long fur"))


# The conversion member on its own


def converted(handler: Any, fptr: ShotgunSite, field: str, item: Any, value: Any = None) -> Any:
    entity = {"type": "Task", "id": 1}
    schema = copy.deepcopy(fptr.schema["Task"][field])
    return handler._get_shotgun_value_from_jira_change(entity, field, schema, item, value)


def test_a_plain_handler_converts_values(syncer: Any, fptr: ShotgunSite) -> None:
    handler = SyncHandler(syncer)

    assert converted(handler, fptr, "sg_complexity", text_change("x", "8")) == 8
    assert converted(handler, fptr, "due_date", change("x", after=("2024-05-06", "?"))) == (
        "2024-05-06"
    )
    with pytest.raises(InvalidJiraValue):
        converted(handler, fptr, "sg_complexity", text_change("x", "many"))


def test_the_conversion_needs_no_more_than_session_logger_and_status_mapping(
    syncer: Any, fptr: ShotgunSite
) -> None:
    stand = SimpleNamespace(
        _shotgun=syncer.shotgun,
        _logger=syncer._logger,
        _sg_jira_status_mapping={"ip": "In Progress"},
    )
    convert: Any = SyncHandler._get_shotgun_value_from_jira_change
    entity = {"type": "Task", "id": 1}

    for field, item, result in (
        ("sg_status_list", text_change("status", "in progress"), "ip"),
        ("sg_colour", text_change("x", "RED"), "Red"),
        ("content", text_change("x", "words"), "words"),
    ):
        assert convert(stand, entity, field, fptr.schema["Task"][field], item, None) == result


def test_a_status_needs_the_handlers_mapping(syncer: Any, fptr: ShotgunSite) -> None:
    with pytest.raises(NotImplementedError):
        converted(SyncHandler(syncer), fptr, "sg_status_list", text_change("status", "Done"))


def test_a_multi_entity_value_of_a_record_that_is_gone_is_a_runtime_error(
    syncer: Any, fptr: ShotgunSite
) -> None:
    schema = fptr.schema["Task"]["tags"]

    with pytest.raises(RuntimeError):
        SyncHandler(syncer)._get_shotgun_value_from_jira_change(
            {"type": "Task", "id": 404}, "tags", schema, text_change("labels", "wet"), None
        )


def test_another_entity_type_named_by_the_issue_is_read_and_written(
    sync: Any, fptr: ShotgunSite, project: Entity, mapped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which type a linked issue names is not checked; the record it names is used."""
    for name in list(constants.TASK_ISSUE_FIELDS_MAPPING):
        monkeypatch.delitem(constants.TASK_ISSUE_FIELDS_MAPPING, name)
    mapped("summary", "code")
    asset = fptr.add("Asset", code="Fox", project=project)
    names_it = {SHOTGUN_ID: str(asset["id"]), SHOTGUN_TYPE: "Asset"}

    assert sync(text_change("summary", "Cat"), **names_it) is True
    assert fptr.record(asset)["code"] == "Cat"
