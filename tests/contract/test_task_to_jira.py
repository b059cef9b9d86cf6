"""A Task changed in FPTR."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jira.exceptions import JIRAError

from sg_jira import Bridge
from sg_jira.handlers import TaskIssueHandler
from tests.contract.conftest import Person
from tests.contract.events import shotgun_event
from tests.doubles.jira_metadata import NICKNAME, SHOTGUN_ID, SHOTGUN_TYPE, SHOTGUN_URL
from tests.doubles.jira_store import JiraStore, refused
from tests.doubles.shotgun_double import Entity, ShotgunSite


@pytest.fixture
def sync(bridge: Bridge) -> Callable[..., Any]:
    """Tells the bridge that a field of a record changed."""

    def send(entity: Entity, field: str, **meta: Any) -> Any:
        event = shotgun_event(entity, field, **meta)
        return bridge.sync_in_jira("default", entity["type"], entity["id"], event)

    return send


@pytest.fixture
def updates(jira: JiraStore) -> Callable[[], list[Any]]:
    """The fields of each update of an issue so far."""
    return lambda: [call.args[1] for call in jira.calls.of("Issue.update")]


# Checks


def test_a_task_that_does_not_exist_is_not_synced(sync: Any, project: Entity) -> None:
    assert sync({"type": "Task", "id": 404}, "content", new_value="x") is False


def test_a_task_with_its_flag_off_is_not_synced(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity
) -> None:
    fptr.change(task, sg_sync_in_jira=False)

    assert sync(task, "content", new_value="x") is False
    assert jira.issues == {}


@pytest.mark.parametrize("key", [None, "", "NOPE"])
def test_a_task_of_a_project_that_jira_does_not_have_is_not_synced(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, project: Entity, key: str | None
) -> None:
    fptr.change(project, sg_jira_key=key)

    assert sync(task, "content", new_value="x") is False
    assert jira.issues == {}


def test_creation_events_of_a_task_that_already_has_its_issue_are_not_synced(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "content", new_value="x", in_create=True) is False
    assert jira.fields_of(issue_key)["summary"] == "Fur"


def test_a_deleted_issue_is_not_made_again(
    sync: Any,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    jira.remove_issue(issue_key)

    assert sync(synced_task, "content", new_value="x") is False
    assert jira.issues == {}
    assert [r for r in caplog.records if r.levelname == "WARNING" and issue_key in r.getMessage()]


def test_clearing_the_key_of_a_deleted_issue_makes_a_new_one(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    jira.remove_issue(issue_key)
    fptr.change(synced_task, sg_jira_key=None)

    assert sync(synced_task, "content", new_value="Fur") is True
    assert len(jira.issues) == 1


@pytest.mark.parametrize(
    "other", [{SHOTGUN_ID: "77777"}, {SHOTGUN_TYPE: "Asset"}, {SHOTGUN_ID: None}]
)
def test_an_issue_that_names_another_record_is_left_alone(
    sync: Any,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
    other: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    jira.issues[issue_key]["fields"].update(other)

    assert sync(synced_task, "content", new_value="x") is False
    assert jira.fields_of(issue_key)["summary"] == "Fur"
    assert "WARNING" in {record.levelname for record in caplog.records}


@pytest.mark.parametrize("kind", [str, int, float])
def test_the_id_on_the_issue_may_be_text_or_a_number(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str, kind: Any
) -> None:
    jira.issues[issue_key]["fields"][SHOTGUN_ID] = kind(synced_task["id"])

    assert sync(synced_task, "content", new_value="Long fur") is True


def test_an_error_of_jira_other_than_404_reaches_the_caller(
    sync: Any, jira: JiraStore, synced_task: Entity
) -> None:
    jira.calls.fail("issue", refused(503, "down for maintenance"))

    with pytest.raises(JIRAError) as caught:
        sync(synced_task, "content", new_value="x")
    assert caught.value.status_code == 503


# Creating the issue


def test_the_first_event_of_a_task_makes_its_issue(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, ann: Person
) -> None:
    fptr.change(task, est_in_mins=90)

    assert sync(task, "content", new_value="Fur") is True

    (key,) = jira.issues
    fields = jira.fields_of(key)
    assert fields["summary"] == "Fur"
    assert fields["issuetype"]["name"] == "Task"
    assert fields["project"]["key"] == "PROJ"
    assert fields[SHOTGUN_ID] == str(task["id"])
    assert fields[SHOTGUN_TYPE] == "Task"
    assert fields[SHOTGUN_URL] == f"{fptr.url}/detail/Task/{task['id']}"
    assert fields["reporter"]["displayName"] == "Ann Lee"


def test_the_data_of_a_new_issue(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, ann: Person
) -> None:
    fptr.change(task, est_in_mins=90, content="Fur\r\nand\nhair")
    sync(task, "content", new_value="x")

    data = jira.calls.of("create_issue")[0].args[0]
    assert data["project"] == jira.projects["PROJ"]
    assert data["summary"] == "Furandhair"
    assert data["description"] == ""
    assert data["timetracking"] == {"originalEstimate": "90 m"}
    assert data["reporter"] == ann.value
    assert data[SHOTGUN_ID] == str(task["id"])
    assert data[SHOTGUN_TYPE] == "Task"
    assert data[SHOTGUN_URL] == f"{fptr.url}/detail/Task/{task['id']}"


def test_a_task_without_estimate_starts_with_none(sync: Any, jira: JiraStore, task: Entity) -> None:
    sync(task, "content", new_value="Fur")

    data = jira.calls.of("create_issue")[0].args[0]
    assert data["timetracking"] == {"originalEstimate": "0 m"}


def test_key_and_link_are_written_to_the_task_in_one_update(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity
) -> None:
    sync(task, "content", new_value="Fur")

    (key,) = jira.issues
    assert fptr.writes() == [
        (
            "Task",
            task["id"],
            {
                "sg_jira_key": key,
                "sg_jira_url": {
                    "url": f"https://jira.studio.test/browse/{key}",
                    "name": "View in Jira",
                },
            },
        )
    ]


@pytest.mark.parametrize("creator", ["script", "stranger", "nobody"])
def test_the_bridges_account_reports_for_creators_without_a_jira_account(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, creator: str
) -> None:
    creators = {
        "script": {"type": "ApiUser", "id": 1, "name": "another_script"},
        "stranger": fptr.add("HumanUser", name="Stranger", email="stranger@x.test"),
        "nobody": None,
    }
    fptr.change(task, created_by=creators[creator])

    assert sync(task, "content", new_value="Fur") is True
    data = jira.calls.of("create_issue")[0].args[0]
    assert jira.find_person(data["reporter"]) is jira.myself


def test_missing_required_data_reaches_the_caller_as_a_value_error_and_can_be_mended(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity
) -> None:
    jira.create_screens["Task"][NICKNAME]["required"] = True
    with pytest.raises(
        ValueError,
        match=r"Unable to create Jira Task Issue\. The following required data is missing: "
        r"\['Nickname'\]",
    ):
        sync(task, "sg_sync_in_jira", new_value=True)
    assert fptr.record(task)["sg_jira_key"] is None

    jira.create_screens["Task"][NICKNAME]["required"] = False
    assert sync(task, "sg_sync_in_jira", new_value=True) is True
    assert fptr.record(task)["sg_jira_key"] in jira.issues


def test_an_estimate_off_the_create_screen_does_not_stop_the_issue(
    sync: Any, jira: JiraStore, task: Entity
) -> None:
    del jira.create_screens["Task"]["timetracking"]

    assert sync(task, "content", new_value="Fur") is True
    assert len(jira.issues) == 1


def test_any_creation_event_brings_everything_over(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, ann: Person
) -> None:
    fptr.change(
        task,
        sg_description="red",
        tags=[fptr.add("Tag", name="hairy")],
        task_assignees=[ann.fptr],
        due_date="2024-05-06",
        sg_status_list="ip",
        addressings_cc=[ann.fptr],
    )

    assert sync(task, "content", new_value="Fur", in_create=True) is True

    (key,) = jira.issues
    fields = jira.fields_of(key)
    assert fields["description"] == "red"
    assert fields["labels"] == ["hairy"]
    assert fields["assignee"]["displayName"] == "Ann Lee"
    assert fields["duedate"] == "2024-05-06"
    assert fields["status"]["name"] == "In Progress"
    assert [person["displayName"] for person in jira.watchers[key]] == ["Ann Lee"]


def test_the_creating_events_own_removal_still_takes_effect(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity
) -> None:
    kept, gone = fptr.add("Tag", name="kept"), fptr.add("Tag", name="gone")
    fptr.change(task, tags=[kept, gone])

    assert sync(task, "tags", added=[], removed=[gone]) is True
    (key,) = jira.issues
    assert jira.fields_of(key)["labels"] == ["kept"]


def test_a_counterpart_that_already_names_the_task_is_not_made_twice(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the first attempt got lost: the issue is there, the key is not."""
    real_update = fptr.client_class.update  # type: ignore[attr-defined]
    failures = [ConnectionResetError("lost")]

    def update(self: Any, *args: Any) -> Any:
        if failures:
            raise failures.pop()
        return real_update(self, *args)

    monkeypatch.setattr(fptr.client_class, "update", update)
    with pytest.raises(ConnectionResetError):
        sync(task, "content", new_value="Fur")

    assert sync(task, "content", new_value="Fur") is True
    assert list(jira.issues) == ["PROJ-1"]
    assert fptr.record(task)["sg_jira_key"] == "PROJ-1"


