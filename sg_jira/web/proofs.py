"""Which requests prove that they come from FPTR, or from Jira: by signature, or by the secret.

FPTR signs its webhooks with `X-SG-SIGNATURE: sha1=<hex>`
(https://developer.shotgridsoftware.com, the guide to webhooks), Jira with
`X-Hub-Signature: <method>=<hex>` (https://developer.atlassian.com/cloud/jira/platform/webhooks/);
both are the HMAC of the body as it was sent. What cannot sign shows the secret itself: the event
daemon as a bearer token, Jira Data Center before 10.0 as the password of its URL.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Request
from pydantic import SecretStr

from sg_jira.web.replies import Refusal

#: Methods by which a signature may be made; Jira says that its own may change.
_JIRA_METHODS: Final = ("sha256", "sha384", "sha512")
_SHOTGUN_METHODS: Final = ("sha1", "sha256")


@dataclass(frozen=True)
class Proofs:
    """Checks the requests of one sender.

    Parameters:
        sender: FPTR or Jira, for messages.
        header: holds the signature.
        methods: hash functions that count.
        secrets: any of them is good; two while they change.
        variable: where they are set.
        on_wrong: told of each request with a wrong proof.
        requires: whether requests without a proof are refused.
        count: told the address of who has proved nothing; may refuse.
    """

    sender: str
    header: str
    methods: Sequence[str]
    secrets: Sequence[SecretStr]
    variable: str
    on_wrong: Callable[[str], None]
    requires: bool = False
    count: Callable[[str], None] = lambda source: None

    def check(self, request: Request, body: bytes) -> bool:
        """Whether a request proves where it comes from.

        Raises `Refusal` for a wrong proof, for none where one is required, and for too many
        requests without one.
        """
        verdicts = [*self._signature(request, body), *self._shown_secret(request)]
        if any(verdicts):
            return True
        self.count(request.remote_addr or "")
        if self.secrets and (verdicts or self.requires):
            self.on_wrong(self.sender)
            said = "is not the one expected" if verdicts else "is missing"
            raise Refusal(
                401,
                f"The signature or secret of {self.sender} {said}.",
                f"Give the sender the secret that {self.variable} holds.",
            )
        return False

    def _signature(self, request: Request, body: bytes) -> Iterator[bool]:
        said = request.headers.get(self.header)
        if said is None:
            return
        method, _, digest = said.strip().partition("=")
        yield method.lower() in self.methods and any(
            _equal(hmac.new(_bytes(secret), body, method.lower()).hexdigest(), digest.lower())
            for secret in self.secrets
        )

    def _shown_secret(self, request: Request) -> Iterator[bool]:
        shown = request.authorization
        if shown is None:
            return
        told = shown.token if shown.type == "bearer" else shown.password
        yield any(_equal(secret.get_secret_value(), told or "") for secret in self.secrets)


#: Nobody can prove anything.
NO_PROOFS: Final = Proofs("", "", (), (), "", lambda sender: None)


def proofs_of_shotgun(
    secrets: Sequence[SecretStr],
    on_wrong: Callable[[str], None],
    requires: bool = False,
    count: Callable[[str], None] = lambda source: None,
) -> Proofs:
    """How FPTR's webhooks and its event daemon are recognised; see `Proofs`."""
    return Proofs(
        "FPTR",
        "X-SG-SIGNATURE",
        _SHOTGUN_METHODS,
        secrets,
        "SGJIRA_FPTR_SECRET",
        on_wrong,
        requires,
        count,
    )


def proofs_of_jira(
    secrets: Sequence[SecretStr],
    on_wrong: Callable[[str], None],
    requires: bool = False,
    count: Callable[[str], None] = lambda source: None,
) -> Proofs:
    """How Jira's webhooks are recognised; see `Proofs`."""
    return Proofs(
        "Jira",
        "X-Hub-Signature",
        _JIRA_METHODS,
        secrets,
        "SGJIRA_JIRA_SECRET",
        on_wrong,
        requires,
        count,
    )


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))


def _bytes(secret: SecretStr) -> bytes:
    return secret.get_secret_value().encode()
