"""Workflows: which transitions lead from which status to which, and what their screens ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sg_jira.sandbox.jira.catalog import Status


@dataclass(frozen=True)
class Transition:
    """A way to another status.

    Parameters:
        name: what people see.
        to: name of the status it leads to.
        origins: names of the statuses it starts from; `None` for all but its own target.
        screen: ids of the fields on its screen, and whether each is required; no screen if empty.
    """

    name: str
    to: str
    origins: tuple[str, ...] | None = None
    screen: Mapping[str, bool] = field(default_factory=dict)

    def starts_from(self, status: str) -> bool:
        """Whether an issue in this status can take it."""
        return status != self.to if self.origins is None else status in self.origins


class Workflow:
    """The statuses of a project's issues and the transitions between them.

    Parameters:
        statuses: all statuses of the site; the workflow has those that are named below.
        transitions: the transitions; their ids are 11, 21, 31 ... in this order.
        initial: name of the status that new issues have.

    Raises:
        ValueError: a transition or the initial status names a status that is not there.
    """

    def __init__(
        self, statuses: Iterable[Status], transitions: Iterable[Transition], initial: str
    ) -> None:
        self._statuses = {status.name: status for status in statuses}
        self._transitions = {
            str(10 * number + 1): transition
            for number, transition in enumerate(transitions, start=1)
        }
        named = {initial}
        for transition in self._transitions.values():
            named |= {transition.to, *(transition.origins or ())}
        if unknown := named - set(self._statuses):
            raise ValueError(f"The workflow has no status {', '.join(sorted(unknown))}.")
        self._named = named
        self.initial = self._statuses[initial]

    @property
    def statuses(self) -> list[Status]:
        """The statuses that its issues come to be in, in the order given."""
        return [status for name, status in self._statuses.items() if name in self._named]

    @property
    def transitions(self) -> dict[str, Transition]:
        """All transitions, by id."""
        return dict(self._transitions)

    def status(self, name: str) -> Status:
        """The status with this name. Raises `KeyError`."""
        return self._statuses[name]

    def leaving(self, status: str) -> dict[str, Transition]:
        """The transitions that an issue in this status can take, by id."""
        return {id: t for id, t in self._transitions.items() if t.starts_from(status)}


def open_workflow(statuses: Iterable[Status], initial: str = "To Do") -> Workflow:
    """The workflow in which every status is reachable from every other one."""
    statuses = tuple(statuses)
    return Workflow(statuses, [Transition(s.name, s.name) for s in statuses], initial)
