"""`sg-jira check`, with and without the sites."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sg_jira.cli import main
from sg_jira.sandbox import Sandbox
from tests.conftest import sockets_collected
from tests.integration.test_generic_family import MAPPING
from tests.settings_files import write_settings_file

GOOD = {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": {"entity_mapping": MAPPING}}
NOWHERE = "http://127.0.0.1:9"


def check(folder: Path, sync: dict[str, Any], *options: str, site: Sandbox | None = None) -> Result:
    access = site.bridge_settings() if site else None
    file = write_settings_file(
        folder,
        shotgun={
            "site": access.sg_site if access else NOWHERE,
            "script_name": access.sg_script_name if access else "script",
            "script_key": access.sg_script_key if access else "secret-key",
        },
        jira={
            "site": access.jira_site if access else NOWHERE,
            "user": access.jira_user if access else "user",
            "secret": access.jira_secret if access else "secret-token",
        },
        sync=sync,
    )
    with sockets_collected():
        return CliRunner().invoke(main, ["check", "--settings", str(file), *options])


def with_pairs(*pairs: dict[str, str]) -> dict[str, Any]:
    element = {"sg_entity": "Task", "jira_issue_type": "Task", "field_mapping": list(pairs)}
    return {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": {"entity_mapping": [element]}}


def test_good_settings_pass_offline(tmp_path: Path) -> None:
    result = check(tmp_path, {"entities": GOOD}, "--offline")

    assert result.exit_code == 0, result.output
    assert "0 errors" in result.output


def test_good_settings_pass_on_both_kinds_of_jira(tmp_path: Path, sandbox: Sandbox) -> None:
    sync = {"entities": GOOD, "default": {"syncer": "sg_jira.TaskIssueSyncer"}}
    result = check(tmp_path, sync, site=sandbox)

    assert result.exit_code == 0, result.output


def test_all_problems_of_all_entries_are_told_with_path_and_suggestion(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.jira.add_field("Rating", "float")
    sync = {
        "entities": with_pairs(
            {"sg_field": "sg_descripton", "jira_field": "description"},
            {"sg_field": "content", "jira_field": "sumary"},
            {"sg_field": "due_date", "jira_field": "Rating"},
        ),
        "typo": {"syncer": "sg_jira.TaskIssueSincer"},
        "default": {"syncer": "sg_jira.TaskIssueSyncer", "hook": "no/such/hook.py"},
    }
    result = check(tmp_path, sync, "--json", site=sandbox)

    assert result.exit_code == 1
    told = json.loads(result.output)
    assert told["entries"] == ["entities", "typo", "default"]
    mapping = "SYNC.entities.settings.entity_mapping[0].field_mapping"
    assert [(one["path"], one["suggestion"]) for one in told["problems"]] == [
        (f"{mapping}[0].sg_field", "sg_description"),
        (f"{mapping}[1].jira_field", "summary"),
        (f"{mapping}[2]", None),
        ("SYNC.typo.syncer", "TaskIssueSyncer"),
        ("SYNC.default.hook", None),
    ]
    assert (
        "date (due_date) cannot be synced with a number field (Rating)"
        in (told["problems"][2]["message"])
    )


def test_statuses_and_issue_types_are_compared_with_jira(tmp_path: Path, sandbox: Sandbox) -> None:
    element = {
        **MAPPING[1],
        "jira_issue_type": "Tasc",
        "status_mapping": {"sg_field": "sg_status_list", "mapping": {"ip": "In Progres"}},
    }
    entry = {**GOOD, "settings": {"entity_mapping": [element]}}
    result = check(tmp_path, {"entities": entry}, site=sandbox)

    assert result.exit_code == 1
    assert "did you mean 'Task'?" in result.output
    assert "did you mean 'In Progress'?" in result.output


def test_an_entry_that_cannot_be_set_up_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.jira.remove_field("Sync In FPTR")
    result = check(tmp_path, {"entities": GOOD}, site=sandbox)

    assert result.exit_code == 1
    assert "Sync In FPTR" in result.output


@pytest.mark.parametrize("option", ["--offline", "--json"])
def test_a_file_that_cannot_be_used_is_told_without_secrets(tmp_path: Path, option: str) -> None:
    result = check(tmp_path, {}, "--offline", option)

    assert result.exit_code == 1
    assert "SYNC" in result.output
    assert "secret" not in result.output


def test_sites_that_cannot_be_reached_are_told(tmp_path: Path) -> None:
    result = check(tmp_path, {"entities": GOOD})

    assert result.exit_code == 1
    assert f"failure: FPTR login: {NOWHERE} cannot be reached" in result.output
    assert f"failure: Jira login: {NOWHERE} cannot be reached" in result.output


def test_typing_errors_are_warnings_where_they_do_no_harm(tmp_path: Path) -> None:
    result = check(tmp_path, {"entities": {**GOOD, "hok": "x"}}, "--offline")

    assert result.exit_code == 0
    assert "warning: SYNC.entities.hok" in result.output
    assert "did you mean 'hook'?" in result.output


def test_a_status_for_deleted_records_that_jira_does_not_have_is_told(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    rule = {"on_retirement": "close", "retired_status": "Clsoed"}
    mapping = [{**MAPPING[0], **rule}]
    sync = {
        "default": {"syncer": "sg_jira.TaskIssueSyncer", "settings": rule},
        "entities": {
            "syncer": "sg_jira.EntitiesGenericSyncer",
            "settings": {"entity_mapping": mapping, "on_duplicate": "newissue"},
        },
    }
    result = check(tmp_path, sync, "--json", site=sandbox)

    told = {one["path"]: one["suggestion"] for one in json.loads(result.output)["problems"]}
    assert result.exit_code == 1
    assert told == {
        "SYNC.default.settings.retired_status": "Closed",
        "SYNC.entities.settings.on_duplicate": "new_issue",
        "SYNC.entities.settings.entity_mapping[0].retired_status": "Closed",
    }
