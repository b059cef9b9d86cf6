"""A record changed in FPTR, and its Issue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jira.exceptions import JIRAError

from sg_jira import Bridge
from sg_jira.handlers import EntitiesGenericHandler
from tests.contract.conftest import Person
from tests.contract.generic.jira_site import FLAG, RATING, GenericStore
from tests.doubles.jira_metadata import COLOUR, SHOTGUN_ID, SHOTGUN_TYPE, SHOTGUN_URL
from tests.doubles.jira_store import refused
from tests.doubles.shotgun_double import Entity, ShotgunSite

Change = Callable[..., Any]


@pytest.fixture
def updates(jira: GenericStore) -> Callable[[], list[Any]]:
    """The fields of each update of an issue so far."""
    return lambda: [call.args[1] for call in jira.calls.of("Issue.update")]


# Creation


def test_a_record_without_key_gets_an_issue_that_names_it(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, task: Entity, ann: Person
) -> None:
    assert change_in_fptr(task, "content") is True

    (key,) = jira.issues
    fields = jira.fields_of(key)
    assert fields["issuetype"]["name"] == "Task"
    assert fields["summary"] == "Fur"
    assert (fields[SHOTGUN_TYPE], fields[SHOTGUN_ID]) == ("Task", str(task["id"]))
    assert fields[SHOTGUN_URL].endswith(f"/detail/Task/{task['id']}")
    assert fields["reporter"] == ann.jira
    assert fields[FLAG]["value"] == "True"
    url = {"url": f"https://jira.studio.test/browse/{key}", "name": "View in Jira"}
    assert fptr.writes() == [("Task", task["id"], {"sg_jira_key": key, "sg_jira_url": url})]


def test_a_new_issue_has_no_more_than_what_is_mapped_and_what_names_its_record(
    change_in_fptr: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    task: Entity,
    ann: Person,
) -> None:
    mapping[0]["field_mapping"] = [{"sg_field": "due_date", "jira_field": "duedate"}]
    fptr.change(task, content="Fur\nand hair", sg_description="soft", est_in_mins=90)

    assert change_in_fptr(task, "due_date") is True
    (created,) = jira.calls.of("create_issue")
    data = created.args[0]
    assert {name: data[name] for name in data if name != SHOTGUN_URL} == {
        "project": jira.projects["PROJ"],
        "issuetype": jira.issue_type("Task"),
        "summary": "Furand hair",
        "description": "",
        "reporter": ann.value,
        SHOTGUN_TYPE: "Task",
        SHOTGUN_ID: str(task["id"]),
        FLAG: {"value": "True"},
    }


def test_an_issue_that_is_only_written_from_fptr_has_its_flag_off(
    change_in_fptr: Change, mapping: list[Any], jira: GenericStore, task: Entity
) -> None:
    mapping[0]["sync_direction"] = "sg_to_jira"

    assert change_in_fptr(task, "content") is True
    assert jira.fields_of("PROJ-1")[FLAG]["value"] == "False"


def test_the_summary_of_a_new_issue_comes_from_the_field_mapped_to_it(
    change_in_fptr: Change, mapping: list[Any], jira: GenericStore, task: Entity, fptr: ShotgunSite
) -> None:
    mapping[0]["field_mapping"][0]["sg_field"] = "sg_description"
    mapping[0]["field_mapping"].pop(1)
    fptr.change(task, sg_description="Comb\nit")

    assert change_in_fptr(task, "sg_description") is True
    (created,) = jira.calls.of("create_issue")
    assert created.args[0]["summary"] == "Combit"


def test_a_new_issue_gets_all_mapped_values_when_it_is_created(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, task: Entity, ann: Person
) -> None:
    fptr.change(
        task,
        sg_description="Long",
        task_assignees=[ann.fptr],
        est_in_mins=90,
        due_date="2024-12-24",
        sg_colour="Red",
    )

    assert change_in_fptr(task, "content") is True
    (created,) = jira.calls.of("create_issue")
    assert created.args[0]["description"] == "Long"
    assert created.args[0]["duedate"] == "2024-12-24"
    fields = jira.fields_of("PROJ-1")
    assert fields["assignee"] == ann.jira
    assert fields["timetracking"]["originalEstimateSeconds"] == 5400
    assert fields[COLOUR]["value"] == "Red"


def test_a_value_that_jira_requires_is_taken_from_fptr(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, task: Entity
) -> None:
    jira.create_screens["Task"]["duedate"].update(required=True)
    fptr.change(task, due_date="2024-12-24")

    assert change_in_fptr(task, "content") is True
    assert jira.fields_of("PROJ-1")["duedate"] == "2024-12-24"


def test_a_required_value_that_fptr_lacks_is_a_value_error(
    change_in_fptr: Change, jira: GenericStore, task: Entity
) -> None:
    jira.create_screens["Task"]["duedate"].update(required=True)

    with pytest.raises(ValueError, match=r"required data is missing: \['Due date'\]"):
        change_in_fptr(task, "content")


def test_a_mapped_value_that_jira_refuses_does_not_prevent_the_issue(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, task: Entity
) -> None:
    fptr.change(task, due_date="2024-12-24")
    jira.calls.fail("create_issue", refused(400, "duedate: too late"))

    assert change_in_fptr(task, "content") is True
    assert len(jira.issues) == 1


def test_an_issue_whose_key_could_not_be_written_is_not_made_twice(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, task: Entity
) -> None:
    fptr.calls.fail("update", ConnectionError("gone"))
    with pytest.raises(ConnectionError):
        change_in_fptr(task, "content")

    assert change_in_fptr(task, "content") is True
    assert len(jira.issues) == 1
    assert fptr.record(task)["sg_jira_key"] == "PROJ-1"


def test_the_created_issue_gets_its_status_too(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, task: Entity
) -> None:
    fptr.change(task, sg_status_list="ip")

    assert change_in_fptr(task, "content") is True
    (moved,) = jira.calls.of("transition_issue")
    assert moved.kwargs["comment"] == "Updated from Flow Production Tracking Task moving to ip"
    assert jira.fields_of("PROJ-1")["status"]["name"] == "In Progress"


# Fields


def test_one_field_is_written_as_the_record_has_it(
    change_in_fptr: Change, fptr: ShotgunSite, synced_task: Entity, updates: Any
) -> None:
    fptr.change(synced_task, content="Feathers", sg_description="soft")

    assert change_in_fptr(synced_task, "content", new_value="an older value") is True
    assert updates() == [{"summary": "Feathers"}]


def test_the_flag_syncs_all_fields_in_one_update(
    change_in_fptr: Change, fptr: ShotgunSite, synced_task: Entity, updates: Any
) -> None:
    fptr.change(synced_task, content="Feathers", sg_description="soft", due_date="2024-12-24")

    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is True
    plain = [update for update in updates() if "parent" not in update]
    assert plain == [{"summary": "Feathers", "description": "soft", "duedate": "2024-12-24"}]


def test_values_that_are_already_there_are_not_written(
    change_in_fptr: Change, synced_task: Entity, updates: Any
) -> None:
    assert change_in_fptr(synced_task, "content") is True
    assert updates() == []


def test_a_field_that_only_comes_from_jira_counts_as_synced_and_is_not_written(
    change_in_fptr: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    synced_task: Entity,
    updates: Any,
) -> None:
    mapping[0]["field_mapping"][1]["sync_direction"] = "jira_to_sg"
    fptr.change(synced_task, sg_description="soft")

    assert change_in_fptr(synced_task, "sg_description") is True
    assert updates() == []


def test_a_status_that_only_comes_from_jira_is_not_written(
    change_in_fptr: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
) -> None:
    mapping[0]["status_mapping"]["sync_direction"] = "jira_to_sg"
    fptr.change(synced_task, sg_status_list="ip")

    assert change_in_fptr(synced_task, "sg_status_list") is True
    assert jira.calls.of("transition_issue") == []


def test_a_field_that_is_not_on_the_edit_screen_costs_only_itself(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    del jira.edit_screens["Task"]["duedate"]
    fptr.change(synced_task, due_date="2024-12-24", sg_description="soft")

    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is False
    assert jira.fields_of(issue_key)["description"] == "soft"


def test_a_value_without_counterpart_costs_only_itself(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    fptr.change(synced_task, sg_colour="Green", sg_description="soft")

    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is False
    assert jira.fields_of(issue_key)["description"] == "soft"


@pytest.mark.parametrize(
    ("names", "is_clean", "labels"),
    [(["wet", "big hero"], True, ["wet"]), (["big hero"], False, [])],
)
def test_a_tag_that_cannot_be_a_label_does_not_keep_the_others_from_coming_and_going(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    names: list[str],
    is_clean: bool,
    labels: list[str],
) -> None:
    jira.fields_of(issue_key)["labels"] = ["dry"]
    fptr.change(synced_task, tags=[fptr.add("Tag", name=name) for name in names])

    assert change_in_fptr(synced_task, "tags") is is_clean
    assert jira.fields_of(issue_key)["labels"] == labels


def test_an_exception_of_the_hook_costs_only_the_field(
    change_in_fptr: Change,
    generic: Bridge,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hook = generic.get_syncer("entities").hook
    shipped = hook.get_jira_value_from_sg_value

    def fail(value: Any, entity: Any, name: Any, *rest: Any) -> Any:
        if name == "summary":
            raise KeyError("no such shelf")
        return shipped(value, entity, name, *rest)

    monkeypatch.setattr(hook, "get_jira_value_from_sg_value", fail)
    fptr.change(synced_task, content="Feathers", sg_description="soft")

    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is False
    assert jira.fields_of(issue_key)["description"] == "soft"
    assert jira.fields_of(issue_key)["summary"] == "Fur"


def test_the_hook_gets_the_value_the_issue_the_field_and_its_edit_metadata(
    change_in_fptr: Change,
    generic: Bridge,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hook = generic.get_syncer("entities").hook
    seen: list[Any] = []
    for name in ("get_jira_value_from_sg_value", "get_jira_value_from_sg_list"):

        def spy(*args: Any, _name: str = name) -> None:
            seen.append((_name, *args))

        monkeypatch.setattr(hook, name, spy)
    tag = fptr.add("Tag", name="hairy")
    fptr.change(synced_task, tags=[tag])

    change_in_fptr(synced_task, "content")
    change_in_fptr(synced_task, "tags")

    assert [call[0] for call in seen] == [
        "get_jira_value_from_sg_value",
        "get_jira_value_from_sg_list",
    ]
    for (_, value, issue, field, properties), sent in zip(
        seen, [("Fur", "summary"), ([tag], "labels")], strict=True
    ):
        assert (value, field) == sent
        assert issue.key == issue_key
        assert properties == jira.edit_screens["Task"][field]


def test_a_value_that_jira_refuses_does_not_cost_the_others(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    fptr.change(synced_task, content="Feathers", sg_description="soft")
    jira.calls.fail("Issue.update", refused(400, "something is wrong"))
    jira.calls.fail("Issue.update", refused(400, "parent is not to be cleared"))

    change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True)
    assert jira.fields_of(issue_key)["description"] == "soft"
    assert jira.fields_of(issue_key)["summary"] == "Feathers"


def test_an_outage_while_writing_reaches_the_caller(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, synced_task: Entity
) -> None:
    fptr.change(synced_task, content="Feathers")
    jira.calls.fail("Issue.update", refused(503, "down"))

    with pytest.raises(JIRAError):
        change_in_fptr(synced_task, "content")


def test_the_first_assignee_that_jira_knows_is_assigned(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    stranger = fptr.add("HumanUser", name="Zed", login="zed", email="zed@elsewhere.test")
    fptr.change(synced_task, task_assignees=[stranger, bob.fptr])

    assert change_in_fptr(synced_task, "task_assignees") is True
    assert jira.fields_of(issue_key)["assignee"] == bob.jira


def test_a_field_mapped_by_its_name_is_synced(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    fptr.change(synced_task, sg_colour="Red")

    assert change_in_fptr(synced_task, "sg_colour") is True
    assert jira.fields_of(issue_key)[COLOUR]["value"] == "Red"


@pytest.mark.parametrize("value", [0, 7])
def test_a_number_arrives_even_when_it_is_zero(
    change_in_fptr: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    value: int,
) -> None:
    mapping[0]["field_mapping"].append({"sg_field": "sg_complexity", "jira_field": RATING})
    fptr.change(synced_task, sg_complexity=value)

    assert change_in_fptr(synced_task, "sg_complexity") is True
    assert jira.fields_of(issue_key)[RATING] == value


def test_each_element_has_its_own_status_field(
    change_in_fptr: Change,
    mapping: list[Any],
    jira: GenericStore,
    synced_task: Entity,
) -> None:
    del mapping[0]["status_mapping"]
    mapping[1]["status_mapping"] = {"sg_field": "sg_status_list", "mapping": {"wtg": "To Do"}}

    assert change_in_fptr(synced_task, "sg_status_list") is False
    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is True
    assert jira.calls.of("transition_issue") == []


def test_an_unmapped_status_is_no_status(
    handler: EntitiesGenericHandler, jira: GenericStore, synced_task: Entity, issue_key: str
) -> None:
    issue = handler.get_jira_issue(issue_key)
    assert issue is not None

    assert handler._sync_sg_status_to_jira("hld", "Task", issue) is False
    assert handler._sync_sg_status_to_jira("ip", "Asset", issue) is False
    assert handler._sync_sg_status_to_jira("ip", "Task", issue) is True
    assert jira.fields_of(issue_key)["status"]["name"] == "In Progress"


def test_a_status_that_is_not_reached_does_not_count_in_the_result(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    jira.transitions.clear()
    fptr.change(synced_task, sg_status_list="ip")

    assert change_in_fptr(synced_task, "sg_status_list") is True
    assert "In Progress" in caplog.text


# The Issue


def test_an_issue_that_is_gone_is_not_made_again(
    change_in_fptr: Change, jira: GenericStore, synced_task: Entity, issue_key: str
) -> None:
    jira.remove_issue(issue_key)

    assert change_in_fptr(synced_task, "content") is False
    assert jira.issues == {}


@pytest.mark.parametrize(
    "other",
    [{SHOTGUN_ID: "77"}, {SHOTGUN_TYPE: "Asset"}, {SHOTGUN_ID: None}, {SHOTGUN_ID: "seven"}],
)
def test_an_issue_that_names_another_record_is_left_alone(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    other: dict[str, Any],
    updates: Any,
) -> None:
    jira.issues[issue_key]["fields"].update(other)
    fptr.change(synced_task, content="Feathers")

    assert change_in_fptr(synced_task, "content") is False
    assert updates() == []


# Watchers


def test_the_people_in_cc_become_the_watchers(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    ann: Person,
    bob: Person,
) -> None:
    group = fptr.add("Group", code="riggers")
    jira.watchers[issue_key] = [bob.jira]
    fptr.change(synced_task, addressings_cc=[ann.fptr, group])

    assert change_in_fptr(synced_task, "addressings_cc") is True
    assert jira.watchers[issue_key] == [ann.jira]


def test_nobody_in_cc_means_no_watchers(
    change_in_fptr: Change, jira: GenericStore, synced_task: Entity, issue_key: str, bob: Person
) -> None:
    jira.watchers[issue_key] = [bob.jira]

    assert change_in_fptr(synced_task, "addressings_cc") is True
    assert jira.watchers[issue_key] == []


def test_watchers_who_already_watch_are_left_alone(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    jira.watchers[issue_key] = [bob.jira]
    fptr.change(synced_task, addressings_cc=[bob.fptr])

    assert change_in_fptr(synced_task, "addressings_cc") is True
    assert jira.calls.count("add_watcher", "remove_watcher") == 0


def test_a_single_person_is_the_only_watcher(
    change_in_fptr: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    ann: Person,
    bob: Person,
) -> None:
    mapping[0]["field_mapping"][6]["sg_field"] = "sg_supervisor"
    jira.watchers[issue_key] = [bob.jira]
    fptr.change(synced_task, sg_supervisor=ann.fptr)

    assert change_in_fptr(synced_task, "sg_supervisor") is True
    assert jira.watchers[issue_key] == [ann.jira]


# Hierarchy


def test_a_task_is_put_under_the_issue_of_its_asset(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    asset: Entity,
    epic_key: str,
) -> None:
    fptr.change(synced_task, entity=asset)

    assert change_in_fptr(synced_task, "entity") is True
    assert jira.fields_of(issue_key)["parent"] == {"key": epic_key}


def test_an_empty_parent_is_sent_even_when_there_is_none(
    change_in_fptr: Change, synced_task: Entity, updates: Any
) -> None:
    assert change_in_fptr(synced_task, "entity") is True
    assert updates() == [{"parent": None}]


def test_a_parent_without_issue_is_not_synced_on_the_way(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    asset: Entity,
    updates: Any,
) -> None:
    fptr.change(synced_task, entity=asset)

    assert change_in_fptr(synced_task, "entity") is True
    assert updates() == []
    assert len(jira.issues) == 1


@pytest.mark.parametrize("spoil", ["type not mapped", "no key", "Issue gone", "retired"])
def test_a_linked_record_without_a_synced_issue_is_no_parent(
    generic: Bridge,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    asset: Entity,
    epic_key: str,
    updates: Any,
    spoil: str,
) -> None:
    if spoil == "no key":
        fptr.change(asset, sg_jira_key=None)
    elif spoil == "Issue gone":
        jira.remove_issue(epic_key)
    elif spoil == "retired":
        fptr.retire(asset)
    elements = mapping[:1] if spoil == "type not mapped" else mapping
    handler = EntitiesGenericHandler(generic.get_syncer("entities"), elements)
    issue = handler.get_jira_issue(issue_key)
    assert issue is not None

    assert handler._sync_hierarchy_to_jira(asset, issue, "parent") is False
    assert updates() == []


def test_children_get_this_issue_as_parent_and_others_lose_it(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    asset: Entity,
    epic_key: str,
) -> None:
    stray = jira.add_issue(parent={"key": epic_key})
    fptr.change(asset, tasks=[synced_task])

    assert change_in_fptr(asset, "tasks") is True
    assert jira.fields_of(issue_key)["parent"] == {"key": epic_key}
    assert jira.fields_of(stray)["parent"] is None
    assert [call.args for call in jira.calls.of("search_issues")] == [
        (f"parent IN ('{epic_key}')",)
    ]


def test_a_new_child_keeps_its_parent_though_its_record_has_no_key_yet(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    asset: Entity,
    epic_key: str,
    project: Entity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    new = fptr.add("Task", content="Tail", project=project, sg_sync_in_jira=True)
    names = {name: field for field, name in jira.field_names.items()}
    of_new, of_other = (
        jira.add_issue(
            parent={"key": epic_key},
            **{names["Shotgun Type"]: "Task", names["Shotgun ID"]: str(number)},
        )
        for number in (new["id"], new["id"] + 1)
    )
    fptr.change(asset, tasks=[synced_task, new])

    change_in_fptr(asset, "tasks")
    assert jira.fields_of(of_new)["parent"] == {"key": epic_key}
    assert jira.fields_of(of_other)["parent"] is None
    assert "1 of 2 linked records are not synced with Jira" in caplog.text
    assert f"['Task {new['id']}']" in caplog.text


def test_a_child_that_fptr_lists_stays_though_its_type_is_not_mapped(
    generic: Bridge,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    asset: Entity,
    epic_key: str,
) -> None:
    jira.issues[issue_key]["fields"]["parent"] = {"key": epic_key}
    fptr.change(asset, tasks=[synced_task])
    handler = EntitiesGenericHandler(generic.get_syncer("entities"), [mapping[1]])
    issue = handler.get_jira_issue(epic_key)
    assert issue is not None

    assert handler._sync_hierarchy_to_jira([synced_task], issue, "{{CHILDREN}}") is False
    assert jira.fields_of(issue_key)["parent"] == {"key": epic_key}


def test_what_a_caller_does_not_give_is_read(
    generic: Bridge, fptr: ShotgunSite, jira: GenericStore, synced_task: Entity, issue_key: str
) -> None:
    fptr.change(synced_task, content="Feathers")
    handler: Any = generic.get_syncer("entities").handlers[0]
    record = {"type": "Task", "id": synced_task["id"]}

    assert handler._sync_sg_fields_to_jira(record, handler.get_jira_issue(issue_key), "content")
    assert jira.fields_of(issue_key)["summary"] == "Feathers"


def test_children_whose_issue_is_gone_do_not_cost_the_others(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    asset: Entity,
    epic_key: str,
    project: Entity,
) -> None:
    gone = fptr.add("Task", content="Tail", project=project, sg_jira_key="PROJ-404")
    fptr.change(asset, tasks=[gone, synced_task])

    assert change_in_fptr(asset, "tasks") is True
    assert jira.fields_of(issue_key)["parent"] == {"key": epic_key}
