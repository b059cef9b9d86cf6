"""A bridge in a process that can be killed, and senders that repeat until it answers."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import queue
import random
import socket
import threading
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response, request

from sg_jira.sandbox import Sandbox
from sg_jira.web.http import HTTPServer

#: Seconds between two attempts of a sender.
_PAUSE = 0.02


def warm_parent(*modules: str) -> ForkServerContext:
    """A context whose processes are forked from a parent that has everything imported.

    There is one such parent; it has imported what was named first.
    """
    context = multiprocessing.get_context("forkserver")
    known = ["sg_jira.web.serving", "sg_jira", "tests.faults.victims"]
    context.set_forkserver_preload([*known, *modules])
    return context


def nothing() -> None:
    """What a victim usually does before it starts the bridge."""


def _serve(
    port: int, settings: str, environment: Mapping[str, str], prepare: Callable[[], None]
) -> None:
    from sg_jira.web.serving import run_server

    os.environ.update(environment)
    logging.disable(logging.CRITICAL)
    prepare()
    run_server(port, "127.0.0.1", settings)


def _lasting_port() -> int:
    """A free port that the system gives nobody while the victim is dead."""
    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)  # below those that it gives
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Victim:
    """The bridge as a process on a port of its own; killed and started again and again.

    Parameters:
        context: makes processes.
        settings: the settings file.
        environment: variables to set.
        prepare: called in the process before anything else; a function of a module.
    """

    def __init__(
        self,
        context: ForkServerContext,
        settings: Path,
        environment: Mapping[str, str],
        prepare: Callable[[], None] = nothing,
    ) -> None:
        port = _lasting_port()
        self._context = context
        self._arguments = (port, str(settings), dict(environment), prepare)
        self.url = f"http://127.0.0.1:{port}"
        self._process: Any = None

    def start(self) -> None:
        self._process = self._context.Process(target=_serve, args=self._arguments, daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is closed."""
        self._process.kill()
        self._process.join()
        self._process.close()

    def terminate(self) -> None:
        """A polite stop."""
        self._process.terminate()
        self._process.join(30)

    def status(self) -> dict[str, Any] | None:
        """What `/readyz` tells; `None` when nobody answers."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                told: dict[str, Any] = session.get(f"{self.url}/readyz", timeout=5).json()
                return told
        except (requests.RequestException, ValueError):
            return None

    @property
    def is_ready(self) -> bool:
        told = self.status()
        return bool(told and told["ready"])

    @property
    def is_idle(self) -> bool:
        told = self.status()
        return bool(told and told["ready"] and told["inbox"]["waiting"] == 0)


class Sender:
    """Posts bodies to the bridge one after the other, each until it is answered with 200.

    Keeps the ids that the bridge has accepted.
    """

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self._answered = ""
        self._bodies: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def put(self, url: str, body: Any) -> None:
        self._bodies.put((url, body))

    @property
    def is_idle(self) -> bool:
        return self._bodies.unfinished_tasks == 0

    def describe(self) -> str:
        """What is still to be sent, and what the last answer was."""
        return f"{self._bodies.unfinished_tasks} to send, last answered {self._answered}"

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _send_all(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not self._stopping.is_set():
                with contextlib.suppress(queue.Empty):
                    url, body = self._bodies.get(timeout=_PAUSE)
                    self._send(session, url, body)
                    self._bodies.task_done()

    def _send(self, session: requests.Session, url: str, body: Any) -> None:
        while not self._stopping.is_set():
            try:
                answer = session.post(url, json=body, timeout=5)
                self._answered = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code == requests.codes.ok:
                    self.accepted += answer.json()["accepted"]
                    return
            except requests.RequestException:
                pass  # it was killed: that is what this is about
            self._stopping.wait(_PAUSE)


class Senders:
    """Both sites' senders: the event daemon, and Jira's webhooks through a relay."""

    def __init__(self, sandbox: Sandbox, victim: Victim) -> None:
        self._sandbox = sandbox
        self._url = victim.url
        self._seen = sandbox.shotgun.last_event_id
        self.from_fptr, self.from_jira = Sender(), Sender()
        self._stopping = threading.Event()
        self._daemon = threading.Thread(target=self._follow, daemon=True)
        self._relay = HTTPServer(self._relay_app(), "127.0.0.1", 0, 2**20)
        self._relay.prepare()
        self._serving = threading.Thread(target=self._relay.serve, daemon=True)

    def __enter__(self) -> Senders:
        self._daemon.start()
        self._serving.start()
        self._sandbox.jira.webhooks.add(f"{self._relay.url}/${{issue.key}}")
        return self

    def __exit__(self, *_: Any) -> None:
        self._sandbox.jira.webhooks.clear()
        self._stopping.set()
        self._sandbox.shotgun.wake_waiting()
        self._daemon.join()
        self._relay.stop()
        self._serving.join()
        self.from_fptr.stop()
        self.from_jira.stop()

    @property
    def accepted(self) -> set[str]:
        return {*self.from_fptr.accepted, *self.from_jira.accepted}

    @property
    def is_idle(self) -> bool:
        return (
            self._seen >= self._sandbox.shotgun.last_event_id
            and self._sandbox.jira.webhooks.idle
            and self.from_fptr.is_idle
            and self.from_jira.is_idle
        )

    def _relay_app(self) -> Flask:
        app = Flask("relay")

        @app.post("/<key>")
        def receive(key: str) -> Response:
            url = f"{self._url}/jira2sg/default/issue/{key}"
            self.from_jira.put(url, request.get_json())
            return Response(status=200)

        return app

    def _follow(self) -> None:
        site = self._sandbox.shotgun
        while not self._stopping.is_set():
            site.wait_for_events(self._seen, 0.1, self._stopping.is_set)
            for event in site.events(after=self._seen):
                if event["event_type"].endswith("_Change") and event["project"]:
                    self.from_fptr.put(f"{self._url}/sg2jira/default", _as_posted(event))
                self._seen = event["id"]


def _as_posted(event: Mapping[str, Any]) -> dict[str, Any]:
    meta = event["meta"]
    return {
        **{name: event[name] for name in ("meta", "session_uuid", "user", "project")},
        "created_at": event["created_at"],
        "event_log_entry_id": event["id"],
        "entity_type": meta["entity_type"],
        "entity_id": meta["entity_id"],
    }
