"""The sandbox in a process of its own, which notes when each call of the bridge arrived."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from typing import Any, Final

from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.calls import Call, CallLog
from sg_jira.sandbox.faults import Fault, FaultKind
from sg_jira.sandbox.sandbox import SCRIPT_NAME, BridgeCalls, BridgeSettings

#: Who edits on both sites.
_LOGIN: Final = "mira"


@dataclass(frozen=True)
class Linked:
    """A Task and its Issue."""

    task: int
    key: str


class _Times:
    """When the bridge's calls were done, by endpoint and by the clock that all processes share."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._times: dict[str, list[float]] = defaultdict(list)

    def note(self, endpoint: str) -> None:
        """A call was done just now."""
        with self._changed:
            self._times[endpoint].append(time.monotonic())
            self._changed.notify_all()

    def forget(self) -> None:
        """Begins anew."""
        with self._changed:
            self._times.clear()

    def first(self, endpoint: str, since: float, seconds: float) -> float:
        """Waits for the next call of an endpoint. Raises `TimeoutError`."""
        return self._wait(
            lambda: next((t for t in self._times[endpoint] if t >= since), None), seconds
        )

    def nth(self, endpoint: str, number: int, seconds: float) -> float:
        """Waits for so many calls of an endpoint; when the last of them was done.

        Raises `TimeoutError`.
        """
        return self._wait(
            lambda: times[number - 1] if len(times := self._times[endpoint]) >= number else None,
            seconds,
        )

    def between(self, begin: float, end: float) -> int:
        """How many calls of all endpoints were done after one moment, until another one."""
        with self._changed:
            return sum(begin < t <= end for times in self._times.values() for t in times)

    def _wait(self, find: Callable[[], float | None], seconds: float) -> float:
        with self._changed:
            self._changed.wait_for(lambda: find() is not None, seconds)
            found = find()
        if found is None:
            raise TimeoutError(f"The bridge made no such call within {seconds:.0f} s.")
        return found


class _TimedCalls(CallLog):
    """Also notes when the bridge's calls were done."""

    def __init__(self, caller: str, times: _Times) -> None:
        super().__init__()
        self._caller = caller
        self._times = times

    def record(self, call: Call) -> None:
        super().record(call)
        if call.caller == self._caller:
            self._times.note(call.endpoint)


