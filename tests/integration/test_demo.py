"""The commands `sg-jira demo` and `sg-jira sandbox`, run as people run them."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import jira
import pytest
import requests
import shotgun_api3

from sg_jira.sandbox import Flavour

PATIENCE = 60
COMMAND = (sys.executable, "-m", "sg_jira.cli")

#: The demo, on a Jira site that refuses a call of the bridge for ever.
BROKEN_DEMO = """
import os
import sys
from sg_jira.cli import main
from sg_jira.demo import show
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.faults import Fault, FaultKind

class BrokenSandbox(Sandbox):
    def start(self):
        super().start()
        caller = self.jira.credentials(self.account).user
        fault = Fault(
            FaultKind.STATUS, endpoint={endpoint!r}, caller=caller, times=None, status=400
        )
        self.jira.controls.faults.add(fault)

show.Sandbox = BrokenSandbox
os.environ["SGJIRA_ATTEMPTS"] = "1"
main(["demo", "--exit", "--story", {story!r}])
"""


def broken_demo(endpoint: str, story: str = "tasks") -> str:
    return BROKEN_DEMO.format(endpoint=endpoint, story=story)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    wide = {**os.environ, "COLUMNS": "160", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=wide,
        timeout=PATIENCE,
    )


class Running:
    """A command that stays up, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.said = ""

    def wait_for(self, text: str) -> None:
        """Reads until the command has said this."""
        assert self.process.stdout is not None
        while text not in self.said:
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            assert ready, f"It never said {text!r}, but: {self.said}"
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, f"It ended without {text!r}: {self.said}"
            self.said += piece.decode("utf-8", "replace")

    def end(self, sign: signal.Signals) -> tuple[int, str]:
        """Sends a signal; the exit code, and the rest of what is said, errors included."""
        self.process.send_signal(sign)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest.decode("utf-8", "replace")


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "160"},
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


def test_demo_ends_with_both_sites_equal(flavour: Flavour) -> None:
    result = run(*COMMAND, "demo", "--exit", "--jira", flavour.value)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    assert "✗" not in result.stdout
    assert re.search(r"All \d+ fields are equal", result.stdout)
    for field in ("Title", "Description", "Status", "Assignee", "Due date", "Estimate", "Note"):
        assert re.search(rf"✓ │ {field} ", result.stdout)
    assert result.stdout.count("│ ✓ │ Link ") == 4
    assert re.search(r"API calls of the bridge.*POST issue ", result.stdout, re.DOTALL)


def test_demo_needs_no_way_in_when_the_bridge_looks_itself() -> None:
    result = run(*COMMAND, "demo", "--exit", "--source", "poll")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "✗" not in result.stdout
    assert re.search(r"All \d+ fields are equal", result.stdout)


def test_demo_does_not_poll_for_what_only_webhooks_tell_at_once() -> None:
    result = run(*COMMAND, "demo", "--exit", "--source", "poll", "--story", "generic")

    assert result.returncode == 2
    assert "--source webhook" in result.stderr


def test_generic_demo_ends_with_both_sites_equal(flavour: Flavour) -> None:
    result = run(*COMMAND, "demo", "--exit", "--story", "generic", "--jira", flavour.value)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    assert "✗" not in result.stdout
    assert re.search(r"All \d+ fields are equal", result.stdout)
    for sg_type, records in {"Asset": 3, "Shot": 1, "Task": 6, "Ticket": 2}.items():
        assert len(re.findall(rf"^{sg_type} \d+ and LAN-\d+ *$", result.stdout, re.M)) == records
    for field in ("Sync flag", "Status", "Estimate", "Parent", "Children", "Note", "TimeLog"):
        assert re.search(rf"✓ │ {field} ", result.stdout), field
    assert re.search(r"DELETE issue/\{key\}/worklog", result.stdout)


def test_generic_demo_tells_of_the_time_logs_that_do_not_arrive() -> None:
    result = run(sys.executable, "-c", broken_demo("POST issue/{key}/worklog", "generic"))

    assert result.returncode == 1, result.stdout + result.stderr
    assert re.search(r"✗ │ TimeLog +│ Spine: 4 h.*nothing for", result.stdout)
    assert re.search(r"✗ The bridge has not done all .*: \d+ events are dead", result.stdout)
    assert "Traceback" not in result.stdout + result.stderr


