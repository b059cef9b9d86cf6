"""Filters of a query as plain data, read from what the JSON-RPC client sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sg_jira.sandbox.shotgun.refusals import ShotgunFault

#: Filters nested deeper than this are refused rather than followed.
_MAX_DEPTH = 50


@dataclass(frozen=True)
class Condition:
    """A (deep) field, a relation such as `is` or `in_last`, and its values."""

    path: str
    relation: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Group:
    """Conditions of which all must hold, or any one. An empty group holds."""

    parts: tuple[Condition | Group, ...] = ()
    any_one: bool = False

    def certain(self) -> Iterator[Condition]:
        """The conditions that must hold for the group to hold."""
        if self.any_one and len(self.parts) > 1:
            return
        for part in self.parts:
            if isinstance(part, Condition):
                yield part
            else:
                yield from part.certain()


def parse_filters(data: Any, depth: int = 0) -> Group:
    """Reads `{"logical_operator": "and"|"or", "conditions": [...]}`.

    Raises:
        ShotgunFault: it is not of this form.
    """
    if depth > _MAX_DEPTH:
        raise ShotgunFault(f"filters are nested more than {_MAX_DEPTH} deep")
    if not data:
        return Group()
    operator = data.get("logical_operator") if isinstance(data, dict) else None
    if operator not in {"and", "or"}:
        raise ShotgunFault(f"invalid/missing filters 'logical_operator' in {data!r}")
    conditions = data.get("conditions")
    if not isinstance(conditions, list):
        raise ShotgunFault(f"invalid/missing array 'conditions' in filters {data!r}")
    return Group(tuple(_part(one, depth) for one in conditions), operator == "or")


def _part(data: Any, depth: int) -> Condition | Group:
    if isinstance(data, dict) and "logical_operator" in data:
        return parse_filters(data, depth + 1)
    if not isinstance(data, dict) or not isinstance(data.get("path"), str):
        raise ShotgunFault(f"invalid/missing string 'path' in condition {data!r}")
    if not isinstance(data.get("relation"), str):
        raise ShotgunFault(f"invalid/missing string 'relation' in condition {data!r}")
    values = data.get("values")
    if not isinstance(values, list) or not values:
        raise ShotgunFault(f"invalid/missing array 'values' in condition {data!r}")
    return Condition(data["path"], data["relation"], tuple(values))
