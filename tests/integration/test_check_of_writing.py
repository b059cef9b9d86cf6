"""What `sg-jira check` tells of the script user's right to edit, and that it edits nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.integration.test_generic_check import GOOD, check

TASKS = {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}
LINK = {"url": "https://jira.example/browse/LAN-7", "name": "Jira Issue"}


@pytest.fixture
def cloud() -> Iterator[Sandbox]:
    """Both sites, Jira Cloud, with the demo production."""
    with Sandbox(Flavour.CLOUD, seeded=True) as running:
        yield running


@pytest.fixture
def linked_task(cloud: Sandbox) -> dict[str, Any]:
    """The first Task, which somebody has linked with an Issue."""
    task = min(cloud.production.tasks.values(), key=lambda one: int(one["id"]))
    mira = cloud.shotgun.acting_as(cloud.production.person("mira").shotgun)
    return mira.update("Task", task["id"], {"sg_jira_key": "LAN-7", "sg_jira_url": LINK})


def told(
    folder: Path, site: Sandbox, sync: dict[str, Any] | None = None
) -> tuple[int, list[dict[str, str]]]:
    """The exit code, and what is told of permissions; nothing may be in FPTR's log afterwards."""
    latest = site.shotgun.last_event_id
    before = {name: site.shotgun.records(name) for name in ("Task", "Note", "Asset", "Shot")}

    result = check(folder, sync or TASKS, "--json", site=site)

    assert site.shotgun.last_event_id == latest
    assert {name: site.shotgun.records(name) for name in before} == before
    checks = json.loads(result.output)["checks"]
    return result.exit_code, [one for one in checks if one["topic"] == "FPTR permissions"]


def summary(findings: Collection[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["state"], one["message"]) for one in findings]


@pytest.mark.usefixtures("linked_task")
def test_a_script_user_that_may_edit_is_fine_and_nothing_is_edited(
    tmp_path: Path, cloud: Sandbox
) -> None:
    code, findings = told(tmp_path, cloud)

    assert code == 0
    assert summary(findings) == [
        ("ok", "the script user may edit sg_jira_key, sg_jira_url of a Task."),
        ("ok", "the script user may edit sg_jira_key of a Note."),
    ]


@pytest.mark.usefixtures("linked_task")
def test_a_site_that_takes_nothing_back_is_left_as_it_was(
    tmp_path: Path, cloud: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_by_one(client: shotgun_api3.Shotgun, requests: list[dict[str, Any]]) -> list[Any]:
        wanted = [(one["entity_type"], one["entity_id"], one["data"]) for one in requests]
        return [client.update(*one) for one in wanted]

    monkeypatch.setattr(shotgun_api3.Shotgun, "batch", one_by_one)

    code, findings = told(tmp_path, cloud)

    assert (code, [one["state"] for one in findings]) == (0, ["ok", "ok"])
    assert cloud.shotgun.controls.calls.count("update Task") == 2


def test_a_type_that_may_be_read_but_not_edited_is_a_failure(
    tmp_path: Path, cloud: Sandbox
) -> None:
    cloud.shotgun.forbid(cloud.script, "update", "Task")

    code, (task, note) = told(tmp_path, cloud)

    assert (code, task["state"], note["state"]) == (1, "failure", "ok")
    assert "may not edit sg_jira_key, sg_jira_url of a Task" in task["message"]
    assert "Permission denied: you may not update Task" in task["message"]
    assert task["remedy"] == (
        "Let its permission role edit Task records, and sg_jira_key, sg_jira_url of them."
    )


@pytest.mark.usefixtures("linked_task")
def test_the_field_that_may_not_be_edited_is_named(tmp_path: Path, cloud: Sandbox) -> None:
    cloud.shotgun.forbid(cloud.script, "update", "Task", fields=["sg_jira_url"])
    cloud.shotgun.forbid(cloud.script, "update", "Note", fields=["sg_jira_key"])

    code, (task, note) = told(tmp_path, cloud)

    assert (code, task["state"], note["state"]) == (1, "failure", "failure")
    assert "may not edit sg_jira_url of a Task" in task["message"]
    assert "may not edit sg_jira_key of a Note" in note["message"]


def test_each_type_of_a_mapping_is_tried(tmp_path: Path, cloud: Sandbox) -> None:
    mapped = [one["sg_entity"] for one in GOOD["settings"]["entity_mapping"]]
    cloud.shotgun.forbid(cloud.script, "update", "Asset")

    code, findings = told(tmp_path, cloud, {"entities": GOOD, **TASKS})

    assert code == 1
    for name in {*mapped, "Task", "Note"}:
        (one,) = (each for each in findings if f" a {name}" in each["message"])
        assert (one["state"] == "failure") == (name == "Asset")


def test_a_type_without_records_cannot_be_told_of(tmp_path: Path, cloud: Sandbox) -> None:
    mira = cloud.shotgun.acting_as(cloud.production.person("mira").shotgun)
    for note in cloud.shotgun.records("Note"):
        mira.delete("Note", note["id"])
    cloud.shotgun.forbid(cloud.script, "update", "Note")
    cloud.forget_calls()

    code, (_, note) = told(tmp_path, cloud)

    assert code == 0
    assert summary([note]) == [
        (
            "ok",
            "whether the script user may edit a Note cannot be told, as no linked Project has one.",
        )
    ]
    assert cloud.shotgun.controls.calls.count("batch") == 1


def test_without_a_linked_project_nothing_is_tried(tmp_path: Path, cloud: Sandbox) -> None:
    mira = cloud.shotgun.acting_as(cloud.production.person("mira").shotgun)
    mira.update("Project", cloud.production.project["id"], {"sg_jira_key": None})
    cloud.forget_calls()

    _, findings = told(tmp_path, cloud)

    assert [one["state"] for one in findings] == ["ok", "ok"]
    assert all("no linked Project has one" in one["message"] for one in findings)
    assert cloud.shotgun.controls.calls.count("batch") == 0


def test_a_file_in_the_link_is_left_alone(tmp_path: Path, cloud: Sandbox) -> None:
    mira = cloud.shotgun.acting_as(cloud.production.person("mira").shotgun)
    for task in cloud.production.tasks.values():
        mira.upload("Task", task["id"], "issue.txt", b"LAN-7", field="sg_jira_url")
    cloud.shotgun.forbid(cloud.script, "update", "Task", fields=["sg_jira_url"])

    _, (task, _) = told(tmp_path, cloud)

    assert summary([task]) == [("ok", "the script user may edit sg_jira_key of a Task.")]


@pytest.mark.parametrize("endpoint", ["find Task", "batch"])
def test_what_else_fptr_says_is_a_warning(tmp_path: Path, cloud: Sandbox, endpoint: str) -> None:
    busy = Fault(FaultKind.STATUS, endpoint=endpoint, status=200, message="the site is busy")
    cloud.shotgun.controls.faults.add(busy)

    code, (task, note) = told(tmp_path, cloud)

    assert (code, task["state"], note["state"]) == (0, "warning", "ok")
    assert "may edit a Task cannot be told" in task["message"]
    assert "the site is busy" in task["message"]


def test_offline_nothing_is_sent(tmp_path: Path, cloud: Sandbox) -> None:
    cloud.forget_calls()

    result = check(tmp_path, TASKS, "--offline", "--json", site=cloud)

    assert json.loads(result.output)["checks"] == []
    assert cloud.shotgun.controls.calls.count() == 0
