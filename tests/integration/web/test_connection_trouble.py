"""What people are told when the sites cannot be connected to: which, where, and how to mend it."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

import webapp
from sg_jira.cli import main
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind
from tests.conftest import sockets_collected
from tests.settings_files import REPOSITORY, write_settings_file

TASKS = {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}
NOWHERE = "http://127.0.0.1:9"
UNKNOWN = "https://nowhere.invalid"
TLS = REPOSITORY / "tests" / "data" / "tls"


def settings_file(folder: Path, fptr: str, jira: str, script: str = "sgjira") -> Path:
    return write_settings_file(
        folder,
        shotgun={"site": fptr, "script_name": script, "script_key": "wrong-k3y"},
        jira={"site": jira, "user": "somebody", "secret": "wrong-t0ken"},
        sync=TASKS,
    )


def logins(folder: Path, fptr: str, jira: str) -> dict[str, dict[str, Any]]:
    """What the check tells of the logins, by the name of the site."""
    file = settings_file(folder, fptr, jira)
    with sockets_collected():
        result = CliRunner().invoke(main, ["check", "--settings", str(file), "--json"])
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert told["problems"] == []  # each trouble is told once
    assert "wrong-" not in result.output
    failures = [one for one in told["checks"] if one["state"] == "failure"]
    return {one["topic"].removesuffix(" login"): one for one in failures}


@contextmanager
def served(file: Path) -> Iterator[str]:
    """The address of a service with these settings."""
    server = webapp.create_server(0, "127.0.0.1", str(file))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    with sockets_collected():
        yield server.url
        server.stop()
        thread.join(timeout=10)
        del server


@pytest.fixture
def untrusted() -> Iterator[str]:
    """The address of a site whose certificate nobody has signed but itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def refuse_all() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # closed: the test is over
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:  # the client has hung up, for it does not trust us
                connection.close()

    thread = threading.Thread(target=refuse_all)
    thread.start()
    yield f"https://127.0.0.1:{port}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(timeout=10)


def test_both_wrong_logins_are_told_by_the_check(tmp_path: Path, sandbox: Sandbox) -> None:
    access = sandbox.bridge_settings()

    told = logins(tmp_path, access.sg_site, access.jira_site)

    assert set(told) == {"FPTR", "Jira"}
    assert access.sg_site in told["FPTR"]["message"]
    assert "Can't authenticate script 'sgjira'" in told["FPTR"]["message"]
    assert "script_name and script_key" in told["FPTR"]["remedy"]
    assert access.jira_site in told["Jira"]["message"]
    assert "HTTP 401" in told["Jira"]["message"]
    assert "API token" in told["Jira"]["remedy"]


def test_both_wrong_logins_are_told_by_the_service(
    tmp_path: Path, sandbox: Sandbox, wait_until: Any
) -> None:
    access = sandbox.bridge_settings()
    with served(settings_file(tmp_path, access.sg_site, access.jira_site)) as url:

        def reason() -> str:
            return str(requests.get(f"{url}/readyz", timeout=10).json()["reason"])

        wait_until(lambda: "Jira" in reason(), "connecting has failed")
        said = reason()

    assert f"FPTR: {access.sg_site} says AuthenticationFault" in said
    assert f"Jira: Unable to connect to Jira at {access.jira_site} (HTTP 401" in said
    assert "script_name and script_key of SHOTGUN in the settings." in said
    assert "***" not in said  # no word of the advice looks like a credential
    assert said.endswith("somebody has to log in with a browser once.")
    assert "wrong-" not in said


