"""Creates, updates, retires and revives records by FPTR's rules, and logs it. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sg_jira.sandbox.shotgun.defaults import complete_change, complete_creation
from sg_jira.sandbox.shotgun.event_log import EventLog
from sg_jira.sandbox.shotgun.links import opposite_field
from sg_jira.sandbox.shotgun.permissions import Action, Permissions
from sg_jira.sandbox.shotgun.reader import Reader
from sg_jira.sandbox.shotgun.records import (
    DATETIME_FORMAT,
    EVENT_LOG,
    Author,
    Clock,
    Ref,
    Row,
    ref_of,
)
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Field, Schema
from sg_jira.sandbox.shotgun.store import Store
from sg_jira.sandbox.shotgun.values import parse_value

#: Not editable, yet may be given when a record is created.
_ONLY_AT_CREATION: Final = frozenset({"created_at", "created_by"})
_UPDATE_MODES: Final = ("set", "add", "remove")


class Editor:
    """Changes the records of a site.

    Every method is one transaction: it happens as a whole, or raises `ShotgunFault` and nothing
    happened. Links are given as the API writes them, `{"type", "id"}`.
    """

    def __init__(
        self,
        store: Store,
        schema: Schema,
        reader: Reader,
        log: EventLog,
        permissions: Permissions,
        clock: Clock,
    ) -> None:
        self._store = store
        self._schema = schema
        self._reader = reader
        self._log = log
        self._permissions = permissions
        self._clock = clock

    def create(
        self,
        author: Author,
        entity_type: str,
        data: Mapping[str, Any],
        own: Mapping[str, Any] | None = None,
    ) -> Row:
        """Makes a record.

        Parameters:
            own: what only the site itself can say about the record, as it is stored.

        Raises:
            ShotgunFault: a field is unknown, not editable, wrong, taken or missing; or the author
                may not do this.
        """
        with self._store.transaction():
            fields = self._fields(entity_type)
            self._permissions.check(author, Action.CREATE, entity_type, data)
            given = {name: self._writable(fields, entity_type, name, True) for name in data}
            values = {**self._initial_values(author, entity_type, data), **(own or {})}
            self._check_mandatory(fields, values)
            for field in fields.values():
                self._check_unique(field, values.get(field.code), None)
            row = self._store.insert(entity_type, values)
            self._log.created(author, row)
            for field in given.values():
                if field.editable and row[field.code] not in (None, []):
                    empty: Any = [] if field.data_type == "multi_entity" else None
                    self._log.changed(author, row, field, empty, row[field.code], in_create=True)
            for code, field in fields.items():
                self._mirror(author, row, field, field.empty, values[code])
            return row

    def update(
        self,
        author: Author,
        entity_type: str,
        number: Any,
        data: Mapping[str, Any],
        modes: Mapping[str, str] | None = None,
    ) -> Row:
        """Changes fields of a living record.

        Parameters:
            modes: `set` (the default), `add` or `remove`, by name of multi-entity field.

        Raises:
            ShotgunFault: the record or a field is unknown, or a value is wrong or taken; or the
                author may not do this.
        """
        with self._store.transaction():
            fields = self._fields(entity_type)
            self._permissions.check(author, Action.UPDATE, entity_type, data)
            row = self._living(entity_type, number)
            for name in data:
                self._writable(fields, entity_type, name, False)
            values = self._parsed(fields, complete_change(entity_type, data, row))
            changed = False
            for code, value in values.items():
                changed |= self._change(
                    author, row, fields[code], value, (modes or {}).get(code, "set")
                )
            if changed:
                for code, value in self._stamps(author, fields, ("updated",)).items():
                    self._store.put(row, code, value)
            return row

    def put_file(self, author: Author, entity_type: str, number: Any, name: str, file: Row) -> None:
        """Puts an uploaded file, an Attachment record, into a field of a record.

        A list of links gets it added; a File/Link field holds it instead of what it held.

        Raises:
            ShotgunFault: the record or the field is unknown, or the field takes no files.
        """
        with self._store.transaction():
            row = self._living(entity_type, number)
            field = self._writable(self._fields(entity_type), entity_type, name, False)
            ref = ref_of(file)
            if field.data_type == "url":
                self._change(author, row, field, file["this_file"], "set")
            elif field.data_type == "multi_entity" and ref.type in field.valid_types:
                self._change(author, row, field, [ref], "add")
            else:
                raise ShotgunFault(f"{field.path} ({field.data_type}) takes no uploaded files")

    def delete(self, author: Author, entity_type: str, number: Any) -> bool:
        """Retires a record; `False` when it was retired already.

        Raises:
            ShotgunFault: there never was such a record, or the author may not do this.
        """
        with self._store.transaction():
            row = self._known(entity_type, number)
            self._permissions.check(author, Action.DELETE, entity_type)
            if not self._store.is_living(ref_of(row)):
                return False
            self._store.put(row, "retirement_date", self._clock().strftime(DATETIME_FORMAT))
            self._log.retired(author, row)
            self._store.retire(row)
            return True

    def revive(self, author: Author, entity_type: str, number: Any) -> bool:
        """Brings a retired record back; `False` when it is alive.

        Raises:
            ShotgunFault: there never was such a record, a unique value of it is taken by now, or
                the author may not do this.
        """
        with self._store.transaction():
            row = self._known(entity_type, number)
            self._permissions.check(author, Action.DELETE, entity_type)
            if self._store.is_living(ref_of(row)):
                return False
            for field in self._schema.fields(entity_type).values():
                self._check_unique(field, row.get(field.code), row)
            self._store.revive(row)
            since = row.get("retirement_date")
            self._store.put(row, "retirement_date", None)
            self._log.revived(author, row, since)
            return True

    def _fields(self, entity_type: str) -> Mapping[str, Field]:
        if entity_type == EVENT_LOG:
            raise ShotgunFault(f"{EVENT_LOG} records cannot be created, changed or deleted")
        return self._schema.fields(entity_type)

    def _known(self, entity_type: str, number: Any) -> Row:
        self._fields(entity_type)
        row = self._store.row(Ref(entity_type, number)) if type(number) is int else None
        if row is None:
            raise ShotgunFault(f"{entity_type} with id {number!r} does not exist")
        return row

    def _living(self, entity_type: str, number: Any) -> Row:
        row = self._known(entity_type, number)
        if not self._store.is_living(ref_of(row)):
            raise ShotgunFault(f"{entity_type} with id {number} does not exist: it was retired")
        return row

    @staticmethod
    def _writable(
        fields: Mapping[str, Field], entity_type: str, name: str, creating: bool
    ) -> Field:
        if name not in fields:
            raise ShotgunFault(f"{entity_type}.{name} doesn't exist")
        field = fields[name]
        if not field.editable and not (creating and name in _ONLY_AT_CREATION):
            raise ShotgunFault(f"{field.path} is not editable and cannot be set")
        return field

    def _parsed(self, fields: Mapping[str, Field], data: Mapping[str, Any]) -> dict[str, Any]:
        exists = self._store.is_living
        return {code: parse_value(fields[code], value, exists) for code, value in data.items()}

    def _initial_values(
        self, author: Author, entity_type: str, data: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Every field of a new record: what FPTR fills in, and over it what was sent."""
        fields = self._schema.fields(entity_type)
        name = self._reader.name(author.user) or author.user.type
        full = complete_creation(entity_type, data, author, name, self._clock().date())
        return {
            **{code: field.empty for code, field in fields.items()},
            **self._stamps(author, fields, ("created", "updated")),
            **self._parsed(fields, full),
        }

    def _stamps(
        self, author: Author, fields: Mapping[str, Field], what: tuple[str, ...]
    ) -> dict[str, Any]:
        now = self._clock().strftime(DATETIME_FORMAT)
        stamps: dict[str, Any] = {}
        for word in what:
            stamps |= {f"{word}_at": now, f"{word}_by": author.user}
        return {code: value for code, value in stamps.items() if code in fields}

    @staticmethod
    def _check_mandatory(fields: Mapping[str, Field], values: Mapping[str, Any]) -> None:
        for field in fields.values():
            if field.mandatory or (field.code == "project" and field.editable):
                _refuse_empty(field, values[field.code])

    def _check_unique(self, field: Field, value: Any, row: Row | None) -> None:
        if not field.unique or not value:
            return
        holder = self._store.holder(field, value)
        if holder is not None and holder is not row:
            raise ShotgunFault(
                f"{field.path} must be unique: {value!r} is already used by "
                f"{holder['type']} {holder['id']}"
            )

    def _change(self, author: Author, row: Row, field: Field, value: Any, mode: str) -> bool:
        old = self._reader.value(row, field)
        new = _combined(field, old, value, mode)
        if (set(new) == set(old)) if field.data_type == "multi_entity" else (new == old):
            return False
        if field.mandatory or field.code == "project":
            _refuse_empty(field, new)
        self._check_unique(field, new, row)
        stored = row.get(field.code)
        self._store.put(row, field.code, self._with_retired(stored, new))
        self._log.changed(author, row, field, old, new)
        self._mirror(author, row, field, stored, row[field.code])
        return True

    def _with_retired(self, stored: Any, new: Any) -> Any:
        """A new list of links together with the stored ones that nobody sees while retired."""
        if not isinstance(new, list):
            return new
        return [*new, *(ref for ref in stored or [] if not self._store.is_living(ref))]

    def _mirror(self, author: Author, row: Row, field: Field, old: Any, new: Any) -> None:
        """Brings the other sides of a two-way link in step with this one, and logs it."""
        me = ref_of(row)
        before, after = _refs(old), _refs(new)
        for ref in dict.fromkeys((*before, *after)):
            if (ref in before) != (ref in after):
                opposite = opposite_field(me.type, field.code, ref.type)
                self._mirror_one(author, ref, opposite, me, ref in after)

    def _mirror_one(
        self, author: Author, other: Ref, opposite: str | None, me: Ref, linked: bool
    ) -> None:
        row = self._store.row(other)
        if opposite is None or row is None:
            return
        field = self._schema.field(other.type, opposite)
        old = row[opposite]
        new: Any
        if field.data_type == "multi_entity":
            others = [ref for ref in old if ref != me]
            new = [*others, me] if linked else others
        else:
            new = me if linked else None
            if old is not None and old != me:
                if not linked:
                    return
                former = opposite_field(other.type, opposite, old.type)
                self._mirror_one(author, old, former, other, False)
        if new == old or (isinstance(new, list) and set(new) == set(old)):
            return
        self._store.put(row, opposite, new)
        self._log.changed(author, row, field, old, new)


def _refuse_empty(field: Field, value: Any) -> None:
    if value in (None, ""):
        raise ShotgunFault(f"{field.path} ({field.name}) is required and cannot be empty")


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, list) and value and isinstance(value[0], Ref):
        return value
    return []


def _combined(field: Field, old: Any, value: Any, mode: str) -> Any:
    if mode not in _UPDATE_MODES:
        raise ShotgunFault(
            f"invalid multi_entity_update_mode {mode!r} for {field.path}; use one of "
            f"{', '.join(_UPDATE_MODES)}"
        )
    if field.data_type != "multi_entity" or mode == "set":
        return value
    if mode == "remove":
        return [ref for ref in old if ref not in value]
    return [*old, *(ref for ref in value if ref not in old)]
