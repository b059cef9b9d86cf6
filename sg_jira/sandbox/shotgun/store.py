"""Keeps the records of an FPTR site in memory, with undo. Knows no rule of FPTR but uniqueness."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import Ref, Row, ref_of
from sg_jira.sandbox.shotgun.schema import Field, Schema

# The ids of each type start elsewhere, so that a mix-up of two types cannot go unnoticed.
_ID_STEP: Final = 1000


class Store:
    """Living and retired records by type and id.

    Whoever reads or writes holds `lock`; writing happens within `transaction`.
    """

    def __init__(self, schema: Schema) -> None:
        self.lock = threading.RLock()
        self._schema = schema
        self._living: dict[str, dict[int, Row]] = {code: {} for code in schema}
        self._retired: dict[str, dict[int, Row]] = {code: {} for code in schema}
        self._next = {code: 1 + place * _ID_STEP for place, code in enumerate(schema)}
        self._keys: dict[tuple[str, str], dict[str, int]] = {}
        self._undo: list[Callable[[], object]] | None = None
        self._afterwards: dict[Callable[[], None], None] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything within happens, or nothing of it. Nested ones are part of the outermost."""
        with self.lock:
            if self._undo is not None:
                yield
                return
            self._undo, self._afterwards = [], {}
            try:
                yield
            except BaseException:
                for step in reversed(self._undo):
                    step()
                raise
            else:
                for step in self._afterwards:
                    step()
            finally:
                self._undo = None

    def on_failure(self, step: Callable[[], object]) -> None:
        """Has the present transaction take this step back when it fails; the latest first."""
        assert self._undo is not None, "writing needs a transaction"
        self._undo.append(step)

    def afterwards(self, step: Callable[[], None]) -> None:
        """Has the present transaction do this once, under the lock, when it has succeeded."""
        self._afterwards[step] = None

    def insert(self, entity_type: str, values: Row) -> Row:
        """Stores a new living record under the next id and gives it back."""
        number = self._next[entity_type]
        row = {"type": entity_type, **values, "id": number}
        self.on_failure(lambda: self._forget(row))
        self._next[entity_type] = number + 1
        self._living[entity_type][number] = row
        self._index(row)
        return row

    def reserve(self, entity_type: str) -> int:
        """Takes the next id of a type for a record that comes later or never."""
        number = self._next[entity_type]
        self.on_failure(lambda: self._next.__setitem__(entity_type, number))
        self._next[entity_type] = number + 1
        return number

    def restore(self, row: Row) -> None:
        """Stores a record under the id that was reserved for it."""
        self.on_failure(lambda: self._living[row["type"]].pop(row["id"]))
        self._living[row["type"]][row["id"]] = row

    def _forget(self, row: Row) -> None:
        self._unindex(row)
        del self._living[row["type"]][row["id"]]
        self._next[row["type"]] = row["id"]

    def put(self, row: Row, field: str, value: Any) -> None:
        """Sets a field of a record."""
        old = row.get(field)
        self.on_failure(lambda: self._assign(row, field, old))
        self._assign(row, field, value)

    def _assign(self, row: Row, field: str, value: Any) -> None:
        living = self.is_living(ref_of(row))
        if living:
            self._unindex(row)
        row[field] = value
        if living:
            self._index(row)

    def retire(self, row: Row) -> None:
        """Moves a living record to the retired ones."""
        self.on_failure(lambda: self._move(row, self._retired, self._living))
        self._move(row, self._living, self._retired)

    def revive(self, row: Row) -> None:
        """Moves a retired record to the living ones."""
        self.on_failure(lambda: self._move(row, self._living, self._retired))
        self._move(row, self._retired, self._living)

    def _move(
        self, row: Row, source: dict[str, dict[int, Row]], target: dict[str, dict[int, Row]]
    ) -> None:
        self._unindex(row)
        target[row["type"]][row["id"]] = source[row["type"]].pop(row["id"])
        if target is self._living:
            self._index(row)

    def row(self, ref: Ref) -> Row | None:
        """A living or retired record; `None` when there never was one."""
        number = ref.id
        living = self._living.get(ref.type, {}).get(number)
        return living or self._retired.get(ref.type, {}).get(number)

    def is_living(self, ref: Ref) -> bool:
        """Whether there is such a record that was not retired."""
        return ref.id in self._living.get(ref.type, {})

    def living(self, entity_type: str) -> dict[int, Row]:
        """The living records of a type by id."""
        return self._living[entity_type]

    def retired(self, entity_type: str) -> dict[int, Row]:
        """The retired records of a type by id."""
        return self._retired[entity_type]

    def last_id(self, entity_type: str) -> int:
        """The highest id that was given to a record of this type."""
        return self._next[entity_type] - 1

    def holder(self, field: Field, value: Any) -> Row | None:
        """The living record that has this value in a unique field."""
        number = self._keys.get((field.entity_type, field.code), {}).get(_key(value))
        return None if number is None else self._living[field.entity_type][number]

    def reindex(self, field: Field) -> None:
        """Builds the index of a field anew after its uniqueness changed."""
        self._keys.pop((field.entity_type, field.code), None)
        for row in self._living[field.entity_type].values():
            self._index(row)

    def fill(self, field: Field) -> None:
        """Gives every record of the type the empty value of a new field."""
        for table in (self._living, self._retired):
            for row in table[field.entity_type].values():
                row[field.code] = field.empty

    def empty(self, field: Field) -> None:
        """Takes the values of a deleted field out of every record."""
        self._keys.pop((field.entity_type, field.code), None)
        for table in (self._living, self._retired):
            for row in table[field.entity_type].values():
                row.pop(field.code, None)

    def _index(self, row: Row) -> None:
        for field, value in self._unique_values(row):
            self._keys.setdefault((row["type"], field), {})[_key(value)] = row["id"]

    def _unindex(self, row: Row) -> None:
        for field, value in self._unique_values(row):
            index = self._keys.get((row["type"], field), {})
            if index.get(_key(value)) == row["id"]:
                del index[_key(value)]

    def _unique_values(self, row: Row) -> Iterator[tuple[str, Any]]:
        for field in self._schema.unique_fields(row["type"]):
            if row.get(field):
                yield field, row[field]


def _key(value: Any) -> str:
    return str(value).casefold()
