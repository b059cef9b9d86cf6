"""Notes and Comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Bridge, constants
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers import NoteCommentHandler
from sg_jira.handlers.note_comment_handler import COMMENT_BODY_TEMPLATE
from tests.contract.events import comment_event, shotgun_event
from tests.doubles.jira_metadata import SHOTGUN_ID
from tests.doubles.jira_store import JiraStore, refused
from tests.doubles.shotgun_double import Entity, ShotgunSite

PANEL = "\n{panel:title=%s}\n%s\n{panel}\n"
CLOUD_PANEL = "{panel:bgColor=#deebff}\n*%s*\n\n_Note created from FPTR by Ann Lee_\n%s\n{panel}"


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here, unless a test says so."""
    return "cloud"


@pytest.fixture
def handler(syncer: Any) -> Any:
    """The Note handler."""
    return syncer._note_comment_handler


@pytest.fixture
def sync(bridge: Bridge) -> Callable[..., Any]:
    """Tells the bridge that a field of a record changed."""

    def send(entity: Entity, field: str, **meta: Any) -> Any:
        event = shotgun_event(entity, field, **meta)
        return bridge.sync_in_jira("default", entity["type"], entity["id"], event)

    return send


@pytest.fixture
def edited(bridge: Bridge, jira: JiraStore, issue_key: str, comment_id: str) -> Callable[..., Any]:
    """Tells the bridge that the linked comment was edited into this body."""

    def send(body: str, **comment: Any) -> Any:
        jira.comments[issue_key][comment_id]["body"] = body
        event = comment_event(jira, issue_key, comment_id, **comment)
        return bridge.sync_in_shotgun("default", "issue", issue_key, event)

    return send


@pytest.fixture
def other_task(fptr: ShotgunSite, jira: JiraStore, project: Entity, synced_task: Entity) -> Entity:
    """A second Task that is linked to an Issue of its own."""
    made = fptr.add("Task", content="Hair", project=project, sg_sync_in_jira=True)
    fptr.change(made, sg_jira_key=jira.add_linked_issue(made))
    return made


def bodies(jira: JiraStore, key: str) -> list[str]:
    return [comment["body"] for comment in jira.comments.get(key, {}).values()]


def warned(caplog: pytest.LogCaptureFixture) -> bool:
    return "WARNING" in {record.levelname for record in caplog.records}


# Acceptance


@pytest.mark.parametrize("field", list(constants.NOTE_FIELDS_MAPPING))
def test_every_mapped_field_of_a_note_is_taken_from_the_event_alone(
    handler: Any, fptr: ShotgunSite, field: str
) -> None:
    note = {"type": "Note", "id": 404}
    fptr.calls.forget()

    assert handler.accept_shotgun_event("Note", 404, shotgun_event(note, field))
    assert fptr.calls.made == []


@pytest.mark.parametrize(
    ("entity_type", "field"), [("Note", "sg_jira_key"), ("Task", "subject"), ("Reply", "content")]
)
def test_other_types_and_fields_are_not(handler: Any, entity_type: str, field: str) -> None:
    event = shotgun_event({"type": entity_type, "id": 1}, field)

    assert not handler.accept_shotgun_event(entity_type, 1, event)


def test_an_edited_comment_is_taken(
    handler: Any, jira: JiraStore, issue_key: str, comment_id: str
) -> None:
    event = comment_event(jira, issue_key, comment_id)

    assert handler.accept_jira_event("Issue", issue_key, event)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: event.update(webhookEvent="comment_created"),
        lambda event: event.update(webhookEvent="comment_deleted"),
        lambda event: event.update(webhookEvent="jira:issue_updated"),
        lambda event: event.pop("comment"),
        lambda event: event.pop("issue"),
    ],
)
def test_other_comment_events_are_not(
    handler: Any, jira: JiraStore, issue_key: str, comment_id: str, spoil: Callable[[Any], Any]
) -> None:
    event = comment_event(jira, issue_key, comment_id)
    spoil(event)

    assert not handler.accept_jira_event("issue", issue_key, event)


def test_a_comment_is_no_resource_type_of_its_own(
    handler: Any, jira: JiraStore, issue_key: str, comment_id: str
) -> None:
    event = comment_event(jira, issue_key, comment_id)

    assert not handler.accept_jira_event("comment", issue_key, event)


