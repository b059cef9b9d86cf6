"""Finds records: filters, order, pages. Uses the indexes of the store where a filter allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sg_jira.sandbox.shotgun.appearance import Appearance
from sg_jira.sandbox.shotgun.filters import Condition, Group
from sg_jira.sandbox.shotgun.operators import make_test
from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import EVENT_LOG, Clock, Ref, Row
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Schema
from sg_jira.sandbox.shotgun.store import Store

_DIRECTIONS: Final = {"asc": False, "desc": True}
_Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Sort:
    """A (deep) field to order by."""

    path: str
    descending: bool = False


def parse_sorts(data: Any) -> tuple[Sort, ...]:
    """Reads `[{"field_name", "direction"}]`. Raises `ShotgunFault` when it is something else."""
    sorts = []
    for one in data or ():
        direction = str(one.get("direction", "asc")).lower() if isinstance(one, dict) else ""
        if direction not in _DIRECTIONS:
            raise ShotgunFault(f"invalid sort {one!r}: give a field_name and 'asc' or 'desc'")
        sorts.append(Sort(one.get("field_name"), _DIRECTIONS[direction]))
    return tuple(sorts)


class Queries:
    """Finds records of a site. The caller holds the store's lock.

    Parameters:
        store, schema, reader, clock: of the site.
        appearance: of the entries of the event log.
    """

    def __init__(
        self, store: Store, schema: Schema, reader: Reader, clock: Clock, appearance: Appearance
    ) -> None:
        self._appearance = appearance
        self._store = store
        self._schema = schema
        self._reader = reader
        self._clock = clock

    def find(
        self,
        entity_type: str,
        filters: Group,
        sorts: Sequence[Sort] = (),
        *,
        retired: bool = False,
        archived_projects: bool = True,
    ) -> list[Row]:
        """The records that pass the filters, in order; by id where nothing else is said.

        Parameters:
            retired: look among the retired records instead of the living.
            archived_projects: whether records of archived projects count.

        Raises:
            ShotgunFault: a type, field or relation does not exist, or a value does not suit it.
        """
        self._schema.fields(entity_type)
        if entity_type == EVENT_LOG:
            self._appearance.reveal()
        test = self._test(entity_type, filters)
        table = self._store.retired(entity_type) if retired else self._store.living(entity_type)
        rows = [row for row in self._candidates(entity_type, filters, table, retired) if test(row)]
        if not archived_projects:
            rows = [row for row in rows if not self._is_archived(row)]
        rows.sort(key=lambda row: int(row["id"]))
        for sort in reversed(sorts):
            rows.sort(key=self._sort_key(entity_type, sort.path), reverse=sort.descending)
        return rows

    def _candidates(
        self, entity_type: str, filters: Group, table: dict[int, Row], retired: bool
    ) -> Iterable[Row]:
        """As few records as the indexes can tell apart."""
        for condition in filters.certain():
            if condition.path == "id":
                numbers = self._numbers(entity_type, condition)
                if numbers is not None:
                    return [table[number] for number in numbers if number in table]
            elif not retired and condition.relation == "is" and condition.values[0]:
                field = self._schema.fields(entity_type).get(condition.path)
                if field is not None and field.unique:
                    row = self._store.holder(field, condition.values[0])
                    return [] if row is None else [row]
        return table.values()

    def _numbers(self, entity_type: str, condition: Condition) -> Iterable[int] | None:
        if condition.relation in {"is", "in"}:
            return dict.fromkeys(value for value in condition.values if type(value) is int)
        if condition.relation == "greater_than" and type(condition.values[0]) is int:
            return range(condition.values[0] + 1, self._store.last_id(entity_type) + 1)
        return None

    def _is_archived(self, row: Row) -> bool:
        ref = row.get("project")
        project = self._store.row(ref) if isinstance(ref, Ref) else None
        archived = row if row["type"] == "Project" else project
        return bool(archived and archived.get("archived"))

    def _test(self, entity_type: str, group: Group) -> _Test:
        tests = [
            self._test(entity_type, part)
            if isinstance(part, Group)
            else self._condition(entity_type, part)
            for part in group.parts
        ]
        if group.any_one and tests:
            return lambda row: any(test(row) for test in tests)
        return lambda row: all(test(row) for test in tests)

    def _condition(self, entity_type: str, condition: Condition) -> _Test:
        path = self._reader.path(entity_type, condition.path)
        test = make_test(
            path.field, condition.relation, condition.values, self._clock(), self._reader.name
        )
        return lambda row: any(test(value) for value in self._reader.values(row, path))

    def _sort_key(self, entity_type: str, text: str) -> Callable[[Row], Any]:
        path = self._reader.path(entity_type, text)

        def key(row: Row) -> Any:
            value = self._reader.values(row, path)[0]
            return (value in (None, []), self._comparable(value))

        return key

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return (self._reader.name(value) or "").casefold()
        if isinstance(value, list):
            return [self._comparable(one) for one in value]
        if isinstance(value, dict):
            return str(value.get("name", "")).casefold()
        return value.casefold() if isinstance(value, str) else value or 0
