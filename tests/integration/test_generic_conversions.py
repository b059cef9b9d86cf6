"""The conversion table with the real clients: each pair there and back over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import shotgun_api3

from sg_jira.bridge import Bridge
from sg_jira.sandbox import Sandbox
from sg_jira.sandbox.production_data import JIRA_KEY
from sg_jira.sandbox.sandbox import SCRIPT_KEY, SCRIPT_NAME
from sg_jira.sandbox.shotgun import Entity
from tests.conftest import connect_bridge

#: FPTR data type, its properties, Jira's custom field type, its options, and values for FPTR:
#: each is set in FPTR, read in Jira, cleared in FPTR, set again in Jira, read in FPTR.
PAIRS: list[tuple[str, dict[str, Any], str, tuple[str, ...], Any]] = [
    ("text", {}, "textfield", (), "furry"),
    ("text", {}, "textarea", (), "furry\nand long"),
    ("text", {}, "select", ("furry", "smooth"), "furry"),
    ("text", {}, "url", (), "https://otter.example/fur"),
    ("text", {}, "labels", (), "furry"),
    ("list", {"valid_values": ["furry", "smooth"]}, "select", ("furry", "smooth"), "smooth"),
    ("list", {"valid_values": ["furry", "smooth"]}, "textfield", (), "smooth"),
    ("checkbox", {}, "select", ("True", "False"), True),
    ("checkbox", {}, "select", ("Yes", "No"), True),
    ("checkbox", {}, "multicheckboxes", ("Approved",), True),
    ("number", {}, "float", (), 7),
    ("number", {}, "textfield", (), 7),
    ("float", {}, "float", (), 2.5),
    ("percent", {}, "float", (), 40),
    ("currency", {}, "textfield", (), 9.5),
    ("duration", {}, "float", (), 90),
    ("date", {}, "datepicker", (), "2031-02-03"),
    ("date", {}, "datetime", (), "2031-02-03"),
    ("date", {}, "textfield", (), "2031-02-03"),
    ("date_time", {}, "datetime", (), "2031-02-03T09:30:00Z"),
    ("date_time", {}, "textfield", (), "2031-02-03T09:30:00Z"),
    ("entity", {"valid_types": ["HumanUser"]}, "userpicker", (), "PERSON"),
    ("multi_entity", {"valid_types": ["HumanUser"]}, "multiuserpicker", (), "PEOPLE"),
    ("entity", {"valid_types": ["Asset"]}, "select", (), "ASSET"),
    ("entity", {"valid_types": ["Asset"]}, "textfield", (), "ASSET"),
    ("multi_entity", {"valid_types": ["Asset"]}, "multiselect", (), "ASSETS"),
    ("url", {}, "url", (), {"url": "https://otter.example/fur", "name": "Fur"}),
]


@pytest.fixture
def bridge(sandbox: Sandbox) -> Any:
    connected = connect_bridge(sandbox)
    yield connected
    connected.close()


@pytest.fixture
def admin(sandbox: Sandbox) -> shotgun_api3.Shotgun:
    client = shotgun_api3.Shotgun(sandbox.shotgun.url, script_name=SCRIPT_NAME, api_key=SCRIPT_KEY)
    yield client
    client.close()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[2]}-{pair[3]}")
def test_a_pair_of_fields(
    sandbox: Sandbox, bridge: Bridge, admin: Any, pair: tuple[Any, ...]
) -> None:
    data_type, properties, jira_type, options, value = pair
    production = sandbox.production
    assets = list(production.assets.values())[:2]
    if jira_type in ("select", "multiselect") and not options:
        options = tuple(asset["name"] for asset in assets)
    people = [one.shotgun for one in production.people if one.jira]
    words = {"PERSON": people[0], "PEOPLE": people[:2], "ASSET": assets[0], "ASSETS": assets}
    value = words.get(value, value) if isinstance(value, str) else value
    code = admin.schema_field_create("Task", data_type, "Fur", properties=properties)
    field = sandbox.jira.add_field("Fur", jira_type, options=options)
    sync = syncing(sandbox, bridge, code)
    task = sandbox.shotgun.acting_as(people[0]).create(
        "Task",
        {"content": "Fur", "project": production.project, "sg_sync_in_jira": True, code: value},
    )

    def in_jira() -> Any:
        return sandbox.jira.issues(JIRA_KEY)[0]["fields"][field.id]

    def in_fptr() -> Any:
        return plain(sandbox.shotgun.record("Task", task["id"])[code])

    assert sync.to_jira(task, code) is True
    there = in_jira()
    assert there
    empty: Any = {"checkbox": False, "multi_entity": []}.get(data_type)
    sandbox.shotgun.acting_as(people[0]).update("Task", task["id"], {code: empty})
    assert sync.to_jira(task, code) is True
    if empty is not False or jira_type == "multicheckboxes":
        assert not in_jira()
    key = sandbox.jira.issues(JIRA_KEY)[0]["key"]
    sandbox.jira.acting_as(production.people[0].jira).edit(key, **{field.id: written(there)})
    assert sync.to_fptr(key, "Fur") is True
    assert in_fptr() == plain(value)
    calls = sandbox.bridge_calls().shotgun.get("update Task")
    assert sync.to_fptr(key, "Fur") is True
    assert sandbox.bridge_calls().shotgun.get("update Task") == calls, "written again"


class syncing:  # noqa: N801  # reads as a verb where it is used
    """Tells a bridge with this one pair about changes."""

    def __init__(self, sandbox: Sandbox, bridge: Bridge, code: str) -> None:
        element = {
            "sg_entity": "Task",
            "jira_issue_type": "Task",
            "field_mapping": [
                {"sg_field": "content", "jira_field": "summary"},
                {"sg_field": code, "jira_field": "Fur"},
            ],
        }
        bridge._sync_settings = {
            "it": {
                "syncer": "sg_jira.EntitiesGenericSyncer",
                "settings": {"entity_mapping": [element]},
            }
        }
        bridge.reset()
        bridge.jira.setup()
        self._sandbox, self._bridge = sandbox, bridge

    def to_jira(self, task: Entity, code: str) -> Any:
        meta = {"type": "attribute_change", "attribute_name": code}
        event = {"meta": meta, "project": self._sandbox.production.project}
        return self._bridge.sync_in_jira("it", "Task", task["id"], event)

    def to_fptr(self, key: str, name: str) -> Any:
        issue = self._sandbox.jira.issue(key)
        event = {
            "webhookEvent": "jira:issue_updated",
            "issue": issue,
            "changelog": {"items": [{"field": name}]},
        }
        return self._bridge.sync_in_shotgun("it", "issue", key, event)


def plain(value: Any) -> Any:
    """A value of FPTR without what is only shown."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return value["url"] if "url" in value else (value["type"], value["id"])
    return value


def written(shown: Any) -> Any:
    """A value as Jira shows it, as it is written."""
    if isinstance(shown, list):
        return [written(one) for one in shown]
    if isinstance(shown, dict):
        names = ("accountId", "name") if "displayName" in shown else ("value",)
        return next({name: shown[name]} for name in names if name in shown)
    return shown
