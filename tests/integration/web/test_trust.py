"""Who may reach the port, what is under /admin, and how long a request may take."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress

import pytest
from click.testing import CliRunner
from flask import Flask
from pydantic import SecretStr

from sg_jira.cli.serve import serve
from sg_jira.service_settings import read_service_settings
from sg_jira.web import create_app
from sg_jira.web.admins import RESETS_PER_MINUTE, Admins, SourceLimit
from sg_jira.web.connection import Readiness
from sg_jira.web.http import HTTPServer
from sg_jira.web.proofs import proofs_of_shotgun
from sg_jira.web.replies import Refusal
from tests.integration.web.conftest import Inbox, served

TOKEN, DAEMONS = SecretStr("the-token-of-admins"), SecretStr("the-token-of-the-daemon")


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def port(admins: Admins | None = None, **options):
    return create_app(
        Inbox(),
        settings_names=["default"],
        readiness=lambda: Readiness(True, True),
        reset=lambda: None,
        max_body_bytes=10_000,
        admins=admins,
        **options,
    ).test_client()


def status_of_check(admins: Admins, **request) -> int:
    with Flask(__name__).test_request_context(**request):
        try:
            admins.check()
        except Refusal as error:
            return error.status
    return 200


def bearer(token: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


def test_the_caches_may_be_reset_now_and_then_by_anybody_until_there_is_a_token():
    client = port()
    answers = [client.post("/admin/reset").status_code for _ in range(RESETS_PER_MINUTE + 1)]

    assert answers == [200] * RESETS_PER_MINUTE + [429]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (bearer(SecretStr("x")), 401), (bearer(TOKEN), 200), (bearer(DAEMONS), 200)],
)
def test_with_a_token_a_reset_needs_it_or_that_of_the_daemon(headers, status):
    client = port(Admins(TOKEN, [DAEMONS]))

    assert client.post("/admin/reset", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("address", "host", "headers", "status"),
    [
        ("127.0.0.1", "localhost:9090", {}, 200),
        ("127.0.0.1", "127.0.0.1", {}, 200),
        ("::1", "[::1]:9090", {}, 200),
        ("10.0.0.9", "localhost", {}, 403),
        ("127.0.0.1", "rebound.example", {}, 403),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "127.0.0.1"}, 403),
    ],
)
def test_without_a_token_only_this_machine_may_look_and_no_page_of_others_through_it(
    address, host, headers, status
):
    environ = {"REMOTE_ADDR": address, "HTTP_HOST": host}

    assert status_of_check(Admins(None), environ_overrides=environ, headers=headers) == status


def test_the_daemons_token_opens_no_page():
    assert status_of_check(Admins(TOKEN, [DAEMONS]), headers=bearer(DAEMONS)) == 401
    assert status_of_check(Admins(TOKEN, [DAEMONS]), headers=bearer(TOKEN)) == 200


def test_who_proves_nothing_is_slowed_down_and_others_are_not():
    clock = Clock()
    limit = SourceLimit(2, clock)
    proofs = proofs_of_shotgun([DAEMONS], lambda sender: None, count=limit.count)
    client = port(from_fptr=proofs)

    def post(headers=None, source="10.0.0.1") -> int:
        return client.post(
            "/sg2jira/default/Task/1",
            json={},
            headers=headers or {},
            environ_overrides={"REMOTE_ADDR": source},
        ).status_code

    assert [post(), post(), post()] == [200, 200, 429]
    assert post(source="10.0.0.2") == 200
    assert post(bearer(DAEMONS)) == 200
    clock.seconds = 61
    assert post() == 200


def test_a_proxy_is_believed_only_when_it_is_trusted():
    limit = SourceLimit(1, Clock())
    proofs = proofs_of_shotgun([], lambda sender: None, count=limit.count)
    client = port(from_fptr=proofs, proxies=1)

    answers = [
        client.post(
            "/sg2jira/default/Task/1", json={}, headers={"X-Forwarded-For": address}
        ).status_code
        for address in ("203.0.113.1", "203.0.113.2", "203.0.113.2")
    ]
    assert answers == [200, 200, 429]


# ------------------------------------------------------------------------- how it is started


@pytest.mark.parametrize(("address", "proxies"), [("0.0.0.0", "0"), ("127.0.0.1", "1")])
def test_serve_is_not_reached_from_beyond_this_machine_without_secrets(
    tmp_path, monkeypatch, address, proxies
):
    file = tmp_path / "settings.py"
    file.write_text(
        'SHOTGUN = {"site": "http://127.0.0.1:1", "script_name": "s", "script_key": "k"}\n'
        'JIRA = {"site": "http://127.0.0.1:1", "user": "u", "secret": "s"}\n'
        'SYNC = {"default": {"syncer": "sg_jira.TaskIssueSyncer"}}\n'
    )
    monkeypatch.setenv("SGJIRA_FPTR_SECRET", "x" * 16)
    monkeypatch.setenv("SGJIRA_TRUSTED_PROXIES", proxies)

    told = CliRunner().invoke(
        serve, ["--settings", str(file), "--listen-address", address, "--port", "0"]
    )

    assert told.exit_code == 1
    assert "set SGJIRA_JIRA_SECRET, SGJIRA_ADMIN_TOKEN" in told.output
    assert "--allow-unsigned" in told.output


def test_refusing_what_is_unsigned_needs_both_secrets():
    with pytest.raises(ValueError, match="SGJIRA_FPTR_SECRET and SGJIRA_JIRA_SECRET"):
        read_service_settings({"SGJIRA_UNSIGNED": "refuse", "SGJIRA_FPTR_SECRET": "x" * 16})


@pytest.mark.parametrize("text", ["short", "x" * 16 + ",", ",".join(["y" * 16] * 3)])
def test_a_secret_that_is_none_is_refused_without_being_shown(text):
    with pytest.raises(ValueError, match="SGJIRA_JIRA_SECRET must be one secret") as refusal:
        read_service_settings({"SGJIRA_JIRA_SECRET": text})
    assert text not in str(refusal.value)


# ------------------------------------------------------------------------- slow and odd senders


@pytest.fixture
def impatient():
    """A server whose requests have to arrive within a moment."""
    app = create_app(
        Inbox(),
        settings_names=["default"],
        readiness=lambda: Readiness(True, True),
        reset=lambda: None,
        max_body_bytes=10_000,
    )
    http = HTTPServer(app, "127.0.0.1", 0, 10_000)
    http.slow_requests.longest = 0.3
    with served(http) as running:
        yield running


HEAD = b"POST /sg2jira/default/Task/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(b"POST /sg2jira/", id="request line"),
        pytest.param(HEAD, id="headers"),
        pytest.param(HEAD + b"Content-Length: 900\r\n\r\n{", id="body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", id="chunk"),
    ],
)
def test_a_request_that_drips_in_is_ended_and_others_are_served(impatient, begin):
    address = ("127.0.0.1", impatient.bind_addr[1])
    with socket.create_connection(address, timeout=10) as slow:
        slow.sendall(begin)
        stop, answer = threading.Event(), b""

        def drip() -> None:
            while not stop.wait(0.05):
                try:
                    slow.sendall(b" ")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        with suppress(ConnectionResetError):  # ended while bytes were on their way
            while chunk := slow.recv(4096):
                answer += chunk
        stop.set()
        dripping.join()
    assert b" 200 " not in answer

    with socket.create_connection(address, timeout=10) as quick:
        quick.sendall(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")
        assert b" 200 " in quick.recv(4096)


@pytest.mark.parametrize(
    "header",
    [
        b" Content-Type: folded\r\n",
        b"X-A: b\r\n c\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
    ],
)
def test_headers_that_can_be_read_in_two_ways_are_refused(service, header):
    answer = service.raw(b"POST /sg2jira/default/Task/1 HTTP/1.1\r\n" + header + b"\r\n{}")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "error" in json.loads(answer.partition(b"\r\n\r\n")[2])
    assert service.inbox.events == []
