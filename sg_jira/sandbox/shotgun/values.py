"""Checks what a caller sends for a field and turns it into what is stored. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import DATETIME_FORMAT, Ref
from sg_jira.sandbox.shotgun.refusals import ShotgunFault
from sg_jira.sandbox.shotgun.schema import Field

#: Says whether there is a living record.
Exists = Callable[[Ref], bool]

_INTEGER_LIMIT: Final = 2**31
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_value(field: Field, value: Any, exists: Exists) -> Any:
    """The stored form of a value that was sent for a field.

    Parameters:
        field: the field that is written.
        value: as it came in JSON.
        exists: knows the living records, for links.

    Raises:
        ShotgunFault: the value does not suit the field; says what would.
    """
    if value is None:
        return field.empty if field.data_type in {"multi_entity", "checkbox"} else None
    return _PARSERS[field.data_type](field, value, exists)


def _wrong_type(field: Field, expected: str, value: Any) -> ShotgunFault:
    return ShotgunFault(
        f"expected [{expected}, None] data type(s) for {field.path} ({field.data_type}) "
        f"but got {type(value).__name__}: {value!r}"
    )


def _text(field: Field, value: Any, _: Exists) -> str:
    if not isinstance(value, str):
        raise _wrong_type(field, "str", value)
    return value


def _choice(field: Field, value: Any, exists: Exists) -> str:
    text = _text(field, value, exists)
    if text not in field.valid_values:
        raise ShotgunFault(
            f"{text!r} is not a valid value for {field.path}. Value is not legal; valid values "
            f"are: {', '.join(field.valid_values)}"
        )
    return text


def _integer(field: Field, value: Any, _: Exists) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type(field, "int", value)
    if abs(value) >= _INTEGER_LIMIT:
        raise ShotgunFault(f"{value} is out of range for {field.path} ({field.data_type})")
    return value


def _decimal(field: Field, value: Any, _: Exists) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(field, "float", value)
    return float(value)


def _flag(field: Field, value: Any, _: Exists) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(field, "bool", value)
    return value


def _date(field: Field, value: Any, exists: Exists) -> str:
    text = _text(field, value, exists)
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ShotgunFault(
            f"{text!r} is not a valid date for {field.path}; use YYYY-MM-DD"
        ) from None


def _moment(field: Field, value: Any, exists: Exists) -> str:
    text = _text(field, value, exists)
    try:
        return parse_moment(text).strftime(DATETIME_FORMAT)
    except ValueError:
        raise ShotgunFault(
            f"{text!r} is not a valid date and time for {field.path}; use YYYY-MM-DDThh:mm:ssZ"
        ) from None


def parse_moment(text: str) -> datetime:
    """A date and time in UTC; a time without a zone is taken as UTC. Raises `ValueError`."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def _url(field: Field, value: Any, _: Exists) -> dict[str, str]:
    if not isinstance(value, dict) or not isinstance(value.get("url"), str):
        raise _wrong_type(field, "dict with 'url' and 'name'", value)
    return {"url": value["url"], "name": value.get("name") or value["url"], "link_type": "web"}


def parse_ref(value: Any) -> Ref | None:
    """The record that a value of the API names; `None` when it names none."""
    if not isinstance(value, dict):
        return None
    entity_type, number = value.get("type"), value.get("id")
    if not isinstance(entity_type, str) or type(number) is not int:
        return None
    return Ref(entity_type, number)


def _link(field: Field, value: Any, exists: Exists) -> Ref:
    ref = parse_ref(value)
    if ref is None:
        raise _wrong_type(field, "dict with 'type' and 'id'", value)
    if ref.type not in field.valid_types:
        raise ShotgunFault(
            f"{ref.type} is not a valid entity type for {field.path}. Valid types are: "
            f"{', '.join(field.valid_types)}"
        )
    if not exists(ref):
        raise ShotgunFault(f"{field.path} cannot link to {ref.type} {ref.id}: it does not exist")
    return ref


def _links(field: Field, value: Any, exists: Exists) -> list[Ref]:
    if not isinstance(value, list):
        raise _wrong_type(field, "list of dicts with 'type' and 'id'", value)
    return list(dict.fromkeys(_link(field, one, exists) for one in value))


def _anything(_: Field, value: Any, __: Exists) -> Any:
    return value


_PARSERS: Final[dict[str, Callable[[Field, Any, Exists], Any]]] = {
    "text": _text,
    "color": _text,
    "uuid": _text,
    "entity_type": _text,
    "list": _choice,
    "status_list": _choice,
    "number": _integer,
    "duration": _integer,
    "percent": _integer,
    "float": _decimal,
    "currency": _decimal,
    "checkbox": _flag,
    "date": _date,
    "date_time": _moment,
    "url": _url,
    "entity": _link,
    "multi_entity": _links,
    "serializable": _anything,
}
