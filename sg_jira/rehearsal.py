"""Lets handlers run without writing: what they would write is noted, and taken for done.

Reads reach the sites as ever. What has to exist before a handler can go on, a new Issue, record or
attached file, ends the rehearsal of its event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from sg_jira.site_calls import Pass, Site, SiteCall, recording

#: The id of what was not made.
_NO_ID: Final = 0


@dataclass(frozen=True)
class Write:
    """Something that would have been written.

    `record` is the site's name for it (`Task:12`, an Issue's key), or the kind of what would be
    made; `field` is empty for what has none, such as a watcher.
    """

    site: Site
    endpoint: str
    record: str
    field: str
    value: Any


class WouldCreate(Exception):  # noqa: N818  # nothing went wrong
    """A new Issue, record or file would be made here, without which the rehearsal cannot go on."""


@dataclass
class Rehearsal:
    """What would have been written, in order."""

    writes: list[Write] = field(default_factory=list)

    def answer(self, call: SiteCall) -> Any:
        """Notes a call that writes, and gives what its client takes for success.

        Raises:
            WouldCreate: see there.
        """
        self.writes += _writes_of(call)
        return _ANSWERS[call.site](call)


@contextmanager
def rehearsing() -> Iterator[Rehearsal]:
    """Nothing that this thread does inside reaches a site, but for reads."""
    rehearsal = Rehearsal()
    with recording(Pass(stand_in=rehearsal.answer)):
        yield rehearsal


def _writes_of(call: SiteCall) -> Iterator[Write]:
    record = call.target or call.endpoint.split(" ")[-1]
    values = _jira_values(call.sent) if call.site is Site.JIRA else _shotgun_values(call.sent)
    if not values:
        yield Write(call.site, call.endpoint, record, "", _read(call.sent))
    for owner, name, value in values:
        yield Write(call.site, call.endpoint, owner or record, name, value)


def _jira_values(sent: Any) -> list[tuple[str, str, Any]]:
    told = _read(sent)
    if not isinstance(told, Mapping):
        return []
    if "transition" in told:
        return [("", "status", told["transition"]), *_items(told.get("fields"))]
    parts = [*_items(told.get("fields")), *_items(told.get("update"))]
    return parts or _items(told)


def _items(values: Any) -> list[tuple[str, str, Any]]:
    return [("", *item) for item in values.items()] if isinstance(values, Mapping) else []


def _shotgun_values(sent: Any) -> list[tuple[str, str, Any]]:
    return [
        (
            f"{request.get('type')}:{request['id']}" if request.get("id") else "",
            each.get("field_name"),
            each.get("value"),
        )
        for request in _requests(sent)
        for each in request.get("fields") or ()
    ]


def _requests(sent: Any) -> list[Mapping[str, Any]]:
    first = sent[0] if isinstance(sent, Sequence) and sent else sent
    told = first if isinstance(first, Sequence) else sent
    many = told if isinstance(told, Sequence) and not isinstance(told, str) else [told]
    return [each for each in many if isinstance(each, Mapping)]


def _answer_of_jira(call: SiteCall) -> requests.Response:
    if call.endpoint in ("POST issue", "POST issue/bulk", "POST issue/{}/attachments"):
        raise WouldCreate
    response = requests.Response()
    told = _read(call.sent)
    made = call.endpoint.startswith("POST") and isinstance(told, Mapping)
    response.status_code = 201 if made else 204
    body = {**told, "id": str(_NO_ID), "self": ""} if made else None
    response._content = json.dumps(body).encode() if body else b""
    return response


def _answer_of_shotgun(call: SiteCall) -> Any:
    method = call.endpoint.partition(" ")[0]
    if method == "create":
        raise WouldCreate
    if method not in ("batch", "update"):
        return True
    results = [
        {
            "type": request.get("type"),
            "id": request.get("id", _NO_ID),
            **{each["field_name"]: each.get("value") for each in request.get("fields") or ()},
        }
        for request in _requests(call.sent)
    ]
    return results if method == "batch" else results[0] if results else True


_ANSWERS: Final = {Site.JIRA: _answer_of_jira, Site.SHOTGUN: _answer_of_shotgun}


def _read(sent: Any) -> Any:
    if isinstance(sent, str | bytes):
        try:
            return json.loads(sent)
        except ValueError:
            return str(sent)
    return sent
