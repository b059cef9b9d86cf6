"""The service as a studio starts it: `webapp.py`, `sg-jira serve`, HTTPS, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pytest
import requests
from click.testing import CliRunner

import webapp
from sg_jira.cli import COMMANDS
from sg_jira.cli import main as sg_jira_main
from sg_jira.cli.serve import serve
from sg_jira.engine.sqlite_store import open_store
from sg_jira.service_settings import SERVICE_VARIABLES
from tests.integration.web.conftest import ROOT, TLS

KEY, CERT = str(TLS / "key.pem"), str(TLS / "cert.pem")


SETTINGS = """
SHOTGUN = {{"site": "{away}", "script_name": "bridge", "script_key": "k-e-y"}}
JIRA = {{"site": "{away}", "user": "bot", "secret": "s3cret"}}
SYNC = {{"default": {{"syncer": "sg_jira.TaskIssueSyncer"}}}}
"""


@pytest.fixture
def settings(tmp_path):
    """Settings whose sites are away: nobody listens at their address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{taken.getsockname()[1]}"
        path = tmp_path / "settings.py"
        path.write_text(SETTINGS.format(away=away), encoding="utf-8")
        yield str(path)


@contextmanager
def running(*arguments):
    """The server that `create_server` makes, at work in a thread."""
    server = webapp.create_server(*arguments)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=10)


