"""Tells a change of an FPTR record with the value that the field has by now. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

Meta = Mapping[str, Any]


def with_present_values(
    metas: Sequence[Meta], record: Mapping[str, Any], fields: Collection[str]
) -> list[Meta]:
    """Changes of a record, told with what it holds by now.

    What a later change has replaced need not be written: that one may be late, or lost.

    Parameters:
        record: as it was read after the changes.
        fields: those whose values are told anew, as far as the record has them.
    """
    return [
        with_present_value(meta, record[meta["attribute_name"]])
        if meta["attribute_name"] in fields and meta["attribute_name"] in record
        else meta
        for meta in metas
    ]


def with_present_value(meta: Meta, present: Any) -> dict[str, Any]:
    """The `meta` of an FPTR event, told with the field's present value.

    What was removed from a list stays removed unless it is there again, and what was added to it
    is told as far as it is there.
    """
    if "added" not in meta and isinstance(present, list):
        return {**meta, "added": present, "removed": []}
    if "added" not in meta and "removed" not in meta:
        return {**meta, "new_value": present}
    here = {_identity(value) for value in present or []}
    return {
        **meta,
        "added": [each for each in meta.get("added") or [] if _identity(each) in here],
        "removed": [each for each in meta.get("removed") or [] if _identity(each) not in here],
    }


def _identity(value: Any) -> Any:
    return (value.get("type"), value.get("id")) if isinstance(value, Mapping) else str(value)
