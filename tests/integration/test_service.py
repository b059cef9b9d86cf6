"""The real command: a daemon on this machine, between both sandbox sites."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

import service
from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from tests.settings_files import REPOSITORY
from tests.waiting import wait_until


@pytest.fixture
def flavour() -> Flavour:
    """Which kind of Jira it is does not matter to the command."""
    return Flavour.CLOUD


@dataclass
class Command:
    """Runs `service.py` as an admin does."""

    folder: Path
    settings: Path
    port: int

    @property
    def pid_file(self) -> Path:
        return self.folder / "bridge.pid"

    @property
    def log(self) -> Path:
        return self.folder / "bridge.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __call__(
        self, action: str, *more: str, settings: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(REPOSITORY / "service.py"), action]
        options = {
            "--settings": settings or str(self.settings),
            "--pid_file": str(self.pid_file),
            "--log_file": str(self.log),
            "--port": str(self.port),
        }
        for name, value in options.items():
            command += [name, value]
        return subprocess.run(
            [*command, *more],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    @property
    def pid(self) -> int | None:
        return service.status(str(self.pid_file))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def command(sandbox: Sandbox, tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path, write_settings(sandbox, tmp_path / "settings.py"), free_port())
    yield command
    pid = command.pid
    if pid is not None and pid != os.getpid():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with the service."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n", timeout=30)


def test_start_status_restart_and_stop(command: Command) -> None:
    assert command("status").returncode == 3

    started = command("start")

    assert started.returncode == 0, started.stderr
    first = int(command.pid_file.read_text())
    assert started.stdout == f"Started with process id {first}.\n"
    assert requests.get(f"{command.url}/healthz", timeout=10).ok
    assert command("status").stdout == f"Runs with process id {first}.\n"

    again = command("start")
    assert (again.returncode, again.stdout) == (0, f"Runs already, with process id {first}.\n")

    restarted = command("restart")
    assert restarted.returncode == 0, restarted.stderr
    second = int(command.pid_file.read_text())
    assert second != first
    assert requests.get(f"{command.url}/healthz", timeout=10).ok

    stopped = command("stop")
    assert (stopped.returncode, stopped.stdout) == (0, f"Stopped process {second}.\n")
    assert not command.pid_file.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{command.url}/healthz", timeout=10)
    log = command.log.read_text()
    assert "Listening on" in log
    assert "Stopped." in log


def test_stop_without_anything_to_stop_is_fine(command: Command) -> None:
    result = command("stop")

    assert (result.returncode, result.stdout) == (0, "Did not run.\n")


@pytest.mark.parametrize("content", ["", "999999999\n"], ids=["empty", "no process"])
def test_a_pid_file_that_was_left_over_is_no_obstacle(command: Command, content: str) -> None:
    command.pid_file.write_text(content)
    assert command("status").returncode == 3

    started = command("start")

    assert started.returncode == 0, started.stderr
    assert command("stop").returncode == 0


def test_a_process_that_got_the_id_of_a_former_daemon_is_left_alone(
    command: Command, bystander: subprocess.Popen[bytes]
) -> None:
    command.pid_file.write_text(str(bystander.pid))
    long_ago = time.time() - 3600
    os.utime(command.pid_file, (long_ago, long_ago))

    assert command("status").returncode == 3
    assert command("stop").stdout == "Did not run.\n"

    assert bystander.poll() is None
    assert not command.pid_file.exists()


def test_a_file_that_is_no_pid_file_is_not_overwritten(command: Command) -> None:
    command.pid_file.write_text("Dear diary")

    started = command("start")
    stopped = command("stop")

    assert started.returncode == 1
    assert "is no pid file" in started.stderr
    assert stopped.returncode == 0
    assert command.pid_file.read_text() == "Dear diary"


def test_a_start_that_fails_says_why_and_leaves_nothing_behind(
    command: Command, tmp_path: Path
) -> None:
    result = command("start", settings=str(tmp_path / "missing.py"))

    assert result.returncode == 1
    assert "missing.py does not exist" in result.stderr
    assert not command.pid_file.exists()


def test_a_port_that_is_taken_is_named(command: Command) -> None:
    with socket.create_server(("127.0.0.1", command.port)):
        result = command("start")

    assert result.returncode == 1
    assert str(command.port) in result.stderr
    assert not command.pid_file.exists()


def test_the_settings_are_always_needed(command: Command) -> None:
    result = subprocess.run(
        [sys.executable, "service.py", "status"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 2
    assert "--settings" in result.stderr


def test_relative_paths_count_from_where_the_service_was_started(command: Command) -> None:
    plug_ins = command.folder / "plug_ins"
    plug_ins.mkdir()
    (plug_ins / "studio_syncer.py").write_text("from sg_jira import TaskIssueSyncer as Mine\n")
    text = command.settings.read_text()
    text = text.replace("sg_jira.TaskIssueSyncer", "studio_syncer.Mine")
    command.settings.write_text(
        f"import os, sys\nsys.path.append(os.path.abspath('./plug_ins'))\n{text}"
    )

    assert command("start", "--log_file", "relative.log", settings="settings.py").returncode == 0

    ready = lambda: requests.get(f"{command.url}/readyz", timeout=10).ok  # noqa: E731
    wait_until(ready, "the bridge is connected")
    answer = requests.post(
        f"{command.url}/sg2jira/default/Task/1",
        json={"meta": {"type": "attribute_change", "attribute_name": "content"}},
        timeout=10,
    )
    assert answer.status_code == 200
    assert (command.folder / "relative.log").exists()
    assert command("stop").returncode == 0


def test_stopping_waits_for_the_request_at_work(command: Command) -> None:
    slow = command.folder / "slow_syncer.py"
    slow.write_text(
        """\
