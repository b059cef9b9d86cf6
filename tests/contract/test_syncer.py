"""Syncers: their members, and what they accept before any handler is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Bridge, Syncer, TaskIssueSyncer
from sg_jira.handlers import EnableSyncingHandler, NoteCommentHandler, TaskIssueHandler
from tests.contract import probes
from tests.contract.events import issue_event, shotgun_event, text_change
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

TASK = {"type": "Task", "id": 7}


@pytest.fixture
def probe_syncer(make_bridge: Callable[..., Bridge]) -> Any:
    """A studio's syncer with two handlers that accept everything."""
    bridge = make_bridge({"probe": {"syncer": "tests.contract.probes.ProbeSyncer"}})
    return bridge.get_syncer("probe")


# Members


def test_a_syncer_knows_its_bridge_and_its_sessions(bridge: Bridge, syncer: Syncer) -> None:
    assert syncer.bridge is bridge
    assert syncer._bridge is bridge
    assert syncer.shotgun is bridge.shotgun
    assert syncer.jira is bridge.jira
    assert syncer._name == "default"


def test_a_syncer_has_a_logger_of_its_own_name(syncer: Any) -> None:
    assert syncer._logger is logging.getLogger("sg_jira.syncer.default")
    assert syncer.logger is syncer._logger


def test_the_base_syncer_has_no_handlers(bridge: Bridge) -> None:
    syncer = Syncer(name="bare", bridge=bridge, hook_class=type(bridge.get_syncer("default").hook))

    with pytest.raises(NotImplementedError):
        syncer.handlers  # noqa: B018


def test_unknown_settings_are_ignored(make_bridge: Callable[..., Bridge]) -> None:
    entry = {
        "syncer": "sg_jira.TaskIssueSyncer",
        "settings": {"colour": "red", "issue_type": "Bug"},
    }
    syncer: Any = make_bridge({"it": entry}).get_syncer("it")

    assert syncer._issue_type == "Bug"


def test_the_hook_is_made_at_construction(syncer: Any) -> None:
    assert syncer.hook is syncer.hook


def test_setup_reaches_every_handler(probe_syncer: Any) -> None:
    probe_syncer.setup()

    assert (probe_syncer.first.setups, probe_syncer.second.setups) == (2, 2)


def test_a_jira_project_is_found_by_its_exact_key(syncer: Syncer, jira: JiraStore) -> None:
    project = syncer.get_jira_project("PROJ")

    assert project is not None
    assert project.key == "PROJ"


@pytest.mark.parametrize("status", [404, None])
def test_an_unknown_jira_project_is_none(
    syncer: Syncer, jira: JiraStore, status: int | None
) -> None:
    jira.unknown_project_status = status

    assert syncer.get_jira_project("NOPE") is None


# The Task syncer


def test_the_task_syncer_has_its_handlers_in_their_order(syncer: Any) -> None:
    assert isinstance(syncer, TaskIssueSyncer)
    assert [type(handler) for handler in syncer.handlers] == [
        EnableSyncingHandler,
        TaskIssueHandler,
        NoteCommentHandler,
    ]
    enable, task, note = syncer.handlers
    assert (enable, task, note) == (
        syncer._enable_syncing_handler,
        syncer._task_issue_handler,
        syncer._note_comment_handler,
    )
    assert enable._primary_handler is task
    assert list(enable._secondary_handlers) == [note]


