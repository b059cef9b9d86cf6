"""What the engine shows over HTTP: metrics, events and dead letters, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from sg_jira.engine.inspection import Filter
from sg_jira.engine.running import Engine
from sg_jira.engine.schema import State
from sg_jira.printable import printable
from sg_jira.site_times import parse_time
from sg_jira.web.admins import Admins
from sg_jira.web.reasons import shorten
from sg_jira.web.replies import Refusal

#: Events that one page lists at most.
LONGEST_LIST: Final = 1000


def make_engine_pages(
    engine: Engine, admins: Admins, catch_up: Callable[[bool], dict[str, Any]]
) -> Blueprint:
    """The routes.

    Parameters:
        engine: what is shown.
        admins: who may see and decide.
        catch_up: lets both sites be looked at for changes that did not arrive; told whether to
            compare everything; gives the state of the sources as JSON.
    """
    pages = Blueprint("engine", __name__)

    @pages.get("/metrics")
    def metrics() -> Response:
        return Response(engine.metrics.text(), content_type=CONTENT_TYPE_LATEST)

    @pages.get("/admin/events")
    def events() -> Response:
        admins.check()
        return jsonify({"events": engine.inspection.find(_filter())})

    @pages.get("/admin/events/<int:seq>")
    def one_event(seq: int) -> Response:
        admins.check()
        return jsonify(_found(engine, seq))

    @pages.post("/admin/events/<int:seq>/replay")
    def replay(seq: int) -> Response:
        admins.check()
        return _decided(engine, seq, engine.replay([seq]))

    @pages.post("/admin/events/<int:seq>/discard")
    def discard(seq: int) -> Response:
        admins.check()
        return _decided(engine, seq, engine.discard([seq]))

    @pages.post("/admin/catch-up")
    def look_now() -> Response:
        admins.check()
        return jsonify({"sources": catch_up(request.args.get("compare") in ("1", "true"))})

    return pages


def _decided(engine: Engine, seq: int, changed: dict[int, str]) -> Response:
    found = _found(engine, seq)
    if seq not in changed:
        raise Refusal(
            409,
            f"The event {seq} is {found['state']}.",
            "Only dead letters can be discarded, and only those or discarded ones replayed.",
        )
    return jsonify({"seq": seq, "state": found["state"], "key": changed[seq]})


def _found(engine: Engine, seq: int) -> dict[str, Any]:
    try:
        return engine.inspection.show(seq)
    except LookupError as error:
        raise Refusal(404, str(error), "/admin/events lists those there are.") from error


def _filter() -> Filter:
    """The query parameters as a filter. Raises `Refusal` for a value that is none."""
    given = request.args
    state, since, limit = given.get("state"), given.get("since"), given.get("limit", "100")
    moment = parse_time(since) or _date(since)
    if state is not None and state not in {each.value for each in State}:
        raise _bad("state", state, ", ".join(each.value for each in State))
    if since is not None and moment is None:
        raise _bad("since", since, "a time like 2026-03-01T12:00:00")
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit[:9]) <= LONGEST_LIST):
        raise _bad("limit", limit, f"1 to {LONGEST_LIST}")
    return Filter(
        state=State(state) if state else None,
        reason=given.get("reason"),
        key=given.get("key"),
        settings_name=given.get("settings"),
        direction=given.get("direction"),
        since=moment,
        limit=int(limit),
    )


def _date(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _bad(name: str, value: str, known: str) -> Refusal:
    return Refusal(400, f"{name}={shorten(printable(value), 50)!r} is not known.", f"Use {known}.")
