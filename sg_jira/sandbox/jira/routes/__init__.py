"""The REST API: one module per group of resources, put together by `build_app`."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes import activity, issues, people, search, site
from sg_jira.sandbox.jira.routes.call import Call, Route
from sg_jira.sandbox.jira.store import Store

ROUTES: Final = (
    *site.ROUTES,
    *people.ROUTES,
    *issues.ROUTES,
    *activity.ROUTES,
    *search.ROUTES,
)
_PREFIX: Final = "/rest/api/<any('2', '3', 'latest'):version>/"
_LOGIN_REASON: Final = "X-Seraph-LoginReason"


def build_app(store: Store) -> Flask:
    """The Flask application that serves the REST API of a store."""
    app = Flask(__name__)
    app.url_map.strict_slashes = False
    for route in ROUTES:
        app.add_url_rule(
            _PREFIX + route.rule,
            endpoint=f"{route.method} {_braced(route.rule)}",
            view_func=_view(store, route),
            methods=[route.method],
        )
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _no_such_resource)
    return app


def describe(store: Store) -> tuple[str, str]:
    """The present request's endpoint, such as `GET issue/{key}`, and its caller."""
    with store.lock:
        person = store.people.authenticate(request.headers.get("Authorization", ""))
    caller = "anonymous"
    if person is not None:
        caller = person.email if person.flavour.is_cloud else person.name
    return request.endpoint or f"{request.method} {request.path.lstrip('/')}", caller


def refuse(status: int, message: str) -> Response:
    """An error answer in Jira's form."""
    return _refused(Refusal(status, message))


def _braced(rule: str) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", rule)


def _view(store: Store, route: Route) -> Any:
    def view(version: str, **variables: str) -> Response:
        if version == "3" and not store.flavour.is_cloud:
            raise Refusal(404, "Data Center has no version 3 of the REST API.")
        with store.lock:
            caller = _caller(store, route)
            call = Call(store, caller, request.args, _body())
            answer = route.handle(call, **variables)
        if answer.body is None:
            return Response(status=answer.status)
        response = jsonify(answer.body)
        response.status_code = answer.status
        return response

    return view


def _caller(store: Store, route: Route) -> Any:
    header = request.headers.get("Authorization", "")
    person: Person | None = store.people.authenticate(header)
    # Wrong credentials are refused even where none are needed, as Jira does.
    if person is None and (header or not route.anonymous):
        raise Unauthorized(store.flavour.is_cloud, bool(header))
    return person


class Unauthorized(Refusal):
    """Nobody is logged in, or the credentials are wrong."""

    def __init__(self, cloud: bool, failed: bool) -> None:
        super().__init__(
            401,
            "Client must be authenticated to access this resource."
            if cloud
            else "You are not authenticated. Authentication required to perform this operation.",
        )
        self.failed = failed


def _body() -> Any:
    if not request.get_data():
        return None
    body = request.get_json(force=True, silent=True)
    if body is None and request.get_data().strip() != b"null":
        raise Refusal(400, "Unexpected character in the body: it is not JSON.")
    return body


def _refused(refusal: Refusal) -> Response:
    response = jsonify(refusal.body)
    response.status_code = refusal.status
    if isinstance(refusal, Unauthorized):
        response.headers["WWW-Authenticate"] = 'OAuth realm="Jira"'
        if refusal.failed:
            response.headers[_LOGIN_REASON] = "AUTHENTICATED_FAILED"
    return response


def _no_such_resource(error: HTTPException) -> Response:
    return refuse(error.code or 500, f"{error.name}: {request.method} {request.path}")
