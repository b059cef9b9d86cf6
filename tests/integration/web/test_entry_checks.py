"""What the start tells about the settings, without and with the sites."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.sandbox import BridgeCalls, Sandbox
from sg_jira.web.http import HTTPServer
from sg_jira.web.serving import create_server
from tests.conftest import sockets_collected
from tests.integration.test_generic_family import MAPPING
from tests.settings_files import write_settings_file

NOWHERE = "http://127.0.0.1:9"
GENERIC = "sg_jira.EntitiesGenericSyncer"
SYNC: dict[str, Any] = {
    "default": {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_typ": "Story"}},
    "mistyped": {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_type": ["Task"]}},
    "typo": {"syncer": "sg_jira.TaskIssueSincer"},
    "strange": {"syncer": "sg_jira.TaskIssueSyncer", "hook": 5},
}
TOLD = {
    "SYNC.default.settings.issue_typ": "did you mean 'issue_type'?",
    "SYNC.mistyped.settings.issue_type": "should be a valid string, not list",
    "SYNC.typo.syncer": "did you mean 'TaskIssueSyncer'?",
    "SYNC.strange.hook": "a path is needed",
}


def with_fields(*pairs: tuple[str, str]) -> dict[str, Any]:
    fields = [{"sg_field": sg, "jira_field": jira} for sg, jira in pairs]
    element = {"sg_entity": "Task", "jira_issue_type": "Task", "field_mapping": fields}
    return {"syncer": GENERIC, "settings": {"entity_mapping": [element]}}


def settings_of(folder: Path, sync: dict[str, Any], site: Sandbox | None = None) -> str:
    access = site.bridge_settings() if site else None
    file = write_settings_file(
        folder,
        shotgun={
            "site": access.sg_site if access else NOWHERE,
            "script_name": access.sg_script_name if access else "script",
            "script_key": access.sg_script_key if access else "s3cret-key",
        },
        jira={
            "site": access.jira_site if access else NOWHERE,
            "user": access.jira_user if access else "user",
            "secret": access.jira_secret if access else "s3cret-token",
        },
        sync=sync,
    )
    return str(file)


@pytest.fixture(autouse=True)
def stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)


@contextmanager
def served(settings: str) -> Iterator[Callable[[], Any]]:
    """The service, running; gives what `/readyz` says."""
    server = create_server(0, "127.0.0.1", settings)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    url = f"{server.url}/readyz"
    try:
        yield lambda: requests.get(url, timeout=10).json()
    finally:
        server.stop()
        thread.join(timeout=30)
        with sockets_collected():
            del server


def test_all_problems_of_the_file_are_told_while_the_sites_are_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, wait_until: Any
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        served(settings_of(tmp_path, SYNC)) as ready,
    ):
        wait_until(lambda: len(ready()["settings"]["problems"]) == 4, "the file is checked")
        told = ready()

    assert not told["connected"]
    assert not told["settings"]["checked"]
    assert {one["path"] for one in told["settings"]["problems"]} == set(TOLD)
    assert set(told["entries_not_ready"]) == {"mistyped", "typo", "strange"}
    (said,) = [one.getMessage() for one in caplog.records if "Problems in" in one.getMessage()]
    for path, words in TOLD.items():
        assert any(path in line and words in line for line in said.splitlines()), path
    assert "s3cret" not in said


def test_a_setting_that_nobody_knows_is_a_warning_wherever_it_is_told(
    tmp_path: Path, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, wait_until: Any
) -> None:
    path, meant = "SYNC.default.settings.issue_typ", "issue_type"
    file = settings_of(tmp_path, {"default": SYNC["default"]}, sandbox)
    with caplog.at_level(logging.WARNING), served(file) as ready:
        wait_until(lambda: ready()["settings"]["checked"], "the entry is checked")
        told = ready()
    with sockets_collected():
        checked = CliRunner().invoke(main, ["check", "--settings", file])

    assert told["ready"]
    assert told["entries_not_ready"] == {}
    (problem,) = told["settings"]["problems"]
    assert (problem["path"], problem["suggestion"]) == (path, meant)
    assert problem["severity"] == "warning"
    (said,) = [one for one in caplog.records if "Problems in" in one.getMessage()]
    assert said.levelno == logging.WARNING
    line = f"warning: {path}: TaskIssueSyncer has no such setting, it is ignored; did you mean"
    assert line in said.getMessage()
    assert line in checked.output
    assert checked.exit_code == 0, checked.output


def test_problems_that_only_the_sites_know_are_told_when_they_answer(
    tmp_path: Path, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, wait_until: Any
) -> None:
    wrong = with_fields(("sg_descripton", "description"), ("content", "sumary"))
    sync = {"entities": wrong, "default": {"syncer": "sg_jira.TaskIssueSyncer"}}
    with (
        caplog.at_level(logging.WARNING),
        served(settings_of(tmp_path, sync, sandbox)) as ready,
    ):
        wait_until(lambda: ready()["settings"]["checked"], "the entries are checked")
        told = ready()

    pairs = "SYNC.entities.settings.entity_mapping[0].field_mapping"
    assert told["ready"]
    assert list(told["entries_not_ready"]) == ["entities"]
    problems = told["settings"]["problems"]
    assert [one["path"] for one in problems] == [f"{pairs}[0].sg_field", f"{pairs}[1].jira_field"]
    assert "did you mean 'sg_description'?" in problems[0]["message"]
    (said,) = [one.getMessage() for one in caplog.records if "Problems in" in one.getMessage()]
    assert said.count("did you mean") == 2
    assert "Events of a bad entry wait" in said


def test_checking_costs_no_call_that_the_first_use_would_not_make(
    tmp_path: Path, sandbox: Sandbox, wait_until: Any
) -> None:
    sync = {
        "default": {"syncer": "sg_jira.TaskIssueSyncer"},
        "entities": {"syncer": GENERIC, "settings": {"entity_mapping": MAPPING}},
    }
    with served(settings_of(tmp_path, sync, sandbox)) as ready:
        wait_until(lambda: ready()["settings"]["checked"], "the entries are checked")
        assert ready()["settings"] == {"checked": True, "problems": []}

    calls = sandbox.bridge_calls()
    # Whoever looks for what did not arrive may be at it already.
    looked = ("find EventLogEntry", "find Project", "GET search", "POST search")
    shotgun = {name: count for name, count in calls.shotgun.items() if name not in looked}
    jira = {name: count for name, count in calls.jira.items() if not name.startswith(looked)}
    assert BridgeCalls(shotgun, jira) == BridgeCalls(
        shotgun={
            "find ApiUser": 1,
            "schema_field_read Project": 1,
            "schema_field_read Task": 1,
            "schema_entity_read": 1,
            "schema_field_read Asset": 1,
            "schema_field_read Note": 1,
            "schema_field_read TimeLog": 1,
        },
        jira={
            "GET serverInfo": 1,
            "GET myself": 1,
            "GET field": 2,
            "GET issuetype": 1,
            "GET status": 1,
        },
    )
