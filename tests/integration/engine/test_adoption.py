"""A bridge with an empty store beside sites that were synced before."""

from __future__ import annotations

from pathlib import Path

import pytest

from sg_jira.demo.service import RunningBridge
from sg_jira.sandbox import Flavour, Production, Sandbox
from sg_jira.web.http import HTTPServer
from tests.conftest import sockets_collected
from tests.integration.pairs import create_task


@pytest.fixture
def flavour() -> Flavour:
    """What is adopted does not depend on the kind of Jira."""
    return Flavour.CLOUD


def test_links_are_taken_from_the_sites_and_nothing_is_made_twice(
    sandbox: Sandbox, production: Production, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    with sockets_collected():
        with RunningBridge(sandbox, before):
            pair = create_task(sandbox, "Dig", sg_sync_in_jira=True)
            pair.settle()
            note = pair.add_note("Look", "Deep enough?")
        with RunningBridge(sandbox, after):
            pair.edit_task(content="Dig deeper")
            pair.edit_issue(description="Very deep")
            pair.in_fptr().update("Note", note, {"content": "Deeper!"})
            pair.settle()

    assert (pair.issue["summary"], pair.task["sg_description"]) == ("Dig deeper", "Very deep")
    assert len(sandbox.jira.issues(production.jira_key)) == 1
    (comment,) = pair.comments
    assert "Deeper!" in comment["body"]
