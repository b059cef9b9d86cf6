"""Serves the REST API: from HTTP requests to routes and back, and how errors look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from sg_jira.sandbox.shotgun.accounts import ANONYMOUS, Accounts
from sg_jira.sandbox.shotgun.records import Author
from sg_jira.sandbox.shotgun.refusals import AuthenticationFault, PermissionFault, ShotgunFault
from sg_jira.sandbox.shotgun.rest import hook_routes, record_routes, schema_routes
from sg_jira.sandbox.shotgun.rest.call import (
    NOT_FOUND_CODE,
    PREFIX,
    Call,
    Problem,
    RestParts,
    Route,
)

_ROUTES: Final = (*hook_routes.ROUTES, *record_routes.ROUTES, *schema_routes.ROUTES)
_TOKEN_RULE: Final = "auth/access_token"
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")


def _braced(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


#: The routes by endpoint, such as `GET webhook/hooks/{id}`.
_BY_ENDPOINT: Final = {f"{route.method} {_braced(route.rule)}": route for route in _ROUTES}
_MAP: Final = Map(
    [
        Rule(f"{PREFIX}/{route.rule}", endpoint=endpoint, methods=[route.method])
        for endpoint, route in _BY_ENDPOINT.items()
    ],
    strict_slashes=False,
)
#: Statuses of faults, and FPTR's code for others.
_STATUSES: Final[Mapping[type[ShotgunFault], int]] = {
    AuthenticationFault: 401,
    PermissionFault: 403,
}


class RestApi:
    """Answers calls of the REST API.

    Parameters:
        parts: what the routes work with.
        accounts: names the callers for the call log.
    """

    def __init__(self, parts: RestParts, accounts: Accounts) -> None:
        self._parts = parts
        self._accounts = accounts

    def blueprint(self) -> Blueprint:
        """The routes of the API, for a Flask application."""
        blueprint = Blueprint("rest", __name__, url_prefix=PREFIX)
        blueprint.post(f"/{_TOKEN_RULE}")(self._grant)
        blueprint.add_url_rule("/<path:path>", view_func=self._serve, methods=_METHODS)
        blueprint.register_error_handler(Problem, _refused)
        blueprint.register_error_handler(ShotgunFault, _faulted)
        blueprint.register_error_handler(HTTPException, _unknown)
        return blueprint

    def describe(self) -> tuple[str, str] | None:
        """Names the current request for the call log; `None` when it is not for this API."""
        if not request.path.startswith(f"{PREFIX}/"):
            return None
        if request.path == f"{PREFIX}/{_TOKEN_RULE}":
            return f"{request.method} {_TOKEN_RULE}", request.form.get("client_id", ANONYMOUS)
        try:
            endpoint = _match()[0]
        except HTTPException:
            endpoint = f"{request.method} {request.path.lstrip('/')}"
        try:
            with self._parts.store.lock:
                return endpoint, self._accounts.name(self._author())
        except AuthenticationFault:
            return endpoint, ANONYMOUS

    @staticmethod
    def refuse(status: int, message: str) -> Response | None:
        """A failure as this API answers it; `None` when the request is not for it."""
        if not request.path.startswith(f"{PREFIX}/"):
            return None
        return _refused(Problem(status, message))

    def _grant(self) -> Response:
        with self._parts.store.lock:
            return jsonify(self._parts.tokens.grant(request.form))

    def _author(self) -> Author:
        return self._parts.tokens.author(request.headers.get("Authorization", ""))

    def _serve(self, path: str) -> Response:
        with self._parts.store.lock:
            author = self._author()
            endpoint, variables = _match()
            route = _BY_ENDPOINT[endpoint]
            call = Call(self._parts, author, request.path, request.args, _body())
            if route.locked:
                return _answer(route, call, variables)
        return _answer(route, call, variables)


def _match() -> tuple[str, Mapping[str, Any]]:
    return _MAP.bind("sandbox").match(request.path, request.method)


def _body() -> Any:
    return request.get_json(force=True, silent=True) if request.get_data() else None


def _answer(route: Route, call: Call, variables: Mapping[str, Any]) -> Response:
    answer = route.handle(call, **variables)
    if answer.body is None:
        return Response(status=answer.status)
    response = jsonify(answer.body)
    response.status_code = answer.status
    return response


def _refused(problem: Problem) -> Response:
    response = jsonify(problem.body)
    response.status_code = problem.status
    return response


def _faulted(fault: ShotgunFault) -> Response:
    return _refused(Problem(_STATUSES.get(type(fault), 400), str(fault), code=fault.code))


def _unknown(error: HTTPException) -> Response:
    detail = f"There is no {request.method} {request.path}."
    return _refused(Problem(error.code or 500, detail, code=NOT_FOUND_CODE))
