"""A syncer is one entry of the settings: it makes the first choice and picks the handler."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from jira.resources import Project
from pydantic import Field, SkipValidation

from sg_jira.handlers import SyncHandler
from sg_jira.handlers.attachment_rules import DEFAULT_LIMIT, HostName, read_attachment_rules
from sg_jira.handlers.attachments import Attachments
from sg_jira.handlers.duplicates import DuplicateWords, OnDuplicate
from sg_jira.handlers.generic.mapping import Direction, Words
from sg_jira.handlers.generic.problems import path_of_entry
from sg_jira.handlers.replies.rule import AnsweringWords, read_reply_rule
from sg_jira.handlers.reply_comment_handler import ReplyCommentHandler
from sg_jira.handlers.upkeep_settings import RetirementWords, problems_of_entry, read_rule
from sg_jira.hook import JiraHook
from sg_jira.outcomes import Skip, note_skip, noted_skip
from sg_jira.printable import printable

if TYPE_CHECKING:
    from sg_jira.bridge import Bridge
    from sg_jira.jira_session import JiraSession
    from sg_jira.shotgun_session import ShotgunSession

Event = Mapping[str, Any]


class Syncer:
    """Base of all syncers. A subclass gives `handlers`.

    Parameters:
        name: of the entry in the settings.
        bridge: the bridge this syncer works for.
        hook_class: called with the bridge and the syncer's logger.
        on_duplicate: what becomes of a record that was duplicated with its Issue's key.
        on_retirement, retired_status, retired_label: what becomes of the Issue of a deleted
            record; see `sg_jira.handlers.upkeep_settings`.
        sync_attachments, attachment_limit_mb, attachment_hosts: as told beside them.
        sync_replies, answering_comments: as told beside them; see `sg_jira.declared_settings`.
        kwargs: ignored, so that settings a subclass does not name do no harm.

    Raises:
        ValueError: one of these settings cannot be used; all problems are listed.
    """

    def __init__(
        self,
        name: str,
        bridge: Bridge,
        hook_class: type[JiraHook],
        *,
        on_duplicate: Annotated[
            DuplicateWords | None,
            "what becomes of a record that was duplicated in FPTR with its Issue's key",
            SkipValidation,  # `problems_of_entry` says it better, here and of the next ones
        ] = "report",
        on_retirement: Annotated[
            RetirementWords | None,
            "what becomes of the Issue of a record that is deleted in FPTR",
            SkipValidation,
        ] = "leave",
        retired_status: Annotated[
            str | None, "status to close it with; else one of the category Done", SkipValidation
        ] = None,
        retired_label: Annotated[str | None, "label to give it", SkipValidation] = None,
        sync_attachments: Annotated[
            Words | None, "which way files of Notes and of Issues travel"
        ] = None,
        attachment_limit_mb: Annotated[
            float, "megabytes of the largest file that travels", Field(gt=0)
        ] = DEFAULT_LIMIT,
        attachment_hosts: Annotated[
            list[HostName] | None, "further hosts to which the sites' downloads may lead"
        ] = None,
        sync_replies: Annotated[Words | None, "which way Replies to Notes travel"] = None,
        answering_comments: Annotated[
            AnsweringWords, "which comments that people write in Jira become Replies"
        ] = "addressed",
        **kwargs: Any,
    ) -> None:
        upkeep = {
            "on_duplicate": on_duplicate,
            "on_retirement": on_retirement,
            "retired_status": retired_status,
            "retired_label": retired_label,
        }
        problems = list(problems_of_entry(upkeep, f"{path_of_entry(name)}.settings"))
        if problems:
            raise ValueError("\n".join(map(str, problems)))
        self._on_duplicate = OnDuplicate(on_duplicate or OnDuplicate.REPORT)
        self._retirement_rule = read_rule(upkeep)
        rules = read_attachment_rules(sync_attachments, attachment_limit_mb, attachment_hosts)
        self._attachments = None if rules is None else Attachments(self, rules)
        self._name = name
        self._bridge = bridge
        self._logger = logging.getLogger(f"{__name__}.{name}")
        self._hook = hook_class(bridge, self._logger)
        rule = read_reply_rule(sync_replies, answering_comments)
        self._replies = None if rule is None else ReplyCommentHandler(self, rule)

    @property
    def logger(self) -> logging.Logger:
        """The logger `sg_jira.syncer.<name>`, for all that the entry has to say."""
        return self._logger

    @property
    def bridge(self) -> Bridge:
        """The bridge this syncer works for."""
        return self._bridge

    @property
    def shotgun(self) -> ShotgunSession:
        """The FPTR session of the present thread; do not keep it."""
        return self._bridge.shotgun

    @property
    def jira(self) -> JiraSession:
        """The Jira session, shared by all threads."""
        return self._bridge.jira

    @property
    def hook(self) -> JiraHook:
        """Value conversions that a studio may override."""
        return self._hook

    @property
    def handlers(self) -> list[SyncHandler]:
        """The handlers in the order in which they are asked.

        Raises:
            NotImplementedError: a subclass does not give them.
        """
        raise NotImplementedError(f"{type(self).__name__} does not give its `handlers`.")

    @property
    def attachments(self) -> Attachments | None:
        """What copies files for the handlers; `None` when no files travel."""
        if self._attachments is None or not self._attachments.is_possible:
            return None
        return self._attachments

    @property
    def replies(self) -> ReplyCommentHandler | None:
        """The handler of Replies, asked before all others; `None` when no Replies are synced."""
        return self._replies

    @property
    def deletion_of_notes(self) -> Direction | None:
        """Which way deletions of Notes and of their Replies travel; `None` when none does."""
        return None

    def _asked(self) -> list[SyncHandler]:
        """All handlers, in the order in which they are asked."""
        return [*([self.replies] if self.replies else []), *self.handlers]

    def setup(self) -> None:
        """Sets every handler up. Errors reach the caller of `Bridge.get_syncer`."""
        for handler in self._asked():
            handler.setup()

    def get_jira_project(self, project_key: str) -> Project | None:
        """The Jira project with exactly this key, or `None`."""
        return self.jira.get_project_by_key(project_key)

    def accept_shotgun_event(
        self, entity_type: str, entity_id: int, event: Event
    ) -> SyncHandler | None:
        """The handler that takes an FPTR event; `None` when it is not to be synced.

        Parameters:
            entity_type, entity_id: the changed record.
            event: the event-log entry, as the event daemon's plug-in posts it.
        """
        meta = event.get("meta") if isinstance(event, Mapping) else None
        subject = f"{entity_type} {entity_id}"
        if not event or not isinstance(meta, Mapping):
            return self._reject(Skip.EMPTY_EVENT, f"The event of {subject} says no change.")
        # A Reply has no Project of its own; which Note it answers is for its handler to see.
        if not event.get("project") and not (entity_type == "Reply" and self.replies):
            return self._reject(Skip.NO_PROJECT, f"The event of {subject} names no Project.")
        field = meta.get("attribute_name")
        if meta.get("type") != "attribute_change" or not field:
            return self._reject(
                Skip.NOT_A_FIELD_CHANGE, f"The event of {subject} is no change of a field."
            )
        if self._is_own_shotgun_user(event.get("user")):
            return self._reject(Skip.ECHO, f"{subject} was changed by the bridge itself.")
        for handler in self._asked():
            if handler.accept_shotgun_event(entity_type, entity_id, event):
                return handler
        return self._reject(
            Skip.NO_HANDLER, f"No handler of {self._name!r} syncs the field {field} of {subject}."
        )

    def accept_jira_event(
        self, resource_type: str, resource_id: str, event: Event
    ) -> SyncHandler | None:
        """The handler that takes a Jira webhook; `None` when it is not to be synced.

        Parameters:
            resource_type, resource_id: from the webhook's URL.
            event: the webhook's body.
        """
        subject = f"{resource_type} {resource_id}"
        if not event or not isinstance(event, Mapping):
            return self._reject(Skip.EMPTY_EVENT, f"The event of Jira {subject} is empty.")
        user = event.get("user")
        if isinstance(user, Mapping) and self._is_own_jira_user(user):
            return self._reject(Skip.ECHO, f"Jira {subject} was changed by the bridge itself.")
        for handler in self._asked():
            if handler.accept_jira_event(resource_type, resource_id, event):
                return handler
        return self._reject(
            Skip.NO_HANDLER,
            f"No handler of {self._name!r} syncs {event.get('webhookEvent')} of Jira {subject}.",
        )

    def _is_own_shotgun_user(self, user: Any) -> bool:
        own = self._bridge.current_shotgun_user
        if not own or not isinstance(user, Mapping):
            return False
        return (user.get("type"), user.get("id")) == (own["type"], own["id"])

    def _is_own_jira_user(self, user: Mapping[str, Any]) -> bool:
        """By account id on Cloud; by name and e-mail on both, whatever the account id says."""
        own_name = self._bridge.current_jira_username.lower()
        named = (user.get("name"), user.get("emailAddress"))
        if any(isinstance(name, str) and name.lower() == own_name for name in named):
            return True
        return self.jira.is_own_user(user)

    def _reject(self, reason: Skip, detail: str) -> SyncHandler | None:
        """Logs and notes why no handler takes the event. Always `None`."""
        if noted_skip() is None:  # a handler may have said it better
            note_skip(reason, detail)
        self._logger.debug("%s", printable(detail))
        return None
