"""An Issue may have more children than Jira shows on one page."""

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
