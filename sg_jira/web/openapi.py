"""What the service understands, as an OpenAPI description (https://spec.openapis.org/oas/v3.1.0).

Plain data, for people's tools and for the fuzz test; nothing is decided by it. A test compares it
with the routes of the application. HEAD and OPTIONS, which Flask adds to routes, are left out.
"""

from __future__ import annotations

from typing import Any, Final

from sg_jira.engine.schema import State
from sg_jira.web.engine_pages import LONGEST_LIST
from sg_jira.web.openapi_shapes import SCHEMAS, Described, schema
from sg_jira.web.webhooks import LONGEST_WAIT


def description() -> Described:
    """The description, as JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sg-jira",
            "version": "1",
            "description": "Takes what changes in FPTR and in Jira, and tells what became of it.",
        },
        "paths": {**_PAGES, **_WEBHOOKS, **_ADMIN},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "signatureOfFptr": {"type": "apiKey", "in": "header", "name": "X-SG-SIGNATURE"},
                "signatureOfJira": {"type": "apiKey", "in": "header", "name": "X-Hub-Signature"},
                "adminToken": {"type": "http", "scheme": "bearer"},
                "secret": {"type": "http", "scheme": "bearer"},
                "passwordOfUrl": {"type": "http", "scheme": "basic"},
            },
        },
    }


# ------------------------------------------------------------------------- parts


def _path(name: str, **shape: Any) -> Described:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", **shape}}


def _query(name: str, said: str, **shape: Any) -> Described:
    return {"name": name, "in": "query", "description": said, "schema": shape}


def _header(name: str, said: str) -> Described:
    shape = {"type": "string", "maxLength": 200}
    return {"name": name, "in": "header", "description": said, "schema": shape}


def _json(shape: Described) -> Described:
    return {"application/json": {"schema": shape}}


def _or_page(shape: Described) -> Described:
    """Whoever prefers HTML gets the same as a page."""
    return {**_json(shape), **_HTML}


_HTML: Final = {"text/html": {"schema": {"type": "string"}}}

_REFUSALS: Final = {
    400: "What was sent cannot be understood; the answer tells how to mend it.",
    401: "A proof is wrong, or missing where one is required.",
    403: "Not from where the request comes, or not in this process.",
    404: "There is no such thing.",
    409: "Not in its present state.",
    413: "The body is too large.",
    429: "Too many requests within a minute.",
    503: "Not now; Retry-After says when.",
}


def _refusals(*codes: int) -> Described:
    return {
        str(code): {"description": _REFUSALS[code], "content": _or_page(schema("Refusal"))}
        for code in codes
    }


def _answers(said: str, content: Described, *refusals: int) -> Described:
    return {"200": {"description": said, "content": content}, **_refusals(*refusals)}


_NAME: Final = _path("name", examples=["default"], minLength=1, maxLength=100)
_SEQ: Final = {**_path("seq"), "schema": {"type": "integer", "minimum": 0}}
_WAIT: Final = _query(
    "wait",
    f"Seconds to wait for the event's outcome, at most {LONGEST_WAIT:.0f}.",
    type="number",
    minimum=0,
    maximum=LONGEST_WAIT,
)


def _page(summary: str) -> Described:
    return {"summary": summary, "responses": _answers("A page.", _HTML, 400)}


def _webhook(summary: str, body: str, security: list[Described], *parameters: Any) -> Described:
    return {
        "summary": summary,
        "parameters": [*parameters, _WAIT],
        "requestBody": {"required": False, "content": _json(schema(body))},
        "security": [{}, *security],
        "responses": _answers(
            "The event is safe.",
            _or_page(schema("Accepted")),
            *(400, 401, 403, 413, 429, 503),
        ),
    }


def _admin(summary: str, content: Described, *refusals: int, **more: Any) -> Described:
    return {
        "summary": summary,
        "security": [{}, {"adminToken": []}],
        "responses": _answers("Done.", content, 401, 403, *refusals),
        **more,
    }


# ------------------------------------------------------------------------- paths

_PAGES: Final[Described] = {
    "/": {
        "get": {
            "summary": "A page that says that the service runs",
            "responses": _answers("A page.", _HTML),
        }
    },
    "/favicon.ico": {"get": {"summary": "There is none", "responses": _refusals(404)}},
    "/healthz": {
        "get": {
            "summary": "Whether the process runs",
            "responses": _answers("It does.", _json(schema("Health"))),
        }
    },
    "/readyz": {
        "get": {
            "summary": "Whether events can be worked on",
            "responses": {
                "200": {"description": "They can.", "content": _json(schema("Readiness"))},
                "503": {"description": "They wait.", "content": _json(schema("Readiness"))},
            },
        }
    },
    "/metrics": {
        "get": {
            "summary": "Numbers for Prometheus",
            "responses": _answers("Metrics.", {"text/plain": {"schema": {"type": "string"}}}),
        }
    },
    "/openapi.json": {
        "get": {
            "summary": "This description",
            "responses": _answers("The description.", _json({"type": "object"})),
        }
    },
}

_OF_FPTR: Final[list[Described]] = [{"signatureOfFptr": []}, {"secret": []}]
_OF_JIRA: Final[list[Described]] = [{"signatureOfJira": []}, {"passwordOfUrl": []}]
_JIRA_HEADERS: Final = (
    _header("X-Atlassian-Webhook-Identifier", "Names a delivery, the same at each attempt."),
    _header("X-Atlassian-Webhook-Retry", "Which attempt it is."),
)

_WEBHOOKS: Final[Described] = {
    "/sg2jira/{name}": {
        "parameters": [_NAME],
        "get": _page("What an admin who opens the URL of FPTR's webhook sees"),
        "post": _webhook("What FPTR's webhooks and its event daemon post", "FptrBody", _OF_FPTR),
    },
    "/sg2jira/{name}/{entity_type}/{entity_id}": {
        "parameters": [
            _NAME,
            _path("entity_type", maxLength=100),
            _path("entity_id", maxLength=40),
        ],
        "post": _webhook("The same for the record in the path", "FptrBody", _OF_FPTR),
    },
    "/jira2sg/{name}": {
        "parameters": [_NAME],
        "get": _page("What an admin who opens the URL of Jira's webhook sees"),
        "post": _webhook("What Jira's webhooks post", "JiraBody", _OF_JIRA, *_JIRA_HEADERS),
    },
    "/jira2sg/{name}/{resource_type}/{resource_id}": {
        "parameters": [
            _NAME,
            _path("resource_type", examples=["issue"], maxLength=100),
            _path("resource_id", examples=["CMT-41"], maxLength=100),
        ],
        "post": _webhook(
            "The same for the Issue in the path", "JiraBody", _OF_JIRA, *_JIRA_HEADERS
        ),
    },
    **{
        f"/{direction}/{{name}}/{{rest}}": {
            "parameters": [_NAME, _path("rest", minLength=1, maxLength=200)],
            "get": _page("The page of the settings, whatever follows their name"),
        }
        for direction in ("sg2jira", "jira2sg")
    },
}

_LISTED: Final = [
    _query(
        "state", "Only events in this state.", type="string", enum=[each.value for each in State]
    ),
    _query("reason", "Only events with this reason.", type="string"),
    _query("key", "Only events of this record, such as Task:12.", type="string"),
    _query("settings", "Only events of this entry of the settings.", type="string"),
    _query("direction", "Only events of this way.", type="string", enum=["sg2jira", "jira2sg"]),
    _query("since", "Only events received since then.", type="string", format="date"),
    _query("limit", "How many, the newest.", type="integer", minimum=1, maximum=LONGEST_LIST),
]

_ADMIN: Final[Described] = {
    "/admin/events": {
        "get": _admin("Events", _json(schema("Events")), 400, parameters=_LISTED),
    },
    "/admin/events/{seq}": {
        "parameters": [_SEQ],
        "get": _admin("All about one event", _json(schema("Event")), 400, 404),
    },
    "/admin/events/{seq}/replay": {
        "parameters": [_SEQ],
        "post": _admin("Lets a dead letter wait again", _json(schema("Decided")), 400, 404, 409),
    },
    "/admin/events/{seq}/discard": {
        "parameters": [_SEQ],
        "post": _admin("Gives a dead letter up", _json(schema("Decided")), 400, 404, 409),
    },
    "/admin/catch-up": {
        "post": _admin(
            "Looks at the sites for changes that did not arrive",
            _json(schema("CatchUp")),
            503,
            parameters=[_query("compare", "Whether all is compared.", type="string", enum=["1"])],
        )
    },
    "/admin/reset": {
        "post": _admin(
            "Forgets what is cached; also with the secret of FPTR's event daemon",
            _or_page(schema("Reset")),
            *(429, 503),
        )
    },
    "/admin": {"post": {"summary": "Names no action", "responses": _refusals(400)}},
    "/admin/{action}": {
        "parameters": [_path("action", minLength=1, maxLength=200)],
        "post": {"summary": "Any other action is refused", "responses": _refusals(400)},
    },
}
