"""Settings of a site that can be read and changed by name while it runs. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Knobs:
    """Groups of settings, each a dataclass of numbers and flags."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[DataclassInstance, Callable[[], None]]] = {}

    def offer(
        self, name: str, group: DataclassInstance, changed: Callable[[], None] = lambda: None
    ) -> None:
        """Adds a group; `changed` is called after each change of it."""
        self._groups[name] = (group, changed)

    def show(self) -> dict[str, dict[str, Any]]:
        """All values by group and name."""
        return {name: asdict(group) for name, (group, _) in self._groups.items()}

    def turn(self, data: Any) -> None:
        """Changes what is given of `{group: {name: value}}`.

        Raises:
            ValueError: a name is unknown or a value has the wrong type or is negative; then
                nothing is changed.
        """
        for name, values in _object(data, "settings", self._groups).items():
            group, _ = self._groups[name]
            known = {field.name for field in fields(group)}
            for word, value in _object(values, name, known).items():
                _check(f"{name}.{word}", value, getattr(group, word))
        for name, values in data.items():
            group, changed = self._groups[name]
            for word, value in values.items():
                setattr(group, word, value)
            changed()


def _object(data: Any, what: str, known: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"Give {what} as a JSON object with some of {sorted(known)}.")
    if unknown := set(data) - set(known):
        raise ValueError(f"There is no {sorted(unknown)} in {what}; it has {sorted(known)}.")
    return data


def _check(name: str, value: Any, present: Any) -> None:
    if isinstance(present, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{name} is true or false, not {value!r}.")
        return
    number = int if isinstance(present, int) else (int, float)
    if isinstance(value, bool) or not isinstance(value, number) or value < 0:
        raise ValueError(f"{name} is a number that is not negative, not {value!r}.")
