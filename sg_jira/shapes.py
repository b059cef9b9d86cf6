"""Values of which nothing is known beforehand: what comes in, and what fields hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_mapping(value: object) -> Mapping[str, Any]:
    """The value when it is a mapping, else an empty one: parts of a body may be anything."""
    return value if isinstance(value, Mapping) else {}


def is_empty(value: object) -> bool:
    """Whether a field that holds this holds nothing. A zero and an unticked box are values."""
    return value is None or (isinstance(value, (str, list, tuple, dict)) and not value)
