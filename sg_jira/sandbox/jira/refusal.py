"""How the site says no: `Refusal`, in the shape of Jira's own error bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):  # noqa: N818  # it is an answer of the site, not a failure of ours
    """An answer with an error status.

    Parameters:
        status: the HTTP status.
        messages: what is wrong with the request as a whole.
        errors: what is wrong with single fields, by field id.
    """

    def __init__(
        self, status: int, *messages: str, errors: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(*messages, *(errors or {}).values())
        self.status = status
        self.messages = list(messages)
        self.errors = dict(errors or {})

    @property
    def body(self) -> dict[str, Any]:
        """The body as Jira sends it."""
        return {"errorMessages": self.messages, "errors": self.errors}


class BadValue(Exception):  # noqa: N818  # becomes one entry of a Refusal
    """A field cannot take this value; the message is the one Jira gives for the field."""


def no_such_issue() -> Refusal:
    """The answer for an issue that is not there."""
    return Refusal(404, "Issue does not exist or you do not have permission to see it.")
