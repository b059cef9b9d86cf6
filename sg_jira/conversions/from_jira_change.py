"""From an item of a Jira changelog to an FPTR value, by the FPTR field's data type.

Task family only: it reads the change, not the Issue. The table at the end is the overview.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sg_jira.conversions.texts import is_shortened, keeps_longer
from sg_jira.errors import InvalidJiraValue

_UNTICKED: Final = frozenset({"", "false", "no", "off", "0", "none"})


class FPTRLookups(Protocol):
    """What a conversion may have to ask FPTR."""

    def consolidate_entity(
        self, shotgun_entity: dict[str, Any], fields: list[str] | None = None
    ) -> dict[str, Any] | None: ...

    def match_entity_by_name(
        self, name: str, entity_types: list[str], shotgun_project: dict[str, Any]
    ) -> dict[str, Any] | None: ...

    def add_valid_value(self, entity_type: str, field_name: str, value: str) -> str: ...


@dataclass(frozen=True)
class JiraChange:
    """One change made in Jira, and where it is to go in FPTR.

    Attributes:
        entity: the FPTR record with its present values.
        field, schema: the FPTR field to set, and its schema as `schema_field_read` gives it.
        item: the item of the changelog (`from`, `fromString`, `to`, `toString`, ...).
        jira_value: the field's value in the webhook's Issue, if it is there.
        shotgun: answers what has to be asked of FPTR.
        status_mapping: gives FPTR status code -> Jira status name; called for a status only.
        logger: for what people should know.
    """

    entity: dict[str, Any]
    field: str
    schema: Mapping[str, Any]
    item: Mapping[str, Any]
    jira_value: Any
    shotgun: FPTRLookups
    status_mapping: Callable[[], Mapping[str, str]]
    logger: logging.Logger

    @property
    def data_type(self) -> str:
        """The FPTR field's data type."""
        data_type: str = self.schema["data_type"]["value"]
        return data_type

    def valid(self, what: str) -> list[str]:
        """The field's `valid_values` or `valid_types`."""
        return list(self.schema["properties"].get(what, {}).get("value") or [])

    def refuse(self, value: Any, why: str) -> InvalidJiraValue:
        """The error for a value that does not fit the field."""
        record = f"{self.entity.get('type')} {self.entity.get('id')}"
        return InvalidJiraValue(
            self.field, value, f"{value!r} cannot be set as {self.field} of {record}: {why}"
        )


def convert(change: JiraChange) -> Any:
    """The FPTR value for a change.

    Raises:
        InvalidJiraValue: the Jira value has no FPTR form.
        ValueError: no changelog item can be turned into a value of this data type.
        RuntimeError: the record, whose present value is needed, cannot be read.
    """
    converter = CONVERTERS.get(change.data_type)
    if converter is None:
        raise ValueError(
            f"A Jira change cannot be written to the FPTR field {change.field}: fields of type "
            f"{change.data_type} are not supported here."
        )
    return converter(change)


def _text(change: JiraChange) -> Any:
    text = change.item.get("toString")
    present = change.entity.get(change.field)
    if isinstance(text, str) and is_shortened(text, present):
        raise keeps_longer(change.entity, change.field, text)
    return text


def _list(change: JiraChange) -> str:
    text: str = change.item.get("toString") or ""
    if not text:
        return ""
    for value in change.valid("valid_values"):
        if value.lower() == text.lower():
            return value
    return change.shotgun.add_valid_value(change.entity["type"], change.field, text)


def _status(change: JiraChange) -> str | None:
    name: str = change.item.get("toString") or ""
    if not name:
        return None
    for code, jira_name in change.status_mapping().items():
        if jira_name.lower() == name.lower():
            return code
    raise change.refuse(name, "no FPTR status is mapped to this Jira status")


def _multi_entity(change: JiraChange) -> list[dict[str, Any]]:
    record = change.shotgun.consolidate_entity(change.entity, fields=[change.field])
    if record is None:
        raise RuntimeError(
            f"{change.entity.get('type')} {change.entity.get('id')} cannot be read from FPTR."
        )
    present = record.get(change.field) or []
    before = _names_before(change, {_name(entity) for entity in present})
    after = _names_after(change)
    kept = {name.lower() for name in after} | _names_in_issue(change)
    gone = {name.lower() for name in before} - kept
    value = [entity for entity in present if _name(entity) not in gone]
    known = {_name(entity) for entity in value}
    known.update(name.lower() for name in before)
    for name in after:
        if name.lower() in known:
            continue
        known.add(name.lower())
        found = change.shotgun.match_entity_by_name(
            name, change.valid("valid_types"), record.get("project") or {}
        )
        if found is None:
            change.logger.warning(
                "FPTR has no %s called %r; it is left out of %s of %s %s.",
                " or ".join(change.valid("valid_types")),
                name,
                change.field,
                record["type"],
                record["id"],
            )
        else:
            value.append(found)
    return value


def _name(entity: Mapping[str, Any]) -> str:
    return str(entity.get("name", "")).lower()


# Jira joins labels with blanks, which they cannot contain. Other lists (components, versions,
# people, options) hold names with blanks: one per item of the changelog, or joined with commas.


def _names_after(change: JiraChange) -> list[str]:
    """The names the change leads to, in order; the Issue's own list tells which are real."""
    text: str = change.item.get("toString") or ""
    real = _names_in_issue(change)
    if not real:
        return text.split()
    return [name for name in dict.fromkeys([text, *_parts(text)]) if name.lower() in real]


def _names_before(change: JiraChange, present: set[str]) -> list[str]:
    """The names the change comes from; those that are in FPTR now tell how to read them."""
    text: str = change.item.get("fromString") or ""
    readings = [text.split()] if _is_labels(change) else [[text], _parts(text), text.split()]
    for names in readings:
        if all(name.lower() in present for name in names):
            return names
    return [name for names in readings for name in names]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _is_labels(change: JiraChange) -> bool:
    return "labels" in (change.item.get("fieldId"), change.item.get("field"))


def _names_in_issue(change: JiraChange) -> set[str]:
    """The names in the Issue's own list, in lower case; empty for labels and absent lists."""
    if not isinstance(change.jira_value, list):
        return set()
    return {
        str(element[key]).lower()
        for element in change.jira_value
        if isinstance(element, Mapping)
        for key in ("name", "value", "displayName")
        if element.get(key)
    }


def _date(change: JiraChange) -> str | None:
    text: str = change.item.get("to") or ""
    if not text:
        return None
    try:
        parsed = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise change.refuse(text, "a date has the form YYYY-MM-DD") from None
    return parsed.strftime("%Y-%m-%d")


def _whole_number(change: JiraChange) -> int | None:
    text = change.item.get("toString")
    if text is None or text == "":
        return None
    try:
        number = float(text)
        whole = int(number)
    except (ValueError, OverflowError):
        raise change.refuse(text, "it is not a number") from None
    if whole != number:
        raise change.refuse(text, "it is not a whole number")
    return whole


def _checkbox(change: JiraChange) -> bool:
    return str(change.item.get("toString") or "").strip().lower() not in _UNTICKED


#: FPTR data type -> how a changelog item becomes a value of it.
CONVERTERS: Final[Mapping[str, Callable[[JiraChange], Any]]] = {
    "text": _text,
    "list": _list,
    "status_list": _status,
    "multi_entity": _multi_entity,
    "date": _date,
    "duration": _whole_number,
    "number": _whole_number,
    "checkbox": _checkbox,
}
