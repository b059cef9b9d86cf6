"""Comments and worklogs changed in Jira, and their Notes and TimeLogs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira.handlers import EntitiesGenericHandler
from tests.contract.conftest import Person
from tests.contract.events import change
from tests.contract.generic.jira_site import FLAG, GenericStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

Change = Callable[..., Any]
WRITTEN = (
    "\n    {panel:title=Ann's Note}\n    _Note created from FPTR by %s_\n"
    "    Even {more} fur\n    {panel}\n    "
)
EDITED = (
    "{panel:bgColor=#deebff}\n*Ann's Note*\n\n_Note created from FPTR by %s_\n"
    "Even {more} fur\n{panel}"
)
EVERYTHING = change("Sync In FPTR", field_id=FLAG)


def only(fptr: ShotgunSite, sg_type: str) -> Entity:
    """The one living record of a type."""
    (found,) = [row for row in fptr.rows[sg_type].values() if not row.get("__retired")]
    return found


# Comments


def test_a_new_comment_becomes_a_note_of_the_task(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    project: Entity,
    bob: Person,
) -> None:
    number = jira.add_comment(issue_key, "Nice fur", author=bob.jira)

    assert comment_in_jira(issue_key, number) is True
    note = only(fptr, "Note")
    assert (note["subject"], note["content"]) == ("Comment created from Jira", "Nice fur")
    assert note["user"]["id"] == bob.fptr["id"]
    assert note["project"]["id"] == project["id"]
    assert [task["id"] for task in note["tasks"]] == [synced_task["id"]]
    assert note["sg_jira_key"] == f"{issue_key}/{number}"


def test_a_comment_without_author_leaves_the_user_unset(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    assert comment_in_jira(issue_key, jira.add_comment(issue_key, "Nice fur")) is True
    assert only(fptr, "Note")["user"] is None


@pytest.mark.parametrize("form", [WRITTEN, EDITED, EDITED.replace("\n", "\r\n")])
@pytest.mark.parametrize("name", ["Bob Ray", "Jean-Luc O'Neil Jr."])
def test_an_edited_comment_is_read_in_both_forms_and_with_any_name(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
    form: str,
    name: str,
) -> None:
    author = fptr.add("HumanUser", name=name, login="x", email="x@studio.test")
    jira.comments[issue_key][comment_id]["body"] = "before " + form % name + " after"

    assert comment_in_jira(issue_key, comment_id, "updated") is True
    record = fptr.record(note)
    assert (record["subject"], record["content"]) == ("Ann's Note", "Even {more} fur")
    assert record["user"]["id"] == author["id"]


@pytest.mark.parametrize("form", [WRITTEN, EDITED])
def test_an_author_that_fptr_does_not_know_is_replaced_by_the_comments_own(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
    bob: Person,
    form: str,
) -> None:
    jira.comments[issue_key][comment_id].update(body=form % "Nobody", author=bob.jira)

    assert comment_in_jira(issue_key, comment_id, "updated") is True
    assert fptr.record(note)["content"] == "Even {more} fur"
    assert fptr.record(note)["user"]["id"] == bob.fptr["id"]


def test_a_broken_panel_changes_nothing(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    broken = EDITED.replace("Ann's Note", "Ann's {Note")
    jira.comments[issue_key][comment_id]["body"] = broken % "Ann Lee"

    assert comment_in_jira(issue_key, comment_id, "updated") is False
    assert fptr.writes() == []


def test_a_comment_of_ours_that_lost_its_heading_does_not_overwrite_the_note(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    jira.comments[issue_key][comment_id]["body"] = "fur"

    assert comment_in_jira(issue_key, comment_id, "updated") is False
    record = fptr.record(note)
    assert (record["subject"], record["content"]) == ("Ann's Note", "More fur")


def test_a_comment_that_is_gone_changes_nothing(
    handler: EntitiesGenericHandler, fptr: ShotgunSite, note: Entity, issue_key: str
) -> None:
    assert handler._sync_jira_comment_to_sg(issue_key, "404", note) is False
    assert fptr.writes() == []


def test_a_deleted_comment_retires_its_note(
    comment_in_jira: Change, fptr: ShotgunSite, note: Entity, issue_key: str, comment_id: str
) -> None:
    assert comment_in_jira(issue_key, comment_id, "deleted") is True
    assert fptr.record(note)["__retired"] is True


def test_without_record_a_deletion_finds_nothing_and_makes_nothing(
    handler: EntitiesGenericHandler, fptr: ShotgunSite, synced_task: Entity, issue_key: str
) -> None:
    issue = handler.get_jira_issue(issue_key)
    assert issue is not None

    assert handler._sync_jira_entity_to_sg(issue, "404", "Note", "comment_deleted") is False
    assert fptr.rows["Note"] == {}


def test_a_deleted_comment_without_note_succeeds(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    number = jira.add_comment(issue_key, "words")

    assert comment_in_jira(issue_key, number, "deleted") is True
    assert fptr.rows["Note"] == {}


def test_a_comment_of_a_task_with_its_flag_off_makes_no_note(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)

    assert comment_in_jira(issue_key, jira.add_comment(issue_key, "words")) is False
    assert fptr.rows["Note"] == {}


def test_two_notes_with_one_key_are_left_alone(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
    project: Entity,
) -> None:
    fptr.add("Note", subject="copy", project=project, sg_jira_key=f"{issue_key}/{comment_id}")
    jira.comments[issue_key][comment_id]["body"] = EDITED % "Ann Lee"

    assert comment_in_jira(issue_key, comment_id, "updated") is False
    assert fptr.writes() == []


def test_two_records_with_one_issue_make_no_note(
    comment_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    project: Entity,
) -> None:
    fptr.add("Task", content="copy", project=project, sg_jira_key=issue_key)

    assert comment_in_jira(issue_key, jira.add_comment(issue_key, "words")) is False
    assert fptr.rows["Note"] == {}


# Worklogs


def test_a_new_worklog_becomes_a_time_log_of_the_task(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    number = jira.add_worklog(issue_key, 3600, comment="brushed", author=bob.jira)

    assert worklog_in_jira(issue_key, number) is True
    log = only(fptr, "TimeLog")
    assert (log["description"], log["duration"], log["date"]) == ("brushed", 60, "2024-11-05")
    assert log["user"]["id"] == bob.fptr["id"]
    assert log["entity"]["id"] == synced_task["id"]
    assert log["sg_jira_key"] == f"{issue_key}/{number}"


def test_a_worklog_without_comment_and_author_is_fine(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    assert worklog_in_jira(issue_key, jira.add_worklog(issue_key, 60)) is True
    log = only(fptr, "TimeLog")
    assert not log["description"]
    assert log["user"] is None


def test_a_new_time_log_has_its_author_though_no_text_is_mapped(
    worklog_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    del mapping[3]["field_mapping"][0]

    number = jira.add_worklog(issue_key, 3600, author=bob.jira)
    assert worklog_in_jira(issue_key, number) is True
    assert only(fptr, "TimeLog")["user"]["id"] == bob.fptr["id"]


def test_an_edited_worklog_keeps_the_author_that_its_text_names(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
    worklog_id: str,
    bob: Person,
) -> None:
    text = "\n    _Worklog created from FPTR by Bob Ray_\n    combed twice\n    "
    jira.worklogs[issue_key][worklog_id].update(comment=text, timeSpentSeconds=120)

    assert worklog_in_jira(issue_key, worklog_id, "updated") is True
    log = fptr.record(time_log)
    assert (log["description"], log["duration"]) == ("combed twice", 2)
    assert log["user"]["id"] == bob.fptr["id"]


def test_a_description_that_was_cut_for_a_worklog_does_not_come_back_cut(
    change_in_fptr: Change,
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
    worklog_id: str,
) -> None:
    whole = "Combing. " * 4_000
    fptr.change(time_log, description=whole)
    change_in_fptr(time_log, "description")
    worklog = jira.worklogs[issue_key][worklog_id]
    assert len(worklog["comment"]) == 32_767

    worklog.update(timeSpentSeconds=120)
    worklog_in_jira(issue_key, worklog_id, "updated")
    log = fptr.record(time_log)
    assert (log["description"], log["duration"]) == (whole, 2)


def test_a_worklog_of_ours_that_names_nobody_leaves_the_user(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
    worklog_id: str,
    ann: Person,
) -> None:
    assert worklog_in_jira(issue_key, worklog_id, "updated") is True
    assert fptr.record(time_log)["user"]["id"] == ann.fptr["id"]


def test_an_unknown_author_in_a_worklog_does_not_cost_the_text(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
    worklog_id: str,
) -> None:
    text = "_Worklog created from FPTR by Nobody_\ncombed twice"
    jira.worklogs[issue_key][worklog_id]["comment"] = text

    assert worklog_in_jira(issue_key, worklog_id, "updated") is True
    assert fptr.record(time_log)["description"] == "combed twice"


@pytest.mark.parametrize(
    "started", ["2024-11-04T16:00:00.000-0800", "2024-11-05T01:00:00.000+0100"]
)
def test_a_day_that_we_wrote_comes_back_as_it_went(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    time_log: Entity,
    issue_key: str,
    worklog_id: str,
    started: str,
) -> None:
    jira.worklogs[issue_key][worklog_id]["started"] = started

    assert worklog_in_jira(issue_key, worklog_id, "updated") is True
    assert fptr.record(time_log)["date"] == "2024-11-05"


def test_a_persons_afternoon_stays_on_its_day(
    worklog_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    number = jira.add_worklog(
        issue_key, 60, author=bob.jira, started="2024-11-04T16:00:00.000-0800"
    )

    assert worklog_in_jira(issue_key, number) is True
    assert only(fptr, "TimeLog")["date"] == "2024-11-04"


def test_a_deleted_worklog_retires_its_time_log(
    worklog_in_jira: Change, fptr: ShotgunSite, time_log: Entity, issue_key: str, worklog_id: str
) -> None:
    assert worklog_in_jira(issue_key, worklog_id, "deleted") is True
    assert fptr.record(time_log)["__retired"] is True


# With their Issue


def test_the_jira_flag_brings_all_comments_and_worklogs(
    change_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    bob: Person,
) -> None:
    jira.add_comment(issue_key, "Nice fur", author=bob.jira)
    jira.add_worklog(issue_key, 3600, comment="brushed", author=bob.jira)

    assert change_in_jira(issue_key, EVERYTHING) is True
    assert only(fptr, "Note")["content"] == "Nice fur"
    assert only(fptr, "TimeLog")["duration"] == 60


def test_the_jira_flag_refreshes_notes_that_are_there(
    change_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    jira.comments[issue_key][comment_id]["body"] = EDITED % "Ann Lee"

    assert change_in_jira(issue_key, EVERYTHING) is True
    assert fptr.record(note)["content"] == "Even {more} fur"


def test_what_the_bridge_says_with_a_transition_is_no_note(
    change_in_jira: Change,
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    text = "Updated from Flow Production Tracking Task moving to ip"
    jira.add_comment(issue_key, text, author=jira.myself)

    assert change_in_jira(issue_key, EVERYTHING) is True
    assert fptr.rows["Note"] == {}


@pytest.mark.parametrize(
    ("direction", "kept"),
    [("both_way", False), ("jira_to_sg", False), ("sg_to_jira", True), (None, True)],
)
def test_notes_whose_comment_is_gone_are_retired_where_deletions_are_synced(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
    direction: str | None,
    kept: bool,
) -> None:
    mapping[2]["sync_deletion_direction"] = direction
    del jira.comments[issue_key][comment_id]

    assert change_in_jira(issue_key, EVERYTHING) is True
    assert bool(fptr.record(note).get("__retired")) is not kept


def test_time_logs_of_any_mapped_type_are_retired_with_their_worklog(
    change_in_jira: Change,
    fptr: ShotgunSite,
    asset: Entity,
    epic_key: str,
    project: Entity,
) -> None:
    log = fptr.add("TimeLog", project=project, sg_jira_key=f"{epic_key}/9")
    fptr.change(log, entity=asset)

    assert change_in_jira(epic_key, EVERYTHING) is True
    assert fptr.record(log)["__retired"] is True


def test_notes_of_another_issue_are_left_alone(
    change_in_jira: Change, fptr: ShotgunSite, note: Entity, issue_key: str
) -> None:
    fptr.change(note, sg_jira_key="PROJ-77/1")

    assert change_in_jira(issue_key, EVERYTHING) is True
    assert not fptr.record(note).get("__retired")


def test_without_notes_in_the_mapping_no_comment_is_read(
    change_in_jira: Change,
    mapping: list[Any],
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    del mapping[2:]
    jira.add_comment(issue_key, "words")

    assert change_in_jira(issue_key, EVERYTHING) is True
    assert jira.calls.count("comments", "worklogs") == 0
