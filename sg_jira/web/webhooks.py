"""Where the two sites post what has changed, and where the bridge is told to forget its caches."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Sequence
from datetime import datetime, timezone
from typing import Any, Final
from urllib.parse import parse_qs

from flask import Blueprint, Response, request

from sg_jira.deliveries import is_delivery, log_entries
from sg_jira.events import Source, SyncEvent, event_from_jira, event_from_shotgun, issue_named
from sg_jira.printable import printable
from sg_jira.web.acceptance import Acceptor
from sg_jira.web.admins import Admins
from sg_jira.web.bodies import parse_object, read_body
from sg_jira.web.pages import check_name
from sg_jira.web.proofs import Proofs
from sg_jira.web.reasons import shorten
from sg_jira.web.replies import Refusal, answer

_SHOTGUN_HINT: Final = (
    "Post to /sg2jira/<settings name>/<entity type>/<id>, or name the record in the body's "
    "entity_type and entity_id."
)
_JIRA_HINT: Final = (
    "Let Jira's webhooks post to /jira2sg/<settings name>, or to "
    "/jira2sg/<settings name>/issue/<key>."
)
#: Seconds that a request may wait for its event's outcome.
LONGEST_WAIT: Final = 60.0
_SECONDS: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")
#: Characters of a body that an error quotes.
_QUOTED: Final = 500


def make_webhooks(
    acceptor: Acceptor,
    settings_names: Container[str],
    reset: Callable[[], None],
    from_fptr: Proofs,
    from_jira: Proofs,
    admins: Admins,
) -> Blueprint:
    """The routes for POST.

    Parameters:
        acceptor: takes the events.
        settings_names: the names that the paths may have.
        reset: forgets what is cached.
        from_fptr, from_jira: tell which requests come from the two sites.
        admins: who may reset.
    """
    webhooks = Blueprint("webhooks", __name__)

    @webhooks.post("/sg2jira/<part:name>")
    @webhooks.post("/sg2jira/<part:name>/<part:entity_type>/<part:entity_id>")
    def shotgun_event(
        name: str, entity_type: str | None = None, entity_id: str | None = None
    ) -> Response:
        check_name(name, settings_names)
        raw = read_body(request)
        signed = from_fptr.check(request, raw)
        body = parse_object(raw)
        params, wait = _params()
        source = Source.SHOTGUN_WEBHOOK if is_delivery(body) else Source.EVENT_DAEMON
        bodies = log_entries(body) if is_delivery(body) else [body]
        events = []
        for each in bodies:
            subject_type, subject_id = _shotgun_subject(entity_type, entity_id, each)
            events.append(
                event_from_shotgun(
                    name,
                    subject_type,
                    subject_id,
                    each,
                    received_at=_now(),
                    params=params,
                    signed=signed,
                    source=source,
                )
            )
        return _settle(acceptor, events, wait)

    @webhooks.post("/jira2sg/<part:name>/<part:resource_type>/<part:resource_id>")
    def jira_event(name: str, resource_type: str, resource_id: str) -> Response:
        check_name(name, settings_names)
        _check_printable(resource_type + resource_id, _JIRA_HINT)
        raw = read_body(request)
        signed = from_jira.check(request, raw)
        return take_jira_event(name, resource_type, resource_id, parse_object(raw), signed)

    @webhooks.post("/jira2sg/<part:name>")
    def jira_event_without_subject(name: str) -> Response:
        check_name(name, settings_names)
        raw = read_body(request)
        signed = from_jira.check(request, raw)
        body = parse_object(raw)
        issue = issue_named(body)
        if issue is None:
            raise Refusal(400, "Neither path nor body names an Issue.", _JIRA_HINT)
        return take_jira_event(name, "issue", issue, body, signed)

    def take_jira_event(
        name: str, resource_type: str, resource_id: str, body: dict[str, Any], signed: bool
    ) -> Response:
        params, wait = _params()
        event = event_from_jira(
            name,
            resource_type,
            resource_id,
            body,
            received_at=_now(),
            headers=dict(request.headers),
            params=params,
            signed=signed,
        )
        return _settle(acceptor, [event], wait)

    @webhooks.post("/admin/reset")
    def reset_caches() -> Response:
        admins.check_reset()
        reset()
        return answer(200, "The bridge was reset", {"reset": True})

    @webhooks.post("/admin")
    @webhooks.post("/admin/<path:action>")
    def unknown_action(action: str = "") -> Response:
        said = (
            f"Unsupported action {printable(action)!r}." if action else "The path names no action."
        )
        raise Refusal(400, said, "The only action is /admin/reset.")

    return webhooks


def _settle(acceptor: Acceptor, events: Sequence[SyncEvent], wait: float) -> Response:
    """Hands the events over and tells that they are safe, or what became of the last one."""
    accepted = acceptor.accept(events, wait)
    content: dict[str, Any] = {"accepted": [each.event_id for each in accepted]}
    if accepted and accepted[-1].outcome is not None:
        content |= {"outcome": accepted[-1].outcome, "reason": accepted[-1].reason}
    return answer(200, "The event was taken", content)


def _shotgun_subject(
    entity_type: str | None, entity_id: str | None, body: dict[str, Any]
) -> tuple[str, int]:
    """The record an event is about: of the path, else of the body."""
    kind = entity_type or body.get("entity_type")
    number = entity_id if entity_id is not None else body.get("entity_id")
    if not kind or not isinstance(kind, str) or number in (None, ""):
        quoted = shorten(json.dumps(body), _QUOTED)
        raise Refusal(
            400, f"Neither path nor body names an entity type and id: {quoted}", _SHOTGUN_HINT
        )
    if isinstance(number, bool) or not _WHOLE_NUMBER.fullmatch(str(number)):
        shown = shorten(printable(str(number)), 100)
        raise Refusal(400, f"{kind} id {shown!r} is not a whole number.", _SHOTGUN_HINT)
    _check_printable(kind, _SHOTGUN_HINT)
    return kind, int(number)


def _check_printable(part: str, hint: str) -> None:
    """Refuses what would forge lines of a log; no site has such names."""
    if not part.isprintable():
        raise Refusal(400, f"{printable(part)!r} holds control characters.", hint)


def _params() -> tuple[dict[str, list[str]], float]:
    """The query parameters that have a value, each with all its values; and the seconds to wait.

    `?wait=SECONDS` is for us, all others are handed on.
    """
    params = parse_qs(request.query_string.decode("utf-8", "replace"), errors="replace")
    asked = params.pop("wait", ["0"])[-1]
    if not _SECONDS.fullmatch(asked):
        shown = shorten(printable(asked), 50)
        raise Refusal(
            400, f"wait={shown!r} is no number of seconds.", f"Use 0 to {LONGEST_WAIT:.0f}."
        )
    return params, min(float(asked), LONGEST_WAIT)


def _now() -> datetime:
    return datetime.now(timezone.utc)
