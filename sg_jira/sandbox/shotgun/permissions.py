"""What single accounts of an FPTR site may not do. Whoever is not named here may do everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from sg_jira.sandbox.shotgun.records import Author, Ref
from sg_jira.sandbox.shotgun.refusals import PermissionFault


class Action(str, Enum):
    """What can be refused, of records of a type or of some of their fields.

    `SCHEMA` is making, changing and deleting fields of a type.
    """

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SCHEMA = "schema"


@dataclass(frozen=True)
class _Ban:
    user: Ref
    action: Action
    entity_type: str
    fields: frozenset[str] | None


class Permissions:
    """The refusals of one site. The caller holds the store's lock."""

    def __init__(self) -> None:
        self._bans: list[_Ban] = []

    def forbid(
        self, user: Ref, action: Action, entity_type: str, fields: Collection[str] | None
    ) -> None:
        """Takes a permission away; for all of the type unless fields are named."""
        names = None if fields is None else frozenset(fields)
        self._bans.append(_Ban(user, action, entity_type, names))

    def allow_everything(self, user: Ref) -> None:
        """Gives an account back what was taken away."""
        self._bans = [ban for ban in self._bans if ban.user != user]

    def may(
        self, author: Author, action: Action, entity_type: str, field: str | None = None
    ) -> bool:
        """Whether someone may do this with records of a type, or with one field of them."""
        return not any(
            (ban.user, ban.action, ban.entity_type) == (author.user, action, entity_type)
            and (ban.fields is None or field in ban.fields)
            for ban in self._bans
        )

    def check(
        self, author: Author, action: Action, entity_type: str, fields: Iterable[str] = ()
    ) -> None:
        """Refuses what someone may not do.

        Raises:
            PermissionFault: not with records of the type, or not with one of the fields.
        """
        for field in (None, *fields):
            if not self.may(author, action, entity_type, field):
                what = entity_type if field is None else f"{entity_type}.{field}"
                raise PermissionFault(f"Permission denied: you may not {action.value} {what}")
