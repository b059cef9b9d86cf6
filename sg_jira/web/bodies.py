"""Reads the body of a webhook. Whatever is wrong with it is the caller's fault and is said so."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from flask import Request

from sg_jira.printable import printable
from sg_jira.web.reasons import shorten
from sg_jira.web.replies import Refusal
from sg_jira.whole_texts import with_whole_characters

#: Deepest nesting of lists and objects in a body. Real ones stay below 30; parsers, digests and
#: logs give up at depths that differ from one Python version to the next.
DEEPEST_NESTING: Final = 200

_SEND_AN_OBJECT: Final = "Send one JSON object, in UTF-8, with Content-Type: application/json."


def read_body(request: Request) -> bytes:
    """The body as it was sent.

    Raises `Refusal` for a content type that is not JSON's, and werkzeug's `HTTPException` for a
    body that is too large or ends early.
    """
    content_type = request.headers.get("Content-Type")
    if content_type and "application/json" not in content_type.lower():
        shown = shorten(printable(content_type), 100)
        raise Refusal(400, f"The content type {shown!r} is not supported.", _SEND_AN_OBJECT)
    body = request.get_data(cache=False)
    if request.content_length is None:
        request.stream.read(1)  # of a body without a stated length, the limit cuts silently
    return body


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body counts as `{}`. Raises `Refusal` for others.

    Half a character in a text of it is taken for U+FFFD.
    """
    value = _parse(body) if body.strip() else {}
    if not isinstance(value, dict):
        kind = _JSON_KINDS.get(type(value), "a number")
        raise Refusal(400, f"The body is JSON, but {kind} and no object.", _SEND_AN_OBJECT)
    if _is_too_deep(value):
        raise _nested_too_deeply()
    return value


_JSON_KINDS: Final[dict[type, str]] = {
    list: "a list",
    str: "a text",
    bool: "true or false",
    type(None): "null",
}


def _parse(body: bytes) -> Any:
    try:
        return json.loads(
            with_whole_characters(body).decode("utf-8-sig"), parse_constant=_refuse_constant
        )
    except RecursionError:
        raise _nested_too_deeply() from None
    except UnicodeDecodeError as error:
        problem = f"The body is not UTF-8: byte {error.start} cannot be read."
        raise Refusal(400, problem, _SEND_AN_OBJECT) from None
    except ValueError as error:
        problem = f"The body is not valid JSON: {printable(str(error))}."
        raise Refusal(400, problem, _SEND_AN_OBJECT) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _nested_too_deeply() -> Refusal:
    return Refusal(
        400,
        f"The body is nested deeper than {DEEPEST_NESTING} levels.",
        "Events of FPTR and Jira stay far below that; check what sends this.",
    )


def _is_too_deep(value: Any) -> bool:
    """Whether lists and objects are nested too deeply; never recurses itself."""
    level = [value]
    for _ in range(DEEPEST_NESTING):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
