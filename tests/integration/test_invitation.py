"""The lines that `sg-jira demo` invites people to type, typed against a running bridge."""

from __future__ import annotations

from code import InteractiveConsole

import pytest

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.invitation import invite
from tests.conftest import sockets_collected


@pytest.fixture
def flavour() -> Flavour:
    """Both kinds of Jira are invited to with the same lines."""
    return Flavour.CLOUD


def test_the_lines_in_python_can_be_pasted_at_once(
    sandbox: Sandbox, live_bridge: RunningBridge, capsys: pytest.CaptureFixture[str]
) -> None:
    text = invite(sandbox, live_bridge.url)
    lines = text[text.index("import shotgun_api3") : text.index("# The same from a shell")]

    with sockets_collected():
        console = InteractiveConsole()
        for line in lines.splitlines():
            console.push(line)

    shown = capsys.readouterr()
    assert shown.err == ""
    assert "'content': 'Renamed in Jira'" in shown.out
    console.locals.clear()
