"""Which events the generic family takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Syncer
from sg_jira.handlers import EntitiesGenericHandler
from tests.contract.events import change, comment_event, issue_event, shotgun_event
from tests.contract.generic.jira_site import FLAG, OFF, ON, GenericStore
from tests.doubles.jira_metadata import SHOTGUN_ID, SHOTGUN_TYPE
from tests.doubles.shotgun_double import Entity, ShotgunSite

Accepts = Callable[..., bool]


@pytest.fixture
def accepts(generic_syncer: Syncer) -> Accepts:
    """Whether a change in FPTR finds a handler."""

    def ask(entity: Entity, field: str, **meta: Any) -> bool:
        event = shotgun_event(entity, field, **meta)
        return bool(generic_syncer.accept_shotgun_event(entity["type"], entity["id"], event))

    return ask


@pytest.fixture
def accepts_jira(generic_syncer: Syncer) -> Accepts:
    """Whether a webhook finds a handler."""

    def ask(event: Any, resource_type: str = "issue") -> bool:
        return bool(generic_syncer.accept_jira_event(resource_type, "PROJ-1", event))

    return ask


@pytest.fixture
def queries(fptr: ShotgunSite, jira: GenericStore) -> Callable[[], int]:
    """Calls on both sites since the test asked last."""

    def count() -> int:
        made = len(fptr.calls.made) + len(jira.calls.made)
        fptr.calls.forget()
        jira.calls.forget()
        return made

    return count


# FPTR


def test_a_type_that_is_not_mapped_is_refused_without_a_query(
    accepts: Accepts, fptr: ShotgunSite, project: Entity, queries: Any, generic_syncer: Syncer
) -> None:
    version = fptr.add("Group", code="riggers")
    queries()

    assert not accepts(version, "code")
    assert queries() == 0


def test_an_unknown_type_may_be_any_object(generic_syncer: Syncer, task: Entity) -> None:
    event = shotgun_event(task, "content")

    assert generic_syncer.accept_shotgun_event(["x"], 1, event) is None  # type: ignore[arg-type]


def test_a_type_that_only_comes_from_jira_is_refused_without_a_query(
    accepts: Accepts, mapping: list[Any], task: Entity, generic_syncer: Syncer, queries: Any
) -> None:
    # The mapping is read when the syncer is built.
    handler = EntitiesGenericHandler(
        generic_syncer, [{**mapping[0], "sync_direction": "jira_to_sg"}]
    )
    queries()

    assert not handler.accept_shotgun_event("Task", task["id"], shotgun_event(task, "content"))
    assert queries() == 0


@pytest.mark.parametrize(
    ("field", "accepted"),
    [
        ("content", True),
        ("sg_status_list", True),
        ("sg_sync_in_jira", True),
        ("sg_jira_key", False),
        ("retirement_date", False),
    ],
)
def test_mapped_fields_the_status_and_the_flag_are_accepted(
    accepts: Accepts, synced_task: Entity, field: str, accepted: bool
) -> None:
    assert accepts(synced_task, field) is accepted


@pytest.mark.parametrize("field", ["subject", "content", "user", "tasks", "retirement_date"])
def test_fields_of_notes_are_accepted(
    accepts: Accepts, note: Entity, comment_id: str, fptr: ShotgunSite, field: str
) -> None:
    if field == "retirement_date":
        fptr.retire(note)
    assert accepts(note, field)


@pytest.mark.parametrize(
    "field", ["description", "duration", "date", "user", "entity", "retirement_date"]
)
def test_fields_of_time_logs_are_accepted(
    accepts: Accepts, time_log: Entity, worklog_id: str, fptr: ShotgunSite, field: str
) -> None:
    if field == "retirement_date":
        fptr.retire(time_log)
    assert accepts(time_log, field)


@pytest.mark.parametrize("direction", [None, "jira_to_sg", "nonsense"])
def test_a_deletion_is_refused_where_deletions_do_not_go_to_jira(
    mapping: list[Any],
    accepts: Accepts,
    note: Entity,
    comment_id: str,
    fptr: ShotgunSite,
    generic_syncer: Syncer,
    direction: str | None,
) -> None:
    handler = EntitiesGenericHandler(
        generic_syncer, [mapping[0], {"sg_entity": "Note", "sync_deletion_direction": direction}]
    )
    fptr.retire(note)

    assert not handler.accept_shotgun_event(
        "Note", note["id"], shotgun_event(note, "retirement_date")
    )


@pytest.mark.parametrize(
    ("direction", "accepted"),
    [("both_way", True), ("sg_to_jira", True), ("jira_to_sg", False), (None, False)],
)
@pytest.mark.parametrize("sg_type", ["Note", "TimeLog"])
def test_the_direction_of_deletions_decides_whether_one_is_accepted(
    mapping: list[Any],
    generic_syncer: Syncer,
    fptr: ShotgunSite,
    note: Entity,
    comment_id: str,
    time_log: Entity,
    worklog_id: str,
    sg_type: str,
    direction: str | None,
    accepted: bool,
) -> None:
    elements = [{**one, "sync_deletion_direction": direction} for one in mapping]
    record = {"Note": note, "TimeLog": time_log}[sg_type]
    fptr.retire(record)

    found = EntitiesGenericHandler(generic_syncer, elements).accept_shotgun_event(
        sg_type, record["id"], shotgun_event(record, "retirement_date")
    )
    assert bool(found) is accepted


def test_the_deletion_of_a_record_that_is_an_issue_is_refused(
    mapping: list[Any], generic_syncer: Syncer, fptr: ShotgunSite, synced_task: Entity
) -> None:
    handler = EntitiesGenericHandler(
        generic_syncer, [{**mapping[0], "sync_deletion_direction": "both_way"}]
    )
    fptr.retire(synced_task)

    assert not handler.accept_shotgun_event(
        "Task", synced_task["id"], shotgun_event(synced_task, "retirement_date")
    )


def test_a_record_that_does_not_exist_is_refused(accepts: Accepts, project: Entity) -> None:
    assert not accepts({"type": "Task", "id": 404}, "content")


def test_a_record_of_a_project_without_jira_key_is_refused(
    accepts: Accepts,
    fptr: ShotgunSite,
    synced_task: Entity,
    note: Entity,
    time_log: Entity,
    project: Entity,
) -> None:
    fptr.change(project, sg_jira_key=None)

    assert not accepts(synced_task, "content")
    assert not accepts(note, "content")
    assert not accepts(time_log, "duration")


def test_later_events_of_a_creation_are_refused(
    accepts: Accepts, task: Entity, fptr: ShotgunSite
) -> None:
    assert accepts(task, "content", in_create=True)
    fptr.change(task, sg_jira_key="PROJ-1")
    assert not accepts(task, "content", in_create=True)


def test_a_deleted_note_that_jira_never_had_is_refused(
    accepts: Accepts, fptr: ShotgunSite, note: Entity
) -> None:
    fptr.retire(note)

    assert not accepts(note, "retirement_date")


@pytest.mark.parametrize(
    "linked", [{"sg_sync_in_jira": False}, {"sg_jira_key": None}, {"__retired": True}]
)
def test_a_note_without_synced_task_is_refused(
    accepts: Accepts, fptr: ShotgunSite, note: Entity, synced_task: Entity, linked: Any
) -> None:
    fptr.rows["Task"][synced_task["id"]].update(linked)

    assert not accepts(note, "content")
    assert not accepts(note, "tasks", added=[synced_task], removed=[])


@pytest.mark.parametrize(
    ("before", "accepted"),
    [({}, True), ({"sg_jira_key": None}, True), ({"sg_sync_in_jira": False}, False)],
    ids=["synced", "without a key", "flag off"],
)
def test_a_note_that_leaves_a_task_whose_flag_is_on_is_accepted(
    accepts: Accepts,
    fptr: ShotgunSite,
    note: Entity,
    synced_task: Entity,
    before: Any,
    accepted: bool,
) -> None:
    fptr.change(note, tasks=[])
    fptr.change(synced_task, **before)

    assert accepts(note, "tasks", added=[], removed=[synced_task]) is accepted


def test_a_time_log_that_leaves_a_synced_task_is_accepted(
    accepts: Accepts, fptr: ShotgunSite, time_log: Entity, synced_task: Entity
) -> None:
    fptr.change(time_log, entity=None)

    assert accepts(time_log, "entity", old_value=synced_task, new_value=None)
    assert not accepts(time_log, "description", old_value="combed", new_value="x")


def test_a_record_with_its_flag_off_is_refused(
    accepts: Accepts, fptr: ShotgunSite, synced_task: Entity
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)

    assert not accepts(synced_task, "content")
    assert not accepts(synced_task, "sg_sync_in_jira", new_value=False)


def test_a_record_whose_issue_type_jira_lacks_is_refused(
    accepts: Accepts, jira: GenericStore, synced_task: Entity
) -> None:
    del jira.create_screens["Task"]

    assert not accepts(synced_task, "content")


def test_a_record_whose_project_jira_lacks_is_refused(
    accepts: Accepts, fptr: ShotgunSite, project: Entity, synced_task: Entity
) -> None:
    fptr.change(project, sg_jira_key="NOPE")

    assert not accepts(synced_task, "content")


@pytest.mark.parametrize("field", [SHOTGUN_ID, SHOTGUN_TYPE])
def test_a_record_that_an_issue_could_not_name_is_refused_until_the_screen_is_mended(
    accepts: Accepts, jira: GenericStore, synced_task: Entity, field: str
) -> None:
    lost = jira.create_screens["Task"].pop(field)
    assert not accepts(synced_task, "content")

    jira.create_screens["Task"][field] = lost
    assert accepts(synced_task, "content")


# Jira


@pytest.fixture
def issue_changed(jira: GenericStore, synced_task: Entity, issue_key: str) -> Callable[..., Any]:
    """The event of a change of the synced Issue."""

    def make(**more: Any) -> Any:
        return issue_event(jira, issue_key, change("summary", field_id="summary"), **more)

    return make


@pytest.mark.parametrize(
    ("resource_type", "accepted"), [("issue", True), ("Issue", True), ("comment", False)]
)
def test_only_issues_are_named_in_the_path(
    accepts_jira: Accepts, issue_changed: Any, resource_type: str, accepted: bool
) -> None:
    assert accepts_jira(issue_changed(), resource_type) is accepted


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("jira:issue_created", True),
        ("jira:issue_updated", True),
        ("jira:issue_deleted", False),
        ("comment_created", False),
        ("worklog_created", False),
        (None, False),
    ],
)
def test_an_event_has_to_carry_what_it_is_about(
    accepts_jira: Accepts, issue_changed: Any, name: Any, accepted: bool
) -> None:
    assert accepts_jira(issue_changed(name=name)) is accepted


@pytest.mark.parametrize("nothing", [None, {}])
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("jira:issue_updated", "issue"),
        ("comment_created", "comment"),
        ("comment_deleted", "comment"),
        ("worklog_updated", "worklog"),
    ],
)
def test_without_the_part_that_it_is_about_an_event_is_refused(
    accepts_jira: Accepts, issue_changed: Any, name: str, part: str, nothing: Any
) -> None:
    assert not accepts_jira({**issue_changed(name=name), part: nothing})


def test_an_issue_event_without_changelog_is_refused(
    accepts_jira: Accepts, issue_changed: Any
) -> None:
    event = issue_changed()
    del event["changelog"]

    assert not accepts_jira(event)


@pytest.mark.parametrize("items", [[], {}])
def test_an_empty_changelog_is_fine(accepts_jira: Accepts, issue_changed: Any, items: Any) -> None:
    event = issue_changed()
    event["changelog"]["items"] = items

    assert accepts_jira(event)


def test_an_issue_is_looked_for_by_its_id_which_survives_a_move(
    accepts_jira: Accepts, issue_changed: Any, jira: GenericStore, issue_key: str
) -> None:
    event = issue_changed()
    event["issue"]["key"] = "FORMER-9"
    jira.calls.forget()

    assert accepts_jira(event)
    assert [call.args[0] for call in jira.calls.of("issue")] == [jira.issues[issue_key]["id"]]


def test_an_issue_without_project_is_refused(
    accepts_jira: Accepts, issue_changed: Any, jira: GenericStore, issue_key: str
) -> None:
    event = issue_changed()
    jira.issues[issue_key]["fields"]["project"] = None

    assert not accepts_jira(event)


def test_an_issue_that_jira_does_not_have_is_refused(
    accepts_jira: Accepts, issue_changed: Any, jira: GenericStore, issue_key: str
) -> None:
    event = issue_changed()
    jira.remove_issue(issue_key)

    assert not accepts_jira(event)


def test_an_issue_of_another_type_is_refused(
    accepts_jira: Accepts, jira: GenericStore, project: Entity
) -> None:
    key = jira.add_issue(issue_type="Story", **{FLAG: ON})

    assert not accepts_jira(issue_event(jira, key))


def test_an_issue_type_that_is_only_written_from_fptr_is_refused(
    mapping: list[Any], generic_syncer: Syncer, issue_changed: Any
) -> None:
    handler = EntitiesGenericHandler(
        generic_syncer, [{**mapping[0], "sync_direction": "sg_to_jira"}]
    )

    assert not handler.accept_jira_event("issue", "PROJ-1", issue_changed())


def test_an_issue_of_a_project_that_fptr_does_not_know_is_refused(
    accepts_jira: Accepts, fptr: ShotgunSite, project: Entity, issue_changed: Any
) -> None:
    fptr.change(project, sg_jira_key="OTHER")

    assert not accepts_jira(issue_changed())


@pytest.mark.parametrize("flag", [None, OFF, {"value": "true"}, {"value": "Yes"}])
def test_an_issue_whose_flag_is_not_true_is_refused(
    accepts_jira: Accepts, jira: GenericStore, issue_changed: Any, issue_key: str, flag: Any
) -> None:
    jira.issues[issue_key]["fields"][FLAG] = flag

    assert not accepts_jira(issue_changed())


def test_an_issue_without_the_flag_on_its_screens_is_refused(
    accepts_jira: Accepts, jira: GenericStore, issue_changed: Any, issue_key: str
) -> None:
    del jira.issues[issue_key]["fields"][FLAG]

    assert not accepts_jira(issue_changed())


@pytest.mark.parametrize("action", ["created", "updated", "deleted"])
@pytest.mark.parametrize("writer", [None, "somebody", "the bridge"])
def test_remarks_are_accepted_unless_the_bridge_wrote_them(
    accepts_jira: Accepts,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    action: str,
    writer: str | None,
) -> None:
    somebody = jira.add_person("Some Body", "somebody@elsewhere.test")
    who = {"somebody": somebody, "the bridge": jira.myself}.get(str(writer))
    people = {"author": who, "updateAuthor": who} if who else {}
    accepted = writer != "the bridge" or action == "deleted"
    number = jira.add_comment(issue_key, "words", **people)
    worklog = {"id": "7", "issueId": jira.issues[issue_key]["id"], **people}

    assert (
        accepts_jira(comment_event(jira, issue_key, number, name=f"comment_{action}")) is accepted
    )
    assert accepts_jira({"webhookEvent": f"worklog_{action}", "worklog": worklog}) is accepted


@pytest.mark.parametrize(
    ("action", "own", "accepted"),
    [
        ("created", "author", False),
        ("created", "updateAuthor", True),
        ("updated", "author", True),
        ("updated", "updateAuthor", False),
    ],
)
def test_who_wrote_it_counts_for_a_new_remark_and_who_edited_it_for_an_edited_one(
    accepts_jira: Accepts,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    action: str,
    own: str,
    accepted: bool,
) -> None:
    somebody = jira.add_person("Some Body", "somebody@elsewhere.test")
    people = {"author": somebody, "updateAuthor": somebody, own: jira.myself}
    number = jira.add_comment(issue_key, "words", **people)
    worklog = {"id": "7", "issueId": jira.issues[issue_key]["id"], **people}

    event = comment_event(jira, issue_key, number, name=f"comment_{action}")
    assert accepts_jira(event) is accepted
    assert accepts_jira({"webhookEvent": f"worklog_{action}", "worklog": worklog}) is accepted


@pytest.mark.parametrize(
    ("direction", "accepted"),
    [("both_way", True), ("jira_to_sg", True), ("sg_to_jira", False), (None, False)],
)
def test_the_direction_of_deletions_decides_whether_a_deleted_remark_is_accepted(
    mapping: list[Any],
    generic_syncer: Syncer,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    direction: str | None,
    accepted: bool,
) -> None:
    elements = [{**one, "sync_deletion_direction": direction} for one in mapping]
    handler = EntitiesGenericHandler(generic_syncer, elements)
    number = jira.add_comment(issue_key, "words")
    worklog = {"id": "7", "issueId": jira.issues[issue_key]["id"]}

    for event in (
        comment_event(jira, issue_key, number, name="comment_deleted"),
        {"webhookEvent": "worklog_deleted", "worklog": worklog},
    ):
        assert handler.accept_jira_event("issue", issue_key, event) is accepted


def test_the_direction_of_the_issue_type_does_not_concern_its_remarks(
    mapping: list[Any],
    generic_syncer: Syncer,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    elements = [{**mapping[0], "sync_direction": "sg_to_jira"}, *mapping[1:]]
    handler = EntitiesGenericHandler(generic_syncer, elements)
    event = comment_event(
        jira, issue_key, jira.add_comment(issue_key, "words"), name="comment_created"
    )

    assert handler.accept_jira_event("issue", issue_key, event)


def test_remarks_are_refused_where_they_are_not_mapped(
    mapping: list[Any],
    generic_syncer: Syncer,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    handler = EntitiesGenericHandler(generic_syncer, [mapping[0]])
    event = comment_event(jira, issue_key, jira.add_comment(issue_key, "words"))
    worklog = {"id": "7", "issueId": jira.issues[issue_key]["id"]}

    assert not handler.accept_jira_event("issue", issue_key, event)
    assert not handler.accept_jira_event(
        "issue", issue_key, {"webhookEvent": "worklog_created", "worklog": worklog}
    )


@pytest.mark.parametrize("settings", [{"sync_direction": "sg_to_jira"}, {}])
def test_remarks_are_refused_in_directions_that_are_not_synced(
    mapping: list[Any],
    generic_syncer: Syncer,
    jira: GenericStore,
    synced_task: Entity,
    issue_key: str,
    settings: Any,
) -> None:
    handler = EntitiesGenericHandler(
        generic_syncer, [mapping[0], {"sg_entity": "Note", **settings}]
    )
    number = jira.add_comment(issue_key, "words")
    created = comment_event(jira, issue_key, number, name="comment_created")
    deleted = comment_event(jira, issue_key, number, name="comment_deleted")

    assert handler.accept_jira_event("issue", issue_key, created) is (not settings)
    assert not handler.accept_jira_event("issue", issue_key, deleted)


@pytest.mark.parametrize("part", ["comment", "worklog"])
def test_a_remark_that_names_no_issue_is_refused(
    accepts_jira: Accepts, synced_task: Entity, part: str
) -> None:
    assert not accepts_jira({"webhookEvent": f"{part}_created", part: {"id": "7"}})


@pytest.mark.parametrize("part", ["comment", "worklog"])
def test_the_key_of_the_issue_in_the_body_wins_over_the_remarks_own_id_of_it(
    accepts_jira: Accepts, jira: GenericStore, synced_task: Entity, issue_key: str, part: str
) -> None:
    name, number = f"{part}_created", jira.issues[issue_key]["id"]

    assert accepts_jira({"webhookEvent": name, part: {"id": "7", "issueId": number}})
    named = {"issue": {"key": issue_key}, part: {"id": "7", "issueId": "404"}}
    assert accepts_jira({"webhookEvent": name, **named})


def test_a_comment_of_data_center_names_its_issue_by_its_own_url(
    generic_syncer: Syncer, jira: GenericStore, synced_task: Entity, issue_key: str
) -> None:
    event = comment_event(jira, issue_key, jira.add_comment(issue_key, "words"))
    del event["issue"]

    found = generic_syncer.accept_jira_event("issue", issue_key, event)
    assert bool(found) is not jira.is_cloud


@pytest.mark.parametrize("junk", [7, "x", [1], {}])
@pytest.mark.parametrize("part", ["issue", "changelog", "comment", "worklog"])
def test_a_body_of_another_shape_is_no_crash(
    accepts_jira: Accepts, issue_changed: Any, junk: Any, part: str
) -> None:
    for name in ("jira:issue_updated", "comment_created", "worklog_updated"):
        accepts_jira({**issue_changed(name=name), part: junk})


def test_an_empty_event_is_refused(accepts_jira: Accepts) -> None:
    assert not accepts_jira({})
