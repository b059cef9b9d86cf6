"""What becomes of an event that is worked on at once."""

from __future__ import annotations

import logging
from datetime import datetime, timezone

import pytest

from sg_jira.events import event_from_jira, event_from_shotgun
from sg_jira.web.acceptance import NO_REASON_NOTED, Fate, ImmediateAcceptor, NotReady
from sg_jira.web.reasons import Redaction

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class StudioBridge:
    """Answers what it is told to, and remembers how it was called."""

    current_shotgun_user = None

    def __init__(self, answer=True):
        self.answer = answer
        self.calls = []

    def sync_in_jira(self, settings_name, entity_type, entity_id, event, **kwargs):
        self.calls.append((settings_name, entity_type, entity_id, event, kwargs))
        return self.answer() if callable(self.answer) else self.answer

    def sync_in_shotgun(self, settings_name, resource_type, resource_id, event, **kwargs):
        return self.sync_in_jira(settings_name, resource_type, resource_id, event, **kwargs)

    def reset(self):
        pass


class ExplainingBridge(StudioBridge):
    def last_skip_reason(self):
        return "echo: made by the bridge itself"


def accept(bridge, params=None):
    event = event_from_shotgun(
        "default", "Task", 12, {"meta": {}}, received_at=NOON, params=params or {}
    )
    return ImmediateAcceptor(lambda: bridge, Redaction(["s3cret"])).accept(event)


@pytest.mark.parametrize("answer", [True, 1, "yes"])
def test_anything_truthy_means_synced(answer):
    assert accept(StudioBridge(answer)).fate is Fate.SYNCED


@pytest.mark.parametrize("answer", [False, None, 0])
def test_anything_falsy_means_skipped(answer):
    accepted = accept(StudioBridge(answer))

    assert (accepted.fate, accepted.reason) == (Fate.SKIPPED, NO_REASON_NOTED)


def test_a_skipped_event_has_the_reason_that_the_bridge_noted():
    assert accept(ExplainingBridge(False)).reason == "echo: made by the bridge itself"


def test_fptr_events_go_to_jira_with_a_whole_number():
    bridge = StudioBridge()
    accept(bridge)

    assert bridge.calls == [("default", "Task", 12, {"meta": {}}, {})]


def test_jira_events_go_to_fptr_with_the_key_of_the_path():
    bridge = StudioBridge()
    event = event_from_jira("default", "issue", "CMT-1", {"a": 1}, received_at=NOON)
    ImmediateAcceptor(lambda: bridge, Redaction()).accept(event)

    assert bridge.calls == [("default", "issue", "CMT-1", {"a": 1}, {})]


def test_parameters_that_collide_with_the_methods_own_are_left_out():
    bridge = StudioBridge()
    names = ["user_id", "event", "self", "settings_name", "entity_id", "resource_type"]
    accepted = accept(bridge, {name: ["x"] for name in names})

    assert accepted.fate is Fate.SYNCED
    assert bridge.calls[0][-1] == {"user_id": ["x"]}


@pytest.mark.parametrize("leave", [SystemExit, RuntimeError])
def test_whatever_studio_code_raises_is_a_failure_without_secrets(leave):
    def fail():
        raise leave("cannot use s3cret\nhere")

    accepted = accept(StudioBridge(fail))

    assert accepted.fate is Fate.FAILED
    assert accepted.reason == f"{leave.__name__}: cannot use *** here"


def test_ctrl_c_is_no_failure_of_an_event():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        accept(StudioBridge(interrupt))


def test_without_a_bridge_the_event_is_not_taken():
    def away():
        raise NotReady("Jira is down", 5)

    event = event_from_shotgun("default", "Task", 12, {}, received_at=NOON)
    with pytest.raises(NotReady, match="Jira is down"):
        ImmediateAcceptor(away, Redaction()).accept(event)


def test_the_log_has_one_line_for_an_event_and_no_payload(caplog):
    with caplog.at_level(logging.INFO, "sg_jira.web"):
        accepted = accept(ExplainingBridge(False))

    (record,) = [each for each in caplog.records if each.name.startswith("sg_jira.web")]
    line = record.getMessage()
    assert accepted.event_id in line
    assert "skipped" in line
    assert "made by the bridge" in line
    assert "meta" not in line