def test_the_fields_that_are_read(handler: Any) -> None:
    supported = list(constants.NOTE_FIELDS_MAPPING)

    assert list(handler._supported_shotgun_fields_for_shotgun_event()) == supported
    assert set(handler._shotgun_note_fields) == {
        "created_by",
        "project",
        "project.Project.sg_jira_key",
        "project.Project.name",
        "sg_jira_key",
        *supported,
    }


# Texts


def test_the_template_is_the_one_studios_know() -> None:
    assert COMMENT_BODY_TEMPLATE == PANEL


def test_a_note_becomes_a_panel(handler: Any, note: Entity, fptr: ShotgunSite) -> None:
    assert handler._compose_jira_comment_body(fptr.record(note)) == PANEL % (
        "Ann's Note",
        "More fur",
    )


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_note_is_not_the_word_none(
    handler: Any, note: Entity, fptr: ShotgunSite, empty: str | None
) -> None:
    record = {**fptr.record(note), "subject": empty, "content": empty}

    assert handler._compose_jira_comment_body(record) == PANEL % ("", "")


TEXTS: dict[str, tuple[str, tuple[str, str]]] = {
    "as written": (PANEL % ("Subject", "Content"), ("Subject", "Content")),
    "around it": ("hi\n" + PANEL % (" Subject ", "\n Content \n") + "bye", ("Subject", "Content")),
    "several lines": (PANEL % ("Subject", "one\n\ntwo"), ("Subject", "one\n\ntwo")),
    "braces": (PANEL % ("Subject", "{code}x = {}{code}"), ("Subject", "{code}x = {}{code}")),
    "empty": (PANEL % ("", ""), ("", "")),
    "cloud editor": (CLOUD_PANEL % ("Subject", "Content"), ("Subject", "Content")),
}


@pytest.mark.parametrize(("body", "parts"), TEXTS.values(), ids=TEXTS)
def test_a_panel_is_read_back(handler: Any, body: str, parts: tuple[str, str]) -> None:
    assert tuple(handler._compose_shotgun_note(body)) == parts


@pytest.mark.parametrize(
    "body",
    [
        "no panel",
        "",
        "{panel}x{panel}",
        "{panel:title=Subject}no end",
        "{panel:title={Subject}\nx\n{panel}",
        "{panel:title=Sub{ject}\nx\n{panel}",
    ],
)
def test_a_body_without_a_sound_panel_is_refused(handler: Any, body: str) -> None:
    with pytest.raises(InvalidJiraValue) as caught:
        handler._compose_shotgun_note(body)
    assert caught.value.field == "content"


@pytest.mark.parametrize(
    "shape",
    [
        "{panel:bgColor=#deebff}\n*%s*\n\n%s\n{panel}",
        "{panel:bgColor=#deebff}\n*%s*\n%s\n{panel}",
    ],
)
def test_the_cloud_editors_form_of_our_own_panel_is_read(handler: Any, shape: str) -> None:
    """Comments of this family name no author, so none is there after an edit either."""
    assert tuple(handler._compose_shotgun_note(shape % ("Subject", "Content"))) == (
        "Subject",
        "Content",
    )


# Keys


def test_a_note_key_has_two_parts(handler: Any) -> None:
    assert handler._parse_note_jira_key({"sg_jira_key": "PROJ-12/10034"}) == ("PROJ-12", "10034")


@pytest.mark.parametrize("empty", [None, ""])
def test_no_key_is_no_error(handler: Any, empty: str | None) -> None:
    assert handler._parse_note_jira_key({"sg_jira_key": empty}) == (None, None)


@pytest.mark.parametrize("bad", ["PROJ-12", "PROJ-12/", "/10034", "PROJ-12/1/2", "/"])
def test_a_malformed_key_is_a_value_error(handler: Any, bad: str) -> None:
    with pytest.raises(ValueError, match=bad):
        handler._parse_note_jira_key({"type": "Note", "id": 1, "sg_jira_key": bad})


def test_a_comment_that_is_gone_is_none(handler: Any, issue_key: str, comment_id: str) -> None:
    assert handler._get_jira_issue_comment(issue_key, comment_id).id == comment_id
    assert handler._get_jira_issue_comment(issue_key, "404") is None
    assert handler._get_jira_issue_comment("NOPE-1", "404") is None


