"""Steps of a setup: what is there already, what is to be done, and doing it one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

import requests
from jira.exceptions import JIRAError
from shotgun_api3.lib.httplib2 import HttpLib2Error
from shotgun_api3.shotgun import ShotgunError

from sg_jira.jira_client import shorten
from sg_jira.provisioning.fptr_rest import RestRefused

#: Statuses with which a site says that this account, or this site, cannot do that.
_NOT_ALLOWED = (401, 403, 404, 405, 410)
#: What sites, the way to them and the file of the secrets may raise.
TROUBLE = (JIRAError, RestRefused, requests.RequestException, ShotgunError, HttpLib2Error, OSError)


class StepState(str, Enum):
    """How far a step is."""

    EXISTS = "exists"
    TO_DO = "to do"
    DONE = "done"
    BY_HAND = "by hand"
    FAILED = "failed"
    NOT_DONE = "not done"


class DoByHand(Exception):  # noqa: N818  # it asks for something
    """A site's API does not do this; the message tells where a person does, and what to enter."""


@dataclass(frozen=True)
class Step:
    """One thing that a setup brings about.

    Attributes:
        what: in words, such as 'FPTR field Task.sg_jira_key'.
        state: how far it is.
        do: does it; may raise `DoByHand`, or what the sites raise.
        by_hand: how a person does it, for the case that the API may not.
        reason: why it failed.
    """

    what: str
    state: StepState
    do: Callable[[], None] = lambda: None
    by_hand: str = ""
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        """For machines."""
        shown = self.by_hand if self.state is StepState.BY_HAND else ""
        return {
            "step": self.what,
            "state": self.state.value,
            "by_hand": shown,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        told = [self.by_hand] if self.state is StepState.BY_HAND else []
        told += [self.reason] if self.reason else []
        return f"{self.state.value}: {self.what}" + "".join(f"\n    {line}" for line in told)


def exists(what: str) -> Step:
    """Nothing needs to be done."""
    return Step(what, StepState.EXISTS)


def to_do(what: str, do: Callable[[], None], by_hand: str = "") -> Step:
    """Something that can be done."""
    return Step(what, StepState.TO_DO, do, by_hand)


def only_by_hand(what: str, by_hand: str) -> Step:
    """Something that only a person can do."""
    return Step(what, StepState.BY_HAND, by_hand=by_hand)


def carry_out(steps: Iterable[Step]) -> Iterator[Step]:
    """Does what is to do, and tells of each step how far it is now.

    What a site does not let this account do is left to a person. Any other trouble ends the work:
    what comes after it is not done, and running again goes on there.
    """
    stopped = False
    for step in steps:
        if step.state is not StepState.TO_DO:
            yield step
        elif stopped:
            yield replace(step, state=StepState.NOT_DONE)
        else:
            done = _carry_out_one(step)
            stopped = done.state is StepState.FAILED
            yield done


def _carry_out_one(step: Step) -> Step:
    try:
        step.do()
    except DoByHand as asked:
        return replace(step, state=StepState.BY_HAND, by_hand=str(asked))
    except TROUBLE as error:
        reason = said_by(error)
        if step.by_hand and _is_not_allowed(error):
            return replace(step, state=StepState.BY_HAND, reason=reason)
        return replace(step, state=StepState.FAILED, reason=reason)
    return replace(step, state=StepState.DONE)


def said_by(error: Exception) -> str:
    """What a site said, in a line for people."""
    return shorten(error) if isinstance(error, JIRAError) else f"{error}"


def _is_not_allowed(error: Exception) -> bool:
    if isinstance(error, JIRAError):
        return error.status_code in _NOT_ALLOWED
    if isinstance(error, RestRefused):
        return error.status in _NOT_ALLOWED
    return isinstance(error, ShotgunError)
