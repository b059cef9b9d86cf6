"""What has changed in Jira is fetched when it has not arrived: once, on both kinds of Jira."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sg_jira.cli import main
from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.sandbox import BridgeCalls
from sg_jira.web.http import HTTPServer
from tests.integration.pairs import Pair, create_task
from tests.integration.sources.service import catch_up, deaf, events, service, sources

GENERIC = {
    "syncer": "sg_jira.EntitiesGenericSyncer",
    "settings": {
        "entity_mapping": [
            {
                "sg_entity": "Task",
                "jira_issue_type": "Task",
                "field_mapping": [{"sg_field": "content", "jira_field": "summary"}],
            },
            {"sg_entity": "Note", "sync_deletion_direction": "both_way"},
        ]
    },
}


@pytest.fixture(autouse=True)
def _quick_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)


def synced(sandbox: Sandbox, content: str = "Build the pier") -> Pair:
    pair = create_task(sandbox, content, sg_sync_in_jira=True)
    pair.settle()
    return pair


def test_edits_made_while_the_bridge_was_down_reach_fptr(sandbox: Sandbox, tmp_path: Path) -> None:
    with service(sandbox, tmp_path):
        pair = synced(sandbox)
        note = pair.add_note("Railing", "Paint it green")
    pair.in_jira().edit(pair.key, summary="Build the long pier")
    comment = pair.comments[0]
    pair.in_jira().edit_comment(pair.key, comment["id"], "{panel:title=Railing}Red{panel}")

    with service(sandbox, tmp_path) as bridge:
        catch_up(sandbox, bridge)

        assert pair.task["content"] == "Build the long pier"
        assert sandbox.shotgun.record("Note", note)["content"] == "Red"


def test_what_has_arrived_is_recognised_and_an_edit_is_fetched_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        pair.edit_issue(summary="Build the wide pier")
        known = len(events(bridge))
        catch_up(sandbox, bridge)
        assert len(events(bridge)) == known

        deaf(sandbox)
        pair.in_jira().edit(pair.key, summary="Build the long pier")
        catch_up(sandbox, bridge)
        catch_up(sandbox, bridge)

        assert pair.task["content"] == "Build the long pier"
        fetched = [event["source"] for event in events(bridge)].count("jira-search")
        assert fetched == 1


def test_while_nothing_happens_a_look_is_one_call_to_each_site(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    search = "search/jql" if sandbox.flavour is Flavour.CLOUD else "search"
    with service(sandbox, tmp_path) as bridge:
        synced(sandbox)
        catch_up(sandbox, bridge)
        sandbox.forget_calls()
        catch_up(sandbox, bridge)

        assert sandbox.bridge_calls() == BridgeCalls(
            shotgun={"find EventLogEntry": 1}, jira={f"GET {search}": 1}
        )


def test_nothing_old_is_fetched_at_the_very_first_start(sandbox: Sandbox, tmp_path: Path) -> None:
    with service(sandbox, tmp_path) as bridge:
        catch_up(sandbox, bridge)

        assert events(bridge) == []


def test_a_project_that_jira_does_not_have_is_told_and_spoils_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        deaf(sandbox)
        producer = sandbox.shotgun.acting_as(sandbox.production.producer.shotgun)
        producer.create("Project", {"name": "Misspelt", "sg_jira_key": "NOSUCH"})
        pair.in_jira().edit(pair.key, summary="Build the long pier")
        catch_up(sandbox, bridge)
        catch_up(sandbox, bridge)

        assert pair.task["content"] == "Build the long pier"
        assert "NOSUCH" in sources(bridge)["jira"]["problem"]


def test_a_comment_that_is_gone_is_found_when_all_is_compared(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path, entry=GENERIC) as bridge:
        pair = synced(sandbox)
        note = pair.add_note("Railing", "Paint it green")
        (comment,) = pair.comments
        deaf(sandbox)
        pair.in_jira().delete_comment(pair.key, comment["id"])
        catch_up(sandbox, bridge)
        assert note in {record["id"] for record in sandbox.shotgun.records("Note")}
        catch_up(sandbox, bridge, compare=True)

        assert note not in {record["id"] for record in sandbox.shotgun.records("Note")}


def test_a_change_that_the_search_shows_late_is_found_by_a_later_look(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        deaf(sandbox)
        sandbox.jira.search.lag = 0.7
        pair.in_jira().edit(pair.key, summary="Build the long pier")
        for _ in range(100):
            catch_up(sandbox, bridge)
            if pair.task["content"] == "Build the long pier":
                return
    raise AssertionError("The late change was never found.")


def test_the_command_lets_the_running_bridge_look(sandbox: Sandbox, tmp_path: Path) -> None:
    with service(sandbox, tmp_path) as bridge:
        pair = synced(sandbox)
        deaf(sandbox)
        pair.in_jira().edit(pair.key, summary="Build the long pier")
        file = str(tmp_path / "settings.py")
        ran = CliRunner().invoke(main, ["catch-up", "--settings", file])

        assert (ran.exit_code, ran.output) == (0, "fptr: looked\njira: looked\n")
        catch_up(sandbox, bridge)
        assert pair.task["content"] == "Build the long pier"


def test_the_command_says_that_no_bridge_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    with service(sandbox, tmp_path):
        pass
    file = str(tmp_path / "settings.py")
    ran = CliRunner().invoke(main, ["catch-up", "--settings", file, "--wait", "1"])

    assert ran.exit_code == 1
    assert "does the bridge run?" in ran.output
