"""The example to begin a syncer with, between both sites."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from sg_jira.sandbox import Production, Sandbox
from sg_jira.web.http import HTTPServer
from tests.integration.running_example import running_example
from tests.settings_files import REPOSITORY


def test_what_happens_on_both_sites_is_logged_and_nothing_is_written(
    sandbox: Sandbox,
    production: Production,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    wait_until_quiet: Callable[[], None],
) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    task = production.tasks["Rig Pip"]["id"]
    account = production.producer.jira
    assert account is not None
    with running_example(sandbox, tmp_path, "example_sync.ExampleSync", log_level=logging.DEBUG):
        producer = sandbox.shotgun.acting_as(production.producer.shotgun)
        producer.update("Task", task, {"sg_sync_in_jira": True})
        jira = sandbox.jira.acting_as(account)
        key = jira.create_issue(production.jira_key, "Task", summary="Sharpen pencils")
        jira.edit(key, summary="Sharpen all pencils")
        wait_until_quiet()

    said = [one.message for one in caplog.records if one.name == "sg_jira.syncer.example"]
    assert f"FPTR Task {task}: sg_sync_in_jira changed." in said
    assert f"Jira issue {key}: jira:issue_updated, summary changed." in said
    assert len(sandbox.jira.issues(production.jira_key)) == 1
    assert not sandbox.shotgun.record("Task", task)["sg_jira_key"]
