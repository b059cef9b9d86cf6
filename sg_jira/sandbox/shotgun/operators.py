"""The relations a filter may use, by data type, each as a test of one stored value. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from sg_jira.sandbox.shotgun import periods
from sg_jira.sandbox.shotgun.records import Ref
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Field
from sg_jira.sandbox.shotgun.values import parse_moment, parse_ref

#: Tests a stored value.
Test = Callable[[Any], bool]
#: The display name of a record.
NameOf = Callable[[Ref], "str | None"]
_Compare = Callable[[Any, Sequence[Any]], bool]


def _has(value: Any, args: Sequence[Any]) -> bool:
    return value is not None and args[0] in value


_EQUALITY: Final[dict[str, _Compare]] = {
    "is": lambda value, args: value == args[0],
    "is_not": lambda value, args: value != args[0],
}
_MEMBERSHIP: Final[dict[str, _Compare]] = {
    "in": lambda value, args: value in args,
    "not_in": lambda value, args: value not in args,
}
_ORDER: Final[dict[str, _Compare]] = {
    "less_than": lambda value, args: value is not None and value < args[0],
    "greater_than": lambda value, args: value is not None and value > args[0],
    "between": lambda value, args: value is not None and args[0] <= value <= args[1],
    "not_between": lambda value, args: value is None or not args[0] <= value <= args[1],
}
_SEARCH: Final[dict[str, _Compare]] = {
    "contains": _has,
    "not_contains": lambda value, args: not _has(value, args),
    "starts_with": lambda value, args: (value or "").startswith(args[0]),
    "ends_with": lambda value, args: (value or "").endswith(args[0]),
}
#: For links; the value is the list of records that are linked.
_LINKED: Final[dict[str, _Compare]] = {
    "is": lambda value, args: args[0] in value if args[0] is not None else not value,
    "is_not": lambda value, args: args[0] not in value if args[0] is not None else bool(value),
    "in": lambda value, args: any(ref in args for ref in value) or (None in args and not value),
    "not_in": lambda value, args: not _LINKED["in"](value, args),
}
_LINKED_TYPE: Final[dict[str, _Compare]] = {
    "type_is": lambda types, args: args[0] in types if args[0] is not None else not types,
    "type_is_not": lambda types, args: not _LINKED_TYPE["type_is"](types, args),
}
#: For links; the value is the list of their names.
_LINKED_NAME: Final[dict[str, _Compare]] = {
    "name_is": lambda names, args: args[0] in names,
    "name_is_not": lambda names, args: args[0] not in names,
    "name_contains": lambda names, args: any(args[0] in name for name in names),
    "name_not_contains": lambda names, args: not any(args[0] in name for name in names),
    "name_starts_with": lambda names, args: any(name.startswith(args[0]) for name in names),
    "name_ends_with": lambda names, args: any(name.endswith(args[0]) for name in names),
}
#: How many values a relation takes, where it is not one.
_ARITY: Final = {"between": 2, "not_between": 2, "in": None, "not_in": None}


def make_test(
    field: Field, relation: str, values: Sequence[Any], now: datetime, name_of: NameOf
) -> Test:
    """A test for stored values of a field.

    Parameters:
        field: the field that is filtered on.
        relation, values: of the condition.
        now: for relations such as `in_last`.
        name_of: names linked records.

    Raises:
        ShotgunFault: the data type has no such relation, or the values do not suit it.
    """
    family = _FAMILIES.get(field.data_type)
    if family is None:
        raise ShotgunFault(f"{field.path} ({field.data_type}) cannot be filtered on")
    return family(field, relation, list(values), now, name_of)


def _choose(field: Field, relation: str, *tables: dict[str, _Compare]) -> _Compare:
    known = {name: compare for table in tables for name, compare in table.items()}
    if relation not in known:
        raise _no_relation(field, relation, known)
    return known[relation]


def _no_relation(field: Field, relation: str, known: Any) -> ShotgunFault:
    return ShotgunFault(
        f"{relation!r} is not a valid relation for {field.path} ({field.data_type}); "
        f"valid relations are: {', '.join(known)}"
    )


def _read(
    field: Field, relation: str, values: list[Any], reader: Callable[[Any], Any]
) -> list[Any]:
    arity = _ARITY.get(relation, 1)
    if arity is not None and len(values) != arity:
        raise ShotgunFault(f"{relation!r} on {field.path} takes {arity} value(s), got {values!r}")
    try:
        return [None if value is None else reader(value) for value in values]
    except (TypeError, ValueError):
        raise ShotgunFault(
            f"{values!r} do not suit {field.path} ({field.data_type}) and relation {relation!r}"
        ) from None


def _folded(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value.casefold()


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return value


def _flag(value: Any) -> bool:
    if value not in (True, False):
        raise TypeError(value)
    return bool(value)


def _link(value: Any) -> Ref:
    ref = parse_ref(value)
    if ref is None:
        raise TypeError(value)
    return ref


def _required(field: Field, relation: str, args: list[Any]) -> list[Any]:
    if None in args:
        raise ShotgunFault(f"{relation!r} on {field.path} needs a value, not None")
    return args


def _text_test(
    field: Field, relation: str, values: list[Any], now: datetime, name_of: NameOf
) -> Test:
    compare = _choose(field, relation, _EQUALITY, _MEMBERSHIP, _SEARCH)
    args = _read(field, relation, values, _folded)
    if relation in _SEARCH:
        _required(field, relation, args)
    return lambda value: compare(value.casefold() if value is not None else None, args)


def _number_test(
    field: Field, relation: str, values: list[Any], now: datetime, name_of: NameOf
) -> Test:
    compare = _choose(field, relation, _EQUALITY, _MEMBERSHIP, _ORDER)
    args = _read(field, relation, values, _number)
    if relation in _ORDER:
        _required(field, relation, args)
    return lambda value: compare(value, args)


def _flag_test(
    field: Field, relation: str, values: list[Any], now: datetime, name_of: NameOf
) -> Test:
    compare = _choose(field, relation, _EQUALITY)
    args = _read(field, relation, values, _flag)
    return lambda value: compare(value, args)


def _time_test(
    field: Field, relation: str, values: list[Any], now: datetime, name_of: NameOf
) -> Test:
    parse = _day if field.data_type == "date" else parse_moment
    if relation in periods.RELATIONS:
        try:
            period = periods.make_period(relation, values, now)
        except ValueError as error:
            raise ShotgunFault(f"{relation!r} on {field.path}: {error}") from None
        return lambda value: period.holds(None if value is None else parse(value))
    known = {**_EQUALITY, **_MEMBERSHIP, **_ORDER}
    if relation not in known:
        raise _no_relation(field, relation, [*known, *periods.RELATIONS])
    args = _read(field, relation, values, parse)
    if relation in _ORDER:
        _required(field, relation, args)
    return lambda value: known[relation](None if value is None else parse(value), args)


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _link_test(
    field: Field, relation: str, values: list[Any], now: datetime, name_of: NameOf
) -> Test:
    compare = _choose(field, relation, _LINKED, _LINKED_TYPE, _LINKED_NAME)
    if relation in _LINKED:
        args = _read(field, relation, values, _link)
        return lambda value: compare(_refs(value), args)
    if relation in _LINKED_TYPE:
        args = _read(field, relation, values, str)
        return lambda value: compare([ref.type for ref in _refs(value)], args)
    args = _required(field, relation, _read(field, relation, values, _folded))
    return lambda value: compare([(name_of(ref) or "").casefold() for ref in _refs(value)], args)


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    return value or []


def _url_test(
    field: Field, relation: str, values: list[Any], now: datetime, name_of: NameOf
) -> Test:
    compare = _choose(field, relation, _EQUALITY)
    if values != [None]:
        raise ShotgunFault(f"{field.path} ({field.data_type}) can only be compared with None")
    return lambda value: compare(value, values)


_Family = Callable[[Field, str, list[Any], datetime, NameOf], Test]
_FAMILIES: Final[dict[str, _Family]] = {
    **dict.fromkeys(("text", "list", "status_list", "color", "uuid", "entity_type"), _text_test),
    **dict.fromkeys(("number", "duration", "percent", "float", "currency"), _number_test),
    **dict.fromkeys(("date", "date_time"), _time_test),
    **dict.fromkeys(("entity", "multi_entity"), _link_test),
    "checkbox": _flag_test,
    "url": _url_test,
}
