"""A record that was duplicated in FPTR with its key is noticed, and by setting gets an Issue."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sg_jira.deliveries import log_entries
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.conftest import sockets_collected
from tests.integration.pairs import Pair, create_task
from tests.integration.upkeep import FAMILIES, Make, Upkeep, making


@pytest.fixture
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Jira Cloud, but for the tests of what goes another way through the two kinds of Jira."""
    chosen: Flavour = getattr(request, "param", Flavour.CLOUD)
    return chosen


BOTH = pytest.mark.parametrize("flavour", list(Flavour), indirect=True)


@pytest.fixture(params=list(FAMILIES))
def make(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a bridge of each family in turn, with settings."""
    with making(sandbox, request.param, shares_keys=True) as make:
        yield make


def name_of(sandbox: Sandbox, key: str) -> tuple[str, str]:
    """What an Issue names as its record."""
    fields = sandbox.jira.issue(key)["fields"]
    return tuple(fields[sandbox.jira.field(one).id] for one in ("Shotgun Type", "Shotgun ID"))  # type: ignore[return-value]


@BOTH
def test_a_copy_is_told_of_and_neither_the_issue_nor_the_original_is_written(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make()
    original = upkeep.task(sg_description="Of the otter.")
    before = original.task, sandbox.jira.issue(original.key)
    copy = upkeep.copy(original)

    told = upkeep.catch_up()
    copy.in_fptr().update("Task", copy.id, {"sg_description": "Of the heron."})
    told += upkeep.catch_up()

    assert not any(answer for _, answer, _ in told)
    by_field = {field: reason for field, _, reason in told}
    for reason in (by_field["sg_jira_key"], by_field["sg_description"]):
        assert str(reason).startswith("duplicated_record: ")
        assert f"{original.key} belongs to Task {original.id} 'Comb the fur'" in str(reason)
        assert f"/detail/Task/{original.id}" in str(reason)
        assert f"Clear sg_jira_key of Task {copy.id}" in str(reason)
    assert (original.task, sandbox.jira.issue(original.key)) == before
    assert upkeep.keys() == [original.key]


def test_a_copy_whose_key_is_cleared_gets_an_issue(make: Make) -> None:
    upkeep = make()
    original = upkeep.task()
    copy = upkeep.copy(original)
    upkeep.catch_up()

    copy.in_fptr().update("Task", copy.id, {"sg_jira_key": None})
    copy.in_fptr().update("Task", copy.id, {"sg_description": "Of the heron."})
    upkeep.catch_up()

    assert upkeep.keys() == [original.key, copy.key]


@BOTH
def test_by_setting_a_copy_gets_an_issue_of_its_own_and_is_synced_as_a_whole(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task(sg_description="Of the otter.")
    before = original.task, sandbox.jira.issue(original.key)
    copy = upkeep.copy(original, due_date="2031-02-03", sg_status_list="ip")

    told = upkeep.catch_up()

    assert ("sg_jira_key", True) in [(field, answer) for field, answer, _ in told]
    assert upkeep.keys() == [original.key, copy.key]
    assert name_of(sandbox, copy.key) == ("Task", str(copy.id))
    assert copy.task["sg_jira_url"]["url"].endswith(copy.key)
    assert copy.issue["description"] == "Of the otter."
    assert copy.issue["duedate"] == "2031-02-03"
    assert copy.issue["status"]["name"] == "In Progress"
    assert (original.task, sandbox.jira.issue(original.key)) == before
    assert upkeep.catch_up() == [
        (field, False, upkeep.bridge.last_skip_reason()) for field in ("sg_jira_key", "sg_jira_url")
    ]  # echoes


def test_a_copy_that_fptrs_own_webhooks_tell_of_as_a_whole_gets_its_issue(make: Make) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    copy = upkeep.copy(original)
    data = {
        "operation": "create",
        "entity": copy.link,
        "project": upkeep.sandbox.production.project,
    }
    (entry,) = log_entries({"data": {**data, "meta": {"type": "new_entity"}}})

    assert upkeep.hear(entry) is True

    assert upkeep.keys() == [original.key, copy.key]


def test_a_copy_that_is_switched_on_later_gets_its_issue_then(make: Make) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    copy = upkeep.copy(original, sg_sync_in_jira=False)
    told = upkeep.catch_up()
    assert {str(reason).partition(":")[0] for *_, reason in told} >= {"sync_off"}
    assert upkeep.keys() == [original.key]

    copy.in_fptr().update("Task", copy.id, {"sg_sync_in_jira": True})
    upkeep.catch_up()

    assert upkeep.keys() == [original.key, copy.key]


def test_a_copy_of_a_deleted_record_is_a_copy_too(make: Make) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    key = original.key
    copy = upkeep.copy(original)
    original.in_fptr().delete("Task", original.id)

    upkeep.catch_up()

    assert upkeep.keys() == [key, copy.key]


def test_an_issue_whose_key_could_not_be_written_to_a_copy_is_taken_next_time(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    copy = upkeep.copy(original)
    (event,) = [one for one in upkeep.events() if one["meta"]["attribute_name"] == "sg_jira_key"]
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, endpoint="update Task"))
    with pytest.raises(ConnectionError):
        upkeep.hear(event)

    assert upkeep.hear(event) is True
    assert upkeep.keys() == [original.key, copy.key]


@BOTH
def test_an_issue_of_a_copy_whose_creation_got_no_answer_is_found(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    copy = upkeep.copy(original)
    (event,) = [one for one in upkeep.events() if one["meta"]["attribute_name"] == "sg_jira_key"]
    sandbox.jira.controls.faults.add(Fault(FaultKind.LOST_ANSWER, endpoint="POST issue"))
    with pytest.raises(requests.ConnectionError):
        upkeep.hear(event)

    assert upkeep.hear(event) is True
    assert upkeep.keys() == [original.key, copy.key]


def test_several_events_of_a_copy_at_the_same_time_make_one_issue(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    copy = upkeep.copy(original)
    (event,) = [one for one in upkeep.events() if one["meta"]["attribute_name"] == "sg_jira_key"]
    sandbox.jira.controls.faults.add(Fault(FaultKind.SLOW, endpoint="POST issue", seconds=0.2))

    with sockets_collected(), ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(upkeep.hear, event) for _ in range(3)]

    assert any(answer.result() for answer in answers)
    assert upkeep.keys() == [original.key, copy.key]


def test_all_events_of_a_copy_together_make_one_issue(make: Make) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    copy = upkeep.copy(original)
    events = upkeep.events()

    while events:
        events = events[len(upkeep.bridge.sync_all_in_jira("it", "Task", copy.id, events)) :]

    assert upkeep.keys() == [original.key, copy.key]
    assert copy.issue["summary"] == "Comb the fur"


class TestWhatIsNoCopy:
    """Nothing is created where somebody moved a link, whatever the setting."""

    def skipped(self, upkeep: Upkeep, task: Pair) -> str:
        task.in_fptr().update("Task", task.id, {"sg_description": "Changed."})
        before = upkeep.keys()
        ((_, answer, reason),) = upkeep.catch_up()
        assert not answer
        assert upkeep.keys() == before
        return str(reason)

    def test_a_key_that_was_moved_from_one_record_to_another(self, make: Make) -> None:
        upkeep = make(on_duplicate="new_issue")
        original, heir = upkeep.task(), create_task(upkeep.sandbox, "Heir", sg_sync_in_jira=True)
        key = original.key
        original.in_fptr().update("Task", original.id, {"sg_jira_key": None})
        heir.in_fptr().update("Task", heir.id, {"sg_jira_key": key})
        upkeep.events()

        reason = self.skipped(upkeep, heir)

        assert reason.startswith("issue_of_another_record: ")
        assert f"name Task {original.id}, which has no Issue" in reason
        assert f"If it belongs to Task {heir.id} now, enter that there" in reason

    def test_a_key_of_an_issue_that_names_another_one_with_an_issue_of_its_own(
        self, make: Make, sandbox: Sandbox
    ) -> None:
        upkeep = make(on_duplicate="new_issue")
        original, other = upkeep.task(), upkeep.task("Other")
        sandbox.jira.acting_as(sandbox.account).edit(other.key, **{"Shotgun ID": str(original.id)})

        assert f"which has the Issue {original.key}" in self.skipped(upkeep, other)

    @pytest.mark.parametrize(
        ("names", "told"),
        [
            ({"Shotgun ID": "9999999"}, "which FPTR does not have"),
            ({"Shotgun Type": "Unicorn"}, "which FPTR does not have"),
            ({"Shotgun Type": "Step"}, "which FPTR does not have"),
            ({"Shotgun ID": "otter"}, "name no record"),
            ({"Shotgun ID": None, "Shotgun Type": None}, "name no record"),
        ],
    )
    def test_a_key_of_an_issue_that_names_nothing_fptr_has(
        self, make: Make, sandbox: Sandbox, names: dict[str, Any], told: str
    ) -> None:
        upkeep = make(on_duplicate="new_issue")
        task = upkeep.task()
        sandbox.jira.acting_as(sandbox.account).edit(task.key, **names)

        assert told in self.skipped(upkeep, task)


def test_a_record_that_is_no_copy_costs_no_call_more(make: Make, sandbox: Sandbox) -> None:
    upkeep = make(on_duplicate="new_issue")
    original = upkeep.task()
    original.in_fptr().update("Task", original.id, {"sg_description": "Warm the caches."})
    upkeep.catch_up()
    sandbox.forget_calls()

    original.in_fptr().update("Task", original.id, {"sg_description": "Deep"})
    upkeep.catch_up()

    calls = sandbox.bridge_calls()
    assert calls.shotgun == {"find Task": 1}
    assert calls.jira == {"GET issue/{key}": 1, "PUT issue/{key}": 1}


@BOTH
def test_what_changes_in_jira_goes_to_the_record_that_the_issue_names(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make()
    copy = create_task(sandbox, "Made before, to be found first", sg_sync_in_jira=False)
    original = upkeep.task()
    copy.in_fptr().update("Task", copy.id, {"sg_jira_key": original.key})
    key = original.key
    original.in_jira().edit(key, summary="Comb the feathers")

    assert hear_of_summary(upkeep, key) is True
    assert original.task["content"] == "Comb the feathers"
    assert copy.task["content"] == "Made before, to be found first"

    original.in_fptr().delete("Task", original.id)
    assert hear_of_summary(upkeep, key) is False
    assert copy.task["content"] == "Made before, to be found first"


def hear_of_summary(upkeep: Upkeep, key: str) -> Any:
    issue = upkeep.sandbox.jira.issue(key)
    item = {"fieldId": "summary", "toString": issue["fields"]["summary"]}
    body = {"webhookEvent": "jira:issue_updated", "issue": issue}
    event = {**body, "changelog": {"id": "1", "items": [item]}}
    return upkeep.bridge.sync_in_shotgun("it", "issue", key, event)
