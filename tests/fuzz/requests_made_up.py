"""Requests that nobody would think of, made from the OpenAPI description of the service.

What the description allows, what it does not allow, and both with bodies that were damaged on the
way; with a proof, with a wrong one, and without.
"""

from __future__ import annotations

import enum
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import strategies as st
from requests import PreparedRequest
from schemathesis import Case, GenerationMode

from sg_jira.web.openapi import description

#: Longest that a request may wait for its outcome, in seconds; the description allows a minute.
_LONGEST_WAIT = 0.1


#: How much likelier an operation is that takes a body.
_SHARE_OF_WEBHOOKS = 6


class Proof(enum.Enum):
    """How a request proves where it comes from."""

    NONE = "none"
    WRONG = "wrong"
    GOOD = "good"


class Damage(enum.Enum):
    """What happens to the body of a request."""

    NONE = "none"
    CUT = "cut"
    FLIPPED = "flipped"
    UTF_16 = "utf-16"


@dataclass(frozen=True)
class Secrets:
    """What the service knows and must not tell; `others` are those of the sites."""

    fptr: str
    jira: str
    admin: str
    others: tuple[str, ...]

    def found_in(self, text: str) -> list[str]:
        """Those that a text shows."""
        known = (self.fptr, self.jira, self.admin, *self.others)
        return [secret for secret in known if secret in text]


@dataclass
class Sent:
    """Damages and signs a request at the very end, when its body is bytes."""

    proof: Proof
    damage: Damage
    secrets: Secrets

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Changes the request; `requests` calls it."""
        body = _damaged(_bytes(request.body), self.damage)
        if request.body is not None:
            request.body = body
            request.prepare_content_length(body)
        if self.proof is not Proof.NONE:
            request.headers.update(self._proofs(body))
        return request

    def _proofs(self, body: bytes) -> Mapping[str, str]:
        good = self.proof is Proof.GOOD
        fptr, jira, admin = (
            secret if good else "somebody else's secret"
            for secret in (self.secrets.fptr, self.secrets.jira, self.secrets.admin)
        )
        return {
            "X-SG-SIGNATURE": "sha1=" + hmac.new(fptr.encode(), body, "sha1").hexdigest(),
            "X-Hub-Signature": "sha256=" + hmac.new(jira.encode(), body, "sha256").hexdigest(),
            "Authorization": f"Bearer {admin}",
        }


def variants(case: Case) -> list[tuple[Proof, Damage]]:
    """The ways in which a case is sent, one after the other."""
    damages = list(Damage) if case.operation.body else [Damage.NONE]
    return [
        *[(proof, Damage.NONE) for proof in (Proof.NONE, Proof.WRONG)],
        *[(Proof.GOOD, damage) for damage in damages],
    ]


def cases(places: Mapping[str, list[Any]]) -> st.SearchStrategy[Case]:
    """Requests to each operation of the service.

    Parameters:
        places: parts of paths -> those that lead somewhere; three of four requests use them.
    """
    document = schemathesis.openapi.from_dict(_closed(description()))
    operations = [each.ok() for each in document.get_all_operations()]
    made = [
        operation.as_strategy(generation_mode=mode)
        for operation in operations
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or _can_be_wrong(operation)
        for _ in range(_SHARE_OF_WEBHOOKS if len(operation.body) else 1)
    ]

    @st.composite
    def one(draw: st.DrawFn) -> Case:
        case = draw(st.one_of(made))
        if draw(st.integers(1, 4)) > 1:
            known = [name for name in case.path_parameters if name in places]
            case.path_parameters |= {name: draw(st.sampled_from(places[name])) for name in known}
        wait = case.query.get("wait")
        if isinstance(wait, (int, float)) and _LONGEST_WAIT < wait < 10_000:
            case.query["wait"] = _LONGEST_WAIT
        return case

    return one()


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """The description without room in bodies for what it does not name.

    What it forbids brings enough of that; bodies that are mostly noise take long to make up.
    """
    shapes = document["components"]["schemas"]
    closed = {name: _closed_shape(shapes[name]) for name in _BODIES}
    return {**document, "components": {**document["components"], "schemas": {**shapes, **closed}}}


_BODIES = ("DaemonBody", "Delivery", "Deliveries", "JiraBody")


def _closed_shape(shape: Any) -> Any:
    if not isinstance(shape, dict):
        return shape
    inner = {name: _closed_shape(value) for name, value in shape.items()}
    return {**inner, "additionalProperties": False} if "properties" in shape else inner


def _can_be_wrong(operation: Any) -> bool:
    """Without parameters and body there is nothing that the description forbids."""
    parts = (operation.path_parameters, operation.query, operation.headers, operation.body)
    return any(len(list(part)) for part in parts)


def _damaged(body: bytes, damage: Damage) -> bytes:
    if damage is Damage.CUT:
        return body[: len(body) * 2 // 3]
    if damage is Damage.FLIPPED:
        middle = len(body) // 2
        return (
            body[:middle]
            + bytes(byte ^ 0x80 for byte in body[middle : middle + 1])
            + body[middle + 1 :]
        )
    if damage is Damage.UTF_16:
        return body.decode("utf-8", "replace").encode("utf-16")
    return body


def _bytes(body: Any) -> bytes:
    return body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")