def test_a_wrong_login_costs_the_log_one_line_at_every_attempt(
    tmp_path: Path, sandbox: Sandbox, wait_until: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access = sandbox.bridge_settings()

    def lines() -> list[str]:
        records = [one for one in caplog.records if one.name == "sg_jira.web.connection"]
        return [caplog.handler.format(one) for one in records]

    with served(settings_file(tmp_path, access.sg_site, access.jira_site)):
        wait_until(lambda: len(lines()) >= 2, "connecting has failed twice")

    for line in lines():
        assert "\n" not in line
        assert "Check script_name and script_key of SHOTGUN" in line
        assert line.endswith("log in with a browser once.")


@pytest.mark.parametrize("wrong", ["FPTR", "Jira", "FPTR and Jira"])
@pytest.mark.parametrize("command", ["sync", "sync --dry-run", "diff", "setup --dry-run"])
def test_every_command_tells_how_to_mend_a_login(
    tmp_path: Path, sandbox: Sandbox, command: str, wrong: str
) -> None:
    access = sandbox.bridge_settings()
    file = write_settings_file(
        tmp_path,
        shotgun={
            "site": access.sg_site,
            "script_name": access.sg_script_name,
            "script_key": "wrong-k3y" if "FPTR" in wrong else access.sg_script_key,
        },
        jira={
            "site": access.jira_site,
            "user": access.jira_user,
            "secret": "wrong-t0ken" if "Jira" in wrong else access.jira_secret,
        },
        sync=TASKS,
    )
    with sockets_collected():
        told = CliRunner().invoke(main, [*command.split(), "--settings", str(file)])

    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert ("Check script_name and script_key of SHOTGUN in the settings." in told.output) == (
        "FPTR" in wrong
    )
    assert ("somebody has to log in with a browser once." in told.output) == ("Jira" in wrong)
    assert "wrong-" not in told.output


@pytest.mark.parametrize("command", ["sync --dry-run", "diff"])
def test_a_site_that_cannot_be_reached_is_told_with_the_way_to_mend_it(
    tmp_path: Path, sandbox: Sandbox, command: str
) -> None:
    access = sandbox.bridge_settings()
    file = write_settings_file(
        tmp_path,
        shotgun={
            "site": access.sg_site,
            "script_name": access.sg_script_name,
            "script_key": access.sg_script_key,
        },
        jira={"site": NOWHERE, "user": "somebody", "secret": "wrong-t0ken"},
        sync=TASKS,
    )
    with sockets_collected():
        told = CliRunner().invoke(main, [*command.split(), "--settings", str(file)])

    assert told.exit_code == 1
    assert told.output == (
        f"Error: Jira: {NOWHERE} cannot be reached: Connection refused. Check the address and port "
        "of Jira in the settings, and whether the site is up.\n"
    )


@pytest.mark.parametrize(
    ("address", "what", "remedy"),
    [
        (NOWHERE, "Connection refused", "whether the site is up"),
        (UNKNOWN, "", "this machine can look names up"),
    ],
    ids=["refused", "unknown"],
)
def test_a_way_that_leads_nowhere_is_told_without_advice_on_logins(
    tmp_path: Path, address: str, what: str, remedy: str
) -> None:
    told = logins(tmp_path, address, address.replace("://", "://user:wrong-pass@"))

    assert set(told) == {"FPTR", "Jira"}
    for one in told.values():
        assert one["message"].startswith(f"{address} cannot be reached: {what}")
        assert remedy in one["remedy"]
        assert "script" not in one["remedy"]
        assert "secret" not in one["remedy"]


def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path, untrusted: str) -> None:
    told = logins(tmp_path, untrusted, untrusted)

    for site, variable in (("FPTR", "SHOTGUN_API_CACERTS"), ("Jira", "REQUESTS_CA_BUNDLE")):
        assert told[site]["message"].endswith("its certificate is not trusted.")
        assert variable in told[site]["remedy"]


def test_a_site_in_trouble_is_no_matter_of_the_login(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, times=None, status=502))
    sandbox.shotgun.controls.faults.add(Fault(FaultKind.RESET, times=None))
    access = sandbox.bridge_settings()

    told = logins(tmp_path, access.sg_site, access.jira_site)

    assert "HTTP 502" in told["Jira"]["message"]
    assert "address" in told["Jira"]["remedy"]
    assert told["FPTR"]["message"].startswith(f"{access.sg_site} cannot be reached")
    assert "network" in told["FPTR"]["remedy"]


def test_calls_of_connecting_are_counted(tmp_path: Path, sandbox: Sandbox, wait_until: Any) -> None:
    access = sandbox.bridge_settings()
    with served(settings_file(tmp_path, access.sg_site, access.jira_site)) as url:

        def counted() -> str:
            return requests.get(f"{url}/metrics", timeout=10).text

        wait_until(lambda: 'site="jira",status="401"' in counted(), "connecting has failed")
        lines = counted().splitlines()

    calls = [one.rpartition(" ")[0] for one in lines if one.startswith("sgjira_site_calls_total")]
    assert calls == [
        'sgjira_site_calls_total{endpoint="info",site="fptr",status="200"}',
        'sgjira_site_calls_total{endpoint="read ApiUser",site="fptr",status="AuthenticationFault"}',
        'sgjira_site_calls_total{endpoint="GET serverInfo",site="jira",status="401"}',
    ]