import pathlib
import threading

from sg_jira import Syncer
from sg_jira.handlers import SyncHandler


class Slow(SyncHandler):
    def accept_shotgun_event(self, *args):
        pathlib.Path("began").touch()
        while not pathlib.Path("go_on").exists():
            threading.Event().wait(0.02)
        pathlib.Path("done").touch()
        return False

    def accept_jira_event(self, *args):
        return False


class SlowSyncer(Syncer):
    @property
    def handlers(self):
        return [Slow(self)]
"""
    )
    text = command.settings.read_text().replace("sg_jira.TaskIssueSyncer", "slow_syncer.SlowSyncer")
    command.settings.write_text(
        f"import sys\nsys.path.append('.')\n{text}".replace('{"issue_type": "Task"}', "{}")
    )
    assert command("start").returncode == 0
    ready = lambda: requests.get(f"{command.url}/readyz", timeout=10).ok  # noqa: E731
    wait_until(ready, "the bridge is connected")
    event = {
        "meta": {"type": "attribute_change", "attribute_name": "content"},
        "project": {"type": "Project", "id": 1},
    }
    answers: list[int] = []
    request = threading.Thread(
        target=lambda: answers.append(
            requests.post(
                f"{command.url}/sg2jira/default/Task/1", json=event, timeout=60
            ).status_code
        )
    )
    request.start()
    wait_until((command.folder / "began").exists, "the event is at work")

    stopping = threading.Thread(target=command, args=("stop",))
    stopping.start()
    wait_until(lambda: not _takes_connections(command.port), "no more requests are taken")
    assert command.pid is not None
    (command.folder / "go_on").touch()
    stopping.join(timeout=60)
    request.join(timeout=60)

    assert command.pid is None
    assert (command.folder / "done").exists()
    assert answers == [200]


def _takes_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


# ---------------------------------------------------------------- status, as a function


@pytest.mark.parametrize(
    "content", [b"", b"no number", b"-1", b"0", b"12.5", b"\xff\xfe", b"9" * 40, b"4000000000"]
)
def test_status_of_a_file_that_names_no_process_is_none(tmp_path: Path, content: bytes) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_bytes(content)

    assert service.status(str(pid_file)) is None


def test_status_never_raises(tmp_path: Path) -> None:
    assert service.status(str(tmp_path / "missing")) is None
    assert service.status(str(tmp_path)) is None


def test_status_believes_a_process_that_is_older_than_its_pid_file(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(f"{os.getpid()}\n")

    assert service.status(str(pid_file)) == os.getpid()


def test_status_of_a_process_that_has_ended_is_none(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(bystander.pid))
    assert service.status(str(pid_file)) == bystander.pid
    os.kill(bystander.pid, signal.SIGKILL)

    # Nobody has fetched its exit status yet, so the system still lists it.
    wait_until(lambda: service.status(str(pid_file)) is None, "the process has ended")


def test_the_help_tells_every_option_of_old() -> None:
    result = subprocess.run(
        [sys.executable, "service.py", "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    for option in ("--settings", "--pid_file", "--log_file", "--port", "--listen_address"):
        assert re.search(rf"{option}\b", result.stdout)
    assert service.PID_FILE == "/tmp/sg_jira.pid"
