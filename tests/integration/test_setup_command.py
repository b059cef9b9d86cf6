"""`sg-jira setup`: from two sites that know nothing of the bridge to edits that are synced."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shotgun_api3
from click.testing import CliRunner, Result

from sg_jira.cli import main
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.shotgun import Entity
from sg_jira.sandbox.shotgun.hook import HookStatus
from sg_jira.web.http import HTTPServer
from sg_jira.web.serving import create_server
from tests.conftest import sockets_collected

NAME, KEY = "Lantern Bay", "LAN"
SECRETS = ("SGJIRA_FPTR_SECRET", "SGJIRA_JIRA_SECRET", "SGJIRA_ADMIN_TOKEN")
NEEDED = ("Shotgun Type", "Shotgun ID", "Shotgun URL", "Sync In FPTR")
_MAPPING = [
    {
        "sg_entity": "Task",
        "jira_issue_type": "Task",
        "field_mapping": [{"sg_field": "content", "jira_field": "summary"}],
    },
    {"sg_entity": "Note"},
]
_SETTINGS = """\
from pathlib import Path

from dotenv import load_dotenv

load_dotenv(Path(__file__).with_name(".env"), override=True)

SHOTGUN = {shotgun!r}
JIRA = {jira!r}
SYNC = {{
    "default": {{
        "syncer": "sg_jira.EntitiesGenericSyncer", "settings": {{"entity_mapping": {mapping!r}}}
    }}
}}
"""


class Studio:
    """A sandbox whose sites lack every field of ours, and a settings file for it."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.env = folder / ".env"
        user = sandbox.shotgun.add_person("ada", "Ada", "ada@lantern-bay.example")
        sandbox.jira.add_project(KEY, NAME)
        self.actor = sandbox.shotgun.acting_as(user)
        self.project: Entity = self.actor.create("Project", {"name": NAME})
        access = sandbox.bridge_settings()
        self.settings = folder / "settings.py"
        self.settings.write_text(
            _SETTINGS.format(
                shotgun={
                    "site": access.sg_site,
                    "script_name": access.sg_script_name,
                    "script_key": access.sg_script_key,
                },
                jira={
                    "site": access.jira_site,
                    "user": access.jira_user,
                    "secret": access.jira_secret,
                },
                mapping=_MAPPING,
            )
        )

    def run(self, command: str, *options: str, text: str | None = None) -> Result:
        arguments = [command, "--settings", str(self.settings), *options]
        with sockets_collected():
            return CliRunner().invoke(main, arguments, input=text)

    def setup(self, *options: str) -> dict[str, list[dict[str, str]]]:
        """What became of the steps, by state."""
        result = self.run("setup", "--yes", "--json", *options)
        assert result.exit_code in (0, 1), result.output
        found: dict[str, list[dict[str, str]]] = {}
        for step in json.loads(result.output)["steps"]:
            found.setdefault(step["state"], []).append(step)
        return found

    def do_by_hand(self, steps: list[dict[str, str]]) -> None:
        """What Data Center's API lacks: the options of a list, and screens."""
        told = "\n".join(step["by_hand"] for step in steps)
        assert "Edit options: add True, False" in told
        assert f"put {', '.join(NEEDED)} on the create and edit screens of Task in {KEY}" in told
        assert len(steps) == 2
        self.sandbox.jira.remove_field("Sync In FPTR")
        self.sandbox.jira.add_field("Sync In FPTR", "select", options=("True", "False"))
        for name in NEEDED:
            self.sandbox.jira.place_field(name, on_create=True, on_edit=True)

    def checks(self, *options: str) -> list[str]:
        """What `sg-jira check` does not find in order."""
        result = self.run("check", "--json", *options)
        told = json.loads(result.output)
        wrong = [str(one) for one in told["problems"]]
        return wrong + [str(one) for one in told["checks"] if one["state"] != "ok"]


