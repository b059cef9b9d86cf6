"""Values of Jira's fields as text in a form, and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sg_jira.sandbox.jira.fields import Field
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.pages.frame import Input, Option

_LONG_TEXTS: Final = ("description", "environment")


def is_shown(field: Field) -> bool:
    """Whether a form has an input for a field."""
    return _word(field) in _SHOWN


def make_input(
    field: Field, value: Any, allowed: Sequence[Mapping[str, Any]], people: Sequence[Person]
) -> Input:
    """The input of a field in a form.

    Parameters:
        value: as the REST API shows it.
        allowed: the values it may have, as edit metadata lists them.
        people: who can be chosen.
    """
    text = show(field, value)
    if field.kind.type == "user":
        choices = [Option(one.handle, one.display_name) for one in people if one.active]
        return Input(field.id, field.name, text, "choice", [Option("", ""), *choices])
    if field.kind.items is None and allowed:
        names = [str(one.get("value") or one.get("name")) for one in allowed]
        choices = [Option(name, name) for name in names]
        return Input(field.id, field.name, text, "choice", [Option("", ""), *choices])
    if field.id in _LONG_TEXTS or field.custom_type == "textarea":
        return Input(field.id, field.name, text, "area")
    kind = "date" if field.kind.type == "date" else "text"
    return Input(field.id, field.name, text, kind, hint=_HINTS.get(_word(field), ""))


def show(field: Field, value: Any) -> str:
    """A value of the REST API as text; several with `;` between them, labels with blanks."""
    if value is None:
        return ""
    if isinstance(value, list):
        glue = " " if field.kind.items == "string" else "; "
        return glue.join(_name(one) for one in value)
    if isinstance(value, float):
        return f"{value:g}"
    return _name(value)


def parse(field: Field, text: str, people: Sequence[Person]) -> Any:
    """What a `JiraActor` takes for this text.

    Raises:
        ValueError: there is no such number or person.
    """
    if not text.strip() and _word(field) != "timetracking":
        return [] if field.kind.type == "array" else None
    return _SHOWN[_word(field)](text, people)


def _word(field: Field) -> str:
    """What a value or each of several values is."""
    one = field.kind.items or field.kind.type
    return f"{one}s" if field.kind.type == "array" else one


def _name(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    words = ("accountId", "value", "name", "key", "originalEstimate")
    return next((str(value[word]) for word in words if word in value), "")


def _text(text: str, people: Sequence[Person]) -> str:
    return text


def _parts(text: str, people: Sequence[Person]) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _number(text: str, people: Sequence[Person]) -> float:
    return float(text)


def _person(text: str, people: Sequence[Person]) -> Person:
    for one in people:
        if text.strip() in (one.handle, one.display_name):
            return one
    raise ValueError(f"There is nobody called {text!r}.")


def _people(text: str, people: Sequence[Person]) -> list[Person]:
    return [_person(part, people) for part in _parts(text, people)]


_HINTS: Final[Mapping[str, str]] = {
    "strings": "one two",
    "datetime": "2024-06-01T12:00:00.000+0000",
    "timetracking": "2d 4h",
    "issuelink": "ABC-1",
    "options": "One; Other",
    "components": "One; Other",
    "versions": "One; Other",
    "users": "Ann Lee; Omar Haddad",
}
_SHOWN: Final[Mapping[str, Callable[[str, Sequence[Person]], Any]]] = {
    "string": _text,
    "strings": lambda text, people: text.split(),
    "number": _number,
    "date": _text,
    "datetime": _text,
    "option": _text,
    "options": _parts,
    "priority": _text,
    "resolution": _text,
    "issuetype": _text,
    "issuelink": _text,
    "components": _parts,
    "versions": _parts,
    "user": _person,
    "users": _people,
    "timetracking": lambda text, people: text.strip() or "0m",
}
