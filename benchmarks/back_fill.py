"""Measures a back-fill of many Tasks between both sites: python -m benchmarks.back_fill

Calls per Task, how fast, growth of the service's memory, and how long a person's edit takes
meanwhile. The service and `sg-jira sync` are processes of their own, as with a studio; the sites
share a third one, so that they, and not the bridge, may be what is slow.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import click
import requests

from benchmarks.percentiles import percentile
from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox

#: Tasks that people edit meanwhile on each site. They are synced before; those that are edited in
#: FPTR once more with the others. A full sync would write over what was edited in Jira just before.
WATCHED: Final = 10
#: Webhooks that Jira sends at the same time, as its Cloud does.
AT_ONCE: Final = 20
#: Seconds between two edits of a person, and between two looks whether one has arrived.
EDITS: Final = 1.0
LOOK: Final = 0.01
#: Part of the Tasks after which memory counts as warm.
WARM: Final = 0.2
#: The endpoints that write; all others read.
_JIRA_READS: Final = ("GET ", "POST search")
_SHOTGUN_READS: Final = ("find ", "schema_", "info")


def _serve(port: int, settings: str, environment: dict[str, str]) -> None:
    from sg_jira.web.serving import run_server

    os.environ.update(environment)
    logging.disable(logging.WARNING)
    run_server(port, "127.0.0.1", settings)


class Service:
    """The bridge in a process of its own."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.settings = write_settings(sandbox, folder / "settings.py")
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        # That the Tasks were made is what nobody has told it, and is not to be found meanwhile.
        environment = {**sandbox.bridge_settings().proofs, "SGJIRA_CATCH_UP_SECONDS": "86400"}
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(
            target=_serve, args=(port, str(self.settings), environment), daemon=True
        )

    def __enter__(self) -> Service:
        self._process.start()
        _wait(self._is_ready, 60)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join(30)

    def _status(self) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False
            told: dict[str, Any] = session.get(f"{self.url}/readyz", timeout=60).json()
            return told

    def _is_ready(self) -> bool:
        try:
            return bool(self._status()["ready"])
        except (requests.RequestException, ValueError):
            return False

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits."""
        return bool(self._status()["inbox"]["waiting"] == 0)

    def seconds_of_edits(self, since: float) -> list[float]:
        """From the acceptance of people's edits until they were done."""
        store = self.settings.with_suffix(".events.sqlite3")
        asked = (
            "SELECT done_at - received_at FROM event "
            "WHERE lane = 'live' AND state = 'synced' AND received_at >= ?"
        )
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute(asked, (since,))]

    @property
    def memory(self) -> float:
        """MiB that it has now."""
        told = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(each for each in told.splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


class Editor:
    """A person who edits synced Tasks in FPTR in turn, and looks when that is in Jira."""

    #: What an edit costs: reads, and one write.
    reads, write = 2, "Jira PUT issue/{key}"

    def __init__(self, sandbox: Sandbox, tasks: list[int]) -> None:
        self._sandbox = sandbox
        self._tasks = tasks
        self._stopping = threading.Event()
        self.seconds: list[float] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Until the end of the block."""
        thread = threading.Thread(target=self._edit, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    def _edit(self) -> None:
        while not self._stopping.wait(EDITS):
            name = f"Edited at {time.time_ns()}"
            task = self._tasks[len(self.seconds) % len(self._tasks)]
            key = str(self._sandbox.shotgun.record("Task", task)["sg_jira_key"])
            begin = time.perf_counter()
            self._rename(task, key, name)
            while self._other_name(task, key) != name:
                time.sleep(LOOK)
            self.seconds.append(time.perf_counter() - begin)

    def _rename(self, task: int, key: str, name: str) -> None:
        person = self._sandbox.shotgun.acting_as(self._sandbox.production.producer.shotgun)
        person.update("Task", task, {"content": name})

    def _other_name(self, task: int, key: str) -> Any:
        return self._sandbox.jira.issue(key)["fields"]["summary"]


class JiraEditor(Editor):
    """A person who edits their Issues in Jira in turn, and looks when that is in FPTR."""

    reads, write = 1, "FPTR update Task"

    def _rename(self, task: int, key: str, name: str) -> None:
        person = self._sandbox.production.person("mira").jira
        assert person is not None
        self._sandbox.jira.acting_as(person).edit(key, summary=name)

    def _other_name(self, task: int, key: str) -> Any:
        return self._sandbox.shotgun.record("Task", task)["content"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(condition: Callable[[], bool], patience: float) -> None:
    """Waits for a condition, looking rarely enough not to disturb."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("What was waited for did not happen.")
        time.sleep(0.5)


def make_tasks(sandbox: Sandbox, number: int) -> list[int]:
    """Tasks as a production has them: with a day, somebody who does it, and a description."""
    producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
    people = [sandbox.production.person(login).shotgun for login in ("mira", "jonas")]
    return [
        int(
            producer.create(
                "Task",
                {
                    "project": sandbox.production.project,
                    "content": f"Task {count}",
                    "sg_description": f"What is to be done in the Task {count}.",
                    "due_date": "2031-02-03",
                    "task_assignees": [people[count % 2]],
                    "sg_sync_in_jira": True,
                },
            )["id"]
        )
        for count in range(number)
    ]


def sync(settings: Path, run: str, *arguments: str) -> dict[str, Any]:
    """Runs `sg-jira sync`; gives what it tells."""
    command = [sys.executable, "-m", "sg_jira.cli", "sync", "--settings", str(settings)]
    done = subprocess.run(
        [*command, "--run", run, "--json", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"sg-jira sync ended with {done.returncode}: {done.stdout}{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _calls(sandbox: Sandbox, number: int, editors: Sequence[Editor]) -> dict[str, Any]:
    """Calls per Task, reads and writes of both sites together, and each kind of them.

    What the edits cost, which people make meanwhile, is left out but for the list of all calls.
    """
    calls = sandbox.bridge_calls()
    edits = {editor.write: len(editor.seconds) for editor in editors}
    kinds: Counter[str] = Counter(writes=-sum(edits.values()))
    for editor in editors:
        kinds["reads"] -= editor.reads * len(editor.seconds)
    by_endpoint = {}
    for site, endpoints, reads in (
        ("FPTR", calls.shotgun, _SHOTGUN_READS),
        ("Jira", calls.jira, _JIRA_READS),
    ):
        for endpoint, count in sorted(endpoints.items()):
            kinds["reads" if endpoint.startswith(reads) else "writes"] += count
            by_endpoint[f"{site} {endpoint}"] = count
    making = by_endpoint.get("Jira POST issue/bulk", 0) + by_endpoint.get("Jira POST issue", 0)
    updates = by_endpoint.get("FPTR update Task", 0) - edits.get("FPTR update Task", 0)
    linking = by_endpoint.get("FPTR batch", 0) + updates
    return {
        "reads_per_task": round(kinds["reads"] / number, 4),
        "writes_per_task": round(kinds["writes"] / number, 4),
        "creations_and_keys_per_task": round((making + linking) / number, 4),
        "calls": by_endpoint,
    }


def measure_back_fill(
    number: int = 10_000, flavour: Flavour = Flavour.CLOUD, latency: float = 0.0
) -> dict[str, Any]:
    """Fills Tasks back that have no Issues, then once more when all have theirs.

    Parameters:
        number: of Tasks.
        flavour: of Jira.
        latency: seconds that each call of a site takes at least.

    Returns:
        Figures for JSON; `new` of the first run, `synced` of the second one.
    """
    with Sandbox(flavour, seeded=True) as sandbox, tempfile.TemporaryDirectory() as folder:
        watched = make_tasks(sandbox, 2 * WATCHED)
        with Service(sandbox, Path(folder)) as service:
            sync(service.settings, "first")
            make_tasks(sandbox, number)
            sandbox.forward_to(service.url, daemon=False, batch=True, at_once=AT_ONCE)
            sandbox.shotgun.controls.faults.latency = latency
            sandbox.jira.controls.faults.latency = latency
            return {
                "tasks": number,
                "flavour": flavour.value,
                "latency_ms": round(latency * 1000),
                "new": _run(sandbox, service, watched, "new", number),
                "synced": _run(sandbox, service, watched, "synced", number),
            }


def _percentiles(name: str, seconds: list[float]) -> dict[str, float]:
    parts = {"p50": 0.5, "p95": 0.95, "longest": 1.0}
    return {
        f"{name}_{part}_seconds": round(percentile(seconds, of), 3) for part, of in parts.items()
    }


def _run(
    sandbox: Sandbox, service: Service, watched: list[int], name: str, number: int
) -> dict[str, Any]:
    _wait(lambda: sandbox.idle and service.is_idle, 3600.0)
    sandbox.forget_calls()
    edited_in_jira, edited = watched[:WATCHED], watched[WATCHED:]
    editor, other = Editor(sandbox, edited), JiraEditor(sandbox, edited_in_jira)
    others = f"id greater_than {edited_in_jira[-1]}"
    memory = [service.memory]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(1.0):
            memory.append(service.memory)

    watching = threading.Thread(target=watch, daemon=True)
    begin, started = time.perf_counter(), time.time()
    with editor.at_work(), other.at_work():
        watching.start()
        told = sync(service.settings, name, "--filter", others)
        seconds = time.perf_counter() - begin
    ended.set()
    watching.join()
    warm, last = memory[int(len(memory) * WARM)], memory[-1]
    return {
        "states": told["states"],
        "seconds": round(seconds, 1),
        "tasks_per_second": round(number / seconds, 1),
        **_calls(sandbox, number, (editor, other)),
        "memory_warm_mib": round(warm, 1),
        "memory_growth_mib": round(last - warm, 1),
        "edits": len(editor.seconds) + len(other.seconds),
        # With the time until the site tells of it, behind all that it tells of the bridge's writes.
        **_percentiles("edit_arrives", editor.seconds),
        **_percentiles("edit_in_jira_arrives", other.seconds),
        **_percentiles("edit_is_done", service.seconds_of_edits(started)),
    }


@click.command()
@click.option("--tasks", default=10_000, show_default=True, help="How many Tasks.")
@click.option("--flavour", type=click.Choice([one.value for one in Flavour]), default="cloud")
@click.option("--latency", default=0.0, help="Seconds that each call of a site takes at least.")
def main(tasks: int, flavour: str, latency: float) -> None:
    """Prints the figures as JSON."""
    figures = measure_back_fill(tasks, Flavour(flavour), latency)
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    when = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    click.echo(json.dumps({"machine": machine, "date": when, **figures}, indent=2))


if __name__ == "__main__":
    main()