@pytest.fixture
def studio(flavour: Flavour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    yield from _studio(flavour, tmp_path, monkeypatch)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    yield from _studio(Flavour.CLOUD, tmp_path, monkeypatch)


def _studio(flavour: Flavour, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    for name in SECRETS:  # the settings file sets them; afterwards they are gone again
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    with Sandbox(flavour, bridge_fields=False) as sandbox:
        yield Studio(sandbox, folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_from_nothing_to_edits_that_are_synced(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    done = studio.setup("--project", f"{NAME}={KEY}", "--url", url)

    assert not done.get("failed")
    if studio.sandbox.flavour.is_cloud:
        assert "by hand" not in done
        give_account_ids(studio)
    else:
        studio.do_by_hand(done["by hand"])
    assert studio.checks("--url", url) == []
    again = studio.setup("--project", f"{NAME}={KEY}", "--url", url)
    assert set(again) == {"exists"}
    # What is not signed with the secrets of the file is not even taken as a hint.
    monkeypatch.setenv("SGJIRA_UNSIGNED", "refuse")
    with sockets_collected():
        sync_an_edit_each_way(studio, port)


def give_account_ids(studio: Studio) -> None:
    for user in studio.sandbox.shotgun.records("HumanUser"):
        studio.actor.update("HumanUser", user["id"], {"sg_jira_account_id": "known"})


def sync_an_edit_each_way(studio: Studio, port: int) -> None:
    sandbox = studio.sandbox
    server = create_server(port, "127.0.0.1", str(studio.settings))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    sandbox.is_bridge_idle = lambda: server.is_idle
    try:
        task = studio.actor.create(
            "Task",
            {"content": "Sails", "project": studio.project, "sg_sync_in_jira": True},
        )
        wait_for(sandbox, lambda: len(sandbox.jira.issues(KEY)) == 1)
        issue = sandbox.jira.issues(KEY)[0]
        assert issue["fields"]["summary"] == "Sails"
        person = sandbox.jira.add_person("Bea", "bea@lantern-bay.example")
        sandbox.jira.acting_as(person).edit(issue["key"], summary="Red sails")
        wait_for(
            sandbox, lambda: sandbox.shotgun.record("Task", task["id"])["content"] == "Red sails"
        )
    finally:
        server.stop()
        thread.join()


def wait_for(sandbox: Sandbox, holds: Callable[[], bool]) -> None:
    """Quiet may be seen before the service is connected, so it is waited for what is to come."""
    for _ in range(100):
        assert sandbox.wait_until_quiet(20)
        if holds():
            return
    raise AssertionError("what was edited did not arrive")


def test_dry_run_and_a_no_change_nothing(cloud: Studio) -> None:
    asked = ("--project", f"{NAME}={KEY}", "--url", "https://bridge.example")
    before = cloud.sandbox.shotgun.last_event_id, len(cloud.sandbox.jira.webhooks.registered())

    dry = cloud.run("setup", "--dry-run", *asked)
    refused = cloud.run("setup", *asked, text="n\n")

    assert (dry.exit_code, refused.exit_code) == (0, 1)
    assert "to do: FPTR field Task.sg_jira_key (Text, unique)" in dry.output
    assert "to do: Jira webhook to https://bridge.example/jira2sg/default" in dry.output
    assert "Do what is to do? [y/N]" in refused.output
    assert not cloud.env.exists()
    after = cloud.sandbox.shotgun.last_event_id, len(cloud.sandbox.jira.webhooks.registered())
    assert after == before


def test_secrets_are_added_once_and_never_shown(cloud: Studio) -> None:
    own = "# ours\nSTUDIO=bay\nSGJIRA_FPTR_SECRET=already-chosen-by-hand"
    cloud.env.write_text(own)
    asked = ("--yes", "--project", f"{NAME}={KEY}", "--url", "https://bridge.example")
    shown = [cloud.run("setup", *asked).output for _ in range(2)]

    text = cloud.env.read_text()
    lines = dict(line.split("=", 1) for line in text.splitlines()[1:])
    assert text.startswith(f"{own}\n")
    assert set(lines) == {"STUDIO", "SGJIRA_URL", *SECRETS}
    assert lines["SGJIRA_URL"] == "https://bridge.example"
    assert cloud.env.stat().st_mode & 0o777 == 0o600
    assert not [name for name in SECRETS if lines[name] in "".join(shown)]
    signed = {hook.secret for hook in cloud.sandbox.shotgun.hooks.registered()}
    assert signed == {"already-chosen-by-hand"}
    (hook,) = cloud.sandbox.jira.webhooks.registered()
    assert hook.secret == lines["SGJIRA_JIRA_SECRET"]


def test_trouble_halfway_is_told_and_running_again_goes_on(cloud: Studio) -> None:
    fault = Fault(FaultKind.STATUS, endpoint="POST field", status=503, times=1)
    cloud.sandbox.jira.controls.faults.add(fault)

    result = cloud.run("setup", "--yes", "--project", f"{NAME}={KEY}")
    again = cloud.setup("--project", f"{NAME}={KEY}")

    assert result.exit_code == 1
    assert "done: FPTR field Task.sg_jira_key" in result.output
    assert "failed: Jira field 'Shotgun Type'" in result.output
    assert "not done: Jira field 'Shotgun ID'" in result.output
    done = [step["step"] for step in again["done"]]
    assert set(again) == {"exists", "done"}
    assert not [step for step in done if step.startswith("FPTR")]


def test_what_an_account_may_not_do_is_left_to_a_person(studio: Studio) -> None:
    sandbox = studio.sandbox
    sandbox.jira.forbid(sandbox.account, "ADMINISTER")

    told = studio.setup("--project", f"{NAME}={KEY}", "--url", "https://bridge.example")

    assert not told.get("failed")
    by_hand = "\n".join(step["by_hand"] for step in told["by hand"])
    assert "create a field of the type 'Short text (single line)' named 'Shotgun Type'" in by_hand
    assert "create one with the URL https://bridge.example/jira2sg/default" in by_hand


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("Lantern Bay=NOPE", "Jira shows no project 'NOPE'"),
        ("Lantern Boy=LAN", "no Project has the name 'Lantern Boy'"),
        ("LAN", "not of the form"),
    ],
)
def test_a_project_that_cannot_be_linked_is_told_and_nothing_is_done(
    cloud: Studio, link: str, said: str
) -> None:
    before = cloud.sandbox.shotgun.last_event_id
    result = cloud.run("setup", "--yes", "--project", link)

    assert result.exit_code in (1, 2)
    assert said in result.output
    assert cloud.sandbox.shotgun.last_event_id == before


def test_a_webhook_that_was_stopped_is_turned_on_again(cloud: Studio) -> None:
    asked = ("--project", f"{NAME}={KEY}", "--url", "https://bridge.example")
    cloud.setup(*asked)
    hook = cloud.sandbox.shotgun.hooks.registered()[0]
    hook.stopped = HookStatus.FAILED
    cloud.sandbox.jira.webhooks.registered()[0].enabled = False

    changed = cloud.setup(*asked)["done"]

    assert [step["step"].partition(", changed: ")[2] for step in changed] == ["status", "enabled"]
    assert cloud.sandbox.shotgun.hooks.status(hook) is HookStatus.ACTIVE
    assert cloud.sandbox.jira.webhooks.registered()[0].enabled


def test_a_site_that_is_polled_gets_no_webhook(cloud: Studio) -> None:
    with cloud.settings.open("a") as file:
        file.write('FPTR_SOURCE = "poll"\n')
    url = "https://bridge.example"
    cloud.setup("--project", f"{NAME}={KEY}", "--url", url)
    give_account_ids(cloud)

    assert cloud.sandbox.shotgun.hooks.registered() == []
    assert len(cloud.sandbox.jira.webhooks.registered()) == 1
    assert cloud.checks("--url", url) == []


def test_fields_that_are_there_but_wrong_are_mended_or_left_to_a_person(cloud: Studio) -> None:
    access = cloud.sandbox.bridge_settings()
    client = shotgun_api3.Shotgun(access.sg_site, access.sg_script_name, access.sg_script_key)
    client.schema_field_create("Task", "text", "Jira Key")
    client.schema_field_create("Task", "text", "Sync In Jira")

    told = cloud.setup("--project", f"{NAME}={KEY}")

    assert "FPTR field Task.sg_jira_key (Text, unique)" in {one["step"] for one in told["done"]}
    assert client.schema_field_read("Task", "sg_jira_key")["sg_jira_key"]["unique"]["value"] is True
    (left,) = told["by hand"]
    assert left["step"] == "FPTR field Task.sg_sync_in_jira (Checkbox)"
    assert "has the type 'text' and must be 'checkbox': delete or rename it" in left["by_hand"]
    client.close()


def test_secrets_that_the_settings_do_not_load_are_told(cloud: Studio) -> None:
    text = cloud.settings.read_text()
    cloud.settings.write_text(
        text.replace('load_dotenv(Path(__file__).with_name(".env"), override=True)', "")
    )
    asked = ("--yes", "--project", f"{NAME}={KEY}", "--url", "https://bridge.example")

    told = cloud.run("setup", *asked).output

    assert f"does not load {cloud.env}: set {', '.join(SECRETS)} for the service" in told
