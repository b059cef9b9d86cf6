"""How the service answers: JSON for machines, a small HTML page for who prefers one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response, jsonify, render_template_string, request

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
</head>
<body>
<h1>{{ title }}</h1>
{% for line in lines %}<p>{{ line }}</p>
{% endfor %}</body>
</html>
"""

#: The pages show texts and nothing else; nobody may frame them or guess another content type.
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Refusal(Exception):  # noqa: N818  # not every refusal is an error
    """A request that cannot be served.

    Parameters:
        status: the HTTP status code.
        error: what is wrong, in one sentence.
        hint: how to mend it.
        retry_after: seconds after which to try again, if that helps.
    """

    def __init__(
        self, status: int, error: str, hint: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint
        self.retry_after = retry_after


def page(title: str, lines: Sequence[str], status: int = 200) -> Response:
    """An HTML page. Everything is escaped, and what UTF-8 cannot say is spelled out."""
    lines = [_encodable(line) for line in lines]
    html = render_template_string(PAGE, title=_encodable(title), lines=lines)
    return Response(html, status=status, content_type="text/html; charset=utf-8")


def answer(status: int, title: str, content: Mapping[str, Any]) -> Response:
    """The content as JSON, or as a page with one line per item where the caller prefers HTML."""
    if _prefers_html():
        return page(title, [f"{name}: {_shown(value)}" for name, value in content.items()], status)
    response = jsonify(content)
    response.status_code = status
    return response


def refuse(refusal: Refusal) -> Response:
    """The answer to a request that cannot be served."""
    content = {"error": refusal.error, "hint": refusal.hint}
    response = answer(refusal.status, "This request was not served", content)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def add_security_headers(response: Response) -> Response:
    """Sets the headers that every answer has."""
    response.headers.update(SECURITY_HEADERS)
    return response


def _prefers_html() -> bool:
    if "Accept" not in request.headers:
        return False
    offered = ["application/json", "text/html"]  # the first one wins a tie
    return request.accept_mimetypes.best_match(offered) == "text/html"


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _encodable(text: str) -> str:
    """JSON may carry lone surrogates, which no page can."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
