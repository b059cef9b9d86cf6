"""Makes the Flask application. What it depends on comes in through `create_app`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from sg_jira.errors import StoreAway
from sg_jira.printable import printable
from sg_jira.web.acceptance import Acceptor, NotReady
from sg_jira.web.admins import Admins
from sg_jira.web.connection import Readiness
from sg_jira.web.openapi import description
from sg_jira.web.pages import make_pages
from sg_jira.web.proofs import NO_PROOFS, Proofs
from sg_jira.web.reasons import shorten
from sg_jira.web.replies import Refusal, add_security_headers, refuse
from sg_jira.web.webhooks import make_webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

#: Methods that some path of the service understands.
_METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
#: Seconds after which a sender may try again when the store cannot take its event.
STORE_RETRY_SECONDS: Final = 10
#: What follows a command in a path.
_PARTS: Final = {
    "sg2jira": "a settings name, an entity type and an id",
    "jira2sg": "a settings name, the word issue and a key",
}
_PATHS: Final = (
    "Post to /sg2jira/<settings name>/<entity type>/<id>, /jira2sg/<settings name>/issue/<key> "
    "or /admin/reset."
)


def create_app(
    acceptor: Acceptor,
    *,
    settings_names: Container[str],
    readiness: Callable[[], Readiness],
    reset: Callable[[], None],
    max_body_bytes: int,
    from_fptr: Proofs = NO_PROOFS,
    from_jira: Proofs = NO_PROOFS,
    admins: Admins | None = None,
    proxies: int = 0,
    engine_pages: Blueprint | None = None,
) -> Flask:
    """The web application, to be served by any WSGI server.

    Parameters:
        acceptor: takes the events.
        settings_names: names under `SYNC` in the settings file.
        readiness: tells whether events can be worked on.
        reset: makes the bridge forget what it has cached.
        max_body_bytes: larger bodies are refused, unread.
        from_fptr, from_jira: tell which requests come from the two sites.
        admins: who may do what is under /admin; without it only this machine.
        proxies: how many reverse proxies in front are believed about who asks.
        engine_pages: what the engine shows, see `engine_pages.make_engine_pages`.
    """
    app = Flask("webapp", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.url_map.converters["part"] = PathPart
    app.url_map.merge_slashes = False  # would redirect, and a redirected POST loses its body
    app.register_blueprint(make_pages(settings_names, readiness))
    app.add_url_rule("/openapi.json", "openapi", lambda: jsonify(description()))
    if engine_pages is not None:
        app.register_blueprint(engine_pages)
    app.register_blueprint(
        make_webhooks(acceptor, settings_names, reset, from_fptr, from_jira, admins or Admins(None))
    )
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.register_error_handler(Refusal, refuse)
    app.register_error_handler(NotReady, _not_ready)
    app.register_error_handler(StoreAway, _store_away)
    app.register_error_handler(HTTPException, _refuse_request)
    app.register_error_handler(Exception, _report_bug)
    app.after_request(add_security_headers)
    app.wsgi_app = PathWithoutEmptyParts(app.wsgi_app)  # type: ignore[method-assign]
    return app


class PathPart(BaseConverter):
    """A part of a path. WSGI servers leave an encoded slash in it as it is."""

    def to_python(self, value: str) -> str:
        return re.sub("%2f", "/", value, flags=re.IGNORECASE)


class PathWithoutEmptyParts:
    """WSGI middleware: doubled and trailing slashes do no harm."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts = filter(None, environ.get("PATH_INFO", "").split("/"))
        environ["PATH_INFO"] = "/" + "/".join(parts)
        return self._app(environ, start_response)


def _not_ready(error: NotReady) -> Response:
    return refuse(
        Refusal(
            503,
            f"The bridge cannot work at the moment: {error.reason}",
            "Nothing was kept. Send it again later; /readyz tells what is missing.",
            retry_after=error.retry_after,
        )
    )


def _store_away(error: StoreAway) -> Response:
    # Where the store is, is for the log and /readyz: senders may be anybody.
    logger.error("A request is answered with 503: %s", error)
    return _not_ready(NotReady("its store of events cannot be used", STORE_RETRY_SECONDS))


def _refuse_request(error: HTTPException) -> Response:
    """What Flask itself refuses. Unknown paths are 400, as senders know it."""
    status = error.code or 500
    if status in (404, 405):
        return _refuse_path()
    problem = _PROBLEMS.get(status, error.description or error.name)
    return refuse(Refusal(status, problem, _HINTS.get(status, "Check what sends this request.")))


_PROBLEMS: Final = {413: "The body is too large."}
_HINTS: Final = {
    400: "Check that the body is as long as Content-Length says.",
    413: "SGJIRA_MAX_BODY_BYTES sets the limit.",
}


def _refuse_path() -> Response:
    if request.method not in _METHODS:
        response = refuse(
            Refusal(405, f"The method {_shown(request.method)} is not supported.", _PATHS)
        )
        response.headers["Allow"] = ", ".join(_METHODS)
        return response
    command, *rest = list(filter(None, request.path.split("/"))) or [""]
    takes = _PARTS.get(command)
    why = (
        f"after {command} come {takes}, here are {len(rest)} parts"
        if takes
        else f"unknown command {_shown(command)}"
    )
    said = f"Invalid path {_shown(request.path)}: {why}."
    return refuse(Refusal(400, said, _PATHS))


def _report_bug(error: Exception) -> Response:
    """A mistake of ours; Flask's logger tells it with its traceback, the caller learns nothing."""
    current_app.logger.error("Failed to answer %s", _shown(request.path), exc_info=error)
    return refuse(Refusal(500, "Internal error.", "The bridge's log has the details."))


def _shown(text: str) -> str:
    return repr(shorten(printable(text), 200))
