"""What a browser and a health check see."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from sg_jira.web.connection import Readiness


def test_the_front_page_says_that_the_server_is_alive(service):
    answer = service.get("/")

    assert answer.status_code == 200
    assert "The server is alive" in answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "title"), [("sg2jira", "Shotgun to Jira"), ("jira2sg", "Jira to Shotgun")]
)
@pytest.mark.parametrize("rest", ["", "/", "/issue/CMT-1", "?x=1", "/a/b/c/d/e"])
def test_a_sync_url_can_be_checked_in_a_browser(service, path, title, rest):
    answer = service.get(f"/{path}/default{rest}")

    assert answer.status_code == 200
    assert f"<title>{title}</title>" in answer.text
    assert "Syncing with default settings." in answer.text


@pytest.mark.parametrize("name", ["Größe 10%", "a/b", "été"])
def test_any_settings_name_can_be_reached(service, name):
    answer = service.get("/sg2jira/" + quote(name, safe=""))

    assert answer.status_code == 200
    assert f"Syncing with {name} settings." in answer.text


@pytest.mark.parametrize(
    "path", ["//sg2jira//default//", "/sg2jira/default/", "///sg2jira/default"]
)
def test_doubled_slashes_do_no_harm(service, path):
    answer = service.raw(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("ascii")
    )

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", ["/sg2jira/nobody", "/jira2sg/nobody/issue/X-1"])
def test_an_unknown_settings_name_is_400_and_named(service, path):
    answer = service.get(path)

    assert answer.status_code == 400
    assert "nobody" in answer.json()["error"]


def test_a_name_that_is_not_utf8_is_an_unknown_name(service):
    assert service.get("/sg2jira/%ff%fe").status_code == 400


@pytest.mark.parametrize(
    "path", ["/admin/reset", "/what/is/this", "/sg2jira", "/jira2sg/", "/x%0ay"]
)
def test_any_other_path_is_400_and_shown(service, path):
    answer = service.get(path)

    assert answer.status_code == 400
    assert path.strip("/").split("%")[0] in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/sg2jira", "after sg2jira come a settings name, an entity type and an id"),
        ("/sg2jira/default/Task", "here are 2 parts"),
        ("/jira2sg/default/issue", "after jira2sg come a settings name, the word issue and a key"),
        ("/jira2sg/default/issue/A-1/more", "here are 4 parts"),
        ("/sg2jra/default/Task/1", "unknown command 'sg2jra'"),
    ],
)
def test_a_path_to_post_to_that_is_incomplete_says_what_belongs_in_it(service, path, said):
    answer = service.post(path, json={})

    assert answer.status_code == 400
    assert path in answer.json()["error"]
    assert said in answer.json()["error"]


def test_there_is_no_icon(service):
    assert service.get("/favicon.ico").status_code == 404


def test_what_is_echoed_is_escaped(service):
    answer = service.get("/sg2jira/<script>alert(1)</script>", headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_browser_gets_its_errors_as_a_page(service):
    answer = service.get("/what", headers={"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"})

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "unknown command" in answer.text


@pytest.mark.parametrize("path", ["/", "/what", "/healthz"])
def test_every_answer_has_security_headers(service, path):
    headers = service.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "sg-jira"


def test_a_living_process_is_healthy_even_when_it_is_not_ready(service):
    service.readiness = Readiness(ready=False, connected=False)

    assert service.get("/healthz").status_code == 200


def test_readiness_is_told_with_its_warnings(service):
    service.readiness = Readiness(ready=True, connected=True, warnings=["beware"])
    answer = service.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["beware"]


def test_not_being_ready_is_503_with_what_is_missing(service):
    service.readiness = Readiness(
        ready=False,
        connected=False,
        reason="Jira: Connection refused",
        sites={"Jira": {"reachable": False, "reason": "Connection refused"}},
    )
    answer = service.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["sites"]["Jira"]["reason"] == "Connection refused"


def test_head_is_get_without_a_body(service):
    answer = service.raw(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b""


def test_options_tells_the_methods(service):
    answer = service.raw(b"OPTIONS /admin/reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"POST" in answer


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/sg2jira/default/Task/1", "/what"])
def test_other_methods_are_405(service, method, path):
    answer = service.raw(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("ascii")
    )

    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"Allow: GET, HEAD, POST, OPTIONS" in answer
