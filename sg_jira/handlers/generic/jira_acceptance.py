"""Which events of Jira the generic handler takes. What an event itself tells is looked at first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jira.resources

from sg_jira.constants import JIRA_SYNC_IN_FPTR_FIELD, SHOTGUN_JIRA_ID_FIELD
from sg_jira.conversions.generic_to_fptr import text_of
from sg_jira.conversions.kinds import SPECIAL_FIELDS
from sg_jira.handlers.generic.acceptance import Acceptance
from sg_jira.handlers.generic.base import PROJECT_KEY
from sg_jira.handlers.generic.mapping import NOTE, TIME_LOG, EntityRule
from sg_jira.handlers.sync_handler import Entity, Event
from sg_jira.jira_issues import LazyIssue
from sg_jira.outcomes import Skip
from sg_jira.readings import is_body_trusted, readings
from sg_jira.shapes import as_mapping

#: Part of the body that an event is about, by the first word of its name -> entity type in FPTR.
_PARTS: Final[Mapping[str, str | None]] = {"issue": None, "comment": NOTE, "worklog": TIME_LOG}
_ISSUE_IN_URL: Final = re.compile(r"/issue/([^/]+)/comment/")


@dataclass(frozen=True)
class JiraEvent:
    """What the body of a webhook is about.

    `part` is `issue`, `comment` or `worklog`; `action` `created`, `updated` or `deleted`.
    """

    part: str
    action: str

    @classmethod
    def of(cls, event: Event) -> JiraEvent:
        """What an accepted event is about."""
        part, _, action = str(event["webhookEvent"]).rpartition(":")[2].partition("_")
        return cls(part, action)

    @property
    def sg_entity(self) -> str | None:
        """The FPTR type of what it is about; `None` for an Issue."""
        return _PARTS[self.part]


class JiraAcceptance(Acceptance):
    """Decides for the handler, and keeps at hand what it has read to do so."""

    def accept_jira_event(self, resource_type: str, resource_id: str, event: Event) -> bool:
        """Accepts changes of Issues of a mapped type whose flag is on, their comments and
        worklogs."""
        subject = f"Jira {resource_type} {resource_id}"
        if str(resource_type).lower() != "issue":
            return self._unwanted(subject, f"it is about a {resource_type}")
        if event.get("webhookEvent") not in self._supported_jira_webhook_events():
            return self._unwanted(subject, f"{event.get('webhookEvent')} is not synced")
        about = JiraEvent.of(event)
        part = event.get(about.part)
        if not part or not isinstance(part, Mapping):
            return self._unwanted(subject, f"it carries no {about.part}")
        if about.sg_entity:
            remark = self._mapping.of_entity(about.sg_entity)
            if remark is None:
                return self._unwanted(subject, f"no {about.sg_entity} is mapped")
            if not self._wants_remark_event(remark, about, part):
                return False
        elif not as_mapping(event.get("changelog")):
            return self._unwanted(subject, "it carries no changelog")
        issue_id = self._issue_named(about, event)
        if not issue_id:
            return self._unwanted(subject, "it names no Issue")
        if self._reads_real_jira and self._is_refused_by_body(event):
            return False
        if about.action == "deleted" and self._is_gone_already(about, event):
            return self._skip(Skip.RECORD_NOT_FOUND, f"The deleted {about.part} has no record.")
        return self._wants_jira_issue(issue_id, about, event)

    def _unwanted(self, subject: str, why: str) -> bool:
        self._logger.debug("The event of %s is not for us: %s.", subject, why)
        return False

    def _wants_remark_event(
        self, rule: EntityRule, about: JiraEvent, part: Mapping[str, Any]
    ) -> bool:
        writer = {"created": "author", "updated": "updateAuthor"}.get(about.action)
        if writer and self._is_own(as_mapping(part.get(str(writer)))):
            return self._skip(Skip.ECHO, f"The {about.part} was written by the bridge itself.")
        if not rule.direction.to_sg:
            return self._skip(
                Skip.OTHER_DIRECTION, f"{rule.sg_entity} is synced from FPTR to Jira only."
            )
        if about.action == "deleted" and not (rule.deletion and rule.deletion.to_sg):
            return self._skip(
                Skip.DELETION_NOT_SYNCED, f"Deleted {about.part}s are not deleted in FPTR."
            )
        return True

    def _is_gone_already(self, about: JiraEvent, event: Event) -> bool:
        """Whether a deleted remark is known to have no record, so that the Issue need not be read.

        Mostly the bridge has deleted it itself, which Jira does not tell.
        """
        issue_key = as_mapping(event.get("issue")).get("key")
        has_real_clients = self._reads_real_jira and self._shotgun.has_real_client
        if not (is_body_trusted() and has_real_clients and about.sg_entity and issue_key):
            return False
        if self._replies is not None:  # it may be the comment of a Reply
            return False
        key = f"{issue_key}/{event[about.part].get('id')}"
        self._know_records(about.sg_entity, [key])
        return not self._records_with_key(about.sg_entity, key)

    def _issue_named(self, about: JiraEvent, event: Event) -> str | None:
        issue, part = as_mapping(event.get("issue")), event[about.part]
        named: tuple[Any, ...]
        if about.part == "issue":
            named = (issue.get("id"), issue.get("key"))
        else:
            named = (issue.get("key"), issue.get("id"), part.get("issueId"))
        found = next((str(name) for name in named if name), None)
        if found is None and not self._jira.is_jira_cloud:
            # Data Center's events of comments name the Issue in the comment's own URL only.
            url = _ISSUE_IN_URL.search(str(part.get("self") or ""))
            found = url.group(1) if url else None
        return found

    def _is_refused_by_body(self, event: Event) -> bool:
        """Whether the Issue in the body is one that is not synced, so that nobody is asked."""
        fields = as_mapping(as_mapping(event.get("issue")).get("fields"))
        issue_type = as_mapping(fields.get("issuetype")).get("name")
        if issue_type and self._mapping.of_issue_type(issue_type) is None:
            self._skip(
                Skip.ISSUE_TYPE_NOT_MAPPED, f"Issues of the type {issue_type} are not synced."
            )
            return True
        flag = self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD)
        if flag and flag in fields and text_of(fields[flag]) != "True":
            self._skip(Skip.SYNC_OFF, f"{JIRA_SYNC_IN_FPTR_FIELD} of the Issue is not True.")
            return True
        return False

    def _wants_jira_issue(self, issue_id: str, about: JiraEvent, event: Event) -> bool:
        try:
            issue = self._issue_in_body(about, event) or self._look_at_issue(issue_id)
        except RuntimeError as error:  # it has no project
            return self._skip(Skip.PROJECT_NOT_LINKED, str(error))
        if issue is None:
            return self._skip(Skip.ISSUE_NOT_FOUND, f"Jira has no Issue {issue_id}.")
        rule = self._rule_of_issue(issue)
        if rule is None or rule.issue_type not in self._supported_jira_issue_types_for_jira_event():
            return self._skip(
                Skip.ISSUE_TYPE_NOT_MAPPED, f"Issues of the type of {issue.key} are not synced."
            )
        if about.part == "issue" and not rule.direction.to_sg:
            return self._skip(
                Skip.OTHER_DIRECTION, f"{rule.sg_entity} is synced from FPTR to Jira only."
            )
        if not self._has_jira_flag(issue):
            return False
        sg_project, known = self._sg_project_of(issue, rule)
        if sg_project is None:
            return self._skip(
                Skip.PROJECT_NOT_LINKED,
                f"No FPTR Project has the {SHOTGUN_JIRA_ID_FIELD} {issue.fields.project.key} of "
                f"Jira Issue {issue.key}.",
            )
        if self._reads_real_jira and self._shotgun.has_real_client:
            self._at_hand.keep(event, issue=issue, project=sg_project, **known)
        return True

    def _issue_in_body(self, about: JiraEvent, event: Event) -> jira.resources.Issue | None:
        """The Issue as a trusted body tells it, where that holds all that will be looked at.

        Only for changes of an Issue that is linked already: a full sync reads it.
        """
        issue = as_mapping(event.get("issue"))
        fields = as_mapping(issue.get("fields"))
        rule = self._mapping.of_issue_type(as_mapping(fields.get("issuetype")).get("name"))
        flag = self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD)
        of_session = is_body_trusted() and self._reads_real_jira
        if not of_session or about.part != "issue" or rule is None or flag is None:
            return None
        names = (self._jira.jira_shotgun_type_field, self._jira.jira_shotgun_id_field)
        items = as_mapping(event.get("changelog")).get("items") or []
        is_whole = {flag, "project", *rule.jira_fields} - {*SPECIAL_FIELDS} <= fields.keys()
        if not is_whole or not all(fields.get(name) for name in names):
            return None
        changed = {str(item.get("fieldId") or item.get("field") or "") for item in items}
        if flag in {self._jira.get_jira_issue_field_id(name) for name in changed}:
            return None
        return LazyIssue(self._jira._options, self._jira._session, dict(issue))

    def _look_at_issue(self, issue_id: str) -> jira.resources.Issue | None:
        seen = readings()
        if issue_id not in seen or not self._reads_real_jira:
            seen[issue_id] = self.get_jira_issue(issue_id)
        found: jira.resources.Issue | None = seen[issue_id]
        return found

    def _has_jira_flag(self, issue: jira.resources.Issue) -> bool:
        flag = self._jira.get_jira_issue_field_id(JIRA_SYNC_IN_FPTR_FIELD)
        if not flag:
            self._jira.forget_fields()  # somebody will make it now
        if not flag or not hasattr(issue.fields, flag):
            return self._skip(
                Skip.NOT_ON_SCREEN,
                f"Jira Issue {issue.key} has no field {JIRA_SYNC_IN_FPTR_FIELD}.",
            )
        if text_of(getattr(issue.fields, flag)) != "True":
            return self._skip(
                Skip.SYNC_OFF, f"{JIRA_SYNC_IN_FPTR_FIELD} of Jira Issue {issue.key} is not True."
            )
        return True

    def _sg_project_of(
        self, issue: jira.resources.Issue, rule: EntityRule
    ) -> tuple[Entity | None, dict[str, Any]]:
        """The FPTR project of an Issue; and its record, where one query may bring both."""
        project_key = issue.fields.project.key
        known: dict[str, Any] = {}
        if self._shotgun.has_real_client:
            seen, key = readings(), (rule.sg_entity, issue.key)
            if key not in seen:
                seen[key] = self._find_records(
                    rule.sg_entity, [[SHOTGUN_JIRA_ID_FIELD, "is", issue.key]]
                )
            found: list[Entity] = seen[key]
            record = found[0] if found else None
            if len(found) < 2:
                known = {"record": record}
            if record and record.get("project") and record.get(PROJECT_KEY) == project_key:
                return record["project"], known
        return self._find_sg_project(project_key), known

    def _find_sg_project(self, project_key: str) -> Entity | None:
        found: Entity | None = self._shotgun.find_one(
            "Project", [[SHOTGUN_JIRA_ID_FIELD, "is", project_key]], [SHOTGUN_JIRA_ID_FIELD, "name"]
        )
        return found
