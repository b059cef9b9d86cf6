"""The knobs of a sandbox site: call log, faults and latency, in Python and under `/_sandbox`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, jsonify, request

from sg_jira.sandbox.calls import Call, CallLog
from sg_jira.sandbox.faults import Fault, FaultKind, Faults
from sg_jira.sandbox.knobs import Knobs
from sg_jira.sandbox.serving import CONNECTION, cut

_PREFIX: Final = "/_sandbox"
#: Name of the blueprint of pages for people, whose requests are not calls.
PAGES: Final = "pages"
_DRIP_PIECES: Final = 20


class Controls:
    """Counts every call of a site's Flask application and lets faults happen to it.

    Parameters:
        app: the site's application; its own routes stay as they are.
        describe: names the current Flask request: `(endpoint, caller)`.
        refuse: builds the site's own error answer from `(status, message)`.

    Over HTTP: `GET`/`DELETE /_sandbox/calls`, `GET`/`POST`/`DELETE /_sandbox/faults` (a fault's
    JSON form is `Fault.from_json`), `PUT /_sandbox/latency` with `{"seconds": 0.05}`,
    `GET`/`PUT /_sandbox/settings` with some of what the site offers in `knobs`.
    """

    def __init__(
        self,
        app: Flask,
        describe: Callable[[], tuple[str, str]],
        refuse: Callable[[int, str], Response],
    ) -> None:
        self.calls = CallLog()
        self.faults = Faults()
        #: Settings that can be changed over HTTP.
        self.knobs = Knobs()
        self._describe = describe
        self._refuse = refuse
        app.before_request(self._arrive)
        app.after_request(self._leave)
        app.register_blueprint(self._blueprint())

    def _arrive(self) -> Response | None:
        if not _is_call():
            return None
        g.endpoint, g.caller = self._describe()
        g.fault = fault = self.faults.take(g.endpoint, g.caller)
        latency = self.faults.latency
        g.answer_at = time.monotonic() + latency
        time.sleep(latency / 2)  # the way there; what is left after the work is the way back
        if fault is None:
            return None
        if fault.kind is FaultKind.SLOW:
            time.sleep(fault.seconds)
        elif fault.kind is FaultKind.STATUS:
            response = self._refuse(fault.status, fault.message)
            response.headers.update(fault.headers)
            return response
        elif fault.kind is FaultKind.RESET:
            return Response(status=500)
        return None

    def _leave(self, response: Response) -> Response:
        if not _is_call():
            return response
        fault: Fault | None = g.fault
        if fault is not None and fault.kind is FaultKind.DRIP:
            response.response = _dripping(response.get_data(), fault.seconds)
        is_cut = fault is not None and fault.kind in (FaultKind.RESET, FaultKind.LOST_ANSWER)
        time.sleep(max(0.0, g.answer_at - time.monotonic()))
        # Recorded first, so that whoever sees the connection end finds the call counted.
        self.calls.record(Call(g.endpoint, g.caller, 0 if is_cut else response.status_code))
        if is_cut:
            cut(request.environ[CONNECTION])
        return response

    def _blueprint(self) -> Blueprint:
        blueprint = Blueprint("sandbox_controls", __name__, url_prefix=_PREFIX)
        self._route_calls(blueprint)
        self._route_faults(blueprint)
        self._route_settings(blueprint)
        return blueprint

    def _route_calls(self, blueprint: Blueprint) -> None:
        @blueprint.get("/calls")
        def calls() -> Response:
            caller = request.args.get("caller", "*")
            return jsonify(
                total=self.calls.count(caller=caller),
                by_endpoint=self.calls.by_endpoint(caller),
                by_caller=self.calls.by_caller(),
            )

        @blueprint.delete("/calls")
        def forget_calls() -> Response:
            self.calls.clear()
            return Response(status=204)

    def _route_faults(self, blueprint: Blueprint) -> None:
        @blueprint.get("/faults")
        def faults() -> Response:
            return jsonify(latency=self.faults.latency, faults=self.faults.waiting())

        @blueprint.post("/faults")
        def add_fault() -> tuple[Response, int]:
            data = request.get_json(silent=True)
            if not isinstance(data, dict):
                return jsonify(error="Post a JSON object that describes a fault."), 400
            try:
                fault = Fault.from_json(data)
            except ValueError as error:
                return jsonify(error=str(error)), 400
            return jsonify(self.faults.add(fault)), 201

        @blueprint.delete("/faults")
        def clear_faults() -> Response:
            self.faults.clear()
            return Response(status=204)

    def _route_settings(self, blueprint: Blueprint) -> None:
        @blueprint.put("/latency")
        def set_latency() -> tuple[Response, int]:
            data: Any = request.get_json(silent=True)
            seconds = data.get("seconds") if isinstance(data, dict) else None
            if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
                return jsonify(error='Put {"seconds": a number that is not negative}.'), 400
            self.faults.latency = float(seconds)
            return jsonify(seconds=self.faults.latency), 200

        @blueprint.get("/settings")
        def settings() -> Response:
            return jsonify(self.knobs.show())

        @blueprint.put("/settings")
        def change_settings() -> tuple[Response, int]:
            try:
                self.knobs.turn(request.get_json(silent=True))
            except ValueError as error:
                return jsonify(error=str(error)), 400
            return jsonify(self.knobs.show()), 200


def _is_call() -> bool:
    return not request.path.startswith(_PREFIX) and request.blueprint != PAGES


def _dripping(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, len(body) // _DRIP_PIECES)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    for piece in pieces:
        time.sleep(seconds / len(pieces))
        yield piece