def test_the_issue_type_defaults_to_task_and_is_set_before_the_base_constructor(
    make_bridge: Callable[..., Bridge], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    base_init = Syncer.__init__

    def spy(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(self._issue_type)
        base_init(self, *args, **kwargs)

    monkeypatch.setattr(Syncer, "__init__", spy)
    syncer: Any = make_bridge({"it": {"syncer": "sg_jira.TaskIssueSyncer"}}).get_syncer("it")

    assert seen == ["Task"]
    assert syncer._task_issue_handler._issue_type == "Task"


@pytest.mark.parametrize(
    ("entity_type", "field"),
    [
        ("Task", "sg_jira_key"),
        ("Task", "sg_sync_in_jira"),
        ("Task", "sg_jira_url"),
        ("Note", "sg_jira_key"),
    ],
)
def test_setup_requires_the_fields_the_family_needs(
    fptr: ShotgunSite, bridge: Bridge, entity_type: str, field: str
) -> None:
    del fptr.schema[entity_type][field]

    with pytest.raises(RuntimeError, match=field):
        bridge.get_syncer("default")


@pytest.mark.parametrize(
    ("entity_type", "field"),
    [
        ("Task", "sg_jira_key"),
        ("Task", "sg_sync_in_jira"),
        ("Task", "sg_jira_url"),
        ("Note", "sg_jira_key"),
    ],
)
def test_setup_requires_their_types(
    fptr: ShotgunSite, bridge: Bridge, entity_type: str, field: str
) -> None:
    fptr.schema[entity_type][field]["data_type"]["value"] = "number"

    with pytest.raises(RuntimeError, match=field):
        bridge.get_syncer("default")


@pytest.mark.parametrize("entity_type", ["Task", "Note"])
def test_setup_requires_unique_keys(fptr: ShotgunSite, bridge: Bridge, entity_type: str) -> None:
    fptr.schema[entity_type]["sg_jira_key"]["unique"]["value"] = False

    with pytest.raises(RuntimeError, match="sg_jira_key"):
        bridge.get_syncer("default")


# FPTR events


def accepted(syncer: Any, event: Any) -> Any:
    return syncer.accept_shotgun_event("Task", 7, event)


def test_the_first_handler_that_accepts_gets_the_event_and_no_other_sees_it(
    probe_syncer: Any,
) -> None:
    event = shotgun_event(TASK, "content", new_value="x")

    assert accepted(probe_syncer, event) is probe_syncer.first
    assert probe_syncer.second.seen == []


def test_a_handler_that_refuses_passes_the_event_on(probe_syncer: Any) -> None:
    probe_syncer.first.accepts = None
    event = shotgun_event(TASK, "content", new_value="x")

    assert accepted(probe_syncer, event) is probe_syncer.second


def test_without_a_taker_the_answer_is_none(probe_syncer: Any) -> None:
    probe_syncer.first.accepts = probe_syncer.second.accepts = 0

    assert accepted(probe_syncer, shotgun_event(TASK, "content", new_value="x")) is None


def test_an_accepting_handler_keeps_the_event_even_if_it_then_does_nothing(
    probe_syncer: Any,
) -> None:
    probe_syncer.first.answer = False
    event = shotgun_event(TASK, "content", new_value="x")

    assert probe_syncer.bridge.sync_in_jira("probe", "Task", 7, event) is False
    assert probe_syncer.second.seen == []


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty": lambda event: event.clear(),
    "no project": lambda event: event.update(project=None),
    "project absent": lambda event: event.pop("project"),
    "no meta": lambda event: event.pop("meta"),
    "empty meta": lambda event: event.update(meta={}),
    "other type": lambda event: event["meta"].update(type="new_entity"),
    "no type": lambda event: event["meta"].pop("type"),
    "no attribute": lambda event: event["meta"].pop("attribute_name"),
    "empty attribute": lambda event: event["meta"].update(attribute_name=""),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_an_event_that_is_no_field_change_of_a_project_reaches_no_handler(
    probe_syncer: Any, spoil: Callable[[dict[str, Any]], Any]
) -> None:
    event = shotgun_event(TASK, "content", new_value="x")
    spoil(event)

    assert accepted(probe_syncer, event) is None
    assert probe_syncer.first.seen == []


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_no_event_at_all_is_rejected_on_either_way(probe_syncer: Any, nothing: Any) -> None:
    assert accepted(probe_syncer, nothing) is None
    assert probe_syncer.accept_jira_event("issue", "PROJ-1", nothing) is None
    assert probe_syncer.first.seen == []


def test_an_event_of_the_bridges_own_script_is_rejected(probe_syncer: Any) -> None:
    event = shotgun_event(TASK, "content", user={"type": "ApiUser", "id": 2}, new_value="x")

    assert accepted(probe_syncer, event) is None
    assert probe_syncer.first.seen == []


@pytest.mark.parametrize(
    "user", [{"type": "HumanUser", "id": 2}, {"type": "ApiUser", "id": 1}, None]
)
def test_an_event_of_anybody_else_passes(probe_syncer: Any, user: Any) -> None:
    event = shotgun_event(TASK, "content", new_value="x")
    event["user"] = user

    assert accepted(probe_syncer, event) is probe_syncer.first


def test_the_own_user_is_asked_from_the_bridge_each_time(
    probe_syncer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = shotgun_event(TASK, "content", user={"type": "ApiUser", "id": 31}, new_value="x")
    answers = []
    for own in (None, {"type": "ApiUser", "id": 31}, {"type": "ApiUser", "id": 32}):
        monkeypatch.setattr("sg_jira.Bridge.current_shotgun_user", property(lambda _, own=own: own))
        answers.append(accepted(probe_syncer, event) is not None)

    assert answers == [True, False, True]


def test_handlers_are_asked_for_at_each_event(
    probe_syncer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes.ProbeSyncer, "handlers", property(lambda self: [self.second]))

    event = shotgun_event(TASK, "content", new_value="x")
    assert accepted(probe_syncer, event) is probe_syncer.second


def test_a_studios_syncer_may_take_events_the_base_rejects(
    make_bridge: Callable[..., Bridge],
) -> None:
    bridge = make_bridge({"open": {"syncer": "tests.contract.probes.OpenSyncer"}})

    assert bridge.sync_in_jira("open", "Task", 1, {"anything": "goes"}) is True


def test_a_rejection_is_a_debug_message(
    probe_syncer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="sg_jira.syncer.probe")
    accepted(probe_syncer, shotgun_event(TASK, "", new_value="x"))

    levels = {r.levelname for r in caplog.records if r.name.startswith("sg_jira.syncer")}
    assert levels == {"DEBUG"}


# Jira events


def from_jira(jira: JiraStore, user: Any) -> dict[str, Any]:
    return {
        "webhookEvent": "jira:issue_updated",
        "user": user,
        "issue": {"id": "1", "key": "PROJ-1", "fields": {}},
        "changelog": {"id": "1", "items": []},
    }


def taken(syncer: Any, event: Any) -> bool:
    return syncer.accept_jira_event("issue", "PROJ-1", event) is not None


def test_a_jira_event_goes_to_the_first_handler_that_accepts(
    probe_syncer: Any, jira: JiraStore
) -> None:
    event = from_jira(jira, {"accountId": "somebody"})
    assert probe_syncer.accept_jira_event("issue", "PROJ-1", event) is probe_syncer.first
    assert probe_syncer.second.seen == []

    probe_syncer.first.accepts = False
    assert probe_syncer.accept_jira_event("issue", "PROJ-1", event) is probe_syncer.second


def test_without_a_taker_of_a_jira_event_the_answer_is_none(
    probe_syncer: Any, jira: JiraStore
) -> None:
    probe_syncer.first.accepts = probe_syncer.second.accepts = 0
    event = from_jira(jira, {"accountId": "somebody"})

    assert probe_syncer.accept_jira_event("issue", "PROJ-1", event) is None


def test_an_event_of_the_bridges_own_account_is_rejected(
    probe_syncer: Any, jira: JiraStore
) -> None:
    assert not taken(probe_syncer, from_jira(jira, jira.myself))
    assert probe_syncer.first.seen == []


@pytest.mark.parametrize("flavour", ["cloud"])
def test_the_own_account_id_alone_gives_it_away_on_cloud(
    probe_syncer: Any, jira: JiraStore
) -> None:
    assert not taken(probe_syncer, from_jira(jira, {"accountId": jira.myself["accountId"]}))


@pytest.mark.parametrize("name", ["name", "emailAddress"])
def test_the_own_name_and_mail_give_it_away_whatever_the_account_id_says(
    probe_syncer: Any, monkeypatch: pytest.MonkeyPatch, jira: JiraStore, name: str
) -> None:
    monkeypatch.setattr(
        "sg_jira.Bridge.current_jira_username", property(lambda _: "robot@studio.test")
    )
    user = {"accountId": "5cedcb4355a88a0fc863ffff", name: "ROBOT@Studio.Test"}

    assert not taken(probe_syncer, from_jira(jira, user))


@pytest.mark.parametrize(
    "user",
    [
        {"accountId": "5cedcb4355a88a0fc863ffff", "name": "ann", "emailAddress": "ann@x"},
        {"accountId": "5cedcb4355a88a0fc863ffff"},
        {"accountId": "5cedcb4355a88a0fc863ffff", "name": None, "emailAddress": None},
        {"displayName": "An app"},
        {"accountId": None},
        {"accountId": "5cedcb4355a88a0fc863ffff", "emailAddress": "?"},
        {},
        None,
    ],
)
def test_the_event_of_anybody_else_passes(probe_syncer: Any, jira: JiraStore, user: Any) -> None:
    assert taken(probe_syncer, from_jira(jira, user))


def test_an_event_without_user_passes(probe_syncer: Any, jira: JiraStore) -> None:
    event = from_jira(jira, None)
    del event["user"]

    assert taken(probe_syncer, event)


def test_an_own_event_without_account_id_is_recognised_by_its_mail(
    probe_syncer: Any, jira: JiraStore
) -> None:
    assert not taken(probe_syncer, from_jira(jira, {"emailAddress": "bridge@studio.test"}))


@pytest.mark.parametrize("entry", ["default", "probe"])
@pytest.mark.parametrize("event", [{}, {"user": {}}, {"issue": None}])
def test_an_empty_event_raises_nothing(
    make_bridge: Callable[..., Bridge], entry: str, event: Any
) -> None:
    bridge = make_bridge(
        {
            "default": {"syncer": "sg_jira.TaskIssueSyncer"},
            "probe": {"syncer": "tests.contract.probes.ProbeSyncer"},
        }
    )

    bridge.get_syncer(entry).accept_jira_event("issue", "PROJ-1", event)


def test_myself_is_not_asked_again_for_every_event(
    bridge: Bridge, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    event = issue_event(jira, issue_key, text_change("summary", "Long fur"))
    bridge.sync_in_shotgun("default", "issue", issue_key, event)
    jira.calls.forget()

    bridge.sync_in_shotgun("default", "issue", issue_key, event)

    assert jira.calls.count("myself") == 0


@pytest.mark.parametrize("direction", ["shotgun", "jira"])
def test_refusing_an_event_costs_no_call(
    bridge: Bridge,
    fptr: ShotgunSite,
    jira: JiraStore,
    synced_task: Entity,
    issue_key: str,
    direction: str,
) -> None:
    own = {"type": "ApiUser", "id": 2}
    events = {
        "shotgun": shotgun_event(synced_task, "content", user=own, new_value="x"),
        "jira": issue_event(jira, issue_key, text_change("summary", "x"), user=jira.myself),
    }
    syncer: Any = bridge.get_syncer("default")
    accept = getattr(syncer, f"accept_{direction}_event")
    accept("Task" if direction == "shotgun" else "issue", 1, events[direction])
    fptr.calls.forget()
    jira.calls.forget()

    assert accept("Task" if direction == "shotgun" else "issue", 1, events[direction]) is None
    assert fptr.calls.made == []
    assert [call for call in jira.calls.made if call.name != "current_user"] == []