class Sites:
    """Both sites with the demo production, and what is done with them from outside."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(seeded=True)
        self._times = _Times()
        jira_user = self._sandbox.jira.credentials(self._sandbox.account).user
        self._sandbox.shotgun.controls.calls = _TimedCalls(SCRIPT_NAME, self._times)
        self._sandbox.jira.controls.calls = _TimedCalls(jira_user, self._times)
        self._sandbox.start()

    def bridge_settings(self) -> BridgeSettings:
        """What a bridge needs to connect."""
        return self._sandbox.bridge_settings()

    def cpu_seconds(self) -> float:
        """Seconds of a core that the sites have used."""
        return time.process_time()

    def stop(self) -> None:
        """Serves no more."""
        self._sandbox.stop()

    # ------------------------------------------------------------------ what happens on the sites

    def link_tasks(self, count: int) -> list[Linked]:
        """Makes Tasks that have their Issues already, and tells nobody."""
        sandbox = self._sandbox
        script = sandbox.shotgun.acting_as(sandbox.script)
        account = sandbox.jira.acting_as(sandbox.account)
        pairs = []
        for number in range(count):
            data = {"project": sandbox.production.project, "content": f"Plank {number}"}
            task = script.create("Task", data)["id"]
            fields = {"Shotgun ID": str(task), "Shotgun Type": "Task", "summary": data["content"]}
            key = account.create_issue(sandbox.production.jira_key, "Task", **fields)
            script.update("Task", task, {"sg_jira_key": key, "sg_sync_in_jira": True})
            pairs.append(Linked(task, key))
        return pairs

    def create_task(self, **fields: Any) -> int:
        """Makes a Task in somebody's name; its id."""
        data = {"project": self._sandbox.production.project, **fields}
        return int(self._in_fptr().create("Task", data)["id"])

    def describe(self, tasks: Sequence[int], text: str) -> None:
        """Changes the descriptions of Tasks, of which nobody is told: their events are made up."""
        store = self._sandbox.shotgun._store
        with store.lock:
            for task in tasks:
                store.living("Task")[task]["sg_description"] = text

    def edit_task(self, task: int, **fields: Any) -> float:
        """Changes a Task in somebody's name; the moment just before."""
        begin = time.monotonic()
        self._in_fptr().update("Task", task, fields)
        return begin

    def edit_issue(self, key: str, **fields: Any) -> float:
        """Changes an Issue in somebody's name; the moment just before."""
        person = self._sandbox.production.person(_LOGIN).jira
        assert person is not None
        begin = time.monotonic()
        self._sandbox.jira.acting_as(person).edit(key, **fields)
        return begin

    def person(self, login: str) -> dict[str, Any]:
        """A person as an FPTR link."""
        return dict(self._sandbox.production.person(login).shotgun)

    def tag(self) -> dict[str, Any]:
        """A tag as an FPTR link."""
        return dict(next(iter(self._sandbox.production.tags.values())))

    def project(self) -> dict[str, Any]:
        """The FPTR Project, as a link."""
        return dict(self._sandbox.production.project)

    def author(self) -> dict[str, Any]:
        """Who edits, as an FPTR link."""
        return self.person(_LOGIN)

    def _in_fptr(self) -> Any:
        person = self._sandbox.production.person(_LOGIN).shotgun
        return self._sandbox.shotgun.acting_as(person)

    # ------------------------------------------------------------------ towards the bridge

    def forward_to(self, url: str) -> None:
        """Posts what happens from now on to a bridge."""
        self._sandbox.forward_to(url)

    def stop_forwarding(self) -> None:
        """Posts nothing more."""
        self._sandbox.stop_forwarding()

    def is_sent(self) -> bool:
        """Whether all that happened was posted."""
        return self._sandbox.idle

    def set_latency(self, seconds: float) -> None:
        """How long each call takes at least, on both sites."""
        for site in (self._sandbox.shotgun, self._sandbox.jira):
            site.controls.faults.latency = seconds

    def shut_jira(self) -> None:
        """Jira answers everything with 503."""
        self._sandbox.jira.controls.faults.add(Fault(FaultKind.STATUS, times=None))

    def open_jira(self) -> float:
        """Jira is back; the moment of that."""
        self._sandbox.jira.controls.faults.clear()
        return time.monotonic()

    # ------------------------------------------------------------------ the bridge's calls

    def bridge_calls(self) -> BridgeCalls:
        """The bridge's calls since the start or `forget_calls`."""
        return self._sandbox.bridge_calls()

    def forget_calls(self) -> None:
        """Counts calls afresh, and forgets their times."""
        self._sandbox.forget_calls()
        self._times.forget()

    def wait_for_call(self, endpoint: str, since: float, seconds: float = 120.0) -> float:
        """Waits for the bridge's next call of an endpoint; the moment when it was done.

        Raises:
            TimeoutError: it did not come.
        """
        return self._times.first(endpoint, since, seconds)

    def wait_for_count(self, endpoint: str, count: int, seconds: float = 120.0) -> float:
        """Waits until the bridge has made so many calls; the moment when the last one was done.

        Raises:
            TimeoutError: it has not.
        """
        return self._times.nth(endpoint, count, seconds)

    def calls_between(self, begin: float, end: float) -> int:
        """The bridge's calls that were done after one moment, until another one."""
        return self._times.between(begin, end)


class SitesProcess(BaseManager):
    """Makes `Sites` in a process of its own; use it in a `with` statement."""

    def __init__(self) -> None:
        super().__init__(ctx=get_context("spawn"))


SitesProcess.register("Sites", Sites)
