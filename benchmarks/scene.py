"""Both sites and a bridge between them, each in its own process, ready to be measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.sender import Changes, Send, sending
from benchmarks.service import Service, ServiceProcess, wait
from benchmarks.sites import Linked, Sites, SitesProcess
from sg_jira.demo.service import SETTINGS_NAME, write_settings


@dataclass
class Scene:
    """What is measured.

    Attributes:
        sites, service: stand for the objects in the other processes.
        send: runs a function in the sender's process.
        tasks: Tasks that have their Issues.
        next_number: of the next made-up event, beyond any of FPTR's own.
    """

    sites: Any
    service: Any
    send: Send
    tasks: list[Linked]
    next_number: int = 1_000_000

    @property
    def url(self) -> str:
        """Where the bridge takes FPTR's events."""
        return f"{self.service.url()}/sg2jira/{SETTINGS_NAME}"

    def changes(self, count: int) -> Changes:
        """Made-up changes of the Tasks in turn, newer than all that were made up before.

        The Tasks hold something new, so that the first change of each has something to write.
        """
        first, self.next_number = self.next_number, self.next_number + count
        tasks = [pair.task for pair in self.tasks]
        self.sites.describe(tasks, f"Change {first + count}")
        return Changes(tasks, self.sites.project(), self.sites.author(), first)

    def settle(self) -> None:
        """Waits until everything that happened has been carried over, and its echoes are gone."""
        wait(lambda: self.sites.is_sent() and self.service.is_idle())
        wait(lambda: self.sites.is_sent() and self.service.is_idle())


@contextmanager
def scene(
    *,
    naive: bool = False,
    workers: int = 8,
    tasks: int = 0,
    forwards: bool = True,
    apart: bool = True,
) -> Iterator[Scene]:
    """Starts all of it.

    Parameters:
        naive: the bridge remembers nothing, puts nothing together and has one worker.
        workers: of the bridge, if it is not naive.
        tasks: how many Tasks with Issues there are at first.
        forwards: whether the sites post what happens on them.
        apart: whether each is a process of its own; otherwise nothing is worth measuring.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sgjira-bench-")))
        if apart:
            make_sites = stack.enter_context(SitesProcess()).Sites  # type: ignore[attr-defined]
            make_service = stack.enter_context(ServiceProcess()).Service  # type: ignore[attr-defined]
            send = stack.enter_context(sending())
        else:
            make_sites, make_service, send = Sites, Service, lambda work, *given: work(*given)
        sites = make_sites()
        stack.callback(sites.stop)
        pairs = sites.link_tasks(tasks)
        settings = write_settings(sites, folder / "settings.py", folder / "bridge.log")
        environ = {
            "SGJIRA_WORKERS": str(1 if naive else workers),
            **sites.bridge_settings().proofs,
        }
        service = make_service(settings, environ, naive)
        stack.callback(service.stop)
        if forwards:
            sites.forward_to(service.url())
            stack.callback(sites.stop_forwarding)
        yield Scene(sites, service, send, pairs)
