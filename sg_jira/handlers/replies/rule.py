"""What the settings say about Replies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from sg_jira.handlers.generic.mapping import Direction, Words

#: The words of the setting that tells which comments answer a Note.
AnsweringWords = Literal["addressed", "all"]


class Answering(str, Enum):
    """Which of the comments that people write in Jira answer a Note."""

    #: Those that are written as an answer to a comment of the bridge, or begin by mentioning it.
    ADDRESSED = "addressed"
    #: All that stand below the comment of a Note.
    ALL = "all"


@dataclass(frozen=True)
class ReplyRule:
    """Which way Replies travel, and which comments become one."""

    direction: Direction
    answering: Answering = Answering.ADDRESSED


def read_reply_rule(direction: Words | None, answering: AnsweringWords) -> ReplyRule | None:
    """What the settings come to; `None` when no Replies are synced."""
    return ReplyRule(Direction(direction), Answering(answering)) if direction else None
