"""What the site tells webhooks: the events and their bodies, in the shapes of each flavour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sg_jira.sandbox.jira.changelog import History
from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.shape import (
    COMMENTED,
    show_attachment,
    show_comment,
    show_issue,
    show_link,
    show_thin,
    show_worklog,
)
from sg_jira.sandbox.jira.store import Attachment, Comment, Issue, Link, Store, Worklog
from sg_jira.sandbox.jira.times import milliseconds

JSON = dict[str, Any]
#: Fields that Cloud leaves out of the issue in created and updated events.
_LEFT_OUT_ON_CLOUD: Final = ("-comment", "-worklog")


@dataclass(frozen=True)
class Event:
    """Something that happened.

    `secondary` marks what another event brought about, such as comments deleted with their issue.
    """

    name: str
    body: JSON
    issue_id: str
    issue_key: str
    person: Person
    moment: datetime
    secondary: bool = False


@dataclass
class EventShapes:
    """What is told in different forms; may be changed at any time.

    Parameters:
        changelog_of_created: whether the event of a new issue carries a change log, as on some
            Cloud sites.
        empty_changelogs: whether change logs are told without their items, as when an automation
            rule of Cloud sends them.
    """

    changelog_of_created: bool = False
    empty_changelogs: bool = False


class Announcer:
    """Builds the events of one change and announces them.

    Parameters:
        store: the site's state, already changed.
        person: who made the change.
        now: when.
    """

    def __init__(self, store: Store, person: Person, now: datetime) -> None:
        self._store = store
        self._person = person
        self._now = now

    def issue_created(self, issue: Issue, history: History) -> None:
        """An issue was created."""
        body = self._issue_body("issue_created", issue)
        if self._store.event_shapes.changelog_of_created:
            body["changelog"] = self._changelog(history)
        self._announce("jira:issue_created", issue, body)

    def issue_updated(
        self, issue: Issue, history: History, type_name: str, bulk: str | None = None
    ) -> None:
        """Fields of an issue changed.

        Parameters:
            type_name: `issue_updated`, `issue_assigned` ...
            bulk: id of the bulk operation that it was part of.
        """
        body = {**self._issue_body(type_name, issue), "changelog": self._changelog(history)}
        if bulk is not None:
            body["bulkOperationMetaData"] = {"bulkOperationId": bulk}
        self._announce("jira:issue_updated", issue, body)

    def issue_deleted(self, issue: Issue) -> None:
        """An issue is about to be deleted."""
        body = {"user": self._user(), "issue": self._full(issue, ())}
        self._announce("jira:issue_deleted", issue, body)

    def comment(self, verb: str, issue: Issue, comment: Comment, secondary: bool = False) -> None:
        """A comment was `created`, `updated` or `deleted`."""
        body: JSON = {"comment": show_comment(self._store, issue, comment)}
        if self._store.flavour.is_cloud:
            body["issue"] = show_thin(self._store, issue, COMMENTED)
        elif verb != "created":
            body = {"user": self._user(), **body}
        self._announce(f"comment_{verb}", issue, body, secondary)

    def worklog(self, verb: str, issue: Issue, worklog: Worklog) -> None:
        """A worklog was `created`, `updated` or `deleted`."""
        body = {"worklog": show_worklog(self._store, issue, worklog)}
        self._announce(f"worklog_{verb}", issue, body)

    def attachment(self, verb: str, issue: Issue, attachment: Attachment) -> None:
        """An attachment was `created` or `deleted`; the event does not name the issue."""
        body = {"attachment": show_attachment(self._store, attachment)}
        self._announce(f"attachment_{verb}", issue, body)

    def link(self, verb: str, link: Link) -> None:
        """A link was `created` or `deleted`."""
        body = {
            "issueLink": {
                "id": int(link.id),
                "sourceIssueId": int(link.inward),
                "destinationIssueId": int(link.outward),
                "issueLinkType": show_link(self._store, link)["type"],
                "systemLink": False,
            }
        }
        self._announce(f"issuelink_{verb}", self._store.issues[link.inward], body)

    def _announce(self, name: str, issue: Issue, body: JSON, secondary: bool = False) -> None:
        whole = {"timestamp": milliseconds(self._now), "webhookEvent": name, **body}
        self._store.announce(
            Event(name, whole, issue.id, issue.key, self._person, self._now, secondary)
        )

    def _issue_body(self, type_name: str, issue: Issue) -> JSON:
        left_out = _LEFT_OUT_ON_CLOUD if self._store.flavour.is_cloud else ()
        return {
            "issue_event_type_name": type_name,
            "user": self._user(),
            "issue": self._full(issue, left_out),
        }

    def _full(self, issue: Issue, left_out: tuple[str, ...]) -> JSON:
        shown = show_issue(self._store, issue, left_out)
        del shown["expand"]
        return shown

    def _user(self) -> JSON:
        return self._person.show(self._store.base)

    def _changelog(self, history: History) -> JSON:
        items = history.show_items(self._store.flavour.is_cloud)
        return {
            "id": history.id,
            "items": [] if self._store.event_shapes.empty_changelogs else items,
        }
