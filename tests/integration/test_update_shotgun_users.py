"""The real command between both sandbox sites."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from tests.settings_files import REPOSITORY


def run(sandbox: Sandbox, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    settings = write_settings(sandbox, folder / "settings.py")
    command = [sys.executable, "update_shotgun_users.py", "--settings", str(settings), *options]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )


def account_ids(sandbox: Sandbox) -> dict[str, str]:
    people = sandbox.shotgun.records("HumanUser")
    return {one["email"]: one["sg_jira_account_id"] for one in people if one["email"]}


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_everybody_in_jira_is_matched_and_the_others_are_listed(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    before = account_ids(sandbox)
    for one in sandbox.production.people:
        actor = sandbox.shotgun.acting_as(one.shotgun)
        actor.update("HumanUser", one.shotgun["id"], {"sg_jira_account_id": None})
    absent = [one.email for one in sandbox.production.people if one.jira is None]

    rehearsal = run(sandbox, tmp_path, "--project", sandbox.production.jira_key, "--dry-run")

    assert rehearsal.returncode == 0, rehearsal.stderr
    assert not any(account_ids(sandbox).values())

    result = run(sandbox, tmp_path, "--project", sandbox.production.jira_key)

    assert result.returncode == 0, result.stderr
    assert account_ids(sandbox) == before
    assert all(email in result.stderr.splitlines()[-1] for email in absent)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("flavour", [Flavour.DATA_CENTER], indirect=True)
def test_data_center_needs_no_account_ids(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run(sandbox, tmp_path, "--project", sandbox.production.jira_key)

    assert result.returncode == 1
    assert "not Jira Cloud" in result.stderr


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_an_unknown_project_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run(sandbox, tmp_path, "--project", "NOPE")

    assert result.returncode == 1
    assert "NOPE" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)
def test_the_project_cannot_be_left_out(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run(sandbox, tmp_path)

    assert result.returncode == 2
    assert "--project" in result.stderr
