"""FPTR's JSON-RPC API, as `shotgun_api3` speaks it: from requests to the site's parts and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from sg_jira.sandbox.shotgun.accounts import ANONYMOUS, Accounts
from sg_jira.sandbox.shotgun.editor import Editor
from sg_jira.sandbox.shotgun.filters import parse_filters
from sg_jira.sandbox.shotgun.queries import parse_sorts
from sg_jira.sandbox.shotgun.records import Author, Record, Row
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema_editor import SchemaEditor
from sg_jira.sandbox.shotgun.store import Store
from sg_jira.sandbox.shotgun.summaries import Summaries
from sg_jira.sandbox.shotgun.threads import Threads
from sg_jira.sandbox.shotgun.views import Views

PATH: Final = "/api3/json"
#: The version that the site claims; recent enough for everything the client offers.
VERSION: Final = (8, 60, 0)
_PAGE: Final = 500

#: Method names of the protocol where the client's users know another one.
_ENDPOINTS: Final = {"read": "find", "note_thread_contents": "note_thread_read"}
Params = Mapping[str, Any]
_Method = Callable[[Author, Any], Any]


@dataclass(frozen=True)
class Parts:
    """What the API works with; `uploads` tells what the site says about them to a new client."""

    store: Store
    views: Views
    summaries: Summaries
    threads: Threads
    editor: Editor
    schema_editor: SchemaEditor
    accounts: Accounts
    uploads: Callable[[], Mapping[str, Any]]


class Rpc:
    """Answers calls of the JSON-RPC API."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._methods: dict[str, _Method] = {
            "read": self._read,
            "summarize": self._summarize,
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
            "revive": self._revive,
            "batch": self._batch,
            "note_thread_contents": self._note_thread,
            "schema_entity_read": lambda author, _: parts.views.describe_types(author),
            "schema_read": lambda author, _: self._schema_read(author),
            "schema_field_read": self._schema_field_read,
            "schema_field_create": self._schema_field_create,
            "schema_field_update": self._schema_field_update,
            "schema_field_delete": self._schema_field_delete,
            "get_session_token": self._session_token,
        }

    def blueprint(self) -> Blueprint:
        """The route of the API, for a Flask application."""
        blueprint = Blueprint("rpc", __name__)
        blueprint.post(PATH)(self._serve)
        return blueprint

    def describe(self) -> tuple[str, str]:
        """Names the current request for the call log: `find Task`, and who calls."""
        method, auth, params = _split(_body())
        name = _ENDPOINTS.get(method, method) or f"{request.method} {request.path}"
        target = params.get("type") if isinstance(params, dict) else None
        with self._parts.store.lock:
            caller = ANONYMOUS if method == "info" else self._parts.accounts.caller(auth)
        return (f"{name} {target}" if isinstance(target, str) else name), caller

    @staticmethod
    def refuse(status: int, message: str) -> Response:
        """A failure as FPTR answers it: a fault of the API below 300, else a page of text."""
        if status < 300:
            return jsonify(_fault(ShotgunFault(message)))
        return Response(f"{message}\n", status=status, mimetype="text/plain")

    def _serve(self) -> Response | tuple[Response, int]:
        method, auth, params = _split(_body())
        if not method:
            return jsonify(_fault(ShotgunFault("the body is not a call: no 'method_name'"))), 400
        if method == "info":
            return jsonify(results={**_info(), **self._parts.uploads()})
        try:
            return jsonify(results=self.call(method, auth, params))
        except ShotgunFault as fault:
            return jsonify(_fault(fault))

    def call(self, method: str, auth: Any, params: Any) -> Any:
        """The result of a call.

        Parameters:
            method: name of a method of the protocol.
            auth: the credentials of the caller.
            params: the parameters of the method.

        Raises:
            ShotgunFault: the call cannot be fulfilled, its credentials included.
        """
        with self._parts.store.lock:
            author = self._parts.accounts.authenticate(auth)
            call = self._methods.get(method)
            if call is None:
                raise ShotgunFault(f"Unknown API method {method!r}")
            try:
                return call(author, params)
            except ShotgunFault as fault:
                name = _ENDPOINTS.get(method, method)
                raise type(fault)(f"API {name}() {fault}") from None

    def _read(self, author: Author, params: Any) -> dict[str, Any]:
        params = _object(params)
        rows = self._find(author, params, retired=params.get("return_only") == "retired")
        paging = _object(params.get("paging") or {})
        size, page = (
            _positive(paging, "entities_per_page", _PAGE),
            _positive(paging, "current_page", 1),
        )
        start, end = (page - 1) * size, page * size
        answer: dict[str, Any] = {
            "entities": self._parts.views.records(
                author, _text(params, "type"), rows[start:end], _names(params)
            )
        }
        info = {"current_page": page, "entities_per_page": size}
        if params.get("return_paging_info_without_counts"):
            answer["paging_info"] = {**info, "has_next_page": end < len(rows)}
        elif params.get("return_paging_info"):
            pages = -(-len(rows) // size)
            answer["paging_info"] = {**info, "entity_count": len(rows), "page_count": pages}
        return answer

    def _find(self, author: Author, params: Params, retired: bool = False) -> list[Row]:
        if params.get("additional_filter_presets"):
            raise ShotgunFault("'additional_filter_presets' are not offered by this site")
        return self._parts.views.find(
            author,
            _text(params, "type"),
            parse_filters(params.get("filters")),
            parse_sorts(params.get("sorts")),
            retired=retired,
            archived_projects=params.get("include_archived_projects") is not False,
        )

    def _summarize(self, author: Author, params: Any) -> dict[str, Any]:
        params = _object(params)
        rows = self._find(author, params)
        return self._parts.summaries.summarize(
            _text(params, "type"), rows, params.get("summaries"), params.get("grouping")
        )

    def _note_thread(self, author: Author, params: Any) -> list[Record]:
        params = _object(params)
        self._parts.views.check(author, "Note")
        return self._parts.threads.read(params.get("note_id"), params.get("entity_fields") or {})

    def _create(self, author: Author, params: Any) -> Record:
        params = _object(params)
        data, _ = _field_values(params)
        row = self._parts.editor.create(author, _text(params, "type"), data)
        return self._parts.views.record(author, row, [*data, *_names(params)])

    def _update(self, author: Author, params: Any) -> Record:
        params = _object(params)
        data, modes = _field_values(params)
        row = self._parts.editor.update(
            author, _text(params, "type"), params.get("id"), data, modes
        )
        return self._parts.views.record(author, row, data)

    def _delete(self, author: Author, params: Any) -> bool:
        params = _object(params)
        return self._parts.editor.delete(author, _text(params, "type"), params.get("id"))

    def _revive(self, author: Author, params: Any) -> bool:
        params = _object(params)
        return self._parts.editor.revive(author, _text(params, "type"), params.get("id"))

    def _batch(self, author: Author, params: Any) -> list[Any]:
        if not isinstance(params, list):
            raise ShotgunFault("expects an array of requests")
        known = {"create": self._create, "update": self._update, "delete": self._delete}
        results = []
        with self._parts.store.transaction():
            for place, one in enumerate(params):
                call = known.get(_object(one).get("request_type", ""))
                if call is None:
                    raise ShotgunFault(f"request {place} has no valid 'request_type': {one!r}")
                try:
                    results.append(call(author, one))
                except ShotgunFault as fault:
                    raise ShotgunFault(f"request {place}: {fault}") from None
        return results

    def _schema_read(self, author: Author) -> dict[str, Any]:
        views = self._parts.views
        return {code: views.describe_fields(author, code) for code in views.describe_types(author)}

    def _schema_field_read(self, author: Author, params: Any) -> dict[str, Any]:
        params = _object(params)
        entity_type, name = _text(params, "type"), params.get("field_name")
        if name is None:
            return self._parts.views.describe_fields(author, entity_type)
        return {name: self._parts.views.field(author, entity_type, name).describe()}

    def _schema_field_create(self, author: Author, params: Any) -> str:
        params = _object(params)
        return self._parts.schema_editor.create(
            author, _text(params, "type"), _text(params, "data_type"), _properties(params)
        )

    def _schema_field_update(self, author: Author, params: Any) -> bool:
        params = _object(params)
        return self._parts.schema_editor.update(
            author, _text(params, "type"), _text(params, "field_name"), _properties(params)
        )

    def _schema_field_delete(self, author: Author, params: Any) -> bool:
        params = _object(params)
        return self._parts.schema_editor.delete(
            author, _text(params, "type"), _text(params, "field_name")
        )

    def _session_token(self, author: Author, _: Any) -> dict[str, str]:
        return {"session_id": self._parts.accounts.open_session(author)}


def _info() -> dict[str, Any]:
    return {
        "version": list(VERSION),
        "full_version": [*VERSION, 0],
        "user_authentication_method": "default",
        "unified_login_flow_enabled": False,
    }


def _fault(fault: ShotgunFault) -> dict[str, Any]:
    return {"exception": True, "error_code": fault.code, "message": str(fault)}


def _body() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:
        # Nested deeper than the parser goes, so it is no call either.
        return None


def _split(body: Any) -> tuple[str, Any, Any]:
    """Method name, credentials and parameters of a call; an empty name when it is no call."""
    if not isinstance(body, dict) or not isinstance(body.get("method_name"), str):
        return "", None, None
    params = body.get("params")
    auth, own, *_ = [*(params if isinstance(params, list) else []), None, None]
    return body["method_name"], auth, own


def _object(params: Any) -> dict[str, Any]:
    if not isinstance(params, dict):
        raise ShotgunFault(f"expects an object as its parameters, got {params!r}")
    return params


def _text(params: Params, name: str) -> str:
    if not isinstance(params.get(name), str):
        raise ShotgunFault(f"invalid/missing string {name!r}")
    return str(params[name])


def _names(params: Params) -> list[Any]:
    names = params.get("return_fields") or []
    if not isinstance(names, list):
        raise ShotgunFault(f"invalid array 'return_fields' {names!r}")
    return names


def _positive(params: Params, name: str, default: int) -> int:
    number = params.get(name, default)
    if type(number) is not int or number < 1:
        raise ShotgunFault(f"invalid {name!r} {number!r}: a number above 0 is needed")
    return number


def _field_values(params: Params) -> tuple[dict[str, Any], dict[str, str]]:
    """The data of a change, and the update modes of its multi-entity fields."""
    fields = _named(params, "fields", "field_name")
    data = {name: one.get("value") for name, one in fields.items()}
    key = "multi_entity_update_mode"
    return data, {name: one[key] for name, one in fields.items() if key in one}


def _properties(params: Params) -> dict[str, Any]:
    named = _named(params, "properties", "property_name")
    return {name: one.get("value") for name, one in named.items()}


def _named(params: Params, key: str, name: str) -> dict[str, dict[str, Any]]:
    items = params.get(key)
    if not isinstance(items, list):
        raise ShotgunFault(f"invalid/missing array {key!r}")
    if any(not isinstance(one, dict) or not isinstance(one.get(name), str) for one in items):
        raise ShotgunFault(f"invalid/missing string {name!r} in {items!r}")
    return {one[name]: one for one in items}
