"""Whether two Jira values mean the same: for not writing what is already there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from jira.resources import Resource

#: What identifies a Jira object, the surest first.
_IDENTITIES: Final = ("accountId", "id", "key", "value", "name")
_MINUTES: Final = re.compile(r"^\s*(\d+)\s*m?\s*$")


def same(left: Any, right: Any) -> bool:
    """Whether two values of a Jira field mean the same.

    Resources of the client are equal by its own rules, and else, like their JSON, when the
    surest identity that both have is the same. The order of a list does not matter.
    """
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(contains(right, element) for element in left)
    if isinstance(left, Resource) and isinstance(right, Resource) and left == right:
        return True
    left, right = _json(left), _json(right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if not same(left.get("child"), right.get("child")):  # of a cascading select
            return False
        for identity in _IDENTITIES:
            if left.get(identity) and right.get(identity):
                return bool(left[identity] == right[identity])
        return left == right
    return bool(left == right)


def contains(values: list[Any], value: Any) -> bool:
    """Whether one of the values means the same as `value`."""
    return any(same(element, value) for element in values)


def holds(issue: Any, field: str, value: Any) -> bool:
    """Whether a field of the Issue already means the value that would be sent to it.

    Parameters:
        issue: an Issue of the client.
        field: a field id.
        value: what would be sent, as JSON.
    """
    try:
        present = getattr(issue.fields, field)
    except AttributeError:
        return False  # not on the screens we see: let Jira decide
    if isinstance(value, Mapping) and value.keys() == {"originalEstimate"}:
        return _same_estimate(_json(present), value)
    if value in (None, "", []):
        return present in (None, "", [])
    return present is not None and same(present, value)


def _json(value: Any) -> Any:
    return value.raw if isinstance(value, Resource) else value


def _same_estimate(present: Any, value: Any) -> bool:
    known, wanted = _estimate_seconds(present), _estimate_seconds(value)
    if known is None or wanted is None:
        return bool(present == value)
    return known == wanted


def _estimate_seconds(timetracking: Any) -> int | None:
    """Seconds of an estimate as Jira shows it, or as we write it (`90 m`).

    `None` when there is none, and for a text that only Jira can read, such as `2w`.
    """
    if not isinstance(timetracking, Mapping) or not timetracking.get("originalEstimate"):
        return None
    seconds = timetracking.get("originalEstimateSeconds")
    if seconds is not None:
        return int(seconds)
    minutes = _MINUTES.match(str(timetracking["originalEstimate"]))
    return int(minutes.group(1)) * 60 if minutes else None
