"""The example to begin a syncer with, loaded as a studio's settings file does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sg_jira import Bridge
from tests.contract.events import issue_event, shotgun_event, text_change
from tests.contract.example_bridge import load_example
from tests.doubles.jira_store import JiraStore
from tests.doubles.shotgun_double import Entity, ShotgunSite


@pytest.fixture
def load(
    fptr: ShotgunSite, jira: JiraStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Bridge]:
    def load(**settings: Any) -> Bridge:
        return load_example(fptr, tmp_path, monkeypatch, "example_sync.ExampleSync", **settings)

    return load


def test_the_setting_is_the_level_of_the_syncers_logger(load: Callable[..., Bridge]) -> None:
    syncer = load(log_level=logging.DEBUG).get_syncer("example")

    assert syncer.logger is logging.getLogger("sg_jira.syncer.example")
    assert syncer.logger.level == logging.DEBUG


def test_without_the_setting_only_warnings_are_logged(load: Callable[..., Bridge]) -> None:
    assert load().get_syncer("example").logger.level == logging.WARNING


def test_events_of_fptr_are_logged_and_nothing_is_written(
    load: Callable[..., Bridge],
    fptr: ShotgunSite,
    task: Entity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bridge = load(log_level=logging.DEBUG)

    assert not bridge.sync_in_jira("example", "Task", task["id"], shotgun_event(task, "content"))

    assert f"FPTR Task {task['id']}: content changed." in caplog.messages
    assert not fptr.writes()


def test_webhooks_of_jira_are_logged_whatever_they_carry(
    load: Callable[..., Bridge], jira: JiraStore, issue_key: str, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = load(log_level=logging.DEBUG)
    changed = issue_event(jira, issue_key, text_change("summary", "Feathers"))

    assert not bridge.sync_in_shotgun("example", "issue", issue_key, changed)
    assert not bridge.sync_in_shotgun("example", "issue", issue_key, {"webhookEvent": "x"})

    assert f"Jira issue {issue_key}: jira:issue_updated, summary changed." in caplog.messages
    assert f"Jira issue {issue_key}: x, no field changed." in caplog.messages
