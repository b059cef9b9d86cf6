"""What a double remembers of the calls made on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call: its name, and its arguments as they were given."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass
class CallLog:
    """The calls of a double in order, and the failures it was told to show."""

    made: list[Call] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)

    def record(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Note a call, then raise what `fail` has lined up for it."""
        self.made.append(Call(name, args, kwargs))
        waiting = self.failures.get(name)
        if waiting:
            raise waiting.pop(0)

    def fail(self, name: str, error: Exception) -> None:
        """The next call of this name raises `error`."""
        self.failures.setdefault(name, []).append(error)

    def of(self, *names: str) -> list[Call]:
        """The calls with one of these names, in order."""
        return [call for call in self.made if call.name in names]

    def count(self, *names: str) -> int:
        """How many calls had one of these names."""
        return len(self.of(*names))

    def forget(self) -> None:
        """Start counting anew."""
        self.made.clear()
