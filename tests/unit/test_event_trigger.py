"""The event daemon's plug-in on its own: what it posts where, and what it keeps."""

from __future__ import annotations

import importlib
import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_mock import ANY, Mocker

from triggers import sg_jira_event_trigger as trigger

BRIDGE = "https://bridge.studio.test:9090"
ROUTE = f"{BRIDGE}/sg2jira/default"
TASK_URL = f"{ROUTE}/Task/12"
RESET_URL = f"{BRIDGE}/admin/reset"
PROJECT = {"type": "Project", "id": 85, "name": "Big Film"}
LOGGER = logging.getLogger("sg_jira_event_trigger")


def web_link(url: str) -> dict[str, Any]:
    return {"url": url, "name": "the bridge", "content_type": None, "link_type": "web"}


class Shotgun:
    """Knows the sync URL of one Project."""

    def __init__(self, value: Any) -> None:
        self.project: dict[str, Any] | None = {**PROJECT, "sg_jira_sync_url": value}
        self.queries = 0

    def find_one(self, entity_type: str, filters: Any, fields: list[str]) -> Any:
        assert (entity_type, filters) == ("Project", [["id", "is", 85]])
        assert "sg_jira_sync_url" in fields
        self.queries += 1
        return self.project


class Clock:
    """Time that passes only while the plug-in sleeps, or when it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(trigger.time, "sleep", clock.sleep)
    monkeypatch.setattr(trigger.time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def sg() -> Shotgun:
    return Shotgun(web_link(ROUTE))


@pytest.fixture
def bridge(requests_mock: Mocker) -> Mocker:
    """A bridge that takes everything."""
    requests_mock.post(ANY, text="OK")
    return requests_mock


def task_event(**changes: Any) -> dict[str, Any]:
    return {
        "id": 4711,
        "event_type": "Shotgun_Task_Change",
        "attribute_name": "sg_status_list",
        "meta": {
            "type": "attribute_change",
            "attribute_name": "sg_status_list",
            "entity_type": "Task",
            "entity_id": 12,
            "old_value": "wtg",
            "new_value": "ip",
        },
        "entity": {"type": "Task", "id": 12, "name": "Rig"},
        "user": {"type": "HumanUser", "id": 7, "name": "Ann Lee"},
        "project": PROJECT,
        "session_uuid": "uuid-of-the-page",
        "created_at": datetime(2024, 5, 15, 14, 0, tzinfo=timezone(timedelta(hours=2))),
        **changes,
    }


def project_event(attribute: str) -> dict[str, Any]:
    return task_event(
        event_type="Shotgun_Project_Change",
        attribute_name=attribute,
        entity=PROJECT,
        meta={"attribute_name": attribute, "entity_type": "Project", "entity_id": 85},
    )


def process(sg: Shotgun, event: dict[str, Any], routes: dict[int, str | None]) -> None:
    trigger.process_event(sg, LOGGER, event, routes)


def posted(bridge: Mocker) -> list[str]:
    return [request.url for request in bridge.request_history]


# ---------------------------------------------------------------- registering


class Registry:
    """What the daemon gives `registerCallbacks`."""

    def __init__(self) -> None:
        self.logger = logging.getLogger("plugin of the daemon")
        self.given: tuple[Any, ...] = ()
        self.stop_on_error: Any = None

    def registerCallback(  # noqa: N802  # the daemon's name
        self,
        script_name: str,
        script_key: str,
        callback: Any,
        match_events: dict[str, list[str]] | None = None,
        args: Any = None,
        stopOnError: bool = True,  # noqa: N803
    ) -> None:
        self.given = (script_name, script_key, callback, match_events, args)
        self.stop_on_error = stopOnError


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("SGDAEMON_SGJIRA_NAME", "event_daemon")
    monkeypatch.setenv("SGDAEMON_SGJIRA_KEY", "key")
    return Registry()


def test_the_plug_in_registers_itself(registry: Registry) -> None:
    trigger.registerCallbacks(registry)

    name, key, callback, event_filter, routes = registry.given
    assert (name, key) == ("event_daemon", "key")
    assert callback is trigger.process_event
    assert routes == {}
    assert registry.stop_on_error is False
    assert registry.logger.level == logging.DEBUG
    shipped = ("Note", "Task", "Ticket", "Project", "Asset", "TimeLog")
    assert set(event_filter) == {
        *(f"Shotgun_{one}_Change" for one in shipped),
        *trigger.SCHEMA_CHANGE_EVENT_TYPES,
    }
    assert all(attributes == ["*"] for attributes in event_filter.values())


@pytest.mark.parametrize("missing", ["SGDAEMON_SGJIRA_NAME", "SGDAEMON_SGJIRA_KEY"])
def test_a_missing_script_user_is_an_error(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(KeyError, match=missing):
        trigger.registerCallbacks(registry)


def test_entity_types_may_be_added_by_a_variable(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SGDAEMON_SGJIRA_ENTITY_TYPES", "Shot, CustomEntity01,,Task")

    trigger.registerCallbacks(registry)

    event_filter = registry.given[3]
    assert event_filter["Shotgun_Shot_Change"] == ["*"]
    assert event_filter["Shotgun_CustomEntity01_Change"] == ["*"]
    assert len(event_filter) == 8 + len(trigger.SCHEMA_CHANGE_EVENT_TYPES)


def test_a_studios_own_line_in_the_filter_counts(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(trigger.EVENT_FILTER, "Shotgun_Shot_Change", ["code"])
    monkeypatch.setenv("SGDAEMON_SGJIRA_ENTITY_TYPES", "Shot")

    trigger.registerCallbacks(registry)

    assert registry.given[3]["Shotgun_Shot_Change"] == ["code"]


def test_seconds_that_are_no_number_are_refused_at_once(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SGDAEMON_SGJIRA_RETRY_SECONDS", "long")

    with pytest.raises(ValueError, match="long"):
        trigger.registerCallbacks(registry)


def test_a_file_beside_the_daemon_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sg_jira_event_trigger.py").write_text(
        Path(trigger.__file__).read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / ".env").write_text("SGDAEMON_SGJIRA_NAME=from_the_file\n", encoding="utf-8")
    monkeypatch.setenv("SGDAEMON_SGJIRA_NAME", "from_the_environment")
    monkeypatch.setenv("SGDAEMON_SGJIRA_KEY", "key")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)  # where python-dotenv looks when there is no main script
    registry = Registry()

    importlib.import_module("sg_jira_event_trigger").registerCallbacks(registry)

    assert registry.given[0] == "from_the_file"


# ---------------------------------------------------------------- what is posted


def test_a_change_is_posted_to_the_bridge_of_its_project(sg: Shotgun, bridge: Mocker) -> None:
    process(sg, task_event(), {})

    assert posted(bridge) == [RESET_URL, TASK_URL]
    event = bridge.last_request
    assert event.headers["Content-Type"].startswith("application/json")
    assert event.json() == {
        "meta": task_event()["meta"],
        "session_uuid": "uuid-of-the-page",
        "user": {"type": "HumanUser", "id": 7, "name": "Ann Lee"},
        "project": PROJECT,
        "entity_type": "Task",
        "entity_id": 12,
        "event_log_entry_id": 4711,
        "created_at": "2024-05-15T12:00:00Z",
    }


def test_times_within_an_event_do_no_harm(sg: Shotgun, bridge: Mocker) -> None:
    meta = {
        **task_event()["meta"],
        "new_value": datetime(2024, 5, 15, 12, 0, tzinfo=timezone.utc),
        "added": [{"type": "Task", "id": 1, "date": datetime(2024, 5, 1).date()}],
    }

    process(sg, task_event(meta=meta), {})

    sent = bridge.last_request.json()["meta"]
    assert sent["new_value"] == "2024-05-15T12:00:00Z"
    assert sent["added"][0]["date"] == "2024-05-01"


def test_every_request_has_time_limits_and_follows_no_redirect(sg: Shotgun, bridge: Mocker) -> None:
    process(sg, task_event(), {})

    for request in bridge.request_history:
        assert sum(request.timeout) <= trigger.ATTEMPT_SECONDS
        assert not request.allow_redirects


def test_a_token_is_sent_where_there_is_one(
    sg: Shotgun, bridge: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(sg, task_event(), {85: ROUTE})
    assert "Authorization" not in bridge.last_request.headers

    monkeypatch.setenv("SGDAEMON_SGJIRA_TOKEN", "open sesame")
    process(sg, task_event(), {})

    assert [one.headers.get("Authorization") for one in bridge.request_history[1:]] == [
        "Bearer open sesame",
        "Bearer open sesame",
    ]


def test_the_token_appears_in_no_log(
    sg: Shotgun,
    requests_mock: Mocker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SGDAEMON_SGJIRA_TOKEN", "open sesame")
    requests_mock.post(RESET_URL, status_code=403)
    requests_mock.post(TASK_URL, status_code=503)

    with pytest.raises(requests.HTTPError) as raised:
        process(sg, task_event(), {})

    assert "open sesame" not in caplog.text + str(raised.value)


@pytest.mark.parametrize(
    "event",
    [
        task_event(project=None),
        task_event(meta=None),
        task_event(meta={}),
        task_event(meta={"entity_type": "Task"}),
        task_event(meta={"entity_id": 12}),
    ],
    ids=["no project", "no meta", "empty meta", "no id", "no type"],
)
def test_events_about_no_record_or_no_project_are_ignored(
    sg: Shotgun, bridge: Mocker, event: dict[str, Any]
) -> None:
    process(sg, event, {85: ROUTE})

    assert posted(bridge) == []


# ---------------------------------------------------------------- routes


def test_a_route_is_read_once_and_the_bridge_reset_once(sg: Shotgun, bridge: Mocker) -> None:
    routes: dict[int, str | None] = {}

    process(sg, task_event(), routes)
    process(sg, task_event(), routes)

    assert routes == {85: ROUTE}
    assert sg.queries == 1
    assert posted(bridge) == [RESET_URL, TASK_URL, TASK_URL]


def test_one_slash_at_the_end_is_dropped(bridge: Mocker) -> None:
    routes: dict[int, str | None] = {}

    process(Shotgun(web_link(f"{ROUTE}/")), task_event(), routes)

    assert routes == {85: ROUTE}
    assert posted(bridge)[-1] == TASK_URL


def test_a_bridge_that_other_projects_use_is_not_reset_again(sg: Shotgun, bridge: Mocker) -> None:
    process(sg, task_event(), {1: None, 2: f"{BRIDGE}/sg2jira/other"})

    assert posted(bridge) == [TASK_URL]


@pytest.mark.parametrize(
    ("value", "warns"),
    [
        (None, False),
        ("", False),
        ("https://plain.text", True),
        ({"url": "https://x", "link_type": "upload"}, True),
        ({"link_type": "web"}, True),
    ],
)
def test_without_a_usable_url_nothing_is_posted(
    bridge: Mocker, caplog: pytest.LogCaptureFixture, value: Any, warns: bool
) -> None:
    routes: dict[int, str | None] = {}

    process(Shotgun(value), task_event(), routes)

    assert routes == {85: None}
    assert posted(bridge) == []
    assert [one.levelno for one in caplog.records if one.levelno > logging.INFO] == (
        [logging.WARNING] if warns else []
    )


def test_a_project_that_is_not_found_has_no_route(sg: Shotgun, bridge: Mocker) -> None:
    sg.project = None
    routes: dict[int, str | None] = {}

    process(sg, task_event(), routes)
    process(sg, task_event(), routes)

    assert routes == {85: None}
    assert sg.queries == 1


def test_a_project_without_a_bridge_is_asked_again_after_a_while(
    sg: Shotgun, bridge: Mocker, clock: Clock
) -> None:
    project, sg.project = sg.project, None
    routes = trigger.Routes()
    process(sg, task_event(), routes)
    sg.project = project

    clock.now += trigger.NO_ROUTE_SECONDS - 1
    process(sg, task_event(), routes)
    assert posted(bridge) == []

    clock.now += 2
    process(sg, task_event(), routes)
    assert posted(bridge) == [RESET_URL, TASK_URL]


def test_a_bridge_that_a_project_got_later_is_not_asked_for_again(
    sg: Shotgun, bridge: Mocker, clock: Clock
) -> None:
    project, sg.project = sg.project, None
    routes = trigger.Routes()
    process(sg, task_event(), routes)
    sg.project = project
    process(sg, project_event("sg_jira_sync_url"), routes)
    process(sg, task_event(), routes)

    clock.now += 10 * trigger.NO_ROUTE_SECONDS
    process(sg, task_event(), routes)

    assert sg.queries == 2
    assert posted(bridge) == [RESET_URL, TASK_URL, TASK_URL]


@pytest.mark.parametrize("event_type", trigger.SCHEMA_CHANGE_EVENT_TYPES)
def test_a_schema_change_forgets_all_routes(sg: Shotgun, bridge: Mocker, event_type: str) -> None:
    routes = trigger.Routes({85: ROUTE, 2: None})

    process(sg, {"id": 1, "event_type": event_type, "meta": None, "project": None}, routes)

    assert routes == {}
    assert posted(bridge) == []


def test_a_new_url_of_a_project_is_read_with_the_next_event(sg: Shotgun, bridge: Mocker) -> None:
    routes: dict[int, str | None] = {85: "https://old", 2: None}

    process(sg, project_event("sg_jira_sync_url"), routes)

    assert routes == {2: None}
    assert posted(bridge) == []


def test_other_changes_of_a_project_do_nothing(sg: Shotgun, bridge: Mocker) -> None:
    routes: dict[int, str | None] = {85: ROUTE}

    process(sg, project_event("sg_status"), routes)

    assert routes == {85: ROUTE}
    assert posted(bridge) == []


# ---------------------------------------------------------------- a bridge that is not there


def test_the_next_attempt_may_succeed(sg: Shotgun, requests_mock: Mocker, clock: Clock) -> None:
    requests_mock.post(
        TASK_URL,
        [
            {"exc": requests.exceptions.ConnectionError("refused")},
            {"status_code": 503},
            {"exc": requests.exceptions.ReadTimeout("slow")},
            {"text": "OK"},
        ],
    )

    process(sg, task_event(), {85: ROUTE})

    assert requests_mock.call_count == 4
    assert clock.slept == [0.5, 1.0, 2.0]
    assert len({request.text for request in requests_mock.request_history}) == 1


def test_a_busy_bridge_says_when_to_come_back(
    sg: Shotgun, requests_mock: Mocker, clock: Clock
) -> None:
    busy = {"status_code": 429, "headers": {"Retry-After": "3"}}
    requests_mock.post(TASK_URL, [busy, {"text": "OK"}])

    process(sg, task_event(), {85: ROUTE})

    assert clock.slept == [3]


@pytest.mark.parametrize("when", ["Wed, 21 Oct 2015 07:28:00 GMT", "-5", "soon", "1e3"])
def test_a_time_to_come_back_that_is_no_number_of_seconds_does_no_harm(
    sg: Shotgun, requests_mock: Mocker, clock: Clock, when: str
) -> None:
    busy = {"status_code": 503, "headers": {"Retry-After": when}}
    requests_mock.post(TASK_URL, [busy, {"text": "OK"}])

    process(sg, task_event(), {85: ROUTE})

    assert clock.slept == [0.5]


@pytest.mark.parametrize(
    "answer",
    [{"exc": requests.exceptions.ConnectionError("refused")}, {"status_code": 502}],
    ids=["unreachable", "busy"],
)
def test_the_daemon_is_held_up_for_a_bounded_time(
    sg: Shotgun,
    requests_mock: Mocker,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
) -> None:
    monkeypatch.setenv("SGDAEMON_SGJIRA_RETRY_SECONDS", "8")
    requests_mock.post(TASK_URL, **answer)

    with pytest.raises(requests.RequestException):
        process(sg, task_event(), {85: ROUTE})

    assert sum(clock.slept) <= 8
    assert requests_mock.call_count > 1


def test_a_long_wait_that_a_bridge_asks_for_is_not_waited(
    sg: Shotgun, requests_mock: Mocker, clock: Clock
) -> None:
    requests_mock.post(TASK_URL, status_code=503, headers={"Retry-After": "3600"})

    with pytest.raises(requests.HTTPError, match="503"):
        process(sg, task_event(), {85: ROUTE})

    assert clock.slept == []


def test_no_seconds_means_a_single_attempt(
    sg: Shotgun, requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SGDAEMON_SGJIRA_RETRY_SECONDS", "0")
    requests_mock.post(TASK_URL, exc=requests.exceptions.ConnectionError("refused"))

    with pytest.raises(requests.ConnectionError):
        process(sg, task_event(), {85: ROUTE})

    assert requests_mock.call_count == 1


def test_a_bridge_that_stays_away_gets_one_attempt_per_event_until_it_is_back(
    sg: Shotgun, requests_mock: Mocker, clock: Clock
) -> None:
    away = requests.exceptions.ConnectionError("refused")
    routes = trigger.Routes({85: ROUTE})
    requests_mock.post(TASK_URL, exc=away)
    with pytest.raises(requests.ConnectionError):
        process(sg, task_event(), routes)
    requests_mock.reset_mock()

    with pytest.raises(requests.ConnectionError):
        process(sg, task_event(), routes)
    assert requests_mock.call_count == 1

    requests_mock.post(TASK_URL, [{"text": "OK"}, {"exc": away}, {"text": "OK"}])
    process(sg, task_event(), routes)
    process(sg, task_event(), routes)
    assert requests_mock.call_count == 4


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500])
def test_an_answer_that_refuses_is_raised_at_once(
    sg: Shotgun, requests_mock: Mocker, status: int
) -> None:
    requests_mock.post(TASK_URL, status_code=status)

    with pytest.raises(requests.HTTPError, match=str(status)):
        process(sg, task_event(), {85: ROUTE})

    assert requests_mock.call_count == 1


def test_a_redirect_is_an_error_that_names_the_address(sg: Shotgun, requests_mock: Mocker) -> None:
    requests_mock.post(TASK_URL, status_code=301, headers={"Location": "https://elsewhere/x"})

    with pytest.raises(requests.HTTPError, match=r"https://elsewhere/x.*sg_jira_sync_url"):
        process(sg, task_event(), {85: ROUTE})


@pytest.mark.parametrize(
    "answer",
    [{"exc": requests.exceptions.ConnectionError("refused")}, {"status_code": 503}],
    ids=["unreachable", "busy"],
)
def test_a_failed_reset_loses_no_event_and_is_tried_again(
    sg: Shotgun, requests_mock: Mocker, answer: dict[str, Any]
) -> None:
    requests_mock.post(RESET_URL, [answer, {"text": "OK"}])
    requests_mock.post(TASK_URL, text="OK")
    routes: dict[int, str | None] = {}

    for _ in range(3):
        process(sg, task_event(), routes)

    assert posted(requests_mock) == [RESET_URL, TASK_URL, RESET_URL, TASK_URL, TASK_URL]
    assert routes == {85: ROUTE}


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_a_reset_that_is_refused_is_said_and_not_tried_again(
    sg: Shotgun, requests_mock: Mocker, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    requests_mock.post(RESET_URL, status_code=status)
    requests_mock.post(TASK_URL, text="OK")
    routes: dict[int, str | None] = {}

    for _ in range(2):
        process(sg, task_event(), routes)

    assert posted(requests_mock) == [RESET_URL, TASK_URL, TASK_URL]
    assert "refuses to be reset" in caplog.text


def test_posting_goes_through_requests_post_as_it_is_at_that_moment(
    sg: Shotgun, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = []

    def post(url: str, **options: Any) -> requests.Response:
        urls.append(url)
        response = requests.Response()
        response.status_code = 200
        return response

    monkeypatch.setattr(requests, "post", post)

    process(sg, task_event(), {})

    assert urls == [RESET_URL, TASK_URL]
