"""What is written on a duplicated Task never shows on the Issue of the original."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sg_jira.links import InMemoryLinks
from sg_jira.sandbox import Flavour, Sandbox
from tests.integration.pairs import Pair, create_task
from tests.integration.running_example import running_example
from tests.integration.upkeep import FAMILIES, Make, duplicate, let_keys_be_shared, making


@pytest.fixture
def flavour() -> Flavour:
    """Both kinds of Jira take comments alike."""
    return Flavour.CLOUD


@pytest.fixture(params=list(FAMILIES))
def make(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a bridge of each family in turn, with settings."""
    with making(sandbox, request.param, shares_keys=True) as make:
        yield make


def write_note(task: Pair, content: str = "Of the heron.") -> int:
    """A Note on a Task; does not wait for anything."""
    data = {"project": task.sandbox.production.project, "subject": "Plan", "content": content}
    return int(task.in_fptr().create("Note", {**data, "tasks": [task.link]})["id"])


def reasons(told: list[tuple[str, Any, str | None]]) -> set[str]:
    return {str(reason).partition(":")[0] for _, answer, reason in told if not answer}


@pytest.mark.parametrize("on_duplicate", ["report", "new_issue"])
def test_a_note_that_comes_before_its_copied_task_is_not_written_to_the_original(
    make: Make, on_duplicate: str
) -> None:
    upkeep = make(on_duplicate=on_duplicate)
    original = upkeep.task()
    copy = upkeep.copy(original)
    of_the_task = upkeep.events()
    note = write_note(copy)

    told = upkeep.catch_up()

    assert not any(answer for _, answer, _ in told)
    assert "duplicated_record" in reasons(told)
    assert original.comments == []
    assert not upkeep.sandbox.shotgun.record("Note", note)["sg_jira_key"]

    upkeep.tell(of_the_task)
    copy.in_fptr().update("Task", copy.id, {"sg_sync_in_jira": False})
    copy.in_fptr().update("Task", copy.id, {"sg_sync_in_jira": True})
    upkeep.catch_up()
    assert original.comments == []
    if on_duplicate == "new_issue":
        (comment,) = copy.comments
        assert "Of the heron." in comment["body"]


def test_a_note_on_a_copy_that_is_only_told_of_is_skipped_for_the_same_reason(make: Make) -> None:
    upkeep = make()
    original = upkeep.task()
    copy = upkeep.copy(original)
    upkeep.catch_up()

    write_note(copy)
    told = upkeep.catch_up()

    assert "duplicated_record" in reasons(told)
    (reason,) = {str(why) for *_, why in told if str(why).startswith("duplicated_record")}
    assert f"{original.key} belongs to Task {original.id} 'Comb the fur'" in reason
    assert f"Clear sg_jira_key of Task {copy.id}" in reason
    assert original.comments == []


def test_a_note_that_is_moved_to_a_copy_leaves_the_original(make: Make) -> None:
    upkeep = make()
    original = upkeep.task()
    copy = upkeep.copy(original)
    note = write_note(original)
    upkeep.catch_up()
    assert len(original.comments) == 1

    copy.in_fptr().update("Note", note, {"tasks": [copy.link]})
    upkeep.catch_up()
    copy.in_fptr().update("Note", note, {"content": "Of the stork."})
    upkeep.catch_up()

    assert original.comments == []


