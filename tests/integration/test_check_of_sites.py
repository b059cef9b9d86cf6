"""What `sg-jira check` tells of the sites, beside the settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.connecting import connect
from sg_jira.provisioning.findings import Finding
from sg_jira.provisioning.house_examination import examine_clock
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.jira import Transition
from sg_jira.sandbox.shotgun.hook import HookStatus
from sg_jira.settings import read_settings
from tests.conftest import sockets_collected
from tests.integration.pairs import create_task
from tests.integration.test_generic_check import check
from tests.settings_files import write_settings_file

TASKS = {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}
BRIDGE = "http://bridge.example"


@pytest.fixture
def cloud() -> Iterator[Sandbox]:
    """Both sites, Jira Cloud, with the demo production."""
    with Sandbox(Flavour.CLOUD, seeded=True) as running:
        yield running


@contextmanager
def connected(site: Sandbox) -> Iterator[Any]:
    access = site.bridge_settings()
    client = shotgun_api3.Shotgun(access.sg_site, access.sg_script_name, access.sg_script_key)
    yield client
    client.close()


def told(folder: Path, site: Sandbox, *options: str) -> tuple[int, list[dict[str, Any]]]:
    result = check(folder, TASKS, "--json", *options, site=site)
    return result.exit_code, json.loads(result.output)["checks"]


def of_state(checks: list[dict[str, Any]], state: str) -> str:
    return "\n".join(f"{one['topic']}: {one['message']}" for one in checks if one["state"] == state)


def test_fields_and_rights_that_are_missing_are_told_and_nothing_is_written(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.jira.remove_field("Shotgun URL")
    with connected(sandbox) as shotgun:
        shotgun.schema_field_delete("Task", "sg_sync_in_jira")
    sandbox.shotgun.forbid(sandbox.script, "read", "EventLogEntry")
    latest = sandbox.shotgun.last_event_id

    code, checks = told(tmp_path, sandbox)

    assert code == 1
    failures = of_state(checks, "failure")
    assert "FPTR fields: Task.sg_sync_in_jira is missing." in failures
    assert "Jira fields: there is no field 'Shotgun URL'." in failures
    assert "FPTR event log: the script user cannot read it" in of_state(checks, "warning")
    assert sandbox.shotgun.last_event_id == latest
    assert [one.name for one in tmp_path.iterdir()] == ["settings.py"]


def test_each_right_that_the_jira_account_lacks_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    for right in ("EDIT_ISSUES", "DELETE_OWN_COMMENTS", "DELETE_ISSUES", "ADMINISTER"):
        sandbox.jira.forbid(sandbox.account, right)

    code, checks = told(tmp_path, sandbox)

    assert code == 1
    failures = of_state(checks, "failure")
    assert "Project LAN: the Jira account lacks Delete Own Comments, Edit Issues." in failures
    assert "Jira webhooks: this account may not look" in of_state(checks, "warning")


def test_screens_projects_and_people_are_looked_at(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.jira.place_field("Shotgun ID", issue_type="Task", on_create=False)
    own = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
    own.create("Project", {"name": "Elsewhere", "sg_jira_key": "NOPE"})
    sandbox.shotgun.add_person("nemo", "Nemo Nobody", "")

    code, checks = told(tmp_path, sandbox)

    assert code == 1
    assert "Jira shows no project 'NOPE', which FPTR Project 'Elsewhere' is linked to" in of_state(
        checks, "failure"
    )
    warnings = of_state(checks, "warning")
    assert "Project LAN: the create screen of a Task has no Shotgun ID." in warnings
    assert "Nemo Nobody" in warnings


def test_webhooks_have_to_be_there_once_the_address_is_known(
    tmp_path: Path, cloud: Sandbox
) -> None:
    _, without_address = told(tmp_path, cloud)
    code, with_address = told(tmp_path, cloud, "--url", BRIDGE)

    assert "FPTR webhooks: none tells of" in of_state(without_address, "warning")
    assert code == 1
    assert f"to {BRIDGE}" in of_state(with_address, "failure")


def test_a_webhook_that_is_off_or_fails_often_is_told_and_who_has_stopped_it(
    tmp_path: Path, cloud: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_of(kind: str, status: HookStatus | None) -> tuple[int, list[dict[str, Any]]]:
        for hook in cloud.shotgun.hooks.registered():
            is_meant = kind in (hook.entity_types or {})
            hook.stopped = status if is_meant else None
        return told(tmp_path, cloud, "--url", BRIDGE)

    for kind in ("Note", "Task"):
        url = f"{BRIDGE}/sg2jira/default"
        cloud.shotgun.hooks.add(url, None, {kind: {"create": [], "update": []}})

    code, checks = told_of("Note", HookStatus.FAILED)
    assert code == 1
    failures = of_state(checks, "failure")
    assert "FPTR webhooks: that of Note is off (failed): FPTR has stopped it." in failures
    assert "nobody notices" in of_state(checks, "warning")

    monkeypatch.setenv("SGJIRA_URL", BRIDGE)
    code, checks = told_of("Task", HookStatus.DISABLED)
    assert code == 1
    assert "is off (disabled): somebody has switched it off" in of_state(checks, "failure")
    assert "nobody notices" not in of_state(checks, "warning")


def test_a_webhook_whose_deliveries_fail_is_told_before_fptr_stops_it(
    tmp_path: Path, cloud: Sandbox
) -> None:
    url = "http://127.0.0.1:9/sg2jira/default"  # nobody listens there
    cloud.shotgun.hooks.add(url, None, {"Task": {"create": [], "update": []}})
    task, mira = (
        next(iter(cloud.production.tasks.values())),
        cloud.production.person("mira").shotgun,
    )
    for number in range(10):
        cloud.shotgun.acting_as(mira).update("Task", task["id"], {"content": f"Sail {number}"})
    assert cloud.shotgun.hooks.wait_until_idle(10)

    _, checks = told(tmp_path, cloud)

    warnings = of_state(checks, "warning")
    said = "at least 10 deliveries of that of Task failed within 24 hours; FPTR stops it at 100"
    assert said in warnings


def test_a_site_that_is_away_does_not_keep_the_other_from_being_looked_at(
    tmp_path: Path, cloud: Sandbox
) -> None:
    cloud.jira.stop()
    code, checks = told(tmp_path, cloud)

    assert code == 1
    assert "Jira login" in of_state(checks, "failure")
    assert "FPTR fields" in of_state(checks, "ok")
    assert "People" not in [one["topic"] for one in checks]  # matched by what, is Jira's to say


def test_clocks_that_are_apart_are_told() -> None:
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)

    def state(seconds: int | None) -> str:
        site = None if seconds is None else now + timedelta(seconds=seconds)
        found: Finding = examine_clock("Jira", site, now)
        return found.state.value

    assert [state(seconds) for seconds in (0, -59, 61, -3600, None)] == [
        *["ok"] * 2,
        *["warning"] * 3,
    ]


@pytest.mark.parametrize("part", ["problems", "checks"])
def test_no_secret_is_shown(tmp_path: Path, cloud: Sandbox, part: str) -> None:
    result = check(tmp_path, TASKS, "--json", site=cloud)
    access = cloud.bridge_settings()

    shown = json.dumps(json.loads(result.output)[part])
    assert access.sg_script_key not in shown
    assert access.jira_secret not in shown


def test_a_check_costs_few_calls(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    told(tmp_path, sandbox)

    expected = (14, 13) if sandbox.flavour.is_cloud else (13, 12)
    assert sandbox.bridge_calls().totals == expected


def test_a_mistyped_type_or_target_is_told_with_what_to_correct(
    tmp_path: Path, cloud: Sandbox
) -> None:
    pair = {"sg_field": "tasks", "jira_field": "{{CHILDRENS}}"}
    mapping = [
        {"sg_entity": "Shot", "jira_issue_type": "Epic", "field_mapping": [pair]},
        {"sg_entity": "Taks", "jira_issue_type": "Task", "field_mapping": []},
    ]
    entry = {"syncer": "sg_jira.EntitiesGenericSyncer", "settings": {"entity_mapping": mapping}}

    said = check(tmp_path, {"entities": entry}, site=cloud).output

    assert "did you mean '{{CHILDREN}}'?" in said
    (line,) = (one for one in said.splitlines() if "Taks.sg_jira_key" in one)
    assert "Correct the type in the settings" in line


def test_what_is_there_but_wrong_is_told(tmp_path: Path, cloud: Sandbox) -> None:
    cloud.jira.set_workflow("LAN", [Transition("Start", "In Progress")])
    with connected(cloud) as shotgun:
        for field, name in (("sg_jira_key", "Jira Key"), ("sg_sync_in_jira", "Sync In Jira")):
            shotgun.schema_field_delete("Task", field)
            shotgun.schema_field_create("Task", "text", name)
    cloud.shotgun.hooks.add(f"{BRIDGE}/sg2jira/default", None, {"Task": {"update": ["content"]}})
    cloud.jira.webhooks.add(f"{BRIDGE}/jira2sg/default", {"jira:issue_updated"})
    (tmp_path / "settings.events.sqlite3").write_text("this is no database, but long enough")

    code, checks = told(tmp_path, cloud, "--url", BRIDGE)

    assert code == 1
    failures, warnings = of_state(checks, "failure"), of_state(checks, "warning")
    assert "Task.sg_jira_key must be unique" in failures
    assert "Task.sg_sync_in_jira has the type 'text' and must be 'checkbox'" in failures
    assert "FPTR webhooks: none tells of Note to" in failures
    assert "Store: " in failures
    assert "no status of a Task is called Backlog, Closed, Done, Open" in warnings
    assert "FPTR webhooks: that of Task leaves out addressings_cc" in warnings
    assert "Jira webhooks: comment_created, comment_deleted, comment_updated" in warnings
    assert all(one["remedy"] for one in checks if one["state"] != "ok" and one["topic"] != "Store")


def test_a_script_user_that_may_not_see_itself_is_told_what_it_needs(
    tmp_path: Path, cloud: Sandbox
) -> None:
    cloud.shotgun.forbid(cloud.script, "read", "ApiUser")

    _, checks = told(tmp_path, cloud)

    (login,) = (one for one in checks if one["topic"] == "FPTR login")
    assert (login["state"], "read ApiUser records" in login["remedy"]) == ("failure", True)
    assert f"Jira login: {cloud.account.display_name} at" in of_state(checks, "ok")
    assert "Projects" not in [one["topic"] for one in checks]  # FPTR alone knows them


def test_a_webhook_of_jira_that_is_off_and_no_linked_project_are_told(
    tmp_path: Path, cloud: Sandbox
) -> None:
    cloud.jira.webhooks.add(f"{BRIDGE}/jira2sg/default").enabled = False
    own = cloud.shotgun.acting_as(cloud.production.producer.shotgun)
    own.update("Project", cloud.production.project["id"], {"sg_jira_key": None})

    _, checks = told(tmp_path, cloud, "--url", BRIDGE)

    assert f"Jira webhooks: the one to {BRIDGE}/jira2sg/default is off" in of_state(
        checks, "failure"
    )
    assert "Projects: no FPTR Project is linked" in of_state(checks, "warning")


def test_options_that_are_missing_are_told(tmp_path: Path, cloud: Sandbox) -> None:
    cloud.jira.remove_field("Sync In FPTR")
    cloud.jira.add_field("Sync In FPTR", "select", options=("True",))
    element = {"sg_entity": "Task", "jira_issue_type": "Task", "field_mapping": []}
    entry = {
        "syncer": "sg_jira.EntitiesGenericSyncer",
        "settings": {"entity_mapping": [element]},
    }

    said = check(tmp_path, {"default": entry}, site=cloud).output

    assert "the field 'Sync In FPTR' of a Task lacks the options False." in said


def test_a_login_in_an_address_is_neither_shown_nor_written_to_the_other_site(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    access = sandbox.bridge_settings()
    with_login = {
        name: address.replace("://", "://porter:s3same@")
        for name, address in (("fptr", access.sg_site), ("jira", access.jira_site))
    }
    file = write_settings_file(
        tmp_path,
        shotgun={
            "site": with_login["fptr"],
            "script_name": access.sg_script_name,
            "script_key": access.sg_script_key,
        },
        jira={
            "site": with_login["jira"],
            "user": access.jira_user,
            "secret": access.jira_secret,
        },
        sync=TASKS,
    )
    task = create_task(sandbox, "Dig", sg_sync_in_jira=True)
    with sockets_collected(), closing(connect(read_settings(file))) as bridge:
        meta = {"type": "attribute_change", "attribute_name": "sg_sync_in_jira", "new_value": True}
        event = {"meta": meta, "project": sandbox.production.project}
        assert bridge.sync_in_jira("default", "Task", task.id, event)

    told = {
        command: CliRunner().invoke(main, [*command.split(), "--settings", str(file)])
        for command in ("check", "check --json", "setup --dry-run", "diff", "sync --dry-run")
    }

    assert f"at {access.jira_site}." in told["check"].output
    assert f"connected to {access.sg_site}." in told["check"].output
    for command, result in told.items():
        assert "s3same" not in result.output, command
        assert "porter" not in result.output, command
    assert task.task["sg_jira_url"]["url"] == f"{access.jira_site}/browse/{task.key}"
    assert f"{access.sg_site}/detail/Task/{task.id}" in str(task.issue)
    assert "s3same" not in str(task.issue)
