"""What entries of the settings need on the sites."""

from __future__ import annotations

from typing import Any

import pytest

from sg_jira import TaskIssueSyncer
from sg_jira.provisioning.linked_projects import TO_JIRA, entry_of_address
from sg_jira.provisioning.needs import needs_of
from sg_jira.sandbox.shotgun.schema import Schema

ENTRIES: dict[str, Any] = {
    "tasks": {"syncer": "sg_jira.TaskIssueSyncer", "settings": {"issue_type": "Story"}},
    "assets": {"syncer": "asset_hierarchy.AssetHierarchySyncer"},
    "time": {"syncer": "timelog_worklog.TimelogWorklogSyncer"},
    "generic": {
        "syncer": "sg_jira.EntitiesGenericSyncer",
        "settings": {
            "entity_mapping": [
                {
                    "sg_entity": "Shot",
                    "jira_issue_type": "Epic",
                    "field_mapping": [{"sg_field": "code", "jira_field": "summary"}],
                    "status_mapping": {"sg_field": "sg_status_list", "mapping": {"ip": "Doing"}},
                    "on_retirement": "delete_issue",
                },
                {"sg_entity": "Note"},
            ],
            "sync_replies": "both_way",
        },
    },
}


class StudioSyncer(TaskIssueSyncer):
    """May look at fields of its own."""


@pytest.fixture(autouse=True)
def _examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("examples")


def fields(name: str) -> set[str]:
    return {str(one) for one in needs_of({name: ENTRIES[name]}).fptr_fields}


def test_tasks_need_keys_flags_and_links() -> None:
    assert fields("tasks") == {
        *["Project.sg_jira_key", "Project.sg_jira_sync_url", "HumanUser.sg_jira_account_id"],
        *["Task.sg_jira_key", "Task.sg_sync_in_jira", "Task.sg_jira_url", "Note.sg_jira_key"],
    }


def test_the_examples_need_what_they_add() -> None:
    assert fields("assets") - fields("tasks") == {
        *["Asset.sg_jira_key", "Asset.sg_sync_in_jira", "Asset.sg_jira_url"]
    }
    assert fields("time") - fields("tasks") == {"TimeLog.sg_jira_key"}
    time = needs_of({"time": ENTRIES["time"]})
    assert "Shotgun TimeLogs" in {one.name for one in time.jira_fields}
    assert "worklog_created" in time.jira_events
    assert "WORK_ON_ISSUES" in time.permissions


def test_a_mapping_needs_what_it_names() -> None:
    needs = needs_of({"generic": ENTRIES["generic"]})

    assert needs.issue_types == ("Epic",)
    assert needs.statuses_of("Epic") == {"Doing"}
    assert "Sync In FPTR" in {one.name for one in needs.jira_fields}
    assert "DELETE_ISSUES" in needs.permissions
    assert needs.fptr_events["Shot"] == {
        *["code", "sg_status_list", "sg_sync_in_jira", "sg_jira_key"]
    }
    assert needs.fptr_events["Reply"] == {"content", "entity"}
    assert not any(one.entity_type == "Reply" for one in needs.fptr_fields)


def test_a_studios_own_syncer_hears_of_all_fields() -> None:
    own = {"own": {"syncer": f"{__name__}.StudioSyncer"}}
    assert needs_of(own).fptr_events == {"Task": None, "Note": None}
    assert needs_of({**own, "tasks": ENTRIES["tasks"]}).fptr_events["Task"] is None


def test_a_syncer_of_another_kind_is_named() -> None:
    needs = needs_of({"test": {"syncer": "example_sync.ExampleSync"}})
    assert needs.unknown == ("test",)
    assert needs.subjects == ()


def test_fptr_makes_the_right_code_of_each_display_name() -> None:
    without = Schema(bridge_fields=False)
    for each in needs_of(ENTRIES).fptr_fields:
        assert without.free_code(each.entity_type, each.display_name) == each.code


@pytest.mark.parametrize(
    ("address", "bridge", "entry"),
    [
        ("https://bridge/sg2jira/default", None, "default"),
        ("https://bridge/sg2jira/default/", "https://bridge/", "default"),
        ("https://u:p@Bridge/sg2jira/default/Task/1", "https://bridge", "default"),
        ("https://bridge/here/sg2jira/default", "https://bridge/here", "default"),
        ("https://bridge/here/sg2jira/default", "https://bridge", None),
        ("http://bridge/sg2jira/default", "https://bridge", None),
        ("https://other/sg2jira/default", "https://bridge", None),
        ("https://bridge/jira2sg/default", None, None),
        ("https://bridge/sg2jira/", None, None),
    ],
)
def test_addresses_of_the_bridge_name_an_entry(
    address: str, bridge: str | None, entry: str | None
) -> None:
    assert entry_of_address(address, TO_JIRA, bridge) == entry
