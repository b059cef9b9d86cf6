"""What a first sync that is repeated may still write: nothing that people have edited since.

A first sync is repeated when it was cut short. What the counterpart was given when it was created,
and what it has though the record has nothing, is left alone: if the two differ, somebody has edited
one of them since, and that edit has an event of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sg_jira.conversions.shotgun_values import same
from sg_jira.events import WHOLE_CREATION
from sg_jira.shapes import is_empty

_DESCRIPTION: Final = "description"


def still_to_write(
    values: Mapping[str, Any], given: Collection[str], present: Callable[[str], Any]
) -> dict[str, Any]:
    """The values that a repeated first sync writes.

    Parameters:
        values: all values that differ, by field of the counterpart.
        given: the fields that the counterpart may have been created with.
        present: gives what a field of the counterpart holds.
    """
    return {
        name: value
        for name, value in values.items()
        if not is_empty(value) and (name not in given or is_empty(present(name)))
    }


def not_edited_since(
    values: Mapping[str, Any], given: Collection[str], present: Callable[[str], Any]
) -> dict[str, Any]:
    """The values that the first sync of a counterpart writes that was made a moment ago.

    What it was given then and has no more was edited by somebody, perhaps by a rule of the site.
    A description is given always, be it empty; other fields may have defaults of the site.

    Parameters:
        values, given, present: as above.
    """
    return {
        name: value
        for name, value in values.items()
        if is_empty(present(name))
        or name not in given
        or (is_empty(value) and name != _DESCRIPTION)
    }


def is_covered(record: Mapping[str, Any], meta: Mapping[str, Any], is_repeated: bool) -> bool:
    """Whether a change of a record need not be written once more after a first sync.

    Parameters:
        record: with the values that were synced.
        meta: of the FPTR event.
        is_repeated: whether the first sync spared what may have been edited.
    """
    if is_repeated:
        return bool(meta.get("in_create"))
    value = record.get(meta["attribute_name"])
    if "added" in meta or "removed" in meta:
        added = meta.get("added") or []
        return not meta.get("removed") and all(
            any(same(element, entity) for element in value or []) for entity in added
        )
    return same(value, meta.get("new_value"))


def tells_new_record(meta: Mapping[str, Any]) -> bool:
    """Whether a record is synced because it was created, so that nothing is linked to it yet.

    FPTR's own webhooks tell of a creation as a whole, and of what is linked by another way, which
    may be the faster one: then something may be linked.
    """
    return bool(meta.get("in_create")) and not meta.get(WHOLE_CREATION)
