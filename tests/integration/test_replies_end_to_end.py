"""Replies and answers through the real service, with a store that outlives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sg_jira.sandbox import BridgeCalls, Sandbox
from sg_jira.sandbox.shotgun import Entity
from sg_jira.web.http import HTTPServer
from tests.integration.conversation import GENERIC, TASKS
from tests.integration.pairs import Pair, create_task
from tests.integration.running_example import running_example


@pytest.fixture(autouse=True)
def _quick_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPServer, "expiration_interval", 0.02)


def edit_reply(pair: Pair, reply: Entity, text: str) -> None:
    pair.in_fptr().update("Reply", reply["id"], {"content": text})
    pair.settle()


@pytest.mark.parametrize("entry", [TASKS, GENERIC], ids=["tasks", "generic"])
def test_a_conversation_is_the_same_on_both_sites_and_outlives_the_service(
    sandbox: Sandbox, tmp_path: Path, entry: dict[str, Any]
) -> None:
    settings = {**entry["settings"], "sync_replies": "both_way"}
    account = sandbox.account
    mention = "accountid:" + account.id if sandbox.flavour.is_cloud else account.reference["name"]

    def texts() -> list[str]:
        return [str(one["content"]) for one in sandbox.shotgun.records("Reply")]

    with running_example(sandbox, tmp_path, entry["syncer"], **settings):
        pair = create_task(sandbox, "Build the pier", sg_sync_in_jira=True)
        pair.settle()
        note = {"type": "Note", "id": pair.add_note("Planks", "Oak or pine?")}
        reply = pair.in_fptr().create("Reply", {"content": "Oak, I think.", "entity": note})
        pair.settle()
        assert [f"Reply {reply['id']} to Note" in one["body"] for one in pair.comments] == [
            False,
            True,
        ]

        number = pair.in_jira("jonas").comment(pair.key, f"[~{mention}] Oak it is.")
        pair.settle()
        assert texts() == ["Oak, I think.", "Oak it is."]

    with running_example(sandbox, tmp_path, entry["syncer"], **settings):
        sandbox.forget_calls()
        edit_reply(pair, reply, "Pine, I think.")
        assert "Pine" in pair.comments[1]["body"]
        assert not [name for name in sandbox.bridge_calls().jira if "comment" in name][1:]

        own = pair.comments[1]
        body = own["body"].replace("Pine", "Birch")
        pair.in_jira("jonas").edit_comment(pair.key, own["id"], body)
        pair.in_jira("jonas").edit_comment(pair.key, number, "Pine it is.")
        pair.settle()
        assert texts() == ["Birch, I think.", "Pine it is."]
        assert [one["body"] for one in pair.comments][1:] == [body, "Pine it is."]
        sandbox.forget_calls()
        pair.settle()
        assert sandbox.bridge_calls() == BridgeCalls({}, {})
    assert len(sandbox.shotgun.records("Note", sg_jira_key=f"{pair.key}/{number}")) == 0
