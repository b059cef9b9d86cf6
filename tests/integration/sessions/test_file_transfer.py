"""Fetching files: how large, how long, and from where."""

from __future__ import annotations

import os
import socket
import stat
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
import requests
from flask import Flask, Response, redirect, request

from sg_jira import deadlines
from sg_jira.deadlines import total_deadline
from sg_jira.errors import FileElsewhere, FileRefused, FileTooLarge, FileUnavailable
from sg_jira.file_transfer import (
    MEGABYTE,
    Download,
    TransferRules,
    ask_stranger,
    check_host,
    is_same_site,
    plain_session,
    temporary_file,
)
from sg_jira.sandbox.serving import SiteServer

CONTENT = bytes(range(256)) * 1000
LARGE = 12 * MEGABYTE
_PIECE = 65536
RULES = TransferRules(most_bytes=len(CONTENT))


class Host:
    """A server with a file, and with addresses that lead on; notes who asks for what."""

    def __init__(self) -> None:
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._serve)
        self._server = SiteServer(app, threads=4)
        self._server.start()
        self.url = self._server.url
        self.elsewhere = ""
        self.seen: list[tuple[str, dict[str, str]]] = []

    def _serve(self, path: str) -> Any:
        self.seen.append((path, dict(request.headers)))
        if path == "round":
            return redirect("/round")
        if path == "away":
            return redirect(self.elsewhere)
        if path == "again":
            return redirect("/file")
        if path == "log-in":
            return redirect("/user/login?back=file")
        if path == "large":
            return Response(bytes(_PIECE) for _ in range(LARGE // _PIECE))
        if path == "unknown-length":
            return Response(iter([CONTENT, b"x"]))
        if path == "file":
            return Response(CONTENT)
        return Response(status=404 if path == "gone" else 500)

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def site() -> Iterator[Host]:
    host = Host()
    yield host
    host.stop()


@pytest.fixture
def other() -> Iterator[Host]:
    host = Host()
    yield host
    host.stop()


def fetch(site: Host, path: str, rules: TransferRules = RULES, size: int | None = None) -> bytes:
    """What a download writes; it logs in to the site."""

    def ask(url: str) -> requests.Response:
        return requests.get(
            url, headers={"Authorization": "secret"}, stream=True, allow_redirects=False, timeout=5
        )

    into = BytesIO()
    Download(f"{site.url}/{path}", size, ask, "/user/login").into(into, rules)
    return into.getvalue()


def named(host: Host) -> str:
    return host.url.removeprefix("http://")


def test_a_file_of_the_site_is_fetched_with_its_login(site: Host) -> None:
    assert fetch(site, "file", size=len(CONTENT)) == CONTENT
    assert fetch(site, "again") == CONTENT
    assert all(headers["Authorization"] == "secret" for _, headers in site.seen)


def test_a_file_that_is_said_to_be_too_large_is_not_asked_for(site: Host) -> None:
    with pytest.raises(FileTooLarge, match=r"0\.3 MB.*attachment_limit_mb"):
        fetch(site, "file", size=len(CONTENT) + 100_000)
    assert site.seen == []


@pytest.mark.parametrize(
    ("size", "limit", "told"),
    [
        (60_000, 50_000, r"0\.06 MB, .* allows 0\.05"),
        (20_000_001, 20_000_000, r"19\.073487 MB, .* allows 19\.073486"),
        (2, 1, r"0\.000002 MB, .* allows 0\.000001"),
        (30_000_000, 25_000_000, r"28\.6 MB, .* allows 23\.8"),
    ],
)
def test_sizes_are_told_with_as_many_decimals_as_it_takes(size: int, limit: int, told: str) -> None:
    with pytest.raises(FileTooLarge, match=told):
        TransferRules(most_bytes=limit).check_size(size)


@pytest.mark.parametrize("path", ["file", "unknown-length"])
def test_a_file_that_turns_out_to_be_too_large_is_given_up(site: Host, path: str) -> None:
    with pytest.raises(FileTooLarge):
        fetch(site, path, TransferRules(most_bytes=len(CONTENT) - (path == "file")))


def test_less_than_the_site_has_told_is_not_taken_for_the_file(site: Host) -> None:
    with pytest.raises(ConnectionError, match="256001 bytes, but 256000 came"):
        fetch(site, "file", TransferRules(10**6), size=len(CONTENT) + 1)


def test_another_host_is_not_asked_unless_it_is_allowed(site: Host, other: Host) -> None:
    site.elsewhere = f"{other.url}/file"

    with pytest.raises(FileElsewhere, match=f"{named(other)}.*attachment_hosts"):
        fetch(site, "away")
    assert other.seen == []


def test_a_host_that_is_allowed_gets_no_login(
    site: Host, other: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    site.elsewhere = f"{other.url}/file"
    rules = TransferRules(len(CONTENT), frozenset({named(other)}))

    assert fetch(site, "away", rules) == CONTENT
    ((_, headers),) = other.seen
    assert not {"Authorization", "Cookie"} & set(headers)


def test_an_allowed_host_may_not_lead_on_to_another_one(site: Host, other: Host) -> None:
    site.elsewhere = f"{other.url}/away"
    other.elsewhere = "http://169.254.169.254/latest/meta-data"

    with pytest.raises(FileElsewhere, match=r"169\.254\.169\.254"):
        fetch(site, "away", TransferRules(10**6, frozenset({named(other)})))


def test_a_login_page_is_no_file(site: Host) -> None:
    with pytest.raises(FileUnavailable, match="log in"):
        fetch(site, "log-in")


def test_a_download_that_leads_round_and_round_ends(site: Host) -> None:
    with pytest.raises(FileUnavailable, match="without an end"):
        fetch(site, "round")
    assert len(site.seen) < 10


class Proxy(BaseHTTPRequestHandler):
    """A proxy that answers by itself."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_allowed_host_is_reached_by_the_proxy_of_the_site(site: Host, proxy: Any) -> None:
    site.elsewhere = "http://media.example/file"

    def ask(url: str) -> requests.Response:
        return requests.get(url, stream=True, allow_redirects=False, timeout=5)

    into = BytesIO()
    by_proxy = {"http": f"http://127.0.0.1:{proxy.server_port}"}
    download = Download(f"{site.url}/away", None, ask, "/user/login", by_proxy)
    download.into(into, TransferRules(len(CONTENT), frozenset({"media.example"})))

    assert into.getvalue() == CONTENT
    assert proxy.asked == ["http://media.example/file"]


@pytest.mark.parametrize(
    ("path", "error"), [("gone", FileUnavailable), ("broken", requests.ConnectionError)]
)
def test_what_another_host_refuses_is_told_without_the_signed_address(
    site: Host, other: Host, path: str, error: type[Exception]
) -> None:
    site.elsewhere = f"{other.url}/{path}?signature=s3cret"

    with pytest.raises(error) as caught:
        fetch(site, "away", TransferRules(10**6, frozenset({named(other)})))
    assert "s3cret" not in str(caught.value)


def test_a_host_that_cannot_be_reached_is_told_without_the_signed_address() -> None:
    with pytest.raises(requests.ConnectionError) as caught:
        ask_stranger("http://127.0.0.1:9/file?signature=s3cret")
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "address",
    [
        "https://media.example\\@evil.example/x",
        "https://media.example@evil.example/x",
        "https://ann:pw@media.example/x",
        "https://evil.example/media.example",
        "https://media.example.evil.example/x",
        "https://media.example:8443/x",
        "http://media.example/x",
        "file:///etc/passwd",
        "https://media.example /x",
        "//media.example/x",
    ],
)
def test_an_address_that_only_looks_like_an_allowed_one_is_refused(address: str) -> None:
    hosts = frozenset({"media.example"})

    assert not is_same_site(address, "https://media.example")
    with pytest.raises(FileRefused):
        check_host(address, "https://studio.example", hosts)


def test_an_allowed_host_is_named_with_its_port_where_that_is_unusual() -> None:
    check_host("https://media.example/x", "https://studio.example", frozenset({"media.example"}))
    check_host(
        "https://MEDIA.example:8443/x",
        "https://studio.example",
        frozenset({"media.example:8443"}),
    )


def test_a_large_file_never_is_in_memory_as_a_whole(site: Host) -> None:
    def ask(url: str) -> requests.Response:
        return requests.get(url, stream=True, timeout=5)

    tracemalloc.start()
    with temporary_file() as file:
        Download(f"{site.url}/large", LARGE, ask, "/user/login").into(file, TransferRules(LARGE))
        assert file.tell() == LARGE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < LARGE / 3


def test_an_upload_that_nobody_reads_ends_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, temporary_file() as file:
        file.truncate(64 * MEGABYTE)
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        with pytest.raises(TimeoutError), total_deadline(0.3), plain_session() as http:
            http.post(url, data=file, timeout=30)


def test_a_larger_file_has_more_time() -> None:
    rules = TransferRules(most_bytes=100 * 2**20)

    assert rules.seconds(0) == deadlines.TOTAL
    assert rules.seconds(50 * 2**20) == deadlines.TOTAL + 200
    assert rules.seconds(None) == rules.seconds(100 * 2**20)


@pytest.mark.skipif(os.name == "nt", reason="files have other rights on Windows")
def test_a_temporary_file_has_no_name_and_is_for_nobody_else() -> None:
    with temporary_file() as file:
        about = os.fstat(file.fileno())
        assert stat.S_IMODE(about.st_mode) == 0o600
        assert about.st_nlink == 0
