"""The installed `sg-jira` command before it has begun."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings_files import REPOSITORY

#: Stands where a library is, and takes its time; swallows what is raised meanwhile, as some do.
SLOW = """\
import time

print("importing", flush=True)
for _ in range(600):
    try:
        time.sleep(0.1)
    except BaseException:
        pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_while_it_is_imported_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text(SLOW, encoding="utf-8")
    start = [
        f"import signal, sys; sys.path.insert(0, {str(tmp_path)!r})",
        # Tests may run where Ctrl-C is ignored, as in the background of a shell.
        "signal.signal(signal.SIGINT, signal.default_int_handler)",
        "from sg_jira_command import main; main()",  # as the installed script does
    ]
    command = subprocess.Popen(
        [sys.executable, "-c", "\n".join(start), "--help"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        assert command.stdout is not None
        assert command.stdout.readline() == "importing\n"
        command.send_signal(signal.SIGINT)
        out, errors = command.communicate(timeout=30)

    assert (command.returncode, out, errors) == (130, "", "")


def test_it_is_the_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "sg_jira_command", "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Keeps Flow Production Tracking" in result.stdout
