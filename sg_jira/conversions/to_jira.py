"""From an FPTR value to the form that a Jira field takes, as far as nobody has to be asked.

The Task family's rules; people are looked up by the handlers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jira.resources import Resource

from sg_jira.conversions.texts import one_line
from sg_jira.errors import InvalidShotgunValue

#: What clears a Jira field, by schema type; `None` for all others.
#: Jira refuses a time tracking without an estimate.
EMPTY_VALUES: Final[Mapping[str, Any]] = {
    "string": "",
    "timetracking": {"originalEstimate": "0 m"},
}


def clears_field(value: Any, schema_type: str) -> bool:
    """Whether an FPTR value clears a Jira field of this schema type.

    A zero and an unticked box are values of their own, except where a text or an estimate is
    wanted.
    """
    if schema_type in EMPTY_VALUES and not value:
        return True
    return value is None or value == "" or value == []


def empty_value(schema_type: str) -> Any:
    """What clears a Jira field of this schema type."""
    value = EMPTY_VALUES.get(schema_type)
    return dict(value) if isinstance(value, dict) else value


def allowed_value(wanted: str, allowed_values: list[Any]) -> Any:
    """The allowed value that is called `wanted`, in any case; `None` when there is none.

    Jira describes allowed values as objects with a `value` or a `name`, or as plain strings.
    """
    for allowed in allowed_values:
        names = (
            (allowed.get("value"), allowed.get("name"))
            if isinstance(allowed, Mapping)
            else (allowed,)
        )
        if any(isinstance(name, str) and name.lower() == wanted.lower() for name in names):
            return allowed
    return None


def is_label(text: str) -> bool:
    """Whether Jira can hold a text as a label."""
    return not any(character.isspace() for character in text)


def _label(field: str, value: Any) -> Any:
    """Jira labels hold no blanks, and a substitute would not find its way back."""
    text = str(value)
    if not is_label(text):
        raise InvalidShotgunValue(
            field, value, f"{text!r} cannot be a Jira label: labels hold no blanks."
        )
    return text


def _summary(field: str, value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _estimate(field: str, value: Any) -> Any:
    try:
        return {"originalEstimate": f"{int(value)} m"}
    except (TypeError, ValueError):
        raise InvalidShotgunValue(
            field, value, f"{value!r} cannot be a Jira estimate: it is no number of minutes."
        ) from None


#: Jira field -> its own form of a plain FPTR value (a string, a number, the name of an entity).
FIELD_FORMS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "labels": _label,
    "summary": _summary,
    "timetracking": _estimate,
}


def raw(value: Any) -> Any:
    """The value as it is sent: the client's resources become their JSON, lists element-wise."""
    if isinstance(value, Resource):
        return value.raw
    if isinstance(value, list):
        return [raw(element) for element in value]
    return value
