"""What the pages of both sites share: their blueprint, who acts, and who may edit."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.wrappers import Response as AnyResponse

from sg_jira.sandbox.controls import PAGES

_ACTOR: Final = "sandbox_acts_as"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Option:
    """A choice in a form: what is sent, and what people see."""

    value: str
    label: str


@dataclass(frozen=True)
class Input:
    """A field in a form.

    Parameters:
        name, label: its name in the request, and for people.
        value: what is there now, as text.
        kind: `text`, `area`, `date`, `number` or `choice`.
        choices: of a `choice`.
        hint: how to write a value.
    """

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    choices: Sequence[Option] = ()
    hint: str = ""


class Frame:
    """Renders pages, and takes their forms from this machine's own browsers only.

    Parameters:
        title: of all pages.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        # Other sites that a person has open can post here, too, but cannot know this.
        self._token = secrets.token_urlsafe(24)
        self.blueprint = Blueprint(PAGES, __name__, template_folder="templates")
        self.blueprint.before_request(self._guard)
        self.blueprint.after_request(_protect)
        self.blueprint.register_error_handler(HTTPException, self._problem)

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        text = render_template(template, title=self._title, token=self._token, **values)
        return make_response(text, status)

    def redirect(self, path: str) -> AnyResponse:
        """To another page after a form was taken; remembers who acted."""
        response = redirect(path, 303)
        if actor := request.form.get("actor"):
            response.set_cookie(_ACTOR, actor, samesite="Strict", httponly=True)
        return response

    def actor(self, people: Sequence[Option]) -> str:
        """Who acts: as the form says, or as last time, or the first. Gives one of the values."""
        known = {one.value for one in people}
        for chosen in (request.form.get("actor"), request.cookies.get(_ACTOR)):
            if chosen in known:
                return str(chosen)
        return people[0].value if people else ""

    def _guard(self) -> None:
        """Refuses edits under another host's name, and those that come from another site."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        if not _is_loopback(request.host):
            raise Forbidden("Records can be edited only under this machine's own name.")
        if not hmac.compare_digest(request.form.get("token", "").encode(), self._token.encode()):
            raise Forbidden("This form is not from this site, or from before it was started anew.")

    def _problem(self, error: HTTPException) -> Response:
        return self.render("problem.html", error.code or 500, problem=error.description)


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def changed(inputs: Sequence[Input], form: Mapping[str, str]) -> dict[str, str]:
    """The texts of a form that are not what was there, by name of the input."""
    texts = {one.name: form[one.name].replace("\r\n", "\n") for one in inputs if one.name in form}
    there = {one.name: one.value for one in inputs}
    return {name: text for name, text in texts.items() if text != there[name]}


def filled(inputs: Sequence[Input], form: Mapping[str, str]) -> list[Input]:
    """The inputs with what a person has written into them, for a form that is shown again."""
    return [replace(one, value=form.get(one.name, one.value)) for one in inputs]
