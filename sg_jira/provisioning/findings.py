"""What an examination found: one line each, with how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(str, Enum):
    """How good what was looked at is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: what was looked at, in a word or two.
        state: whether it is as it should be. Nothing works with a failure; a warning may be meant.
        message: what is so.
        remedy: how to mend it; empty when there is nothing to mend.
    """

    topic: str
    state: State
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """For machines."""
        return {
            "topic": self.topic,
            "state": self.state.value,
            "message": self.message,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.state.value}: {self.topic}: {self.message}{remedy}"


def fine(topic: str, message: str) -> Finding:
    """A finding of something that is as it should be."""
    return Finding(topic, State.OK, message)


def warning(topic: str, message: str, remedy: str) -> Finding:
    """A finding of something that may be meant, or that could not be looked at."""
    return Finding(topic, State.WARNING, message, remedy)


def failure(topic: str, message: str, remedy: str) -> Finding:
    """A finding of something that has to be mended."""
    return Finding(topic, State.FAILURE, message, remedy)


def some_of(names: list[str], most: int = 5) -> str:
    """The first of many names, for a message."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")
