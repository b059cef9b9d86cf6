"""What the generic family meets on a Jira site: screens that are mended, many children."""

from __future__ import annotations

import pytest

from sg_jira.sandbox import Flavour, Sandbox
from sg_jira.sandbox.production_data import JIRA_KEY
from tests.integration.test_generic_creation_once import Family, family

__all__ = ["family"]

MANY = 120


@pytest.mark.parametrize("flavour", [Flavour.CLOUD], indirect=True)  # only there any type has one
def test_children_of_all_pages_are_seen(family: Family, sandbox: Sandbox) -> None:
    asset = family.create("Asset", code="Otter", sg_sync_in_jira=True)
    assert family.to_jira(asset, "sg_sync_in_jira") is True
    assert family.mira.jira is not None
    mira = sandbox.jira.acting_as(family.mira.jira)
    epic = family.key(asset)
    for number in range(MANY):
        mira.create_issue(JIRA_KEY, "Task", summary=f"Stray {number}", parent=epic)

    assert family.to_jira(asset, "tasks") is True
    parents = [issue["fields"].get("parent") for issue in sandbox.jira.issues(JIRA_KEY)]
    assert parents == [None] * (MANY + 1)


def test_a_mended_create_screen_is_seen_by_the_next_event(family: Family, sandbox: Sandbox) -> None:
    task = family.create("Task", content="Comb the fur", sg_sync_in_jira=True)
    sandbox.jira.place_field("Shotgun ID", on_create=False)
    assert family.to_jira(task, "content") is False
    assert sandbox.jira.issues(JIRA_KEY) == []

    sandbox.jira.place_field("Shotgun ID", on_create=True)
    assert family.to_jira(task, "content") is True
    assert family.key(task)
