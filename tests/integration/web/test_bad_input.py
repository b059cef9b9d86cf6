"""Malformed requests: each a 4xx that says what to mend, none reaches the acceptor."""

from __future__ import annotations

import json
import socket

import pytest

from tests.integration.web.conftest import LIMIT

JSON = {"Content-Type": "application/json"}
HEAD = b"POST /sg2jira/default/Task/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def post_json(service, body: bytes, path="/sg2jira/default/Task/1"):
    return service.post(path, data=body, headers=JSON)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not valid JSON"),
        (b'{"a": }', "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": ' + b"9" * 6000 + b"}", "not valid JSON"),
        (b'{"a": "\xff"}', "not UTF-8: byte 7"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[1, 2]", "a list and no object"),
        (b'"text"', "a text and no object"),
        (b"42", "a number and no object"),
        (b"true", "true or false and no object"),
        (b"null", "null and no object"),
        (b'{"a":' * 250 + b"1" + b"}" * 250, "nested deeper"),
        (b'{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}", "nested deeper"),
        (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, "nested deeper"),
    ],
)
def test_a_body_that_is_no_event_is_400(service, body, said):
    answer = post_json(service, body)

    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert answer.json()["hint"]
    assert not service.inbox.events


def test_ordinary_nesting_is_fine(service):
    assert post_json(service, b'{"a":' * 150 + b"1" + b"}" * 150).status_code == 200


def test_a_byte_order_mark_is_fine(service):
    assert post_json(service, b'\xef\xbb\xbf{"a": 1}').status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "json"])
def test_another_content_type_is_400_and_named(service, kind):
    answer = service.post("/jira2sg/default/issue/X-1", data=b"{}", headers={"Content-Type": kind})

    assert answer.status_code == 400
    assert kind in answer.json()["error"]


@pytest.mark.parametrize("path", ["/sg2jira/nobody/Task/1", "/jira2sg/nobody", "/sg2jira/nobody"])
def test_an_unknown_settings_name_is_400_before_the_body_is_looked_at(service, path):
    answer = service.post(path, data=b"{", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 400
    assert "nobody" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entity_type": "Task"},
        {"entity_id": 3},
        {"entity_type": "", "entity_id": 3},
        {"entity_type": "Task", "entity_id": None},
        {"entity_type": ["Task"], "entity_id": 3},
    ],
)
def test_an_fptr_event_without_a_record_is_400_and_quoted(service, body):
    answer = service.post("/sg2jira/default", json=body)

    assert answer.status_code == 400
    assert json.dumps(body) in answer.json()["error"]


def test_a_quoted_body_is_escaped_bounded_and_never_breaks_the_page(service):
    body = {"a": "<img src=x>" + "\ud800" + "x" * 5000}
    answer = service.post("/sg2jira/default", json=body, headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert "<img" not in answer.text
    assert len(answer.text) < 3000


@pytest.mark.parametrize("number", ["abc", "1.5", "1e3", "0x10", "1_000", "٣", "%20", "9" * 400])
def test_an_id_in_the_path_that_is_no_integer_is_400_with_type_and_id(service, number):
    answer = service.post(f"/sg2jira/default/Task/{number}", json={})

    assert answer.status_code == 400
    assert "Task" in answer.json()["error"]


@pytest.mark.parametrize("number", ["abc", 1.5, True, [], {"id": 1}, 10**30])
def test_an_id_in_the_body_that_is_no_integer_is_400(service, number):
    answer = service.post("/sg2jira/default", json={"entity_type": "Task", "entity_id": number})

    assert answer.status_code == 400
    assert not service.inbox.events


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sg2jira",
        "/sg2jira/default/Task",
        "/sg2jira/default/Task/1/2",
        "/jira2sg/default/issue",
        "/jira2sg/default/issue/X-1/more",
        "/healthz",
        "/what/ever",
        "/favicon.ico",
    ],
)
def test_any_other_path_is_400_and_shown(service, path):
    answer = service.post(path, json={})

    assert answer.status_code == 400
    assert path.rstrip("/") in answer.json()["error"]


def test_a_jira_event_without_a_subject_in_the_path_is_400(service):
    answer = service.post("/jira2sg/default", json={})

    assert answer.status_code == 400
    assert "names an Issue" in answer.json()["error"]


def test_a_body_over_the_limit_is_413_before_it_is_sent(service):
    answer = service.raw(
        b"POST /sg2jira/default/Task/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: " + str(10**12).encode() + b"\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"SGJIRA_MAX_BODY_BYTES" in answer


def test_a_chunked_body_over_the_limit_is_413(service):
    answer = service.post(
        "/sg2jira/default/Task/1", data=iter([b'{"a": "', b"x" * LIMIT, b'"}']), headers=JSON
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("chunks", [b"FFFFFFFFFFFF\r\n{", b"1\r\n{\r\n" * LIMIT * 2])
def test_chunks_that_never_end_are_413(service, chunks):
    answer = service.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_at_the_limit_is_taken(service):
    body = b'{"a": "' + b"x" * (LIMIT - 9) + b'"}'

    assert len(body) == LIMIT
    assert post_json(service, body).status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: many\r\n\r\n{}",
        HEAD + b"Content-Length: -2\r\n\r\n{}",
        HEAD + b"Content-Length: +2\r\n\r\n{}",
        HEAD + b"Content-Length: 1_0\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"No colon here\r\n\r\n{}",
        b"POST http://[broken/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /sg2jira/default/Task/1 HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST /sg2jira/default/Task/1 GOPHER/1.1\r\nHost: x\r\n\r\n",
        b"POST /sg2jira/default/Task/1 HTTP/1.x\r\nHost: x\r\n\r\n",
        b"post / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET /x#fragment HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_a_malformed_request_is_4xx_with_json(service, request_bytes):
    answer = service.raw(request_bytes)

    assert answer.startswith(b"HTTP/1.1 4"), answer[:100]
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]
    assert not service.inbox.events


def test_a_body_that_ends_early_is_400(service):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        client.sendall(HEAD + b'Content-Length: 50\r\n\r\n{"a": 1')
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not service.inbox.events


def test_what_is_left_of_a_refused_chunked_body_is_not_the_next_request(service):
    smuggled = b"POST /admin/reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    size = f"{len(smuggled):x}".encode()
    answer = service.raw(
        b"POST /what HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + size
        + b"\r\n"
        + smuggled
        + b"\r\n0\r\n\r\n"
    )

    assert answer.count(b"HTTP/1.1 ") == 1
    assert service.resets == 0


def test_line_breaks_in_a_path_reach_no_header(service):
    answer = service.post("/sg2jira/x%0d%0aSet-Cookie:%20a=b", json={})

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert answer.raw.reason.isascii()


def test_senders_are_served_after_all_that(service):
    assert service.post("/sg2jira/default/Task/1", json={}).status_code == 200
