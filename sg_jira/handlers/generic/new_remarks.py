"""Makes the Notes of comments and the TimeLogs of worklogs, exactly once and with what they say."""

from __future__ import annotations

from shotgun_api3.shotgun import Fault

from sg_jira.constants import SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions import shotgun_values
from sg_jira.errors import InvalidJiraValue
from sg_jira.handlers.generic.mapping import LINK_FIELDS, NOTE, REMARKS
from sg_jira.handlers.generic.sg_fields import SgFields
from sg_jira.handlers.generic.sg_records import JustCreated, link_to, subject_of
from sg_jira.handlers.issue_comments import split_key
from sg_jira.handlers.sync_handler import Entity
from sg_jira.outcomes import Skip


class NewRemarks(SgFields):
    """A remark has its words from the beginning.

    Whoever syncs its Issue as a whole at that moment, and found it empty, would write that to Jira.
    """

    def _create_remark(self, sg_type: str, key: str, home: Entity) -> Entity | bool:
        link = LINK_FIELDS[sg_type]
        if not self._can_link(sg_type, link, home["type"]):
            return self._skip(
                Skip.NO_SYNCED_RECORD,
                f"A {sg_type} cannot be linked to a {home['type']} in FPTR, so {key} gets none.",
            )
        target = link_to(home)
        data: Entity = {
            "project": link_to(home["project"]),
            SHOTGUN_JIRA_ID_FIELD: key,
            link: [target] if link == "tasks" else target,
        }
        subject = f"{REMARKS[sg_type]}:{key.split('/')[1]}"
        with self._bridge.links.creating(subject) as creation:
            if creation.waited or creation.unfinished_since:
                found = self._find_records(sg_type, [[SHOTGUN_JIRA_ID_FIELD, "is", key]])
                if found:
                    self._bridge.links.join(subject, subject_of(found[0]))
                    creation.finished = True
                    return found[0]
            words = self._words_of(sg_type, key, data)
            with creation.asking():
                record = JustCreated(self._create_with_words(sg_type, data, words))
            self._bridge.links.join(subject, subject_of(record))
            creation.finished = True
            return record

    def _create_with_words(self, sg_type: str, data: Entity, words: Entity) -> Entity:
        """The new record. Where FPTR refuses what it says, it is made without, and told later."""
        try:
            return {**data, **words, **self._shotgun.create(sg_type, {**data, **words})}
        except Fault:
            if not words:
                raise
            return {**data, **self._shotgun.create(sg_type, data)}

    def _words_of(self, sg_type: str, key: str, data: Entity) -> Entity:
        """What the record of a comment or worklog says; nothing where that cannot be told."""
        parts = split_key(key)
        if parts is None or not (self._reads_real_jira and self._shotgun.has_real_client):
            return {}
        values = (
            self._words_of_comment(*parts)
            if sg_type == NOTE
            else self._values_of_worklog(*parts, {**data, "type": sg_type, "id": "(new)"})
        )
        return {name: shotgun_values.plain(value) for name, value in values.items()}

    def _words_of_comment(self, issue_key: str, number: str) -> Entity:
        comment = self._get_jira_issue_comment(issue_key, number)
        if comment is None:
            return {}
        self._know_comment(issue_key, comment)
        try:
            return self._values_of_comment(comment)[1]
        except InvalidJiraValue:  # told when it is synced
            return {}

    def _values_of_worklog(self, issue_key: str, number: str, sg_time_log: Entity) -> Entity:
        worklog = self._get_jira_issue_worklog(issue_key, number)
        if worklog is None:
            return {}
        self._know_worklog(issue_key, worklog)
        return self._values_from(worklog, sg_time_log)
