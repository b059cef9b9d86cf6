"""A synced Task with a Note and its comment, and a bridge that is told of everything by hand."""

from __future__ import annotations

from typing import Any

from sg_jira import Bridge
from sg_jira.sandbox import BridgeCalls, Sandbox
from sg_jira.sandbox.jira import JiraActor
from sg_jira.sandbox.shotgun import Actor, Entity
from tests.integration.handed_over import Changes

TASKS: dict[str, Any] = {"syncer": "sg_jira.TaskIssueSyncer", "settings": {}}
GENERIC: dict[str, Any] = {
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
NAME = "talk"


def with_replies(entry: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """An entry of the settings that syncs Replies."""
    chosen = {"sync_replies": "both_way", **settings}
    return {**entry, "settings": {**entry["settings"], **chosen}}


class Conversation:
    """Mira writes in FPTR, Jonas in Jira.

    Parameters:
        entry: of the settings.
    """

    def __init__(self, sandbox: Sandbox, bridge: Bridge, entry: dict[str, Any]) -> None:
        self.sandbox, self.bridge = sandbox, bridge
        bridge._sync_settings = {NAME: entry}
        self.project = sandbox.production.project
        self.changes = Changes(sandbox, bridge, NAME)
        self.task = self.create_task("Build the pier")
        self.key = str(self._record(self.task)["sg_jira_key"])
        self.note = self.add_note("Planks")
        self.sandbox.forget_calls()

    # ---- the sites

    def _record(self, entity: Entity) -> dict[str, Any]:
        return self.sandbox.shotgun.record(entity["type"], entity["id"])

    def in_fptr(self, login: str = "mira") -> Actor:
        return self.sandbox.shotgun.acting_as(self.sandbox.production.person(login).shotgun)

    def in_jira(self, login: str = "jonas") -> JiraActor:
        person = self.sandbox.production.person(login).jira
        assert person is not None
        return self.sandbox.jira.acting_as(person)

    def create_task(self, content: str) -> Entity:
        data = {"project": self.project, "content": content, "sg_sync_in_jira": True}
        made = self.in_fptr().create("Task", data)
        task = {"type": "Task", "id": made["id"]}
        assert self.tell_of_flag(task)
        return task

    def tell_of_flag(self, task: Entity) -> Any:
        """Tells the bridge that the Task's flag was turned on."""
        meta = {"attribute_name": "sg_sync_in_jira", "new_value": True}
        event = {"meta": {"type": "attribute_change", **meta}, "project": self.project}
        return self.bridge.sync_in_jira(NAME, "Task", task["id"], event)

    def add_note(self, subject: str, *tasks: Entity, tell: bool = True) -> Entity:
        data = {"project": self.project, "subject": subject, "content": "Oak or pine?"}
        made = self.in_fptr().create("Note", {**data, "tasks": [*(tasks or [self.task])]})
        note = {"type": "Note", "id": made["id"]}
        if tell:
            self.changes.hand_over_together(note)
        return note

    def reply(self, text: str, note: Entity | None = None, login: str = "mira") -> Entity:
        made = self.in_fptr(login).create("Reply", {"content": text, "entity": note or self.note})
        return {"type": "Reply", "id": made["id"]}

    def reply_told(self, text: str, note: Entity | None = None) -> Entity:
        """A Reply that has its comment."""
        reply = self.reply(text, note)
        assert self.changes.hand_over_together(reply) == [True, True]
        self.sandbox.forget_calls()
        return reply

    def told(self, record: Entity) -> list[Any]:
        return self.changes.hand_over_together(record)

    # ---- Jira's side

    @property
    def comments(self) -> list[dict[str, Any]]:
        """The Issue's comments but for those that say why its status changed."""
        found = self.sandbox.jira.comments(self.key)
        return [one for one in found if not one["body"].startswith("Updated from")]

    @property
    def bodies(self) -> list[str]:
        return [one["body"].strip() for one in self.comments]

    def comment_of(self, note: Entity) -> str:
        return str(self._record(note)["sg_jira_key"]).rpartition("/")[2]

    @property
    def mention(self) -> str:
        account = self.sandbox.account
        if self.sandbox.flavour.is_cloud:
            return f"[~accountid:{account.id}]"
        return f"[~{account.reference['name']}]"

    def event(self, number: str, action: str = "created", **comment: Any) -> dict[str, Any]:
        """A webhook about a comment as it is now."""
        present = [one for one in self.sandbox.jira.comments(self.key) if one["id"] == number]
        shown = {**(present[0] if present else {"id": number, "body": ""}), **comment}
        issue = self.sandbox.jira.issue(self.key)
        return {"webhookEvent": f"comment_{action}", "issue": issue, "comment": shown}

    def tell(self, *events: dict[str, Any]) -> Any:
        """Tells the bridge of a comment; of several webhooks together."""
        if len(events) == 1:
            return self.bridge.sync_in_shotgun(NAME, "issue", self.key, events[0])
        return self.bridge.sync_all_in_shotgun(NAME, "issue", self.key, list(events))

    def answer(self, text: str, login: str = "jonas", answers: str | None = None) -> str:
        """Somebody writes a comment, and the bridge is told."""
        number = self.in_jira(login).comment(self.key, text, answers)
        self.tell(self.event(number))
        return number

    @property
    def replies(self) -> list[dict[str, Any]]:
        return self.sandbox.shotgun.records("Reply", entity=self.note)

    @property
    def texts(self) -> list[str]:
        return [str(one["content"]) for one in self.replies]

    @property
    def calls(self) -> BridgeCalls:
        return self.sandbox.bridge_calls()

    @property
    def why(self) -> str:
        return str(self.bridge.last_skip_reason())
