"""What one pass has read of FPTR records by id, so that it is asked for once.

Knows no client: whoever reads hands in how.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

Record = dict[str, Any]


class RecordMemory:
    """Lives as long as a pass and forgets everything at the first write.

    Parameters:
        usual: record type -> the fields that were asked for so far, over many passes. All of them
            are read at once, so that whoever asks next finds them. Kept up to date here.
        known: records that were read ahead.
    """

    def __init__(self, usual: dict[str, frozenset[str]], known: Iterable[Record] = ()) -> None:
        self._usual = usual
        self._known: dict[tuple[str, Any], tuple[frozenset[str], Record | None]] = {
            (record["type"], record["id"]): (frozenset(record), record) for record in known
        }

    def find(
        self,
        entity_type: str,
        entity_id: Any,
        fields: Collection[str],
        read: Callable[[list[str]], Record | None],
    ) -> Record | None:
        """A record with these fields, asked for only if they are not known yet."""
        asked = frozenset(fields)
        known = self._known.get((entity_type, entity_id))
        if known is None or not asked <= known[0]:
            wide = asked | self._usual.get(entity_type, frozenset())
            record = read(sorted(wide))
            self._usual[entity_type] = wide
            known = self._known[entity_type, entity_id] = (wide, record)
        found = known[1]
        if found is None:
            return None
        return {name: value for name, value in found.items() if name in {*asked, "type", "id"}}

    def forget(self) -> None:
        """Something was written: what was read may be out of date."""
        self._known.clear()


def id_asked_for(filters: Any) -> Any:
    """The id, when filters ask for one record by its id; else `None`."""
    if not isinstance(filters, Sequence) or len(filters) != 1:
        return None
    only = filters[0]
    is_by_id = isinstance(only, Sequence) and len(only) == 3 and list(only[:2]) == ["id", "is"]
    return only[2] if is_by_id else None
