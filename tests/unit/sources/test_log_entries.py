"""Which entries of FPTR's event log a bridge could want, and what they tell."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from sg_jira.sources.log_entries import (
    USUAL_TYPES,
    action_key,
    actions_of,
    is_wanted,
    payload_of,
    wanted_types,
)
from sg_jira.sources.projects import linked_project, settings_name_of


def entry(event_type: str, number: int = 5, **meta: Any) -> dict[str, Any]:
    return {
        "id": number,
        "event_type": event_type,
        "meta": {"entity_type": "Task", "entity_id": 7, **meta},
        "entity": {"type": "Task", "id": 7},
        "project": {"type": "Project", "id": 1},
        "user": {"type": "HumanUser", "id": 3},
        "session_uuid": None,
        "created_at": datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc),
    }


@pytest.mark.parametrize(
    ("event_type", "wanted"),
    [
        ("Shotgun_Task_Change", True),
        ("Shotgun_Task_New", False),
        ("Shotgun_Version_Change", False),
        ("Shotgun_User_Login", False),
        ("Toolkit_App_Startup", False),
        (None, False),
    ],
)
def test_changes_of_wanted_types_are_wanted(event_type: str, wanted: bool) -> None:
    assert is_wanted(entry(event_type), wanted_types({})) is wanted


def test_an_entry_of_no_project_is_not_wanted() -> None:
    assert not is_wanted({**entry("Shotgun_Task_Change"), "project": None}, {"Task"})


def test_mapped_types_and_those_of_studios_are_wanted() -> None:
    sync = {
        "mapped": {"settings": {"entity_mapping": [{"sg_entity": "CustomEntity01"}, "odd"]}},
        "replies": {"settings": {"sync_replies": "both_way"}},
        "none": {"settings": {}},
        "bad": None,
    }

    assert wanted_types(sync, ["Shot"]) == {
        *USUAL_TYPES,
        "CustomEntity01",
        "Shot",
        "Reply",
    }


def test_an_entry_is_told_as_the_event_daemon_tells_it() -> None:
    told = payload_of(
        entry("Shotgun_Task_Change", 9, attribute_name="content", type="attribute_change")
    )

    assert told is not None
    assert (told["event_log_entry_id"], told["entity_type"], told["entity_id"]) == (9, "Task", 7)
    assert told["created_at"] == "2026-03-01T12:00:00Z"
    assert told["meta"]["attribute_name"] == "content"


@pytest.mark.parametrize(
    ("meta", "action"),
    [
        ({"in_create": True}, "New"),
        ({"attribute_name": "retirement_date", "new_value": "2026-03-01"}, "Retirement"),
        ({"attribute_name": "retirement_date", "new_value": None}, "Revival"),
    ],
)
def test_parts_of_an_action_are_told_by_its_own_entry(meta: dict[str, Any], action: str) -> None:
    whole = entry(f"Shotgun_Task_{action}", 11)
    part = entry("Shotgun_Task_Change", 12, **meta)

    assert actions_of([whole, part])[action_key(part) or ("", 0, "")] == 11


def test_a_change_alone_is_part_of_nothing() -> None:
    assert action_key(entry("Shotgun_Task_Change", attribute_name="content")) is None


@pytest.mark.parametrize(
    ("url", "names", "found"),
    [
        ("https://bridge/sg2jira/default", ["default", "other"], "default"),
        ("https://bridge/base/sg2jira/other/", ["default", "other"], "other"),
        ("https://bridge/sg2jira/my%20show", ["my show"], "my show"),
        ("https://bridge/sg2jira/elsewhere", ["default"], None),
        ("https://bridge/", ["default"], None),
        (None, ["default"], "default"),
        (None, ["default", "other"], None),
    ],
)
def test_a_project_names_its_entry_or_has_the_only_one(
    url: str | None, names: list[str], found: str | None
) -> None:
    link = {"link_type": "web", "url": url} if url else None

    assert settings_name_of(link, names) == found


def test_a_project_without_a_jira_project_is_not_linked() -> None:
    assert linked_project({"id": 1, "sg_jira_key": None}, ["default"]) is None
