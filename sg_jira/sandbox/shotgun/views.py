"""What one account of an FPTR site sees of types, fields and records. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sg_jira.sandbox.shotgun.filters import Condition, Group
from sg_jira.sandbox.shotgun.permissions import Action, Permissions
from sg_jira.sandbox.shotgun.queries import Queries, Sort
from sg_jira.sandbox.shotgun.reader import Path, Reader
from sg_jira.sandbox.shotgun.records import Author, Record, Row
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Field, Schema


class Views:
    """Reads as someone. A field that may not be read is as one that does not exist.

    The caller holds the store's lock.
    """

    def __init__(
        self, schema: Schema, reader: Reader, queries: Queries, permissions: Permissions
    ) -> None:
        self._schema = schema
        self._reader = reader
        self._queries = queries
        self._permissions = permissions

    def check(self, author: Author, entity_type: str) -> None:
        """Refuses what someone may not read at all. Raises `PermissionFault`."""
        self._permissions.check(author, Action.READ, entity_type)

    def find(
        self,
        author: Author,
        entity_type: str,
        filters: Group,
        sorts: Sequence[Sort] = (),
        *,
        retired: bool = False,
        archived_projects: bool = True,
    ) -> list[Row]:
        """The records that pass the filters, as `Queries.find` gives them.

        Raises:
            ShotgunFault: as there, or the type or a field may not be read.
        """
        self.check(author, entity_type)
        for path in (*_paths(filters), *(sort.path for sort in sorts)):
            if not self._sees(author, self._reader.path(entity_type, path)):
                raise ShotgunFault(f"{entity_type}.{path} doesn't exist")
        return self._queries.find(
            entity_type, filters, sorts, retired=retired, archived_projects=archived_projects
        )

    def records(
        self, author: Author, entity_type: str, rows: Iterable[Row], names: Iterable[Any]
    ) -> list[Record]:
        """Records of one type with those of these (deep) fields that can be read."""
        readable = [name for name in names if self._is_readable(author, entity_type, name)]
        return [self._reader.record(row, readable) for row in rows]

    def record(self, author: Author, row: Row, names: Iterable[Any]) -> Record:
        """One record with those of these (deep) fields that can be read."""
        return self.records(author, row["type"], [row], names)[0]

    def describe_fields(self, author: Author, entity_type: str) -> dict[str, Any]:
        """The fields of a type as the API describes them; `ShotgunFault` for an unknown type."""
        return {
            code: field.describe()
            for code, field in self._schema.fields(entity_type).items()
            if self._permissions.may(author, Action.READ, entity_type, code)
        }

    def field(self, author: Author, entity_type: str, name: str) -> Field:
        """One field. Raises `ShotgunFault` when there is none that can be read."""
        found = self._schema.field(entity_type, name)
        if not self._permissions.may(author, Action.READ, entity_type, name):
            raise ShotgunFault(f"{found.path} doesn't exist")
        return found

    def describe_types(self, author: Author) -> dict[str, Any]:
        """The types that can be read, as the API describes them."""
        return {
            code: described
            for code, described in self._schema.describe_types().items()
            if self._permissions.may(author, Action.READ, code)
        }

    def _is_readable(self, author: Author, entity_type: str, name: Any) -> bool:
        try:
            return self._sees(author, self._reader.path(entity_type, name))
        except ShotgunFault:
            return False

    def _sees(self, author: Author, path: Path) -> bool:
        return all(
            self._permissions.may(author, Action.READ, field.entity_type, field.code)
            for field in (*(hop for hop, _ in path.hops), path.field)
        )


def _paths(group: Group) -> Iterator[str]:
    for part in group.parts:
        if isinstance(part, Condition):
            yield part.path
        else:
            yield from _paths(part)