def test_demo_tells_what_differs_when_the_bridge_cannot_write_to_jira() -> None:
    result = run(sys.executable, "-c", broken_demo("PUT issue/{key}"))

    assert result.returncode == 1, result.stdout + result.stderr
    assert re.search(r"✗ │ Description ", result.stdout)
    assert re.search(r"\d+ of \d+ fields differ", result.stdout)
    assert "What the bridge complained about" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_demo_tells_what_is_missing_when_no_issue_can_be_made() -> None:
    result = run(sys.executable, "-c", broken_demo("POST issue"))

    assert result.returncode == 1, result.stdout + result.stderr
    assert "has no Issue" in result.stdout
    assert re.search(r"✗ │ Issue +│ no key +│ not in Jira", result.stdout)
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_demo_stays_up_until_it_is_told_to_end(sign: signal.Signals) -> None:
    with running("demo") as demo:
        demo.wait_for("/_sandbox/faults")
        code, rest = demo.end(sign)

    assert code == 0, demo.said + rest
    assert rest.endswith("Stopped.\n")
    assert "Traceback" not in demo.said + rest


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_demo_stopped_in_the_middle_says_so() -> None:
    with running("demo") as demo:
        demo.wait_for("turns on Sync In Jira")
        code, rest = demo.end(signal.SIGINT)

    assert code in (0, 1), demo.said + rest
    assert rest.rstrip().rpartition("\n")[2].startswith("Stopped")
    assert "Traceback" not in demo.said + rest


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_demo_ends_when_people_press_ctrl_c_again_and_again() -> None:
    with running("demo") as demo:
        demo.wait_for("turns on Sync In Jira")
        for _ in range(5):
            demo.process.send_signal(signal.SIGINT)
        code, rest = demo.end(signal.SIGINT)

    assert code in (0, 1), demo.said + rest
    assert "Traceback" not in demo.said + rest


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sandbox_prints_lines_that_work_when_typed(flavour: Flavour) -> None:
    arguments = ("--shotgun-port", "0", "--jira-port", "0", "--jira", flavour.value)
    with running("sandbox", *arguments) as sandbox:
        sandbox.wait_for("Ctrl-C stops it.")
        typed = re.findall(r"^(?:sg = |jr = )?((?:shotgun_api3|jira)\..*)$", sandbox.said, re.M)
        sg, client = (eval(line, {"shotgun_api3": shotgun_api3, "jira": jira}) for line in typed)
        environment = dict(re.findall(r"^(SGJIRA_\w+)=(.*)$", sandbox.said, re.M))
        script = shotgun_api3.Shotgun(
            environment["SGJIRA_SG_SITE"],
            environment["SGJIRA_SG_SCRIPT_NAME"],
            environment["SGJIRA_SG_SCRIPT_KEY"],
        )
        account = jira.JIRA(
            environment["SGJIRA_JIRA_SITE"],
            basic_auth=(environment["SGJIRA_JIRA_USER"], environment["SGJIRA_JIRA_USER_SECRET"]),
        )

        assert len(sg.find("Task", [])) == len(script.find("Task", [])) == 30
        assert client.myself()["displayName"] == "Mira Halvorsen"
        assert account.myself()["displayName"] == "FPTR Bridge"
        for connected in (sg, script, client, account):
            connected.close()
        code, rest = sandbox.end(signal.SIGINT)

    assert code == 0, rest
    assert rest.endswith("Stopped.\n")
    assert "Traceback" not in sandbox.said + rest


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sandbox_names_the_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run(*COMMAND, "sandbox", "--shotgun-port", "0", "--jira-port", str(port))

    assert result.returncode == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "Choose another port" in result.stderr
    assert "Traceback" not in result.stderr


def test_sandbox_refuses_a_bridge_that_is_no_url() -> None:
    result = run(*COMMAND, "sandbox", "--bridge", "localhost:9090")

    assert result.returncode == 2
    assert "is no URL" in result.stderr


def test_service_does_not_load_the_sandbox() -> None:
    script = "import sys, webapp; print([n for n in sys.modules if 'sandbox' in n or 'demo' in n])"

    result = run(sys.executable, "-c", script)

    assert "sg_jira.sandbox." not in result.stdout
    assert "sg_jira.demo" not in result.stdout
    assert result.returncode == 0


def test_shell_lines_of_the_demo_work() -> None:
    """The lines a newcomer copies: they turn a Task's flag on, and its Issue appears."""
    with running("demo") as demo:
        demo.wait_for("/_sandbox/faults")
        edit = re.search(r"^curl -s (\S+/api3/json).*? -d '(.*?)'$", demo.said, re.M | re.DOTALL)
        look = re.search(r"^curl -s -u '(.+?):(.+?)' '(.+?)'$", demo.said, re.M)
        assert edit is not None
        assert look is not None
        before = requests.get(look[3], auth=(look[1], look[2]), timeout=10).json()["issues"]

        headers = {"Content-Type": "application/json"}
        answer = requests.post(edit[1], edit[2].encode(), headers=headers, timeout=10)

        assert answer.json()["results"]["sg_sync_in_jira"] is True
        after = before
        for _ in range(200):
            after = requests.get(look[3], auth=(look[1], look[2]), timeout=10).json()["issues"]
            if len(after) > len(before):
                break
        assert len(after) == len(before) + 1
        demo.end(signal.SIGINT)
