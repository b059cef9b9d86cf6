"""Several changes of one FPTR record, told as one change per field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Meta = Mapping[str, Any]


def merge(metas: Sequence[Meta]) -> list[Meta]:
    """One `meta` per field, in the order in which the fields were first changed.

    Parameters:
        metas: of FPTR events, oldest first, each with an `attribute_name`.

    Returns:
        What all changes of a field come to. It belongs to a creation only if all of them do.
    """
    merged: dict[str, Meta] = {}
    for meta in metas:
        field = meta["attribute_name"]
        merged[field] = _after(merged[field], meta) if field in merged else meta
    return list(merged.values())


def _after(first: Meta, second: Meta) -> Meta:
    told = {
        **first,
        **second,
        "in_create": bool(first.get("in_create") and second.get("in_create")),
    }
    if "old_value" in first:
        told["old_value"] = first["old_value"]
    if any(name in meta for name in ("added", "removed") for meta in (first, second)):
        told["added"] = _then(first.get("added"), second.get("added"), second.get("removed"))
        told["removed"] = _then(first.get("removed"), second.get("removed"), second.get("added"))
    return told


def _then(
    before: Sequence[Any] | None, more: Sequence[Any] | None, undone: Sequence[Any] | None
) -> list[Any]:
    """The elements of both lists but those that were undone in between, each once."""
    gone = [_identity(value) for value in undone or []]
    kept = [value for value in before or [] if _identity(value) not in gone]
    known = [_identity(value) for value in kept]
    return kept + [value for value in more or [] if _identity(value) not in known]


def _identity(value: Any) -> Any:
    return (value.get("type"), value.get("id")) if isinstance(value, Mapping) else value
