"""Names of entity types in addresses of the REST API: `event_log_entries` for `EventLogEntry`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sg_jira.sandbox.shotgun.rest.call import NOT_FOUND_CODE, Problem


def route_name(entity_type: str) -> str:
    """The name of a type in addresses: its words in lower case, in the plural."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entity_type).lower()
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith("s") else f"{words}s"


def find_type(known: Iterable[str], name: str) -> str:
    """The type that an address names, in this form or as it is called.

    Raises:
        Problem: 404, there is none.
    """
    for entity_type in known:
        if name in (entity_type, route_name(entity_type)):
            return entity_type
    raise Problem(404, f"There is no entity type '{name}'.", code=NOT_FOUND_CODE)
