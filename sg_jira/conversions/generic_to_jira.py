"""From an FPTR value to what a Jira field takes, by the field's edit metadata.

The generic family's table, as far as nobody has to be asked: people are looked up by the hook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sg_jira.conversions import moments, to_jira
from sg_jira.conversions.kinds import Kind, kind_of
from sg_jira.errors import InvalidShotgunValue

#: Options that stand for a checkbox, tried in this order.
_TICKED: Final = ("True", "Yes", "On", "1")
_UNTICKED: Final = ("False", "No", "Off", "0")


def is_entity(value: Any) -> bool:
    """Whether a value is a link to another record; a link to a file or page is none."""
    return isinstance(value, dict) and {"type", "id"} <= value.keys() and "url" not in value


def unfit_for_labels(value: Any) -> list[Any]:
    """What of an FPTR value cannot be a Jira label, because its name holds a blank."""
    elements = value if isinstance(value, list) else [value]
    names = ((one.get("name") if is_entity(one) else one, one) for one in elements)
    return [one for name, one in names if isinstance(name, str) and not to_jira.is_label(name)]


def element_kind(field: str, properties: Mapping[str, Any]) -> Kind | None:
    """The kind of one value of a field; that of an element, when it holds several."""
    kind = kind_of(field, properties.get("schema"))
    return {Kind.OPTIONS: Kind.OPTION, Kind.USERS: Kind.USER}.get(kind, kind) if kind else None


def convert(value: Any, field: str, properties: Mapping[str, Any]) -> Any:
    """The Jira form of one value that is not empty and names no person.

    Parameters:
        value: a plain FPTR value, or an entity with its `name`.
        field: id of the Jira field.
        properties: its edit or create metadata.

    Returns:
        JSON for Jira; `None` when the field does not allow the value.

    Raises:
        InvalidShotgunValue: the value has no Jira form.
    """
    plain = value.get("name") if is_entity(value) else value
    special = to_jira.FIELD_FORMS.get(field)
    if special:
        return special(field, _text(plain) if field != "timetracking" else plain)
    schema = properties.get("schema") or {}
    allowed = properties.get("allowedValues")
    if isinstance(plain, bool) and (schema.get("type"), schema.get("items")) == ("array", "option"):
        return _tick(plain, allowed)
    if allowed:
        return _choice(plain, allowed)
    convert_kind = TO_JIRA.get(element_kind(field, properties))  # type: ignore[arg-type]
    if convert_kind is None:
        by_name = schema.get("items", schema.get("type")) in _BY_NAME
        return {"name": _text(plain)} if by_name else value
    return convert_kind(field, plain)


_BY_NAME: Final = ("component", "version", "priority", "resolution", "securitylevel")


def _choice(wanted: Any, allowed: list[Any]) -> Any:
    words = (_TICKED if wanted else _UNTICKED) if isinstance(wanted, bool) else (_text(wanted),)
    for word in words:
        found = to_jira.allowed_value(word, allowed)
        if found is not None:
            return _reference(found)
    return None


def _tick(is_ticked: bool, allowed: list[Any] | None) -> Any:
    """A box among checkboxes: the option that means ticked, or the only one there is."""
    if not is_ticked:
        return None
    allowed = allowed or []
    found = _choice(True, allowed)
    return _reference(allowed[0]) if found is None and len(allowed) == 1 else found


def _reference(allowed: Any) -> Any:
    """How an allowed value is named in a request."""
    if not isinstance(allowed, Mapping):
        return allowed
    for word in ("value", "name", "id"):
        if allowed.get(word) is not None:
            return {word: allowed[word]}
    return dict(allowed)


def _text(value: Any) -> Any:
    """A value in words. What has none stays, so that Jira's refusal names it."""
    if isinstance(value, Mapping) and "url" in value:
        return value["url"]
    if isinstance(value, datetime):
        return moments.sg_time(moments.parse_moment(value) or value)
    if isinstance(value, (int, float)):
        return str(value)
    return value


def _string(field: str, value: Any) -> Any:
    return _text(value)


def _unchanged(field: str, value: Any) -> Any:
    return value


def _day(field: str, value: Any) -> Any:
    moment = moments.parse_moment(value)
    return moments.sg_time(moment)[: len("YYYY-MM-DD")] if moment else value


def _time(field: str, value: Any) -> Any:
    moment = moments.parse_moment(value)
    if moment:
        return moments.jira_time(moment)
    if isinstance(value, str) and moments.parse_day(value):
        return moments.midnight(value)
    raise InvalidShotgunValue(field, value, f"{value!r} is neither a day nor a time.")


def _option(field: str, value: Any) -> Any:
    return {"value": _text(value)}


def _label(field: str, value: Any) -> Any:
    return to_jira.FIELD_FORMS["labels"](field, _text(value))


def _named(field: str, value: Any) -> Any:
    return {"name": _text(value)}


#: Kind of Jira field -> its form of one value.
TO_JIRA: Final[Mapping[Kind, Callable[[str, Any], Any]]] = {
    Kind.STRING: _string,
    Kind.TEXTAREA: _string,
    Kind.URL: _string,
    Kind.NUMBER: _unchanged,
    Kind.DATE: _day,
    Kind.DATETIME: _time,
    Kind.OPTION: _option,
    Kind.PRIORITY: _named,
    Kind.LABELS: _label,
    Kind.COMPONENTS: _named,
    Kind.VERSIONS: _named,
}


def worklog_seconds(minutes: Any) -> int | None:
    """The seconds of a worklog; `None` when there is no time to tell, which Jira refuses."""
    return None if minutes is None else int(minutes) * 60
