"""Comments of Jira Issues: reading one, or all that will be needed of an Issue at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import Any, Final, TypeVar

import jira.resources
from jira.exceptions import JIRAError

from sg_jira.conversions.attachment_texts import carried_over
from sg_jira.conversions.texts import (
    JIRA_TEXT_LIMIT,
    is_shortened,
    keeps_longer,
    length,
    shorten_part,
)
from sg_jira.handlers.attachments import NOTE_FILES
from sg_jira.handlers.counterparts import Counterparts
from sg_jira.handlers.overrides import are_shipped
from sg_jira.handlers.sync_handler import Entity, Event, SyncHandler
from sg_jira.handlers.unread import unread
from sg_jira.jira_client import check_key, is_clients_own, is_real_client
from sg_jira.links import Creation, attempt
from sg_jira.outcomes import Skip
from sg_jira.readings import readings
from sg_jira.site_times import parse_time
from sg_jira.witnesses import CLOCK_SKEW

Found = TypeVar("Found")

_NEVER: Final = datetime.min.replace(tzinfo=timezone.utc)

#: What may be shortened of a Note or Reply.
_TEXTS: Final = ("content", "subject", "entity.Note.subject")

#: Comments on one page; every site gives as many.
_PAGE: Final = 100


class IssueComments(Counterparts):
    """A base of the handlers that sync something with comments."""

    def _get_jira_issue_comment(
        self, jira_issue_key: str, jira_comment_id: str
    ) -> jira.resources.Comment | None:
        """The comment, read from Jira, or `None` when there is none."""
        known: dict[str, jira.resources.Comment] = readings().get(comments_of(jira_issue_key), {})
        if str(jira_comment_id) in known:
            return known[str(jira_comment_id)]
        found = or_none(self._jira.comment, jira_issue_key, str(jira_comment_id))
        return unread(found) if found is not None and is_real_client(self._jira) else found

    def _key_of_issue(self, event: Event) -> str | None:
        """The key of the Issue that a comment's event is about.

        Data Center names the Issue by its id at best. Unless the webhook's URL has the key, the
        Issue has to be read. `None` when there is no such Issue.
        """
        key, number = event["issue"].get("key"), event["issue"].get("id")
        if key or not number:
            return None if key is None else str(key)
        seen, name = readings(), ("key of Issue", str(number))
        if name not in seen:
            issue = self.get_jira_issue(str(number))
            seen[name] = issue and issue.key
        found: str | None = seen[name]
        return found

    def _know_comment(self, jira_issue_key: str, comment: jira.resources.Comment) -> None:
        """Saves reading a comment that is at hand; to be used within `shared_readings`."""
        known = readings().setdefault(comments_of(jira_issue_key), {})
        known[str(comment.id)] = unread(comment) if is_real_client(self._jira) else comment

    def _read_comments_ahead(self, jira_issue_key: str, comment_ids: set[str]) -> None:
        """Reads several comments of an Issue by less calls than one by one, if that is possible.

        To be used within `shared_readings`. What it does not find is read when it is needed.
        """
        missing = comment_ids - readings().get(comments_of(jira_issue_key), {}).keys()
        if len(missing) < 2 or not is_clients_own(self._jira, "comments"):
            return
        pages = self._pages_of_comments(jira_issue_key)
        for _ in range(len(missing)):  # no more calls than reading one by one would take
            page = or_none(next, pages, None)
            for comment in page or ():
                self._know_comment(jira_issue_key, comment)
                missing.discard(str(comment.id))
            if not page or not missing:
                return

    @property
    def _file_fields(self) -> list[str]:
        """The FPTR field of a Note's files, where they travel to Jira; else nothing."""
        return [NOTE_FILES] if self._attachments and self._attachments.to_jira else []

    def _copy_files_of_note(
        self, sg_note: Entity, issue_key: str, comment: jira.resources.Comment
    ) -> bool:
        """Copies a Note's files to its Issue. Returns whether all of them are there now."""
        if not self._file_fields or not self._attachments:
            return True
        return self._attachments.note_to_issue(sg_note, issue_key, comment)

    def _sync_comment_files_to_sg(self, key: str, body: str | None, sg_note: Entity) -> bool:
        """Gives a Note the files that its comment shows. Returns whether it has all of them.

        Parameters:
            key: of the comment, as `ISSUE-1/1234`.
            body: of the comment.
            sg_note: the Note.
        """
        if not self._attachments or not self._attachments.to_sg:
            return True
        return self._attachments.comment_to_note(key.partition("/")[0], body, sg_note)

    @staticmethod
    def _fitting_body(
        compose: Callable[[Entity], str], sg_record: Entity, old_body: str | None = ""
    ) -> str:
        """The body of a record's comment, with its text shortened where Jira takes no more.

        Parameters:
            compose: makes the body.
            sg_record: a Note or Reply.
            old_body: the comment, whose links to files at its end are kept.
        """
        room = JIRA_TEXT_LIMIT - length(carried_over(old_body, ""))
        return carried_over(old_body, shorten_part(compose, sg_record, _TEXTS, room))

    def _without_shortened(self, sg_record: Entity, values: Entity) -> Entity:
        """The values for a record, without shortened forms of longer texts that it has."""
        kept = [
            name
            for name, value in values.items()
            if isinstance(value, str) and is_shortened(value, sg_record.get(name))
        ]
        for name in kept:
            error = keeps_longer(sg_record, name, values[name])
            self._skip(Skip.VALUE_REFUSED, str(error), logging.WARNING)
        return {name: value for name, value in values.items() if name not in kept}

    def _new_comment(self, creation: Creation, issue_key: str, body: str) -> str | None:
        """The id of a comment that was made; `None` when there is no such Issue."""
        # The real Jira tells by its answer whether the Issue exists.
        is_told = is_real_client(self._jira) and are_shipped(self, SyncHandler, "get_jira_issue")
        issue = issue_key if is_told else self.get_jira_issue(issue_key)
        if issue is None:
            return None
        made = or_none(lambda: attempt(creation, partial(self._add_comment, issue, body)))
        if made is None:
            return None
        self._know_comment(issue_key, made)
        return str(made.id)

    def _add_comment(self, issue: jira.resources.Issue | str, body: str) -> jira.resources.Comment:
        return self._jira.add_comment(issue, body, visibility=None, is_internal=False)

    def _all_comments(self, jira_issue_key: str) -> list[jira.resources.Comment]:
        """Every comment of an Issue, in the order in which Jira lists them."""
        if not is_clients_own(self._jira, "comments"):
            return list(self._jira.comments(jira_issue_key))
        return [one for page in self._pages_of_comments(jira_issue_key) for one in page]

    def _listed_comments(self, jira_issue_key: str) -> list[jira.resources.Comment]:
        """As `_all_comments`, empty without the Issue; read once within `shared_readings`."""
        known, listed = readings(), ("listed comments", jira_issue_key)
        if listed not in known:
            known[listed] = or_none(self._all_comments, jira_issue_key) or []
        found: list[jira.resources.Comment] = known[listed]
        return found

    def _pages_of_comments(self, jira_issue_key: str) -> Iterator[list[jira.resources.Comment]]:
        check_key(jira_issue_key, what="issue key")
        start = 0
        while True:
            page = self._jira.comments(jira_issue_key, start_at=start, max_results=_PAGE)
            yield page
            start += len(page)
            if len(page) < _PAGE:
                return


def or_none(ask: Callable[..., Found], *args: Any) -> Found | None:
    """What Jira answers; `None` when it does not find what is asked for."""
    try:
        return ask(*args)
    except JIRAError as error:
        if error.status_code == 404:
            return None
        raise


def split_key(key: Any) -> tuple[str, str] | None:
    """Issue key and id of a comment or worklog out of `ISSUE-1/1234`; `None` for anything else."""
    parts = str(key or "").split("/")
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


def is_older(created: Any, began: datetime) -> bool:
    """Whether something was made before, as far as a site tells when; clocks may differ a bit."""
    moment = created if isinstance(created, datetime) else parse_time(created)
    return moment is not None and moment < began - CLOCK_SKEW


def newest_edit(events: Sequence[Event]) -> Event:
    """The webhook that tells the newest state of a comment; the last one of equals."""
    return max(enumerate(events), key=lambda event: (_edited_at(event[1]), event[0]))[1]


def _edited_at(event: Event) -> datetime:
    return parse_time(event["comment"].get("updated")) or _NEVER


def comments_of(jira_issue_key: str) -> tuple[str, str]:
    """Under which name the comments of an Issue are kept that need not be read, by their ids."""
    return "comments of", jira_issue_key