# One field


FIELDS: dict[str, tuple[str, Any, str, Any]] = {
    "text": ("content", "Long fur", "summary", "Long fur"),
    "newlines": ("content", "Long\r\nfur", "summary", "Longfur"),
    "description": ("sg_description", "a\nb", "description", "a\nb"),
    "empty text": ("sg_description", None, "description", ""),
    "date": ("due_date", "2024-05-06", "duedate", "2024-05-06"),
    "no date": ("due_date", None, "duedate", None),
    "estimate": ("est_in_mins", 120, "timetracking", {"originalEstimate": "120 m"}),
    "zero estimate": ("est_in_mins", 0, "timetracking", {"originalEstimate": "0 m"}),
    "no estimate": ("est_in_mins", None, "timetracking", {"originalEstimate": "0 m"}),
}


@pytest.mark.parametrize(("field", "value", "jira_field", "sent"), FIELDS.values(), ids=FIELDS)
def test_a_changed_field_is_written_alone(
    sync: Any,
    jira: JiraStore,
    updates: Any,
    synced_task: Entity,
    issue_key: str,
    field: str,
    value: Any,
    jira_field: str,
    sent: Any,
) -> None:
    jira.issues[issue_key]["fields"].update(
        description="before",
        duedate="2001-01-01",
        timetracking={"originalEstimate": "1h", "originalEstimateSeconds": 3600},
    )

    assert sync(synced_task, field, new_value=value) is True
    assert updates() == [{jira_field: sent}]


