"""Turns what single fields store into the JSON of Jira's answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sg_jira.sandbox.jira.catalog import IssueType, Named, Option
from sg_jira.sandbox.jira.times import format_time

if TYPE_CHECKING:
    from sg_jira.sandbox.jira.store import Store


def plain(store: Store, value: Any) -> Any:
    """The value itself."""
    return value


def plain_list(store: Store, value: Iterable[Any] | None) -> list[Any]:
    """A list, empty when nothing is stored."""
    return list(value or ())


def filled_list(store: Store, value: Iterable[Any] | None) -> list[Any] | None:
    """A list, `None` when nothing is stored, as custom fields do."""
    return list(value or ()) or None


def moment(store: Store, value: datetime | None) -> str | None:
    """A time."""
    return format_time(value) if value else None


def named(store: Store, value: Named | Option | None) -> dict[str, Any] | None:
    """Something with an id."""
    return value.show(store.base) if value else None


def named_list(store: Store, value: Iterable[Named | Option] | None) -> list[dict[str, Any]]:
    """Several such things."""
    return [one.show(store.base) for one in value or ()]


def filled_named_list(
    store: Store, value: Iterable[Named | Option] | None
) -> list[dict[str, Any]] | None:
    """Several such things, `None` when there are none."""
    return named_list(store, value) or None


def issue_type(store: Store, value: IssueType) -> dict[str, Any]:
    """An issue type."""
    return value.show(store.base, with_level=store.flavour.is_cloud)


def user(store: Store, value: str | None) -> dict[str, Any] | None:
    """A person, stored by id."""
    return store.people.get(value).show(store.base) if value else None


def users(store: Store, value: Iterable[str] | None) -> list[dict[str, Any]] | None:
    """Several people, `None` when there are none."""
    return [store.people.get(one).show(store.base) for one in value or ()] or None
