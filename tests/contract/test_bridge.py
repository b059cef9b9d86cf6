"""The bridge: its sessions, its syncers, and what it does with an event."""

from __future__ import annotations

import datetime
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3.lib import mockgun

from sg_jira import Bridge, JiraSession
from sg_jira.shotgun_session import ShotgunSession
from tests.contract import probes
from tests.contract.events import issue_event, shotgun_event, text_change
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite

PROBE = {"probe": {"syncer": "tests.contract.probes.ProbeSyncer"}}


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here, unless a test says so."""
    return "cloud"


@pytest.fixture
def probe_bridge(make_bridge: Callable[..., Bridge]) -> Bridge:
    """A bridge whose only syncer is a probe."""
    return make_bridge(PROBE)


@pytest.fixture
def probe(probe_bridge: Bridge) -> Any:
    """The first handler of the probe."""
    return probe_bridge.get_syncer("probe").first  # type: ignore[attr-defined]


def in_another_thread(work: Callable[[], Any]) -> Any:
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join(10)
    return result[0]


# Opening


def test_the_shotgun_client_gets_site_script_key_and_proxy(
    fptr: ShotgunSite, jira: JiraStore
) -> None:
    Bridge(fptr.url, "sg_jira", "key", "https://j.test", "me", "s", sg_http_proxy="proxy:1")

    login = fptr.logins[0]
    given = inspect.signature(mockgun.Shotgun.__init__).bind(
        None, *login["args"], **login["kwargs"]
    )
    assert {
        name: given.arguments[name] for name in ("base_url", "script_name", "api_key", "http_proxy")
    } == {
        "base_url": fptr.url,
        "script_name": "sg_jira",
        "api_key": "key",
        "http_proxy": "proxy:1",
    }


def test_the_bridge_adds_its_user_agent_to_that_of_the_session(
    fptr: ShotgunSite, bridge: Bridge
) -> None:
    assert fptr.user_agents == ["JIRABRIDGE", "sg_jira_sync"]


def test_a_site_without_the_project_key_field_is_refused(
    fptr: ShotgunSite, make_bridge: Callable[..., Bridge]
) -> None:
    del fptr.schema["Project"]["sg_jira_key"]

    with pytest.raises(RuntimeError, match="sg_jira_key"):
        make_bridge()


def test_the_shotgun_site_is_checked_before_jira_is_contacted(
    fptr: ShotgunSite, jira: JiraStore, make_bridge: Callable[..., Bridge]
) -> None:
    del fptr.schema["Project"]["sg_jira_key"]

    with pytest.raises(RuntimeError):
        make_bridge()
    assert jira.calls.made == []


def test_a_jira_without_the_shotgun_fields_is_refused(
    jira: JiraStore, make_bridge: Callable[..., Bridge]
) -> None:
    del jira.field_names["customfield_11502"]

    with pytest.raises(RuntimeError, match=r"(?i)shotgun type"):
        make_bridge()


# Sessions


def test_the_sessions_are_those_of_the_package(bridge: Bridge) -> None:
    assert isinstance(bridge.shotgun, ShotgunSession)
    assert isinstance(bridge.jira, JiraSession)
    assert bridge._jira is bridge.jira


def test_a_thread_has_one_shotgun_session_of_its_own(bridge: Bridge) -> None:
    here = bridge.shotgun
    there = in_another_thread(lambda: (bridge.shotgun, bridge.shotgun))

    assert bridge.shotgun is here
    assert there[0] is there[1]
    assert there[0] is not here
    assert there[0]._shotgun is not here._shotgun


def test_the_session_of_another_thread_has_the_user_agent_too(
    bridge: Bridge, fptr: ShotgunSite
) -> None:
    fptr.user_agents.clear()
    in_another_thread(lambda: bridge.shotgun)

    assert sorted(fptr.user_agents) == ["JIRABRIDGE", "sg_jira_sync"]


def test_threads_share_the_jira_session(bridge: Bridge) -> None:
    assert in_another_thread(lambda: bridge.jira) is bridge.jira


def test_the_current_shotgun_user_is_the_script_user(bridge: Bridge) -> None:
    user = bridge.current_shotgun_user

    assert (user["type"], user["id"]) == ("ApiUser", 2)


def test_an_unknown_script_user_does_not_stop_the_bridge(
    fptr: ShotgunSite,
    make_bridge: Callable[..., Bridge],
    synced_task: Entity,
    issue_key: str,
    jira: JiraStore,
) -> None:
    for row in fptr.rows["ApiUser"].values():
        row["firstname"] = "renamed"
    bridge = make_bridge()
    event = shotgun_event(synced_task, "content", new_value="Long fur")

    assert bridge.current_shotgun_user is None
    assert bridge.sync_in_jira("default", "Task", synced_task["id"], event) is True
    assert jira.fields_of(issue_key)["summary"] == "Long fur"


def test_an_unknown_script_user_is_told_loudly_at_start(
    fptr: ShotgunSite, make_bridge: Callable[..., Bridge], caplog: pytest.LogCaptureFixture
) -> None:
    for row in fptr.rows["ApiUser"].values():
        row["firstname"] = "renamed"
    make_bridge()

    loud = [r.getMessage() for r in caplog.records if r.levelname in ("WARNING", "ERROR")]
    assert [line for line in loud if "sg_jira" in line]


def test_threads_share_the_schemas_of_a_bridge(bridge: Bridge, fptr: ShotgunSite) -> None:
    bridge.shotgun.get_field_schema("Task", "content")
    fptr.calls.forget()

    assert in_another_thread(lambda: bridge.shotgun.get_field_schema("Task", "content"))
    assert fptr.calls.count("schema_field_read") == 0


def test_bridges_to_two_sites_do_not_share_schemas(
    bridge: Bridge, make_bridge: Callable[..., Bridge], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_site = ShotgunSite("https://other.shotgrid.test")
    del other_site.schema["Task"]["sg_colour"]
    monkeypatch.setattr(shotgun_api3, "Shotgun", other_site.client_class)
    other = make_bridge()

    assert bridge.shotgun.get_field_schema("Task", "sg_colour")
    assert other.shotgun.get_field_schema("Task", "sg_colour") is None


def test_events_are_processed_in_several_threads_at_once(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, project: Entity
) -> None:
    tasks = [
        fptr.add("Task", content="old", project=project, sg_sync_in_jira=True) for _ in range(6)
    ]
    keys = [jira.add_linked_issue(task) for task in tasks]
    for task, key in zip(tasks, keys, strict=True):
        fptr.change(task, sg_jira_key=key)

    def rename(task: Entity) -> Any:
        event = shotgun_event(task, "content", new_value=f"Task {task['id']}")
        return bridge.sync_in_jira("default", "Task", task["id"], event)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(rename, tasks))

    assert results == [True] * 6
    assert [jira.fields_of(key)["summary"] for key in keys] == [
        f"Task {task['id']}" for task in tasks
    ]


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_the_own_jira_name_is_what_jira_says(bridge: Bridge, jira: JiraStore) -> None:
    assert bridge.current_jira_username == jira.user_id(jira.myself)


@pytest.mark.parametrize(
    ("answer", "configured", "name"),
    [
        ("richard%40studio.test", "sg-jira", "richard@studio.test"),
        ("richard+bot", "sg-jira", "richard+bot"),
        (None, "some%20body", "some body"),
        ("", "richard+bot", "richard+bot"),
    ],
)
def test_the_own_jira_name_has_its_percent_escapes_decoded_and_its_plus_kept(
    make_bridge: Callable[..., Bridge],
    monkeypatch: pytest.MonkeyPatch,
    answer: str | None,
    configured: str,
    name: str,
) -> None:
    bridge = make_bridge(user=configured)
    monkeypatch.setattr(bridge.jira, "current_user", lambda: answer)

    assert bridge.current_jira_username == name


def test_reset_forgets_shotgun_schemas_in_every_thread(bridge: Bridge, fptr: ShotgunSite) -> None:
    bridge.shotgun.get_field_schema("Task", "sg_new")
    fptr.schema["Task"]["sg_new"] = fptr.schema["Task"]["content"]

    in_another_thread(bridge.reset)

    assert bridge.shotgun.get_field_schema("Task", "sg_new")


def test_reset_makes_a_new_jira_field_known(bridge: Bridge, jira: JiraStore) -> None:
    jira.field_names["customfield_20000"] = "Brand New"
    bridge.reset()

    assert bridge.jira.get_jira_issue_field_id("brand new") == "customfield_20000"


def test_reset_answers_nothing(bridge: Bridge) -> None:
    assert bridge.reset() is None  # type: ignore[func-returns-value]


# Syncers


def test_the_names_of_the_entries_are_listed_in_order(make_bridge: Callable[..., Bridge]) -> None:
    bridge = make_bridge({"b": PROBE["probe"], "a": PROBE["probe"]})

    assert list(bridge.sync_settings_names) == ["b", "a"]


def test_a_syncer_is_built_and_set_up_once(probe_bridge: Bridge) -> None:
    syncer: Any = probe_bridge.get_syncer("probe")

    assert probe_bridge.get_syncer("probe") is syncer
    assert syncer.first.setups == syncer.second.setups == 1


def test_an_entry_passes_its_settings_name_bridge_and_hook_as_keywords(
    make_bridge: Callable[..., Bridge],
) -> None:
    bridge = make_bridge({"it": {**PROBE["probe"], "settings": {"colour": "green", "odd": 1}}})
    syncer: Any = bridge.get_syncer("it")

    assert (syncer._name, syncer._bridge, syncer.colour) == ("it", bridge, "green")


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (None, ValueError),
        ("tests.contract.probes.ProbeSyncer", ValueError),
        ({}, ValueError),
        ({"syncer": ""}, ValueError),
        ({"syncer": "ProbeSyncer"}, ValueError),
        ({"syncer": "no_such_module_at_all.Syncer"}, ModuleNotFoundError),
        ({"syncer": "tests.contract.probes.NoSuchSyncer"}, ValueError),
        ({"syncer": "tests.contract.probes.FailingSyncer"}, LookupError),
    ],
)
def test_an_unusable_entry_is_refused_when_it_is_first_used(
    make_bridge: Callable[..., Bridge],
    monkeypatch: pytest.MonkeyPatch,
    entry: Any,
    error: type[Exception],
) -> None:
    monkeypatch.setattr(probes.FailingSyncer, "failures", 99)
    bridge = make_bridge({"it": entry})

    with pytest.raises(error):
        bridge.get_syncer("it")


def test_an_unknown_entry_is_a_value_error_that_names_it(bridge: Bridge) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        bridge.get_syncer("nowhere")
    with pytest.raises(ValueError, match="nowhere"):
        bridge.sync_in_jira("nowhere", "Task", 1, {})


def test_a_syncer_whose_setup_failed_is_not_kept(
    make_bridge: Callable[..., Bridge], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes.FailingSyncer, "failures", 1)
    bridge = make_bridge({"it": {"syncer": "tests.contract.probes.FailingSyncer"}})
    with pytest.raises(LookupError, match="no such shelf"):
        bridge.get_syncer("it")

    syncer: Any = bridge.get_syncer("it")

    assert syncer.first.setups == 1
    assert bridge.get_syncer("it") is syncer


def test_two_first_events_at_once_build_one_syncer(
    make_bridge: Callable[..., Bridge], monkeypatch: pytest.MonkeyPatch
) -> None:
    both_ask, second_builds = threading.Barrier(2, timeout=10), threading.Event()
    built: list[Any] = []

    def slow_setup(self: Any) -> None:
        if built:
            second_builds.set()
        built.append(self)
        second_builds.wait(0.1)

    monkeypatch.setattr(probes.ProbeSyncer, "setup", slow_setup)
    bridge = make_bridge(PROBE)

    def ask() -> Any:
        both_ask.wait()
        return bridge.get_syncer("probe")

    others: list[Any] = []
    thread = threading.Thread(target=lambda: others.append(ask()))
    thread.start()
    mine = ask()
    thread.join(10)

    assert others == [mine]
    assert built == [mine]


# Events


def event_for(direction: str) -> tuple[str, dict[str, Any]]:
    entity = {"type": "Task", "id": 1}
    if direction == "sync_in_jira":
        return "Task", shotgun_event(entity, "content", new_value="x")
    return "issue", {"webhookEvent": "jira:issue_updated"}


DIRECTIONS = pytest.mark.parametrize("direction", ["sync_in_jira", "sync_in_shotgun"])


@DIRECTIONS
@pytest.mark.parametrize("answer", [True, False, None, {"studio": "says"}, "words"])
def test_the_handlers_answer_is_passed_on_as_it_is(
    probe_bridge: Bridge, probe: Any, direction: str, answer: Any
) -> None:
    probe.answer = answer
    kind, event = event_for(direction)

    assert getattr(probe_bridge, direction)("probe", kind, 1, event) is answer


@DIRECTIONS
def test_the_handler_gets_the_arguments_as_they_came(
    probe_bridge: Bridge, probe: Any, direction: str
) -> None:
    kind, event = event_for(direction)
    getattr(probe_bridge, direction)("probe", kind, 17, event)

    for seen in probe.seen:
        assert seen[1:3] == (kind, 17)
        assert seen[3] == event


@DIRECTIONS
def test_without_a_handler_the_result_is_false(
    probe_bridge: Bridge, probe: Any, direction: str
) -> None:
    syncer: Any = probe_bridge.get_syncer("probe")
    syncer.first.accepts = syncer.second.accepts = None
    kind, event = event_for(direction)

    assert getattr(probe_bridge, direction)("probe", kind, 1, event) is False


@DIRECTIONS
def test_unknown_keyword_arguments_are_ignored(
    probe_bridge: Bridge, probe: Any, direction: str
) -> None:
    kind, event = event_for(direction)

    assert getattr(probe_bridge, direction)(
        "probe", kind, 1, event=event, user_id=["admin"], user_key=["admin"]
    )


@DIRECTIONS
def test_the_arguments_have_their_names(probe_bridge: Bridge, probe: Any, direction: str) -> None:
    kind, event = event_for(direction)
    names = (
        ("entity_type", "entity_id")
        if direction == "sync_in_jira"
        else ("resource_type", "resource_id")
    )
    arguments = dict(zip(names, (kind, 1), strict=True))

    assert getattr(probe_bridge, direction)(settings_name="probe", event=event, **arguments)


@DIRECTIONS
def test_an_exception_of_a_studio_reaches_the_caller_as_it_was_raised(
    probe_bridge: Bridge, probe: Any, direction: str, caplog: pytest.LogCaptureFixture
) -> None:
    class StudioError(Exception):
        pass

    error = probe.answer = StudioError("the shelf is empty")
    kind, event = event_for(direction)

    with pytest.raises(StudioError) as caught:
        getattr(probe_bridge, direction)("probe", kind, 1, event)

    assert caught.value is error
    assert "the shelf is empty" in caplog.text


@DIRECTIONS
def test_two_equal_events_are_two_events(probe_bridge: Bridge, probe: Any, direction: str) -> None:
    kind, event = event_for(direction)
    for _ in range(2):
        getattr(probe_bridge, direction)("probe", kind, 1, event)

    assert len([call for call in probe.calls() if call.startswith("process")]) == 2


@DIRECTIONS
def test_an_event_may_hold_what_json_cannot(
    probe_bridge: Bridge, probe: Any, direction: str
) -> None:
    kind, event = event_for(direction)
    event["extra"] = {"bytes": b"\xff", "day": datetime.date(2024, 1, 1), "any": object()}

    assert getattr(probe_bridge, direction)("probe", kind, 1, event) is True


@DIRECTIONS
@pytest.mark.parametrize("odd", [None, 12, b"Task", ("Task",), object()])
def test_an_odd_type_is_simply_not_accepted(bridge: Bridge, direction: str, odd: Any) -> None:
    event = event_for(direction)[1]

    assert getattr(bridge, direction)("default", odd, 1, event) is False


def test_the_page_of_the_change_is_named_to_shotgun_before_the_handler_runs(
    probe_bridge: Bridge, probe: Any, fptr: ShotgunSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_by_handler: list[Any] = []
    monkeypatch.setattr(
        probe,
        "process_shotgun_event",
        lambda *args: seen_by_handler.extend(fptr.session_uuids),
    )
    kind, event = event_for("sync_in_jira")

    probe_bridge.sync_in_jira("probe", kind, 1, event)

    assert seen_by_handler == ["uuid-of-the-page"]


def test_an_event_without_session_uuid_is_no_problem(probe_bridge: Bridge, probe: Any) -> None:
    kind, event = event_for("sync_in_jira")
    del event["session_uuid"]

    assert probe_bridge.sync_in_jira("probe", kind, 1, event) is True


def test_a_jira_event_names_no_page(probe_bridge: Bridge, probe: Any, fptr: ShotgunSite) -> None:
    kind, event = event_for("sync_in_shotgun")
    probe_bridge.sync_in_shotgun("probe", kind, 1, event)

    assert fptr.session_uuids == []


def test_a_rejected_event_names_no_page(
    bridge: Bridge, fptr: ShotgunSite, synced_task: Entity
) -> None:
    event = shotgun_event(synced_task, "sg_unknown", new_value=1)
    bridge.sync_in_jira("default", "Task", synced_task["id"], event)

    assert fptr.session_uuids == []


# Nothing that a studio may change between two events is remembered


def test_a_jira_project_that_was_missing_is_found_once_it_exists(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity, project: Entity
) -> None:
    fptr.change(project, sg_jira_key="LATER")
    event = shotgun_event(task, "content", new_value="Fur")

    assert not bridge.sync_in_jira("default", "Task", task["id"], event)
    jira.add_project("LATER", "Later")
    assert bridge.sync_in_jira("default", "Task", task["id"], event)
    assert fptr.record(task)["sg_jira_key"] == "LATER-1"


def test_a_project_linked_to_jira_after_a_refusal_is_noticed(
    bridge: Bridge, fptr: ShotgunSite, task: Entity, project: Entity
) -> None:
    fptr.change(project, sg_jira_key=None)
    event = shotgun_event(task, "content", new_value="Fur")

    assert not bridge.sync_in_jira("default", "Task", task["id"], event)
    fptr.change(project, sg_jira_key="PROJ")
    assert bridge.sync_in_jira("default", "Task", task["id"], event)


def test_an_issue_that_was_missing_is_found_once_it_exists(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, task: Entity
) -> None:
    fptr.change(task, sg_jira_key="PROJ-1")
    event = shotgun_event(task, "content", new_value="Long fur")

    assert not bridge.sync_in_jira("default", "Task", task["id"], event)
    key = jira.add_linked_issue(task)
    assert bridge.sync_in_jira("default", "Task", task["id"], event)
    assert jira.fields_of(key)["summary"] == "Long fur"


def test_the_sync_flag_is_read_for_each_event(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    event = shotgun_event(synced_task, "content", new_value="Long fur")
    results = []
    for flag in (False, True, False):
        fptr.change(synced_task, sg_sync_in_jira=flag)
        results.append(bridge.sync_in_jira("default", "Task", synced_task["id"], event))

    assert results == [False, True, False]


def test_a_record_that_was_missing_is_found_once_it_exists(
    bridge: Bridge, fptr: ShotgunSite, jira: JiraStore, synced_task: Entity, issue_key: str
) -> None:
    row = fptr.rows["Task"].pop(synced_task["id"])
    event = issue_event(jira, issue_key, text_change("summary", "Long fur"))

    assert not bridge.sync_in_shotgun("default", "issue", issue_key, event)
    fptr.rows["Task"][synced_task["id"]] = row
    assert bridge.sync_in_shotgun("default", "issue", issue_key, event)
    assert fptr.record(synced_task)["content"] == "Long fur"
