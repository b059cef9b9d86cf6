"""What Jira says about the fields it refuses (HTTP 400 with an error for each)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from jira.exceptions import JIRAError

#: Names of errors that differ from those of their fields.
_FIELDS: Final = {"parentId": "parent"}


def fields_refused(error: JIRAError, sent: Iterable[str]) -> set[str]:
    """Which of the fields that were sent Jira names in its refusal; all if it names none."""
    sent = set(sent)
    named = sent & set(_errors(error))
    return named or sent


def names_fields(error: JIRAError, sent: Iterable[str]) -> bool:
    """Whether the refusal tells which of the fields are meant."""
    return bool(set(sent) & set(_errors(error)))


def _errors(error: JIRAError) -> dict[str, Any]:
    if error.response is None:
        return {}
    try:
        errors = error.response.json().get("errors")
    except (ValueError, AttributeError):  # a proxy's page, or a list
        return {}
    if not isinstance(errors, dict):
        return {}
    return {_FIELDS.get(str(name), str(name)): text for name, text in errors.items()}
