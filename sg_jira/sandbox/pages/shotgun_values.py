"""Values of FPTR's fields as text in a form, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sg_jira.sandbox.pages.frame import Input, Option
from sg_jira.sandbox.shotgun.schema import Field

_LINK: Final = re.compile(r"(\w+) (\d+)\b[^,;]*")
_FLAGS: Final = (Option("true", "yes"), Option("false", "no"))
_LONG_TEXTS: Final = ("content", "description", "sg_description")


def is_shown(field: Field) -> bool:
    """Whether a form has an input for a field."""
    return field.editable and field.data_type in _PARSERS


def make_input(field: Field, value: Any) -> Input:
    """The input of a field in a form."""
    text = show(field, value)
    name, kind = field.code, field.data_type
    if kind in ("list", "status_list"):
        choices = [Option("", "")] + [Option(one, one) for one in field.valid_values]
        return Input(name, field.name, text, "choice", choices)
    if kind == "checkbox":
        return Input(name, field.name, text or "false", "choice", _FLAGS)
    if kind == "text" and name in _LONG_TEXTS and field.entity_type != "Task":
        return Input(name, field.name, text, "area")
    if kind == "text" and name in _LONG_TEXTS[1:]:
        return Input(name, field.name, text, "area")
    return Input(name, field.name, text, _INPUTS.get(kind, "text"), hint=_hint(field))


def show(field: Field, value: Any) -> str:
    """A value as text; links as `Task 12 (Its name)`, several of them with `;` between them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(_link(one) for one in value)
    if isinstance(value, dict):
        return _link(value) if "type" in value else str(value.get("url", ""))
    return str(value)


def parse(field: Field, text: str) -> Any:
    """The value that a text stands for.

    Raises:
        ValueError: it has another form; says which is wanted.
    """
    if not text.strip():
        return [] if field.data_type == "multi_entity" else None
    try:
        return _PARSERS[field.data_type](text)
    except ValueError:
        hint = _hint(field) or field.data_type
        raise ValueError(f"{field.name} cannot be {text!r}; write it like {hint}.") from None


def _link(value: Mapping[str, Any]) -> str:
    name = str(value.get("name") or "").translate({ord(";"): ",", ord("("): "[", ord(")"): "]"})
    return f"{value['type']} {value['id']}{f' ({name})' if name else ''}"


def _hint(field: Field) -> str:
    if field.data_type in ("entity", "multi_entity"):
        example = f"{field.valid_types[0] if field.valid_types else 'Task'} 12"
        return f"{example}; {example}3" if field.data_type == "multi_entity" else example
    return _HINTS.get(field.data_type, "")


def _parse_link(text: str) -> dict[str, Any]:
    match = _LINK.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return {"type": match[1], "id": int(match[2])}


def _parse_links(text: str) -> list[dict[str, Any]]:
    return [_parse_link(part) for part in text.split(";") if part.strip()]


_HINTS: Final[Mapping[str, str]] = {
    "date": "2024-06-01",
    "date_time": "2024-06-01T12:00:00Z",
    "duration": "minutes, such as 480",
    "url": "https://example.com",
}
_INPUTS: Final[Mapping[str, str]] = {"date": "date", "number": "number", "duration": "number"}
_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": str,
    "color": str,
    "list": str,
    "status_list": str,
    "date": str,
    "date_time": str,
    "number": int,
    "duration": int,
    "percent": int,
    "float": float,
    "currency": float,
    "checkbox": lambda text: text == "true",
    "url": lambda text: {"url": text},
    "entity": _parse_link,
    "multi_entity": _parse_links,
}
