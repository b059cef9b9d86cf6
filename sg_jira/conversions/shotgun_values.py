"""FPTR values: whether two mean the same, their plain form, and ids as Jira keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sg_jira.conversions import moments


def same(left: Any, right: Any) -> bool:
    """Whether two values of an FPTR field mean the same.

    Entities are the same when type and id are; the order of a list of them does not matter.
    Booleans and numbers are told apart, since a field takes only one of them.
    """
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            any(same(element, other) for other in right) for element in left
        )
    if isinstance(left, Mapping) and isinstance(right, Mapping) and "id" in left:
        return bool((left.get("type"), left["id"]) == (right.get("type"), right.get("id")))
    return type(left) is type(right) and bool(left == right)


def holds(present: Any, value: Any) -> bool:
    """Whether a record that has `present` need not be given `value`."""
    if isinstance(present, Mapping) and isinstance(value, Mapping) and "url" in value:
        return bool(present.get("url") == value["url"])
    if isinstance(present, datetime):
        return moments.parse_moment(present) == moments.parse_moment(value)
    if value in ("", None, []) and present in ("", None, []):
        return True
    return same(present, value)


def plain(value: Any) -> Any:
    """The value as it is written to FPTR: entities without what was looked up about them."""
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, Mapping) and {"type", "id"} <= value.keys():
        return {key: value[key] for key in ("type", "id", "name") if key in value}
    return value


def as_id(value: Any) -> int | None:
    """The FPTR id that a Jira field holds as text or as a number; `None` when it is neither."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else None