# Linking to Tasks


def test_a_note_that_gains_a_task_becomes_a_comment(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
) -> None:
    assert sync(note, "tasks", added=[synced_task], removed=[]) is True

    (call,) = jira.calls.of("add_comment")
    assert call.args == (issue_key, PANEL % ("Ann's Note", "More fur"), None, False)
    (number,) = jira.comments[issue_key]
    assert fptr.writes() == [("Note", note["id"], {"sg_jira_key": f"{issue_key}/{number}"})]


@pytest.mark.parametrize(
    "spoil",
    [{"sg_sync_in_jira": False}, {"sg_jira_key": None}, {"sg_jira_key": ""}],
    ids=["flag off", "no key", "empty key"],
)
def test_a_task_that_is_not_synced_takes_no_comment(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    spoil: dict[str, Any],
) -> None:
    fptr.change(synced_task, **spoil)

    assert sync(note, "tasks", added=[synced_task], removed=[]) is False
    assert jira.comments == {}
    assert fptr.writes() == []


def test_the_first_task_whose_issue_exists_takes_the_only_comment(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    other_task: Entity,
    project: Entity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    dead = fptr.add(
        "Task", content="x", project=project, sg_sync_in_jira=True, sg_jira_key="PROJ-77"
    )

    assert sync(note, "tasks", added=[dead, other_task, synced_task], removed=[]) is True
    assert list(jira.comments) == [fptr.record(other_task)["sg_jira_key"]]
    assert warned(caplog)


def test_a_note_that_gains_two_synced_tasks_at_once_gets_one_comment_with_a_warning(
    sync: Any,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    other_task: Entity,
    issue_key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert sync(note, "tasks", added=[synced_task, other_task], removed=[]) is True
    assert list(jira.comments) == [issue_key]
    assert warned(caplog)


def test_the_issue_need_not_name_the_task(
    sync: Any, jira: JiraStore, note: Entity, synced_task: Entity, issue_key: str
) -> None:
    jira.issues[issue_key]["fields"][SHOTGUN_ID] = "77777"

    assert sync(note, "tasks", added=[synced_task], removed=[]) is True
    assert len(bodies(jira, issue_key)) == 1


def test_a_note_that_loses_its_task_loses_its_comment(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    assert sync(note, "tasks", added=[], removed=[synced_task]) is True

    assert bodies(jira, issue_key) == []
    assert fptr.writes() == [("Note", note["id"], {"sg_jira_key": None})]


def test_a_comment_that_is_already_gone_is_forgotten(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    del jira.comments[issue_key][comment_id]

    assert sync(note, "tasks", added=[], removed=[synced_task]) is True
    assert fptr.record(note)["sg_jira_key"] is None


def test_losing_another_task_changes_nothing(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    other_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    assert sync(note, "tasks", added=[], removed=[other_task]) is False
    assert len(bodies(jira, issue_key)) == 1


def test_losing_a_task_whose_flag_is_off_changes_nothing(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    fptr.change(synced_task, sg_sync_in_jira=False)

    assert sync(note, "tasks", added=[], removed=[synced_task]) is False
    assert len(bodies(jira, issue_key)) == 1


def test_a_note_moved_to_another_task_moves_its_comment(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    other_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    assert sync(note, "tasks", added=[other_task], removed=[synced_task]) is True

    new_key = fptr.record(other_task)["sg_jira_key"]
    (number,) = jira.comments[new_key]
    assert bodies(jira, issue_key) == []
    assert fptr.record(note)["sg_jira_key"] == f"{new_key}/{number}"


def test_a_note_that_gains_a_second_task_keeps_its_comment(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    other_task: Entity,
    issue_key: str,
    comment_id: str,
) -> None:
    assert sync(note, "tasks", added=[other_task], removed=[]) is False
    assert fptr.record(note)["sg_jira_key"] == f"{issue_key}/{comment_id}"
    assert jira.calls.count("add_comment") == 0


@pytest.mark.parametrize("meta", [{}, {"added": []}, {"removed": []}, {"added": None}])
def test_a_change_of_tasks_without_its_lists_is_no_error(
    sync: Any, note: Entity, meta: dict[str, Any]
) -> None:
    assert sync(note, "tasks", **meta) is False


def test_an_error_of_jira_while_deleting_reaches_the_caller(
    sync: Any, jira: JiraStore, note: Entity, synced_task: Entity, comment_id: str
) -> None:
    jira.calls.fail("comment", refused(503, "down"))

    with pytest.raises(Exception, match="down"):
        sync(note, "tasks", added=[], removed=[synced_task])


# Editing


@pytest.mark.parametrize("field", ["subject", "content", "user"])
def test_an_edited_note_rewrites_its_comment(
    sync: Any, jira: JiraStore, note: Entity, issue_key: str, comment_id: str, field: str
) -> None:
    assert sync(note, field, new_value="as the event says") is True
    assert bodies(jira, issue_key) == [PANEL % ("Ann's Note", "More fur")]


def test_a_note_without_key_has_nothing_to_rewrite(sync: Any, note: Entity) -> None:
    assert sync(note, "content", new_value="x") is False


def test_a_note_that_does_not_exist_is_not_synced(sync: Any, project: Entity) -> None:
    assert sync({"type": "Note", "id": 404}, "content", new_value="x") is False


def test_creation_events_of_a_note_that_has_its_comment_are_not_synced(
    sync: Any, jira: JiraStore, note: Entity, issue_key: str, comment_id: str
) -> None:
    assert sync(note, "content", new_value="x", in_create=True) is False
    assert bodies(jira, issue_key) == ["old words"]


@pytest.mark.parametrize("spoil", ["flag off", "other issue", "unlinked"])
def test_a_note_none_of_whose_tasks_is_that_issue_is_not_rewritten(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    comment_id: str,
    spoil: str,
) -> None:
    if spoil == "flag off":
        fptr.change(synced_task, sg_sync_in_jira=False)
    elif spoil == "other issue":
        fptr.change(synced_task, sg_jira_key="PROJ-77")
    else:
        fptr.change(note, tasks=[])

    assert sync(note, "content", new_value="x") is False
    assert bodies(jira, issue_key) == ["old words"]


def test_a_note_whose_comment_was_deleted_is_reported(
    sync: Any,
    jira: JiraStore,
    note: Entity,
    issue_key: str,
    comment_id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del jira.comments[issue_key][comment_id]

    assert sync(note, "content", new_value="x") is False
    assert warned(caplog)


class Squeamish(NoteCommentHandler):
    """A studio's handler that refuses some Notes."""

    def _compose_jira_comment_body(self, shotgun_note: Entity) -> str:
        if "secret" in shotgun_note["content"]:
            raise InvalidJiraValue("body", shotgun_note["content"], "not for Jira")
        return super()._compose_jira_comment_body(shotgun_note)


@pytest.mark.parametrize("field", ["content", "tasks", "sg_sync_in_jira"])
def test_a_note_that_a_studio_refuses_costs_itself_with_a_warning(
    make_bridge: Callable[..., Bridge],
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    field: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = {"syncer": "tests.contract.probes.SwappingSyncer", "settings": {"note": Squeamish}}
    handler: Any = make_bridge({"studio": entry}).get_syncer("studio").handlers[2]
    fptr.change(note, content="a secret")
    if field == "content":
        fptr.change(note, sg_jira_key=f"{issue_key}/{jira.add_comment(issue_key, 'old words')}")
    entity = synced_task if field == "sg_sync_in_jira" else note
    event = shotgun_event(entity, field, added=[synced_task], removed=[], new_value=True)

    assert handler.process_shotgun_event(entity["type"], entity["id"], event) is False
    assert bodies(jira, issue_key) == (["old words"] if field == "content" else [])
    assert warned(caplog)


# The flag of a Task


def test_turning_the_flag_on_brings_the_notes_along(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    project: Entity,
) -> None:
    second = fptr.add("Note", subject="Two", content="x", project=project, tasks=[synced_task])
    fptr.add("Note", subject="Elsewhere", content="x", project=project, tasks=[])

    assert sync(synced_task, "sg_sync_in_jira", new_value=True) is True

    assert bodies(jira, issue_key) == [PANEL % ("Ann's Note", "More fur"), PANEL % ("Two", "x")]
    keys = {fptr.record(entity)["sg_jira_key"] for entity in (note, second)}
    assert keys == {f"{issue_key}/{number}" for number in jira.comments[issue_key]}


def test_turning_the_flag_on_rewrites_comments_that_are_there(
    sync: Any, jira: JiraStore, note: Entity, synced_task: Entity, issue_key: str, comment_id: str
) -> None:
    sync(synced_task, "sg_sync_in_jira", new_value=True)

    assert bodies(jira, issue_key) == [PANEL % ("Ann's Note", "More fur")]


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_turning_the_flag_on_for_a_task_with_watchers_reaches_its_notes(
    sync: Any,
    fptr: ShotgunSite,
    jira: JiraStore,
    note: Entity,
    synced_task: Entity,
    issue_key: str,
    bob: Any,
) -> None:
    fptr.change(synced_task, addressings_cc=[bob.fptr])

    assert sync(synced_task, "sg_sync_in_jira", new_value=True) is True
    assert len(bodies(jira, issue_key)) == 1


def test_the_note_handler_reports_whether_it_did_something(
    handler: Any, note: Entity, synced_task: Entity, issue_key: str, fptr: ShotgunSite
) -> None:
    assert handler._sync_shotgun_task_notes_to_jira(dict(synced_task)) is True
    fptr.change(note, sg_jira_key=f"{issue_key}/404")
    assert handler._sync_shotgun_task_notes_to_jira(dict(synced_task)) is False
    fptr.retire(note)
    assert handler._sync_shotgun_task_notes_to_jira(dict(synced_task)) is False


def test_processing_the_flag_of_a_task_works_although_it_is_never_accepted(
    handler: Any, note: Entity, synced_task: Entity
) -> None:
    event = shotgun_event(synced_task, "sg_sync_in_jira", new_value=True)

    assert not handler.accept_shotgun_event("Task", synced_task["id"], event)
    assert handler.process_shotgun_event("Task", synced_task["id"], event) is True


# Jira to FPTR


def test_an_edited_comment_rewrites_its_note(edited: Any, fptr: ShotgunSite, note: Entity) -> None:
    assert edited(PANEL % ("New subject", "New content")) is True
    assert fptr.writes() == [
        ("Note", note["id"], {"subject": "New subject", "content": "New content"})
    ]


def test_an_edited_comment_of_another_note_is_none_of_ours(
    bridge: Bridge, jira: JiraStore, fptr: ShotgunSite, issue_key: str, note: Entity
) -> None:
    number = jira.add_comment(issue_key, PANEL % ("a", "b"))
    event = comment_event(jira, issue_key, number)

    assert bridge.sync_in_shotgun("default", "issue", issue_key, event) is False
    assert fptr.writes() == []


def test_two_notes_with_one_key_are_left_alone_with_a_warning(
    edited: Any, fptr: ShotgunSite, note: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    fptr.add("Note", subject="Copy", sg_jira_key=fptr.record(note)["sg_jira_key"])

    assert edited(PANEL % ("a", "b")) is False
    assert fptr.writes() == []
    assert warned(caplog)


def test_a_comment_that_comes_as_a_document_is_left_alone_with_a_warning(
    edited: Any, fptr: ShotgunSite, note: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    before = fptr.record(note)

    assert edited({"type": "doc", "version": 1, "content": []}) is False
    assert fptr.record(note) == before
    assert warned(caplog)


def test_a_comment_that_cannot_be_read_is_left_alone_with_a_warning(
    edited: Any, fptr: ShotgunSite, caplog: pytest.LogCaptureFixture
) -> None:
    assert edited("somebody took the panel away") is False
    assert fptr.writes() == []
    assert warned(caplog)


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_the_edit_of_a_person_counts_although_the_bridge_wrote_the_comment(
    edited: Any, jira: JiraStore, ann: Any
) -> None:
    assert edited(PANEL % ("a", "b"), author=jira.myself, updateAuthor=ann.jira) is True


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_the_bridges_own_edit_does_not_come_back(
    edited: Any, jira: JiraStore, fptr: ShotgunSite
) -> None:
    assert edited(PANEL % ("a", "b"), author=jira.myself, updateAuthor=jira.myself) is False
    assert fptr.writes() == []


@pytest.mark.parametrize("author", [None, {}, {"displayName": "An app"}])
def test_an_edit_by_nobody_in_particular_is_synced(edited: Any, author: Any) -> None:
    assert edited(PANEL % ("a", "b"), author=author, updateAuthor=author) is True
