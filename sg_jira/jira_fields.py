"""Fields of Jira issues: their ids by name, and values in the form that Jira takes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sg_jira.conversions.texts import JIRA_LINE_LIMIT, JIRA_TEXT_LIMIT, length, shorten
from sg_jira.shapes import is_empty

logger = logging.getLogger("sg_jira.jira_session")

ONE_LINE_TEXT: Final = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
LONG_TEXT: Final = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"


def ids_by_name(fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field ids by lower-cased name, key and id.

    Parameters:
        fields: as Jira lists them. Only Cloud gives a `key`, and not always.
    """
    fields = list(fields)
    ids = {field["name"].lower(): field["id"] for field in fields}
    # Names are given by people; a key or id is what Jira itself calls the field, and wins.
    for kind in ("key", "id"):
        ids.update({field[kind].lower(): field["id"] for field in fields if field.get(kind)})
    return ids


def sanitize(value: Any, metadata: Mapping[str, Any]) -> Any:
    """A value as Jira takes it.

    Parameters:
        value: the value to write.
        metadata: edit or create metadata of the field.

    Returns:
        The value; a text that is too long for Jira is cut, with a mark.

    Raises:
        UserWarning: the value is empty but the field is required and has no default.
    """
    if is_empty(value) and metadata.get("required") and not metadata.get("hasDefaultValue"):
        raise UserWarning(
            f"Jira requires a value for the field {metadata.get('name')!r}, but it is empty"
        )
    limit = _limit(metadata)
    if not isinstance(value, str) or limit is None:
        return value
    fitting = shorten(value, limit)
    if fitting != value:
        logger.warning(
            "The value for the Jira field %r has %d characters and is cut to %d",
            metadata.get("name"),
            length(value),
            length(fitting),
        )
    return fitting


def _limit(metadata: Mapping[str, Any]) -> int | None:
    """The longest text of a field; `None` where a cut one would be of no use, as in a URL."""
    schema = metadata.get("schema") or {}
    ids = (schema.get("system"), metadata.get("key"), metadata.get("fieldId"))
    custom = schema.get("custom")
    if schema.get("type") != "string":
        return None
    if custom == ONE_LINE_TEXT or "summary" in ids:
        return JIRA_LINE_LIMIT
    return JIRA_TEXT_LIMIT if custom in (None, LONG_TEXT) else None