@contextmanager
def started(*command):
    """A process of the service; knows its URL as soon as it listens."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        first = process.stdout.readline()
        found = re.search(r"https?://\S+", first)
        assert found, first + process.stdout.read()
        process.first, process.url = first, found.group(0)
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)
        process.stdout.close()


def test_the_service_starts_while_both_sites_are_away(settings):
    with running(0, "127.0.0.1", settings) as server:
        alive = requests.get(server.url, timeout=10)
        ready = requests.get(server.url + "/readyz", timeout=10)
        event = requests.post(server.url + "/sg2jira/default/Task/1", json={}, timeout=10)
        unknown = requests.post(server.url + "/sg2jira/nobody/Task/1", json={}, timeout=10)

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["reason"] == "FPTR: Connection refused; Jira: Connection refused"
    assert event.status_code == 200, "it is kept until the sites are back"
    assert unknown.status_code == 400
    assert "k-e-y" not in event.text + ready.text


def test_https_works_with_a_key_and_a_certificate(settings):
    with running(0, "127.0.0.1", settings, KEY, CERT) as server:
        assert server.url.startswith("https://")
        answer = requests.get(server.url + "/sg2jira/default", verify=CERT, timeout=10)
        posted = requests.post(
            server.url + "/sg2jira/nobody", data=b"x" * 3_000_000, verify=CERT, timeout=10
        )

    assert "Syncing with default settings." in answer.text
    assert posted.status_code == 400


def test_many_requests_share_a_secure_connection(settings):
    with (
        running(0, "127.0.0.1", settings, KEY, CERT) as server,
        requests.Session() as session,
    ):
        answers = {session.get(server.url, verify=CERT, timeout=10).status_code for _ in range(20)}

    assert answers == {200}


def test_mute_clients_do_not_keep_others_from_a_secure_service(settings):
    with running(0, "127.0.0.1", settings, KEY, CERT) as server:
        address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        mute = [socket.create_connection(address, timeout=10) for _ in range(5)]
        try:
            # The mute ones would be waited for, one after the other, for 10 seconds each.
            answer = requests.get(server.url, verify=CERT, timeout=9)
        finally:
            for each in mute:
                each.close()

    assert answer.status_code == 200


def test_who_speaks_plain_http_to_a_secure_port_is_dropped_and_others_are_served(settings):
    with running(0, "127.0.0.1", settings, KEY, CERT) as server:
        with pytest.raises(requests.ConnectionError):
            requests.get(server.url.replace("https", "http"), timeout=10)
        assert requests.get(server.url, verify=CERT, timeout=10).status_code == 200


def test_an_untrusting_client_leaves_no_harm(settings):
    with running(0, "127.0.0.1", settings, KEY, CERT) as server:
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(server.url, timeout=10)
        assert requests.get(server.url, verify=CERT, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("key", "cert", "said"),
    [
        ("missing.pem", CERT, "The key file missing.pem does not exist"),
        (KEY, "missing.pem", "The certificate file missing.pem does not exist"),
        (str(TLS / "other-key.pem"), CERT, "do not belong together"),
        (CERT, KEY, "the key comes first"),
        (str(TLS / "README.md"), CERT, "cannot be used"),
        (str(TLS / "locked-key.pem"), CERT, "asks for a password"),
        (KEY, None, "both a key file and a certificate file"),
        (None, CERT, "both a key file and a certificate file"),
    ],
)
def test_a_key_or_certificate_that_cannot_be_used_ends_the_start(settings, key, cert, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        webapp.create_server(0, "127.0.0.1", settings, key, cert)


def test_only_current_versions_of_tls_are_spoken(settings):
    with running(0, "127.0.0.1", settings, KEY, CERT) as server:
        host, port = server.url.removeprefix("https://").split(":")
        context = ssl.create_default_context(cafile=CERT)
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            assert secure.version() in {"TLSv1.2", "TLSv1.3"}


@pytest.mark.parametrize("address", ["localhost", "::1", "256.0.0.1", "", "1.2.3"])
def test_an_address_that_is_not_ipv4_ends_the_start_with_status_1(settings, address):
    result = CliRunner().invoke(serve, ["--settings", settings, "--listen_address", address])

    assert result.exit_code == 1
    assert "is not an IPv4 address" in result.output


def test_a_port_that_is_taken_ends_the_start_with_status_1(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(serve, ["--settings", settings, "--port", port])

    assert result.exit_code == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in result.output
    assert "Address already in use" in result.output


def test_bad_settings_end_the_start_and_all_problems_are_listed(tmp_path):
    path = tmp_path / "settings.py"
    path.write_text("SHOTGUN = {'site': 'x'}\n", encoding="utf-8")
    result = CliRunner().invoke(serve, ["--settings", str(path)])

    assert result.exit_code == 1
    for problem in ("script_name, script_key", "JIRA is missing", "SYNC is missing"):
        assert problem in result.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1 / 0", "division by zero"),
        ("LOGGING = {'version': 7}", "LOGGING cannot be applied"),
        (
            "LOGGING = {'version': 1, 'handlers': {'file': {'class': 'logging.FileHandler',"
            " 'filename': '/no/such/folder/x.log'}}}",
            "/no/such/folder/x.log",
        ),
    ],
)
def test_settings_that_fail_end_the_start_without_a_traceback(settings, line, said):
    with open(settings, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    result = CliRunner().invoke(serve, ["--settings", settings])

    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_service_variable_that_cannot_be_used_ends_the_start(settings, monkeypatch):
    monkeypatch.setenv("SGJIRA_MAX_BODY_BYTES", "plenty")
    result = CliRunner().invoke(serve, ["--settings", settings])

    assert result.exit_code == 1
    assert "SGJIRA_MAX_BODY_BYTES='plenty'" in result.output


def test_listening_beyond_this_machine_is_warned_of_without_secrets(settings, caplog, monkeypatch):
    with running(0, "0.0.0.0", settings):
        assert "Listening on 0.0.0.0. Requests need not be signed" in caplog.text

    caplog.clear()
    monkeypatch.setenv("SGJIRA_FPTR_SECRET", "x" * 16)
    monkeypatch.setenv("SGJIRA_JIRA_SECRET", "y" * 16)
    with running(0, "0.0.0.0", settings):
        assert "need not be signed" not in caplog.text


def test_listening_on_this_machine_only_is_not_warned_of(settings, caplog):
    with running(0, "127.0.0.1", settings):
        assert "need not be signed" not in caplog.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_service_with_a_message_and_no_traceback(settings, number):
    with started("webapp.py", "--settings", settings, "--port", "0") as process:
        assert requests.get(process.url, timeout=10).status_code == 200
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "Stopped." in rest
    assert "Traceback" not in rest


def test_a_store_that_refuses_the_first_write_ends_the_service_with_status_1(settings, tmp_path):
    path = tmp_path / "settings.events.sqlite3"
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO event (id, settings_name, direction, ordering_key, subject_type,"
            " subject_id, params, payload, source, signed, lane, received_at, state, runs,"
            " attempts, shotgun_calls, jira_calls, milliseconds)"
            " VALUES ('1', 'default', 'sg2jira', 'Task:1', 'Task', '1', '{}', '{}', 'x', 0, 'live',"
            " 1772366400, 'running', 1, 0, 0, 0, 0)"
        )
        connection.execute(
            "CREATE TRIGGER no_writing BEFORE UPDATE ON event"
            " BEGIN SELECT RAISE(ABORT, 'attempt to write a readonly database'); END"
        )

    with started("-m", "sg_jira.cli", "serve", "--settings", settings, "--port", "0") as process:
        rest, _ = process.communicate(timeout=30)

    assert process.returncode == 1
    assert f"Error: The store {path} cannot be used" in rest
    assert "Let the bridge's account read and write the file" in rest
    assert "Traceback" not in rest


def test_every_line_is_json_when_the_log_is(settings, monkeypatch):
    monkeypatch.setenv("SGJIRA_LOG_FORMAT", "json")
    with started("-m", "sg_jira.cli", "serve", "--settings", settings, "--port", "0") as process:
        assert requests.get(process.url, timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)

    lines = [json.loads(line) for line in (process.first + rest).splitlines()]
    assert lines[0]["message"].startswith("Listening on http://")
    assert (lines[-1]["message"], lines[-1]["level"]) == ("Stopped.", "INFO")


def test_the_command_serves_too(settings):
    with started("-m", "sg_jira.cli", "serve", "--settings", settings, "--port", "0") as process:
        assert requests.get(process.url + "/healthz", timeout=10).status_code == 200


def test_webapp_can_be_imported_as_before():
    assert callable(webapp.create_server)
    assert callable(webapp.run_server)
    assert callable(webapp.main)


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_every_help_text_names_the_exit_codes(arguments):
    result = CliRunner().invoke(sg_jira_main, arguments)

    assert result.exit_code == 0
    assert "Exit codes" in result.output


def test_the_help_lists_every_command():
    result = CliRunner().invoke(sg_jira_main, ["--help"])

    for command in COMMANDS:
        assert re.search(rf"^  {command.name}\b", result.output, re.MULTILINE)


def test_options_have_the_defaults_and_both_spellings_of_the_script(settings):
    text = CliRunner().invoke(serve, ["--help"]).output

    for expected in ("--listen_address", "--ssl_context", "127.0.0.1", "9090", "KEY CERT"):
        assert expected in text


def test_the_help_names_every_variable_of_the_service_and_where_they_are_explained():
    text = CliRunner().invoke(sg_jira_main, ["serve", "--help"], terminal_width=80).output

    for variable in SERVICE_VARIABLES:
        assert re.search(rf"^ +{variable}\b", text, re.MULTILINE), variable
    assert re.search(r"^ +SGJIRA_WORKERS +8$", text, re.MULTILINE)
    assert re.search(r"^ +SGJIRA_ACKNOWLEDGE +no$", text, re.MULTILINE)
    assert "docs/settings.md" in text


def test_settings_are_required():
    result = CliRunner().invoke(serve, [])

    assert result.exit_code == 2
    assert "--settings" in result.output
