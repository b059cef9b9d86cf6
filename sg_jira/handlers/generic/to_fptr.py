"""Writes what changed in Jira to FPTR: the order of things, and all comments and worklogs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from itertools import takewhile
from typing import Any, Final

import jira.resources

from sg_jira.constants import JIRA_SYNC_IN_FPTR_FIELD, SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions import remark_texts
from sg_jira.handlers.attachments import added_files
from sg_jira.handlers.generic.jira_acceptance import JiraEvent
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, REMARKS, TIME_LOG
from sg_jira.handlers.generic.new_remarks import NewRemarks
from sg_jira.handlers.generic.sg_records import JustCreated
from sg_jira.handlers.issue_comments import split_key
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.jira_files import read_files
from sg_jira.outcomes import Skip
from sg_jira.readings import shared_readings
from sg_jira.shapes import as_mapping

#: Names that changelogs have for fields, where they are neither name nor id.
_CHANGELOG_NAMES: Final[Mapping[str, str]] = {
    "IssueParentAssociation": "parent",
    "Parent": "parent",
    "timeoriginalestimate": "timetracking",
    "Component": "components",
    "Version": "versions",
    "Fix Version": "fixVersions",
}


class ToFptr(NewRemarks):
    """Jira -> FPTR. It reads Jira, whatever the webhook says."""

    def process_jira_event(self, resource_type: str, resource_id: str, event: Event) -> bool:
        """Writes a change of an Issue, a comment or a worklog to its record.

        A record that does not exist yet is created, and then, like when the Jira flag is turned
        on, everything is synced.
        """
        about = JiraEvent.of(event)
        read = self._at_hand.take(event)
        issue = read.get("issue")
        if issue is None:
            named = self._issue_named(about, event)
            issue = self.get_jira_issue(named) if named else None
        if issue is None:
            return self._skip(
                Skip.ISSUE_NOT_FOUND, f"Jira has no Issue for {resource_type} {resource_id}."
            )
        self._at_hand.keep(issue, **{name: read[name] for name in read if name != "issue"})
        if about.sg_entity is None:
            return self._sync_issue(issue, event, is_linked=bool(read.get("record")))
        entity_id = str(event[about.part]["id"])
        record = self._sync_jira_entity_to_sg(issue, entity_id, about.sg_entity, about.action)
        if about.action == "deleted":
            return True
        if not isinstance(record, dict):
            return False
        fields = self._fields_to_sync(record, event, issue)
        return self._sync_jira_fields_to_sg(issue, f"{issue.key}/{entity_id}", record, fields)

    def _sync_issue(self, issue: jira.resources.Issue, event: Event, is_linked: bool) -> bool:
        """Writes changes of an Issue to its record; all values when it may not have them yet."""
        subject, links = f"Issue:{issue.id}", self._bridge.links
        is_unfilled = links.is_unfilled(subject)
        with links.filling(subject) if is_unfilled or not is_linked else nullcontext():
            record = self._sync_jira_issue_to_sg(issue)
            if not isinstance(record, dict):
                return False
            fields = self._fields_to_sync(record, event, issue)
            wanted = None if is_unfilled else fields
            is_clean = self._sync_jira_fields_to_sg(issue, issue.key, record, wanted)
            log = None if wanted is None else as_mapping(event.get("changelog"))
            is_clean = self._sync_files_to_sg(issue, record, log) and is_clean
        if not is_unfilled or fields is None:
            return is_clean
        # A repeated first sync spares what may have been edited since, so this change follows it.
        return self._sync_jira_fields_to_sg(issue, issue.key, record, fields) and is_clean

    def _sync_files_to_sg(
        self, issue: jira.resources.Issue, record: Entity, log: Mapping[str, Any] | None
    ) -> bool:
        """Copies the files that a changelog tells as added to the Issue, without one all files."""
        if not self._attachments or not self._attachments.to_sg:
            return True
        only = None if log is None else added_files(log.get("items"))
        shown = read_files(issue.raw["fields"].get("attachment"))
        return self._attachments.issue_to_record(issue.key, record, only, shown)

    def _fields_to_sync(
        self, record: Entity, event: Event, issue: jira.resources.Issue
    ) -> list[str] | None:
        return None if isinstance(record, JustCreated) else self._changed_fields(event, issue)

    def process_jira_events(
        self, resource_type: str, resource_id: str, events: Sequence[Event]
    ) -> list[bool]:
        """Writes several changes of an Issue, of a comment or of a worklog at once.

        Where something cannot be written, and where a studio has a way of its own, each event is
        processed by itself.
        """
        own = not are_shipped(self, ToFptr, "process_jira_event")
        run = list(takewhile(lambda one: _subject(one) == _subject(events[0]), events))
        if len(run) == 1 or own:
            return super().process_jira_events(resource_type, resource_id, events)
        together = _decisive(run)
        if JiraEvent.of(together).sg_entity is None:
            logs = [as_mapping(event.get("changelog")) for event in run]
            items = [item for log in logs for item in log.get("items") or []]
            together = {**together, "changelog": {"items": items}}
        self._at_hand.keep(together, **self._at_hand.take(run[-1]))
        if self.process_jira_event(resource_type, resource_id, together):
            return [True] * len(run)
        return super().process_jira_events(resource_type, resource_id, events)

    def _changed_fields(self, event: Event, issue: jira.resources.Issue) -> list[str] | None:
        """The mapped fields that the changelog names; `None` when everything is to be synced."""
        changelog = event.get("changelog")
        if not isinstance(changelog, Mapping):
            return None
        items = changelog.get("items") or []
        changed = [self._field_of(item) for item in items if isinstance(item, Mapping)]
        if self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD) in changed:
            return None
        rule = self._rule_of_issue(issue)
        known = self._supported_jira_fields_for_jira_event(str(rule and rule.issue_type))
        return [field for field in dict.fromkeys(changed) if field in known]

    def _field_of(self, item: Mapping[str, Any]) -> str:
        named = str(item.get("fieldId") or item.get("field") or "")
        return _CHANGELOG_NAMES.get(named) or self._jira.get_jira_issue_field_id(named) or named

    # ------------------------------------------------------------------ comments and worklogs

    def _sync_jira_comments_to_sg(self, jira_issue: jira.resources.Issue) -> bool:
        """Syncs all comments of an Issue to Notes. Returns whether there was no error."""
        if not self._syncs_to_sg(NOTE, jira_issue):
            return True
        return self._sync_all(jira_issue, NOTE, self._all_comments(jira_issue.key))

    def _sync_jira_worklogs_to_sg(self, jira_issue: jira.resources.Issue) -> bool:
        """Syncs all worklogs of an Issue to TimeLogs. Returns whether there was no error."""
        if not self._syncs_to_sg(TIME_LOG, jira_issue):
            return True
        return self._sync_all(jira_issue, TIME_LOG, list(self._jira.worklogs(jira_issue.key)))

    def _syncs_to_sg(self, sg_type: str, jira_issue: jira.resources.Issue) -> bool:
        remark, rule = self._mapping.of_entity(sg_type), self._rule_of_issue(jira_issue)
        return bool(
            remark
            and remark.direction.to_sg
            and rule
            and self._can_link(sg_type, LINK_FIELDS[sg_type], rule.sg_entity)
        )

    def _sync_all(self, jira_issue: jira.resources.Issue, sg_type: str, present: list[Any]) -> bool:
        with shared_readings():
            self._know_remarks(jira_issue, sg_type, present)
            return self._sync_known(jira_issue, sg_type, present)

    def _know_remarks(
        self, jira_issue: jira.resources.Issue, sg_type: str, present: list[Any]
    ) -> None:
        """Reads the records of all comments or worklogs at once, and none of these again."""
        if not (present and self._reads_real_jira and self._shotgun.has_real_client):
            return
        know = self._know_comment if sg_type == NOTE else self._know_worklog
        for one in present:
            know(jira_issue.key, one)
        self._know_records(sg_type, [f"{jira_issue.key}/{one.id}" for one in present])

    def _sync_known(
        self, jira_issue: jira.resources.Issue, sg_type: str, present: list[Any]
    ) -> bool:
        is_clean = True
        home = self._synced_record_of(jira_issue)
        for one in present:
            if sg_type == NOTE and self._is_no_note(jira_issue, one):
                continue
            if home and self._shotgun.has_real_client:
                self._at_hand.keep(jira_issue, record=home)  # the same for each of them
            record = self._sync_jira_entity_to_sg(jira_issue, str(one.id), sg_type, "updated")
            key = f"{jira_issue.key}/{one.id}"
            if not isinstance(record, dict) or not self._sync_jira_fields_to_sg(
                jira_issue, key, record
            ):
                is_clean = False
        if home and not isinstance(home, JustCreated):  # a new record has none that could vanish
            self._retire_vanished(jira_issue, home, sg_type, {str(one.id) for one in present})
        return is_clean

    def _is_no_note(
        self, jira_issue: jira.resources.Issue, comment: jira.resources.Comment
    ) -> bool:
        """Whether a comment has no Note and gets none; that of a Reply is synced as such."""
        if (
            self._replies is not None
            and not self._records_with_key(NOTE, f"{jira_issue.key}/{comment.id}")
            and self._replies.takes_comment(jira_issue.key, comment.raw)
        ):
            return True
        return self._is_own_remark(jira_issue, comment)

    def _is_own_remark(
        self, jira_issue: jira.resources.Issue, comment: jira.resources.Comment
    ) -> bool:
        """Whether the bridge said something on its own, as with a transition: that is no Note."""
        if not self._is_own(getattr(comment, "author", None)):
            return False
        body = getattr(comment, "body", None)
        if remark_texts.read_comment(body, self._hook.JIRA_COMMENT_REGEX).subject is not None:
            return False
        return not self._records_with_key(NOTE, f"{jira_issue.key}/{comment.id}")

    def _retire_vanished(
        self, jira_issue: jira.resources.Issue, home: Entity, sg_type: str, present: set[str]
    ) -> None:
        """Retires the record's Notes or TimeLogs whose counterpart was deleted in Jira."""
        remark = self._mapping.of_entity(sg_type)
        if not (remark and remark.deletion and remark.deletion.to_sg):
            return
        link = {"type": home["type"], "id": home["id"]}
        for record in self._shotgun.find(
            sg_type, [[LINK_FIELDS[sg_type], "is", link]], [SHOTGUN_JIRA_ID_FIELD]
        ):
            parts = split_key(record.get(SHOTGUN_JIRA_ID_FIELD))
            if parts is None or parts[0] != jira_issue.key or parts[1] in present:
                continue
            # The list may be cut short, or older than the record.
            read = self._get_jira_issue_comment if sg_type == NOTE else self._get_jira_issue_worklog
            if read(*parts) is None:
                self._logger.log(
                    logging.INFO,
                    "Retiring %s %s: its %s was deleted in Jira.",
                    sg_type,
                    record["id"],
                    REMARKS[sg_type].lower(),
                )
                self._shotgun.delete(sg_type, record["id"])


def _subject(event: Event) -> tuple[str, Any]:
    """What an accepted event is about; all events of an Issue are about the same."""
    about = JiraEvent.of(event)
    return about.part, about.sg_entity and event[about.part].get("id")


def _decisive(events: Sequence[Event]) -> Event:
    """The event that counts: the deletion of what they are about, else the last."""
    return next((one for one in events if JiraEvent.of(one).action == "deleted"), events[-1])
