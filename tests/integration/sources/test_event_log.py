"""What FPTR's event log tells is fetched when it has not arrived: once, and in time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sg_jira.engine.sqlite_store import open_store
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sources.event_log import with_projects
from sg_jira.sources.positions import FPTR, Positions
from sg_jira.web.http import HTTPServer
from tests.integration.pairs import Pair, create_task
from tests.integration.sources.service import catch_up, deaf, events, service, sources


@pytest.fixture
def flavour() -> Flavour:
    return Flavour.CLOUD


@pytest.fixture(autouse=True)
def _quick_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)


def synced(sandbox: Sandbox, content: str = "Build the pier") -> Pair:
    pair = create_task(sandbox, content, sg_sync_in_jira=True)
    pair.settle()
    return pair


def test_edits_made_while_the_bridge_was_down_reach_jira(sandbox: Sandbox, tmp_path: Path) -> None:
    with service(sandbox, tmp_path):
        pair = synced(sandbox)
    pair.in_fptr().update("Task", pair.id, {"content": "Build the long pier"})
    late = create_task(sandbox, "Paint the pier", sg_sync_in_jira=True)

    with service(sandbox, tmp_path) as bridge:
        catch_up(sandbox, bridge)

        assert pair.issue["summary"] == "Build the long pier"
        assert late.issue["summary"] == "Paint the pier"
        sources_of = {event["source"] for event in events(bridge, key=f"Task:{late.id}")}
        assert "fptr-event-log" in sources_of


def test_nothing_old_is_fetched_at_the_very_first_start(sandbox: Sandbox, tmp_path: Path) -> None:
    pair = create_task(sandbox, "Older than the bridge", sg_sync_in_jira=True)
    with service(sandbox, tmp_path) as bridge:
        catch_up(sandbox, bridge)

        assert pair.task["sg_jira_key"] is None
        assert events(bridge) == []


def test_what_has_arrived_is_recognised_and_costs_one_call(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        catch_up(sandbox, bridge)  # reads the Projects
        pair.edit_task(content="Build the long pier")
        before = len(events(bridge))
        sandbox.forget_calls()
        catch_up(sandbox, bridge)

        assert len(events(bridge)) == before
        assert sandbox.bridge_calls().shotgun == {"find EventLogEntry": 1}


def test_an_edit_is_fetched_once_and_its_value_is_read_anew(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        deaf(sandbox)
        pair.in_fptr().update("Task", pair.id, {"content": "Build the wide pier"})
        catch_up(sandbox, bridge)  # learns what is read of a Task
        pair.in_fptr().update("Task", pair.id, {"content": "Build the long pier"})
        sandbox.forget_calls()
        catch_up(sandbox, bridge)
        catch_up(sandbox, bridge)

        assert pair.issue["summary"] == "Build the long pier"
        calls = sandbox.bridge_calls()
        assert calls.shotgun == {"find EventLogEntry": 2, "find Task": 1}
        assert {name for name in calls.jira if name.startswith("P")} == {"PUT issue/{key}"}


def test_entries_that_come_late_are_fetched_and_lost_ones_do_not_hold_up(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        late, other = synced(sandbox), synced(sandbox, "Paint the pier")
        deaf(sandbox)
        mishaps = sandbox.shotgun.log_mishaps
        mishaps.late, mishaps.within = 1.0, 0.5
        late.in_fptr().update("Task", late.id, {"content": "Build the long pier"})
        mishaps.late, mishaps.gap = 0.0, 1.0
        other.in_fptr().update("Task", other.id, {"content": "Paint the long pier"})
        mishaps.gap = 0.0
        catch_up(sandbox, bridge)
        assert other.issue["summary"] == "Paint the long pier"
        for _ in range(100):
            catch_up(sandbox, bridge)
            if late.issue["summary"] == "Build the long pier":
                return
    raise AssertionError("The late entry was never fetched.")


def test_a_change_of_a_project_that_is_not_linked_is_not_taken(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
        deaf(sandbox)
        project = producer.create("Project", {"name": "Not linked"})
        producer.create("Task", {"project": project, "content": "x", "sg_sync_in_jira": True})
        catch_up(sandbox, bridge)

        assert events(bridge) == []


def test_a_project_that_gets_linked_is_fetched_from_then_on(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    project = sandbox.production.project
    with service(sandbox, tmp_path) as bridge:
        deaf(sandbox)
        producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
        producer.update("Project", project["id"], {"sg_jira_key": None})
        create_task(sandbox, "Before", sg_sync_in_jira=True)
        catch_up(sandbox, bridge)
        producer.update("Project", project["id"], {"sg_jira_key": sandbox.production.jira_key})
        after = create_task(sandbox, "After", sg_sync_in_jira=True)
        catch_up(sandbox, bridge)

        assert after.issue["summary"] == "After"


def test_a_site_that_is_down_is_told_and_looked_at_again(sandbox: Sandbox, tmp_path: Path) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        deaf(sandbox)
        pair.in_fptr().update("Task", pair.id, {"content": "Build the long pier"})
        sandbox.shotgun.forbid(sandbox.script, "read", "EventLogEntry")
        catch_up(sandbox, bridge)
        assert sources(bridge)["fptr"]["problem"]
        sandbox.shotgun.allow_everything(sandbox.script)
        catch_up(sandbox, bridge)

        assert sources(bridge)["fptr"]["problem"] is None
        assert pair.issue["summary"] == "Build the long pier"


def test_a_log_that_ends_before_the_position_is_read_from_its_end_on(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with service(sandbox, tmp_path):
        pair = synced(sandbox)
    with closing(open_store(tmp_path / "settings.events.sqlite3")) as store:
        Positions(store).put([FPTR], position=10**9)

    with service(sandbox, tmp_path) as bridge:
        deaf(sandbox)
        catch_up(sandbox, bridge)  # the end is known from here on
        pair.in_fptr().update("Task", pair.id, {"content": "Build the long pier"})
        catch_up(sandbox, bridge)

        assert pair.issue["summary"] == "Build the long pier"
    assert "was read up to 1000000000 before" in caplog.text


def test_what_the_sites_own_webhooks_have_told_in_one_is_not_fetched_in_parts(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Those deliver a creation or deletion itself, and none of the fields that are logged with it;
    so these are all that is to be recognised."""
    with service(sandbox, tmp_path) as bridge:
        assert sandbox.forwarder is not None
        sandbox.forwarder.stop()
        sandbox.forwarder = None
        url, types = f"{bridge.url}/sg2jira/default", {"create": [], "update": [], "delete": []}
        secret = sandbox.bridge_settings().daemon_token
        sandbox.shotgun.hooks.add(url, secret, {"Task": types}, batch=False)
        pair = synced(sandbox)
        pair.edit_task(content="Build the long pier")
        pair.in_fptr().delete("Task", pair.id)
        pair.settle()
        catch_up(sandbox, bridge)

        told = [event["source"] for event in events(bridge, direction="sg2jira")]
        assert set(told) == {"fptr-webhook"}
        assert len(told) >= 3


