"""What a route of the REST API is, and the shapes that its answers share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from sg_jira.sandbox.shotgun.hooks import Hooks
from sg_jira.sandbox.shotgun.records import Author
from sg_jira.sandbox.shotgun.rest.tokens import Tokens
from sg_jira.sandbox.shotgun.schema import Schema
from sg_jira.sandbox.shotgun.schema_editor import SchemaEditor
from sg_jira.sandbox.shotgun.store import Store
from sg_jira.sandbox.shotgun.threads import Threads
from sg_jira.sandbox.shotgun.views import Views

PREFIX: Final = "/api/v1.1"
#: FPTR's numbers for kinds of errors.
GENERAL_CODE: Final = 103
NOT_FOUND_CODE: Final = 104
_PAGE_SIZE: Final = 500


@dataclass(frozen=True)
class RestParts:
    """What the API works with."""

    store: Store
    schema: Schema
    views: Views
    schema_editor: SchemaEditor
    threads: Threads
    hooks: Hooks
    tokens: Tokens


class Problem(Exception):  # noqa: N818  # it is an answer of the site, not a failure of ours
    """An answer with an error status.

    Parameters:
        status: the HTTP status.
        detail: what is wrong.
        source: what is wrong with single parameters, by name.
        code: FPTR's number for the kind of error.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        source: Mapping[str, str] | None = None,
        code: int = GENERAL_CODE,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.source = source
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        error = {
            "id": uuid.uuid4().hex,
            "status": self.status,
            "code": self.code,
            "title": HTTPStatus(self.status).phrase,
            "source": dict(self.source) if self.source else None,
            "detail": self.detail,
            "meta": None,
        }
        return {"errors": [error]}


@dataclass(frozen=True)
class Call:
    """One request: who makes it, where to, its query parameters and its JSON body."""

    parts: RestParts
    author: Author
    path: str
    query: MultiDict[str, str]
    body: Any

    @property
    def data(self) -> Mapping[str, Any]:
        """The body, which must be an object. Raises `Problem` 400."""
        if not isinstance(self.body, dict):
            raise Problem(400, "The body must be a JSON object.")
        return self.body

    def page(self, values: Sequence[Any], asked: Mapping[str, Any] | None = None) -> Page:
        """The page of these values that the query, or the body's `page`, asks for.

        Raises:
            Problem: 400, its size or number is not a number above 0.
        """
        given = {name: self.query.get(f"page[{name}]") for name in ("size", "number")}
        size, number = (
            _positive(name, (asked or given).get(name), default)
            for name, default in (("size", _PAGE_SIZE), ("number", 1))
        )
        start = (number - 1) * size
        links = {"self": self._link(size, number)}
        if start + size < len(values):
            links["next"] = self._link(size, number + 1)
        if number > 1:
            links["prev"] = self._link(size, number - 1)
        return Page(values[start : start + size], links)

    def _link(self, size: int, number: int) -> str:
        query = [item for item in self.query.items(multi=True) if not item[0].startswith("page[")]
        query += [("page[size]", str(size)), ("page[number]", str(number))]
        return f"{self.path}?{urlencode(query)}"


@dataclass(frozen=True)
class Page:
    """Some values of many, and links to those before and after them."""

    values: Sequence[Any]
    links: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """A status and a JSON body; nothing is sent for the body `None`."""

    status: int
    body: Any = None


@dataclass(frozen=True)
class Route:
    """A method and a rule below the API's root, such as `webhook/hooks/<id>`.

    Parameters:
        handle: answers a call; gets the rule's variables by name.
        locked: whether it runs under the store's lock.
    """

    method: str
    rule: str
    handle: Callable[..., Answer]
    locked: bool = True


def one(call: Call, status: int, data: Any) -> Answer:
    """An answer that holds one thing."""
    return Answer(status, {"data": data, "links": {"self": call.path}})


def _positive(name: str, value: Any, default: int) -> int:
    try:
        number = default if value is None else int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise Problem(400, f"page[{name}] must be a number above 0.", {f"page[{name}]": str(value)})
    return number
