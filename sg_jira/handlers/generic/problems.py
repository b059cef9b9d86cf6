"""What is wrong in the settings: a value for each problem, with its path and a guess."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something wrong in the settings.

    Attributes:
        path: where, as one would write it in Python.
        message: what.
        suggestion: what was probably meant, if that can be guessed.
        step: for what cannot be synced at all: the order in which the first is reported.
        error: what `setup` raises for it; `None` when the rest of the entry works.
        is_warning: whether it does no harm by itself.
    """

    path: str
    message: str
    suggestion: str | None = None
    step: tuple[int, int] = (-1, 0)
    error: type[BaseException] | None = None
    is_warning: bool = False

    @property
    def severity(self) -> str:
        """`error` or `warning`."""
        return "warning" if self.is_warning else "error"

    def as_dict(self) -> dict[str, str | None]:
        """For machines."""
        return {
            "path": self.path,
            "message": self.message,
            "suggestion": self.suggestion,
            "severity": self.severity,
        }

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{self.path}: {self.message}{hint}"


def path_of_entry(name: str) -> str:
    """Where an entry of the settings stands, as one would point to it."""
    return f"SYNC.{name}" if name.isidentifier() else f"SYNC[{name!r}]"


def first_error(problems: Iterable[Problem]) -> Problem | None:
    """The problem that makes an entry unusable and comes first, if there is one."""
    fatal = [problem for problem in problems if problem.error]
    return min(fatal, key=lambda problem: problem.step) if fatal else None
