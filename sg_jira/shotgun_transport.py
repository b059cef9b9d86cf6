"""How FPTR's client speaks: every call is sent once, and no secret gets into the log."""

from __future__ import annotations

import http.client
import logging
from typing import Any, Final

from shotgun_api3 import shotgun
from urllib3.util.wait import wait_for_read

from sg_jira import deadlines
from sg_jira.deadlines import total_deadline, watch_socket
from sg_jira.seats import waiting
from sg_jira.site_calls import Site, SiteCall, make_call, shotgun_call
from sg_jira.whole_texts import with_whole_characters

#: The client logs these with the script key, and the records, in clear.
_TELLTALE: Final = (
    "Request body is",
    "Request headers are",
    "Response body is",
    "Response headers are",
)


class _Once(shotgun.Http):  # type: ignore[misc,name-defined]  # untyped
    """The client's HTTP library, which sends a request again when the site hangs up on it.

    It takes that for a connection that went stale while it was idle. But the request may have
    been carried out and only the answer lost, and sent again it makes a second record. So
    stale connections are recognised before anything is sent, and what was sent stays sent.
    """

    def _conn_request(self, conn: Any, *request: Any) -> Any:
        if conn.sock is not None and wait_for_read(conn.sock, timeout=0):
            conn.close()  # nothing was asked: only a site that has hung up has anything to say
        read_answer = type(conn).getresponse

        def answer_or_error() -> Any:
            watch_socket(conn.sock)
            try:
                with waiting():
                    return read_answer(conn)
            except http.client.BadStatusLine as error:
                conn.close()
                raise ConnectionResetError(f"FPTR hung up without an answer: {error}") from error

        conn.getresponse = answer_or_error
        conn.connect = lambda: _connect_soon(conn)
        with total_deadline():
            return super()._conn_request(conn, *request)


def _connect_soon(conn: Any) -> None:
    """Connects within the time for that; the library knows one limit for all that a socket does."""
    patience = conn.timeout
    conn.timeout = deadlines.CONNECT
    try:
        type(conn).connect(conn)
    finally:
        conn.timeout = patience
    conn.sock.settimeout(patience)


class SendsOnce:
    """Goes before FPTR's client among the bases of a class, and makes it send calls once."""

    def _get_connection(self) -> Any:
        connection = super()._get_connection()  # type: ignore[misc]  # of the client
        # The client makes its connection itself, anew whenever it was closed.
        connection.__class__ = _Once
        return connection

    def _call_rpc(self, method: str, params: Any, *args: Any, **kwargs: Any) -> Any:
        send = super()._call_rpc  # type: ignore[misc]  # of the client
        return make_call(
            shotgun_call(method, params), lambda: send(method, params, *args, **kwargs)
        )

    def _json_loads(self, body: str | bytes) -> Any:
        raw = body.encode() if isinstance(body, str) else body
        return super()._json_loads(with_whole_characters(raw))  # type: ignore[misc]  # of the client

    # Files go their own way to the site.

    def upload(self, entity_type: str, entity_id: int, *args: Any, **kwargs: Any) -> Any:
        send = super().upload  # type: ignore[misc]  # of the client
        call = _upload_call(f"{entity_type}:{entity_id}", *args, **kwargs)
        return make_call(call, lambda: send(entity_type, entity_id, *args, **kwargs))

    def share_thumbnail(self, *args: Any, **kwargs: Any) -> Any:
        send = super().share_thumbnail  # type: ignore[misc]  # of the client
        call = _upload_call(None, kwargs.get("thumbnail_path"))
        return make_call(call, lambda: send(*args, **kwargs))


def _upload_call(target: str | None, *sent: Any, **named: Any) -> SiteCall:
    path = named.get("path", sent[0] if sent else None)
    return SiteCall(Site.SHOTGUN, "upload", target, writes=True, sent=str(path))


def sending_once(client_class: type) -> type:
    """The client class, made to send every call once."""
    return type(client_class.__name__, (SendsOnce, client_class), {})


def _tells_no_secret(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_TELLTALE)


logging.getLogger("shotgun_api3").addFilter(_tells_no_secret)
