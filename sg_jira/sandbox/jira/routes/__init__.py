"""The REST API: one module per group of resources, put together by `build_app`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes import (
    activity,
    attachments,
    contexts,
    fields,
    issues,
    people,
    permissions,
    screens,
    search,
    site,
    webhooks,
    workflows,
    worklogs,
)
from sg_jira.sandbox.jira.routes.call import Call, Route
from sg_jira.sandbox.jira.store import Store

ROUTES: Final = (
    *site.ROUTES,
    *permissions.ROUTES,
    *people.ROUTES,
    *issues.ROUTES,
    *activity.ROUTES,
    *worklogs.ROUTES,
    *attachments.ROUTES,
    *search.ROUTES,
    *fields.ROUTES,
    *contexts.ROUTES,
    *screens.ROUTES,
    *webhooks.ROUTES,
    *workflows.ROUTES,
)
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_LOGIN_REASON: Final = "X-Seraph-LoginReason"


def _braced(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


#: The routes by endpoint, such as `GET issue/{key}`.
_BY_ENDPOINT: Final = {f"{route.method} {_braced(route.rule)}": route for route in ROUTES}
# One map for all sites: compiling it for each of them would take most of the time of a start.
_MAP: Final = Map(
    [
        Rule(route.prefix + route.rule, endpoint=endpoint, methods=[route.method])
        for endpoint, route in _BY_ENDPOINT.items()
    ],
    strict_slashes=False,
)


def build_app(store: Store) -> Flask:
    """The Flask application that serves the REST API of a store."""
    app = Flask(__name__)

    def serve(path: str) -> Response:
        endpoint, variables = _match()
        return _answer(store, _BY_ENDPOINT[endpoint], **variables)

    app.add_url_rule("/rest/api/<path:path>", view_func=serve, methods=_METHODS)
    app.add_url_rule("/rest/webhooks/<path:path>", view_func=serve, methods=_METHODS)
    app.add_url_rule("/secure/<path:path>", view_func=serve, methods=_METHODS)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _no_such_resource)
    return app


def _match() -> tuple[str, Mapping[str, Any]]:
    """The present request's endpoint and variables. Raises werkzeug's `HTTPException`."""
    return _MAP.bind("sandbox").match(request.path, request.method)


def describe(store: Store) -> tuple[str, str]:
    """The present request's endpoint, such as `GET issue/{key}`, and its caller."""
    with store.lock:
        person = store.people.authenticate(request.headers.get("Authorization", ""))
    caller = "anonymous"
    if person is not None:
        caller = person.email if person.flavour.is_cloud else person.name
    try:
        return _match()[0], caller
    except HTTPException:
        return f"{request.method} {request.path.lstrip('/')}", caller


def refuse(status: int, message: str) -> Response:
    """An error answer in Jira's form."""
    return _refused(Refusal(status, message))


def _answer(store: Store, route: Route, version: str = "2", **variables: str) -> Response:
    if version == "3" and not store.flavour.is_cloud:
        raise Refusal(404, "Data Center has no version 3 of the REST API.")
    with store.lock:
        caller, files = _caller(store, route), request.files.getlist("file")
        call = Call(store, caller, request.args, _body(), files, request.headers)
        answer = route.handle(call, **variables)
    if answer.file is not None:
        return answer.file.response()
    if answer.location is not None:
        return Response(status=answer.status, headers={"Location": answer.location})
    if answer.body is None:
        return Response(status=answer.status)
    response = jsonify(answer.body)
    response.status_code = answer.status
    return response


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
    if request.mimetype == "multipart/form-data" or not request.get_data():
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