def test_the_value_of_the_event_is_written_and_not_that_of_the_record(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    sync(synced_task, "content", new_value="From the event")

    assert jira.fields_of(issue_key)["summary"] == "From the event"


def test_a_long_summary_is_cut_to_what_jira_takes(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "content", new_value="ab" * 200) is True
    assert len(jira.fields_of(issue_key)["summary"]) <= 255


def test_the_creator_becomes_the_reporter(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str, bob: Person
) -> None:
    assert sync(synced_task, "created_by", new_value=bob.fptr) is True
    assert jira.fields_of(issue_key)["reporter"]["displayName"] == "Bob Ray"


def test_a_value_without_counterpart_costs_the_event_and_warns(
    sync: Any,
    fptr: ShotgunSite,
    updates: Any,
    synced_task: Entity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stranger = fptr.add("HumanUser", name="Stranger", email="stranger@x.test")

    assert sync(synced_task, "created_by", new_value=stranger) is False
    assert updates() == []
    warned = {record.name for record in caplog.records if record.levelname == "WARNING"}
    assert "sg_jira.syncer.default" in warned


def test_a_field_that_is_not_on_the_edit_screen_is_not_written(
    sync: Any,
    jira: JiraStore,
    updates: Any,
    synced_task: Entity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del jira.edit_screens["Task"]["duedate"]

    assert sync(synced_task, "due_date", new_value="2024-05-06") is False
    assert updates() == []
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_an_empty_value_for_a_required_field_is_not_written(
    sync: Any, updates: Any, synced_task: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    assert sync(synced_task, "content", new_value="") is False
    assert updates() == []
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_a_studios_field_without_a_target_is_not_synced(
    make_bridge: Callable[..., Bridge], updates: Any, synced_task: Entity
) -> None:
    class Supporting(TaskIssueHandler):
        def _supported_shotgun_fields_for_shotgun_event(self) -> list[str]:
            return [*super()._supported_shotgun_fields_for_shotgun_event(), "sg_complexity"]

    entry = {"syncer": "tests.contract.probes.SwappingSyncer", "settings": {"task": Supporting}}
    event = shotgun_event(synced_task, "sg_complexity", new_value=8)

    bridge = make_bridge({"studio": entry})
    assert bridge.sync_in_jira("studio", "Task", synced_task["id"], event) is False
    assert updates() == []


def test_what_is_written_could_be_sent_as_json(
    sync: Any, jira: JiraStore, updates: Any, synced_task: Entity, bob: Person
) -> None:
    sync(synced_task, "task_assignees", added=[bob.fptr], removed=[])
    sync(synced_task, "created_by", new_value=bob.fptr)

    json.dumps(updates())


def test_a_value_that_is_already_there_is_processed_all_the_same(
    sync: Any, synced_task: Entity
) -> None:
    assert sync(synced_task, "content", new_value="Fur") is True


# Status


def test_a_new_status_runs_a_transition_with_its_comment(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    assert sync(synced_task, "sg_status_list", new_value="fin") is True

    assert jira.fields_of(issue_key)["status"]["name"] == "Done"
    comment = jira.calls.of("transition_issue")[0].kwargs["comment"]
    assert comment == f"Updated from Shotgun Task ({synced_task['id']}) moving to fin"


@pytest.mark.parametrize("code", ["zzz", None, ""])
def test_an_unmapped_status_is_false_with_a_warning(
    sync: Any,
    jira: JiraStore,
    synced_task: Entity,
    code: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert sync(synced_task, "sg_status_list", new_value=code) is False
    assert jira.calls.count("transition_issue") == 0
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_a_status_that_no_transition_reaches_is_false(
    sync: Any, jira: JiraStore, synced_task: Entity
) -> None:
    jira.transitions = [entry for entry in jira.transitions if entry["to"]["name"] != "Done"]

    assert sync(synced_task, "sg_status_list", new_value="fin") is False


# Watchers


def names(jira: JiraStore, key: str) -> list[str]:
    return [person["displayName"] for person in jira.watchers[key]]


def test_people_in_cc_become_watchers_and_leave_again(
    sync: Any, jira: JiraStore, synced_task: Entity, issue_key: str, ann: Person, bob: Person
) -> None:
    onlooker = jira.add_person("Cy", "cy@x.test")
    jira.watchers[issue_key] = [onlooker, ann.jira]

    assert sync(synced_task, "addressings_cc", added=[bob.fptr], removed=[ann.fptr]) is True

    assert names(jira, issue_key) == ["Cy", "Bob Ray"]
    calls = [(call.name, call.args[1]) for call in jira.calls.of("add_watcher", "remove_watcher")]
    assert calls == [("remove_watcher", ann.id), ("add_watcher", bob.id)]


def test_groups_and_scripts_do_not_watch(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    group = fptr.add("Group", code="Everybody")
    script = {**fptr.add("ApiUser", name="Bob's script"), "email": bob.email}

    assert sync(synced_task, "addressings_cc", added=[group, script], removed=[]) is True
    assert names(jira, issue_key) == []


def test_with_nobody_to_add_or_remove_the_watchers_are_not_asked_for(
    sync: Any,
    jira: JiraStore,
    install_jira: Callable[..., None],
    make_bridge: Callable[..., Bridge],
    fptr: ShotgunSite,
    synced_task: Entity,
) -> None:
    install_jira(jira, without=("add_watcher", "remove_watcher", "watchers"))
    group = fptr.add("Group", code="Everybody")

    for change in ({"added": [], "removed": []}, {"added": [group], "removed": []}, {}):
        assert sync(synced_task, "addressings_cc", **change) is True


def test_people_of_one_name_are_told_apart(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    one, two = (Person(fptr, jira, "Kim Park", mail) for mail in ("kim1@x.test", "kim2@x.test"))
    jira.watchers[issue_key] = [one.jira, two.jira]

    sync(synced_task, "addressings_cc", added=[], removed=[two.fptr])

    assert jira.watchers[issue_key] == [one.jira]


def test_watchers_are_not_searched_for_again_by_name(
    sync: Any, jira: JiraStore, synced_task: Entity, bob: Person
) -> None:
    sync(synced_task, "addressings_cc", added=[bob.fptr], removed=[])

    searches = jira.calls.of("search_assignable_users_for_issues")
    terms = {call.kwargs["query"] or call.kwargs["username"] for call in searches}
    assert terms <= {bob.email}


# The flag


@pytest.fixture
def full_task(fptr: ShotgunSite, synced_task: Entity, ann: Person, bob: Person) -> Entity:
    """A linked Task with every field set."""
    fptr.change(
        synced_task,
        content="Long fur",
        sg_description="red",
        sg_status_list="ip",
        task_assignees=[bob.fptr],
        tags=[fptr.add("Tag", name="hairy")],
        created_by=ann.fptr,
        due_date="2024-05-06",
        est_in_mins=45,
        addressings_cc=[ann.fptr, bob.fptr],
    )
    return synced_task


def test_turning_the_flag_on_brings_every_field_over_in_one_update(
    sync: Any, jira: JiraStore, updates: Any, full_task: Entity, issue_key: str
) -> None:
    assert sync(full_task, "sg_sync_in_jira", new_value=True) is True

    assert len(updates()) == 1
    fields = jira.fields_of(issue_key)
    assert fields["summary"] == "Long fur"
    assert fields["description"] == "red"
    assert fields["labels"] == ["hairy"]
    assert fields["duedate"] == "2024-05-06"
    assert fields["assignee"]["displayName"] == "Bob Ray"
    assert fields["reporter"]["displayName"] == "Ann Lee"
    assert fields["timetracking"]["originalEstimate"] == "45 m"
    assert fields["status"]["name"] == "In Progress"
    assert names(jira, issue_key) == ["Ann Lee", "Bob Ray"]


def test_the_status_comment_of_a_full_sync_has_no_blank_before_the_parenthesis(
    sync: Any, jira: JiraStore, full_task: Entity
) -> None:
    sync(full_task, "sg_sync_in_jira", new_value=True)

    comment = jira.calls.of("transition_issue")[0].kwargs["comment"]
    assert comment == f"Updated from Shotgun Task({full_task['id']}) moving to ip"


def test_a_full_sync_adds_to_lists_and_takes_nothing_out(
    sync: Any, jira: JiraStore, full_task: Entity, issue_key: str, ann: Person
) -> None:
    jira.issues[issue_key]["fields"].update(labels=["by-hand"], assignee=ann.jira)

    sync(full_task, "sg_sync_in_jira", new_value=True)

    fields = jira.fields_of(issue_key)
    assert fields["labels"] == ["by-hand", "hairy"]
    assert fields["assignee"]["displayName"] == "Ann Lee"


def test_a_bad_value_costs_a_full_sync_only_its_field(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    full_task: Entity,
    issue_key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fptr.change(full_task, tags=[fptr.add("Tag", name="two words")])

    assert sync(full_task, "sg_sync_in_jira", new_value=True) is True
    assert jira.fields_of(issue_key)["summary"] == "Long fur"
    assert jira.fields_of(issue_key)["labels"] == []
    assert "WARNING" in {record.levelname for record in caplog.records}


def test_a_full_sync_with_nothing_new_writes_nothing_and_counts(
    sync: Any, jira: JiraStore, updates: Any, full_task: Entity
) -> None:
    sync(full_task, "sg_sync_in_jira", new_value=True)
    jira.calls.forget()

    assert sync(full_task, "sg_sync_in_jira", new_value=True) is True
    assert updates() == []


def test_fields_can_be_left_out_of_a_full_sync(
    syncer: Any, fptr: ShotgunSite, jira: JiraStore, full_task: Entity, issue_key: str
) -> None:
    handler = syncer._task_issue_handler
    issue = handler.get_jira_issue(issue_key)

    handler._sync_shotgun_fields_to_jira(
        fptr.record(full_task), issue, exclude_shotgun_fields=["content", "tags"]
    )

    fields = jira.fields_of(issue_key)
    assert (fields["summary"], fields["labels"], fields["description"]) == ("Fur", [], "red")


def test_turning_the_flag_off_is_nobodys_business(sync: Any, synced_task: Entity) -> None:
    assert sync(synced_task, "sg_sync_in_jira", new_value=False) is False


def test_a_missing_task_in_jira_is_made_when_the_flag_is_turned_on(
    sync: Any, fptr: ShotgunSite, jira: JiraStore, task: Entity
) -> None:
    assert sync(task, "sg_sync_in_jira", new_value=True) is True
    assert fptr.record(task)["sg_jira_key"] == "PROJ-1"


# Cost


def test_projects_are_not_all_listed_for_an_event(
    sync: Any, jira: JiraStore, synced_task: Entity
) -> None:
    sync(synced_task, "content", new_value="a")
    jira.calls.forget()
    sync(synced_task, "content", new_value="b")

    assert jira.calls.count("projects") == 0
    assert jira.calls.count("issue") == 1
    assert jira.calls.count("myself", "fields", "createmeta") == 0


def test_a_second_event_opens_no_new_connection(
    sync: Any, fptr: ShotgunSite, synced_task: Entity
) -> None:
    sync(synced_task, "content", new_value="a")
    clients = fptr.clients
    fptr.calls.forget()
    sync(synced_task, "content", new_value="b")

    assert fptr.clients == clients
    assert fptr.calls.count("find", "find_one") == 1
    assert fptr.calls.count("schema_field_read", "schema_entity_read") == 0


def test_a_person_is_searched_for_once_per_event_at_most(
    sync: Any, jira: JiraStore, full_task: Entity, ann: Person, bob: Person
) -> None:
    sync(full_task, "sg_sync_in_jira", new_value=True)

    terms = [
        call.kwargs["query"] or call.kwargs["username"]
        for call in jira.calls.of("search_assignable_users_for_issues")
    ]
    assert len(terms) == len(set(terms))
