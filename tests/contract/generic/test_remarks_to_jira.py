"""Notes and TimeLogs changed in FPTR, and their comments and worklogs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from sg_jira.handlers import EntitiesGenericHandler
from tests.contract.conftest import Person
from tests.contract.events import shotgun_event
from tests.contract.generic.jira_site import GenericStore
from tests.doubles.jira_store import refused
from tests.doubles.shotgun_double import Entity, ShotgunSite

Change = Callable[..., Any]
BODY = (
    "\n    {panel:title=Ann's Note}\n    _Note created from FPTR by Ann Lee_\n"
    "    More fur\n    {panel}\n    "
)


@pytest.fixture
def second_task(fptr: ShotgunSite, jira: GenericStore, project: Entity, issue_key: str) -> Entity:
    """Another synced Task."""
    task = fptr.add("Task", content="Tail", project=project, sg_sync_in_jira=True)
    fptr.change(task, sg_jira_key=jira.add_linked_issue(task))
    return task


# Notes


def test_a_note_becomes_a_comment_that_names_its_author(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, note: Entity, issue_key: str
) -> None:
    assert change_in_fptr(note, "content", in_create=True) is True

    ((number, comment),) = jira.comments[issue_key].items()
    assert comment["body"] == BODY
    assert fptr.writes() == [("Note", note["id"], {"sg_jira_key": f"{issue_key}/{number}"})]
    (call,) = jira.calls.of("add_comment")
    assert call.args[2:] == (None, False)


def test_an_edited_note_rewrites_its_comment(
    change_in_fptr: Change, jira: GenericStore, note: Entity, issue_key: str, comment_id: str
) -> None:
    assert change_in_fptr(note, "content") is True
    assert jira.comments[issue_key][comment_id]["body"] == BODY


def test_a_comment_that_says_it_already_is_not_written(
    change_in_fptr: Change, jira: GenericStore, note: Entity, issue_key: str, comment_id: str
) -> None:
    jira.comments[issue_key][comment_id]["body"] = BODY.strip()

    assert change_in_fptr(note, "content") is True
    assert jira.calls.count("Comment.update") == 0


def test_empty_parts_of_a_note_are_empty_in_jira(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, note: Entity, issue_key: str
) -> None:
    fptr.change(note, user=None, subject=None, content=None)

    assert change_in_fptr(note, "content") is True
    (comment,) = jira.comments[issue_key].values()
    assert "None" not in comment["body"]


def test_a_note_goes_to_the_first_task_that_is_synced(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    synced_task: Entity,
    second_task: Entity,
    issue_key: str,
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)
    fptr.change(note, tasks=[synced_task, second_task])

    assert change_in_fptr(note, "content") is True
    assert issue_key not in jira.comments
    assert len(jira.comments["PROJ-2"]) == 1


def test_a_comment_that_is_gone_is_not_made_again(
    change_in_fptr: Change, jira: GenericStore, note: Entity, issue_key: str, comment_id: str
) -> None:
    del jira.comments[issue_key][comment_id]

    assert change_in_fptr(note, "content") is False
    assert jira.comments[issue_key] == {}


@pytest.mark.parametrize("key", ["PROJ-1", "PROJ-1/", "a/b/c", "/7"])
def test_a_malformed_key_counts_as_not_found(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    comment_id: str,
    key: str,
) -> None:
    fptr.change(note, sg_jira_key=key)

    assert change_in_fptr(note, "content") is False
    assert jira.calls.count("Comment.update", "add_comment") == 0


def test_a_note_that_leaves_its_task_loses_its_comment_though_deletions_are_off(
    change_in_fptr: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    del mapping[2]["sync_deletion_direction"]
    fptr.change(note, tasks=[])

    assert change_in_fptr(note, "tasks", added=[], removed=[synced_task]) is True
    assert jira.comments[issue_key] == {}
    assert fptr.record(note)["sg_jira_key"] == ""


def test_a_note_that_moves_to_another_synced_task_moves_its_comment(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    synced_task: Entity,
    second_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    fptr.change(note, tasks=[second_task])

    assert change_in_fptr(note, "tasks", added=[second_task], removed=[synced_task]) is True
    assert jira.comments[issue_key] == {}
    (number,) = jira.comments["PROJ-2"]
    assert fptr.record(note)["sg_jira_key"] == f"PROJ-2/{number}"


def test_a_note_that_gains_a_task_keeps_its_comment(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    synced_task: Entity,
    second_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    fptr.change(note, tasks=[synced_task, second_task])

    assert change_in_fptr(note, "tasks", added=[second_task], removed=[]) is True
    assert list(jira.comments) == [issue_key]
    assert jira.comments[issue_key][comment_id]["body"] == "old words"
    assert fptr.record(note)["sg_jira_key"] == f"{issue_key}/{comment_id}"


def test_a_note_that_leaves_a_task_of_another_issue_keeps_its_comment(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    second_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    assert change_in_fptr(note, "tasks", added=[], removed=[second_task]) is True
    assert list(jira.comments[issue_key]) == [comment_id]
    assert fptr.writes() == []


def test_a_note_that_leaves_a_task_whose_flag_is_off_keeps_its_comment(
    handler: EntitiesGenericHandler,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    fptr.change(note, tasks=[])
    fptr.change(synced_task, sg_sync_in_jira=False)
    event = shotgun_event(note, "tasks", added=[], removed=[synced_task])

    handler.process_shotgun_event("Note", note["id"], event)
    assert list(jira.comments[issue_key]) == [comment_id]


def test_an_old_event_does_not_take_the_comment_from_a_task_that_is_linked_again(
    change_in_fptr: Change,
    jira: GenericStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    assert change_in_fptr(note, "tasks", added=[], removed=[synced_task]) is True
    assert comment_id in jira.comments[issue_key]


def test_a_note_that_was_not_linked_gets_its_comment_when_it_is(
    change_in_fptr: Change, jira: GenericStore, note: Entity, synced_task: Entity, issue_key: str
) -> None:
    assert change_in_fptr(note, "tasks", added=[synced_task], removed=[]) is True
    assert len(jira.comments[issue_key]) == 1


def test_a_deleted_note_takes_its_comment_along(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    fptr.retire(note)

    assert change_in_fptr(note, "retirement_date") is True
    assert jira.comments[issue_key] == {}
    assert fptr.writes() == []


def test_a_deleted_note_whose_comment_is_gone_is_not_an_error(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    fptr.retire(note)
    del jira.comments[issue_key][comment_id]

    assert change_in_fptr(note, "retirement_date") is False


def test_a_comment_whose_key_could_not_be_written_is_not_made_twice(
    change_in_fptr: Change, fptr: ShotgunSite, jira: GenericStore, note: Entity, issue_key: str
) -> None:
    fptr.calls.fail("update", ConnectionError("gone"))
    with pytest.raises(ConnectionError):
        change_in_fptr(note, "content")

    assert change_in_fptr(note, "content") is True
    assert len(jira.comments[issue_key]) == 1


def test_a_comment_whose_answer_was_lost_is_found_again(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
) -> None:
    jira.calls.fail("add_comment", ConnectionError("lost"))
    with pytest.raises(ConnectionError):
        change_in_fptr(note, "content")
    number = jira.add_comment(issue_key, BODY, author=jira.myself)  # it had arrived

    assert change_in_fptr(note, "content") is True
    assert list(jira.comments[issue_key]) == [number]
    assert fptr.record(note)["sg_jira_key"] == f"{issue_key}/{number}"


# TimeLogs


def test_a_time_log_becomes_a_worklog(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
) -> None:
    assert change_in_fptr(time_log, "duration", in_create=True) is True

    (call,) = jira.calls.of("add_worklog")
    assert call.args == (issue_key, 5400, datetime(2024, 11, 5))
    ((number, worklog),) = jira.worklogs[issue_key].items()
    assert worklog["comment"] == "\n    _Worklog created from FPTR by Ann Lee_\n    combed\n    "
    assert fptr.record(time_log)["sg_jira_key"] == f"{issue_key}/{number}"


def test_a_time_log_without_anything_becomes_a_worklog_without_words(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
) -> None:
    fptr.change(time_log, user=None, description=None, duration=None, date=None)

    assert change_in_fptr(time_log, "description") is True
    (call,) = jira.calls.of("add_worklog")
    assert call.args == (issue_key, 0, None)
    (worklog,) = jira.worklogs[issue_key].values()
    assert "None" not in worklog["comment"]


def test_a_time_log_without_duration_that_jira_refuses_is_left_for_later(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
) -> None:
    fptr.change(time_log, duration=None)
    jira.calls.fail("add_worklog", refused(400, "You must indicate the time spent working."))

    assert change_in_fptr(time_log, "description") is False
    fptr.change(time_log, duration=5)
    assert change_in_fptr(time_log, "duration") is True
    assert len(jira.worklogs[issue_key]) == 1


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("duration", {"timeSpentSeconds": 5400}),
        ("date", {"started": "2024-11-05T00:00:00.000+0000"}),
        (
            "description",
            {"comment": "\n    _Worklog created from FPTR by Ann Lee_\n    combed\n    "},
        ),
        ("user", {"comment": "\n    _Worklog created from FPTR by Ann Lee_\n    combed\n    "}),
    ],
)
def test_a_field_of_a_time_log_is_written_to_its_worklog(
    change_in_fptr: Change,
    jira: GenericStore,
    time_log: Entity,
    worklog_id: str,
    field: str,
    written: Any,
) -> None:
    assert change_in_fptr(time_log, field) is True
    (call,) = jira.calls.of("Worklog.update")
    assert call.args[2] == written
    assert jira.calls.count("editmeta") == 0


def test_the_hook_gets_the_worklog_and_no_metadata(
    change_in_fptr: Change,
    handler: EntitiesGenericHandler,
    time_log: Entity,
    worklog_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(
        handler._hook, "get_jira_value_from_sg_value", lambda *args: seen.append(args)
    )
    change_in_fptr(time_log, "duration")

    ((value, worklog, field, properties),) = seen
    assert (value, worklog.id, field, properties) == (90, worklog_id, "timeSpentSeconds", None)


def test_a_link_to_the_same_record_writes_nothing_to_the_worklog(
    change_in_fptr: Change,
    jira: GenericStore,
    time_log: Entity,
    synced_task: Entity,
    worklog_id: str,
) -> None:
    linked = change_in_fptr(time_log, "entity", old_value=None, new_value=synced_task)
    assert linked is True
    assert jira.calls.count("Worklog.update", "Worklog.delete") == 0


def test_a_time_log_that_moves_takes_its_worklog_along(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    synced_task: Entity,
    second_task: Entity,
    issue_key: str,
    worklog_id: str,
) -> None:
    fptr.change(time_log, entity=second_task)

    moved = change_in_fptr(time_log, "entity", old_value=synced_task, new_value=second_task)
    assert moved is True
    assert jira.worklogs[issue_key] == {}
    assert len(jira.worklogs["PROJ-2"]) == 1
    assert str(fptr.record(time_log)["sg_jira_key"]).startswith("PROJ-2/")


def test_a_time_log_that_leaves_for_an_unsynced_task_loses_its_worklog(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    synced_task: Entity,
    project: Entity,
    issue_key: str,
    worklog_id: str,
) -> None:
    private = fptr.add("Task", content="Private", project=project)
    fptr.change(time_log, entity=private)

    moved = change_in_fptr(time_log, "entity", old_value=synced_task, new_value=private)
    assert moved is True
    assert jira.worklogs[issue_key] == {}
    assert fptr.record(time_log)["sg_jira_key"] == ""


def test_a_deleted_time_log_takes_its_worklog_along(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
    worklog_id: str,
) -> None:
    fptr.retire(time_log)

    assert change_in_fptr(time_log, "retirement_date") is True
    assert jira.worklogs[issue_key] == {}


# With their Task


def test_the_flag_of_a_task_brings_its_notes_and_time_logs(
    change_in_fptr: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    task: Entity,
    project: Entity,
    ann: Person,
) -> None:
    fptr.add("Note", subject="S", content="C", user=ann.fptr, project=project, tasks=[task])
    fptr.add("TimeLog", description="D", entity=task, duration=5, user=ann.fptr, project=project)

    assert change_in_fptr(task, "sg_sync_in_jira", new_value=True) is True
    assert len(jira.comments["PROJ-1"]) == 1
    assert len(jira.worklogs["PROJ-1"]) == 1


def test_the_flag_of_a_task_rewrites_comments_and_worklogs_that_are_there(
    change_in_fptr: Change,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    note: Entity,
    comment_id: str,
    time_log: Entity,
    worklog_id: str,
) -> None:
    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is True
    assert jira.comments[issue_key][comment_id]["body"] == BODY
    assert jira.worklogs[issue_key][worklog_id]["timeSpentSeconds"] == 5400
    written = [call.name for call in jira.calls.of("Worklog.update", "Comment.update")]
    assert written == ["Worklog.update", "Comment.update"]


def test_a_lost_comment_of_a_task_shows_in_the_result_of_its_flag(
    change_in_fptr: Change, fptr: ShotgunSite, synced_task: Entity, note: Entity, issue_key: str
) -> None:
    fptr.change(note, sg_jira_key=f"{issue_key}/404")

    assert change_in_fptr(synced_task, "sg_sync_in_jira", new_value=True) is False


def test_notes_of_another_issue_are_left_alone(
    handler: EntitiesGenericHandler,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    note: Entity,
    issue_key: str,
) -> None:
    fptr.change(note, sg_jira_key="PROJ-9/1")
    issue = handler.get_jira_issue(issue_key)
    assert issue is not None

    assert handler._sync_sg_linked_entities_to_jira(synced_task, "Note", issue) is False
    assert jira.comments == {}


def test_a_lost_comment_is_an_error_which_the_method_tells_by_true(
    handler: EntitiesGenericHandler,
    fptr: ShotgunSite,
    synced_task: Entity,
    note: Entity,
    issue_key: str,
) -> None:
    fptr.change(note, sg_jira_key=f"{issue_key}/404")
    issue = handler.get_jira_issue(issue_key)
    assert issue is not None

    assert handler._sync_sg_linked_entities_to_jira(synced_task, "Note", issue) is True


def test_a_type_that_is_not_mapped_is_no_error(
    handler: EntitiesGenericHandler, mapping: list[Any], synced_task: Entity, issue_key: str
) -> None:
    issue = handler.get_jira_issue(issue_key)
    assert issue is not None
    lone = EntitiesGenericHandler(handler._syncer, [mapping[0]])

    assert lone._sync_sg_linked_entities_to_jira(synced_task, "Note", issue) is False


def test_issues_are_never_deleted(
    handler: EntitiesGenericHandler, jira: GenericStore, synced_task: Entity, issue_key: str
) -> None:
    record = {**synced_task, "sg_jira_key": issue_key}

    assert handler._delete_jira_entity(record) is False
    assert issue_key in jira.issues
