"""Every member of the generic handler and of the hook that a studio may override is called.

A class of the studio is put in place of the shipped one. It overrides one member, notes that it
was called, and hands on to the inherited one; then something happens on one of the sites.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sg_jira import Bridge, JiraHook
from sg_jira.handlers import EntitiesGenericHandler
from tests.contract.conftest import Person
from tests.contract.events import change, comment_event, issue_event, shotgun_event
from tests.contract.generic.jira_site import FLAG, ON, GenericStore
from tests.contract.test_override_points import overriding
from tests.doubles.shotgun_double import Entity, ShotgunSite

# Something that happens -> members of the class that it has to reach.
HANDLER_MEMBERS = {
    "start": ["setup"],
    "new task": [
        "_create_jira_entity",
        "_create_jira_issue",
        "_sync_sg_fields_to_jira",
        "get_jira_user",
    ],
    "name": [
        "accept_shotgun_event",
        "process_shotgun_event",
        "_supported_shotgun_entities_for_shotgun_event",
        "_supported_shotgun_fields_for_shotgun_event",
        "_get_jira_entity",
        "_sync_sg_fields_to_jira",
        "get_jira_project",
        "get_jira_issue",
    ],
    "status": ["_sync_sg_status_to_jira"],
    "cc": ["_sync_sg_watchers_to_jira"],
    "asset": ["_sync_hierarchy_to_jira"],
    "children": ["_sync_hierarchy_to_jira"],
    "flag": [
        "_sync_sg_fields_to_jira",
        "_sync_sg_status_to_jira",
        "_sync_sg_watchers_to_jira",
        "_sync_hierarchy_to_jira",
        "_sync_sg_linked_entities_to_jira",
        "_create_jira_entity",
    ],
    "new note": ["_create_jira_entity", "_create_jira_comment"],
    "note edited": ["_get_jira_entity", "_get_jira_issue_comment", "_sync_sg_fields_to_jira"],
    "note deleted": ["accept_shotgun_event", "_delete_jira_entity", "_get_jira_entity"],
    "note unlinked": ["_delete_jira_entity"],
    "new time log": ["_create_jira_entity", "_create_jira_worklog"],
    "time log edited": ["_get_jira_entity", "_get_jira_issue_worklog", "_sync_sg_fields_to_jira"],
    "summary": [
        "accept_jira_event",
        "process_jira_event",
        "_supported_jira_webhook_events",
        "_supported_jira_issue_types_for_jira_event",
        "_supported_jira_fields_for_jira_event",
        "_sync_jira_issue_to_sg",
        "_sync_jira_fields_to_sg",
        "get_jira_issue",
    ],
    "new issue": ["_sync_jira_issue_to_sg", "_sync_jira_fields_to_sg"],
    "jira flag": [
        "_sync_jira_fields_to_sg",
        "_sync_jira_comments_to_sg",
        "_sync_jira_worklogs_to_sg",
        "_supported_jira_fields_for_jira_event",
        "_sync_jira_entity_to_sg",
    ],
    "new comment": [
        "_supported_jira_webhook_events",
        "_sync_jira_entity_to_sg",
        "_sync_jira_fields_to_sg",
        "_sync_jira_comment_to_sg",
        "_get_jira_issue_comment",
    ],
    "comment deleted": ["_sync_jira_entity_to_sg"],
    "new worklog": [
        "_sync_jira_entity_to_sg",
        "_sync_jira_fields_to_sg",
        "_get_jira_issue_worklog",
        "_supported_jira_fields_for_jira_event",
    ],
}
HOOK_MEMBERS = {
    "name": ["get_jira_value_from_sg_value"],
    "no description": ["get_jira_default_value"],
    "assignee": ["get_jira_value_from_sg_list", "get_jira_value_from_sg_value"],
    "new note": ["compose_jira_comment_body", "COMMENT_BODY_TEMPLATE"],
    "note edited": ["compose_jira_comment_body"],
    "new time log": [
        "compose_jira_worklog_comment",
        "WORKLOG_BODY_TEMPLATE",
        "get_jira_value_from_sg_value",
        "format_jira_date",
    ],
    "summary": ["get_sg_value_from_jira_value"],
    "assignee in jira": ["get_sg_value_from_jira_value", "get_sg_user_from_jira_user"],
    "new comment": [
        "extract_jira_comment_data",
        "JIRA_COMMENT_REGEX",
        "get_sg_user_from_jira_user",
    ],
    "new worklog": [
        "extract_jira_worklog_data",
        "JIRA_WORKLOG_REGEX",
        "get_sg_value_from_jira_value",
        "format_sg_date",
        "get_sg_user_from_jira_user",
    ],
}
POINTS = [
    pytest.param(shipped, member, happening, id=f"{shipped.__name__}-{member}-{happening}")
    for shipped, table in ((EntitiesGenericHandler, HANDLER_MEMBERS), (JiraHook, HOOK_MEMBERS))
    for happening, members in table.items()
    for member in members
]
Happenings = dict[str, Callable[[Bridge], Any]]


@pytest.fixture
def flavour() -> str:
    """How Jira names people does not matter here."""
    return "cloud"


@pytest.fixture
def happenings(
    fptr: ShotgunSite,
    jira: GenericStore,
    synced_task: Entity,
    asset: Entity,
    note: Entity,
    time_log: Entity,
    ann: Person,
    bob: Person,
    issue_key: str,
    epic_key: str,
) -> Happenings:
    """Things that can happen to a linked Task and all around it; what the bridge says to each."""
    fptr.change(
        synced_task,
        content="Long fur",
        addressings_cc=[bob.fptr],
        sg_status_list="ip",
        entity=asset,
        task_assignees=[ann.fptr],
    )
    fptr.change(asset, tasks=[synced_task])
    jira.issues[issue_key]["fields"].update(
        assignee=bob.jira, description="soft", watches={"watchCount": 0}
    )

    def in_fptr(entity: Entity, field: str, **meta: Any) -> Callable[[Bridge], Any]:
        return lambda bridge: bridge.sync_in_jira(
            "entities", entity["type"], entity["id"], shotgun_event(entity, field, **meta)
        )

    def in_jira(make: Callable[[], Any]) -> Callable[[Bridge], Any]:
        return lambda bridge: bridge.sync_in_shotgun("entities", "issue", issue_key, make())

    def after(prepare: Callable[[], Any], then: Callable[[Bridge], Any]) -> Callable[[Bridge], Any]:
        def run(bridge: Bridge) -> Any:
            prepare()
            return then(bridge)

        return run

    def with_comment() -> None:
        number = jira.add_comment(issue_key, "old words", author=jira.myself)
        fptr.change(note, sg_jira_key=f"{issue_key}/{number}")

    def with_worklog() -> None:
        number = jira.add_worklog(issue_key, 60, author=jira.myself)
        fptr.change(time_log, sg_jira_key=f"{issue_key}/{number}")

    def remark(action: str) -> Callable[[], Any]:
        return lambda: comment_event(
            jira,
            issue_key,
            jira.add_comment(issue_key, "words", author=bob.jira),
            name=f"comment_{action}",
        )

    def new_worklog() -> Any:
        number = jira.add_worklog(issue_key, 60, author=bob.jira, comment="brushed")
        return {"webhookEvent": "worklog_created", "worklog": jira.worklogs[issue_key][number]}

    def item(field: str) -> Callable[[], Any]:
        return lambda: issue_event(jira, issue_key, change(field, field_id=field))

    new_task = fptr.add(
        "Task",
        content="Tail",
        project=fptr.record(synced_task)["project"],
        created_by=ann.fptr,
        sg_sync_in_jira=True,
    )
    return {
        "start": lambda bridge: bool(bridge.get_syncer("entities")),
        "new task": in_fptr(new_task, "content"),
        "name": in_fptr(synced_task, "content"),
        "no description": in_fptr(synced_task, "sg_description"),
        "assignee": in_fptr(synced_task, "task_assignees"),
        "status": in_fptr(synced_task, "sg_status_list"),
        "cc": in_fptr(synced_task, "addressings_cc"),
        "asset": in_fptr(synced_task, "entity"),
        "children": in_fptr(asset, "tasks"),
        "flag": in_fptr(synced_task, "sg_sync_in_jira", new_value=True),
        "new note": in_fptr(note, "content"),
        "note edited": after(with_comment, in_fptr(note, "content")),
        "note deleted": after(
            lambda: (with_comment(), fptr.retire(note)), in_fptr(note, "retirement_date")
        ),
        "note unlinked": after(
            lambda: (with_comment(), fptr.change(note, tasks=[])),
            in_fptr(note, "tasks", added=[], removed=[synced_task]),
        ),
        "new time log": in_fptr(time_log, "duration"),
        "time log edited": after(with_worklog, in_fptr(time_log, "duration")),
        "summary": in_jira(item("summary")),
        "assignee in jira": in_jira(item("assignee")),
        "new issue": in_jira(
            lambda: issue_event(
                jira, jira.add_issue(summary="Whiskers", **{FLAG: ON}), name="jira:issue_created"
            )
        ),
        "jira flag": after(remark("created"), in_jira(item(FLAG))),
        "new comment": in_jira(remark("created")),
        "comment deleted": in_jira(remark("deleted")),
        "new worklog": in_jira(new_worklog),
    }


@pytest.mark.parametrize(("shipped", "member", "happening"), POINTS)
def test_an_overridden_member_is_called_and_super_works(
    make_bridge: Callable[..., Bridge],
    mapping: list[dict[str, Any]],
    happenings: Happenings,
    shipped: type,
    member: str,
    happening: str,
) -> None:
    calls: list[str] = []
    role = "handler" if shipped is EntitiesGenericHandler else "hook"
    entry = {
        "syncer": "tests.contract.probes.GenericSwappingSyncer",
        "settings": {"entity_mapping": mapping, role: overriding(shipped, member, calls)},
    }

    result = happenings[happening](make_bridge({"entities": entry}))

    assert member in calls
    assert result is True


def test_days_have_the_studios_own_form(
    make_bridge: Callable[..., Bridge], mapping: list[dict[str, Any]]
) -> None:
    class Form(JiraHook):
        SG_DATE_FORMAT = "%d.%m.%Y"
        JIRA_DATE_FORMAT = "%d/%b/%Y %H:%M %z"

    settings = {"entity_mapping": mapping, "hook": Form}
    entry = {"syncer": "tests.contract.probes.GenericSwappingSyncer", "settings": settings}
    hook = make_bridge({"entities": entry}).get_syncer("entities").hook

    assert hook.format_jira_date("05.11.2024") == "2024-11-05T00:00:00.000+0000"
    assert hook.format_sg_date("05/Nov/2024 09:30 +0200") == "05.11.2024"
