"""Words the change of one field as items of the change log, in the forms that Jira uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sg_jira.sandbox.jira.changelog import Item

if TYPE_CHECKING:
    from sg_jira.sandbox.jira.fields import Field
    from sg_jira.sandbox.jira.store import Store

Pair = tuple[str | None, str | None]
Log = Callable[["Store", "Field", Any, Any], Iterator[Item]]
_EMPTY: Pair = (None, None)


def _single(pair: Callable[[Store, Any], Pair], person: bool = False) -> Log:
    """A log of one item, whose two sides `pair` words; an empty value needs no wording."""

    def log(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
        before = pair(store, old) if old else _EMPTY
        after = pair(store, new) if new else _EMPTY
        yield Item(field.log_field, field.id, before, after, field.custom, person)

    return log


def nothing(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
    """Fields whose changes are logged elsewhere or not at all."""
    yield from ()


def labels(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
    """Labels joined by blanks; no labels are an empty text, not an absent one."""
    before, after = " ".join(old or ()), " ".join(new or ())
    yield Item(field.log_field, field.id, (None, before), (None, after), field.custom)


def number(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
    """A number, whole ones without a point."""
    before, after = ((None, None if n is None else f"{n:g}") for n in (old, new))
    yield Item(field.log_field, field.id, before, after, field.custom)


def each(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
    """One item for every thing that goes or comes."""
    for gone in old or ():
        if gone not in (new or ()):
            yield Item(field.log_field, field.id, (gone.id, gone.name), _EMPTY)
    for added in new or ():
        if added not in (old or ()):
            yield Item(field.log_field, field.id, _EMPTY, (added.id, added.name))


def estimates(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
    """Both estimates, in seconds, as fields of their own."""
    for part, name in (("remaining", "timeestimate"), ("original", "timeoriginalestimate")):
        before, after = (getattr(value, part) for value in (old, new))
        if before != after:
            yield Item(name, name, _seconds(before), _seconds(after))


def parent(store: Store, field: Field, old: Any, new: Any) -> Iterator[Item]:
    """The parent; on Cloud under a name of its own, without field id."""
    before, after = (_issue(store, id) for id in (old, new))
    if store.flavour.is_cloud:
        yield Item("IssueParentAssociation", None, before, after)
    else:
        yield Item(field.log_field, field.id, before, after)


def _seconds(seconds: int | None) -> Pair:
    return _EMPTY if seconds is None else (str(seconds), str(seconds))


def _issue(store: Store, id: str | None) -> Pair:
    if id is None:
        return _EMPTY
    found = store.issues.get(id)
    return (id, found.key if found else None)


def _short_date(value: date) -> str:
    return f"{value.day}/{value:%b/%y}"


def _short_time(value: datetime) -> str:
    return f"{_short_date(value)} {value.hour % 12 or 12}:{value:%M %p}"


text = _single(lambda store, value: (None, value))
named = _single(lambda store, value: (value.id, value.name))
option = _single(lambda store, value: (value.id, value.value))
options = _single(
    lambda store, value: (
        f"[{', '.join(one.id for one in value)}]",
        ",".join(one.value for one in value),
    )
)
user = _single(lambda store, value: (value, store.people.get(value).display_name), person=True)
users = _single(
    lambda store, value: (
        f"[{', '.join(value)}]",
        f"[{', '.join(store.people.get(one).display_name for one in value)}]",
    )
)
due_date = _single(lambda store, value: (value, f"{value} 00:00:00.0"))
picked_date = _single(lambda store, value: (value, _short_date(date.fromisoformat(value))))
moment = _single(lambda store, value: (f"{value:%Y-%m-%dT%H:%M:%S%z}", _short_time(value)))
