"""From a Jira value to an FPTR value, by the FPTR field's data type: the generic family's table.

Links to records are looked up by the hook; everything else is here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jira.resources import Resource

from sg_jira.conversions import moments
from sg_jira.errors import InvalidJiraValue
from sg_jira.shapes import is_empty

_UNTICKED: Final = frozenset({"", "false", "no", "off", "0", "none"})
#: What names a Jira object, in this order.
_NAMES: Final = ("value", "name", "displayName", "key")


@dataclass(frozen=True)
class Target:
    """An FPTR field: what is converted for it.

    Attributes:
        name: as people see it.
        data_type: FPTR's word.
        valid_values: of a list; empty for other types.
    """

    name: str
    data_type: str
    valid_values: tuple[str, ...] = ()

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Target:
        """The field that FPTR's schema describes."""
        valid = (schema.get("properties") or {}).get("valid_values") or {}
        return cls(
            str((schema.get("name") or {}).get("value") or "field"),
            schema["data_type"]["value"],
            tuple(valid.get("value") or ()),
        )

    def refuse(self, value: Any, why: str) -> InvalidJiraValue:
        """The error for a value that does not fit."""
        return InvalidJiraValue(
            self.name, value, f"{text_of(value)!r} cannot be set as {self.name}: {why}."
        )


def json_of(value: Any) -> Any:
    """The JSON behind a resource of the client, element-wise for lists."""
    if isinstance(value, Resource):
        return value.raw
    if isinstance(value, (list, tuple)):
        return [json_of(element) for element in value]
    if not isinstance(value, (str, int, float, Mapping)) and value is not None:
        return vars(value)  # the client makes plain objects of nested JSON without a URL
    return value


def text_of(value: Any) -> str:
    """A Jira value in words: an option's text, a name, the elements of a list in a row."""
    value = json_of(value)
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(text_of(element) for element in value)
    if isinstance(value, Mapping):
        return next((str(value[name]) for name in _NAMES if value.get(name) is not None), "")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def minutes_of(value: Any) -> Any:
    """Minutes of the original estimate, when the value is Jira's time tracking."""
    raw = json_of(value)
    if not isinstance(raw, Mapping):
        return raw
    seconds = raw.get("originalEstimateSeconds")
    return None if seconds is None else int(seconds) // 60


def convert(value: Any, target: Target) -> Any:
    """The FPTR value for a Jira value, for fields that are no links to records.

    Raises:
        InvalidJiraValue: the Jira value has no FPTR form.
        ValueError: fields of this type cannot be set from Jira.
    """
    converter = TO_FPTR.get(target.data_type)
    if converter is None:
        raise ValueError(
            f"A Jira value cannot be written to the FPTR field {target.name}: fields of type "
            f"{target.data_type} are not supported."
        )
    return converter(value, target)


def _text(value: Any, target: Target) -> str:
    return text_of(value)


def _code(value: Any, target: Target) -> str | None:
    text = text_of(value)
    if not text:
        return None
    for code in target.valid_values:
        if code.lower() == text.lower():
            return code
    raise target.refuse(value, "it is none of the field's status codes")


def _number(value: Any, target: Target) -> float:
    text = text_of(value)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise target.refuse(value, "it is not a number")
    return number


def _whole(value: Any, target: Target) -> int:
    if is_empty(value):
        return 0
    number = _number(value, target)
    if int(number) != number:
        raise target.refuse(value, "it is not a whole number")
    return int(number)


def _decimal(value: Any, target: Target) -> float | None:
    return None if is_empty(value) else _number(value, target)


def _minutes(value: Any, target: Target) -> int:
    return _whole(minutes_of(value), target)


def _date(value: Any, target: Target) -> str | None:
    if is_empty(value):
        return None
    text = text_of(value)
    moment = moments.parse_moment(text) if text[-5:-4] in ("+", "-") else None
    day = moments.day_of(moment) if moment else moments.parse_day(text)
    if day is None:
        raise target.refuse(value, "a date has the form YYYY-MM-DD")
    return day


def _date_time(value: Any, target: Target) -> str | None:
    if is_empty(value):
        return None
    text = text_of(value)
    day = moments.parse_day(text)
    moment = moments.parse_moment(f"{day}T00:00:00Z" if day else text)
    if moment is None:
        raise target.refuse(value, "it is no time")
    return moments.sg_time(moment)


def _checkbox(value: Any, target: Target) -> bool:
    raw = json_of(value)
    if isinstance(raw, str) or (isinstance(raw, Mapping) and text_of(raw)):
        return text_of(raw).strip().lower() not in _UNTICKED
    if isinstance(raw, list) and len(raw) == 1:
        return _checkbox(raw[0], target)
    return bool(raw)


def _url(value: Any, target: Target) -> dict[str, str] | None:
    text = text_of(value)
    return {"url": text, "name": text} if text else None


def _tags(value: Any, target: Target) -> list[str]:
    raw = json_of(value)
    elements = raw if isinstance(raw, list) else [raw]
    return [text_of(element) for element in elements if not is_empty(element)]


#: FPTR data type -> how a Jira value becomes a value of it.
TO_FPTR: Final[Mapping[str, Callable[[Any, Target], Any]]] = {
    "text": _text,
    "list": _text,
    "status_list": _code,
    "checkbox": _checkbox,
    "number": _whole,
    "percent": _whole,
    "float": _decimal,
    "currency": _decimal,
    "duration": _minutes,
    "date": _date,
    "date_time": _date_time,
    "url": _url,
    "tag_list": _tags,
}
