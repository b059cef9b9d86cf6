"""Every member that a studio may override is really called, and `super()` does its work.

A handler of the studio is put in place of the shipped one. It overrides one member, notes that
it was called, and hands on to the inherited one; then something happens on one of the sites.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Bridge, Syncer, TaskIssueSyncer
from sg_jira.handlers import (
    EnableSyncingHandler,
    EntityIssueHandler,
    NoteCommentHandler,
    SyncHandler,
    TaskIssueHandler,
)
from tests.contract.conftest import Person
from tests.contract.events import change, comment_event, issue_event, shotgun_event, text_change
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

PANEL = "\n{panel:title=%s}\n%s\n{panel}\n"

# Something that happens -> members of a class that it has to reach.
TASK_MEMBERS = {
    "start": ["setup"],
    "new task": [
        "get_jira_user",
        "_create_jira_issue_for_entity",
        "_sync_shotgun_fields_to_jira",
    ],
    "name": [
        "accept_shotgun_event",
        "process_shotgun_event",
        "_supported_shotgun_fields_for_shotgun_event",
        "get_jira_project",
        "get_jira_issue",
        "_get_jira_issue_and_validate",
        "_get_jira_issue_field_for_shotgun_field",
        "_get_jira_issue_field_sync_value",
        "_get_jira_value_for_shotgun_value",
    ],
    "tags": [
        "_get_jira_issue_field_sync_value",
        "_get_jira_value_for_shotgun_list_changes",
        "_get_jira_value_for_shotgun_value",
    ],
    "status": ["_sync_shotgun_status_to_jira", "_sg_jira_status_mapping"],
    "cc": ["_sync_shotgun_cced_changes_to_jira"],
    "flag": [
        "process_shotgun_event",
        "_sync_shotgun_fields_to_jira",
        "_get_jira_issue_field_sync_value",
        "_get_jira_value_for_shotgun_value",
        "_get_jira_value_for_shotgun_list_changes",
        "_sync_shotgun_status_to_jira",
        "_sync_shotgun_cced_changes_to_jira",
    ],
    "summary": [
        "accept_jira_event",
        "process_jira_event",
        "_supported_shotgun_fields_for_jira_event",
        "_get_shotgun_entity_field_for_issue_field",
        "_get_shotgun_entity_field_sync_value",
        "_get_shotgun_value_from_jira_change",
    ],
    "issue status": ["_get_shotgun_value_from_jira_change", "_sg_jira_status_mapping"],
    "assignee": [
        "_get_shotgun_entity_field_sync_value",
        "_get_shotgun_assignment_from_jira_issue_change",
        "_jira_user_to_shotgun",
    ],
}
NOTE_MEMBERS = {
    "start": ["setup"],
    "note linked": [
        "accept_shotgun_event",
        "process_shotgun_event",
        "_supported_shotgun_fields_for_shotgun_event",
        "_shotgun_note_fields",
        "_parse_note_jira_key",
        "_sync_note_tasks_change_to_jira",
        "_compose_jira_comment_body",
        "get_jira_issue",
    ],
    "note unlinked": ["_sync_note_tasks_change_to_jira", "_get_jira_issue_comment"],
    "note edited": [
        "_sync_note_content_to_jira",
        "_parse_note_jira_key",
        "_get_jira_issue_comment",
        "_compose_jira_comment_body",
    ],
    "flag": [
        "process_shotgun_event",
        "_sync_shotgun_task_notes_to_jira",
        "_sync_note_tasks_change_to_jira",
        "_sync_note_content_to_jira",
    ],
    "comment edited": ["accept_jira_event", "process_jira_event", "_compose_shotgun_note"],
}
ENABLE_MEMBERS = {
    "start": ["setup"],
    "flag": ["accept_shotgun_event", "process_shotgun_event"],
    "summary": ["accept_jira_event"],
}
SYNCER_MEMBERS = {
    "start": ["setup", "handlers"],
    "name": ["accept_shotgun_event", "handlers", "get_jira_project"],
    "summary": ["accept_jira_event", "handlers"],
}
POINTS = [
    pytest.param(role, member, happening, id=f"{role}-{member}-{happening}")
    for role, table in {
        "task": TASK_MEMBERS,
        "note": NOTE_MEMBERS,
        "enable": ENABLE_MEMBERS,
    }.items()
    for happening, members in table.items()
    for member in members
]
SHIPPED: dict[str, type] = {
    "task": TaskIssueHandler,
    "note": NoteCommentHandler,
    "enable": EnableSyncingHandler,
}


@pytest.fixture
def flavour() -> str:
    """Only the variants for users differ, and they have a test of their own."""
    return "cloud"


@pytest.fixture
def happenings(
    fptr: ShotgunSite,
    jira: JiraStore,
    task: Entity,
    note: Entity,
    ann: Person,
    bob: Person,
    issue_key: str,
) -> dict[str, Callable[[Bridge, str], Any]]:
    """Things that can happen to a linked Task and its Note; each returns what the bridge says."""
    tag = fptr.add("Tag", name="hairy")
    fptr.change(task, tags=[tag], addressings_cc=[bob.fptr], sg_status_list="ip")

    def in_shotgun(entity: Entity, field: str, **meta: Any) -> Callable[[Bridge, str], Any]:
        return lambda bridge, name: bridge.sync_in_jira(
            name, entity["type"], entity["id"], shotgun_event(entity, field, **meta)
        )

    def in_jira(*items: dict[str, Any], **fields: Any) -> Callable[[Bridge, str], Any]:
        event = issue_event(jira, issue_key, *items)
        event["issue"]["fields"].update(fields)
        return lambda bridge, name: bridge.sync_in_shotgun(name, "issue", issue_key, event)

    def new_task(bridge: Bridge, name: str) -> Any:
        fptr.change(task, sg_jira_key=None)
        jira.remove_issue(issue_key)
        return in_shotgun(task, "content", new_value="Fur")(bridge, name)

    def with_comment(then: Callable[[Bridge, str], Any]) -> Callable[[Bridge, str], Any]:
        def run(bridge: Bridge, name: str) -> Any:
            number = jira.add_comment(issue_key, PANEL % ("a", "b"))
            fptr.change(note, sg_jira_key=f"{issue_key}/{number}")
            return then(bridge, name)

        return run

    def comment_edited(bridge: Bridge, name: str) -> Any:
        (number,) = jira.comments[issue_key]
        event = comment_event(jira, issue_key, number)
        return bridge.sync_in_shotgun(name, "issue", issue_key, event)

    return {
        "start": lambda bridge, name: True,
        "new task": new_task,
        "name": in_shotgun(task, "content", new_value="Long fur"),
        "tags": in_shotgun(task, "tags", added=[tag], removed=[]),
        "status": in_shotgun(task, "sg_status_list", new_value="fin"),
        "cc": in_shotgun(task, "addressings_cc", added=[bob.fptr], removed=[]),
        "flag": in_shotgun(task, "sg_sync_in_jira", new_value=True),
        "summary": in_jira(text_change("summary", "Long fur")),
        "summary by name": in_jira(change("Summary", after=(None, "Long fur"))),
        "issue status": in_jira(change("status", field_id="status", after=("3", "Done"))),
        "assignee": in_jira(
            change("assignee", field_id="assignee", after=(bob.id, "Bob Ray")), assignee=bob.jira
        ),
        "note linked": in_shotgun(note, "tasks", added=[task], removed=[]),
        "note unlinked": with_comment(in_shotgun(note, "tasks", added=[], removed=[task])),
        "note edited": with_comment(in_shotgun(note, "content", new_value="x")),
        "comment edited": with_comment(comment_edited),
    }


def overriding(shipped: type, member: str, calls: list[str]) -> type:
    """A studio's subclass that overrides one member, notes the call and hands on to `super()`."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(member)
        return getattr(super(studio, self), member)(*args, **kwargs)

    def value(self: Any) -> Any:
        calls.append(member)
        return getattr(super(studio, self), member)

    override = method if callable(getattr(shipped, member)) else property(value)
    studio = type(f"Studio{shipped.__name__}", (shipped,), {member: override})
    return studio


