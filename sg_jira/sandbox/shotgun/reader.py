"""Reads stored records as FPTR shows them: visible links, computed fields, deep fields, shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import NAME_FIELDS, Entity, Record, Ref, Row, ref_of
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import LINK_TYPES, Field, Schema
from sg_jira.sandbox.shotgun.store import Store

_CLOSED: Final = "clsd"


@dataclass(frozen=True)
class Path:
    """A field, or a deep field such as `entity.Asset.code`.

    `hops` are the link fields on the way, each with the type to follow; `field` is the last.
    """

    hops: tuple[tuple[Field, str], ...]
    field: Field

    @property
    def through_lists(self) -> bool:
        """Whether a link on the way may lead to several records."""
        return any(hop.data_type == "multi_entity" for hop, _ in self.hops)


class Reader:
    """Gives values of stored records. The caller holds the store's lock."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self._store = store
        self._schema = schema

    def path(self, entity_type: str, text: Any) -> Path:
        """Understands a field name or deep field.

        Raises:
            ShotgunFault: a type or field on the way does not exist or is no link.
        """
        if not isinstance(text, str) or not text:
            raise ShotgunFault(f"invalid/missing field name {text!r} for {entity_type}")
        names = text.split(".")
        if len(names) % 2 == 0:
            raise ShotgunFault(f"{entity_type}.{text} is not of the form field.EntityType.field")
        hops = []
        for name, linked in zip(names[:-1:2], names[1::2], strict=True):
            hop = self._schema.field(entity_type, name)
            if hop.data_type not in LINK_TYPES:
                raise ShotgunFault(f"{hop.path} is no link, so {text!r} cannot be followed")
            hops.append((hop, linked))
            entity_type = linked
        return Path(tuple(hops), self._schema.field(entity_type, names[-1]))

    def values(self, row: Row, path: Path) -> list[Any]:
        """The stored values at the end of a path: one, or one per record on the way.

        A way that leads nowhere (no link, or to another type) gives `[None]`.
        """
        rows = [row]
        for hop, linked in path.hops:
            refs = [ref for one in rows for ref in self._refs(self.value(one, hop))]
            found = [self._store.row(ref) for ref in refs if ref.type == linked]
            rows = [one for one in found if one is not None]
        return [self.value(one, path.field) for one in rows] or [None]

    @staticmethod
    def _refs(value: Any) -> list[Ref]:
        if isinstance(value, Ref):
            return [value]
        return value or []

    def value(self, row: Row, field: Field) -> Any:
        """The stored value of a field; links to retired records are not there."""
        if computed := _COMPUTED.get(field.code):
            return computed(self, row)
        value = row.get(field.code)
        if field.data_type == "entity":
            return value if value is not None and self._store.is_living(value) else None
        if field.data_type == "multi_entity":
            return [ref for ref in value or [] if self._store.is_living(ref)]
        return value

    def show(self, value: Any) -> Any:
        """A stored value as the API answers it."""
        if isinstance(value, Ref):
            return self.entity(value)
        if isinstance(value, list) and value and isinstance(value[0], Ref):
            return [self.entity(ref) for ref in value]
        # What is stored must not change when someone edits an answer.
        return deepcopy(value) if isinstance(value, dict | list) else value

    def entity(self, ref: Ref) -> Entity:
        """A link to a record: `type`, `id` and its display name."""
        return {"type": ref.type, "id": ref.id, "name": self.name(ref)}

    def name(self, ref: Ref) -> str | None:
        """The display name of a record."""
        row = self._store.row(ref)
        return row.get(NAME_FIELDS.get(ref.type, "code")) if row else None

    def record(self, row: Row, names: Iterable[str]) -> Record:
        """A record with these (deep) fields, as the API answers it.

        Names of fields that do not exist are left out without a word, as FPTR does.
        """
        record: Record = {"type": row["type"], "id": row["id"]}
        for name in names:
            if name in record:
                continue
            try:
                path = self.path(row["type"], name)
            except ShotgunFault:
                continue
            record[name] = None if path.through_lists else self.show(self.values(row, path)[0])
        return record

    def whole(self, row: Row) -> Record:
        """A record with all its fields."""
        return self.record(row, self._schema.fields(row["type"]))

    def _open_notes(self, row: Row) -> list[Ref]:
        notes = self.value(row, self._schema.field(row["type"], "notes"))
        found = [(ref, self._store.row(ref)) for ref in notes]
        return [ref for ref, note in found if note and note.get("sg_status_list") != _CLOSED]

    def _time_logged(self, row: Row) -> int:
        ref = ref_of(row)
        logs = self._store.living("TimeLog").values()
        return sum(log.get("duration") or 0 for log in logs if log.get("entity") == ref)

    def _display_name(self, row: Row) -> str | None:
        return self.name(ref_of(row))


_COMPUTED: Final[dict[str, Callable[[Reader, Row], Any]]] = {
    "open_notes": Reader._open_notes,
    "time_logs_sum": Reader._time_logged,
    "cached_display_name": Reader._display_name,
}