def test_a_change_of_a_reply_is_that_of_the_project_of_its_note(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    entry = {
        "syncer": "sg_jira.TaskIssueSyncer",
        "settings": {"issue_type": "Task", "sync_replies": "both_way"},
    }
    with service(sandbox, tmp_path, entry=entry) as bridge:
        pair = synced(sandbox)
        note = pair.add_note("Railing", "Paint it green")
        deaf(sandbox)
        reply = {"entity": {"type": "Note", "id": note}, "content": "Or red?"}
        pair.in_fptr().create("Reply", reply)
        catch_up(sandbox, bridge)

        assert any("Or red?" in comment["body"] for comment in pair.comments)


def test_the_project_of_a_reply_is_looked_up_for_all_at_once_also_of_deleted_ones() -> None:
    asked: list[Any] = []

    class Shotgun:
        def find(self, kind: str, filters: Any, fields: Any, retired_only: bool) -> Any:
            asked.append((filters[0][2], retired_only))
            number = 8 if retired_only else 7
            return [{"id": number, "entity.Note.project": {"type": "Project", "id": 1}}]

    def entry(kind: str, number: int, project: Any = None) -> dict[str, Any]:
        entity = {"type": kind, "id": number}
        return {
            "id": number,
            "event_type": f"Shotgun_{kind}_Change",
            "entity": entity,
            "project": project,
        }

    task = entry("Task", 5, {"type": "Project", "id": 2})
    told = with_projects(Shotgun(), [task, entry("Reply", 7), entry("Reply", 8), entry("Reply", 9)])

    assert [(each["id"], each["project"]["id"]) for each in told] == [(5, 2), (7, 1), (8, 1)]
    assert asked == [([7, 8, 9], False), ([8, 9], True)]