@pytest.mark.parametrize(("role", "member", "happening"), POINTS)
def test_an_overridden_member_of_a_handler_is_called_and_super_works(
    make_bridge: Callable[..., Bridge],
    happenings: dict[str, Callable[[Bridge, str], Any]],
    role: str,
    member: str,
    happening: str,
) -> None:
    calls: list[str] = []
    studio = overriding(SHIPPED[role], member, calls)
    entry = {"syncer": "tests.contract.probes.SwappingSyncer", "settings": {role: studio}}
    bridge = make_bridge({"studio": entry})
    bridge.get_syncer("studio")

    result = happenings[happening](bridge, "studio")

    assert member in calls
    assert result is True


@pytest.mark.parametrize(
    ("member", "happening"),
    [(member, happening) for happening, members in SYNCER_MEMBERS.items() for member in members],
)
def test_an_overridden_member_of_a_syncer_is_called_and_super_works(
    make_bridge: Callable[..., Bridge],
    happenings: dict[str, Callable[[Bridge, str], Any]],
    monkeypatch: pytest.MonkeyPatch,
    member: str,
    happening: str,
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(
        "tests.contract.probes.StudioSyncer",
        overriding(TaskIssueSyncer, member, calls),
        raising=False,
    )
    bridge = make_bridge({"studio": {"syncer": "tests.contract.probes.StudioSyncer"}})
    bridge.get_syncer("studio")
    if happening != "start":
        calls.clear()

    assert happenings[happening](bridge, "studio") is True
    assert member in calls


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_the_user_variant_of_the_flavour_can_be_overridden(
    make_bridge: Callable[..., Bridge],
    happenings: dict[str, Callable[[Bridge, str], Any]],
    flavour: str,
) -> None:
    calls: list[str] = []
    member = f"_jira_{flavour}_user_to_shotgun"
    settings = {"task": overriding(TaskIssueHandler, member, calls)}
    entry = {"syncer": "tests.contract.probes.SwappingSyncer", "settings": settings}

    assert happenings["assignee"](make_bridge({"studio": entry}), "studio") is True
    assert member in calls


def test_a_single_value_method_is_called_for_each_value_of_a_list(
    make_bridge: Callable[..., Bridge],
    fptr: ShotgunSite,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
) -> None:
    class Shouting(TaskIssueHandler):
        def _get_jira_value_for_shotgun_value(self, *args: Any, **kwargs: Any) -> Any:
            value = super()._get_jira_value_for_shotgun_value(*args, **kwargs)
            return value.upper() if isinstance(value, str) else value

    entry = {"syncer": "tests.contract.probes.SwappingSyncer", "settings": {"task": Shouting}}
    tags = [fptr.add("Tag", name=name) for name in ("wet", "red", "hairy")]
    jira.issues[issue_key]["fields"]["labels"] = ["HAIRY", "kept"]
    event = shotgun_event(synced_task, "tags", added=tags[:2], removed=tags[2:])

    make_bridge({"studio": entry}).sync_in_jira("studio", "Task", synced_task["id"], event)

    assert jira.fields_of(issue_key)["labels"] == ["kept", "WET", "RED"]


# Replaced on live objects


SESSION_MEMBERS = {
    "set_jira_issue_status": "status",
    "create_issue_from_data": "new task",
    "get_jira_issue_field_id": "summary by name",
    "get_jira_issue_edit_meta": "name",
}


@pytest.mark.parametrize("member", list(SESSION_MEMBERS))
def test_a_method_replaced_on_the_live_jira_session_is_used(
    bridge: Bridge,
    happenings: dict[str, Callable[[Bridge, str], Any]],
    monkeypatch: pytest.MonkeyPatch,
    member: str,
) -> None:
    calls: list[str] = []
    inherited = getattr(bridge.jira, member)
    bridge.get_syncer("default")

    def replaced(*args: Any, **kwargs: Any) -> Any:
        calls.append(member)
        return inherited(*args, **kwargs)

    monkeypatch.setattr(bridge.jira, member, replaced)
    assert happenings[SESSION_MEMBERS[member]](bridge, "default") is True
    assert calls


def test_a_method_replaced_on_the_live_client_is_used(
    bridge: Bridge,
    happenings: dict[str, Callable[[Bridge, str], Any]],
    monkeypatch: pytest.MonkeyPatch,
    jira: JiraStore,
) -> None:
    happenings["name"](bridge, "default")
    monkeypatch.setattr(bridge.jira, "editmeta", lambda issue: {"fields": {}})

    with pytest.raises(RuntimeError):
        happenings["name"](bridge, "default")


# What the base classes leave to the studio


@pytest.mark.parametrize(
    "method",
    [
        "accept_shotgun_event",
        "process_shotgun_event",
        "accept_jira_event",
        "process_jira_event",
    ],
)
def test_the_base_handler_leaves_events_to_subclasses(syncer: Syncer, method: str) -> None:
    with pytest.raises(NotImplementedError):
        getattr(SyncHandler(syncer), method)("Task", 1, {})


def test_the_base_handler_has_no_status_mapping_and_needs_no_setup(syncer: Syncer) -> None:
    handler = SyncHandler(syncer)

    with pytest.raises(NotImplementedError):
        handler._sg_jira_status_mapping  # noqa: B018
    handler.setup()
    handler.setup()


def test_the_issue_handler_leaves_its_fields_to_subclasses(syncer: Syncer) -> None:
    handler = EntityIssueHandler(syncer, "Task")

    assert handler._issue_type == "Task"
    for unanswered in (
        lambda: handler._supported_shotgun_fields_for_jira_event,
        lambda: handler._get_jira_issue_field_for_shotgun_field("Task", "content"),
        lambda: handler._get_shotgun_entity_field_for_issue_field("summary"),
        lambda: handler._sg_jira_status_mapping,
    ):
        with pytest.raises(NotImplementedError):
            unanswered()


def test_a_handler_reads_its_surroundings_from_its_syncer(bridge: Bridge, syncer: Any) -> None:
    handler = SyncHandler(syncer)

    assert handler._syncer is syncer
    assert handler._bridge is bridge
    assert handler._shotgun is bridge.shotgun
    assert handler._jira is bridge.jira
    assert handler._hook is syncer.hook
    assert handler._logger is syncer._logger


@pytest.mark.parametrize("name", ["_logger", "_bridge", "_shotgun", "_jira", "_hook"])
def test_the_surroundings_of_a_handler_cannot_be_set(syncer: Any, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(SyncHandler(syncer), name, None)


def test_a_handler_works_with_any_syncer() -> None:
    class Stand:
        bridge = "bridge"
        shotgun = "shotgun"
        jira = "jira"
        hook = "hook"
        _logger = "logger"

    handler: Any = SyncHandler(Stand())  # type: ignore[arg-type]

    assert (handler._bridge, handler._shotgun, handler._jira, handler._hook) == (
        "bridge",
        "shotgun",
        "jira",
        "hook",
    )


def test_a_handler_asks_its_syncer_for_projects(syncer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(syncer, "get_jira_project", lambda key: f"project {key}")

    assert SyncHandler(syncer).get_jira_project("X") == "project X"
