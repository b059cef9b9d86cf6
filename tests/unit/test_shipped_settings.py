"""The settings file that ships with the bridge, read from an empty folder as a studio would."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.constants import TASK_FIELDS_MAPPING, TASK_ISSUE_STATUS_MAPPING
from sg_jira.settings import read_settings

SHIPPED = Path(__file__).parents[2] / "settings.py"

ENVIRONMENT = {
    "SGJIRA_SG_SITE": "https://fptr.test",
    "SGJIRA_SG_SCRIPT_NAME": "bridge",
    "SGJIRA_SG_SCRIPT_KEY": "k-e-y",
    "SGJIRA_JIRA_SITE": "https://jira.test",
    "SGJIRA_JIRA_USER": "bot@studio.test",
    "SGJIRA_JIRA_USER_SECRET": "s3cret",
}


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A copy of the file in a folder of its own, with nothing set in the environment."""
    # Set before deleted, so that what the file itself loads is undone afterwards.
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    return shutil.copy(SHIPPED, tmp_path)


@pytest.fixture
def settings(shipped, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return read_settings(shipped)


def test_without_any_variable_all_that_is_missing_is_listed(shipped):
    with pytest.raises(ValueError, match=r"settings\.py") as caught:
        read_settings(shipped)

    assert "SHOTGUN lacks a value for site, script_name, script_key" in str(caught.value)
    assert "JIRA lacks a value for site, secret" in str(caught.value)
    assert str(caught.value).endswith(
        "set SGJIRA_SG_SITE, SGJIRA_SG_SCRIPT_NAME, SGJIRA_SG_SCRIPT_KEY, SGJIRA_JIRA_SITE, "
        "SGJIRA_JIRA_USER_SECRET there, or in a file .env beside it."
    )


def test_only_the_variables_that_are_missing_are_named(shipped, monkeypatch):
    for name in ENVIRONMENT.keys() - {"SGJIRA_JIRA_SITE"}:
        monkeypatch.setenv(name, ENVIRONMENT[name])

    with pytest.raises(ValueError, match=r"environment: set SGJIRA_JIRA_SITE there"):
        read_settings(shipped)


def test_an_example_syncer_that_is_not_found_tells_what_the_settings_lack(shipped, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if "examples" not in one])
    monkeypatch.delitem(sys.modules, "asset_hierarchy", raising=False)

    told = CliRunner().invoke(main, ["check", "--offline", "--settings", str(shipped)])

    assert told.exit_code == 1
    assert "asset_hierarchy cannot be imported: ModuleNotFoundError" in told.output
    assert "append the folder that holds it to sys.path" in told.output
    assert "'./examples', begins at the folder the command is started in." in told.output


def test_sites_and_credentials_come_from_the_environment(settings):
    assert settings.shotgun.site == "https://fptr.test"
    assert settings.jira.user == "bot@studio.test"
    assert settings.secrets == ("k-e-y", "s3cret")


def test_a_dotenv_file_beside_it_wins_over_the_environment(shipped, monkeypatch, tmp_path):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text("SGJIRA_JIRA_USER_SECRET=from-the-file\n", encoding="utf-8")

    assert read_settings(shipped).jira.secret.get_secret_value() == "from-the-file"


def test_the_examples_can_be_imported_from_the_working_directory(settings, tmp_path):
    assert sys.path[-1] == str(tmp_path / "examples")


def test_reading_again_does_not_lengthen_the_import_path(settings, shipped):
    before = list(sys.path)
    read_settings(shipped)

    assert sys.path == before


def test_the_entries_are_those_that_studios_use(settings):
    assert {name: entry["syncer"] for name, entry in settings.sync.items()} == {
        "default": "sg_jira.TaskIssueSyncer",
        "asset_hierarchy": "asset_hierarchy.AssetHierarchySyncer",
        "timelog": "timelog_worklog.TimelogWorklogSyncer",
        "test": "example_sync.ExampleSync",
        "entities": "sg_jira.EntitiesGenericSyncer",
    }


def test_the_generic_entry_maps_every_plain_field_of_a_task(settings):
    task, note = settings.sync["entities"]["settings"]["entity_mapping"]

    assert {(pair["sg_field"], pair["jira_field"]) for pair in task["field_mapping"]} == {
        (field, target) for field, target in TASK_FIELDS_MAPPING.items() if target
    }
    assert task["status_mapping"]["mapping"] == TASK_ISSUE_STATUS_MAPPING
    assert task["status_mapping"]["sync_direction"] == "jira_to_sg"
    assert note == {"sg_entity": "Note", "sync_deletion_direction": "both_way"}


def test_the_log_goes_to_the_console_and_to_a_rotating_file(settings):
    handler = settings.logging["handlers"]["file"]

    assert handler["filename"] == "/tmp/sg_jira.log"
    assert (handler["maxBytes"], handler["backupCount"]) == (1024 * 1024, 5)
    assert settings.logging["root"] == {"level": "DEBUG", "handlers": ["console", "file"]}
    assert settings.logging["loggers"]["webapp"]["level"] == "WARNING"