def test_what_is_edited_on_a_copy_does_not_change_a_comment_of_the_original(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make()
    original = upkeep.task()
    note = write_note(original)
    upkeep.catch_up()
    copy = upkeep.copy(original)
    copy.in_fptr().update("Note", note, {"tasks": [copy.link]})
    upkeep.events()  # lost
    copy.in_fptr().update("Note", note, {"content": "Of the stork."})

    told = upkeep.catch_up()

    assert "duplicated_record" in reasons(told)
    (comment,) = original.comments
    assert "Of the stork." not in comment["body"]


def test_a_reply_on_a_copy_is_not_written_to_the_original(make: Make) -> None:
    upkeep = make(sync_replies="both_way")
    original = upkeep.task()
    note = write_note(original)
    upkeep.catch_up()
    copy = upkeep.copy(original)
    copy.in_fptr().update("Note", note, {"tasks": [copy.link]})
    upkeep.events()  # lost
    data = {"content": "Feathers first.", "entity": {"type": "Note", "id": note}}
    copy.in_fptr().create("Reply", data)

    told = upkeep.catch_up()

    assert len(original.comments) == 1, told


@pytest.mark.parametrize("make", ["any types"], indirect=True)
def test_a_time_log_on_a_copy_is_not_written_to_the_original(make: Make, sandbox: Sandbox) -> None:
    upkeep = make()
    original = upkeep.task()
    copy = upkeep.copy(original)
    upkeep.catch_up()
    data = {"project": sandbox.production.project, "entity": copy.link}
    copy.in_fptr().create("TimeLog", {**data, "duration": 90, "date": "2031-02-03"})

    told = upkeep.catch_up()

    assert "duplicated_record" in reasons(told)
    assert sandbox.jira.worklogs(original.key) == []


def test_a_note_on_a_task_with_an_issue_that_names_another_one_is_not_written(
    make: Make, sandbox: Sandbox
) -> None:
    upkeep = make()
    task, other = upkeep.task(), upkeep.task("Other")
    heir = create_task(sandbox, "Heir", sg_sync_in_jira=True)
    task.in_fptr().update("Task", task.id, {"sg_jira_key": None})
    heir.in_fptr().update("Task", heir.id, {"sg_jira_key": other.key})
    upkeep.events()
    write_note(heir)

    told = upkeep.catch_up()

    assert reasons(told) >= {"duplicated_record"}
    assert other.comments == []


class TestCost:
    """Whose an Issue is need be read once at most."""

    def test_nothing_for_an_issue_that_the_bridge_has_made(
        self, make: Make, sandbox: Sandbox
    ) -> None:
        upkeep = make()
        original = upkeep.task()
        sandbox.forget_calls()

        write_note(original)
        upkeep.catch_up()

        assert "GET issue/{key}" not in sandbox.bridge_calls().jira
        assert len(original.comments) == 1

    def test_one_reading_for_an_issue_of_which_nothing_is_known(
        self, make: Make, sandbox: Sandbox
    ) -> None:
        upkeep = make()
        original = upkeep.task()
        upkeep.bridge.links = InMemoryLinks()  # as after a restart
        sandbox.forget_calls()

        write_note(original)
        upkeep.catch_up()
        write_note(original, "Of the stork.")
        upkeep.catch_up()

        assert sandbox.bridge_calls().jira["GET issue/{key}"] == 1
        assert len(original.comments) == 2


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_note_right_after_its_task_was_duplicated_goes_to_the_issue_of_the_copy(
    sandbox: Sandbox, tmp_path: Path, family: str, wait_until_quiet: Callable[[], None]
) -> None:
    entry = FAMILIES[family]
    settings: Any = {**entry["settings"], "on_duplicate": "new_issue"}  # type: ignore[dict-item]
    with running_example(sandbox, tmp_path, str(entry["syncer"]), **settings):
        original = create_task(sandbox, "Comb the fur", sg_sync_in_jira=True)
        wait_until_quiet()
        let_keys_be_shared(sandbox)

        copies = []
        for number in range(4):
            copy = duplicate(original)
            write_note(copy, f"Of heron {number}.")
            copies.append(copy)
        wait_until_quiet()

        assert original.comments == []
        assert len({original.key, *(copy.key for copy in copies)}) == 5
        for number, copy in enumerate(copies):
            (comment,) = copy.comments
            assert f"Of heron {number}." in comment["body"]


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_note_right_after_a_copy_that_gets_no_issue_is_skipped_as_the_copy_is(
    sandbox: Sandbox, tmp_path: Path, family: str, wait_until_quiet: Callable[[], None]
) -> None:
    entry = FAMILIES[family]
    settings: Any = entry["settings"]
    with running_example(sandbox, tmp_path, str(entry["syncer"]), **settings) as url:
        original = create_task(sandbox, "Comb the fur", sg_sync_in_jira=True)
        wait_until_quiet()
        let_keys_be_shared(sandbox)
        note = write_note(duplicate(original))
        wait_until_quiet()

        assert original.comments == []
        found = requests.get(f"{url}/admin/events?key=Note:{note}", timeout=10).json()
        assert "duplicated_record" in {event["reason"] for event in found["events"]}
        assert {event["state"] for event in found["events"]} == {"skipped"}
