"""What becomes of the Issue of a record that is deleted in FPTR, and when that is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jira.exceptions import JIRAError

from sg_jira.sandbox import BridgeCalls, Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.jira.workflow import Transition
from sg_jira.web.http import HTTPServer
from tests.integration.pairs import Pair, create_task
from tests.integration.running_example import running_example
from tests.integration.test_generic_family import MAPPING
from tests.integration.upkeep import FAMILIES, TASKS, Make, Upkeep, making

LABEL = {"on_retirement": "label", "retired_label": "deleted-in-fptr"}
CLOSE: dict[str, Any] = {"on_retirement": "close"}
DELETE: dict[str, Any] = {"on_retirement": "delete_issue"}


@pytest.fixture
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Jira Cloud, but for the tests of what goes another way through the two kinds of Jira."""
    chosen: Flavour = getattr(request, "param", Flavour.CLOUD)
    return chosen


BOTH = pytest.mark.parametrize("flavour", list(Flavour), indirect=True)


@pytest.fixture(params=list(FAMILIES))
def make(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a bridge of each family in turn, with settings."""
    with making(sandbox, request.param) as make:
        yield make


def retire(upkeep: Upkeep, task: Pair) -> tuple[Any, str | None]:
    """Deletes the Task and tells the bridge; its answer and reason."""
    task.in_fptr().delete("Task", task.id)
    return answer(upkeep)


def revive(upkeep: Upkeep, task: Pair) -> tuple[Any, str | None]:
    task.in_fptr().revive("Task", task.id)
    return answer(upkeep)


def answer(upkeep: Upkeep) -> tuple[Any, str | None]:
    ((field, answer, reason),) = upkeep.catch_up()
    assert field == "retirement_date"
    return answer, reason


def test_without_the_setting_nothing_is_asked_or_touched(make: Make, sandbox: Sandbox) -> None:
    upkeep = make()
    task = upkeep.task()
    before = sandbox.jira.issue(task.key)
    sandbox.forget_calls()

    for change in (retire, revive):
        done, reason = change(upkeep, task)
        assert done is False
        assert str(reason).startswith("deletion_not_synced: ")

    assert sandbox.bridge_calls().totals == (0, 0)
    assert sandbox.jira.issue(task.key) == before


@BOTH
def test_the_issue_of_a_deleted_record_is_closed_with_one_read_on_each_side(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(**CLOSE)
    task = upkeep.task()
    sandbox.forget_calls()

    assert retire(upkeep, task)[0] is True

    assert task.issue["status"]["statusCategory"]["key"] == "done"
    (comment,) = sandbox.jira.comments(task.key)
    assert comment["body"] == f"Task {task.id} was deleted in Flow Production Tracking"
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1},
        jira={"GET issue/{key}": 1, "POST issue/{key}/transitions": 1},
    )


def test_it_is_closed_with_the_status_of_the_setting(make: Make) -> None:
    upkeep = make(**CLOSE, retired_status="Closed")
    task = upkeep.task()

    assert retire(upkeep, task)[0] is True
    assert task.issue["status"]["name"] == "Closed"


def test_an_issue_that_is_done_already_is_left_as_it_is(make: Make, sandbox: Sandbox) -> None:
    upkeep = make(**CLOSE)
    task = upkeep.task(sg_status_list="fin")
    before = sandbox.jira.issue(task.key)

    assert retire(upkeep, task)[0] is True
    assert sandbox.jira.issue(task.key) == before


@pytest.mark.parametrize("rule", [CLOSE, {**CLOSE, "retired_status": "Closed"}])
def test_a_workflow_without_such_a_transition_is_told_of(
    make: Make, sandbox: Sandbox, rule: dict[str, Any]
) -> None:
    upkeep = make(**rule)
    task = upkeep.task(sg_status_list="wtg")
    sandbox.jira.set_workflow(
        sandbox.production.jira_key, [Transition("Start", "In Progress", ("To Do",))]
    )

    done, reason = retire(upkeep, task)

    assert done is False
    assert str(reason).startswith("status_not_reached: ")
    assert f"{task.key} of the deleted Task {task.id} cannot be closed" in str(reason)


@BOTH
def test_a_closed_issue_gets_the_status_of_its_record_when_that_is_back(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(**CLOSE)
    task = upkeep.task(sg_status_list="ip", sg_description="Of the otter.")
    retire(upkeep, task)
    task.in_jira().edit(task.key, description="Changed in the meantime.")

    assert revive(upkeep, task)[0] is True

    assert task.issue["status"]["name"] == "In Progress"
    assert task.issue["description"] == "Of the otter."


def test_the_issue_of_a_deleted_record_is_labelled_with_one_read_on_each_side(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(**LABEL)
    task = upkeep.task()
    task.in_jira().edit(task.key, labels=["night"])
    sandbox.forget_calls()

    assert retire(upkeep, task)[0] is True

    assert sorted(task.issue["labels"]) == ["deleted-in-fptr", "night"]
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1}, jira={"GET issue/{key}": 1, "PUT issue/{key}": 1}
    )


@BOTH
def test_the_label_goes_when_the_record_is_back_and_everything_is_synced(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(**LABEL)
    tag = next(iter(sandbox.production.tags.items()))
    task = upkeep.task(sg_description="Of the otter.", tags=[tag[1]])
    retire(upkeep, task)
    assert "deleted-in-fptr" in task.issue["labels"]
    task.in_jira().edit(task.key, description="Changed in the meantime.")

    assert revive(upkeep, task)[0] is True

    assert task.issue["labels"] == [tag[0].replace(" ", "_")]
    assert task.issue["description"] == "Of the otter."


def test_labels_that_cannot_be_edited_are_told_of(make: Make, sandbox: Sandbox) -> None:
    upkeep = make(**LABEL)
    task = upkeep.task()
    sandbox.jira.place_field("labels", on_edit=False)

    done, reason = retire(upkeep, task)

    assert done is False
    assert str(reason).startswith("not_on_screen: ")


@BOTH
def test_by_plain_setting_the_issue_is_deleted(make: Make, sandbox: Sandbox) -> None:
    upkeep = make(**DELETE)
    task, other = upkeep.task(), upkeep.task("Another one")
    sandbox.forget_calls()

    assert retire(upkeep, task)[0] is True

    assert upkeep.keys() == [other.key]
    assert sandbox.bridge_calls() == BridgeCalls(
        shotgun={"find Task": 1}, jira={"GET issue/{key}": 1, "DELETE issue/{key}": 1}
    )


@BOTH
def test_a_record_that_is_back_after_its_issue_was_deleted_gets_a_new_one(make: Make) -> None:
    upkeep = make(**DELETE)
    task = upkeep.task(sg_description="Of the otter.")
    first = task.key
    retire(upkeep, task)

    assert revive(upkeep, task)[0] is True

    assert upkeep.keys() == [task.key] != [first]
    assert task.issue["description"] == "Of the otter."


@pytest.mark.parametrize("rule", [CLOSE, LABEL, DELETE], ids=lambda rule: rule["on_retirement"])
def test_an_issue_that_is_gone_already_is_no_trouble(make: Make, rule: dict[str, Any]) -> None:
    upkeep = make(**rule)
    task = upkeep.task()
    task.in_jira().delete_issue(task.key)

    done, reason = retire(upkeep, task)

    assert done is False
    assert str(reason).startswith("issue_not_found: ")
    assert "is gone already" in str(reason)


@pytest.mark.parametrize("rule", [CLOSE, LABEL, DELETE], ids=lambda rule: rule["on_retirement"])
def test_an_issue_that_names_another_record_is_not_touched(
    make: Make, sandbox: Sandbox, rule: dict[str, Any]
) -> None:
    upkeep = make(**rule)
    upkeep.let_keys_be_shared()
    original = upkeep.task()
    copy = upkeep.copy(original)
    upkeep.events()
    before = sandbox.jira.issue(original.key)

    done, reason = retire(upkeep, copy)

    assert done is False
    assert str(reason).startswith("duplicated_record: ")
    assert sandbox.jira.issue(original.key) == before


@pytest.mark.parametrize("rule", [CLOSE, LABEL, DELETE], ids=lambda rule: rule["on_retirement"])
def test_a_deletion_that_is_told_after_it_was_taken_back_touches_nothing(
    make: Make, sandbox: Sandbox, rule: dict[str, Any]
) -> None:
    upkeep = make(**rule)
    task = upkeep.task()
    before = sandbox.jira.issue(task.key)
    task.in_fptr().delete("Task", task.id)
    task.in_fptr().revive("Task", task.id)

    late, back = upkeep.events()
    for event in (back, late):
        assert upkeep.hear(event) is True

    assert sandbox.jira.issue(task.key) == before


def test_a_return_that_is_told_after_the_record_was_deleted_again_is_a_deletion(
    make: Make,
) -> None:
    upkeep = make(**DELETE)
    task = upkeep.task()
    for change in ("delete", "revive", "delete"):
        getattr(task.in_fptr(), change)("Task", task.id)

    _, back, _ = upkeep.events()

    assert upkeep.hear(back) is True
    assert upkeep.keys() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"sg_sync_in_jira": False}, "sync_off"), ({"sg_jira_key": None}, "nothing_to_write")],
)
def test_a_record_that_was_not_synced_has_nothing_to_lose(
    make: Make, sandbox: Sandbox, change: dict[str, Any], reason: str
) -> None:
    upkeep = make(**DELETE)
    task = upkeep.task()
    key = task.key
    task.in_fptr().update("Task", task.id, change)
    upkeep.events()

    done, told = retire(upkeep, task)

    assert done is False
    assert str(told).startswith(f"{reason}: ")
    assert upkeep.keys() == [key]


@pytest.mark.parametrize(
    ("rule", "endpoint", "permission"),
    [
        (CLOSE, "POST issue/{key}/transitions", "Transition Issues"),
        (LABEL, "PUT issue/{key}", "Edit Issues"),
        (DELETE, "DELETE issue/{key}", "Delete Issues"),
    ],
)
def test_a_permission_that_is_missing_is_named(
    make: Make, sandbox: Sandbox, rule: dict[str, Any], endpoint: str, permission: str
) -> None:
    upkeep = make(**rule)
    task = upkeep.task()
    sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, endpoint=endpoint, status=403))

    with pytest.raises(JIRAError) as refused:
        retire(upkeep, task)

    assert refused.value.status_code == 403
    assert f"Jira Issue {task.key} of the deleted Task {task.id} stays as it is" in str(
        refused.value
    )
    assert f"Grant it {permission}" in str(refused.value)


def test_an_issue_with_sub_tasks_is_not_deleted(make: Make, sandbox: Sandbox) -> None:
    upkeep = make(**DELETE)
    task = upkeep.task()
    sub_task = task.in_jira().create_issue(
        sandbox.production.jira_key, "Sub-task", summary="Wash", parent=task.key
    )

    with pytest.raises(JIRAError, match="delete or move them first"):
        retire(upkeep, task)

    assert set(upkeep.keys()) == {task.key, sub_task}


def test_a_deletion_among_other_changes_is_not_lost(make: Make, sandbox: Sandbox) -> None:
    upkeep = make(**LABEL)
    task = upkeep.task()
    task.in_fptr().update("Task", task.id, {"sg_description": "Never told."})
    task.in_fptr().delete("Task", task.id)
    task.in_fptr().revive("Task", task.id)
    task.in_fptr().delete("Task", task.id)
    events = upkeep.events()

    while events:
        events = events[len(upkeep.bridge.sync_all_in_jira("it", "Task", task.id, events)) :]

    assert task.issue["labels"] == ["deleted-in-fptr"]


# A family of one kind


def test_any_type_of_record_has_the_rule_of_its_element(sandbox: Sandbox) -> None:
    mapping = [{**MAPPING[0], "on_retirement": "delete_issue"}, *MAPPING[1:]]
    upkeep = Upkeep(sandbox, "any types", entity_mapping=mapping, **LABEL)
    try:
        task = upkeep.task()
        producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
        asset = producer.create(
            "Asset",
            {"project": sandbox.production.project, "code": "Heron", "sg_sync_in_jira": True},
        )
        upkeep.catch_up()
        assert len(upkeep.keys()) == 2

        producer.delete("Asset", asset["id"])
        producer.delete("Task", task.id)
        upkeep.catch_up()

        assert upkeep.keys() == [task.key]
        assert task.issue["labels"] == ["deleted-in-fptr"]
    finally:
        upkeep.bridge.close()


def test_a_status_that_only_comes_from_jira_reopens_as_well(sandbox: Sandbox) -> None:
    status = {**MAPPING[1]["status_mapping"], "sync_direction": "jira_to_sg"}
    mapping = [{**MAPPING[1], "status_mapping": status}]
    upkeep = Upkeep(sandbox, "any types", entity_mapping=mapping, **CLOSE)
    try:
        task = upkeep.task(sg_status_list="ip")
        retire(upkeep, task)
        assert task.issue["status"]["name"] == "Done"

        assert revive(upkeep, task)[0] is True
        assert task.issue["status"]["name"] == "In Progress"
    finally:
        upkeep.bridge.close()


def test_many_records_deleted_at_once_are_all_closed_by_the_service(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    with running_example(sandbox, tmp_path, TASKS, **CLOSE):
        tasks = [create_task(sandbox, f"Task {n}", sg_sync_in_jira=True) for n in range(6)]
        tasks[0].settle()
        sandbox.forget_calls()

        for task in tasks:
            task.in_fptr().delete("Task", task.id)
        tasks[0].settle()

        assert {task.issue["status"]["statusCategory"]["key"] for task in tasks} == {"done"}
        assert sandbox.bridge_calls() == BridgeCalls(
            shotgun={"find Task": 6},
            jira={"GET issue/{key}": 6, "POST issue/{key}/transitions": 6},
        )
